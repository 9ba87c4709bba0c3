package casework

import (
	"bytes"
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"onewindow/models"
	"onewindow/models/calendar"
	"onewindow/models/sealed"
	"onewindow/models/store"
	"onewindow/models/store/storetest"
)

func TestAPriorityIsAHeadStartAndNotAWallBeforeTheOthers(t *testing.T) {
	monday := models.NewDate(2026, 3, 9).End()
	for _, c := range []struct {
		name            string
		before, after   time.Time
		priorityBefore  int
		priorityAfter   int
		wantFirstBefore bool
	}{
		{"of two due on the same day the priority group comes first", monday, monday, groupPriority, ordinaryPriority, true},
		{"also when it is due two days later", monday.AddDate(0, 0, 2), monday, groupPriority, ordinaryPriority, true},
		{"but whoever is due four days earlier has waited long enough", monday, monday.AddDate(0, 0, 4), ordinaryPriority, groupPriority, true},
		{"no priority is more than thirty days", monday, monday.AddDate(0, 0, 31), ordinaryPriority, 1_000_000, true},
		{"a negative one is none", monday, monday.AddDate(0, 0, 1), -5, ordinaryPriority, true},
	} {
		if got := orderAt(c.before, c.priorityBefore).Before(orderAt(c.after, c.priorityAfter)); got != c.wantFirstBefore {
			t.Errorf("%s: %v", c.name, got)
		}
	}
}

func TestAWorklistHoldsEachTaskOnce(t *testing.T) {
	staff := func(department string, city bool, roles ...models.Role) models.Actor {
		return models.Actor{Kind: models.Staff, DepartmentCode: department, CityReach: city, Roles: roles}
	}
	for name, c := range map[string]struct {
		actor models.Actor
		want  []scope
	}{
		"a reviewer":                     {staff("a", false, models.Reviewer), []scope{{"a", models.Reviewer}}},
		"a front desk of the city":       {staff("a", true, models.FrontDesk), []scope{{"", models.FrontDesk}}},
		"a reviewer with the city":       {staff("a", true, models.Reviewer), []scope{{"a", models.Reviewer}}},
		"an auditor":                     {staff("a", true, models.Auditor), []scope{}},
		"a resident":                     {models.Actor{Kind: models.Resident}, []scope{}},
		"a supervisor who also approves": {staff("a", false, models.Supervisor, models.Approver), scopesOf(staff("a", false, models.Supervisor))},
		"a supervisor of the city":       {staff("a", true, models.Supervisor, models.Issuer), scopesOf(staff("b", true, models.Supervisor))},
	} {
		if got := scopesOf(c.actor); !slices.Equal(got, c.want) {
			t.Errorf("%s: %v, want %v", name, got, c.want)
		}
	}
}

// crowd is many tasks at random: of two departments and every role, state and light.
func crowd(t *testing.T, s *store.Store, now time.Time, number int) []taskRow {
	t.Helper()
	random := rand.New(rand.NewPCG(5, 12))
	rows := make([]taskRow, number)
	me := models.NewID()
	err := s.InTx(context.Background(), func(tx *store.Tx) error {
		c := &Case{ID: models.NewID(), SubjectID: me, ApplicantID: me, State: Draft, Channel: App, Revision: 1, CreatedAt: now}
		if err := (records{testKeyring(t)}).insert(tx, c); err != nil {
			return err
		}
		for i := range rows {
			due := models.DateOf(now.AddDate(0, 0, random.IntN(40)-8)).End().UTC()
			row := taskRow{
				ID: models.NewID(), ApplicationID: c.ID, Kind: TaskStep, StepID: fmt.Sprint(i), Department: []string{"a", "b"}[random.IntN(2)],
				Role: workRoles[random.IntN(len(workRoles))], State: []TaskState{TaskOpen, TaskClaimed, TaskSuspended, TaskDone}[random.IntN(4)],
				Priority: []int{0, 0, groupPriority}[random.IntN(3)], DueAt: due, YellowAt: due.AddDate(0, 0, -random.IntN(6)-1), CreatedAt: now,
			}
			row.OrderAt = orderAt(row.DueAt, row.Priority)
			switch row.State {
			case TaskClaimed:
				holder, until := []models.ID{me, models.NewID()}[random.IntN(2)], now.Add(time.Duration(random.IntN(60)-20)*time.Minute)
				row.AssigneeID, row.LeaseUntil = &holder, &until
			case TaskSuspended:
				row.AssigneeID, row.StoppedLight = &me, []calendar.Light{calendar.Green, calendar.Yellow, calendar.Red}[random.IntN(3)]
			}
			rows[i] = row
		}
		return tx.DB.CreateInBatches(&rows, 500).Error
	})
	if err != nil {
		t.Fatal(err)
	}
	return rows
}

// naive is the worklist as one would do it by hand.
func naive(rows []taskRow, query worklistQuery, now time.Time) []models.ID {
	var found []*Task
	for _, row := range rows {
		task := row.task(now)
		supervises := query.actor.Has(models.Supervisor) && query.actor.Reaches(row.Department)
		own := query.actor.Has(row.Role) && (row.Department == query.actor.DepartmentCode || row.Role == models.FrontDesk && query.actor.CityReach)
		ok := (supervises || own) && task.State != TaskDone
		ok = ok && (query.filter.State == nil || task.State == *query.filter.State)
		ok = ok && (query.filter.Light == nil || task.Light == *query.filter.Light)
		ok = ok && (!query.filter.Mine || task.AssigneeID == query.actor.ID)
		ok = ok && (query.filter.Department == "" || row.Department == query.filter.Department)
		ok = ok && (query.filter.Role == "" || row.Role == query.filter.Role)
		if ok {
			found = append(found, task)
		}
	}
	slices.SortFunc(found, func(a, b *Task) int {
		if order := a.orderAt.Compare(b.orderAt); order != 0 {
			return order
		}
		return slices.Compare([]byte(a.ID), []byte(b.ID))
	})
	ids := make([]models.ID, len(found))
	for i, task := range found {
		ids[i] = task.ID
	}
	return ids
}

// Every filter gives, page by page, what a naive look at all tasks gives, and the number of them; also after the counts have
// been merged, and while tasks move.
func TestTheWorklistIsWhatALookAtEverythingGives(t *testing.T) {
	storetest.Each(t, func(t *testing.T, open func(t *testing.T, clock *storetest.Clock) *store.Store) {
		clock := storetest.NewClock("2026-03-09T10:00:00+08:00")
		opened := open(t, clock)
		now := clock.Now().UTC()
		rows := crowd(t, opened, now, 900)
		compareAll(t, opened, rows, now)
		random := rand.New(rand.NewPCG(7, 7))
		merge := func() {
			if err := opened.InTx(context.Background(), (records{}).mergeCounts); err != nil {
				t.Fatal(err)
			}
		}
		merge()
		for range 120 { // tasks move: end, go on, get another date or department
			i := random.IntN(len(rows))
			row := &rows[i]
			row.State, row.AssigneeID, row.LeaseUntil, row.StoppedLight = []TaskState{TaskOpen, TaskDone}[random.IntN(2)], nil, nil, ""
			row.Department, row.DueAt = []string{"a", "b"}[random.IntN(2)], row.DueAt.AddDate(0, 0, random.IntN(3))
			row.OrderAt = orderAt(row.DueAt, row.Priority)
			if err := opened.InTx(context.Background(), func(tx *store.Tx) error { return tx.DB.Where("id = ?", row.ID).Select("*").Updates(row).Error }); err != nil {
				t.Fatal(err)
			}
		}
		merge()
		compareAll(t, opened, rows, now)
	})
}

func compareAll(t *testing.T, s *store.Store, rows []taskRow, now time.Time) {
	t.Helper()
	me := *rows[slices.IndexFunc(rows, func(row taskRow) bool { return row.State == TaskSuspended })].AssigneeID
	states := []*TaskState{nil, pointer(TaskOpen), pointer(TaskClaimed), pointer(TaskSuspended)}
	lights := []*calendar.Light{nil, pointer(calendar.Green), pointer(calendar.Yellow), pointer(calendar.Red)}
	for _, roles := range [][]models.Role{{models.Reviewer}, {models.FrontDesk, models.Reviewer, models.Approver}, {models.Supervisor}} {
		for _, city := range []bool{false, true} {
			actor := models.Actor{Kind: models.Staff, ID: me, DepartmentCode: "a", CityReach: city, Roles: roles}
			for _, state := range states {
				for _, light := range lights {
					for _, mine := range []bool{false, true} {
						compare(t, s, rows, worklistQuery{actor: actor, filter: WorklistFilter{State: state, Mine: mine, Light: light}}, now)
					}
				}
			}
			compare(t, s, rows, worklistQuery{actor: actor, filter: WorklistFilter{Department: "b"}}, now)
			compare(t, s, rows, worklistQuery{actor: actor, filter: WorklistFilter{Role: models.Reviewer, Mine: true}}, now)
		}
	}
}

func pointer[T any](value T) *T { return &value }

func compare(t *testing.T, s *store.Store, rows []taskRow, query worklistQuery, now time.Time) {
	t.Helper()
	want := naive(rows, query, now)
	var got []models.ID
	query.page.First = 37
	for {
		var tasks []*Task
		listed, err := query.statement(now, &tasks)
		if err != nil {
			t.Fatal(err)
		}
		total := -1
		if err := s.ReadTogether(context.Background(), listed, query.count(now, &total)); err != nil {
			t.Fatal(err)
		}
		if total != len(want) {
			t.Errorf("%+v: totalCount is %d, want %d", query.filter, total, len(want))
		}
		for _, task := range tasks[:min(len(tasks), query.page.First)] {
			got = append(got, task.ID)
		}
		if len(tasks) <= query.page.First {
			break
		}
		last := tasks[query.page.First-1]
		query.page.After = store.Cursor(last.orderAt.UTC(), last.ID)
	}
	if !slices.Equal(got, want) {
		t.Errorf("roles %v, city %v, state %v, light %v, mine %v: %d tasks, want %d in this order", query.actor.Roles, query.actor.CityReach,
			query.filter.State, query.filter.Light, query.filter.Mine, len(got), len(want))
	}
}

func testKeyring(t testing.TB) *sealed.Keyring {
	t.Helper()
	field, _ := sealed.NewKey(1, bytes.Repeat([]byte("f"), sealed.KeySize))
	index, _ := sealed.NewKey(2, bytes.Repeat([]byte("i"), sealed.KeySize))
	keyring, err := sealed.NewKeyring([]sealed.Key{field}, index)
	if err != nil {
		t.Fatal(err)
	}
	return keyring
}
