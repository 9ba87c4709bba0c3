package casework

import (
	"context"
	"fmt"

	"onewindow/models"
	"onewindow/models/store"
)

// Rehome gives the applications of an account without an identity to the person whose account its phone joins.
func (s *Service) Rehome(_ context.Context, tx *store.Tx, from, to models.ID) error {
	if err := s.records.rehome(tx, from, to); err != nil {
		return fmt.Errorf("rehome applications: %w", err)
	}
	return nil
}

// AtDepartments tells whether an application by or about a person is still worked.
func (s *Service) AtDepartments(_ context.Context, tx *store.Tx, person models.ID) (bool, error) {
	worked, err := s.records.worked(tx, person)
	if err != nil {
		return false, fmt.Errorf("applications at departments: %w", err)
	}
	return worked, nil
}
