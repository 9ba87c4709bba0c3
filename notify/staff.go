package notify

import (
	"context"
	"fmt"
	"slices"
	"time"

	"onewindow/models"
	"onewindow/models/casework"
	"onewindow/models/store"
)

// StaffNotice is what staff are told of their work, rendered in every language of the house. It names no person.
type StaffNotice struct {
	ID            models.ID
	At            time.Time
	Kind          Kind
	Title         models.Text
	Body          models.Text
	TaskID        models.ID
	ApplicationID models.ID
	Number        string
	// ReadAt is when this staff member marked it as read.
	ReadAt *time.Time
}

// StaffNotices is one page of what a staff member is told, newest first.
type StaffNotices struct {
	TotalCount  int
	UnreadCount int
	Edges       []*models.Edge[*StaffNotice]
	PageInfo    models.PageInfo
}

// desk is one place at which staff are told: a role of a department, "" for every department.
type desk struct {
	department string
	role       models.Role
}

// toldOf gives who is told of a task that is due: whoever has it, or all who could take it; and, where the rule says so, the
// department's supervisor.
func toldOf(rule nature, task *casework.Task) (told []staffRow) {
	row := staffRow{Department: task.DepartmentCode, Role: task.Role}
	if task.AssigneeID != "" {
		row.StaffID = &task.AssigneeID
	}
	told = append(told, row)
	if rule.supervisor && task.Role != models.Supervisor {
		told = append(told, staffRow{Department: task.DepartmentCode, Role: models.Supervisor})
	}
	return told
}

// tellStaff writes notices for those who have the work of the cases.
func (s *Service) tellStaff(ctx context.Context, tx *store.Tx, plans []Planned) error {
	if len(plans) == 0 || s.tasks == nil {
		return nil
	}
	ids := make([]models.ID, len(plans))
	for i, plan := range plans {
		ids[i] = plan.ApplicationID
	}
	tasks, err := s.tasks(ctx, tx, ids)
	if err != nil {
		return err
	}
	var rows []staffRow
	for _, plan := range plans {
		rule, _ := natureOf(plan.Rule)
		params, err := writeParams(plan.Params)
		if err != nil {
			return err
		}
		for _, task := range tasks {
			if task.ApplicationID != plan.ApplicationID || (task.Kind == casework.TaskAcceptance) != (plan.Rule == AcceptanceDue) {
				continue
			}
			for _, row := range toldOf(rule, task) {
				row.ID, row.At, row.Kind, row.TaskID = models.NewID(), tx.Now, rule.kind, task.ID
				row.ApplicationID, row.ApplicationNumber, row.Params = plan.ApplicationID, plan.Params.Number, params
				row.PlanKey = fmt.Sprintf("%s/%s/%s", plan.Key, task.ID, row.Role)
				rows = append(rows, row)
			}
		}
	}
	return insertStaffNotices(tx, rows)
}

// desksOf gives where a staff member is told things: their roles in their department, or in the whole city.
func desksOf(actor models.Actor) (desks []desk) {
	for _, role := range actor.Roles {
		department := actor.DepartmentCode
		if actor.CityReach {
			department = ""
		}
		if department != "" || actor.CityReach {
			desks = append(desks, desk{department, role})
		}
	}
	return slices.Clip(desks)
}

// StaffNoticesPage gives one page of what the caller is told, newest first.
func (s *Service) StaffNoticesPage(ctx context.Context, actor models.Actor, request models.PageRequest) (*StaffNotices, error) {
	if actor.Kind != models.Staff {
		return nil, models.NotAllowed()
	}
	after, err := positionOf(request.After)
	if err != nil {
		return nil, err
	}
	reader := s.store.Reader(ctx)
	rows, err := selectStaffNotices(reader, actor.ID, desksOf(actor), after, request.First+1)
	if err != nil {
		return nil, err
	}
	total, unread, err := countStaffNotices(reader, actor.ID, desksOf(actor))
	if err != nil {
		return nil, err
	}
	shown := make([]*StaffNotice, len(rows))
	for i, row := range rows {
		shown[i] = s.staffNotice(row)
	}
	page := models.NewPage(shown, request, total, func(notice *StaffNotice) string { return store.Cursor(notice.At, notice.ID) })
	return &StaffNotices{page.TotalCount, unread, page.Edges, page.PageInfo}, nil
}

func (s *Service) staffNotice(row staffNoticeRow) *StaffNotice {
	params, err := readParams(row.Params)
	title, body, unfit := inboxTexts(row.Kind, 0, Standard, params)
	if err == nil {
		err = unfit
	}
	if err != nil {
		s.logger.Error("staff notice cannot be rendered", "notice", row.ID, "kind", row.Kind, "error", err)
	}
	return &StaffNotice{
		ID: row.ID, At: row.At, Kind: row.Kind, Title: title, Body: body, TaskID: row.TaskID, ApplicationID: row.ApplicationID,
		Number: row.ApplicationNumber, ReadAt: row.ReadAt,
	}
}

// MarkStaffNoticesRead marks notices as read for the caller alone and gives how many are left. Those that are not the caller's
// are not found, and nothing happens to them.
func (s *Service) MarkStaffNoticesRead(ctx context.Context, actor models.Actor, ids []models.ID) (unread int, err error) {
	if actor.Kind != models.Staff {
		return 0, models.NotAllowed()
	}
	known := wellFormed(ids)
	err = s.store.InTx(ctx, func(tx *store.Tx) error {
		if err := markStaffRead(tx, actor.ID, desksOf(actor), known); err != nil {
			return err
		}
		_, unread, err = countStaffNotices(tx.DB, actor.ID, desksOf(actor))
		return err
	})
	return unread, err
}
