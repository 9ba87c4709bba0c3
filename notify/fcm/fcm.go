package fcm

import (
	"cmp"
	"context"
	"errors"
	"net/http"
	"strconv"
	"strings"
	"time"

	firebase "firebase.google.com/go/v4"
	"firebase.google.com/go/v4/errorutils"
	"firebase.google.com/go/v4/messaging"
	"google.golang.org/api/option"
	htransport "google.golang.org/api/transport/http"

	"onewindow/models"
	"onewindow/notify"
	"onewindow/notify/wire"
)

// Config says which project and where. Without Credentials (tests, a proxy on this machine) nobody signs in.
type Config struct {
	Project string
	// Credentials is the JSON of a service account.
	Credentials []byte
	// URL stands in for Firebase's; empty: Firebase's own.
	URL   string
	Clock models.Clock
}

// scope is what the service account is asked for.
const scope = "https://www.googleapis.com/auth/firebase.messaging"

// Client pushes. It is safe for concurrent use.
type Client struct {
	messages *messaging.Client
	clock    models.Clock
}

// New connects to nobody yet.
func New(ctx context.Context, config Config) (*Client, error) {
	signIn := option.WithoutAuthentication()
	if len(config.Credentials) > 0 {
		signIn = option.WithAuthCredentialsJSON(option.ServiceAccount, config.Credentials)
	}
	// Nobody reads the library's traces, and every push would pay for them.
	authorized, err := htransport.NewTransport(ctx, wire.Client().Transport, option.WithTelemetryDisabled(), option.WithScopes(scope), signIn)
	if err != nil {
		return nil, errors.New("not the credentials of a Firebase service account") // the cause may repeat them
	}
	options := []option.ClientOption{signIn, option.WithHTTPClient(&http.Client{Transport: once{authorized}})}
	if config.URL != "" {
		options = append(options, option.WithEndpoint(config.URL+"/v1"))
	}
	app, err := firebase.NewApp(ctx, &firebase.Config{ProjectID: config.Project}, options...)
	if err != nil {
		return nil, errors.New("not the credentials of a Firebase service account")
	}
	messages, err := app.Messaging(ctx)
	if err != nil {
		return nil, errors.New("not the credentials of a Firebase service account")
	}
	return &Client{messages, config.Clock}, nil
}

// Name is "fcm".
func (*Client) Name() string { return "fcm" }

// Send pushes to one device. A call is one message to one token; the service makes many at once.
func (c *Client) Send(ctx context.Context, envelope notify.Envelope) notify.Outcome {
	life := max(envelope.ExpiresAt.Sub(c.clock.Now()), 0).Truncate(time.Second)
	id, err := c.messages.Send(ctx, messageOf(envelope, life))
	if err == nil {
		return notify.Outcome{Verdict: notify.Taken, MessageID: id}
	}
	return outcomeOf(ctx, err, c.clock.Now())
}

// messageOf says it in the words of each platform.
func messageOf(envelope notify.Envelope, life time.Duration) *messaging.Message {
	priority, urgency, apnsPriority := "normal", "normal", "5"
	if envelope.Urgent {
		priority, urgency, apnsPriority = "high", "high", "10"
	}
	return &messaging.Message{
		Token: envelope.Token, Data: envelope.Data,
		Notification: &messaging.Notification{Title: envelope.Title, Body: envelope.Body},
		Android: &messaging.AndroidConfig{
			CollapseKey: envelope.CollapseKey, Priority: priority, TTL: &life,
			Notification: &messaging.AndroidNotification{Tag: envelope.CollapseKey},
		},
		APNS: &messaging.APNSConfig{
			Headers: map[string]string{
				"apns-collapse-id": envelope.CollapseKey, "apns-priority": apnsPriority,
				"apns-expiration": strconv.FormatInt(envelope.ExpiresAt.Unix(), 10),
			},
			Payload: &messaging.APNSPayload{Aps: &messaging.Aps{ThreadID: envelope.CollapseKey, Sound: "default"}},
		},
		Webpush: &messaging.WebpushConfig{
			Headers:      map[string]string{"TTL": strconv.Itoa(int(life / time.Second)), "Urgency": urgency, "Topic": topic(envelope.CollapseKey)},
			Notification: &messaging.WebpushNotification{Tag: envelope.CollapseKey, Language: string(envelope.Locale)},
		},
	}
}

// topic is what browsers' push services take for one: up to 32 letters, digits, - and _.
func topic(collapseKey string) string {
	short := strings.ReplaceAll(strings.TrimPrefix(collapseKey, "case-"), "-", "")
	return short[:min(len(short), 32)]
}

// outcomeOf reads what Firebase answers. A token is thrown away when Firebase says that it is no longer registered and for nothing else: a
// wrong project or a form of ours that Firebase does not like would otherwise cost everybody theirs.
func outcomeOf(ctx context.Context, err error, now time.Time) notify.Outcome {
	switch {
	case ctx.Err() != nil:
		return notify.Unanswered(ctx)
	case messaging.IsUnregistered(err):
		return notify.Failed(notify.BadAddress, "UNREGISTERED")
	case messaging.IsSenderIDMismatch(err):
		return notify.Failed(notify.BadMessage, "SENDER_ID_MISMATCH")
	case messaging.IsInvalidArgument(err):
		return notify.Failed(notify.BadMessage, "INVALID_ARGUMENT")
	}
	outcome := notify.Failed(notify.Temporary, "UNAVAILABLE")
	if messaging.IsQuotaExceeded(err) {
		outcome = notify.Failed(notify.Throttled, "QUOTA_EXCEEDED")
	}
	if response := errorutils.HTTPResponse(err); response != nil { //nolint:bodyclose // the library has read and closed it
		if outcome.Verdict == notify.Temporary {
			outcome.Code = cmp.Or(response.Header.Get(statusHeader), "HTTP_"+strconv.Itoa(response.StatusCode))
		}
		if response.StatusCode == http.StatusTooManyRequests {
			outcome.Verdict = notify.Throttled
		}
		outcome.RetryAfter = wire.RetryAfter(response.Header.Get("Retry-After"), now)
	}
	return outcome
}
