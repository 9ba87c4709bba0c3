package casework

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"onewindow/models"
	"onewindow/models/store"
)

// The ledgers of the room: transfers between departments, and uses of discretion.

type transferRow struct {
	ID             models.ID
	ApplicationID  models.ID
	StepID         string
	Kind           TransferKind
	FromDepartment string
	ToDepartment   string
	Reason         string
	At             time.Time
	ByID           models.ID
}

func (transferRow) TableName() string { return "casework_transfers" }

func (r records) insertTransfer(tx *store.Tx, line *Transfer) error {
	row := transferRow{line.ID, line.ApplicationID, line.StepID, line.Kind, line.FromCode, line.ToCode, line.Reason, line.At, line.ByID}
	if err := tx.DB.Create(&row).Error; err != nil {
		return fmt.Errorf("write transfer: %w", err)
	}
	return nil
}

// conditions are joined by AND, each with its arguments.
type conditions struct {
	parts     []string
	arguments []any
}

func (c *conditions) and(part string, arguments ...any) {
	c.parts = append(c.parts, part)
	c.arguments = append(c.arguments, arguments...)
}

func (c *conditions) text() string {
	return strings.Join(append([]string{"1 = 1"}, c.parts...), " AND ")
}

type transferQuery struct {
	// own narrows to what a department gave or was given; "": all.
	own       string
	filter    TransferFilter
	page      models.PageRequest
	withTotal bool
}

func (q transferQuery) where() *conditions {
	where := &conditions{}
	if q.own != "" {
		where.and("(from_department = ? OR to_department = ?)", q.own, q.own)
	}
	if q.filter.From != "" {
		where.and("from_department = ?", q.filter.From)
	}
	if q.filter.To != "" {
		where.and("to_department = ?", q.filter.To)
	}
	return where
}

// transfers reads one page of the bounce ledger, newest first, with one row more than asked for.
func (r records) transfers(ctx context.Context, from *store.Store, query transferQuery) ([]*Transfer, int, error) {
	var rows []transferRow
	total, err := readLedger(ctx, from, query.where(), query.page, query.withTotal, &rows)
	if err != nil {
		return nil, 0, fmt.Errorf("read transfers: %w", err)
	}
	lines := make([]*Transfer, len(rows))
	for i, row := range rows {
		lines[i] = &Transfer{
			ID: row.ID, ApplicationID: row.ApplicationID, StepID: row.StepID, Kind: row.Kind, FromCode: row.FromDepartment, ToCode: row.ToDepartment,
			Reason: row.Reason, At: row.At, ByID: row.ByID,
		}
	}
	return lines, total, nil
}

// readLedger reads one page of a table that is ordered by its id, newest first.
func readLedger[Row any](
	ctx context.Context, from *store.Store, where *conditions, page models.PageRequest, withTotal bool, rows *[]Row,
) (int, error) {
	db := from.Reader(ctx)
	var total int64
	if withTotal {
		if err := db.Model(new(Row)).Where(where.text(), where.arguments...).Count(&total).Error; err != nil {
			return 0, err
		}
	}
	if page.After != "" {
		var last models.ID
		if err := store.ReadCursor(page.After, &last); err != nil {
			return 0, err
		}
		where.and("id < ?", last)
	}
	return int(total), db.Where(where.text(), where.arguments...).Order("id DESC").Limit(page.First + 1).Find(rows).Error
}

type transferPairRow struct {
	FromDepartment, ToDepartment                string
	Transfers, Refusals, Arbitrations, Assigned int
}

// mostPairs bounds the monthly list of pairs.
const mostPairs = 100

// transferPairs counts who handed work to whom between two moments.
func (r records) transferPairs(ctx context.Context, reader *store.Store, own string, from, until time.Time) ([]transferPairRow, error) {
	where := &conditions{}
	where.and("at >= ? AND at < ?", from, until)
	if own != "" {
		where.and("(from_department = ? OR to_department = ?)", own, own)
	}
	var rows []transferPairRow
	err := reader.Reader(ctx).Raw(`SELECT from_department, to_department, count(*) AS transfers,
			count(CASE WHEN kind IN ('REFUSAL','ARBITRATION') THEN 1 END) AS refusals,
			count(CASE WHEN kind = 'ARBITRATION' THEN 1 END) AS arbitrations,
			count(CASE WHEN kind = 'ASSIGNMENT' THEN 1 END) AS assigned
		FROM casework_transfers WHERE `+where.text()+` GROUP BY from_department, to_department
		ORDER BY refusals DESC, transfers DESC, from_department, to_department LIMIT ?`, append(where.arguments, mostPairs)...).Scan(&rows).Error
	if err != nil {
		return nil, fmt.Errorf("count transfers: %w", err)
	}
	return rows, nil
}

type interventionRow struct {
	ID            models.ID
	ApplicationID models.ID
	Kind          InterventionKind
	StepID        string
	Requirement   string
	Days          int
	Authority     string
	Reason        string
	At            time.Time
	ByID          models.ID
	Role          string
	Department    string
	Refusal       *string
	Sampled       bool
	Outcome       string
	Note          string
	EvaluatedAt   *time.Time
	EvaluatorID   *models.ID
}

func (interventionRow) TableName() string { return "casework_interventions" }

func (row interventionRow) intervention() (*Intervention, error) {
	made := &Intervention{
		ID: row.ID, ApplicationID: row.ApplicationID, Kind: row.Kind, StepID: optional(row.StepID), RequirementID: optional(row.Requirement),
		Authority: row.Authority, Reason: row.Reason, At: row.At, byID: row.ByID, department: row.Department,
		Refused: row.Refusal != nil, UnderReview: row.Sampled && row.EvaluatedAt == nil,
	}
	if row.Days > 0 {
		made.Days = &row.Days
	}
	if row.EvaluatedAt != nil {
		made.Evaluation = &InterventionEvaluation{Outcome: row.Outcome, Note: optional(row.Note), At: *row.EvaluatedAt, byID: *row.EvaluatorID}
	}
	if row.Refusal == nil {
		return made, nil
	}
	if err := json.Unmarshal([]byte(*row.Refusal), &made.Refusal); err != nil {
		return nil, fmt.Errorf("read intervention %s: %w", row.ID, err)
	}
	return made, nil
}

func interventionsFrom(rows []interventionRow) ([]*Intervention, error) {
	made := make([]*Intervention, len(rows))
	for i, row := range rows {
		var err error
		if made[i], err = row.intervention(); err != nil {
			return nil, err
		}
	}
	return made, nil
}

func (r records) insertIntervention(tx *store.Tx, made *Intervention) error {
	row := interventionRow{
		ID: made.ID, ApplicationID: made.ApplicationID, Kind: made.Kind, StepID: given(made.StepID), Requirement: given(made.RequirementID),
		Authority: firstWords(made.Authority), Reason: firstWords(made.Reason), At: made.At, ByID: made.byID, Department: made.department,
		Role: strings.Join(made.By.Roles, " "), Sampled: made.UnderReview,
	}
	if made.Days != nil {
		row.Days = *made.Days
	}
	if made.Refused {
		refusal := textJSON(made.Refusal)
		row.Refusal = &refusal
	}
	if err := tx.DB.Create(&row).Error; err != nil {
		return fmt.Errorf("write intervention: %w", err)
	}
	return nil
}

func given(text *string) string {
	if text == nil {
		return ""
	}
	return firstWords(*text)
}

// firstWords bounds what is kept of a text that was refused for its length.
func firstWords(text string) string {
	if runes := []rune(text); len(runes) > maxWords {
		return string(runes[:maxWords])
	}
	return text
}

// countInterventions counts what an official has done of a kind since a moment.
func (r records) countInterventions(tx *store.Tx, official models.ID, kind InterventionKind, since time.Time) (int, error) {
	var count int
	err := tx.DB.Raw("SELECT count(*) FROM casework_interventions WHERE by_id = ? AND kind = ? AND at >= ? AND refusal IS NULL",
		official, kind, since).Scan(&count).Error
	return count, err
}

// lockedIntervention reads the one that a transaction is about to change; nil where there is none.
func (r records) lockedIntervention(tx *store.Tx, id models.ID) (*Intervention, error) {
	var rows []interventionRow
	if err := tx.Locked().Where("id = ?", id).Limit(1).Find(&rows).Error; err != nil || len(rows) == 0 {
		return nil, err
	}
	return rows[0].intervention()
}

func (r records) interventionByID(ctx context.Context, from *store.Store, id models.ID) (*Intervention, error) {
	var row interventionRow
	if err := from.Reader(ctx).Where("id = ?", id).Take(&row).Error; err != nil {
		return nil, fmt.Errorf("read intervention: %w", err)
	}
	return row.intervention()
}

// evaluate keeps an evaluation, once, and ends the review that asked for it.
func (r records) evaluate(tx *store.Tx, made *Intervention) error {
	said := made.Evaluation
	err := store.One(tx.DB.Exec("UPDATE casework_interventions SET outcome = ?, note = ?, evaluated_at = ?, evaluator_id = ? WHERE id = ? AND evaluated_at IS NULL",
		said.Outcome, *said.Note, said.At, said.byID, made.ID))
	if err != nil {
		return fmt.Errorf("write evaluation: %w", err)
	}
	return tx.DB.Exec("UPDATE casework_tasks SET state = 'DONE', lease_until = NULL WHERE application_id = ? AND kind = ? AND step_id = ?",
		made.ApplicationID, TaskReview, made.ID).Error
}

// interventions reads one page of the ledger of discretion.
func (r records) interventions(
	ctx context.Context, from *store.Store, own string, filter InterventionFilter, page models.PageRequest, withTotal bool,
) ([]*Intervention, int, error) {
	where := &conditions{}
	if own != "" {
		where.and("department = ?", own)
	}
	if filter.Department != "" {
		where.and("department = ?", filter.Department)
	}
	if filter.Refused != nil {
		where.and("(refusal IS NOT NULL) = ?", *filter.Refused)
	}
	var rows []interventionRow
	total, err := readLedger(ctx, from, where, page, withTotal, &rows)
	if err != nil {
		return nil, 0, fmt.Errorf("read interventions: %w", err)
	}
	made, err := interventionsFrom(rows)
	return made, total, err
}

// interventionsOf reads what was done with applications, oldest first.
func (r records) interventionsOf(ctx context.Context, from *store.Store, applications []models.ID) ([]*Intervention, error) {
	var rows []interventionRow
	err := from.Reader(ctx).Where("application_id IN ? AND refusal IS NULL", applications).Order("id").Find(&rows).Error
	if err != nil {
		return nil, fmt.Errorf("read interventions: %w", err)
	}
	return interventionsFrom(rows)
}

// giveTask gives a piece of work to a colleague for one lease, or back to the queue.
func (r records) giveTask(tx *store.Tx, task *Task, colleague *StaffMember, lease time.Duration) error {
	statement, arguments := "UPDATE casework_tasks SET state = 'OPEN', assignee_id = NULL, lease_until = NULL", []any{}
	if colleague != nil {
		statement = "UPDATE casework_tasks SET state = 'CLAIMED', assignee_id = ?, lease_until = ?"
		arguments = append(arguments, colleague.ID, tx.Now.Add(lease))
	}
	err := store.One(tx.DB.Exec(statement+" WHERE id = ? AND state IN ('OPEN','CLAIMED')", append(arguments, task.ID)...))
	if errors.Is(err, store.ErrStale) {
		return models.Conflict(models.T("任务已经结束或暂停", "The task has ended or stands still"), string(task.State))
	}
	return err
}
