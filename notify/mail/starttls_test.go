package mail

import (
	"bufio"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"fmt"
	"math/big"
	"net"
	"strings"
	"testing"
	"time"

	"onewindow/models"
	"onewindow/notify"
)

// ownCertificate is a server's that signed it itself, for this machine, and the roots of whoever trusts it.
func ownCertificate(t *testing.T) (tls.Certificate, *x509.CertPool) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	wanted := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "mail"}, NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		IPAddresses: []net.IP{net.ParseIP("127.0.0.1")}, IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign | x509.KeyUsageDigitalSignature,
	}
	made, err := x509.CreateCertificate(rand.Reader, wanted, wanted, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	read, err := x509.ParseCertificate(made)
	if err != nil {
		t.Fatal(err)
	}
	roots := x509.NewCertPool()
	roots.AddCert(read)
	return tls.Certificate{Certificate: [][]byte{made}, PrivateKey: key}, roots
}

// heard is what a server heard before encryption and after.
type heard struct{ open, sealed string }

// serveTLS speaks SMTP with one client and asks it over to TLS; wrapped: it speaks TLS from the first word.
func serveTLS(t *testing.T, certificate tls.Certificate, wrapped bool) (address string, said func() heard) {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = listener.Close() })
	settings := &tls.Config{Certificates: []tls.Certificate{certificate}, MinVersion: tls.VersionTLS12}
	ended := make(chan heard, 1)
	go func() {
		var all heard
		defer func() { ended <- all }()
		connection, err := listener.Accept()
		if err != nil {
			return
		}
		defer func() { _ = connection.Close() }()
		if wrapped {
			connection = tls.Server(connection, settings)
		}
		converse(connection, settings, wrapped, &all)
	}()
	return listener.Addr().String(), func() heard { return <-ended }
}

func converse(connection net.Conn, settings *tls.Config, isSealed bool, all *heard) {
	answer := func(text string) { _, _ = fmt.Fprintf(connection, "%s\r\n", text) }
	answer("220 ready")
	lines, inData := bufio.NewScanner(connection), false
	for lines.Scan() {
		line := lines.Text()
		if isSealed {
			all.sealed += line + "\n"
		} else {
			all.open += line + "\n"
		}
		switch command, _, _ := strings.Cut(line, " "); {
		case inData && line == ".":
			inData = false
			answer("250 taken")
		case inData:
		case command == "EHLO" && !isSealed:
			answer("250-fine\r\n250 STARTTLS")
		case command == "EHLO":
			answer("250-fine\r\n250 AUTH PLAIN")
		case command == "STARTTLS":
			answer("220 go ahead")
			connection, isSealed = tls.Server(connection, settings), true
			lines = bufio.NewScanner(connection)
		case command == "AUTH":
			answer("235 welcome")
		case command == "DATA":
			inData = true
			answer("354 go on")
		default:
			answer("250 fine")
		}
	}
}

var letter = notify.Envelope{ID: "1", To: "wu@example.cn", Locale: models.Chinese, Title: "还缺材料", Body: "请登录查看"}

// Password, addresses and words are said after the encryption began, and to a server whose certificate we trust.
func TestMailIsEncryptedOnItsWay(t *testing.T) {
	for scheme, wrapped := range map[string]bool{"smtp": false, "smtps": true} {
		t.Run(scheme, func(t *testing.T) {
			certificate, roots := ownCertificate(t)
			address, said := serveTLS(t, certificate, wrapped)
			client, err := New(scheme+"://user:planted@"+address, "一窗 <noreply@window.example.cn>", clock{}, &tls.Config{RootCAs: roots, MinVersion: tls.VersionTLS12})
			if err != nil {
				t.Fatal(err)
			}
			if outcome := client.Send(t.Context(), letter); outcome.Verdict != notify.Taken {
				t.Fatalf("%+v", outcome)
			}
			all := said()
			for _, private := range []string{"MAIL FROM", "wu@example.cn", "AUTH", "Subject"} {
				if strings.Contains(all.open, private) || !strings.Contains(all.sealed, private) {
					t.Errorf("%s was said in the open: %q", private, all.open)
				}
			}
		})
	}
}

// A server that we do not trust hears no password, no address and no word; the mail waits, because an operator can mend it.
func TestAServerThatNobodyVouchesForHearsNothing(t *testing.T) {
	for scheme, wrapped := range map[string]bool{"smtp": false, "smtps": true} {
		t.Run(scheme, func(t *testing.T) {
			certificate, _ := ownCertificate(t)
			address, said := serveTLS(t, certificate, wrapped)
			client, err := New(scheme+"://user:planted@"+address, "一窗 <noreply@window.example.cn>", clock{}, nil)
			if err != nil {
				t.Fatal(err)
			}
			if outcome := client.Send(t.Context(), letter); outcome.Verdict != notify.Temporary {
				t.Errorf("%+v", outcome)
			}
			all := said()
			if text := all.open + all.sealed; strings.Contains(text, "AUTH") || strings.Contains(text, "wu@example.cn") || strings.Contains(text, "MAIL") {
				t.Errorf("it heard %q", text)
			}
		})
	}
}
