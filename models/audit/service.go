package audit

import (
	"context"
	"errors"
	"fmt"

	"onewindow/models"
	"onewindow/models/store"
)

// Service writes records and shows them to the person they are about.
type Service struct {
	store *store.Store
	// OnRecord is told of every look, in its transaction; nil: nobody is.
	OnRecord func(tx *store.Tx, record Record) error
}

// New makes the service.
func New(database *store.Store) *Service { return &Service{store: database} }

// Record keeps one look at a person's data, in the transaction of the look. The record's own id and moment are given here.
func (s *Service) Record(tx *store.Tx, record Record) error {
	return s.RecordAll(tx, []Record{record})
}

// RecordAll is Record for the looks of one list: one statement however many there are.
func (s *Service) RecordAll(tx *store.Tx, records []Record) error {
	for i, record := range records {
		if record.SubjectID == "" || record.Actor.Role == "" || record.Purpose.In(models.Chinese) == "" || len(record.Fields) == 0 {
			return errors.New("audit: a record names the person, the role, the purpose and the fields")
		}
		records[i].ID, records[i].At = models.NewID(), tx.Now
	}
	if err := insert(tx, records); err != nil {
		return fmt.Errorf("audit record: %w", err)
	}
	if s.OnRecord == nil {
		return nil
	}
	for _, record := range records {
		if err := s.OnRecord(tx, record); err != nil {
			return err
		}
	}
	return nil
}

// Of gives the looks at one person's data, newest first. The caller is that person, or someone whom the policy lets in.
func (s *Service) Of(ctx context.Context, residentID models.ID, request models.PageRequest) (*models.Page[*Record], error) {
	records, total, err := list(s.store.Reader(ctx), residentID, request)
	if err != nil {
		return nil, fmt.Errorf("access log: %w", err)
	}
	lot := &models.Lot[*Record]{All: records}
	for _, record := range records {
		record.lot = lot
	}
	return models.NewPage(records, request, total, func(record *Record) string {
		return store.Cursor(record.At.UTC(), record.ID)
	}), nil
}
