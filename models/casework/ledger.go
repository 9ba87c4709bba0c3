package casework

import (
	"context"
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
