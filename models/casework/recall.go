package casework

import (
	"context"
	"time"

	"github.com/riverqueue/river"

	"onewindow/models"
	"onewindow/models/calendar"
	"onewindow/models/catalogue"
	"onewindow/models/store"
)

// recallPage is how many open applications one job looks through; what fails is tried again after a while, so many times.
const (
	recallPage   = 500
	recallRounds = 10
	recallAgain  = 5 * time.Minute
)

// Recall counts the dates of one page of open applications anew after the calendar has changed, and has the next page done.
// An application goes over to the new calendar in one transaction with its dates, its tasks, its event and what its
// applicant is told; it names the calendar from then on, so that a job that died in the middle and comes again tells nobody
// twice. A calendar that is not in force any more is left to the job of its successor.
func (s *Service) Recall(ctx context.Context, args catalogue.CalendarArgs) error {
	inForce, err := s.Catalogue.CalendarInForce(ctx)
	if err != nil || inForce != args.Calendar {
		return err
	}
	to, err := s.Catalogue.Calendar(ctx, args.Calendar)
	if err != nil {
		return err
	}
	page, err := s.records.openCases(s.Store.Reader(ctx), to.Fingerprint(), models.ID(args.After), recallPage)
	if err != nil {
		return err
	}
	failed, err := s.recallPage(ctx, page, to)
	if err != nil {
		return err
	}
	args.Failed = args.Failed || failed
	return s.Store.InTx(ctx, func(tx *store.Tx) error { return recallOn(tx, args, page) })
}

// recallOn has the next page done; after the last one, what failed is tried again in another round, a few times.
func recallOn(tx *store.Tx, done catalogue.CalendarArgs, page []*Case) error {
	if len(page) == recallPage {
		done.After = string(page[len(page)-1].ID)
		return tx.Enqueue(done, nil)
	}
	if !done.Failed || done.Round == recallRounds {
		return nil
	}
	again := catalogue.CalendarArgs{Calendar: done.Calendar, Round: done.Round + 1}
	return tx.Enqueue(again, &river.InsertOpts{ScheduledAt: tx.Now.Add(recallAgain)})
}

// recallPage moves the applications of a page. Those that nothing happens to go over together; one that fails is logged and
// holds nobody else back.
func (s *Service) recallPage(ctx context.Context, page []*Case, to *calendar.Calendar) (failed bool, err error) {
	now := s.Store.Clock().Now()
	var unmoved, single []*Case
	for _, c := range page {
		move, err := s.moveOf(ctx, c, to, now)
		switch {
		case err != nil: // looked at again alone, and counted there
			single = append(single, c)
		case move.Held:
		case len(move.Dates) == 0:
			unmoved = append(unmoved, c)
		default:
			single = append(single, c)
		}
	}
	var all bool
	err = s.Store.InTx(ctx, func(tx *store.Tx) (err error) {
		all, err = s.records.adoptCalendar(tx, unmoved, to.Fingerprint())
		return err
	})
	if err != nil {
		return false, err
	}
	if !all { // some changed meanwhile: each is looked at again under its lock
		single = append(single, unmoved...)
	}
	for _, c := range single {
		if err := s.recallOne(ctx, c.ID, to); err != nil {
			failed = true
			s.Logger.ErrorContext(ctx, "dates not recalled", "application", c.ID, "error", err)
		}
	}
	return failed, ctx.Err()
}

func (s *Service) recallOne(ctx context.Context, id models.ID, to *calendar.Calendar) error {
	_, _, err := s.change(ctx, models.SystemActor(), id, func(*store.Tx, *Case) error { return nil },
		func(_ *store.Tx, m *move) ([]*models.Problem, error) {
			if m.kase.Calendar == to.Fingerprint() {
				return nil, errNothingToDo
			}
			moved, held := m.kase.movedDates(m.item, m.calendar, to, m.now)
			if held {
				return nil, errNothingToDo
			}
			if len(moved) == 0 {
				m.goOver(to)
				return nil, nil
			}
			m.recall(to, moved)
			return nil, nil
		})
	return unlessNothing(err)
}

// Move is one open application whose dates another calendar moves. It holds nothing personal.
type Move struct {
	Number string
	Item   *catalogue.Item
	Dates  []MovedDate
	// Held: it keeps its dates, because one of them has passed or would lie in the past.
	Held bool
}

// Moves gives every open application that a calendar would move, and those that would be held, in the order of their ids; page
// by page, so that their number does not matter. It only reads.
func (s *Service) Moves(ctx context.Context, to *calendar.Calendar, each func(*Move) error) error {
	now := s.Store.Clock().Now()
	after := models.ID("")
	for {
		page, err := s.records.openCases(s.Store.Reader(ctx), to.Fingerprint(), after, recallPage)
		if err != nil {
			return err
		}
		for _, c := range page {
			move, err := s.moveOf(ctx, c, to, now)
			if err != nil {
				return err
			}
			if len(move.Dates) == 0 && !move.Held {
				continue
			}
			if err := each(move); err != nil {
				return err
			}
		}
		if len(page) < recallPage {
			return nil
		}
		after = page[len(page)-1].ID
	}
}

func (s *Service) moveOf(ctx context.Context, c *Case, to *calendar.Calendar, now time.Time) (*Move, error) {
	item, err := s.item(ctx, c)
	if err != nil {
		return nil, err
	}
	from, err := s.days(ctx, c)
	if err != nil {
		return nil, err
	}
	move := &Move{Number: c.Number, Item: item}
	move.Dates, move.Held = c.movedDates(item, from, to, now)
	return move, nil
}
