package casework

import (
	"context"
	"os"
	"strings"
	"testing"
	"time"

	"onewindow/models"
	"onewindow/models/calendar"
	"onewindow/models/store"
	"onewindow/models/store/storetest"
)

// openTasks is how many open tasks the city of the benchmark has, in 28 departments.
const openTasks = 1_000_000

// BenchmarkWorklist reads the first page of the worklist and its total at a million open tasks on PostgreSQL; the plans are
// logged. Run: ONEWINDOW_TEST_DATABASE_URL=… go test ./models/casework -run '^$' -bench Worklist -v
func BenchmarkWorklist(b *testing.B) {
	if os.Getenv(storetest.ServerVariable) == "" {
		b.Skip("needs PostgreSQL: " + storetest.ServerVariable)
	}
	clock := storetest.NewClock("2026-03-09T10:00:00+08:00")
	opened := storetest.Open(b, storetest.NewDatabase(b), clock)
	fillTasks(b, opened)
	now := clock.Now().UTC()
	staff := func(city bool, roles ...models.Role) models.Actor {
		return models.Actor{Kind: models.Staff, ID: models.NewID(), DepartmentCode: "d7", CityReach: city, Roles: roles}
	}
	reviewer := staff(false, models.Reviewer, models.Approver, models.Issuer)
	supervisor := staff(true, models.Supervisor)
	for _, one := range []struct {
		name  string
		query worklistQuery
	}{
		{"department", worklistQuery{actor: reviewer}},
		{"department/open", worklistQuery{actor: reviewer, filter: WorklistFilter{State: pointer(TaskOpen)}}},
		{"department/mine", worklistQuery{actor: reviewer, filter: WorklistFilter{Mine: true}}},
		{"department/green", worklistQuery{actor: reviewer, filter: WorklistFilter{Light: pointer(calendar.Green)}}},
		{"city-desk", worklistQuery{actor: staff(true, models.FrontDesk)}},
		{"supervisor", worklistQuery{actor: supervisor}},
		{"supervisor/open", worklistQuery{actor: supervisor, filter: WorklistFilter{State: pointer(TaskOpen)}}},
		{"supervisor/claimed", worklistQuery{actor: supervisor, filter: WorklistFilter{State: pointer(TaskClaimed)}}},
		{"supervisor/red", worklistQuery{actor: supervisor, filter: WorklistFilter{Light: pointer(calendar.Red)}}},
		{"supervisor/yellow", worklistQuery{actor: supervisor, filter: WorklistFilter{Light: pointer(calendar.Yellow)}}},
		{"supervisor/green", worklistQuery{actor: supervisor, filter: WorklistFilter{Light: pointer(calendar.Green)}}},
	} {
		one.query.page.First = models.DefaultPage
		b.Run(one.name, func(b *testing.B) {
			explain(b, opened, one.query, now)
			for b.Loop() {
				var tasks []*Task
				total := 0
				listed, err := one.query.statement(now, &tasks)
				if err != nil {
					b.Fatal(err)
				}
				if err := opened.ReadTogether(context.Background(), listed, one.query.count(now, &total)); err != nil {
					b.Fatal(err)
				}
				b.ReportMetric(float64(total), "tasks")
			}
		})
	}
}

// fillTasks makes open tasks with due dates from a fortnight ago to ten weeks ahead, as the triggers count them.
func fillTasks(b *testing.B, s *store.Store) {
	b.Helper()
	me := models.NewID()
	err := s.InTx(context.Background(), func(tx *store.Tx) error {
		c := &Case{ID: models.NewID(), SubjectID: me, ApplicantID: me, State: Draft, Channel: App, Revision: 1, CreatedAt: tx.Now}
		if err := (records{testKeyring(b)}).insert(tx, c); err != nil {
			return err
		}
		return tx.DB.Exec(`INSERT INTO casework_tasks (id, application_id, kind, step_id, department, role, state, priority, due_at, yellow_at, created_at,
			order_at, stopped_light, assignee_id, lease_until)
			SELECT gen_random_uuid(), ?, 'STEP', i::text, 'd' || i % 28, (ARRAY['FRONT_DESK','REVIEWER','APPROVER','ISSUER','SUPERVISOR'])[1 + i / 28 % 5],
				state, priority, due, due - (1 + i % 20) * interval '1 day', due - interval '30 days', due - priority * interval '43 minutes 12 seconds',
				CASE WHEN state = 'SUSPENDED' THEN 'GREEN' ELSE '' END, CASE WHEN state = 'CLAIMED' THEN gen_random_uuid() END,
				CASE WHEN state = 'CLAIMED' THEN timestamptz '2026-03-09 10:20+08' END
			FROM (SELECT i, timestamptz '2026-02-24 00:00+08' + (i::bigint * 7919 % 84) * interval '1 day' AS due,
				CASE WHEN i % 500 = 0 THEN 'CLAIMED' WHEN i % 10 = 0 THEN 'SUSPENDED' ELSE 'OPEN' END AS state,
				CASE WHEN i % 6 = 0 THEN 100 ELSE 0 END AS priority FROM generate_series(1, ?) i) work`, c.ID, openTasks).Error
	})
	if err != nil {
		b.Fatal(err)
	}
	for _, statement := range []string{"VACUUM ANALYZE casework_tasks", "VACUUM ANALYZE casework_task_counts"} {
		if err := s.Reader(context.Background()).Exec(statement).Error; err != nil {
			b.Fatal(err)
		}
	}
}

func explain(b *testing.B, s *store.Store, query worklistQuery, now time.Time) {
	b.Helper()
	var tasks []*Task
	total := 0
	listed, err := query.statement(now, &tasks)
	if err != nil {
		b.Fatal(err)
	}
	for _, statement := range []store.Statement{listed, query.count(now, &total)} {
		var plan []string
		if err := s.Reader(context.Background()).Raw("EXPLAIN (ANALYZE, BUFFERS, COSTS OFF) "+statement.SQL, statement.Arguments...).Scan(&plan).Error; err != nil {
			b.Fatal(err)
		}
		b.Log("\n" + strings.Join(plan, "\n"))
	}
}
