package casework

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/riverqueue/river"
	"github.com/riverqueue/river/rivertype"

	"onewindow/models"
	"onewindow/models/catalogue"
	"onewindow/models/delegation"
	"onewindow/models/material"
	"onewindow/models/store"
)

// FetchRequest asks a department for one document of one resident.
type FetchRequest struct {
	// ResidentID is whom it is about, ApplicantID whose application needs it.
	ResidentID     models.ID
	ApplicantID    models.ID
	DepartmentCode string
	Material       *catalogue.Material
	// Purpose says what it is for, and ApplicationID for which case.
	Purpose       string
	ApplicationID models.ID
}

// Fetched is what a department gave.
type Fetched = material.FetchedDocument

// FetchArgs is the job that goes on asking after the resident has had an answer.
type FetchArgs struct {
	ApplicationID models.ID `json:"applicationId" river:"unique"`
	Key           string    `json:"key"           river:"unique"`
	// Department is who issues the material.
	Department string `json:"department,omitempty"`
	// Until is when asking ends.
	Until time.Time `json:"until"`
}

// unfinished are the states of a job that still asks: of those there is one for each paper, however often the resident asks.
var unfinished = []rivertype.JobState{
	rivertype.JobStateAvailable, rivertype.JobStatePending, rivertype.JobStateRetryable, rivertype.JobStateRunning, rivertype.JobStateScheduled,
}

// Kind names the job.
func (FetchArgs) Kind() string { return "casework.fetch" }

// InsertOpts puts the job into the departments' queue.
func (FetchArgs) InsertOpts() river.InsertOpts { return river.InsertOpts{Queue: store.DepartmentQueue} }

// ToDepartment is whom the job asks.
func (a FetchArgs) ToDepartment() string { return a.Department }

const (
	// fetchPatience is how long a resident waits for the departments.
	fetchPatience = 2500 * time.Millisecond
	// fetchDays is how long a department is asked again in the background.
	fetchDays = 72 * time.Hour
)

// ErrNoDepartment says that a department has no system to ask, or does not know the resident.
var ErrNoDepartment = errors.New("casework: nobody to ask")

// Withheld says that a department was not asked, because somebody did not agree to it.
type Withheld struct {
	// Purpose is what was not agreed to; Words tell the applicant what follows and what to do, ToHelper somebody who acts for them.
	Purpose         string
	Words, ToHelper models.Text
}

// Error names the purpose.
func (w *Withheld) Error() string { return "casework: no consent to " + w.Purpose }

// Fetch asks the issuing departments for all that they hold, all at once and outside any transaction. What has not come in
// time is asked for in the background. What nobody agreed to is not asked for: it comes back as problems beside the application.
func (s *Service) Fetch(ctx context.Context, actor models.Actor, id models.ID) (*Application, []*models.Problem, error) {
	c, err := s.ownDraft(ctx, actor, id)
	if err != nil {
		return nil, nil, err
	}
	helping := c.acting != nil
	if c, err = s.asOffered(ctx, c); err != nil {
		return nil, nil, err
	}
	people, err := s.peopleNow(ctx, c)
	if err != nil {
		return nil, nil, err
	}
	if !people.subject.Bound() && c.SubjectID == c.ApplicantID {
		return nil, []*models.Problem{identityRequired()}, nil
	}
	item, err := s.item(ctx, c)
	if err != nil {
		return nil, nil, err
	}
	answers := s.ask(ctx, c, item, wanted(c, item))
	changed, _, err := s.change(ctx, actor, id, s.mine(ctx, actor, delegation.Fill), func(tx *store.Tx, m *move) ([]*models.Problem, error) {
		if _, err := permit(m.kase.State, ActionEdit); err != nil {
			return nil, err
		}
		if err := s.bringForwardIn(tx, m); err != nil {
			return nil, err
		}
		return nil, s.takeFetched(ctx, tx, m, answers)
	})
	if err != nil {
		return nil, nil, err
	}
	application, err := s.viewOf(ctx, changed)
	return application, consentRequired(answers, helping), err
}

// consentRequired has a problem for each purpose for want of which a department was not asked.
func consentRequired(answers []fetchAnswer, helping bool) []*models.Problem {
	var problems []*models.Problem
	told := map[string]bool{}
	for _, answer := range answers {
		var withheld *Withheld
		if errors.As(answer.err, &withheld) && !told[withheld.Purpose] {
			told[withheld.Purpose] = true
			words := withheld.Words
			if helping {
				words = withheld.ToHelper
			}
			problems = append(problems, models.NewProblem("CONSENT_REQUIRED", "", words))
		}
	}
	return problems
}

func identityRequired() *models.Problem {
	return models.NewProblem("IDENTITY_REQUIRED", "", models.T("请先完成实名认证", "Please prove your identity first"))
}

func (s *Service) ownDraft(ctx context.Context, actor models.Actor, id models.ID) (*Case, error) {
	if _, valid := models.ParseID(string(id)); !valid {
		return nil, models.NotFound()
	}
	c, err := s.records.one(s.Store.Reader(ctx), false, "id = ?", id)
	if err != nil {
		return nil, err
	}
	if c == nil {
		return nil, models.NotFound()
	}
	if err := s.mine(ctx, actor, delegation.Fill)(nil, c); err != nil {
		return nil, err
	}
	_, err = permit(c.State, ActionEdit)
	return c, err
}

// wanted are the requirements that an authority's system may hold and that nothing as good meets yet.
func wanted(c *Case, item *catalogue.Item) []string {
	var keys []string
	for _, requirement := range c.Progress.Requirements {
		definition, found := item.Material(requirement.Key)
		if found && requirement.Status.Open() && c.awaits(&requirement) == "" && definition.Material.ComesBy(catalogue.Shared) {
			keys = append(keys, requirement.Key)
		}
	}
	return keys
}

// fetchAnswer is what came for one requirement: a document, or nothing (nil, nil), or a failure that may pass.
type fetchAnswer struct {
	key      string
	document *Fetched
	err      error
}

func (s *Service) ask(ctx context.Context, c *Case, item *catalogue.Item, keys []string) []fetchAnswer {
	ctx, cancel := context.WithTimeout(ctx, fetchPatience)
	defer cancel()
	answers := make([]fetchAnswer, len(keys))
	var waiting sync.WaitGroup
	for i, key := range keys {
		waiting.Go(func() {
			definition, _ := item.Material(key)
			document, err := s.askOne(ctx, c, definition.Material, item.Name.In(models.Chinese))
			answers[i] = fetchAnswer{key, document, err}
		})
	}
	waiting.Wait()
	return answers
}

func (s *Service) askOne(ctx context.Context, c *Case, wanted *catalogue.Material, purpose string) (*Fetched, error) {
	return s.FetchMaterial(ctx, FetchRequest{
		ResidentID: c.SubjectID, ApplicantID: c.ApplicantID, DepartmentCode: wanted.Issuer.Code, Material: wanted, Purpose: purpose, ApplicationID: c.ID,
	})
}

// takeFetched enters what came into the wallet and the checklist; what failed for now becomes a job.
func (s *Service) takeFetched(ctx context.Context, tx *store.Tx, m *move, answers []fetchAnswer) error {
	var names []models.Text
	for _, answer := range answers {
		requirement := m.kase.Requirement(answer.key)
		if requirement == nil || !requirement.Status.Open() {
			continue
		}
		definition, _ := m.item.Material(answer.key)
		var withheld *Withheld
		switch {
		case errors.As(answer.err, &withheld):
			requirement.Reason = withheld.Words
		case answer.err != nil && !errors.Is(answer.err, ErrNoDepartment):
			requirement.Reason = phrase(models.T("正在向{}查询，有结果后自动补上；您也可以自行上传", "{} is being asked; it will be added when it comes. You may upload it yourself"),
				definition.Material.Issuer.Name)
			args := FetchArgs{m.kase.ID, answer.key, definition.Material.Issuer.Code, tx.Now.Add(fetchDays)}
			if err := tx.Enqueue(args, &river.InsertOpts{ScheduledAt: tx.Now.Add(10 * time.Second), UniqueOpts: river.UniqueOpts{ByArgs: true, ByState: unfinished}}); err != nil {
				return err
			}
		case answer.document != nil:
			document, err := s.Materials.AddFetched(ctx, tx, m.kase.SubjectID, definition.Material, *answer.document)
			if err != nil {
				return err
			}
			if !document.Valid(m.today()) {
				requirement.Reason = models.T("部门记录显示该证照已过期", "The department's record says that it has expired")
				continue
			}
			met(requirement, material.Fetched, document)
			names = append(names, definition.Material.Name)
		default:
			requirement.Reason = phrase(models.T("{}没有查到这份材料，请上传", "{} has no record of it; please upload it"), definition.Material.Issuer.Name)
		}
	}
	if len(names) > 0 {
		m.happened(EventMaterialsFetched, phrase(models.T("已从部门获取：{}", "Fetched from departments: {}"), list(names)), nil)
	}
	return s.afterMeeting(tx, m)
}

// FetchAgain is the background's turn at one requirement. It ends when there is an answer, when the draft has moved on, or
// after 72 hours.
func (s *Service) FetchAgain(ctx context.Context, args FetchArgs) error {
	c, err := s.records.one(s.Store.Reader(ctx), false, "id = ?", args.ApplicationID)
	if err != nil || c == nil || c.State != Draft {
		return err
	}
	requirement := c.Requirement(args.Key)
	item, err := s.item(ctx, c)
	if err != nil {
		return err
	}
	definition, found := item.Material(args.Key)
	if requirement == nil || !found || !requirement.Status.Open() {
		return nil
	}
	answer := fetchAnswer{key: args.Key}
	answer.document, answer.err = s.askOne(ctx, c, definition.Material, item.Name.In(models.Chinese))
	var withheld *Withheld
	if final := errors.Is(answer.err, ErrNoDepartment) || errors.As(answer.err, &withheld); answer.err != nil && !final {
		if s.Store.Clock().Now().Before(args.Until) {
			return answer.err // the job comes again
		}
		answer.err = ErrNoDepartment
	}
	_, _, err = s.change(ctx, models.SystemActor(), c.ID, func(*store.Tx, *Case) error { return nil },
		func(tx *store.Tx, m *move) ([]*models.Problem, error) {
			if m.kase.State != Draft {
				return nil, errNothingToDo
			}
			return nil, s.takeFetched(ctx, tx, m, []fetchAnswer{answer})
		})
	return unlessNothing(err)
}
