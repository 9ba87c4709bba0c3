package models

import "fmt"

// FaultCode is the code of a request that cannot be served: extensions.code in the answer.
type FaultCode string

// The codes of the contract.
const (
	Unauthenticated FaultCode = "UNAUTHENTICATED"
	Forbidden       FaultCode = "FORBIDDEN"
	NotFoundCode    FaultCode = "NOT_FOUND"
	BadUserInput    FaultCode = "BAD_USER_INPUT"
	ConflictCode    FaultCode = "CONFLICT"
	RateLimitedCode FaultCode = "RATE_LIMITED"
	TooComplex      FaultCode = "TOO_COMPLEX"
	PersistedQuery  FaultCode = "PERSISTED_QUERY_NOT_FOUND"
	UnavailableCode FaultCode = "UNAVAILABLE"
	Internal        FaultCode = "INTERNAL"
)

// Fault is why a request cannot be served. Its text is for the person, in both languages; the cause that an operator
// reads is wrapped around it with %w. One presenter turns it into the answer.
type Fault struct {
	Code FaultCode
	Text Text
	// Extensions go into the answer beside the code, e.g. "current", "retryAfterSeconds". Never personal data.
	Extensions map[string]any
}

// Error is what an operator reads: the code and the English text, which hold no personal data.
func (f *Fault) Error() string { return fmt.Sprintf("%s: %s", f.Code, f.Text.In(English)) }

// NotFound is the answer for what does not exist and for what the caller may not see, word for word the same.
func NotFound() *Fault {
	return &Fault{Code: NotFoundCode, Text: T("没有找到", "Not found")}
}

// NotSignedIn is the answer to a stranger at a door for known people.
func NotSignedIn() *Fault {
	return &Fault{Code: Unauthenticated, Text: T("请先登录", "Please sign in first")}
}

// NotAllowed is the answer to a known person at somebody else's door.
func NotAllowed() *Fault {
	return &Fault{Code: Forbidden, Text: T("您没有办理这项操作的权限", "You are not allowed to do this")}
}

// Conflict says that the state does not allow it, or that someone else changed it first; current is the revision or state now.
func Conflict(text Text, current any) *Fault {
	return &Fault{Code: ConflictCode, Text: text, Extensions: map[string]any{"current": current}}
}

// BadInput says that a variable does not fit a stated limit.
func BadInput(text Text) *Fault { return &Fault{Code: BadUserInput, Text: text} }

// RateLimited says when to come back.
func RateLimited(seconds int) *Fault {
	return &Fault{
		Code: RateLimitedCode, Text: T("请求过于频繁，请稍后再试", "Too many requests, please try again later"),
		Extensions: map[string]any{"retryAfterSeconds": max(seconds, 1)},
	}
}

// Unavailable says that something cannot be done now, and why.
func Unavailable(text Text) *Fault { return &Fault{Code: UnavailableCode, Text: text} }

// Problem is what a person can mend: it comes back in the payload, never as an error.
type Problem struct {
	// Code is machine-readable, e.g. REQUIRED, FORMAT, MISMATCH, EXPIRED, TOO_LARGE, NOT_ELIGIBLE.
	Code    string
	Message Text
	// Field is the input field or form key that it is about; nil if it is about the whole.
	Field *string
}

// NewProblem makes a problem; field "" means the whole.
func NewProblem(code, field string, message Text) *Problem {
	problem := &Problem{Code: code, Message: message}
	if field != "" {
		problem.Field = &field
	}
	return problem
}
