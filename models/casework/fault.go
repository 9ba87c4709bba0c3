package casework

import (
	"errors"

	"onewindow/models"
)

// errNothingToDo ends a background move that somebody else was first with: nothing is stored.
var errNothingToDo = errors.New("casework: nothing to do")

func unlessNothing(err error) error {
	if errors.Is(err, errNothingToDo) {
		return nil
	}
	return err
}

// isConflict tells that the table or a guard refused.
func isConflict(err error) bool {
	var fault *models.Fault
	return errors.As(err, &fault) && fault.Code == models.ConflictCode
}
