package notify

import (
	"math/rand/v2"
	"strings"
	"time"
)

// How often and how far apart a provider is asked for one message. With growing pauses the attempts reach over about nine
// hours; then the message is a dead letter, which operators see and can send again, and another channel is tried.
const (
	mostAttempts = 12
	firstPause   = 10 * time.Second
	longestPause = 2 * time.Hour
	// longestWish bounds what a provider may ask for by Retry-After.
	longestWish = 6 * time.Hour
)

// pauseAfter is how long to wait after so many attempts that failed for the time being, before the jitter. A provider that
// says when to come is not asked before.
func pauseAfter(attempts int, outcome Outcome) time.Duration {
	pause := firstPause
	for range attempts - 1 {
		pause = min(pause*5/2, longestPause)
	}
	return max(pause, min(outcome.RetryAfter, longestWish))
}

// jitter keeps those who failed together from coming back together: up to a quarter more, never less.
func jitter(pause time.Duration) time.Duration {
	return pause + rand.N(pause/4+1) // #nosec G404 -- spreads load, guards nothing
}

// The part of the day in which no SMS leaves, whatever it says. One-time codes do not come this way.
var nightForSMS = QuietHours{DefaultQuietStart, DefaultQuietEnd}

// NextSMS is when an SMS that cannot wait for anything but the night may leave.
func NextSMS(now time.Time) time.Time { return leavesAt(SMS, true, QuietHours{}, now) }

// leavesAt is when a message may leave on a channel: now, or at the end of the hours that are quiet for it.
func leavesAt(channel Channel, urgent bool, quiet QuietHours, now time.Time) time.Time {
	leaves := now
	if !urgent && channel.disturbs() {
		if end, isQuiet := quiet.until(leaves); isQuiet {
			leaves = end
		}
	}
	if channel == SMS {
		if end, isNight := nightForSMS.until(leaves); isNight {
			leaves = end
		}
	}
	return leaves
}

// Importance is what missing a message costs its reader. Scarce ways (one-off permissions of WeChat, a visit at the door)
// are kept for what is costliest to miss.
type importance int

const (
	// niceToKnow: nothing follows from missing it.
	niceToKnow importance = iota + 1
	// worthKnowing: plans or a result depend on it.
	worthKnowing
	// costly: missing it loses a right, a deadline or the application.
	costly
)

// importanceOf rates a kind of message; what is not listed counts by whether it is urgent.
func importanceOf(kind Kind, urgent bool) importance {
	switch kind {
	case SupplementRequested, MissingMaterialReminder, SupplementReadyReminder, DeferredMaterialReminder, Rejected, Lapsed, SessionEnded, BindingRequested, IdentityUnbound:
		return costly
	case Completed, Approved, StepSuspended, Extended, NewDevice, ResultWaitsReminder, DocumentExpiresReminder, DocumentEndsReminder, WardDocumentEndsReminder:
		return worthKnowing
	}
	if urgent {
		return costly
	}
	return niceToKnow
}

// spends tells whether a message is worth one of the few permissions that are left: the last one is for what is costly to
// miss, the second for what is worth knowing.
func (i importance) spends(left int) bool {
	return left > 0 && int(i)+left > int(costly)
}

// How long a message is worth sending. It stays in the inbox for good.
const (
	lifeOfCostly = 3 * 24 * time.Hour
	lifeOfOthers = 24 * time.Hour
)

// expiryOf is when a message is of no use any more to a phone: a reminder when its deadline has passed, others some days later.
func expiryOf(at time.Time, weight importance, deadline *time.Time) time.Time {
	life := lifeOfOthers
	if weight == costly {
		life = lifeOfCostly
	}
	expires := at.Add(life)
	if deadline != nil && deadline.Before(expires) {
		return *deadline
	}
	return expires
}

// collapseKey is what a newer message replaces on a phone: of one case, or of one thing, the newest word is the one that counts.
func collapseKey(row messageRow) string {
	switch {
	case row.ApplicationID != nil:
		return "case-" + string(*row.ApplicationID)
	case row.PlanKey != nil:
		thing, _, _ := strings.Cut(*row.PlanKey, "/")
		return "thing-" + thing
	}
	return kebab(row.Kind)
}
