package rekey

import (
	"encoding/json"
	"fmt"

	"github.com/riverqueue/river/rivertype"
)

// unfinished are the states in which a second job like it is not wanted. One that is done may be wanted again.
var unfinished = []rivertype.JobState{
	rivertype.JobStateAvailable, rivertype.JobStatePending, rivertype.JobStateRunning, rivertype.JobStateRetryable, rivertype.JobStateScheduled,
}

// part is one column of a primary key as a job's arguments can carry it.
type part struct {
	Text  *string `json:"text,omitempty"`
	Bytes []byte  `json:"bytes,omitempty"`
}

func writeKey(key []any) (json.RawMessage, error) {
	parts := make([]part, len(key))
	for position, value := range key {
		switch value := value.(type) {
		case string:
			parts[position].Text = &value
		case []byte:
			parts[position].Bytes = value
		default:
			return nil, fmt.Errorf("rekey: a key of the type %T", value)
		}
	}
	return json.Marshal(parts)
}

func readKey(raw json.RawMessage) ([]any, error) {
	var parts []part
	if err := json.Unmarshal(raw, &parts); err != nil {
		return nil, fmt.Errorf("rekey: %w", err)
	}
	key := make([]any, len(parts))
	for position, one := range parts {
		if one.Text != nil {
			key[position] = *one.Text
		} else {
			key[position] = one.Bytes
		}
	}
	return key, nil
}
