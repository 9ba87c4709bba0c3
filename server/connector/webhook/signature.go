package webhook

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// The headers of a signed message.
const (
	HeaderID        = "Webhook-Id"
	HeaderTimestamp = "Webhook-Timestamp"
	HeaderSignature = "Webhook-Signature"
)

const (
	// Tolerance is how far a timestamp may be off, in either direction.
	Tolerance = 5 * time.Minute
	scheme    = "v1,"
	longestID = 256
	// mostSignatures bounds the work that one header can cause.
	mostSignatures = 16
)

// Why a message is refused. The other side is told none of them apart.
var (
	ErrHeaders   = errors.New("webhook: the headers id, timestamp and signature are missing or malformed")
	ErrTimestamp = errors.New("webhook: the timestamp is more than five minutes off")
	ErrSignature = errors.New("webhook: no signature fits")
)

// Sign gives the signature of one message: "v1," and the Base64 form of the HMAC-SHA256 of "id.seconds.body".
func Sign(secret Secret, id string, timestamp time.Time, body []byte) string {
	return scheme + base64.StdEncoding.EncodeToString(digest(secret, id, strconv.FormatInt(timestamp.Unix(), 10), body))
}

// Stamp sets the three headers of a signed message.
func Stamp(header http.Header, secret Secret, id string, timestamp time.Time, body []byte) {
	header.Set(HeaderID, id)
	header.Set(HeaderTimestamp, strconv.FormatInt(timestamp.Unix(), 10))
	header.Set(HeaderSignature, Sign(secret, id, timestamp, body))
}

// Verify checks a message against each of the secrets (two while one is being replaced) and each of the signatures in
// its header. now is wall-clock time. The error is ErrHeaders, ErrTimestamp or ErrSignature.
func Verify(secrets []Secret, header http.Header, body []byte, now time.Time) error {
	if err := Precheck(header, now); err != nil {
		return err
	}
	if !anyFits(secrets, strings.Fields(header.Get(HeaderSignature)), header.Get(HeaderID), header.Get(HeaderTimestamp), body) {
		return ErrSignature
	}
	return nil
}

// Precheck is what can be said before the body is read: the headers are there, and the timestamp is not far off.
func Precheck(header http.Header, now time.Time) error {
	id, seconds := header.Get(HeaderID), header.Get(HeaderTimestamp)
	signatures := strings.Fields(header.Get(HeaderSignature))
	moment, err := strconv.ParseInt(seconds, 10, 64)
	if err != nil || id == "" || len(id) > longestID || len(signatures) == 0 || len(signatures) > mostSignatures {
		return ErrHeaders
	}
	// Compared in seconds, as they travel: a subtraction of far-off moments would overflow a time.Duration.
	limit := int64(Tolerance / time.Second)
	if moment < now.Unix()-limit || moment > now.Unix()+limit {
		return ErrTimestamp
	}
	return nil
}

// anyFits looks at every pair, so that the time it takes tells nothing about which one fits.
func anyFits(secrets []Secret, signatures []string, id, seconds string, body []byte) bool {
	fits := false
	for _, secret := range secrets {
		if secret.IsZero() {
			continue // an HMAC under an empty key can be made by anybody
		}
		expected := digest(secret, id, seconds, body)
		for _, signature := range signatures {
			encoded, known := strings.CutPrefix(signature, scheme)
			given, err := base64.StdEncoding.Strict().DecodeString(encoded)
			fits = (known && err == nil && hmac.Equal(given, expected)) || fits
		}
	}
	return fits
}

func digest(secret Secret, id, seconds string, body []byte) []byte {
	mac := hmac.New(sha256.New, []byte(secret.key))
	mac.Write([]byte(id + "." + seconds + "."))
	mac.Write(body)
	return mac.Sum(nil)
}
