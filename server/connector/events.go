package connector

import (
	"context"
	"encoding/json"
	"errors"
	"io"
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

// The budget of a department's events.
const (
	eventsASecond = 200
	eventsAtOnce  = 400
)

// Events is the door for departments' events: POST /departments/{code}/events.
func (d *Desk) Events() http.Handler {
	limiters := map[string]*rate.Limiter{}
	for _, code := range d.Directory.Connected() {
		limiters[code] = rate.NewLimiter(eventsASecond, eventsAtOnce)
	}
	return http.HandlerFunc(func(writer http.ResponseWriter, request *http.Request) {
		code := request.PathValue("code")
		secrets := d.Directory.InboundSecrets(code)
		if len(secrets) == 0 || webhook.Precheck(request.Header, d.Now()) != nil { // a stranger's body is not even read
			respond(writer, http.StatusUnauthorized, map[string]any{"code": "unauthorized"})
			return
		}
		body, err := io.ReadAll(http.MaxBytesReader(writer, request.Body, largestEvent))
		var tooLarge *http.MaxBytesError
		if errors.As(err, &tooLarge) {
			respond(writer, http.StatusRequestEntityTooLarge, map[string]any{"code": "too_large"})
			return
		}
		if err != nil {
			respond(writer, http.StatusBadRequest, map[string]any{"code": "invalid", "problems": []EventProblem{}})
			return
		}
		if webhook.Verify(secrets, request.Header, body, d.Now()) != nil {
			respond(writer, http.StatusUnauthorized, map[string]any{"code": "unauthorized"})
			return
		}
		if limiter := limiters[code]; limiter != nil && !limiter.Allow() {
			writer.Header().Set("Retry-After", "1")
			respond(writer, http.StatusTooManyRequests, map[string]any{"code": "too_fast"})
			return
		}
		if !isStructured(request.Header.Get("Content-Type")) {
			problem := EventProblem{Path: "content-type", Expected: "application/cloudevents+json in UTF-8"}
			respond(writer, http.StatusBadRequest, map[string]any{"code": "invalid", "problems": []EventProblem{problem}})
			return
		}
		d.take(writer, request, code, body)
	})
}

// isStructured tells whether a body is said to be one event in structured mode; parameters but another charset do not matter.
func isStructured(contentType string) bool {
	kind, parameters, err := mime.ParseMediaType(contentType)
	charset := parameters["charset"]
	return err == nil && kind == "application/cloudevents+json" && (charset == "" || strings.EqualFold(charset, "utf-8"))
}

func respond(writer http.ResponseWriter, status int, body map[string]any) {
	writer.Header().Set("Content-Type", "application/json; charset=utf-8")
	writer.WriteHeader(status)
	_ = json.NewEncoder(writer).Encode(body)
}

func (d *Desk) take(writer http.ResponseWriter, request *http.Request, code string, body []byte) {
	event, err := ParseEvent(body)
	var malformed *MalformedEvent
	switch {
	case errors.Is(err, ErrEventTooLarge):
		respond(writer, http.StatusRequestEntityTooLarge, map[string]any{"code": "too_large"})
		return
	case errors.As(err, &malformed):
		respond(writer, http.StatusBadRequest, map[string]any{"code": "invalid", "problems": malformed.Problems})
		return
	case err != nil:
		respond(writer, http.StatusBadRequest, map[string]any{"code": "invalid", "problems": []EventProblem{}})
		return
	}
	status, err := d.Take(request.Context(), code, event, body)
	var fault *models.Fault
	switch {
	case errors.As(err, &fault) && fault.Code == models.NotFoundCode:
		respond(writer, http.StatusNotFound, map[string]any{"code": "not_found"})
	case err != nil:
		d.Logger.ErrorContext(request.Context(), "event not taken", "department", code, "error", err)
		respond(writer, http.StatusServiceUnavailable, map[string]any{"code": "unavailable"})
	case status == statusDuplicate:
		respond(writer, http.StatusOK, map[string]any{"status": status})
	case status == string(casework.Conflicted):
		respond(writer, http.StatusConflict, map[string]any{"code": status, "detail": "the step has been decided or called off already"})
	default:
		respond(writer, http.StatusAccepted, map[string]any{"status": status})
	}
}

const statusDuplicate = "duplicate"

// Take keeps and applies one event; it gives "applied", "parked", "duplicate" or "conflict".
func (d *Desk) Take(ctx context.Context, department string, event *Event, body []byte) (string, error) {
	signal, err := d.signal(ctx, event)
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
		status = string(outcome)
		return markEvent(tx, department, event.ID, status)
	})
	return status, err
}

// signal translates an event for casework; an issued document's file is stored before any transaction.
func (d *Desk) signal(ctx context.Context, event *Event) (casework.Signal, error) {
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
		return signal, d.issued(ctx, event, &signal)
	}
	return signal, nil
}

func (d *Desk) issued(ctx context.Context, event *Event, signal *casework.Signal) error {
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
	owner, err := d.Cases.OwnerOf(ctx, event.Number)
	if err != nil {
		return err
	}
	file, problems, err := d.Materials.StoreFile(ctx, owner, document.File.Name, document.File.Content)
	if err != nil {
		return err
	}
	if len(problems) == 0 { // a file that is none of ours does not hold the decision back: the document stands without it
		signal.Document.FileID = file.ID
	}
	return nil
}

// Unpark applies what was said before its step's turn had come, in the order in which it came.
func (d *Desk) Unpark(ctx context.Context, args UnparkArgs) error {
	parked, err := parkedEvents(ctx, d.Store, args.Number, args.Step)
	if err != nil {
		return err
	}
	for _, row := range parked {
		if err := d.unparkOne(ctx, row); err != nil {
			return err
		}
	}
	return nil
}

func (d *Desk) unparkOne(ctx context.Context, row eventRow) error {
	body, err := d.OpenEvent(row.Body)
	if err != nil {
		return err
	}
	event, err := ParseEvent(body)
	if err != nil {
		return err
	}
	signal, err := d.signal(ctx, event)
	if err != nil {
		return err
	}
	return d.Store.InTx(ctx, func(tx *store.Tx) error {
		actor := models.Actor{Kind: models.Department, DepartmentCode: row.Department}
		outcome, err := d.Cases.TakeSignal(ctx, tx, actor, signal)
		if err != nil {
			return err
		}
		return markEvent(tx, row.Department, row.EventID, string(outcome))
	})
}
