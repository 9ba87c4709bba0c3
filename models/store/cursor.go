package store

import (
	"encoding/base64"
	"encoding/json"

	"onewindow/models"
)

// Cursor makes the opaque cursor of a row from the values that the list is ordered by.
func Cursor(values ...any) string {
	raw, err := json.Marshal(values)
	if err != nil {
		panic("store: a cursor value that cannot be written: " + err.Error()) //nolint:forbidigo // a fault of this program, found by any test of the list
	}
	return base64.RawURLEncoding.EncodeToString(raw)
}

// ReadCursor reads a cursor back into the values that it was made of. A cursor that was not made here is bad input.
func ReadCursor(cursor string, into ...any) error {
	refused := models.BadInput(models.T("after 不是本列表给出的游标", "after is not a cursor of this list"))
	raw, err := base64.RawURLEncoding.Strict().DecodeString(cursor)
	if err != nil || len(raw) > 512 {
		return refused
	}
	var parts []json.RawMessage
	if json.Unmarshal(raw, &parts) != nil || len(parts) != len(into) {
		return refused
	}
	for i, part := range parts {
		if json.Unmarshal(part, into[i]) != nil {
			return refused
		}
	}
	return nil
}
