package mail

import (
	"bytes"
	"context"
	"crypto/tls"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"mime"
	"net"
	"net/mail"
	"net/smtp"
	"net/textproto"
	"net/url"
	"strings"
	"time"

	"onewindow/models"
	"onewindow/notify"
)

// Client sends through one mail server. It is safe for concurrent use.
type Client struct {
	host, port string
	// wrapped: encrypted from the first byte (smtps); otherwise by STARTTLS, which must be offered.
	wrapped bool
	plain   bool // the server is on this machine
	auth    smtp.Auth
	from    mail.Address
	clock   models.Clock
	roots   *tls.Config
}

// New takes smtp://user:password@host:587 or smtps://…:465 and the sender, e.g. 一窗 <noreply@window.example.cn>.
func New(address, from string, clock models.Clock, encryption *tls.Config) (*Client, error) {
	parsed, err := url.Parse(address)
	if err != nil || parsed.Hostname() == "" || parsed.Scheme != "smtp" && parsed.Scheme != "smtps" {
		return nil, errors.New("not a URL such as smtp://user:password@mail.example.cn:587") // the cause repeats the password
	}
	sender, err := mail.ParseAddress(from)
	if err != nil {
		return nil, errors.New("the sender is not an address such as 一窗 <noreply@window.example.cn>")
	}
	c := &Client{host: parsed.Hostname(), port: parsed.Port(), wrapped: parsed.Scheme == "smtps", from: *sender, clock: clock}
	if c.port == "" {
		c.port = map[bool]string{true: "465", false: "587"}[c.wrapped]
	}
	ip := net.ParseIP(c.host)
	c.plain = c.host == "localhost" || ip != nil && ip.IsLoopback()
	c.roots = &tls.Config{MinVersion: tls.VersionTLS12}
	if encryption != nil {
		c.roots = encryption.Clone()
	}
	c.roots.ServerName = c.host
	if password, given := parsed.User.Password(); given {
		c.auth = smtp.PlainAuth("", parsed.User.Username(), password, c.host)
	}
	return c, nil
}

// Name is "smtp".
func (*Client) Name() string { return "smtp" }

// Send makes one attempt.
func (c *Client) Send(ctx context.Context, envelope notify.Envelope) notify.Outcome {
	stage, err := c.deliver(ctx, envelope)
	if err == nil {
		return notify.Outcome{Verdict: notify.Taken, MessageID: c.messageID(envelope)}
	}
	var said *textproto.Error
	if !errors.As(err, &said) {
		return notify.Unanswered(ctx)
	}
	code := fmt.Sprintf("%s_%d", stage, said.Code)
	switch {
	case said.Code == 421 || said.Code == 452:
		return notify.Failed(notify.Throttled, code)
	case said.Code < 500 || stage == "AUTH" || stage == "HELLO" || stage == "MAIL": // of a 5xx before the recipient is named we are the cause
		return notify.Failed(notify.Temporary, code)
	case stage == "RCPT":
		return notify.Failed(notify.BadAddress, code)
	}
	return notify.Failed(notify.BadMessage, code)
}

// deliver speaks with the server once; stage is how far it came.
func (c *Client) deliver(ctx context.Context, envelope notify.Envelope) (stage string, err error) {
	client, err := c.connect(ctx)
	if err != nil {
		return "HELLO", err
	}
	defer func() { _ = client.Close() }()
	if c.auth != nil {
		if err := client.Auth(c.auth); err != nil {
			return "AUTH", err
		}
	}
	if err := client.Mail(c.from.Address); err != nil {
		return "MAIL", err
	}
	if err := client.Rcpt(envelope.To); err != nil {
		return "RCPT", err
	}
	body, err := client.Data()
	if err != nil {
		return "DATA", err
	}
	if _, err := io.Copy(body, bytes.NewReader(c.compose(envelope))); err != nil {
		return "DATA", err
	}
	if err := body.Close(); err != nil {
		return "DATA", err
	}
	_ = client.Quit() // it was taken when the text was
	return "", nil
}

// errPlain says that a server offers no encryption.
var errPlain = &textproto.Error{Code: 454, Msg: "no STARTTLS"}

func (c *Client) connect(ctx context.Context) (*smtp.Client, error) {
	dialer := &net.Dialer{}
	connection, err := dialer.DialContext(ctx, "tcp", net.JoinHostPort(c.host, c.port))
	if err != nil {
		return nil, err
	}
	if deadline, bounded := ctx.Deadline(); bounded {
		err = connection.SetDeadline(deadline)
	}
	if c.wrapped {
		connection = tls.Client(connection, c.roots)
	}
	var client *smtp.Client
	if err == nil {
		client, err = smtp.NewClient(connection, c.host)
	}
	if err != nil {
		_ = connection.Close()
		return nil, err
	}
	offered, _ := client.Extension("STARTTLS")
	switch {
	case c.wrapped:
	case offered:
		err = client.StartTLS(c.roots)
	case !c.plain:
		err = errPlain
	}
	if err != nil {
		_ = client.Close()
		return nil, err
	}
	return client, nil
}

// messageID is the same for every attempt, so that a server that has it already can tell.
func (c *Client) messageID(envelope notify.Envelope) string {
	_, domain, _ := strings.Cut(c.from.Address, "@")
	return "<" + envelope.ID + "@" + domain + ">"
}

// compose writes the message: plain text in UTF-8. The header holds nothing that somebody typed but the checked address.
func (c *Client) compose(envelope notify.Envelope) []byte {
	var text bytes.Buffer
	header := func(name, value string) { text.WriteString(name + ": " + value + "\r\n") }
	header("From", c.from.String())
	header("To", "<"+envelope.To+">")
	header("Subject", mime.BEncoding.Encode("utf-8", envelope.Title))
	header("Date", c.clock.Now().Format(time.RFC1123Z))
	header("Message-ID", c.messageID(envelope))
	header("Auto-Submitted", "auto-generated")
	header("Content-Language", string(envelope.Locale))
	header("MIME-Version", "1.0")
	header("Content-Type", "text/plain; charset=utf-8")
	header("Content-Transfer-Encoding", "base64")
	text.WriteString("\r\n")
	encoded := base64.StdEncoding.EncodeToString([]byte(envelope.Body + "\r\n"))
	for len(encoded) > 0 {
		line := encoded[:min(76, len(encoded))]
		text.WriteString(line + "\r\n")
		encoded = encoded[len(line):]
	}
	return text.Bytes()
}
