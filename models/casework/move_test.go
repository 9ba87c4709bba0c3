package casework

import (
	"slices"
	"testing"
	"time"

	"onewindow/models"
	"onewindow/models/calendar"
	"onewindow/models/catalogue"
	"onewindow/models/material"
)

// city is the embedded catalogue, loaded once for the tests of this room.
func city(t *testing.T) *catalogue.Catalogue {
	t.Helper()
	loaded, faults := catalogue.Embedded()
	if len(faults) > 0 {
		t.Fatal(faults.Err())
	}
	return loaded
}

func itemOf(t *testing.T, c *catalogue.Catalogue, code string) *catalogue.Item {
	t.Helper()
	for _, item := range c.Items {
		if item.Code == code {
			return item
		}
	}
	t.Fatalf("no item %s", code)
	return nil
}

func at(t *testing.T, moment string) time.Time {
	t.Helper()
	parsed, err := time.Parse("2006-01-02 15:04", moment)
	if err != nil {
		t.Fatal(err)
	}
	return parsed.Add(-8 * time.Hour).In(models.Zone)
}

// story plays moves on one case, each at its own moment.
type story struct {
	t    *testing.T
	kase *Case
	city *catalogue.Catalogue
	item *catalogue.Item
	skip map[string]bool
	last *move
}

func newStory(t *testing.T, code string) *story {
	t.Helper()
	loaded := city(t)
	item := itemOf(t, loaded, code)
	c := &Case{ID: models.NewID(), ItemCode: code, Lead: item.Lead.Code, State: Draft, Answers: map[string]Answer{}}
	for _, needed := range item.Materials {
		c.Progress.Requirements = append(c.Progress.Requirements, material.Requirement{
			Key: needed.Key, Material: needed.Material.Code, Status: material.Provided, Trust: material.Uploaded, DocumentID: models.NewID(),
		})
	}
	return &story{t: t, kase: c, city: loaded, item: item, skip: map[string]bool{}}
}

func (s *story) at(moment string) *move {
	s.t.Helper()
	s.last = &move{
		kase: s.kase, item: s.item, calendar: s.city.Calendar, now: at(s.t, moment),
		actor:   models.Actor{Kind: models.Staff, ID: models.NewID(), DisplayName: "李强"},
		applies: func(step *catalogue.StepDefinition) bool { return !s.skip[step.ID] }, settings: DefaultSettings(),
	}
	return s.last
}

func (s *story) ok(err error) {
	s.t.Helper()
	if err != nil {
		s.t.Fatalf("refused: %v", err)
	}
	for i, event := range s.last.events {
		if event.Title[models.Chinese] == "" || event.Title[models.English] == "" {
			s.t.Errorf("event %s has no words", event.Kind)
		}
		if i > 0 && event.Sequence != s.last.events[i-1].Sequence+1 {
			s.t.Errorf("events are not numbered without a gap")
		}
	}
}

func (s *story) refused(err error) {
	s.t.Helper()
	if !isConflict(err) {
		s.t.Fatalf("not refused with CONFLICT: %v", err)
	}
}

func (s *story) is(state State) {
	s.t.Helper()
	if s.kase.State != state {
		s.t.Fatalf("state %s, want %s", s.kase.State, state)
	}
}

func (s *story) due(moment, want string) {
	s.t.Helper()
	deadline := s.kase.deadline(s.item, s.city.Calendar, at(s.t, moment))
	if got := models.DateOf(deadline.PromisedDueAt).String(); got != want {
		s.t.Errorf("on %s due %s, want %s", moment, got, want)
	}
}

func TestTheWholeWayOfABirthRegistrationWithOneSupplement(t *testing.T) {
	s := newStory(t, "birth-registration")
	s.skip["inquiry"] = true
	s.ok(s.at("2026-03-02 09:00").submit("1"))
	s.is(Submitted)
	if due := s.kase.acceptanceDue(s.item, s.city.Calendar); models.DateOf(due).String() != "2026-03-03" || !s.kase.wakes(s.item, s.city.Calendar).Equal(due) {
		t.Errorf("acceptance due %v, wake %v", due, s.kase.wakes(s.item, s.city.Calendar))
	}
	s.ok(s.at("2026-03-02 10:00").accept(nil))
	s.is(InReview)
	s.due("2026-03-02 11:00", "2026-03-03")
	if !slices.Equal(s.last.started, []string{"check"}) {
		t.Errorf("started %v", s.last.started)
	}
	reasons := map[string]models.Text{"marriage-certificate": plain("照片不清晰")}
	s.ok(s.at("2026-03-02 14:00").requestSupplement("check", reasons, ""))
	s.is(SupplementRequired)
	requirement := s.kase.Requirement("marriage-certificate")
	if requirement.Status != material.Rejected || models.DateOf(*requirement.DueAt).String() != "2026-03-17" {
		t.Errorf("asked for: %s due %v", requirement.Status, requirement.DueAt)
	}
	if s.kase.Step("check").State != StepSuspended {
		t.Error("the asking step goes on")
	}
	s.refused(s.at("2026-03-03 09:00").approveStep("check", ""))
	s.refused(s.at("2026-03-03 09:00").accept(nil))
	if problems := s.at("2026-03-10 09:00").stillAskedFor(); len(problems) != 1 || problems[0].Code != "REQUIRED" {
		t.Errorf("problems %v", problems)
	}
	met(requirement, material.Provided, &material.Document{ID: models.NewID(), Trust: material.Uploaded})
	s.ok(s.at("2026-03-16 09:00").supplement())
	s.is(InReview)
	s.due("2026-03-16 09:00", "2026-03-16") // the day of resumption counts
	s.refused(s.at("2026-03-16 09:30").requestSupplement("check", reasons, ""))
	s.ok(s.at("2026-03-16 10:00").approveStep("check", "同意"))
	if s.kase.Step("inquiry").State != StepSkipped || s.kase.Step("register").State != StepActive {
		t.Errorf("steps %+v", s.kase.Progress.Steps)
	}
	s.ok(s.at("2026-03-16 10:05").approveStep("register", ""))
	s.is(Approved)
	s.ok(s.at("2026-03-16 10:05").issue([]Result{{Material: "household-register", Method: Electronic, State: DeliveryDelivered}}))
	s.is(Completed)
	s.refused(s.at("2026-03-17 10:00").withdraw(""))
}

func TestNoNoticeInTimeMeansAcceptedAsOfTheDayOfReceipt(t *testing.T) {
	s := newStory(t, "old-age-allowance")
	s.ok(s.at("2026-02-13 16:00").submit("1"))
	s.ok(s.at("2026-03-02 00:00").deemAccept(nil))
	s.is(InReview)
	if !s.kase.AcceptedAt.Equal(at(t, "2026-02-13 16:00")) || !s.kase.Progress.Deemed {
		t.Errorf("accepted at %v", s.kase.AcceptedAt)
	}
	s.due("2026-03-02 00:00", "2026-03-02") // seven working days over the Spring Festival
}

func TestASupplementBeforeAcceptanceStartsTheAcceptanceDaysAnew(t *testing.T) {
	s := newStory(t, "public-rental-housing")
	s.ok(s.at("2026-03-02 09:00").submit("1"))
	s.ok(s.at("2026-03-03 09:00").requestSupplement(stageAcceptance, map[string]models.Text{"id-card": nil}, "请补"))
	s.refused(s.at("2026-03-04 09:00").accept(nil))
	met(s.kase.Requirement("id-card"), material.Provided, &material.Document{ID: models.NewID()})
	s.ok(s.at("2026-03-20 09:00").supplement())
	s.is(Submitted)
	if due := models.DateOf(s.kase.acceptanceDue(s.item, s.city.Calendar)); due.String() != "2026-03-25" {
		t.Errorf("acceptance due %s", due)
	}
	if s.kase.deadline(s.item, s.city.Calendar, at(t, "2026-03-20 09:00")) != nil {
		t.Error("a promise runs before acceptance")
	}
}

func TestWhatDoesNotComeInTimeLapsesAndStaysReadable(t *testing.T) {
	s := newStory(t, "birth-registration")
	s.ok(s.at("2026-03-02 09:00").submit("1"))
	s.ok(s.at("2026-03-02 10:00").requestSupplement(stageAcceptance, map[string]models.Text{"household-register": nil}, ""))
	s.ok(s.at("2026-03-18 00:00").lapse())
	s.is(Lapsed)
	if len(s.kase.Progress.Requirements) != len(s.item.Materials) || s.kase.wakes(s.item, s.city.Calendar) != nil || s.kase.FinishedAt == nil {
		t.Error("something was lost, or the case would wake again")
	}
}

func TestStepsWithNoOrderBetweenThemRunAtTheSameTimeAndOneRefusalCallsOffTheOthers(t *testing.T) {
	s := newStory(t, "public-rental-housing")
	s.skip["car"] = true
	s.ok(s.at("2026-03-02 09:00").submit("1"))
	s.ok(s.at("2026-03-02 10:00").accept(nil))
	s.ok(s.at("2026-03-03 10:00").approveStep("accept", ""))
	if !slices.Equal(s.last.started, []string{"housing", "income", "insured"}) {
		t.Fatalf("started %v", s.last.started)
	}
	reasons := map[string]models.Text{"income-proof": nil}
	s.ok(s.at("2026-03-04 10:00").requestSupplement("income", reasons, ""))
	s.ok(s.at("2026-03-05 10:00").approveStep("housing", "")) // the other steps go on
	s.is(SupplementRequired)
	s.refused(s.at("2026-03-05 11:00").requestSupplement("insured", reasons, ""))
	s.ok(s.at("2026-03-06 10:00").rejectStep("insured", "社保不足"))
	s.is(Rejected)
	if !slices.Equal(s.last.cancelled, []string{"income"}) {
		t.Errorf("cancelled %v", s.last.cancelled)
	}
	for _, step := range s.kase.Progress.Steps {
		if step.State == StepActive || step.State == StepSuspended || step.State == StepWaiting {
			t.Errorf("step %s is still %s", step.ID, step.State)
		}
	}
	rejected := s.last.events[len(s.last.events)-1]
	if rejected.Kind != EventRejected || rejected.Detail[models.Chinese] == "" {
		t.Error("the reason and the way of appeal are not told")
	}
}

func TestADeferredMaterialHasItsDeadlineInsideThePromiseAndHoldsTheLastApproval(t *testing.T) {
	s := newStory(t, "old-age-allowance")
	s.skip["visit"] = true
	paper := s.kase.Requirement("power-of-attorney")
	paper.Status, paper.DocumentID = material.Missing, ""
	s.ok(s.at("2026-03-02 09:00").submit("1"))
	if paper.Status != material.Deferred {
		t.Fatalf("left for later: %s", paper.Status)
	}
	s.ok(s.at("2026-03-02 10:00").accept([]string{"power-of-attorney"}))
	if due := models.DateOf(*paper.DueAt); due.String() != "2026-03-10" {
		t.Errorf("deferred until %s, the promise ends 2026-03-11", due)
	}
	s.refused(s.at("2026-03-02 11:00").accept([]string{"id-card"}))
	for _, step := range []string{"verify", "approve"} {
		s.ok(s.at("2026-03-03 10:00").approveStep(step, ""))
	}
	s.refused(s.at("2026-03-04 10:00").approveStep("notify", ""))
	if err := s.at("2026-03-04 11:00").mayHandIn(paper); err != nil {
		t.Fatal(err)
	}
	met(paper, material.Provided, &material.Document{ID: models.NewID()})
	s.ok(s.at("2026-03-04 12:00").approveStep("notify", ""))
	s.is(Approved)
}

func TestASpecialStepStandsStillWithItsNoticeAndGoesOnWhenItEnds(t *testing.T) {
	s := newStory(t, "old-age-allowance")
	s.ok(s.at("2026-03-02 09:00").submit("1"))
	s.ok(s.at("2026-03-02 10:00").accept(nil))
	s.due("2026-03-02 10:00", "2026-03-11")
	s.ok(s.at("2026-03-04 09:00").suspendStep("verify", "入户核查", "杭民通〔2026〕1号", nil))
	s.refused(s.at("2026-03-04 10:00").approveStep("verify", ""))
	s.refused(s.at("2026-03-04 10:00").suspendStep("verify", "x", "y", nil))
	s.ok(s.at("2026-03-09 09:00").resumeStep("verify"))
	s.refused(s.at("2026-03-09 10:00").resumeStep("verify"))
	s.due("2026-03-09 10:00", "2026-03-16") // three working days later
	segments := s.kase.deadline(s.item, s.city.Calendar, at(t, "2026-03-09 10:00")).Segments
	found := slices.ContainsFunc(segments, func(segment *calendar.DeadlineSegment) bool {
		return segment.Kind == calendar.SpecialStep && segment.Notice != nil && *segment.Notice == "杭民通〔2026〕1号" && segment.Days == 3
	})
	if !found {
		t.Errorf("the notice is not in the explanation: %+v", segments)
	}
}

func TestWhatCameFromAuthoritiesAloneIsAcceptedByItself(t *testing.T) {
	s := newStory(t, "old-age-allowance")
	for i := range s.kase.Progress.Requirements {
		requirement := &s.kase.Progress.Requirements[i]
		requirement.Status, requirement.Trust = material.Fetched, material.Issued
	}
	s.ok(s.at("2026-03-02 09:00").submit("1"))
	s.is(InReview)
	declared := newStory(t, "old-age-allowance")
	for i := range declared.kase.Progress.Requirements {
		declared.kase.Progress.Requirements[i].Status = material.NotNeeded
	}
	declared.ok(declared.at("2026-03-02 09:00").submit("1"))
	declared.is(Submitted) // nothing but declarations: somebody looks at them
}

func TestTasksFollowTheCase(t *testing.T) {
	s := newStory(t, "birth-registration")
	before := s.kase.clone()
	s.ok(s.at("2026-03-02 09:00").submit("1"))
	changes := s.last.taskChanges(before)
	if len(changes) != 1 || changes[0].row.Kind != TaskAcceptance || changes[0].row.State != TaskOpen {
		t.Fatalf("after submission: %+v", changes)
	}
	before = s.kase.clone()
	s.ok(s.at("2026-03-02 10:00").accept(nil))
	changes = s.last.taskChanges(before)
	if len(changes) != 2 || changes[0].row.State != TaskDone || changes[1].row.StepID != "check" {
		t.Fatalf("after acceptance: %+v", changes)
	}
	before = s.kase.clone()
	s.ok(s.at("2026-03-02 11:00").withdraw("不办了"))
	changes = s.last.taskChanges(before)
	if len(changes) != 1 || changes[0].row.State != TaskCancelled || changes[0].row.StepID != "check" {
		t.Fatalf("after withdrawal: %+v", changes)
	}
}
