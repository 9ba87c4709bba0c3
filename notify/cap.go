package notify

import (
	"context"
	"errors"
	"maps"
	"slices"

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

// crowded tells whether a person's messages that come now may be too many, together with those that were counted.
func (t tally) crowded(coming tally, person models.ID, house HouseRules) bool {
	if t.person[person]+coming.person[person] > house.PersonCap {
		return true
	}
	for key, count := range coming.about {
		if key[0] == person && t.about[key]+count > house.CaseCap {
			return true
		}
	}
	return false
}

// replace puts other counts in the place of those of some people.
func (t tally) replace(people []models.ID, counts []today) {
	for _, person := range people {
		delete(t.person, person)
		maps.DeleteFunc(t.about, func(key [2]models.ID, _ int) bool { return key[0] == person })
	}
	for _, one := range counts {
		t.add(one.ResidentID, value(one.ApplicationID), one.Count)
	}
}

// cappedKinds are the kinds that count, in the versions of today.
func cappedKinds() (kinds []Kind) {
	for _, said := range templates {
		if capped(said) && !slices.Contains(kinds, said.kind) {
			kinds = append(kinds, said.kind)
		}
	}
	return kinds
}

// capped tells whether a message counts: it leaves the house and can wait.
func capped(said template) bool {
	return !said.inboxOnly && said.kind != Digest && importanceOf(said.kind, said.urgent) < costly
}

// holdBack plans the messages that are one too many for the next digest, and gives the others.
func (s *Service) holdBack(ctx context.Context, tx *store.Tx, rows []messageRow) (leaving []messageRow, err error) {
	counted, decided, err := s.leftToday(ctx, tx, rows)
	if err != nil {
		return nil, err
	}
	var held []Planned
	for _, row := range rows {
		said, _ := templateOf(row.Kind, row.TemplateVersion)
		switch {
		case decided[row.ID].Held:
			continue
		case !capped(said) || decided[row.ID].Routed:
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

// leftToday counts, mostly with one question, what has left today for the readers of messages beside these messages. What another job
// is just deciding counts as left, so that two jobs never let one too many leave together; where that could matter the jobs of one
// person decide one after the other, so that neither holds back what the other would have. decided are those of the messages about
// which an earlier run of this job has decided.
func (s *Service) leftToday(ctx context.Context, tx *store.Tx, rows []messageRow) (counted tally, decided map[models.ID]decision, err error) {
	var ids, people []models.ID
	coming := tallyOf(nil)
	for _, row := range rows {
		if said, _ := templateOf(row.Kind, row.TemplateVersion); capped(said) {
			ids, people = append(ids, row.ID), append(people, row.ResidentID)
			coming.add(row.ResidentID, value(row.ApplicationID), 1)
		}
	}
	slices.Sort(people)
	people = slices.Compact(people)
	if len(people) == 0 {
		return coming, nil, nil
	}
	since := models.DateOf(tx.Now).Start().UTC()
	counts, err := selectToday(tx, people, ids, since)
	if err != nil {
		return counted, nil, err
	}
	counted = tallyOf(counts)
	crowded := slices.DeleteFunc(people, func(person models.ID) bool { return !counted.crowded(coming, person, s.house) })
	if len(crowded) == 0 {
		return counted, nil, nil
	}
	for _, person := range crowded { // in order of their ids, so that no two jobs wait for each other
		if err := tx.Lock(ctx, "notify.cap", string(person)); err != nil {
			return counted, nil, err
		}
	}
	if decided, err = selectDecided(tx, ids); err != nil {
		return counted, nil, err
	}
	undecided := slices.DeleteFunc(ids, func(id models.ID) bool { return decided[id].Routed || decided[id].Held })
	again, err := selectToday(tx, crowded, undecided, since)
	counted.replace(crowded, again)
	return counted, decided, err
}
