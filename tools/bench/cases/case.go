package cases

import (
	"fmt"
	"time"

	"github.com/google/uuid"

	"onewindow/models"
	"onewindow/models/calendar"
	"onewindow/models/casework"
	"onewindow/models/catalogue"
	"onewindow/models/material"
)

// made is one case on its way into the tables.
type made struct {
	number    int
	id        uuid.UUID
	person    uuid.UUID
	item      *catalogue.Item
	state     casework.State
	created   time.Time
	submitted time.Time
	received  time.Time
	accepted  *time.Time
	finished  *time.Time
	progress  casework.Progress
	events    []*casework.Event
	result    uuid.UUID
}

// stateOf gives each case its place: half are over, the others are on their way.
func stateOf(number int) casework.State {
	switch number % 10 {
	case 0, 1, 2, 3, 4:
		return casework.Completed
	case 5, 6, 7:
		return casework.InReview
	case 8:
		return casework.SupplementRequired
	}
	return casework.Submitted
}

// age is how long ago a case began, in hours.
func age(state casework.State, chance int) time.Duration {
	hours := map[casework.State]int{casework.Completed: 24 * 400, casework.InReview: 24 * 12, casework.SupplementRequired: 24 * 9, casework.Submitted: 24}[state]
	return time.Duration(chance%hours+4) * time.Hour
}

// make derives the nth case, its whole life so far.
func (m *maker) make(number int) *made {
	chance := draw(kindCase, number)
	owner := chance.IntN(m.residents)
	c := &made{number: number, person: m.residentID(owner), item: m.items[chance.IntN(len(m.items))], state: m.state(number)}
	c.created = m.now.Add(-age(c.state, chance.IntN(1<<30)))
	if c.state == casework.Completed {
		c.created = c.created.AddDate(0, 0, -20)
	}
	c.id = id(kindCase, number, c.created)
	c.submitted = c.created.Add(40 * time.Minute)
	c.received = c.submitted
	c.requirements(m, owner, number%3 == 0)
	c.steps()
	c.history()
	c.progress.EventCount = EventsOfCase
	return c
}

func (c *made) requirements(m *maker, owner int, deferred bool) {
	for index, definition := range c.item.Materials[:RequirementsOfCase] {
		requirement := material.Requirement{Key: definition.Key, Material: definition.Material.Code, Status: material.Fetched, Trust: material.Issued}
		requirement.DocumentID = models.ID(m.residentDocument(owner, index%documentsOfResident).String())
		if index%2 == 1 {
			requirement.Status = material.Reused
		}
		requirement.Way = requirement.Status
		last := index == RequirementsOfCase-1
		switch {
		case last && c.state == casework.SupplementRequired:
			due := c.created.Add(12 * 24 * time.Hour)
			requirement = material.Requirement{
				Key: requirement.Key, Material: requirement.Material, Status: material.Missing, DueAt: &due, Reason: models.T("照片看不清，请重新提交", "The photo cannot be read; please hand it in again"),
			}
		case last && c.state == casework.InReview && deferred:
			due := c.created.Add(20 * 24 * time.Hour)
			requirement = material.Requirement{Key: requirement.Key, Material: requirement.Material, Status: material.Deferred, DueAt: &due}
		}
		c.progress.Requirements = append(c.progress.Requirements, requirement)
	}
}

// steps brings the departments' parts to where the case's state has them.
func (c *made) steps() {
	if c.state != casework.Submitted {
		accepted := c.submitted.Add(3 * time.Hour)
		c.accepted = &accepted
	}
	if c.state == casework.Completed {
		finished := c.accepted.Add(6 * 24 * time.Hour)
		c.finished = &finished
	}
	for _, definition := range c.item.Steps {
		step := casework.StepProgress{ID: definition.ID, Department: definition.Department.Code, State: casework.StepWaiting}
		switch {
		case c.state == casework.Completed:
			step.State, step.Decision, step.StartedAt, step.FinishedAt = casework.StepDone, casework.Approve, c.accepted, c.finished
		case c.state != casework.Submitted && len(definition.DependsOn) == 0:
			step.State, step.StartedAt = casework.StepActive, c.accepted
		}
		c.progress.Steps = append(c.progress.Steps, step)
	}
	if c.state == casework.SupplementRequired {
		c.supplement()
	}
	if c.state == casework.Completed {
		c.result = id(kindResult, c.number, *c.finished)
		c.progress.Results = []casework.Result{{
			DocumentID: models.ID(c.result.String()), Material: c.item.Results[0].Material.Code, Method: casework.Electronic, State: casework.DeliveryDelivered,
		}}
	}
}

// supplement has the first active step ask for the last requirement, and the clocks stand still.
func (c *made) supplement() {
	asked := c.accepted.Add(20 * time.Hour)
	due := models.DateOf(asked.Add(15 * 24 * time.Hour)).End()
	wait := calendar.Segment{
		Kind: calendar.WaitingForApplicant, From: models.DateOf(asked), Reason: models.T("等待申请人补正材料", "Waiting for documents from the applicant"),
	}
	for index := range c.progress.Steps {
		step := &c.progress.Steps[index]
		if step.State == casework.StepActive {
			step.State, step.Stops = casework.StepSuspended, []calendar.Segment{wait}
			c.progress.Noticed = []string{step.ID}
			c.progress.Supplement = &casework.Supplement{
				Stage: step.ID, RequestedAt: asked, DueAt: due, Note: "请尽快补交", Keys: []string{c.progress.Requirements[RequirementsOfCase-1].Key},
			}
			break
		}
	}
	c.progress.Stops = []calendar.Segment{wait}
}

// history writes the timeline.
func (c *made) history() {
	lead := c.item.Lead.Code
	c.tell(casework.EventStarted, c.created, models.T("开始填写申请", "Application begun"), nil, "")
	c.tell(casework.EventMaterialsFetched, c.created.Add(9*time.Minute), models.T("已调取共享材料", "Shared materials were fetched"),
		models.T("共调取3份材料，无需重复提交", "Three pieces were fetched and need not be handed in"), "")
	if c.state == casework.Submitted {
		c.tell(casework.EventAnswersSaved, c.created.Add(15*time.Minute), models.T("已保存填写内容", "Answers saved"), nil, "")
	}
	c.tell(casework.EventMaterialReused, c.created.Add(20*time.Minute), models.T("已使用卡包中的材料", "A document of the wallet was used"), nil, "")
	if c.state == casework.Submitted {
		c.tell(casework.EventMaterialAttached, c.created.Add(30*time.Minute), models.T("已上传材料", "A document was uploaded"), nil, "")
	}
	c.tell(casework.EventSubmitted, c.submitted, models.T("申请已提交", "Application handed in"),
		models.T("受理编号 "+c.officialNumber()+"，承办部门："+c.item.Lead.Name.In(models.Chinese), "Number "+c.officialNumber()+"; lead department: "+c.item.Lead.Name.In(models.English)), "")
	if c.accepted != nil {
		c.tell(casework.EventAccepted, *c.accepted, models.T("申请已受理", "Application accepted"), nil, lead)
	}
	switch c.state {
	case casework.Completed:
		c.tell(casework.EventCompleted, *c.finished, models.T("已办结", "Completed"), models.T("办理结果已存入电子卡包", "The result is in the wallet"), lead)
	case casework.InReview:
		c.tell(casework.EventStepStarted, *c.accepted, models.T("开始审核", "Review has begun"), nil, c.item.Steps[0].Department.Code)
	case casework.SupplementRequired:
		c.tell(casework.EventSupplementRequested, c.progress.Supplement.RequestedAt, models.T("需要补正材料", "More documents are needed"),
			models.T("请在期限内补交照片", "Please hand the photo in before the date"), lead)
	}
}

func (c *made) tell(kind casework.EventKind, at time.Time, title, detail models.Text, department string) {
	sequence := len(c.events) + 1
	c.events = append(c.events, &casework.Event{
		ID: models.ID(id(kindEvent, c.number*EventsOfCase+sequence, at).String()), Sequence: sequence, At: at, Kind: kind, Title: title, Detail: detail,
		DepartmentCode: department,
	})
}

// spread is coprime to a hundred million, so that numbers are scattered and none comes twice.
const spread = 618_033_989

// officialNumber has the form of the room's numbers: day, eight digits, check digit (Luhn).
func (c *made) officialNumber() string {
	digits := c.submitted.In(models.Zone).Format("20060102") + fmt.Sprintf("%08d", c.number*spread%100_000_000)
	return digits + string(rune('0'+casework.CheckDigit(digits)))
}
