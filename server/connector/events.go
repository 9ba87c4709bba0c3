package connector

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"mime"
	"net/http"
	"strings"

	"golang.org/x/time/rate"

	"onewindow/models"
	"onewindow/models/casework"
	"onewindow/models/material"
	"onewindow/models/store"
	"onewindow/server/connector/webhook"
)

// largestEvent bounds what is read of an event: with a file 15 MiB; without one ParseEvent holds it to 1 MiB.
const largestEvent = 15 << 20

// outcomes of events in the metrics, beside those of Take.
const (
	outcomeUnauthorized = "unauthorized"
	outcomeTooLarge     = "too_large"
	outcomeTooFast      = "too_fast"
	outcomeInvalid      = "invalid"
	outcomeUnavailable  = "unavailable"
)

// reply is what an event is answered.
type reply struct {
	status int
	// outcome stands in the metrics, and as code in a refusal.
	outcome  string
	problems []EventProblem
}

// Events is the door for departments' events: POST /departments/{code}/events.
func (d *Desk) Events() http.Handler {
	limiters, larges := map[string]*rate.Limiter{}, map[string]chan struct{}{}
	perSecond := d.Directory.rates.EventsPerSecond
	for _, code := range d.Directory.Connected() {
		limiters[code], larges[code] = rate.NewLimiter(rate.Limit(perSecond), 2*perSecond), make(chan struct{}, mostLarge)
	}
	return http.HandlerFunc(func(writer http.ResponseWriter, request *http.Request) {
		code := request.PathValue("code")
		limiter := limiters[code]
		body, refused := d.admit(writer, request, code, limiter, larges[code])
		if refused == nil {
			taken := d.take(request.Context(), code, body)
			refused = &taken
		}
		if limiter != nil { // an unknown code would let strangers fill the metrics
			d.Directory.metrics.took(code, refused.outcome)
		}
		refused.write(writer)
	})
}

// mostLarge bounds how many events of a department that bring a file are read at the same time: their signature is known only once
// they have been read, so that a stranger could fill the memory with them.
const mostLarge = 4

var errManyLarge = errors.New("too many large events at once")

// readEvent reads an event: a small one at once, a large one in one of few places.
func readEvent(writer http.ResponseWriter, request *http.Request, large chan struct{}) ([]byte, error) {
	whole := http.MaxBytesReader(writer, request.Body, largestEvent)
	var read bytes.Buffer
	if _, err := io.CopyN(&read, whole, LargestPlainEvent); errors.Is(err, io.EOF) {
		return read.Bytes(), nil
	} else if err != nil {
		return nil, err
	}
	select {
	case large <- struct{}{}:
		defer func() { <-large }()
	default:
		writer.Header().Set("Connection", "close")
		return nil, errManyLarge
	}
	_, err := read.ReadFrom(whole)
	return read.Bytes(), err
}

// admit lets in what a connected department signed, in time, of the right size and kind.
func (d *Desk) admit(writer http.ResponseWriter, request *http.Request, code string, limiter *rate.Limiter, large chan struct{}) ([]byte, *reply) {
	secrets := d.Directory.InboundSecrets(code)
	if len(secrets) == 0 || webhook.Precheck(request.Header, d.Now()) != nil { // a stranger's body is not even read
		return nil, &reply{status: http.StatusUnauthorized, outcome: outcomeUnauthorized}
	}
	body, err := readEvent(writer, request, large)
	var tooLarge *http.MaxBytesError
	switch {
	case errors.As(err, &tooLarge):
		return nil, &reply{status: http.StatusRequestEntityTooLarge, outcome: outcomeTooLarge}
	case errors.Is(err, errManyLarge):
		return nil, &reply{status: http.StatusTooManyRequests, outcome: outcomeTooFast}
	case err != nil:
		return nil, &reply{status: http.StatusBadRequest, outcome: outcomeInvalid}
	case webhook.Verify(secrets, request.Header, body, d.Now()) != nil:
		return nil, &reply{status: http.StatusUnauthorized, outcome: outcomeUnauthorized}
	case limiter != nil && !limiter.Allow():
		return nil, &reply{status: http.StatusTooManyRequests, outcome: outcomeTooFast}
	case request.Header.Get("Content-Encoding") != "":
		problem := EventProblem{Path: "content-encoding", Expected: "none: events are not compressed"}
		return nil, &reply{status: http.StatusBadRequest, outcome: outcomeInvalid, problems: []EventProblem{problem}}
	case !isStructured(request.Header.Get("Content-Type")):
		problem := EventProblem{Path: "content-type", Expected: "application/cloudevents+json in UTF-8"}
		return nil, &reply{status: http.StatusBadRequest, outcome: outcomeInvalid, problems: []EventProblem{problem}}
	}
	return body, nil
}

// isStructured tells whether a body is said to be one event in structured mode; parameters but another charset do not matter.
func isStructured(contentType string) bool {
	kind, parameters, err := mime.ParseMediaType(contentType)
	charset := parameters["charset"]
	return err == nil && kind == "application/cloudevents+json" && (charset == "" || strings.EqualFold(charset, "utf-8"))
}

// write answers in the protocol's words.
func (r reply) write(writer http.ResponseWriter) {
	body := map[string]any{"status": r.outcome}
	if r.status >= http.StatusBadRequest {
		body = map[string]any{"code": r.outcome}
	}
	switch r.status {
	case http.StatusBadRequest:
		body["problems"] = append([]EventProblem{}, r.problems...)
	case http.StatusConflict:
		body["detail"] = "the step has been decided or called off already"
	case http.StatusTooManyRequests:
		writer.Header().Set("Retry-After", "1")
	}
	writer.Header().Set("Content-Type", "application/json; charset=utf-8")
	writer.WriteHeader(r.status)
	_ = json.NewEncoder(writer).Encode(body) // whoever sent it has gone
}

// take parses and takes one event.
func (d *Desk) take(ctx context.Context, code string, body []byte) reply {
	event, err := ParseEvent(body)
	var malformed *MalformedEvent
	switch {
	case errors.Is(err, ErrEventTooLarge):
		return reply{status: http.StatusRequestEntityTooLarge, outcome: outcomeTooLarge}
	case errors.As(err, &malformed):
		return reply{status: http.StatusBadRequest, outcome: outcomeInvalid, problems: malformed.Problems}
	case err != nil:
		return reply{status: http.StatusBadRequest, outcome: outcomeInvalid}
	case event.unreadableFile():
		return reply{status: http.StatusBadRequest, outcome: outcomeInvalid, problems: []EventProblem{unreadableFile}}
	}
	status, err := d.Take(ctx, code, event, body)
	var fault *models.Fault
	switch {
	case errors.Is(err, casework.ErrUnknownMaterial):
		return reply{status: http.StatusBadRequest, outcome: outcomeInvalid, problems: []EventProblem{unknownMaterial}}
	case errors.Is(err, errInfected):
		return reply{status: http.StatusBadRequest, outcome: outcomeInvalid, problems: []EventProblem{infectedFile}}
	case errors.As(err, &fault) && fault.Code == models.NotFoundCode:
		return reply{status: http.StatusNotFound, outcome: outcomeNotFound}
	case err != nil:
		level := slog.LevelError
		if ctx.Err() != nil { // its sender went away, and will send it again
			level = slog.LevelInfo
		}
		d.Logger.Log(ctx, level, "event not taken", "department", code, "error", err)
		return reply{status: http.StatusServiceUnavailable, outcome: outcomeUnavailable}
	case status == statusDuplicate:
		return reply{status: http.StatusOK, outcome: status}
	case status == string(casework.Conflicted):
		return reply{status: http.StatusConflict, outcome: status}
	}
	return reply{status: http.StatusAccepted, outcome: status}
}

const statusDuplicate = "duplicate"

// What is wrong with a file is told to its department, which can mend it: taken without it, the result would lie in the wallet as a
// number alone, and nobody would know.
var (
	unreadableFile  = EventProblem{Path: "data.document.file.base64", Expected: "a PDF, JPEG or PNG by its bytes, without scripts or archives in it"}
	infectedFile    = EventProblem{Path: "data.document.file.base64", Expected: "a file without a virus"}
	unknownMaterial = EventProblem{Path: "data.materials", Expected: "codes of materials that the application has"}
	errInfected     = errors.New("the file of the document is infected")
)

func (e *Event) unreadableFile() bool {
	return e.Decision != nil && e.Decision.Document != nil && e.Decision.Document.File != nil && !material.Readable(e.Decision.Document.File.Content)
}

// Take keeps and applies one event; it gives "applied", "parked", "duplicate" or "conflict".
func (d *Desk) Take(ctx context.Context, department string, event *Event, body []byte) (string, error) {
	signal, err := d.signal(ctx, department, event)
	if err != nil {
		return "", err
	}
	status := ""
	err = d.Store.InTx(ctx, func(tx *store.Tx) error {
		fresh, err := keepEvent(tx, department, event, d.SealEvent(body))
		if err != nil {
			return err
		}
		if !fresh {
			status = statusDuplicate
			return nil
		}
		actor := models.Actor{Kind: models.Department, DepartmentCode: department}
		outcome, err := d.Cases.TakeSignal(ctx, tx, actor, signal)
		if err != nil {
			return err // unknown here: nothing is kept, and the same id may come again
		}
		if status = string(outcome); outcome == casework.Applied { // as it was kept
			return nil
		}
		return markEvent(tx, department, event.ID, status)
	})
	return status, err
}

// signal translates an event for casework; an issued document's file is stored before any transaction. With errInfected the signal
// is whole but for the file.
func (d *Desk) signal(ctx context.Context, department string, event *Event) (casework.Signal, error) {
	signal := casework.Signal{Number: event.Number, StepID: event.Step}
	switch event.Type {
	case CaseReceived:
		signal.Kind = casework.SignalReceived
	case CaseProgress:
		signal.Kind = casework.SignalProgress
		signal.Title, signal.Detail, signal.Public = event.Progress.Title, event.Progress.Detail, event.Progress.Public
	case CaseSupplementRequired:
		signal.Kind, signal.Note, signal.Missing = casework.SignalSupplement, event.Supplement.Note, map[string]string{}
		for _, missing := range event.Supplement.Materials {
			signal.Missing[missing.Code] = missing.Reason
		}
	case CaseDecided:
		signal.Kind, signal.Opinion, signal.Decision = casework.SignalDecided, event.Decision.Opinion, casework.Reject
		if event.Decision.Approve {
			signal.Decision = casework.Approve
		}
		return signal, d.issued(ctx, department, event, &signal)
	}
	return signal, nil
}

func (d *Desk) issued(ctx context.Context, department string, event *Event, signal *casework.Signal) error {
	document := event.Decision.Document
	if document == nil {
		return nil
	}
	signal.Document = &material.IssuedDocument{
		Number: document.Number, IssuedOn: document.IssuedOn, ExpiresOn: document.ExpiresOn, Fields: document.Fields,
	}
	if document.File == nil {
		return nil
	}
	owner, err := d.Cases.OwnerOf(ctx, event.Number, event.Step, department)
	if err != nil {
		return err
	}
	file, problems, err := d.Materials.StoreFile(ctx, owner, document.File.Name, document.File.Content)
	if err != nil {
		return err
	}
	if len(problems) > 0 {
		return errInfected // all else was looked at before
	}
	signal.Document.FileID = file.ID
	return nil
}

// Unpark applies what was said before its step's turn had come, in the order in which it came.
func (d *Desk) Unpark(ctx context.Context, args UnparkArgs) error {
	var last *eventRow
	for {
		parked, err := parkedEvents(ctx, d.Store, args.Number, args.Step, last)
		if err != nil || len(parked) == 0 {
			return err
		}
		for _, row := range parked {
			if err := d.unparkOne(ctx, row); err != nil {
				return err
			}
		}
		last = &parked[len(parked)-1]
	}
}

func (d *Desk) unparkOne(ctx context.Context, row eventRow) error {
	body, err := d.OpenEvent(row.Body)
	if err != nil {
		return err
	}
	event, err := ParseEvent(body)
	if err != nil {
		return d.setAside(ctx, row)
	}
	signal, err := d.signal(ctx, row.Department, event)
	var fault *models.Fault
	if errors.As(err, &fault) && fault.Code == models.NotFoundCode {
		return d.setAside(ctx, row)
	}
	if err != nil && !errors.Is(err, errInfected) { // of what was taken weeks ago, the decision counts without the file
		return err
	}
	return d.Store.InTx(ctx, func(tx *store.Tx) error {
		actor := models.Actor{Kind: models.Department, DepartmentCode: row.Department}
		outcome, err := d.Cases.TakeSignal(ctx, tx, actor, signal)
		var fault *models.Fault
		switch {
		case errors.Is(err, casework.ErrUnknownMaterial), errors.As(err, &fault) && fault.Code == models.NotFoundCode: // none of its papers or steps any more
			outcome = casework.Conflicted
		case err != nil:
			return err
		}
		return markEvent(tx, row.Department, row.EventID, string(outcome))
	})
}

// setAside keeps for the operators what does not fit any more when its turn has come: the step has gone to another department, or
// rules have become stricter. It must not hold back what was said after it.
func (d *Desk) setAside(ctx context.Context, row eventRow) error {
	return d.Store.InTx(ctx, func(tx *store.Tx) error {
		return markEvent(tx, row.Department, row.EventID, string(casework.Conflicted))
	})
}
