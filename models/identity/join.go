package identity

import (
	"time"

	"onewindow/models"
)

// The bounds of asking a person on a bound phone whether a new one may join: nobody is bothered by a stranger for long.
const (
	// JoinLife is how long a question waits for its answer.
	JoinLife = 24 * time.Hour
	// joinBlock is how long the refused phone cannot ask the same person again.
	joinBlock = 30 * 24 * time.Hour
	// asksADay is how many numbers one account may try, asksOfOneADay how often one person is asked by anybody.
	asksADay      = 5
	asksOfOneADay = 3
)

// JoinState is where the question whether a new phone may join stands.
type JoinState string

// The states of a question. NOBODY: the number belongs to nobody here, the row only counts.
const (
	JoinNobody   JoinState = "NOBODY"
	JoinOpen     JoinState = "OPEN"
	JoinApproved JoinState = "APPROVED"
	JoinRefused  JoinState = "REFUSED"
	JoinExpired  JoinState = "EXPIRED"
)

// JoinRequest is an open question on a bound phone: may this phone act as you?
type JoinRequest struct {
	ID        models.ID
	At        time.Time
	ExpiresAt time.Time
	// MaskedPhone is the phone that wants to join; Device what it called itself, nil where it did not say.
	MaskedPhone *string
	Device      *string
}

// asked is what was asked before of one person or by one account, newest first.
type asked struct {
	asker     models.ID
	state     JoinState
	createdAt time.Time
}

// mayAsk tells whether a person may be asked about a phone: nobody else is waiting, the day's number is not used up, and the
// phone was not refused a short while ago.
func mayAsk(ofOwner []asked, asker models.ID, now time.Time) bool {
	today := 0
	for _, earlier := range ofOwner {
		switch {
		case earlier.state == JoinOpen && now.Sub(earlier.createdAt) < JoinLife:
			return false
		case earlier.state == JoinRefused && earlier.asker == asker && now.Sub(earlier.createdAt) < joinBlock:
			return false
		case now.Sub(earlier.createdAt) < 24*time.Hour:
			today++
		}
	}
	return today < asksOfOneADay
}

// Notice is what this room has a person told.
type Notice string

// A new phone asks to join, one has joined, one was taken away, the identity was unbound.
const (
	NoticeAsked   Notice = "BINDING_REQUESTED"
	NoticeJoined  Notice = "PHONE_JOINED"
	NoticeRemoved Notice = "PHONE_REMOVED"
	NoticeUnbound Notice = "IDENTITY_UNBOUND"
	// NoticeLinked says that the last department has answered about somebody who was shown PENDING, NoticeUnlinked that some
	// never did.
	NoticeLinked   Notice = "IDENTITY_LINKED"
	NoticeUnlinked Notice = "IDENTITY_UNLINKED"
)
