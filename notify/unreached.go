package notify

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"time"

	"onewindow/models"
	"onewindow/models/store"
)

// Unreached is a message that reached its reader on no channel: somebody has to call or knock. It is masked.
type Unreached struct {
	// ID is the message's.
	ID    models.ID
	At    time.Time
	Kind  Kind
	Title models.Text
	// Person and Phone are masked; Phone is nil where none is known.
	Person string
	Phone  *string
	// Reason is why the last channel failed, e.g. NO_ADDRESS; a plain code.
	Reason            string
	ApplicationNumber *string
}

// MaskedPerson is how staff who need no more see a person.
type MaskedPerson struct {
	Name  string
	Phone *string
}

// mayVisit tells who sees whom nobody could reach: the service centre, which works for the whole city.
func mayVisit(actor models.Actor) bool {
	return actor.CityReach && actor.Has(models.FrontDesk, models.CallAgent, models.Supervisor)
}

// UnreachedPage gives one page of what is still to be told in person, the oldest first.
func (s *Service) UnreachedPage(ctx context.Context, actor models.Actor, request models.PageRequest) (*models.Page[*Unreached], error) {
	if !mayVisit(actor) {
		return nil, models.NotAllowed()
	}
	after, err := positionOf(request.After)
	if err != nil {
		return nil, err
	}
	reader := s.store.Reader(ctx)
	total, err := countUnreached(reader)
	if err != nil {
		return nil, err
	}
	var shown []*Unreached
	for len(shown) <= request.First { // what nobody need be told any more makes no page short
		rows, err := selectUnreached(reader, after, request.First+1)
		if err != nil {
			return nil, err
		}
		some, err := s.showUnreached(ctx, rows)
		if err != nil {
			return nil, err
		}
		shown = append(shown, some...)
		if len(rows) <= request.First {
			break
		}
		last := rows[len(rows)-1]
		after = &inboxPosition{at: last.At, id: last.MessageID}
	}
	page := models.NewPage(shown, request, total, func(one *Unreached) string { return store.Cursor(one.At, one.ID) })
	return page, nil
}

func (s *Service) showUnreached(ctx context.Context, rows []unreachedRow) ([]*Unreached, error) {
	if len(rows) == 0 {
		return nil, nil
	}
	messages, people := make([]models.ID, len(rows)), make([]models.ID, len(rows))
	for i, row := range rows {
		messages[i], people[i] = row.MessageID, row.ResidentID
	}
	found, err := selectMessages(s.store.Reader(ctx), messages)
	if err != nil {
		return nil, err
	}
	about, numbers := make(map[models.ID]*Message, len(found)), make(map[models.ID]*string, len(found))
	for i, message := range s.messages(found, Standard) {
		about[message.ID], numbers[message.ID] = message, found[i].ApplicationNumber
	}
	untrue, err := s.noLongerTrue(ctx, found)
	if err != nil {
		return nil, err
	}
	masked, err := s.people(ctx, people)
	if err != nil {
		return nil, fmt.Errorf("people: %w", err)
	}
	shown := make([]*Unreached, 0, len(rows))
	for _, row := range rows {
		message := about[row.MessageID]
		if message == nil || untrue[row.MessageID] != "" {
			continue
		}
		person := masked[row.ResidentID]
		shown = append(shown, &Unreached{
			ID: row.MessageID, At: row.At, Kind: message.Kind, Title: message.Title, Person: person.Name, Phone: person.Phone,
			Reason: row.Reason, ApplicationNumber: numbers[row.MessageID],
		})
	}
	return shown, nil
}

// SettleUnreached takes a message off the list: the person has been told. What is not on it (any more) is not found.
func (s *Service) SettleUnreached(ctx context.Context, actor models.Actor, id models.ID) error {
	if !mayVisit(actor) {
		return models.NotAllowed()
	}
	if _, isID := models.ParseID(string(id)); !isID {
		return models.NotFound()
	}
	return s.store.InTx(ctx, func(tx *store.Tx) error {
		settled, err := settleUnreached(tx, id, actor.ID)
		if err == nil && !settled {
			return models.NotFound()
		}
		return err
	})
}

// noLongerTrue reads again whether messages still hold, and gives the reasons of those that do not: nobody is called, or handed a
// paper, about what was handed in meanwhile.
func (s *Service) noLongerTrue(ctx context.Context, rows []messageRow) (untrue map[models.ID]string, err error) {
	if len(rows) == 0 {
		return nil, nil
	}
	messages := make(map[models.ID]messageRow, len(rows))
	for _, row := range rows {
		messages[row.ID] = row
	}
	err = s.store.InTx(ctx, func(tx *store.Tx) error {
		untrue, err = s.stillTrue(ctx, tx, messages)
		return err
	})
	return untrue, err
}

// forgetUnreached takes off the list what asks for something that nobody waits for any more.
func (s *Service) forgetUnreached(ctx context.Context) error {
	var after models.ID
	for {
		rows, err := selectUnreachedAsking(s.store.Reader(ctx), after, batch)
		if err != nil || len(rows) == 0 {
			return err
		}
		untrue, err := s.noLongerTrue(ctx, rows)
		if err != nil {
			return err
		}
		if ids := slices.Collect(maps.Keys(untrue)); len(ids) > 0 {
			if err := s.store.InTx(ctx, func(tx *store.Tx) error { return dropUnreached(tx, ids) }); err != nil {
				return err
			}
		}
		after = rows[len(rows)-1].ID
	}
}
