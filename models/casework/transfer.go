package casework

import (
	"time"

	"onewindow/models"
	"onewindow/models/catalogue"
)

// refusalsBeforeArbiter is how often departments may refuse a piece of work: then an arbiter says whose it is.
const refusalsBeforeArbiter = 2

// Handing is how one piece of work, acceptance or a step, went from department to department.
type Handing struct {
	// Offered: another department handed it over, and nobody here has taken it yet. Any work on it takes it.
	Offered bool `json:"offered,omitempty"`
	// Refusals counts how often it was handed back or on instead of being taken.
	Refusals int `json:"refusals,omitempty"`
	// Arbiter: it lies with an arbiter, and no department works it.
	Arbiter bool `json:"arbiter,omitempty"`
	// Assigned: an arbiter has said whose it is; it cannot be refused any more.
	Assigned bool `json:"assigned,omitempty"`
}

// TransferKind is what one line of the bounce ledger was.
type TransferKind string

// TRANSFER: handed over for the first time, or after it had been taken. REFUSAL: handed back or on without being taken.
// ARBITRATION: the refusal after which an arbiter decides. ASSIGNMENT: the arbiter's word.
const (
	TransferOrdinary   TransferKind = "TRANSFER"
	TransferRefusal    TransferKind = "REFUSAL"
	TransferToArbiter  TransferKind = "ARBITRATION"
	TransferAssignment TransferKind = "ASSIGNMENT"
)

// Transfer is one line of the bounce ledger: what a department that gave work away still sees of it.
type Transfer struct {
	ID            models.ID
	ApplicationID models.ID
	StepID        string // "" for the acceptance
	Kind          TransferKind
	FromCode      string
	ToCode        string
	Reason        string
	At            time.Time
	ByID          models.ID

	// Filled for reading.
	Number     string
	State      State
	StateLabel models.Text
	Item       *catalogue.Item
	StepName   models.Text
	From, To   *catalogue.Department
	By         *StaffMember
}

// TransferPair is how often work went from one department to another in a month.
type TransferPair struct {
	From, To                                    *catalogue.Department
	Transfers, Refusals, Arbitrations, Assigned int
}

// handing finds a piece of work: the acceptance ("") or a step that is being worked on, and whose it is.
func (m *move) handing(stepID string) (handing *Handing, department *string, err error) {
	if stepID == "" {
		if m.kase.State != Submitted {
			return nil, nil, refused(m.kase.State)
		}
		return &m.kase.Progress.Acceptance, &m.kase.Lead, nil
	}
	step := m.kase.Step(stepID)
	if step == nil {
		return nil, nil, models.NotFound()
	}
	if step.State != StepActive {
		return nil, nil, stepRefused(step.State)
	}
	return &step.Handing, &step.Department, nil
}

// workName names a piece of work.
func (m *move) workName(stepID string) models.Text {
	if stepID == "" {
		return models.T("受理", "Acceptance")
	}
	return m.stepName(stepID)
}

// transfer hands a piece of work to another department. Number, clock and followers stay. A department that was handed it and
// hands it back or on without having taken it refuses it; after the second refusal it lies with an arbiter, whose word stands.
func (m *move) transfer(stepID string, to *catalogue.Department, reason string, byArbiter bool) (*Transfer, error) {
	row, err := permit(m.kase.State, ActionTransfer)
	if err != nil {
		return nil, err
	}
	handing, department, err := m.handing(stepID)
	if err != nil {
		return nil, err
	}
	line := &Transfer{
		ID: models.NewID(), ApplicationID: m.kase.ID, StepID: stepID, FromCode: *department, ToCode: to.Code, Reason: reason, At: m.now, ByID: m.actor.ID,
	}
	moved := Moved{Step: stepID, From: *department, To: to.Code}
	if handing.Arbiter {
		moved.From = "" // given up before
	}
	if line.Kind, err = handing.next(byArbiter, m.kase.State); err != nil {
		return nil, err
	}
	if line.Kind == TransferToArbiter {
		moved.To = ""
	} else {
		*department = to.Code
	}
	m.kase.enter(row, m.kase.State)
	m.tellTransfer(line, to)
	if stepID != "" && moved.From != moved.To {
		m.moved = append(m.moved, moved)
	}
	return line, nil
}

// next gives what handing the work on means now, and notes it.
func (h *Handing) next(byArbiter bool, state State) (TransferKind, error) {
	switch {
	case byArbiter:
		h.Offered, h.Arbiter, h.Assigned = false, false, true
		return TransferAssignment, nil
	case h.Arbiter:
		return "", waitsForArbiter(state)
	case h.Assigned:
		return "", models.Conflict(models.T("已经由政务服务中心裁定由本部门办理，不能再次转出", "An arbiter has assigned it to your department; it cannot be handed on"), string(state))
	case h.Offered && h.Refusals+1 >= refusalsBeforeArbiter:
		h.Refusals++
		h.Offered, h.Arbiter = false, true
		return TransferToArbiter, nil
	case h.Offered:
		h.Refusals++
		return TransferRefusal, nil
	}
	h.Offered = true
	return TransferOrdinary, nil
}

func waitsForArbiter(state State) *models.Fault {
	return models.Conflict(models.T("两次退回后须由政务服务中心裁定，请等待裁定结果", "It was refused twice: an arbiter decides whose it is; please wait for the decision"), string(state))
}

func (m *move) tellTransfer(line *Transfer, to *catalogue.Department) {
	name := m.workName(line.StepID)
	title := phrase(models.T("“{}”转由{}办理", "“{}” goes to {}"), name, to.Name)
	switch line.Kind {
	case TransferToArbiter:
		title = phrase(models.T("“{}”由政务服务中心裁定承办部门", "The service centre decides which department handles “{}”"), name)
	case TransferAssignment:
		title = phrase(models.T("政务服务中心裁定“{}”由{}办理", "The service centre has assigned “{}” to {}"), name, to.Name)
	}
	m.happened(EventTransferred, title, phrase(models.T("原因：{}。编号和办理期限不变，您无需重新申请。", "Reason: {}. Number and due date stay; you need not apply again."),
		plain(line.Reason)), of(line.FromCode))
}

// takeOver notes that the department which a piece of work was handed to works on it: it is no refusal any more to hand it on.
func (m *move) takeOver(stepID string) error {
	handing, department, err := m.handing(stepID)
	if err != nil {
		return err
	}
	if handing.Arbiter {
		return waitsForArbiter(m.kase.State)
	}
	if !handing.Offered {
		return nil
	}
	row, err := permit(m.kase.State, ActionTakeOver)
	if err != nil {
		return err
	}
	handing.Offered = false
	m.kase.enter(row, m.kase.State)
	m.happened(EventTransferTaken, phrase(models.T("“{}”已由接收部门接办", "The department that “{}” went to has taken it"), m.workName(stepID)), nil, of(*department))
	return nil
}
