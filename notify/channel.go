package notify

import (
	"slices"

	"onewindow/models"
)

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

// Outgoing are the channels that leave the house.
func Outgoing() []Channel { return channels()[1:] }

// substitutes are the channels that are tried, in this order, when every channel that was on has failed for good: what reaches
// a person at once before what is read in the evening.
func substitutes() []Channel { return []Channel{Push, WeChat, SMS, Email} }

// onByDefault tells whether a channel is on for a person who has chosen nothing. Push is on and reaches nobody until a
// device with a token is registered; WeChat and email are on once the person has bound an account or an address there.
func (c Channel) onByDefault(bound bool) bool {
	return c == InboxChannel || c == SMS || c == Push || bound
}

// owed tells whether a channel that is on and leads nowhere is a failure: everybody is expected to have a phone.
func (c Channel) owed() bool { return c == SMS }

// disturbs tells whether a message on the channel makes a sound in somebody's pocket, so that quiet hours hold for it.
func (c Channel) disturbs() bool { return c == SMS || c == Push || c == WeChat }

// Platform is what a device runs; the provider speaks to each in its own way.
type Platform string

// The platforms that messages are pushed to.
const (
	IOS     Platform = "IOS"
	Android Platform = "ANDROID"
	Web     Platform = "WEB"
)

// Device is one that messages can be pushed to.
type Device struct {
	ID       string
	Platform Platform
	token    string
}

// NewPushDevice takes a device with the push provider's token of it.
func NewPushDevice(id string, platform Platform, token string) Device {
	return Device{id, platform, token}
}

// String and GoString keep the token out of every print.
func (d Device) String() string   { return "device " + d.ID }
func (d Device) GoString() string { return d.String() }

// Addresses are where a person can be reached outside the inbox. What is empty is unknown.
type Addresses struct {
	Phone   models.PhoneNumber
	Devices []Device
	// OpenID is the person's account at the city's mini-program. It never prints.
	OpenID models.OpenID
	// Email is verified.
	Email models.EmailAddress
}

// mostDevices bounds how many devices of one person a message goes to: the ones that were seen last.
const mostDevices = 20

// target is one address on one channel.
type target struct {
	// to is the address as the outbox shows it: E.164, a device's identifier, an openid, an email address.
	to       string
	token    string
	platform Platform
}

// on gives the addresses on one channel.
func (a Addresses) on(channel Channel) []target {
	switch channel {
	case SMS:
		return known(a.Phone.Reveal())
	case Push:
		targets := make([]target, 0, len(a.Devices))
		for _, device := range a.Devices[:min(len(a.Devices), mostDevices)] {
			targets = append(targets, target{device.ID, device.token, device.Platform})
		}
		return targets
	case WeChat:
		return known(a.OpenID.Reveal())
	case Email:
		return known(a.Email.Reveal())
	case InboxChannel: // the inbox has no address
	}
	return nil
}

func known(address string) []target {
	if address == "" {
		return nil
	}
	return []target{{to: address}}
}

// without leaves out the addresses that are of no use.
func (a Addresses) without(isBad func(Channel, target) bool) Addresses {
	useless := func(channel Channel) bool {
		addresses := a.on(channel)
		return len(addresses) > 0 && isBad(channel, addresses[0])
	}
	if useless(SMS) {
		a.Phone = models.PhoneNumber{}
	}
	if useless(WeChat) {
		a.OpenID = models.OpenID{}
	}
	if useless(Email) {
		a.Email = models.EmailAddress{}
	}
	a.Devices = slices.DeleteFunc(slices.Clone(a.Devices), func(device Device) bool {
		return isBad(Push, target{device.ID, device.token, device.Platform})
	})
	return a
}

// masked is how a person sees the address on a channel; nil where there is none to show.
func (a Addresses) masked(channel Channel) *string {
	var text string
	switch {
	case channel == SMS && !a.Phone.IsZero():
		text = a.Phone.Masked()
	case channel == Email && !a.Email.IsZero():
		text = a.Email.Masked()
	default:
		return nil
	}
	return &text
}
