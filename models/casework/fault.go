package casework

import (
	"errors"

	"onewindow/models"
)

// isConflict tells that the table or a guard refused.
func isConflict(err error) bool {
	var fault *models.Fault
	return errors.As(err, &fault) && fault.Code == models.ConflictCode
}
