package casework

import (
	"context"
	"fmt"
)

// OpenCount is how many open applications of an item stand in a state.
type OpenCount struct {
	ItemCode string
	State    State
	Count    int
}

// OpenCase is an open application by what is not personal of it; a draft has no number yet.
type OpenCase struct {
	Number, ItemCode string
	State            State
}

// endedStates are those in which nothing can change any more.
var endedStates = []State{Rejected, Completed, Withdrawn, Lapsed}

// OpenByItem counts the open applications of items, by state.
func (s *Service) OpenByItem(ctx context.Context, codes []string) ([]OpenCount, error) {
	var counts []OpenCount
	err := s.Store.Reader(ctx).Raw(`SELECT item_code, state, count(*) AS count FROM casework_applications
		WHERE item_code IN ? AND state NOT IN ? GROUP BY item_code, state ORDER BY item_code, state`, codes, endedStates).Scan(&counts).Error
	if err != nil {
		return nil, fmt.Errorf("open applications by item: %w", err)
	}
	return counts, nil
}

// EachOpen gives the open applications of items that have been handed in, in the order of their numbers, a page at a time.
func (s *Service) EachOpen(ctx context.Context, codes []string, each func(OpenCase)) error {
	const page = 1000
	for after := ""; ; {
		var found []OpenCase
		err := s.Store.Reader(ctx).Raw(`SELECT number, item_code, state FROM casework_applications
			WHERE number > ? AND item_code IN ? AND state NOT IN ? ORDER BY number LIMIT ?`, after, codes, endedStates, page).Scan(&found).Error
		if err != nil {
			return fmt.Errorf("open applications of items: %w", err)
		}
		for _, one := range found {
			each(one)
			after = one.Number
		}
		if len(found) < page {
			return nil
		}
	}
}
