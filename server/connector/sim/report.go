package sim

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"time"

	"onewindow/models"
	"onewindow/server/connector"
	"onewindow/server/connector/webhook"
)

const (
	firstRetry   = 200 * time.Millisecond
	longestRetry = 30 * time.Second
	// betweenReports is the part of the pace that passes between one report and the next.
	betweenReports = 3
)

// newDeliverer makes the client that sends events. Like every client of the protocol it follows no redirect and asks no proxy.
func newDeliverer() *http.Client {
	return &http.Client{
		Timeout:       5 * time.Second,
		Transport:     &http.Transport{MaxIdleConnsPerHost: 8, IdleConnTimeout: 30 * time.Second},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

// errRefused says that OneWindow took an event as impossible: the case is over for this department.
var errRefused = errors.New("refused for good")

func newReader(body []byte) io.Reader { return bytes.NewReader(body) }

// pause waits; false where the context ended first.
func pause(ctx context.Context, length time.Duration) bool {
	timer := time.NewTimer(length)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
		return false
	}
}

// report tells OneWindow about a case, stage by stage, until it is done, withdrawn or the process stops.
func (d *desk) report(ctx context.Context, taken *record) {
	for wait := d.Pace; pause(ctx, wait); wait = d.Pace / betweenReports {
		event, open := d.happen(taken)
		if !open {
			return
		}
		err := d.deliver(ctx, event)
		if ctx.Err() != nil {
			return
		}
		if err != nil {
			d.Logger.Warn("simulated department: event refused", "department", d.department, "event", event.ID, "error", err)
		}
		if d.reported(taken, err != nil) {
			return
		}
	}
}

// happen fixes when the next thing happened, writes that down, and gives the event that tells of it.
func (d *desk) happen(taken *record) (connector.Event, bool) {
	d.mutex.Lock()
	defer d.mutex.Unlock()
	if !taken.isOpen() {
		return connector.Event{}, false
	}
	if taken.At == nil {
		now := d.Clock.Now().Truncate(time.Millisecond)
		taken.At = &now
		d.keep()
	}
	return d.event(taken), true
}

// reported moves a case on; true when it is over.
func (d *desk) reported(taken *record, refused bool) bool {
	d.mutex.Lock()
	defer d.mutex.Unlock()
	if taken.isOpen() {
		taken.Stage, taken.At = following[taken.Stage], nil
		if refused {
			taken.Stage = stageDone
		}
		d.keep()
	}
	return !taken.isOpen()
}

// keep saves between two reports. Where it fails, a restart repeats the last report, which OneWindow takes as the duplicate that it is.
func (d *desk) keep() {
	if err := d.save(); err != nil {
		d.Logger.Warn("simulated department: open cases not saved", "department", d.department, "error", err)
	}
}

func (d *desk) event(taken *record) connector.Event {
	event := connector.Event{
		ID:     fmt.Sprintf("%s-%s-%s", taken.Number, taken.Step, taken.Stage),
		Source: "urn:onewindow:demo:" + d.department, Number: taken.Number, Step: taken.Step, Time: *taken.At,
	}
	switch taken.Stage {
	case stageReceived:
		event.Type = connector.CaseReceived
	case stageProgress:
		event.Type = connector.CaseProgress
		event.Progress = &connector.Progress{Title: "业务系统已核验", Detail: "部门业务系统已完成信息比对", Public: true}
	default:
		event.Type = connector.CaseDecided
		event.Decision = &connector.Decision{Approve: true, Opinion: "材料齐全，信息比对一致，准予办理", Document: d.issued(taken)}
	}
	return event
}

// issued is the document that comes with the approval of a step that issues one.
func (d *desk) issued(taken *record) *connector.Document {
	result, issues := d.Results[Step{taken.Item, taken.Step}]
	if !issues {
		return nil
	}
	day := models.DateOf(*taken.At)
	number := plausibleNumber(d.department, result.Material, taken.Number, taken.Step)
	document := &connector.Document{Number: number, IssuedOn: &day, File: sampleFile(result.Material, number)}
	if result.ValidForMonths > 0 {
		expires := day.AddMonths(result.ValidForMonths)
		document.ExpiresOn = &expires
	}
	return document
}

// deliver sends an event until it is taken (nil), refused for good (errRefused) or the context ends.
func (d *desk) deliver(ctx context.Context, event connector.Event) error {
	body, err := connector.EncodeEvent(event)
	if err != nil {
		return fmt.Errorf("%w: %w", errRefused, err)
	}
	for wait := firstRetry; ; wait = min(2*wait, longestRetry) {
		switch status := d.post(ctx, event.ID, body); {
		case status >= 200 && status < 300:
			return nil
		case status == http.StatusConflict, status == http.StatusNotFound:
			return fmt.Errorf("%w: status %d", errRefused, status)
		}
		if !pause(ctx, wait) {
			return ctx.Err()
		}
	}
}

// post gives the status of one try; 0 where there was no answer. The message id stays the same over all tries.
func (d *desk) post(ctx context.Context, id string, body []byte) int {
	base := d.EventsBaseURL()
	if base == "" {
		return 0 // OneWindow is not listening yet
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, base+"/departments/"+d.department+"/events", bytes.NewReader(body))
	if err != nil {
		return 0
	}
	request.Header.Set("Content-Type", "application/cloudevents+json; charset=utf-8")
	webhook.Stamp(request.Header, d.secret, id, time.Now(), body)
	response, err := d.deliverer.Do(request)
	if err != nil {
		return 0
	}
	defer func() { _ = response.Body.Close() }()
	_, _ = io.Copy(io.Discard, io.LimitReader(response.Body, 64<<10)) // read to the end, so that the connection is used again
	return response.StatusCode
}
