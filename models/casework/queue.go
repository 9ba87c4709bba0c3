package casework

import (
	"cmp"
	"database/sql"
	"slices"
	"strings"
	"time"

	"onewindow/models"
	"onewindow/models/calendar"
	"onewindow/models/store"
)

// The queue: work stands in the order of its due date, people of the priority groups a bounded head start earlier. A place
// is fixed by the work itself and not by what else there is, so nobody is overtaken for ever: what comes in later than the
// head start stands behind (docs/decisions/0025).

// groupHeadStart is what a priority of groupPriority moves work forward by; a greater priority more, up to largestHeadStart.
const (
	groupHeadStart   = 72 * time.Hour
	largestHeadStart = 30 * 24 * time.Hour
)

// headStart turns a priority into time, never more than largestHeadStart.
func headStart(priority int) time.Duration {
	return min(time.Duration(max(priority, 0))*groupHeadStart/groupPriority, largestHeadStart)
}

// orderAt is the place in the queue.
func orderAt(dueAt time.Time, priority int) time.Time { return dueAt.Add(-headStart(priority)) }

// workRoles are the roles that tasks are for.
var workRoles = []models.Role{models.FrontDesk, models.Reviewer, models.Approver, models.Issuer, models.Supervisor}

// scope is one part of a worklist: the tasks of one role in one department, "" for all departments.
type scope struct {
	department string
	role       models.Role
}

// scopesOf gives what a staff member's worklist holds: a front desk acceptance within its reach, the other roles the work of
// their own department that asks for them, a supervisor everything within reach. No task is in two of them.
func scopesOf(actor models.Actor) []scope {
	var scopes []scope
	add := func(city bool, roles ...models.Role) {
		for _, role := range roles {
			if city {
				scopes = append(scopes, scope{"", role})
			} else if actor.DepartmentCode != "" {
				scopes = append(scopes, scope{actor.DepartmentCode, role})
			}
		}
	}
	if actor.Has(models.Supervisor) {
		add(actor.CityReach, workRoles...)
	}
	for _, role := range workRoles[:len(workRoles)-1] {
		if actor.Has(role) {
			add(actor.CityReach && role == models.FrontDesk, role)
		}
	}
	distinct := scopes[:0]
	for _, one := range scopes {
		wider := one.department != "" && slices.Contains(scopes, scope{"", one.role})
		if !wider && !slices.Contains(distinct, one) {
			distinct = append(distinct, one)
		}
	}
	return distinct
}

// scopes are those of the actor that the filter leaves.
func (q worklistQuery) scopes() []scope {
	var left []scope
	for _, one := range scopesOf(q.actor) {
		if one.department == "" {
			one.department = q.filter.Department
		}
		if (q.filter.Department == "" || one.department == q.filter.Department) && (q.filter.Role == "" || one.role == q.filter.Role) {
			left = append(left, one)
		}
	}
	return left
}

// condition is a part of a WHERE with its arguments.
type condition struct {
	text      string
	arguments []any
}

func (s scope) condition() condition {
	if s.department == "" {
		return condition{"role = ?", []any{s.role}}
	}
	return condition{"department = ? AND role = ?", []any{s.department, s.role}}
}

// all joins conditions that must hold together, anyOf those of which one is enough.
func all(conditions ...condition) condition { return join(" AND ", conditions) }

func anyOf(conditions ...condition) condition {
	joined := join(" OR ", conditions)
	if joined.text == "" {
		return condition{text: "1 = 0"}
	}
	return condition{"(" + joined.text + ")", joined.arguments}
}

func join(with string, conditions []condition) (joined condition) {
	var texts []string
	for _, one := range conditions {
		if one.text != "" {
			texts = append(texts, one.text)
			joined.arguments = append(joined.arguments, one.arguments...)
		}
	}
	joined.text = strings.Join(texts, with)
	return joined
}

// reach is everything that the actor's worklist may hold.
func (q worklistQuery) reach() condition {
	var reach []condition
	for _, one := range q.scopes() {
		reach = append(reach, one.condition())
	}
	return anyOf(reach...)
}

// running and stopped are the open work whose clock goes on and whose clock stands still. The first names all open states, as
// the indexes do.
var (
	running = condition{text: "state IN ('OPEN','CLAIMED','SUSPENDED') AND state <> 'SUSPENDED'"}
	stopped = condition{text: "state = 'SUSPENDED'"}
)

// kinds gives the conditions of the filter, each of which one index serves in the order of the queue.
func (q worklistQuery) kinds(now time.Time) []condition {
	state, light := q.filter.State, q.filter.Light
	held := condition{"state = 'CLAIMED' AND lease_until > ?", []any{now}}
	switch {
	case q.filter.Mine:
		mine := condition{"assignee_id = ?", []any{q.actor.ID}}
		still := all(anyOf(held, stopped), q.ofState(now))
		if light != nil {
			still = all(still, anyOf(all(running, runningLight(*light, now)), all(stopped, stoppedLight(*light))))
		}
		return []condition{all(mine, condition{text: "state IN ('OPEN','CLAIMED','SUSPENDED')"}, still, q.reach())}
	case light == nil && state == nil:
		return []condition{{text: "state IN ('OPEN','CLAIMED','SUSPENDED')"}}
	case light == nil:
		return []condition{q.ofState(now)}
	case state == nil:
		return []condition{all(running, runningLight(*light, now)), all(stopped, stoppedLight(*light))}
	case *state == TaskSuspended:
		return []condition{all(stopped, stoppedLight(*light))}
	}
	return []condition{all(q.ofState(now), runningLight(*light, now))}
}

// ofState narrows to one state: a lease that has run out counts as open.
func (q worklistQuery) ofState(now time.Time) condition {
	switch {
	case q.filter.State == nil:
		return condition{}
	case *q.filter.State == TaskOpen:
		return all(running, condition{"(state = 'OPEN' OR lease_until <= ?)", []any{now}})
	case *q.filter.State == TaskClaimed:
		return condition{"state = 'CLAIMED' AND lease_until > ?", []any{now}}
	}
	return condition{"state = ?", []any{*q.filter.State}}
}

// runningLight bounds the queue too, so that no light reads past the others.
func runningLight(light calendar.Light, now time.Time) condition {
	earliest := now.Add(-largestHeadStart)
	switch light {
	case calendar.Red:
		return condition{"due_at < ? AND order_at < ?", []any{now, now}}
	case calendar.Yellow:
		return condition{"due_at >= ? AND yellow_at <= ? AND order_at >= ?", []any{now, now, earliest}}
	}
	return condition{"yellow_at > ? AND due_at >= ? AND order_at >= ?", []any{now, now, earliest}}
}

func stoppedLight(light calendar.Light) condition {
	return condition{"stopped_light = ?", []any{string(light)}}
}

// taskColumns are read in this order by scanTask.
const taskColumns = `id, application_id, kind, step_id, department, role, state, priority, due_at, yellow_at, assignee_id, lease_until, created_at,
	order_at, stopped_light, offered`

// statement reads one page of the queue: of each scope the first rows by its index, then the first of all of them.
func (q worklistQuery) statement(now time.Time, into *[]*Task) (store.Statement, error) {
	var after condition
	if q.page.After != "" {
		var place time.Time
		var id models.ID
		if err := store.ReadCursor(q.page.After, &place, &id); err != nil {
			return store.Statement{}, err
		}
		if err := checkCursorID(id); err != nil {
			return store.Statement{}, err
		}
		after = condition{"(order_at, id) > (?, ?)", []any{place, id}}
	}
	var branches []string
	var arguments []any
	for _, part := range q.parts(now) {
		part = all(part, after)
		branches = append(branches, "SELECT * FROM (SELECT "+taskColumns+" FROM casework_tasks WHERE "+part.text+" ORDER BY order_at, id LIMIT ?) part")
		arguments = append(append(arguments, part.arguments...), q.page.First+1)
	}
	if len(branches) == 0 {
		branches = append(branches, "SELECT "+taskColumns+" FROM casework_tasks WHERE 1 = 0")
	}
	return store.Statement{
		SQL: `SELECT CAST(id AS text), CAST(application_id AS text), kind, step_id, department, role, state, priority, due_at, yellow_at,
			CAST(assignee_id AS text), lease_until, created_at, order_at, stopped_light, offered FROM (` +
			strings.Join(branches, " UNION ALL ") + `) work ORDER BY order_at, id LIMIT ?`,
		Arguments: append(arguments, q.page.First+1),
		Read: func(row store.Scanner) error {
			task, err := scanTask(row, now)
			*into = append(*into, task)
			return err
		},
	}, nil
}

// parts are the filter's conditions in each scope.
func (q worklistQuery) parts(now time.Time) []condition {
	kinds := q.kinds(now)
	if q.filter.Mine {
		return kinds
	}
	var parts []condition
	for _, one := range q.scopes() {
		for _, kind := range kinds {
			parts = append(parts, all(one.condition(), kind))
		}
	}
	return parts
}

func scanTask(row store.Scanner, now time.Time) (*Task, error) {
	var r taskRow
	var assignee sql.NullString
	err := row.Scan(&r.ID, &r.ApplicationID, &r.Kind, &r.StepID, &r.Department, &r.Role, &r.State, &r.Priority, &r.DueAt, &r.YellowAt,
		&assignee, &r.LeaseUntil, &r.CreatedAt, &r.OrderAt, &r.StoppedLight, &r.Offered)
	if err != nil {
		return nil, err
	}
	if assignee.Valid {
		id := models.ID(assignee.String)
		r.AssigneeID = &id
	}
	return r.task(now), nil
}

// count is how many there are in all: from the counts that every change keeps, less or only the few that are held just now.
func (q worklistQuery) count(now time.Time, into *int) store.Statement {
	reach := q.reach()
	held := all(reach, condition{"state = 'CLAIMED' AND lease_until > ?", []any{now}})
	if q.filter.Light != nil {
		held = all(held, runningLight(*q.filter.Light, now))
	}
	kept := all(reach, q.counted(now))
	const counts = "(SELECT COALESCE(CAST(sum(number) AS bigint), 0) FROM casework_task_counts WHERE "
	statement := store.Statement{Read: func(row store.Scanner) error { return row.Scan(into) }}
	switch {
	case q.filter.Mine:
		mine := all(q.kinds(now)...)
		statement.SQL, statement.Arguments = "SELECT count(*) FROM casework_tasks WHERE "+mine.text, mine.arguments
	case q.filter.State != nil && *q.filter.State == TaskClaimed:
		statement.SQL, statement.Arguments = "SELECT count(*) FROM casework_tasks WHERE "+held.text, held.arguments
	case q.filter.State != nil && *q.filter.State == TaskOpen:
		statement.SQL = "SELECT " + counts + kept.text + ") - (SELECT count(*) FROM casework_tasks WHERE " + held.text + ")"
		statement.Arguments = slices.Concat(kept.arguments, held.arguments)
	case q.filter.State != nil && *q.filter.State != TaskSuspended: // ended work is not kept count of
		ended := all(reach, condition{"state = ?", []any{*q.filter.State}})
		statement.SQL, statement.Arguments = "SELECT count(*) FROM casework_tasks WHERE "+ended.text, ended.arguments
	default:
		statement.SQL, statement.Arguments = "SELECT "+counts+kept.text+")", kept.arguments
	}
	return statement
}

// counted is the filter as the counts know it.
func (q worklistQuery) counted(now time.Time) condition {
	runs, stands := condition{text: "NOT stands"}, condition{text: "stands"}
	if light := q.filter.Light; light != nil {
		stands = all(stands, condition{"light = ?", []any{string(*light)}})
		switch *light {
		case calendar.Red:
			runs = all(runs, condition{"due_at < ?", []any{now}})
		case calendar.Yellow:
			runs = all(runs, condition{"due_at >= ? AND yellow_at <= ?", []any{now, now}})
		default:
			runs = all(runs, condition{"due_at >= ? AND yellow_at > ?", []any{now, now}})
		}
	}
	switch {
	case q.filter.State == nil:
		return anyOf(runs, stands)
	case *q.filter.State == TaskSuspended:
		return stands
	}
	return runs
}

// countsLot is how many loose counts one look merges.
const countsLot = 5000

// taskCount is how many open tasks of one kind there are, or by how many they changed.
type taskCount struct {
	Department, Role string
	Stands           bool
	Light            string
	DueAt, YellowAt  time.Time
	Number           int
}

// mergeCounts sums up what the changes of the tasks left behind, once there is enough of it. Reading is exact before and after.
func (r records) mergeCounts(tx *store.Tx) error {
	var many []int
	if err := tx.DB.Raw("SELECT 1 FROM casework_task_counts WHERE NOT merged LIMIT 1 OFFSET ?", countsLot/10).Scan(&many).Error; err != nil || len(many) == 0 {
		return err
	}
	var loose []taskCount
	err := tx.DB.Raw(`DELETE FROM casework_task_counts WHERE NOT merged AND id IN (
		SELECT id FROM casework_task_counts WHERE NOT merged ORDER BY id LIMIT ?)
		RETURNING department, role, stands, light, due_at, yellow_at, number`, countsLot).Scan(&loose).Error
	if err != nil {
		return err
	}
	for _, sum := range summed(loose) {
		err := tx.DB.Exec(`INSERT INTO casework_task_counts AS kept (department, role, stands, light, due_at, yellow_at, number, merged)
			VALUES (?, ?, ?, ?, ?, ?, ?, true)
			ON CONFLICT (department, role, stands, light, due_at, yellow_at) WHERE merged DO UPDATE SET number = kept.number + excluded.number`,
			sum.Department, sum.Role, sum.Stands, sum.Light, sum.DueAt, sum.YellowAt, sum.Number).Error
		if err != nil {
			return err
		}
	}
	return tx.DB.Exec("DELETE FROM casework_task_counts WHERE merged AND number = 0").Error
}

// summed adds up what belongs together, in one order for all who write at the same time.
func summed(loose []taskCount) []taskCount {
	sums := map[taskCount]int{}
	for _, one := range loose {
		number := one.Number
		one.Number, one.DueAt, one.YellowAt = 0, one.DueAt.UTC(), one.YellowAt.UTC()
		sums[one] += number
	}
	merged := make([]taskCount, 0, len(sums))
	for one, number := range sums {
		if one.Number = number; number != 0 {
			merged = append(merged, one)
		}
	}
	slices.SortFunc(merged, func(a, b taskCount) int {
		return cmp.Or(strings.Compare(a.Department, b.Department), strings.Compare(a.Role, b.Role), a.DueAt.Compare(b.DueAt),
			a.YellowAt.Compare(b.YellowAt), strings.Compare(a.Light, b.Light))
	})
	return merged
}
