package webhook

import (
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"math"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"
)

// The example of the Standard Webhooks specification and its reference libraries.
const (
	exampleSecret    = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
	exampleID        = "msg_p5jXN8AQM9LWM0D4loKWxJek"
	exampleSeconds   = 1614265330
	exampleBody      = `{"test": 2432232314}`
	exampleSignature = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="
)

func secretOf(t *testing.T, text string) Secret {
	t.Helper()
	secret, err := ParseSecret(text)
	if err != nil {
		t.Fatal(err)
	}
	return secret
}

func TestSignGivesTheSpecificationsExample(t *testing.T) {
	signature := Sign(secretOf(t, exampleSecret), exampleID, time.Unix(exampleSeconds, 0), []byte(exampleBody))
	if signature != exampleSignature {
		t.Errorf("got %s, want %s", signature, exampleSignature)
	}
}

func TestVerify(t *testing.T) {
	ours, former, foreign := secretOf(t, exampleSecret), NewSecret(), NewSecret()
	now := time.Unix(exampleSeconds, 0)
	seconds := strconv.Itoa(exampleSeconds)
	foreignSignature := Sign(foreign, exampleID, now, []byte(exampleBody))
	cases := []struct {
		name                   string
		secrets                []Secret
		id, seconds, signature string
		body                   string
		now                    time.Time
		want                   error
	}{
		{"as signed", []Secret{ours}, exampleID, seconds, exampleSignature, exampleBody, now, nil},
		{"the secret is being replaced: new one first", []Secret{former, ours}, exampleID, seconds, exampleSignature, exampleBody, now, nil},
		{"several signatures, the second fits", []Secret{ours}, exampleID, seconds, foreignSignature + " " + exampleSignature, exampleBody, now, nil},
		{"an asymmetric signature beside ours", []Secret{ours}, exampleID, seconds, "v1a,aGVsbG8= " + exampleSignature, exampleBody, now, nil},
		{"five minutes late", []Secret{ours}, exampleID, seconds, exampleSignature, exampleBody, now.Add(Tolerance), nil},
		{"five minutes early", []Secret{ours}, exampleID, seconds, exampleSignature, exampleBody, now.Add(-Tolerance), nil},
		{"more than five minutes late", []Secret{ours}, exampleID, seconds, exampleSignature, exampleBody, now.Add(Tolerance + time.Second), ErrTimestamp},
		{"more than five minutes early", []Secret{ours}, exampleID, seconds, exampleSignature, exampleBody, now.Add(-Tolerance - time.Second), ErrTimestamp},
		{"the largest timestamp", []Secret{ours}, exampleID, strconv.FormatInt(math.MaxInt64, 10), exampleSignature, exampleBody, now, ErrTimestamp},
		{"the smallest timestamp", []Secret{ours}, exampleID, strconv.FormatInt(math.MinInt64, 10), exampleSignature, exampleBody, now, ErrTimestamp},
		{"another secret", []Secret{foreign}, exampleID, seconds, exampleSignature, exampleBody, now, ErrSignature},
		{"no secret at all", nil, exampleID, seconds, exampleSignature, exampleBody, now, ErrSignature},
		{"an empty secret", []Secret{{}}, exampleID, seconds, Sign(Secret{}, exampleID, now, []byte(exampleBody)), exampleBody, now, ErrSignature},
		{"body changed", []Secret{ours}, exampleID, seconds, exampleSignature, exampleBody + " ", now, ErrSignature},
		{"id changed", []Secret{ours}, exampleID + "x", seconds, exampleSignature, exampleBody, now, ErrSignature},
		{"timestamp changed", []Secret{ours}, exampleID, strconv.Itoa(exampleSeconds + 1), exampleSignature, exampleBody, now, ErrSignature},
		{"another scheme", []Secret{ours}, exampleID, seconds, strings.Replace(exampleSignature, "v1", "v2", 1), exampleBody, now, ErrSignature},
		{"signature is no Base64", []Secret{ours}, exampleID, seconds, "v1,%%%", exampleBody, now, ErrSignature},
		{"signature cut short", []Secret{ours}, exampleID, seconds, exampleSignature[:20], exampleBody, now, ErrSignature},
		{"no id", []Secret{ours}, "", seconds, exampleSignature, exampleBody, now, ErrHeaders},
		{"no timestamp", []Secret{ours}, exampleID, "", exampleSignature, exampleBody, now, ErrHeaders},
		{"timestamp is no number", []Secret{ours}, exampleID, "today", exampleSignature, exampleBody, now, ErrHeaders},
		{"no signature", []Secret{ours}, exampleID, seconds, " ", exampleBody, now, ErrHeaders},
		{"a flood of signatures", []Secret{ours}, exampleID, seconds, strings.Repeat(exampleSignature+" ", 17), exampleBody, now, ErrHeaders},
	}
	for _, test := range cases {
		t.Run(test.name, func(t *testing.T) {
			header := http.Header{}
			header.Set("webhook-id", test.id)
			header.Set("webhook-timestamp", test.seconds)
			header.Set("webhook-signature", test.signature)
			if err := Verify(test.secrets, header, []byte(test.body), test.now); !errors.Is(err, test.want) {
				t.Errorf("got %v, want %v", err, test.want)
			}
		})
	}
}

func TestStampedMessageIsAccepted(t *testing.T) {
	secret, header, now := NewSecret(), http.Header{}, time.Unix(exampleSeconds, 0)
	Stamp(header, secret, "msg_1", now, []byte("{}"))
	if err := Verify([]Secret{secret}, header, []byte("{}"), now); err != nil {
		t.Error(err)
	}
}

func TestParseSecret(t *testing.T) {
	for text, good := range map[string]bool{
		exampleSecret:        true,
		NewSecret().Reveal(): true,
		strings.TrimRight(NewSecret().Reveal(), "="): true,
		"":       false,
		"whsec_": false,
		strings.TrimPrefix(exampleSecret, "whsec_"): false,
		"whsec_c2hvcnQ=":                   false,
		"whsec_" + strings.Repeat("!", 40): false,
	} {
		if _, err := ParseSecret(text); (err == nil) != good {
			t.Errorf("%q: %v", text, err)
		}
	}
	if secret := NewSecret(); secretOf(t, secret.Reveal()) != secret {
		t.Error("a revealed secret does not read back")
	}
}

func TestSecretNeverPrints(t *testing.T) {
	secret := secretOf(t, exampleSecret)
	type holder struct {
		Secret  Secret
		Secrets []Secret
	}
	held := holder{secret, []Secret{secret}}
	encoded, err := json.Marshal(held)
	if err != nil {
		t.Fatal(err)
	}
	var logged strings.Builder
	slog.New(slog.NewJSONHandler(&logged, nil)).Info("start", "secret", secret, "held", held)
	slog.New(slog.NewTextHandler(&logged, nil)).Info("start", "secret", secret, "held", held)
	printed := fmt.Sprintf("%v %+v %#v %s %q %x %d %v", secret, held, held, secret, secret, secret, secret, &held) + string(encoded) + logged.String()
	for _, leak := range []string{"MfKQ9", secret.key, fmt.Sprintf("%x", secret.key)} {
		if strings.Contains(printed, leak) {
			t.Errorf("the secret is in the output: %s", printed)
		}
	}
}
