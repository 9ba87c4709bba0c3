package notify

import (
	"context"
	"errors"

	"onewindow/models"
	"onewindow/models/store"
)

// tally counts what has left for people today.
type tally struct {
	person map[models.ID]int
	about  map[[2]models.ID]int
}

func tallyOf(counts []today) tally {
	t := tally{map[models.ID]int{}, map[[2]models.ID]int{}}
	for _, one := range counts {
		t.add(one.ResidentID, value(one.ApplicationID), one.Count)
	}
	return t
}

func (t tally) add(person, application models.ID, count int) {
	t.person[person] += count
	if application != "" {
		t.about[[2]models.ID{person, application}] += count
	}
}

// full tells whether one more is one too many.
func (t tally) full(person, application models.ID, house HouseRules) bool {
	return t.person[person] >= house.PersonCap || application != "" && t.about[[2]models.ID{person, application}] >= house.CaseCap
}

// capped tells whether a message counts: it leaves the house and can wait.
func capped(said template) bool {
	return !said.inboxOnly && said.kind != Digest && importanceOf(said.kind, said.urgent) < costly
}

// holdBack plans the messages that are one too many for the next digest, and gives the others. What has no template is a dead
// letter: it lies in the inbox with a word where to look, and operators are told.
func (s *Service) holdBack(ctx context.Context, tx *store.Tx, rows []messageRow) (leaving []messageRow, err error) {
	counted, err := s.leftToday(tx, rows)
	if err != nil {
		return nil, err
	}
	var held []Planned
	for _, row := range rows {
		said, known := templateOf(row.Kind, row.TemplateVersion)
		switch {
		case !known:
			s.logger.ErrorContext(ctx, "message has no template", "message", row.ID, "kind", row.Kind)
			continue
		case !capped(said):
		case counted.full(row.ResidentID, value(row.ApplicationID), s.house):
			params, err := s.params(row)
			if err != nil {
				return nil, errors.Join(errors.New("hold back"), err)
			}
			held = append(held, heldPlan(row, params, s.nextDigest(tx.Now)))
			continue
		default:
			counted.add(row.ResidentID, value(row.ApplicationID), 1)
		}
		leaving = append(leaving, row)
	}
	return leaving, s.remember(tx, held)
}

// leftToday counts, with one question, what has left today for the readers of messages.
func (s *Service) leftToday(tx *store.Tx, rows []messageRow) (tally, error) {
	var people []models.ID
	seen := map[models.ID]bool{}
	for _, row := range rows {
		if said, known := templateOf(row.Kind, row.TemplateVersion); known && capped(said) && !seen[row.ResidentID] {
			seen[row.ResidentID] = true
			people = append(people, row.ResidentID)
		}
	}
	if len(people) == 0 {
		return tallyOf(nil), nil
	}
	counts, err := selectToday(tx, people, models.DateOf(tx.Now).Start().UTC())
	return tallyOf(counts), err
}
