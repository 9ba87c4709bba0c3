package notify

import (
	"context"
	"strings"
	"time"
)

// Provider carries messages of one channel out of the house. It is safe for concurrent use.
type Provider interface {
	// Name is how attempts and metrics know it, e.g. "aliyun".
	Name() string
	// Send makes one attempt and says how it ended. It ends with the context. The same envelope may come again with the same
	// ID and address after a crash.
	Send(ctx context.Context, envelope Envelope) Outcome
}

// Verdict is how an attempt ended.
type Verdict string

// TAKEN: the provider has it. TEMPORARY: try again later. THROTTLED: the provider has had enough of us for now; nothing is
// wrong with the message, and the whole channel slows down. BAD_ADDRESS: this address is of no use, for any message.
// BAD_MESSAGE: this message is of no use, for any attempt. NO_QUOTA: the person has given no permission that is left.
const (
	Taken      Verdict = "TAKEN"
	Temporary  Verdict = "TEMPORARY"
	Throttled  Verdict = "THROTTLED"
	BadAddress Verdict = "BAD_ADDRESS"
	BadMessage Verdict = "BAD_MESSAGE"
	NoQuota    Verdict = "NO_QUOTA"
)

// final tells whether trying the same address again is of no use.
func (v Verdict) final() bool { return v != Temporary && v != Throttled }

// Outcome is the end of one attempt. It holds no personal data: it is stored, counted and logged.
type Outcome struct {
	Verdict Verdict
	// Code is the provider's own word for what went wrong, e.g. "isv.MOBILE_NUMBER_ILLEGAL"; empty when it was taken.
	Code string
	// MessageID is the provider's own name for the message, to ask there by.
	MessageID string
	// RetryAfter is when the provider wants to be asked again; 0: it did not say.
	RetryAfter time.Duration
}

// longestCode bounds what a provider's answer can put into our records.
const longestCode = 80

// Failed is an outcome other than TAKEN. The code is cut to what an error code can be.
func Failed(verdict Verdict, code string) Outcome {
	return Outcome{Verdict: verdict, Code: keepable(code, longestCode)}
}

// keepable is what of a provider's word can be kept: plain characters, and so many of them.
func keepable(word string, most int) string {
	word = strings.Map(func(char rune) rune {
		if char <= ' ' || char > '~' {
			return '_'
		}
		return char
	}, word)
	return word[:min(len(word), most)]
}

// The codes of what went wrong before a provider could say so.
const (
	codeTimeout  = "TIMEOUT"
	codeNoAnswer = "NO_ANSWER"
)

// Unanswered is the outcome of an attempt in which the provider could not be reached or broke off. The error itself may hold
// the address of the request, and with it secrets: it goes nowhere.
func Unanswered(ctx context.Context) Outcome {
	if ctx.Err() != nil {
		return Failed(Temporary, codeTimeout)
	}
	return Failed(Temporary, codeNoAnswer)
}
