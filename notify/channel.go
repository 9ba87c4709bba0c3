package notify

import "onewindow/models"

// Channel is a way on which a message reaches a person.
type Channel string

// The channels of the contract. INBOX is always on; the others are the person's choice.
const (
	InboxChannel Channel = "INBOX"
	SMS          Channel = "SMS"
	Push         Channel = "PUSH"
	WeChat       Channel = "WECHAT"
	Email        Channel = "EMAIL"
)

// channels are all of them, in the order in which people see them.
func channels() []Channel { return []Channel{InboxChannel, SMS, Push, WeChat, Email} }

// outgoing are the channels that leave the house.
func outgoing() []Channel { return channels()[1:] }

// onByDefault tells whether a channel is on for a person who has chosen nothing. Push is on and reaches nobody until a
// device with a token is registered.
func (c Channel) onByDefault() bool { return c == InboxChannel || c == SMS || c == Push }

// disturbs tells whether a message on the channel makes a sound in somebody's pocket, so that quiet hours hold for it.
func (c Channel) disturbs() bool { return c == SMS || c == Push || c == WeChat }

// Addresses are where a person can be reached outside the inbox.
type Addresses struct {
	Phone models.PhoneNumber
	// Devices are the identifiers of the registered devices that have a push token.
	Devices []string
}

// on gives the addresses on one channel in the provider's form: E.164 for SMS, device identifiers for push.
func (a Addresses) on(channel Channel) []string {
	switch channel {
	case SMS:
		if !a.Phone.IsZero() {
			return []string{a.Phone.Reveal()}
		}
	case Push:
		return a.Devices
	case InboxChannel, WeChat, Email: // the inbox has no address; the other two are bound nowhere yet
	}
	return nil
}
