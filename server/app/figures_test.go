package app_test

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype"
	"github.com/jackc/pgx/v5/pgxpool"

	"onewindow/models"
	"onewindow/models/casework"
	"onewindow/models/store/storetest"
	"onewindow/server/app"
	"onewindow/server/config"
	"onewindow/server/connector/webhook"
)

// figuresVariable asks for the figures and says how many applications the sweep's city has, e.g. 10000000.
const figuresVariable = "ONEWINDOW_FIGURES"

// The hands that submit and decide at once, and the changes of one round.
const (
	figureHands   = 32
	figureChanges = 2000
	figureRounds  = 3
)

// figures is a city that stands still, with as many copies of a few real cases as are asked for.
type figures struct {
	system *app.App
	pool   *pgxpool.Pool
	clerk  models.Actor
	// The cases that are writtenRows: ready to be handed in, handed in, in review, waiting for the applicant.
	draft, submitted, accepted, asked string
}

// TestFigures measures what docs/benchmarks.md says of casework, on PostgreSQL:
// ONEWINDOW_FIGURES=10000000 ONEWINDOW_TEST_DATABASE_URL=… go test ./server/app -run TestFigures -v -timeout 2h
func TestFigures(t *testing.T) {
	applications, err := strconv.Atoi(os.Getenv(figuresVariable))
	if err != nil || os.Getenv(storetest.ServerVariable) == "" {
		t.Skip("needs PostgreSQL and " + figuresVariable)
	}
	f := &figures{}
	on := ground{database: storetest.NewDatabase(t), redis: os.Getenv(redisVariable), folder: t.TempDir()}
	t.Run("prepare", func(t *testing.T) { f.prepare(t, open(t, on)) })
	f.open(t, on)
	t.Run("submit", f.submit)
	t.Run("decide", f.decide)
	t.Run("events", f.events)
	t.Run("sweep", func(t *testing.T) { f.sweep(t, applications) })
}

func (f *figures) prepare(t *testing.T, c *city) {
	t.Helper()
	mother := c.resident(t, "r06")
	draft := draftBirthRegistration(t, c)
	for _, missing := range change(t, mother, "FetchMaterials", vars{"applicationId": draft.ID}).Application.Missing {
		upload(t, mother, draft.ID, missing, nil)
	}
	f.draft, f.submitted = draft.ID, submitBirthRegistration(t, c).ID
	_, accepted := birthRegistration(t, c)
	_, waiting := birthRegistration(t, c)
	askForMore(t, c, waiting)
	f.accepted, f.asked = accepted.ID, waiting.ID
}

// open takes the city up again without its workers: what is measured shares the machine with nobody.
func (f *figures) open(t *testing.T, on ground) {
	t.Helper()
	arguments, environment := on.settings()
	environment["ONEWINDOW_DEPARTMENT_EVENTS_PER_SECOND"] = "1000000"
	settings, err := config.Load(arguments, environment)
	if err != nil {
		t.Fatal(err)
	}
	if f.system, err = app.New(t.Context(), settings, slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: slog.LevelError}))); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(f.system.Close)
	f.pool = f.system.Store().Pool()
	var id string
	f.row(t, []any{&id}, "SELECT id::text FROM auth_staff WHERE username = 'li-police'")
	f.clerk = models.Actor{
		Kind: models.Staff, ID: models.ID(id), Username: "li-police", DisplayName: "李", DepartmentCode: "public-security", Roles: []models.Role{models.Reviewer},
	}
	f.row(t, []any{&f.clerk.DepartmentCode}, "SELECT department FROM casework_tasks WHERE application_id = $1 AND step_id = 'check'", f.accepted)
}

func (f *figures) row(t *testing.T, into []any, statement string, arguments ...any) {
	t.Helper()
	if err := f.pool.QueryRow(t.Context(), statement, arguments...).Scan(into...); err != nil {
		t.Fatalf("%s: %v", statement, err)
	}
}

func (f *figures) exec(t *testing.T, statement string, arguments ...any) {
	t.Helper()
	if _, err := f.pool.Exec(t.Context(), statement, arguments...); err != nil {
		t.Fatalf("%s: %v", statement, err)
	}
}

// copyCases makes copies of a case, each about a person of its own, with its tasks; set overrides columns of the row.
func (f *figures) copyCases(t *testing.T, of, name string, number int, set string) {
	t.Helper()
	for first := 1; first <= number; first += 100_000 {
		last := min(number, first+99_999)
		f.exec(t, fmt.Sprintf(`INSERT INTO resident_residents SELECT n.* FROM casework_applications a JOIN resident_residents r ON r.id = a.subject_id,
			generate_series(%d, %d) i, LATERAL jsonb_populate_record(r, jsonb_build_object('id', md5('%s person ' || i), 'national_id_index', NULL)) n
			WHERE a.id = '%s'`, first, last, name, of))
		f.exec(t, fmt.Sprintf(`INSERT INTO casework_applications SELECT n.* FROM casework_applications a, generate_series(%d, %d) i,
			LATERAL jsonb_populate_record(a, jsonb_build_object('id', md5('%s' || i), 'subject_id', md5('%s person ' || i), 'applicant_id', md5('%s person ' || i),
				'number', CASE WHEN a.number IS NOT NULL THEN '%s' || i END) || %s) n WHERE a.id = '%s'`, first, last, name, name, name, name, set, of))
		f.exec(t, fmt.Sprintf(`INSERT INTO casework_tasks SELECT n.* FROM casework_tasks k, generate_series(%d, %d) i,
			LATERAL jsonb_populate_record(k, jsonb_build_object('id', md5('%s' || k.id || i), 'application_id', md5('%s' || i))) n
			WHERE k.application_id = '%s'`, first, last, name, name, of))
	}
}

// race lets OneWindow and the same statements by hand take turns, and says what share of them OneWindow reaches.
func (f *figures) race(t *testing.T, ours, theirs func(ctx context.Context, number int) error) {
	t.Helper()
	next := map[bool]int{}
	round := func(mine bool, work func(ctx context.Context, number int) error) float64 {
		first := next[mine]
		next[mine] += figureChanges
		var taken, failed atomic.Int64
		var hands sync.WaitGroup
		begun := time.Now()
		for range figureHands {
			hands.Go(func() {
				for number := int(taken.Add(1)); number <= figureChanges; number = int(taken.Add(1)) {
					if err := work(t.Context(), first+number); err != nil && failed.Add(1) == 1 {
						t.Errorf("change %d: %v", first+number, err)
					}
				}
			})
		}
		hands.Wait()
		return figureChanges / time.Since(begun).Seconds()
	}
	var shares []string
	var our, their float64
	for range figureRounds {
		manual := round(false, theirs)
		mine := round(true, ours)
		our, their = our+mine, their+manual
		shares = append(shares, fmt.Sprintf("%.2f", mine/manual))
	}
	t.Logf("OneWindow %.0f/s, by hand %.0f/s: share %.2f (by rounds %s)", our/figureRounds, their/figureRounds, our/their, strings.Join(shares, " "))
}

// cases gives the ids of copies, whom they are about, and their open tasks; the first at 0.
func (f *figures) cases(t *testing.T, name string, number int) (ids, people, tasks []string) {
	t.Helper()
	rows, err := f.pool.Query(t.Context(), `SELECT md5($1 || i)::uuid::text, md5($1 || ' person ' || i)::uuid::text,
		coalesce((SELECT id::text FROM casework_tasks k WHERE k.application_id = md5($1 || i)::uuid AND k.step_id = 'check'), '')
		FROM generate_series(1, $2) i ORDER BY i`, name, number)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	for rows.Next() {
		var id, person, task string
		if err := rows.Scan(&id, &person, &task); err != nil {
			t.Fatal(err)
		}
		ids, people, tasks = append(ids, id), append(people, person), append(tasks, task)
	}
	return ids, people, tasks
}

func (f *figures) submit(t *testing.T) {
	number := figureChanges*figureRounds + 1
	f.copyCases(t, f.draft, "ours", number, "'{}'::jsonb")
	f.copyCases(t, f.draft, "theirs", number, "'{}'::jsonb")
	ids, people, _ := f.cases(t, "ours", number)
	ours := func(ctx context.Context, number int) error {
		actor := models.Actor{Kind: models.Resident, ID: models.ID(people[number])}
		_, problems, err := f.system.Cases().Submit(ctx, actor, models.ID(ids[number]), nil, "figure")
		if len(problems) > 0 {
			return fmt.Errorf("a problem: %v", problems[0])
		}
		return err
	}
	before := f.lastEvent(t, ids[0])
	if err := ours(t.Context(), 0); err != nil {
		t.Fatal(err)
	}
	hand := f.learn(t, ids[0], before, "FOR UPDATE", "SELECT id, particulars FROM resident_residents WHERE id = (SELECT subject_id FROM casework_applications WHERE id = $1) FOR UPDATE")
	copies, owners, _ := f.cases(t, "theirs", number)
	f.race(t, ours, func(ctx context.Context, number int) error {
		return hand.do(ctx, f.pool, copies[number], owners[number], copies[number])
	})
}

func (f *figures) decide(t *testing.T) {
	number := figureChanges*figureRounds + 1
	f.copyCases(t, f.accepted, "decided", number, "'{}'::jsonb")
	f.copyCases(t, f.accepted, "handed", number, "'{}'::jsonb")
	ids, _, tasks := f.cases(t, "decided", number)
	ours := func(ctx context.Context, number int) error {
		_, _, err := f.system.Cases().Decide(ctx, f.clerk, casework.DecideInput{
			TaskID: models.ID(tasks[number]), Decision: casework.Approve, Opinion: "同意", IdempotencyKey: "figure " + strconv.Itoa(number),
		})
		return err
	}
	before := f.lastEvent(t, ids[0])
	if err := ours(t.Context(), 0); err != nil {
		t.Fatal(err)
	}
	hand := f.learn(t, ids[0], before, "FOR UPDATE", "SELECT * FROM casework_tasks WHERE application_id = $1 AND step_id = 'check'")
	copies, owners, _ := f.cases(t, "handed", number)
	f.race(t, ours, func(ctx context.Context, number int) error {
		return hand.do(ctx, f.pool, copies[number], owners[number], copies[number])
	})
}

// events takes a line for the timeline from the department that has the step: signed, parsed, kept and applied.
func (f *figures) events(t *testing.T) {
	number := figureChanges*figureRounds + 1
	f.copyCases(t, f.accepted, "told", number, "'{}'::jsonb")
	f.copyCases(t, f.accepted, "heard", number, "'{}'::jsonb")
	door, department := f.system.Desk().Events(), f.clerk.DepartmentCode
	secret := f.system.Desk().Directory.InboundSecrets(department)[0]
	ours := func(ctx context.Context, number int) error {
		body := fmt.Appendf(nil, `{"specversion":"1.0","id":"figure-%d","source":"/figures","type":"onewindow.case.progress","subject":"told%d/check",`+
			`"time":"2026-03-02T02:00:00Z","datacontenttype":"application/json","data":{"title":"材料已核对","detail":"共三份","public":true}}`, number, number+1)
		request := httptest.NewRequestWithContext(ctx, http.MethodPost, "/departments/"+department+"/events", bytes.NewReader(body))
		request.SetPathValue("code", department)
		request.Header.Set("Content-Type", "application/cloudevents+json")
		webhook.Stamp(request.Header, secret, fmt.Sprintf("figure-%d", number), time.Now(), body)
		answer := httptest.NewRecorder()
		if door.ServeHTTP(answer, request); answer.Code != http.StatusAccepted {
			return fmt.Errorf("answered %d %s", answer.Code, answer.Body)
		}
		return nil
	}
	ids, _, _ := f.cases(t, "told", number)
	before := f.lastEvent(t, ids[0])
	if err := ours(t.Context(), 0); err != nil {
		t.Fatal(err)
	}
	hand := f.learn(t, ids[0], before, "FOR UPDATE", "SELECT * FROM casework_tasks WHERE application_id = $1 AND step_id = 'check'")
	hand.written = slices.DeleteFunc(hand.written, func(one writtenRows) bool { return one.table == "store_requests" }) // of another change
	copies, owners, _ := f.cases(t, "heard", number)
	f.race(t, ours, func(ctx context.Context, number int) error {
		return hand.do(ctx, f.pool, copies[number], owners[number], copies[number])
	})
}

func (f *figures) lastEvent(t *testing.T, id string) (sequence int) {
	t.Helper()
	f.row(t, []any{&sequence}, "SELECT max(sequence) FROM casework_events WHERE application_id = $1 UNION ALL SELECT 0 ORDER BY 1 DESC NULLS LAST LIMIT 1", id)
	return sequence
}

// byHand is a change as it would be written by hand: the statements that OneWindow ran for one case, for another, in one
// pipelined transaction.
type byHand struct {
	reads   []string
	written []writtenRows
	jobs    int
}

// writtenRows are rows that a change wrote.
type writtenRows struct {
	table, conflict string
	columns         []string
	rows            [][]any
}

// learn looks at what a change wrote.
func (f *figures) learn(t *testing.T, id string, before int, lock, further string) *byHand {
	t.Helper()
	h := &byHand{reads: []string{"SELECT * FROM casework_applications WHERE id = $1 " + lock, further}}
	for _, one := range []struct{ table, condition, conflict string }{
		{"connector_events", "received_at = (SELECT max(received_at) FROM connector_events) LIMIT 1", "(department, event_id) DO NOTHING"},
		{"store_requests", "created_at = (SELECT max(created_at) FROM store_requests) LIMIT 1", "(actor_id, operation, key) DO NOTHING"},
		{"casework_applications", "id = '" + id + "'", ""},
		{"casework_events", fmt.Sprintf("application_id = '%s' AND sequence > %d", id, before), ""},
		{"casework_tasks", fmt.Sprintf("application_id = '%s' AND NOT (kind = 'ACCEPTANCE' AND state = 'DONE')", id),
			"(application_id, kind, step_id) DO UPDATE SET state = excluded.state, due_at = excluded.due_at, order_at = excluded.order_at, lease_until = NULL"},
		{"notify_messages", "application_id = '" + id + "'", ""},
		{"connector_handovers", "application_id = '" + id + "'", "(application_id, step) DO NOTHING"},
	} {
		if found := f.rows(t, one.table, one.condition); len(found.rows) > 0 {
			found.conflict = one.conflict
			h.written = append(h.written, found)
		}
	}
	f.row(t, []any{&h.jobs}, "SELECT count(*) FROM river_job WHERE created_at > now() - interval '2 seconds'")
	return h
}

// rows reads rows as they can be written again.
func (f *figures) rows(t *testing.T, table, condition string) writtenRows {
	t.Helper()
	rows, err := f.pool.Query(t.Context(), "SELECT * FROM "+table+" WHERE "+condition)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	found := writtenRows{table: table}
	for _, field := range rows.FieldDescriptions() {
		found.columns = append(found.columns, field.Name)
	}
	for rows.Next() {
		values, err := rows.Values()
		if err != nil {
			t.Fatal(err)
		}
		for i, field := range rows.FieldDescriptions() {
			if raw := rows.RawValues()[i]; raw != nil && (field.DataTypeOID == pgtype.JSONOID || field.DataTypeOID == pgtype.JSONBOID) {
				values[i] = strings.TrimPrefix(string(raw), "\x01")
			}
		}
		found.rows = append(found.rows, values)
	}
	return found
}

// do changes another case in the same way: everything in one round trip.
func (h *byHand) do(ctx context.Context, pool *pgxpool.Pool, id, person, number string) error {
	batch := &pgx.Batch{}
	batch.Queue("BEGIN")
	for _, read := range h.reads {
		batch.Queue(read, id)
	}
	for _, one := range h.written {
		one.queue(batch, map[string]any{
			"application_id": id, "subject_id": person, "applicant_id": person, "resident_id": person, "actor_id": person, "number": "H" + number, "key": number, "event_id": number,
		}, id)
	}
	if h.jobs > 0 {
		batch.Queue(`INSERT INTO river_job (args, kind, max_attempts, queue, state) VALUES ('{"ids":["0197a000-0000-7000-8000-000000000000"]}', 'figure', 25, 'figures', 'available') RETURNING id`)
	}
	batch.Queue("COMMIT")
	return pool.SendBatch(ctx, batch).Close()
}

func (c writtenRows) queue(batch *pgx.Batch, instead map[string]any, id string) {
	var arguments []any
	value := func(row []any, column int) string {
		name, given := c.columns[column], row[column]
		if other, changed := instead[name]; changed && given != nil {
			given = other
		}
		if name == "id" && c.table != "casework_applications" {
			given = string(models.NewID())
		}
		arguments = append(arguments, given)
		return "$" + strconv.Itoa(len(arguments))
	}
	if c.table == "casework_applications" {
		var sets []string
		for column, name := range c.columns {
			if name != "id" && name != "bundle_case_id" {
				sets = append(sets, name+" = "+value(c.rows[0], column))
			}
		}
		batch.Queue("UPDATE casework_applications SET "+strings.Join(sets, ", ")+" WHERE id = $"+strconv.Itoa(len(arguments)+1), append(arguments, id)...)
		return
	}
	places := make([]string, len(c.rows))
	for i, row := range c.rows {
		cells := make([]string, len(row))
		for column := range row {
			cells[column] = value(row, column)
		}
		places[i] = "(" + strings.Join(cells, ", ") + ")"
	}
	statement := "INSERT INTO " + c.table + " (" + strings.Join(c.columns, ", ") + ") VALUES " + strings.Join(places, ", ")
	if c.conflict != "" {
		statement += " ON CONFLICT " + c.conflict
	}
	batch.Queue(statement, arguments...)
}

// sweep makes a city of which one in a hundred applications is due: a third of those to be deemed accepted, a third to lapse,
// and a third to be reminded of.
func (f *figures) sweep(t *testing.T, applications int) {
	due := applications / 300
	f.copyCases(t, f.submitted, "late", due, `'{"wake_at":"2026-03-01T00:00:00Z","received_at":"2026-01-05T02:00:00Z"}'::jsonb`)
	f.copyCases(t, f.asked, "lapsing", due, `jsonb_build_object('wake_at', '2026-03-01T00:00:00Z',
		'progress', jsonb_set(a.progress::jsonb, '{supplement,dueAt}', '"2026-03-01T00:00:00Z"'))`)
	f.copyCases(t, f.asked, "reminded", due, "'{}'::jsonb")
	f.exec(t, `INSERT INTO notify_plans SELECT n.* FROM notify_plans p, generate_series(1, $2::int) i,
		LATERAL jsonb_populate_record(p, jsonb_build_object('id', md5('plan' || i), 'key', 'figure ' || i, 'application_id', md5('reminded' || i),
			'resident_id', md5('reminded person ' || i), 'due_at', '2026-03-01T00:00:00Z')) n
		WHERE p.id = (SELECT id FROM notify_plans WHERE application_id = $1 ORDER BY due_at LIMIT 1)`, f.asked, due)
	others := applications - 3*due
	f.exec(t, "ALTER TABLE casework_tasks DISABLE TRIGGER ALL")
	f.copyCases(t, f.asked, "other", others, "'{}'::jsonb")
	f.exec(t, "ALTER TABLE casework_tasks ENABLE TRIGGER ALL")
	f.exec(t, "VACUUM ANALYZE casework_applications")
	f.exec(t, "VACUUM ANALYZE notify_plans")
	for _, statement := range []string{
		"SELECT id FROM casework_applications WHERE wake_at IS NOT NULL AND wake_at < '2026-03-02' AND bundle_case_id IS NULL ORDER BY wake_at LIMIT 200 FOR UPDATE SKIP LOCKED",
		"SELECT * FROM notify_plans WHERE state = 'PLANNED' AND due_at <= '2026-03-02' ORDER BY due_at, key LIMIT 200 FOR UPDATE SKIP LOCKED",
	} {
		rows, err := f.pool.Query(t.Context(), "EXPLAIN (ANALYZE, BUFFERS, COSTS OFF) "+statement)
		if err != nil {
			t.Fatal(err)
		}
		plan, err := pgx.CollectRows(rows, pgx.RowTo[string])
		if err != nil {
			t.Fatal(err)
		}
		t.Log("\n" + strings.Join(plan, "\n"))
	}
	begun := time.Now()
	if err := f.system.Sweep(t.Context()); err != nil {
		t.Fatal(err)
	}
	took := time.Since(begun)
	var left, moved int
	f.row(t, []any{&left}, "SELECT (SELECT count(*) FROM casework_applications WHERE wake_at < '2026-03-02') + (SELECT count(*) FROM notify_plans WHERE state = 'PLANNED' AND due_at < '2026-03-02')")
	f.row(t, []any{&moved}, "SELECT count(*) FROM casework_events WHERE kind IN ('LAPSED', 'DEEMED_ACCEPTED')")
	if left != 0 || moved != 2*due {
		t.Errorf("%d are left, %d of %d were moved", left, moved, 2*due)
	}
	t.Logf("%d applications, %d due: %s, %.0f a second", applications, 3*due, took.Round(time.Millisecond), float64(3*due)/took.Seconds())
}
