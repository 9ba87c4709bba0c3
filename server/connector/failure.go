package connector

import (
	"errors"
	"fmt"
	"time"
)

// The answers that the protocol foresees beside the good one.
var (
	// ErrNotFound: the department does not know the person, or does not hold the material.
	ErrNotFound = errors.New("the department has no such record")
	// ErrMismatch: the number is someone else's name, or the proof does not fit.
	ErrMismatch = errors.New("the department says that it does not fit")
	// ErrNotConnected: the department has no system.
	ErrNotConnected = errors.New("the department has no connected system")
)

// Failure is why an exchange came to nothing. It holds no content of the exchange.
type Failure struct {
	Department string
	Operation  string
	// Status is the HTTP status; 0 where no answer came.
	Status int
	// Temporary: worth another try later. What was asked is kept.
	Temporary bool
	// Reason is a short text for operators.
	Reason string
	// RetryAfter is how long the department asked to be left alone; 0 where it did not.
	RetryAfter time.Duration
	// Cause is the error underneath; nil where the answer itself is the failure.
	Cause error
}

// Error names the department, the operation and the kind of failure.
func (f *Failure) Error() string {
	text := fmt.Sprintf("department %s: %s: %s", f.Department, f.Operation, f.Reason)
	if f.Status != 0 {
		text += fmt.Sprintf(" (status %d)", f.Status)
	}
	if f.Cause != nil {
		text += ": " + f.Cause.Error()
	}
	return text
}

// Unwrap gives the cause.
func (f *Failure) Unwrap() error { return f.Cause }

// IsTemporary tells whether another try later can succeed.
func IsTemporary(err error) bool {
	var failure *Failure
	return errors.As(err, &failure) && failure.Temporary
}
