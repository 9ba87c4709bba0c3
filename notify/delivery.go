package notify

import (
	"context"
	"fmt"
	"log/slog"
	"time"

	"github.com/riverqueue/river"

	"onewindow/models"
)

// DeliverArgs is the job that carries one message to the channels of its reader.
type DeliverArgs struct {
	MessageID models.ID `json:"messageId"`
}

// Kind names the job.
func (DeliverArgs) Kind() string { return "notify.deliver" }

// InsertOpts bounds the attempts: with River's growing pauses twelve reach over about eleven hours, after which a message
// that could not go out is a dead letter and still stands in the inbox.
func (DeliverArgs) InsertOpts() river.InsertOpts { return river.InsertOpts{MaxAttempts: 12} }

// Envelope is what goes to a channel's provider, and a line of the outbox, field for field.
type Envelope struct {
	ID string
	At time.Time
	// To is the address in the provider's form: E.164 for SMS, the device for push.
	To       string
	Template string
	Locale   models.Locale
	Title    string
	Body     string
	Data     map[string]string
}

// String, GoString and LogValue keep addresses and contents out of logs.
func (e Envelope) String() string       { return "envelope " + e.ID }
func (e Envelope) GoString() string     { return e.String() }
func (e Envelope) LogValue() slog.Value { return slog.StringValue(e.String()) }

// line is the envelope as it is written into the outbox.
type line struct {
	ID       string            `json:"id"`
	At       string            `json:"at"`
	To       string            `json:"to"`
	Template string            `json:"template"`
	Locale   models.Locale     `json:"locale"`
	Title    string            `json:"title"`
	Body     string            `json:"body"`
	Data     map[string]string `json:"data"`
}

func (e Envelope) line() line {
	return line{e.ID, e.At.In(models.Zone).Format(time.RFC3339), e.To, e.Template, e.Locale, e.Title, e.Body, e.Data}
}

// Send hands an envelope to a channel. *Refused says that trying again is of no use; any other error is for the time
// being. The same envelope may be sent again with the same ID after a crash.
type Send func(ctx context.Context, envelope Envelope) error

// Refused is a failure for good, e.g. a number that does not exist. Reason is a plain code without personal data.
type Refused struct{ Reason string }

// Error is for operators.
func (r *Refused) Error() string { return "refused for good: " + r.Reason }

// Snooze says that the rest of a message has to wait for the end of the reader's quiet hours: no failure, and no attempt
// used up.
type Snooze struct{ Until time.Time }

// Error is for operators.
func (s *Snooze) Error() string { return "quiet hours until " + s.Until.Format(time.RFC3339) }

// DeliveryState is how far a message has come on a channel.
type DeliveryState string

// PENDING is on its way or waits for another attempt; SENT was taken by the provider; FAILED was refused for good;
// DROPPED had nowhere to go.
const (
	DeliveryPending DeliveryState = "PENDING"
	DeliverySent    DeliveryState = "SENT"
	DeliveryFailed  DeliveryState = "FAILED"
	DeliveryDropped DeliveryState = "DROPPED"
)

const noAddress = "NO_ADDRESS"

// route is one channel that a message takes, with its addresses; none: it is on and leads nowhere.
type route struct {
	channel Channel
	to      []string
}

// routesOf decides on which channels a message leaves now, and whether some of it waits for the end of the quiet hours. It is a
// plain function of the message's template, the reader's choices and addresses, and the moment.
func routesOf(said template, chosen preferences, addresses Addresses, now time.Time) (routes []route, quietUntil *time.Time) {
	if said.inboxOnly {
		return nil, nil
	}
	for _, channel := range outgoing() {
		if !chosen.isOn(channel) {
			continue
		}
		to := addresses.on(channel)
		if len(to) == 0 && channel == Push { // on by default, and nothing is owed to who has no device
			continue
		}
		if end, quiet := chosen.Quiet.until(now); quiet && len(to) > 0 && !said.urgent && channel.disturbs() {
			quietUntil = &end
			continue
		}
		routes = append(routes, route{channel, to})
	}
	return routes, quietUntil
}

// envelopeOf renders a message for a channel outside: the short text, which says no more than is needed.
func envelopeOf(said template, params Params, locale models.Locale) (Envelope, error) {
	title, err := fill(said.title.In(locale), params.values(locale))
	if err != nil {
		return Envelope{}, fmt.Errorf("title of %s: %w", said.kind, err)
	}
	body, err := fill(said.short.In(locale), params.values(locale))
	if err != nil {
		return Envelope{}, fmt.Errorf("text of %s: %w", said.kind, err)
	}
	return Envelope{Template: said.name(), Locale: locale, Title: title, Body: body}, nil
}
