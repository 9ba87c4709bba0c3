package notify

import (
	"fmt"
	"log/slog"
	"strings"
	"time"

	"onewindow/models"
)

// DeliverArgs is the job that decides on which channels messages leave. MessageID is how versions before this one named a single one.
type DeliverArgs struct {
	MessageID  models.ID   `json:"messageId,omitempty"`
	MessageIDs []models.ID `json:"messageIds,omitempty"`
}

// Kind names the job.
func (DeliverArgs) Kind() string { return DeliverKind }

// SendArgs is the job that hands deliveries to the provider of one channel. A delivery that has to be tried again gets a job of
// its own, so that it holds back no other.
type SendArgs struct {
	Channel     Channel     `json:"channel"`
	DeliveryIDs []models.ID `json:"deliveryIds"`
	// Throttled is how often the provider has had enough of this delivery.
	Throttled int `json:"throttled,omitempty"`
}

// Kind names the job.
func (SendArgs) Kind() string { return SendKind }

// The kinds of jobs with which messages leave.
const (
	DeliverKind = "notify.deliver"
	SendKind    = "notify.send"
)

// batch is how many messages or deliveries one job takes.
const batch = 250

// Queue is the queue of a channel: each has its own, so that one that hangs holds back no other.
func (c Channel) Queue() string { return "notify_" + strings.ToLower(string(c)) }

// Envelope is what goes to a channel's provider, and a line of the outbox, field for field.
type Envelope struct {
	ID string
	At time.Time
	// To is the address: E.164 for SMS, the device for push, the openid for WeChat, an email address.
	To string
	// Token is where the push provider finds the device.
	Token    string
	Platform Platform
	Template string
	Locale   models.Locale
	Title    string
	Body     string
	Data     map[string]string
	// Values are the words of the message one by one, for providers that keep the template themselves: number, day, left, code.
	Values map[string]string
	// Page opens the right page of a mini-program, from its root.
	Page string
	// Urgent messages may make a sound. What is of no use after ExpiresAt is dropped; a newer one replaces an older one with
	// the same CollapseKey.
	Urgent      bool
	ExpiresAt   time.Time
	CollapseKey string
	// Again: an earlier attempt has no recorded end, because the process died in it.
	Again bool
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

// Why a delivery was dropped before an attempt, or given up after.
const (
	noAddress    = "NO_ADDRESS"
	switchedOff  = "SWITCHED_OFF"
	noLongerTrue = droppedFulfilled
	expired      = "EXPIRED"
	gaveUp       = "GAVE_UP"
	// queued: its turn past the queue did not come.
	queued   = "QUEUED"
	replayed = "REPLAYED"
)

// route is one channel that a message takes, and when.
type route struct {
	channel Channel
	at      time.Time
}

// routesOf decides on which channels a message leaves, and when. It is a plain function of the message's template, the
// reader's choices and addresses, the permissions that are left at WeChat, and the moment. A channel that is owed and leads
// nowhere is a route too: it fails, and another is looked for.
func routesOf(said template, chosen preferences, addresses Addresses, quota int, now time.Time) (routes []route) {
	if said.inboxOnly {
		return nil
	}
	for _, channel := range Outgoing() {
		bound := len(addresses.on(channel)) > 0
		if !chosen.isOn(channel, bound) || !bound && !channel.owed() {
			continue
		}
		if channel == WeChat && !importanceOf(said.kind, said.urgent).spends(quota) {
			continue
		}
		at := now
		if bound {
			at = leavesAt(channel, said.urgent, chosen.Quiet, now)
		}
		routes = append(routes, route{channel, at})
	}
	return routes
}

// substituteFor is the next channel for a message that failed for good wherever it was tried: one that leads somewhere and that
// the person has not switched off. "": there is none left.
func substituteFor(said template, chosen preferences, addresses Addresses, quota int, tried map[Channel]bool) Channel {
	for _, channel := range substitutes() {
		if tried[channel] || chosen.refuses(channel) || len(addresses.on(channel)) == 0 {
			continue
		}
		if channel == WeChat && !importanceOf(said.kind, said.urgent).spends(quota) {
			continue
		}
		return channel
	}
	return ""
}

// wordsOutside are the parameters that providers may put into templates of their own: nothing of the person or the matter, but
// for what somebody is asked to agree to with a code (about).
var wordsOutside = []string{"number", "day", "left", "code", "about"}

// envelopeOf renders a message for a channel outside: the short text, which says no more than is needed.
func envelopeOf(said template, params Params, locale models.Locale) (Envelope, error) {
	if said.discreet {
		said, params = discreetly(said), Params{}
	}
	known := params.values(locale)
	title, err := fill(said.title.In(locale), known)
	if err != nil {
		return Envelope{}, fmt.Errorf("title of %s: %w", said.kind, err)
	}
	body, err := fill(said.short.In(locale), known)
	if err != nil {
		return Envelope{}, fmt.Errorf("text of %s: %w", said.kind, err)
	}
	values := map[string]string{"title": title}
	for _, name := range wordsOutside {
		if value := known[name]; value != "" {
			values[name] = value
		}
	}
	return Envelope{Template: said.name(), Locale: locale, Title: title, Body: body, Values: values, Urgent: said.urgent}, nil
}

// discreetly is a template as it leaves the house where nobody may learn from a screen, a provider or a template's name what it is about.
func discreetly(said template) template {
	return template{
		kind: "REMINDER", version: said.version, urgent: said.urgent,
		title: models.T("您有一条提醒", "You have a reminder"),
		short: models.T("您有一条提醒，请登录后查看。", "You have a reminder. Please sign in to read it."),
	}
}
