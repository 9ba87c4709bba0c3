package delegation

import (
	"context"
	"fmt"
	"time"

	"onewindow/models"
	"onewindow/models/audit"
	"onewindow/models/resident"
	"onewindow/models/store"
)

// enrols tells whether staff may enrol volunteers and end that.
func enrols(actor models.Actor) bool { return actor.Has(models.FrontDesk, models.Supervisor) }

// EnrolVolunteer makes a resident a volunteer of a service point of the caller's department. Enrolled there already, the
// volunteer gets the new last day.
func (s *Service) EnrolVolunteer(ctx context.Context, actor models.Actor, input Enrolment) (*Volunteer, []*models.Problem, error) {
	if !enrols(actor) || actor.DepartmentCode == "" {
		return nil, nil, models.NotAllowed()
	}
	phone, err := models.ParsePhone(input.Phone)
	if err != nil {
		return nil, []*models.Problem{phoneFormat("phone")}, nil //nolint:nilerr // a problem: what the caller can mend
	}
	if problems := input.check(s.today()); len(problems) > 0 {
		return nil, problems, nil
	}
	var enrolled *Volunteer
	var problems []*models.Problem
	err = s.Store.InTx(ctx, func(tx *store.Tx) (err error) {
		enrolled, problems, err = s.enrol(ctx, tx, actor, phone, input)
		return err
	})
	if err != nil || len(problems) > 0 {
		return nil, problems, wrap("enrol volunteer", err)
	}
	return enrolled, nil, s.fill(ctx, []*Volunteer{enrolled})
}

func (s *Service) enrol(ctx context.Context, tx *store.Tx, actor models.Actor, phone models.PhoneNumber, input Enrolment) (*Volunteer, []*models.Problem, error) {
	person, err := s.Residents.ByPhoneIn(tx, phone)
	if err != nil {
		return nil, nil, err
	}
	if person == nil || !person.Bound() {
		return nil, []*models.Problem{models.NewProblem("IDENTITY_REQUIRED", "phone", models.T(
			"请志愿者先用这个手机号登录并完成实名认证", "Please have the volunteer sign in with this phone and prove their identity first"))}, nil
	}
	if err := tx.Lock(ctx, "service-point", input.ServicePoint.Code); err != nil {
		return nil, nil, err
	}
	others, err := pointDepartments(tx, input.ServicePoint.Code)
	if err != nil {
		return nil, nil, err
	}
	for _, department := range others {
		if department != actor.DepartmentCode {
			return nil, []*models.Problem{models.NewProblem("TAKEN", "servicePoint.code", models.T(
				"这个服务点编号已被其他部门使用", "Another department uses this code for a service point"))}, nil
		}
	}
	enrolled := &Volunteer{
		ID: models.NewID(), ResidentID: person.ID, Until: input.Until, EnrolledAt: tx.Now, State: Enrolled,
		ServicePoint: ServicePoint{input.ServicePoint.Code, input.ServicePoint.Name, actor.DepartmentCode},
	}
	known, err := s.enrolmentAt(tx, person.ID, input.ServicePoint.Code)
	switch {
	case err != nil:
		return nil, nil, err
	case known != nil && known.Until == input.Until && known.ServicePoint == enrolled.ServicePoint:
		return known.on(models.DateOf(tx.Now)), nil, nil
	case known != nil:
		enrolled.ID, enrolled.EnrolledAt = known.ID, known.EnrolledAt
		err = renewEnrolment(tx, enrolled)
	default:
		err = insertVolunteer(tx, enrolled, actor.ID)
	}
	if err != nil {
		return nil, nil, err
	}
	err = s.Audit.Record(tx, audit.Record{
		SubjectID: person.ID, ActorID: actor.ID, Purpose: models.T("登记服务点志愿者", "enrolling a service point's volunteer"),
		Actor: audit.Actor{Role: string(actor.Roles[0]), DepartmentCode: actor.DepartmentCode}, Fields: []string{"name", "phone"},
	})
	if err != nil {
		return nil, nil, err
	}
	return enrolled, nil, s.Tell(ctx, tx, person.ID, News{Notice: NoticeEnrolled, About: enrolled.words()})
}

// Post is where a volunteer with an account of the house helps: the account's id, who it is, and the point.
type Post struct {
	AccountID models.ID
	Name      models.PersonName
	Point     ServicePoint
}

// Accounts gives volunteers' accounts their records among people and enrols each at its point, once: an enrolment that was ended
// stays so. It lasts as long as the account.
func (s *Service) Accounts(ctx context.Context, posts []Post) error {
	err := s.Store.InTx(ctx, func(tx *store.Tx) error {
		for _, post := range posts {
			if err := s.Residents.StandIn(tx, post.AccountID, post.Name); err != nil {
				return err
			}
			known, err := s.enrolments(tx.DB, post.AccountID)
			if err != nil {
				return err
			}
			if len(known) > 0 {
				continue
			}
			enrolled := &Volunteer{ID: models.NewID(), ResidentID: post.AccountID, Until: noEnd, ServicePoint: post.Point}
			if err := insertVolunteer(tx, enrolled, post.AccountID); err != nil {
				return err
			}
		}
		return nil
	})
	return wrap("volunteers' accounts", err)
}

// noEnd is the day of an enrolment that ends with its account.
var noEnd = models.DateOf(time.Date(2099, time.December, 31, 12, 0, 0, 0, models.Zone))

// words name the point and the last day.
func (v *Volunteer) words() models.Text {
	return models.T(
		fmt.Sprintf("%s，至%d年%d月%d日", v.ServicePoint.Name, v.Until.Year(), v.Until.Month(), v.Until.Day()),
		fmt.Sprintf("%s, until %d %s %d", v.ServicePoint.Name, v.Until.Day(), v.Until.Month(), v.Until.Year()))
}

// EndVolunteer ends an enrolment and all help that rests on it, at once. Ended already, it stays so.
func (s *Service) EndVolunteer(ctx context.Context, actor models.Actor, id models.ID) (*Volunteer, []*models.Problem, error) {
	if !enrols(actor) {
		return nil, nil, models.NotAllowed()
	}
	if _, valid := models.ParseID(string(id)); !valid {
		return nil, nil, models.NotFound()
	}
	var found *Volunteer
	err := s.Store.InTx(ctx, func(tx *store.Tx) error {
		var err error
		if found, err = s.lockedVolunteer(tx, id); err != nil {
			return err
		}
		if found == nil || !actor.Reaches(found.ServicePoint.Department) {
			return models.NotFound()
		}
		if found.endedAt != nil {
			return nil
		}
		found.endedAt = &tx.Now
		if err := endVolunteer(tx, id); err != nil {
			return err
		}
		helped, err := s.ofVolunteer(tx, id)
		if err != nil {
			return err
		}
		if err := endHelp(tx, id); err != nil {
			return err
		}
		for _, one := range helped {
			s.ended(tx, one)
			if err := s.Tell(ctx, tx, one.GrantorID, News{Notice: NoticeEnded}); err != nil {
				return err
			}
		}
		return s.Tell(ctx, tx, found.ResidentID, News{Notice: NoticeVolunteerEnded, About: found.words()})
	})
	if err != nil {
		return nil, nil, wrap("end volunteer", err)
	}
	return found.on(s.today()), nil, s.fill(ctx, []*Volunteer{found})
}

// Volunteers lists those of the caller's department, or of the whole city for who has it in reach; the newest first.
func (s *Service) Volunteers(ctx context.Context, actor models.Actor, point string, page models.PageRequest, withTotal bool) (*models.Page[*Volunteer], error) {
	if !enrols(actor) {
		return nil, models.NotAllowed()
	}
	department := actor.DepartmentCode
	if actor.CityReach {
		department = ""
	}
	found, total, err := s.volunteers(s.Store.Reader(ctx), department, point, page, withTotal)
	if err != nil {
		return nil, wrap("volunteers", err)
	}
	today := s.today()
	for _, one := range found {
		one.on(today)
	}
	if err := s.fill(ctx, found); err != nil {
		return nil, err
	}
	return models.NewPage(found, page, total, func(v *Volunteer) string { return store.Cursor(v.ID) }), nil
}

// Volunteering are the enrolments of a person, the newest first.
func (s *Service) Volunteering(ctx context.Context, person models.ID) ([]*Volunteer, error) {
	found, err := s.enrolments(s.Store.Reader(ctx), person)
	if err != nil {
		return nil, wrap("volunteering", err)
	}
	today := s.today()
	for _, one := range found {
		one.on(today)
	}
	return found, s.fill(ctx, found)
}

// fill tells of volunteers who they are and how many people they help: two statements however many they are.
func (s *Service) fill(ctx context.Context, all []*Volunteer) error {
	if len(all) == 0 {
		return nil
	}
	ids, people := make([]models.ID, len(all)), make([]models.ID, len(all))
	for i, one := range all {
		ids[i], people[i] = one.ID, one.ResidentID
	}
	found, err := s.Residents.ByIDs(ctx, people)
	if err != nil {
		return err
	}
	helping, err := helpedBy(s.Store.Reader(ctx), ids, s.today())
	if err != nil {
		return wrap("volunteers", err)
	}
	for _, one := range all {
		one.Person, one.Helping = found[one.ResidentID], helping[one.ID]
		if one.Person == nil {
			one.Person = &resident.Resident{ID: one.ResidentID}
		}
	}
	return nil
}

func phoneFormat(field string) *models.Problem {
	return models.NewProblem("FORMAT", field, models.T("手机号码格式有误", "The phone number is not valid"))
}

func wrap(what string, err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("%s: %w", what, err)
}
