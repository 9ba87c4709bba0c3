package limit

import (
	"encoding/json"
	"time"

	"github.com/jackc/pgx/v5"

	"onewindow/models/calendar"
)

const caseColumns = `id::text, number, revision, state, channel, item_code, item_version, submitted_at, received_at, accepted_at, finished_at,
	progress, last_event`

// row is a case as it is read. Texts are read in Chinese alone.
type row struct {
	id, number, state, channel, itemCode            string
	revision, itemVersion                           int
	submittedAt, receivedAt, acceptedAt, finishedAt *time.Time
	progress                                        progress
	last                                            event
}

type progress struct {
	Steps []struct {
		ID         string             `json:"id"`
		Department string             `json:"department"`
		State      string             `json:"state"`
		StartedAt  *time.Time         `json:"startedAt"`
		FinishedAt *time.Time         `json:"finishedAt"`
		Decision   string             `json:"decision"`
		Stops      []calendar.Segment `json:"stops"`
	} `json:"steps"`
	Requirements []requirement      `json:"requirements"`
	Stops        []calendar.Segment `json:"stops"`
	Supplement   *struct {
		RequestedAt time.Time `json:"requestedAt"`
		DueAt       time.Time `json:"dueAt"`
		Note        string    `json:"note"`
	} `json:"supplement"`
	Results []struct {
		DocumentID string `json:"documentId"`
		Material   string `json:"material"`
		Method     string `json:"method"`
		State      string `json:"state"`
	} `json:"results"`
}

type requirement struct {
	Key    string     `json:"key"`
	Status string     `json:"status"`
	Reason text       `json:"reason"`
	DueAt  *time.Time `json:"dueAt"`
}

// open tells that the requirement is among the missing ones.
func (r *requirement) open() bool {
	return r.Status == "MISSING" || r.Status == "REJECTED" || r.Status == "DEFERRED"
}

// text is the Chinese half of a text.
type text struct {
	Chinese string `json:"zh"`
}

type event struct {
	ID         string    `json:"id"`
	Sequence   int       `json:"sequence"`
	At         time.Time `json:"at"`
	Kind       string    `json:"kind"`
	Title      text      `json:"title"`
	Detail     text      `json:"detail"`
	Department string    `json:"department"`
}

type document struct {
	id, number          string
	issuedOn, expiresOn *time.Time
}

func readCase(from pgx.Row) (*row, error) {
	c := &row{}
	var stored, last []byte
	err := from.Scan(&c.id, &c.number, &c.revision, &c.state, &c.channel, &c.itemCode, &c.itemVersion, &c.submittedAt, &c.receivedAt,
		&c.acceptedAt, &c.finishedAt, &stored, &last)
	if err == nil {
		err = json.Unmarshal(stored, &c.progress)
	}
	if err == nil {
		err = json.Unmarshal(last, &c.last)
	}
	return c, err
}

func readEvents(rows pgx.Rows) ([]event, error) {
	defer rows.Close()
	found := make([]event, 0, 8)
	for rows.Next() {
		var one event
		var title, detail []byte
		err := rows.Scan(&one.Sequence, &one.ID, &one.At, &one.Kind, &title, &detail, &one.Department)
		if err == nil {
			err = json.Unmarshal(title, &one.Title)
		}
		if err == nil && len(detail) > 0 {
			err = json.Unmarshal(detail, &one.Detail)
		}
		if err != nil {
			return nil, err
		}
		found = append(found, one)
	}
	return found, rows.Err()
}

func (s *Server) readDocuments(rows pgx.Rows) ([]document, error) {
	defer rows.Close()
	var found []document
	for rows.Next() {
		var one document
		var number []byte
		err := rows.Scan(&one.id, &number, &one.issuedOn, &one.expiresOn)
		if err == nil {
			one.number, err = s.keyring.OpenText("material.number", number)
		}
		if err != nil {
			return nil, err
		}
		found = append(found, one)
	}
	return found, rows.Err()
}
