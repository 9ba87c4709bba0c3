package casework

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"gorm.io/gorm"

	"onewindow/models"
	"onewindow/models/calendar"
	"onewindow/models/sealed"
	"onewindow/models/store"
)

// purposeAnswers binds the sealed answers to their place.
const purposeAnswers = "casework.answers"

// Sealed says where this room keeps sealed values.
func Sealed() []sealed.Table {
	return []sealed.Table{{Name: "casework_applications", Key: []string{"id"}, Columns: []sealed.Column{{Name: "answers", Purpose: purposeAnswers}}}}
}

const caseColumns = `id, number, item_code, item_version, lead, subject_id, applicant_id, state, channel, revision, priority,
	created_at, submitted_at, received_at, accepted_at, finished_at, wake_at, calendar, progress, last_event`

// records reads and writes the tables of this room.
type records struct{ keyring *sealed.Keyring }

// scanner is a row being read.
type scanner interface{ Scan(into ...any) error }

// storedEvent is the last event as it is kept in the case's own row.
type storedEvent struct {
	ID         models.ID   `json:"id"`
	Sequence   int         `json:"sequence"`
	At         time.Time   `json:"at"`
	Kind       EventKind   `json:"kind"`
	Title      models.Text `json:"title"`
	Detail     models.Text `json:"detail,omitempty"`
	Department string      `json:"department,omitempty"`
}

func (r records) scan(row scanner, more ...any) (*Case, error) {
	c := &Case{}
	var number sql.NullString
	var progress, last []byte
	into := []any{
		&c.ID, &number, &c.ItemCode, &c.ItemVersion, &c.Lead, &c.SubjectID, &c.ApplicantID, &c.State, &c.Channel, &c.Revision, &c.Priority,
		&c.CreatedAt, &c.SubmittedAt, &c.ReceivedAt, &c.AcceptedAt, &c.FinishedAt, &c.WakeAt, &c.Calendar, &progress, &last,
	}
	if err := row.Scan(append(into, more...)...); err != nil {
		return nil, fmt.Errorf("read application: %w", err)
	}
	c.Number = number.String
	if err := json.Unmarshal(progress, &c.Progress); err != nil {
		return nil, fmt.Errorf("read application %s: progress: %w", c.ID, err)
	}
	if err := openRating(r.keyring, c.Progress.Rating); err != nil {
		return nil, fmt.Errorf("read application %s: rating: %w", c.ID, err)
	}
	if len(last) > 0 {
		var kept storedEvent
		if err := json.Unmarshal(last, &kept); err != nil {
			return nil, fmt.Errorf("read application %s: last event: %w", c.ID, err)
		}
		c.LastEvent = &Event{
			ID: kept.ID, ApplicationID: c.ID, Sequence: kept.Sequence, At: kept.At, Kind: kept.Kind,
			Title: kept.Title, Detail: kept.Detail, DepartmentCode: kept.Department, Public: true,
		}
	}
	return c, nil
}

// castColumns are caseColumns for statements that are read together.
const castColumns = `CAST(id AS text), number, item_code, item_version, lead, CAST(subject_id AS text), CAST(applicant_id AS text), state, channel,
	revision, priority, created_at, submitted_at, received_at, accepted_at, finished_at, wake_at, calendar, progress, last_event`

// idByNumber is the id of the case of a number, inside another statement.
const idByNumber = "(SELECT id FROM casework_applications WHERE number = ?)"

func (r records) caseByNumber(number string, into **Case) store.Statement {
	return store.Statement{
		SQL: "SELECT " + castColumns + " FROM casework_applications WHERE number = ?", Arguments: []any{number},
		Read: func(row store.Scanner) (err error) { *into, err = r.scan(row); return err },
	}
}

func (r records) publicEvents(number string, after, limit int, into *[]*Event) store.Statement {
	return store.Statement{
		SQL: `SELECT sequence, CAST(id AS text), at, kind, title, detail, department, actor_kind, actor_name, public FROM casework_events
			WHERE application_id = ` + idByNumber + ` AND sequence > ? AND public ORDER BY sequence LIMIT ?`,
		Arguments: []any{number, after, limit},
		Read: func(row store.Scanner) error {
			event, err := scanEvent(row)
			*into = append(*into, event)
			return err
		},
	}
}

// pageOf reads one page of a person's applications, newest first, and how many there are.
func (r records) pageOf(person models.ID, page models.PageRequest, into *[]*Case, total *int) (listed, counted store.Statement, err error) {
	condition, arguments := "WHERE (applicant_id = ? OR subject_id = ?)", []any{person, person}
	counted = store.Statement{
		SQL: "SELECT count(*) FROM casework_applications " + condition, Arguments: arguments,
		Read: func(row store.Scanner) error { return row.Scan(total) },
	}
	if page.After != "" {
		var last models.ID
		if err := store.ReadCursor(page.After, &last); err != nil {
			return listed, counted, err
		}
		condition, arguments = condition+" AND id < ?", []any{person, person, last}
	}
	listed = store.Statement{
		SQL:       "SELECT " + castColumns + " FROM casework_applications " + condition + " ORDER BY casework_applications.id DESC LIMIT ?",
		Arguments: append(arguments[:len(arguments):len(arguments)], page.First+1),
		Read: func(row store.Scanner) error {
			c, err := r.scan(row)
			*into = append(*into, c)
			return err
		},
	}
	return listed, counted, nil
}

// cases reads whole cases but for their answers, in the order of the statement.
func (r records) cases(db *gorm.DB, condition string, arguments ...any) ([]*Case, error) {
	rows, err := db.Raw("SELECT "+caseColumns+" FROM casework_applications "+condition, arguments...).Rows()
	if err != nil {
		return nil, fmt.Errorf("read applications: %w", err)
	}
	defer func() { _ = rows.Close() }()
	found := []*Case{}
	for rows.Next() {
		c, err := r.scan(rows)
		if err != nil {
			return nil, err
		}
		found = append(found, c)
	}
	return found, rows.Err()
}

// one reads a case with its answers; nil where there is none. In a transaction that writes, it locks the row.
func (r records) one(db *gorm.DB, lock bool, condition string, argument any) (*Case, error) {
	statement, arguments := "SELECT "+caseColumns+", answers FROM casework_applications WHERE "+condition, []any{argument}
	if lock {
		statement, arguments = lockedBundle(condition)+statement+" AND (SELECT count(*) FROM held) >= 0 FOR UPDATE", []any{argument, argument}
	}
	rows, err := db.Raw(statement, arguments...).Rows()
	if err != nil {
		return nil, fmt.Errorf("read application: %w", err)
	}
	defer func() { _ = rows.Close() }()
	if !rows.Next() {
		return nil, rows.Err()
	}
	var box []byte
	c, err := r.scan(rows, &box)
	if err != nil {
		return nil, err
	}
	return c, r.keyring.OpenJSON(purposeAnswers, box, &c.Answers)
}

// lockedBundle holds the other members of a case's bundle too, always in one order: two changes of one bundle wait for each
// other and never in a circle. A case that stands alone costs no more than itself.
func lockedBundle(condition string) string {
	return `WITH held AS MATERIALIZED (SELECT id FROM casework_applications
		WHERE bundle_case_id = (SELECT bundle_case_id FROM casework_applications WHERE ` + condition + `) ORDER BY id FOR UPDATE) `
}

// answers reads the answers of a case that was read without them.
func (r records) answers(db *gorm.DB, ids []models.ID) (map[models.ID]map[string]Answer, error) {
	var rows []struct {
		ID      models.ID
		Answers []byte
	}
	if err := db.Raw("SELECT id, answers FROM casework_applications WHERE id IN ?", ids).Scan(&rows).Error; err != nil {
		return nil, fmt.Errorf("read answers: %w", err)
	}
	found := make(map[models.ID]map[string]Answer, len(rows))
	for _, row := range rows {
		var answers map[string]Answer
		if err := r.keyring.OpenJSON(purposeAnswers, row.Answers, &answers); err != nil {
			return nil, err
		}
		found[row.ID] = answers
	}
	return found, nil
}

// ofBundles reads the cases of bundle cases with their answers, in the order of their beginning.
// In a transaction that writes, it locks the rows.
func (r records) ofBundles(db *gorm.DB, bundleCases []models.ID, lock bool) ([]*Case, error) {
	if len(bundleCases) == 0 {
		return nil, nil
	}
	condition := "bundle_case_id IN ? ORDER BY id"
	if lock {
		condition += " FOR UPDATE"
	}
	return r.several(db, condition, bundleCases)
}

// withAnswers reads cases with their answers.
func (r records) withAnswers(db *gorm.DB, ids []models.ID) ([]*Case, error) {
	return r.several(db, "id IN ?", ids)
}

func (r records) several(db *gorm.DB, condition string, arguments ...any) ([]*Case, error) {
	rows, err := db.Raw("SELECT "+caseColumns+", answers FROM casework_applications WHERE "+condition, arguments...).Rows()
	if err != nil {
		return nil, fmt.Errorf("read applications: %w", err)
	}
	defer func() { _ = rows.Close() }()
	var found []*Case
	for rows.Next() {
		var box []byte
		c, err := r.scan(rows, &box)
		if err == nil {
			err = r.keyring.OpenJSON(purposeAnswers, box, &c.Answers)
		}
		if err != nil {
			return nil, err
		}
		found = append(found, c)
	}
	return found, rows.Err()
}

// locked reads the case that a transaction is about to change.
func (r records) locked(tx *store.Tx, id models.ID) (*Case, error) {
	return r.one(tx.DB, tx.IsPostgres(), "id = ?", id)
}

// usedItems gives the codes of the items for which a person has an application under way or completed.
func (r records) usedItems(db *gorm.DB, subject models.ID) ([]string, error) {
	var codes []string
	err := db.Raw("SELECT DISTINCT item_code FROM casework_applications WHERE subject_id = ? AND state NOT IN ?",
		subject, []State{Rejected, Withdrawn, Lapsed}).Scan(&codes).Error
	if err != nil {
		return nil, fmt.Errorf("items that a person has used: %w", err)
	}
	return codes, nil
}

// lockedOfTask is locked for the case of a task.
func (r records) lockedOfTask(tx *store.Tx, task models.ID) (*Case, error) {
	return r.one(tx.DB, tx.IsPostgres(), "id = (SELECT application_id FROM casework_tasks WHERE id = ?)", task)
}

func (r records) encode(c *Case) (progress, last, answers []byte, err error) {
	stored := c.Progress
	stored.Rating = sealRating(r.keyring, stored.Rating)
	if progress, err = json.Marshal(stored); err != nil {
		return nil, nil, nil, err
	}
	if event := c.LastEvent; event != nil {
		last, err = json.Marshal(storedEvent{event.ID, event.Sequence, event.At, event.Kind, event.Title, event.Detail, event.DepartmentCode})
		if err != nil {
			return nil, nil, nil, err
		}
	}
	answers, err = r.keyring.SealJSON(purposeAnswers, c.Answers)
	return progress, last, answers, err
}

func (r records) insert(tx *store.Tx, c *Case) error {
	progress, last, answers, err := r.encode(c)
	if err != nil {
		return fmt.Errorf("write application: %w", err)
	}
	tx.Insert(store.Rows{Table: "casework_applications", Columns: append(strings.Split(caseColumns, ","), "answers", "bundle_case_id"), Values: [][]any{{
		c.ID, optional(c.Number), c.ItemCode, c.ItemVersion, c.Lead, c.SubjectID, c.ApplicantID, c.State, c.Channel, c.Revision, c.Priority,
		c.CreatedAt, c.SubmittedAt, c.ReceivedAt, c.AcceptedAt, c.FinishedAt, c.WakeAt, c.Calendar, string(progress), text(last), answers,
		optional(string(c.bundleCaseID())),
	}}})
	return nil
}

// text gives JSON to the database as text, which both dialects take; nothing as NULL.
func text(raw []byte) any {
	if len(raw) == 0 {
		return nil
	}
	return string(raw)
}

// update writes a changed case, guarded by the revision that it was read with, and makes the next one; quietly: keeps it.
func (r records) update(tx *store.Tx, c *Case, quietly bool) error {
	progress, last, answers, err := r.encode(c)
	if err != nil {
		return fmt.Errorf("write application: %w", err)
	}
	next := c.Revision + 1
	if quietly {
		next = c.Revision
	}
	tx.Later("casework_applications", `UPDATE casework_applications SET number = ?, item_version = ?, lead = ?, state = ?, revision = ?, priority = ?,
		submitted_at = ?, received_at = ?, accepted_at = ?, finished_at = ?, wake_at = ?, calendar = ?, progress = ?, last_event = ?,
		answers = ? WHERE id = ? AND revision = ?`, []any{
		optional(c.Number), c.ItemVersion, c.Lead, c.State, next, c.Priority, c.SubmittedAt, c.ReceivedAt, c.AcceptedAt, c.FinishedAt, c.WakeAt,
		c.Calendar, string(progress), text(last), answers, c.ID, c.Revision,
	}, func(touched int64, err error) error {
		switch {
		case store.IsDuplicate(err):
			return store.ErrRetry // the number drawn by lot was taken: draw again
		case err == nil && touched != 1:
			err = store.ErrStale
		}
		if err != nil {
			return fmt.Errorf("write application: %w", err)
		}
		return nil
	})
	c.Revision = next
	return nil
}

func (r records) insertEvents(tx *store.Tx, events []*Event) {
	rows := store.Rows{Table: "casework_events", Columns: []string{
		"application_id", "sequence", "id", "at", "kind", "title", "detail", "department", "actor_kind", "actor_id", "actor_name", "public",
	}}
	for _, event := range events {
		var detail any
		if event.Detail != nil {
			detail = textJSON(event.Detail)
		}
		name := ""
		if event.Actor != nil {
			name = event.Actor.DisplayName
		}
		rows.Values = append(rows.Values, []any{
			event.ApplicationID, event.Sequence, event.ID, event.At, event.Kind, textJSON(event.Title), detail, event.DepartmentCode,
			event.ActorKind, optional(string(event.ActorID)), name, event.Public,
		})
	}
	tx.Insert(rows)
}

func textJSON(text models.Text) string {
	raw, err := json.Marshal(text)
	if err != nil {
		panic("casework: a text that cannot be written: " + err.Error()) //nolint:forbidigo // a map of strings always can
	}
	return string(raw)
}

// notByRating hides from staff that a case was rated: the rating would have a name.
const notByRating = " AND kind NOT IN ('" + EventRated + "','" + EventRatingAnswered + "')"

// events reads the timeline after a sequence number, oldest first.
func (r records) events(db *gorm.DB, application models.ID, after, limit int, publicOnly bool) ([]*Event, error) {
	condition := notByRating
	if publicOnly {
		condition = " AND public"
	}
	rows, err := db.Raw(`SELECT sequence, id, at, kind, title, detail, department, actor_kind, actor_name, public FROM casework_events
		WHERE application_id = ? AND sequence > ?`+condition+` ORDER BY sequence LIMIT ?`, application, after, limit).Rows()
	if err != nil {
		return nil, fmt.Errorf("read events: %w", err)
	}
	defer func() { _ = rows.Close() }()
	found := []*Event{}
	for rows.Next() {
		event, err := scanEvent(rows)
		if err != nil {
			return nil, err
		}
		event.ApplicationID = application
		found = append(found, event)
	}
	return found, rows.Err()
}

func scanEvent(row scanner, more ...any) (*Event, error) {
	event := &Event{}
	var title, detail []byte
	var actorName string
	err := row.Scan(append([]any{
		&event.Sequence, &event.ID, &event.At, &event.Kind, &title, &detail, &event.DepartmentCode, &event.ActorKind, &actorName, &event.Public,
	}, more...)...)
	if err == nil {
		err = json.Unmarshal(title, &event.Title)
	}
	if err == nil && len(detail) > 0 {
		err = json.Unmarshal(detail, &event.Detail)
	}
	if err != nil {
		return nil, fmt.Errorf("read event: %w", err)
	}
	event.Actor = actorView(event.ActorKind, actorName)
	return event, nil
}

// eventsOf is events for several applications, each from its own beginning and as many as the limit.
func (r records) eventsOf(db *gorm.DB, applications []models.ID, after, limit int, publicOnly bool) (map[models.ID][]*Event, error) {
	condition := notByRating
	if publicOnly {
		condition = " AND public"
	}
	rows, err := db.Raw(`SELECT sequence, id, at, kind, title, detail, department, actor_kind, actor_name, public, application_id FROM (
			SELECT *, ROW_NUMBER() OVER (PARTITION BY application_id ORDER BY sequence) AS place FROM casework_events
			WHERE application_id IN ? AND sequence > ?`+condition+`) AS placed
		WHERE place <= ? ORDER BY application_id, sequence`, applications, after, limit).Rows()
	if err != nil {
		return nil, fmt.Errorf("read events: %w", err)
	}
	defer func() { _ = rows.Close() }()
	found := map[models.ID][]*Event{}
	for rows.Next() {
		var application models.ID
		event, err := scanEvent(rows, &application)
		if err != nil {
			return nil, err
		}
		event.ApplicationID = application
		found[application] = append(found[application], event)
	}
	return found, rows.Err()
}

func (r records) countEvents(db *gorm.DB, applications []models.ID, publicOnly bool) (map[models.ID]int, error) {
	condition := notByRating
	if publicOnly {
		condition = " AND public"
	}
	var rows []struct {
		ApplicationID models.ID
		Events        int
	}
	err := db.Raw("SELECT application_id, count(*) AS events FROM casework_events WHERE application_id IN ?"+condition+" GROUP BY application_id", applications).Scan(&rows).Error
	if err != nil {
		return nil, fmt.Errorf("count events: %w", err)
	}
	found := make(map[models.ID]int, len(rows))
	for _, row := range rows {
		found[row.ApplicationID] = row.Events
	}
	return found, nil
}

// anyDue tells, without a transaction, whether the house has to act: it is asked every second.
func (r records) anyDue(db *gorm.DB, now time.Time) (bool, error) {
	var ids []models.ID
	err := db.Raw("SELECT id FROM casework_applications WHERE wake_at IS NOT NULL AND wake_at < ? ORDER BY wake_at LIMIT 1", now).Scan(&ids).Error
	return len(ids) > 0, err
}

// dueAlone is the condition of cases for which the house has to act and that belong to no bundle; the oldest wake-up comes first.
const dueAlone = "wake_at IS NOT NULL AND wake_at < ? AND bundle_case_id IS NULL ORDER BY wake_at LIMIT ?"

// takeDue takes due cases that stand alone and that no other transaction has taken.
func (r records) takeDue(tx *store.Tx, limit int) ([]models.ID, error) {
	return r.take(tx, dueAlone, tx.Now, limit)
}

// stillDue takes those of some cases that are due and that no other transaction has taken.
func (r records) stillDue(tx *store.Tx, ids []models.ID) ([]models.ID, error) {
	return r.take(tx, "id IN ? AND wake_at < ? ORDER BY wake_at", ids, tx.Now)
}

func (r records) take(tx *store.Tx, condition string, arguments ...any) ([]models.ID, error) {
	statement := "SELECT id FROM casework_applications WHERE " + condition
	if tx.IsPostgres() {
		statement += " FOR UPDATE SKIP LOCKED"
	}
	var ids []models.ID
	if err := tx.DB.Raw(statement, arguments...).Scan(&ids).Error; err != nil {
		return nil, fmt.Errorf("take due applications: %w", err)
	}
	return ids, nil
}

// dueMembers finds due cases that belong to bundles.
func (r records) dueMembers(db *gorm.DB, now time.Time, limit int) ([]models.ID, error) {
	var ids []models.ID
	err := db.Raw("SELECT id FROM casework_applications WHERE wake_at IS NOT NULL AND wake_at < ? AND bundle_case_id IS NOT NULL ORDER BY wake_at LIMIT ?",
		now, limit).Scan(&ids).Error
	return ids, err
}

// postpone has the house look at a case again at a later moment, if it still waits for it.
func (r records) postpone(tx *store.Tx, id models.ID, until time.Time) error {
	err := tx.DB.Exec("UPDATE casework_applications SET wake_at = ? WHERE id = ? AND wake_at < ?", until, id, tx.Now).Error
	if err != nil {
		return fmt.Errorf("postpone application: %w", err)
	}
	return nil
}

// byPerson reads a person's applications, newest first, to find which rest on a document.
func (r records) byPerson(db *gorm.DB, person models.ID) ([]*Case, error) {
	return r.cases(db, "WHERE (applicant_id = ? OR subject_id = ?) ORDER BY id DESC LIMIT 1000", person, person)
}

type taskRow struct {
	ID            models.ID
	ApplicationID models.ID
	Kind          TaskKind
	StepID        string
	Department    string
	Role          models.Role
	State         TaskState
	Priority      int
	Offered       bool
	DueAt         time.Time
	YellowAt      time.Time
	AssigneeID    *models.ID
	LeaseUntil    *time.Time
	CreatedAt     time.Time
	// OrderAt is the place in the queue; StoppedLight the light of work that stands still.
	OrderAt      time.Time
	StoppedLight calendar.Light
}

func (taskRow) TableName() string { return "casework_tasks" }

func (t taskRow) task(now time.Time) *Task {
	task := &Task{
		ID: t.ID, ApplicationID: t.ApplicationID, Kind: t.Kind, StepID: t.StepID, DepartmentCode: t.Department, Role: t.Role,
		State: t.State, Priority: t.Priority, Offered: t.Offered, DueAt: &t.DueAt, LeaseUntil: t.LeaseUntil, CreatedAt: t.CreatedAt, Light: calendar.Green,
		orderAt: t.OrderAt,
	}
	if t.AssigneeID != nil {
		task.AssigneeID = *t.AssigneeID
	}
	if task.State == TaskClaimed && !task.leased(now) { // a lease that has run out: back in the queue
		task.State, task.AssigneeID = TaskOpen, ""
	}
	switch {
	case t.StoppedLight != "":
		task.Light = t.StoppedLight
	case now.After(t.DueAt):
		task.Light = calendar.Red
	case !now.Before(t.YellowAt):
		task.Light = calendar.Yellow
	}
	return task
}

func (r records) task(db *gorm.DB, id models.ID, now time.Time) (*Task, error) {
	var rows []taskRow
	if err := db.Where("id = ?", id).Limit(1).Find(&rows).Error; err != nil {
		return nil, fmt.Errorf("read task: %w", err)
	}
	if len(rows) == 0 {
		return nil, nil
	}
	return rows[0].task(now), nil
}

// openTasks reads the acceptance and the steps of applications that somebody still has to work on.
func (r records) openTasks(db *gorm.DB, applications []models.ID, now time.Time) ([]*Task, error) {
	if len(applications) == 0 {
		return nil, nil
	}
	var rows []taskRow
	err := db.Where("application_id IN ? AND kind IN ('ACCEPTANCE', 'STEP') AND state IN ('OPEN', 'CLAIMED')", applications).
		Order("application_id, id").Find(&rows).Error
	if err != nil {
		return nil, fmt.Errorf("read open tasks: %w", err)
	}
	tasks := make([]*Task, len(rows))
	for i, row := range rows {
		tasks[i] = row.task(now)
	}
	return tasks, nil
}

// claim takes a task for a staff member; false where somebody else holds it.
func (r records) claim(tx *store.Tx, task *Task, staff models.ID, until time.Time) (bool, error) {
	result := tx.DB.Exec(`UPDATE casework_tasks SET state = 'CLAIMED', assignee_id = ?, lease_until = ?
		WHERE id = ? AND department = ? AND role = ? AND (state = 'OPEN' OR (state = 'CLAIMED' AND (assignee_id = ? OR lease_until <= ?)))`, staff, until, task.ID, task.DepartmentCode, task.Role, staff, tx.Now)
	return result.RowsAffected == 1, result.Error
}

// release gives a task back to the queue; false where it is not held by this staff member.
func (r records) release(tx *store.Tx, id, staff models.ID) (bool, error) {
	result := tx.DB.Exec("UPDATE casework_tasks SET state = 'OPEN', assignee_id = NULL, lease_until = NULL"+
		" WHERE id = ? AND state = 'CLAIMED' AND assignee_id = ? AND lease_until > ?", id, staff, tx.Now)
	return result.RowsAffected == 1, result.Error
}

// renew prolongs what a staff member holds of a case: whoever works on it keeps it.
func (r records) renew(tx *store.Tx, application, staff models.ID, until time.Time) error {
	return tx.DB.Exec("UPDATE casework_tasks SET lease_until = ? WHERE application_id = ? AND state = 'CLAIMED' AND assignee_id = ? AND lease_until > ?",
		until, application, staff, tx.Now).Error
}

// The two ways in which a task is brought into line with its case: all of it, or, for whoever holds it, its dates and its
// place in the queue alone.
const (
	taskDates = `(application_id, kind, step_id) DO UPDATE SET offered = excluded.offered, priority = excluded.priority, due_at = excluded.due_at,
		yellow_at = excluded.yellow_at, order_at = excluded.order_at, stopped_light = excluded.stopped_light`
	wholeTask = taskDates + `, state = excluded.state, department = excluded.department, role = excluded.role, lease_until = NULL,
		assignee_id = CASE WHEN excluded.state = 'OPEN' THEN NULL ELSE casework_tasks.assignee_id END`
)

// writeTasks opens tasks and brings those that are there into line with their cases.
func (r records) writeTasks(tx *store.Tx, changes []taskChange) {
	for _, change := range changes {
		conflict, row := wholeTask, change.row
		if change.sameHands {
			conflict = taskDates
		}
		tx.Insert(store.Rows{
			Table: "casework_tasks", Conflict: conflict, Keys: []string{string(row.ApplicationID) + "/" + string(row.Kind) + "/" + row.StepID},
			Columns: []string{
				"id", "application_id", "kind", "step_id", "department", "role", "state", "priority", "offered", "due_at", "yellow_at", "created_at",
				"order_at", "stopped_light",
			},
			Values: [][]any{{
				row.ID, row.ApplicationID, row.Kind, row.StepID, row.Department, row.Role, row.State, row.Priority, row.Offered, row.DueAt,
				row.YellowAt, row.CreatedAt, row.OrderAt, row.StoppedLight,
			}},
		})
	}
}

// applications reads one page of a person's applications, newest first, and how many there are.
func (r records) applications(db *gorm.DB, person models.ID, states []State, page models.PageRequest, withTotal bool) ([]*Case, int, error) {
	condition := "WHERE (applicant_id = ? OR subject_id = ?)"
	arguments := []any{person, person}
	if len(states) > 0 {
		condition += " AND state IN ?"
		arguments = append(arguments, slices.Compact(slices.Sorted(slices.Values(states))))
	}
	total := 0
	if withTotal {
		if err := db.Raw("SELECT count(*) FROM casework_applications "+condition, arguments...).Scan(&total).Error; err != nil {
			return nil, 0, fmt.Errorf("count applications: %w", err)
		}
	}
	if page.After != "" {
		var last models.ID
		if err := store.ReadCursor(page.After, &last); err != nil {
			return nil, 0, err
		}
		condition += " AND id < ?"
		arguments = append(arguments, last)
	}
	found, err := r.cases(db, condition+" ORDER BY id DESC LIMIT ?", append(arguments, page.First+1)...)
	return found, total, err
}

// byIDs reads cases without their answers.
func (r records) byIDs(ctx context.Context, db *gorm.DB, ids []models.ID) (map[models.ID]*Case, error) {
	found := map[models.ID]*Case{}
	if len(ids) == 0 {
		return found, nil
	}
	rows, err := r.cases(db.WithContext(ctx), "WHERE ?", store.In("id", ids))
	for _, row := range rows {
		found[row.ID] = row
	}
	return found, err
}

// lastHolders are who has, or had last, the acceptance of cases in hand; those that nobody had are left out.
func (r records) lastHolders(db *gorm.DB, applications []models.ID) (map[models.ID]models.ID, error) {
	var rows []taskRow
	err := db.Select("application_id", "assignee_id").Where("application_id IN ? AND kind = 'ACCEPTANCE' AND assignee_id IS NOT NULL", applications).Find(&rows).Error
	if err != nil {
		return nil, fmt.Errorf("read holders: %w", err)
	}
	holders := make(map[models.ID]models.ID, len(rows))
	for _, row := range rows {
		holders[row.ApplicationID] = *row.AssigneeID
	}
	return holders, nil
}

// hasBrokenPromise tells whether a person broke a promise and has not repaired it.
func (r records) hasBrokenPromise(tx *store.Tx, person models.ID) (bool, error) {
	var broken int
	err := tx.DB.Raw("SELECT count(*) FROM casework_broken_promises WHERE person_id = ? AND repaired_at IS NULL", person).Scan(&broken).Error
	return broken > 0, err
}

// keepPromise keeps the outcome of a check where it has a consequence for its giver.
func (r records) keepPromise(tx *store.Tx, application models.ID, key string, person models.ID, outcome CommitmentOutcome) error {
	switch outcome {
	case CommitmentBroken:
		return tx.DB.Exec("INSERT INTO casework_broken_promises (application_id, requirement_key, person_id, found_at) VALUES (?, ?, ?, ?)",
			application, key, person, tx.Now).Error
	case CommitmentRepaired:
		return store.One(tx.DB.Exec("UPDATE casework_broken_promises SET repaired_at = ? WHERE application_id = ? AND requirement_key = ? AND repaired_at IS NULL",
			tx.Now, application, key))
	}
	return nil
}

// heldTask reads the task of a case's step ("" for acceptance), to see who holds it; nil where there is none.
func (r records) heldTask(db *gorm.DB, application models.ID, step string, now time.Time) (*Task, error) {
	var rows []taskRow
	kind := TaskStep
	if step == "" {
		kind = TaskAcceptance
	}
	if err := db.Where("application_id = ? AND kind = ? AND step_id = ?", application, kind, step).Limit(1).Find(&rows).Error; err != nil {
		return nil, fmt.Errorf("read task: %w", err)
	}
	if len(rows) == 0 {
		return nil, nil
	}
	return rows[0].task(now), nil
}

// openCases reads one page of the applications that are under way and not computed with a calendar, by id.
func (r records) openCases(db *gorm.DB, calendar string, after models.ID, limit int) ([]*Case, error) {
	condition, arguments := "WHERE state IN ('SUBMITTED', 'SUPPLEMENT_REQUIRED', 'IN_REVIEW', 'APPROVED') AND calendar <> ?", []any{calendar}
	if after != "" {
		condition, arguments = condition+" AND id > ?", append(arguments, after)
	}
	return r.cases(db, condition+" ORDER BY id LIMIT ?", append(arguments, limit)...)
}

// decidedCases reads one page of the applications that were accepted in a span of time and have been decided, by id.
func (r records) decidedCases(db *gorm.DB, from, to time.Time, after models.ID, limit int) ([]*Case, error) {
	condition, arguments := "WHERE state IN ('APPROVED', 'COMPLETED', 'REJECTED') AND accepted_at >= ? AND accepted_at <= ?", []any{from.UTC(), to.UTC()}
	if after != "" {
		condition, arguments = condition+" AND id > ?", append(arguments, after)
	}
	return r.cases(db, condition+" ORDER BY id LIMIT ?", append(arguments, limit)...)
}

// adoptCalendar has applications whose dates stay as they are name another calendar; false where some have changed since they
// were read, which are left alone. It is no change that anybody could see, so revisions stay.
func (r records) adoptCalendar(tx *store.Tx, cases []*Case, calendar string) (all bool, err error) {
	revisions := map[int][]models.ID{}
	for _, c := range cases {
		revisions[c.Revision] = append(revisions[c.Revision], c.ID)
	}
	adopted := 0
	for revision, ids := range revisions {
		result := tx.DB.Exec("UPDATE casework_applications SET calendar = ? WHERE id IN ? AND revision = ?", calendar, ids, revision)
		if result.Error != nil {
			return false, fmt.Errorf("adopt calendar: %w", result.Error)
		}
		adopted += int(result.RowsAffected)
	}
	return adopted == len(cases), nil
}

func (r records) rehome(tx *store.Tx, from, to models.ID) error {
	err := tx.DB.Exec("UPDATE casework_applications SET applicant_id = ? WHERE applicant_id = ?", to, from).Error
	if err != nil {
		return err
	}
	return tx.DB.Exec("UPDATE casework_applications SET subject_id = ? WHERE subject_id = ?", to, from).Error
}

func (r records) worked(tx *store.Tx, person models.ID) (bool, error) {
	var count int64
	err := tx.DB.Raw(`SELECT count(*) FROM casework_applications WHERE (applicant_id = ? OR subject_id = ?) AND state IN ?`, person, person,
		[]State{Submitted, SupplementRequired, InReview, Approved}).Scan(&count).Error
	return count > 0, err
}
