package connector

import (
	"time"

	"onewindow/models"
)

type eventWire struct {
	SpecVersion     string    `json:"specversion"`
	ID              string    `json:"id"`
	Source          string    `json:"source"`
	Type            EventType `json:"type"`
	Subject         string    `json:"subject"`
	Time            string    `json:"time"`
	DataContentType string    `json:"datacontenttype"`
	Data            any       `json:"data"`
}

// EncodeEvent writes an event in structured mode; the department's side encodes.
func EncodeEvent(event Event) ([]byte, error) {
	return write(eventWire{
		SpecVersion: "1.0", ID: event.ID, Source: event.Source, Type: event.Type, Subject: event.Number + "/" + event.Step,
		Time: event.Time.In(models.Zone).Format(time.RFC3339Nano), DataContentType: "application/json", Data: event.wire(),
	})
}

func (e Event) wire() map[string]any {
	data := map[string]any{}
	switch {
	case e.Progress != nil:
		data["title"], data["detail"], data["public"] = e.Progress.Title, e.Progress.Detail, e.Progress.Public
	case e.Supplement != nil:
		materials := []map[string]string{}
		for _, material := range e.Supplement.Materials {
			materials = append(materials, map[string]string{"code": material.Code, "reason": material.Reason})
		}
		data["materials"], data["note"] = materials, e.Supplement.Note
	case e.Decision != nil:
		data["decision"], data["opinion"] = "reject", e.Decision.Opinion
		if e.Decision.Approve {
			data["decision"] = "approve"
		}
		if e.Decision.Document != nil {
			data["document"] = e.Decision.Document.wire()
		}
	}
	return data
}
