package delegation

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"onewindow/models"
	"onewindow/models/resident"
	"onewindow/models/store"
)

// CodeSent is a code on its way to a phone.
type CodeSent struct {
	SentTo    *string
	ExpiresAt *time.Time
}

// Codes are one-time codes for what this room asks people: each is good for its phone and its matter alone. server/app hands
// them over.
type Codes struct {
	// Help asks the owner of a phone for a yes to what About says; Contact asks for a yes to a change of the second contact.
	Help, Contact func(ctx context.Context, actor models.Actor, phone models.PhoneNumber, matter string, about models.Text) (*CodeSent, []*models.Problem, error)
	// HelpProven and ContactProven tell whether the code that came back is right, and use it up.
	HelpProven, ContactProven func(ctx context.Context, phone models.PhoneNumber, matter, code string) (bool, error)
	// CountTry counts a try at a code that cancels a hand-in, by the caller's address.
	CountTry func(ctx context.Context, actor models.Actor) error
}

// requestLife is how long a request is kept: as long as it counts among those of a day. Whoever never said yes leaves nothing here.
const requestLife = 24 * time.Hour

// Tidy removes requests that are over, with the phones that they went to.
func (s *Service) Tidy(ctx context.Context) error {
	err := s.Store.InTx(ctx, func(tx *store.Tx) error { return deleteRequests(tx, tx.Now.Add(-requestLife)) })
	return wrap("tidy help requests", err)
}

// codeLife is how long after asking a yes is taken; the code itself may end before.
const codeLife = 10 * time.Minute

// HelpPerson has the owner of a phone asked to let the caller, a volunteer, help. The answer is the same whether the phone is
// known or not.
func (s *Service) HelpPerson(ctx context.Context, actor models.Actor, wanted HelpWanted) (*HelpRequest, []*models.Problem, error) {
	if !actor.MayBeDelegate() {
		return nil, nil, models.NotAllowed()
	}
	if len(wanted.ItemCodes) == 0 || len(wanted.Powers) == 0 {
		return nil, nil, models.BadInput(models.T("itemCodes 和 powers 不能为空", "itemCodes and powers must not be empty"))
	}
	phone, err := models.ParsePhone(wanted.Phone)
	if err != nil {
		return nil, []*models.Problem{phoneFormat("phone")}, nil //nolint:nilerr // a problem: what the caller can mend
	}
	problems := wanted.check(s.today(), s.Settings.Days, s.KnownItem)
	if len(problems) > 0 {
		return nil, problems, nil
	}
	var request *HelpRequest
	var about models.Text
	err = s.Store.InTx(ctx, func(tx *store.Tx) (err error) {
		request, about, problems, err = s.ask(tx, actor, phone, wanted)
		return err
	})
	if err != nil || len(problems) > 0 {
		return nil, problems, wrap("help person", err)
	}
	sent, problems, err := s.Codes.Help(ctx, actor, phone, string(request.ID), about)
	if err != nil || len(problems) > 0 {
		return nil, problems, wrap("help person", err)
	}
	request.SentTo, request.ExpiresAt = sent.SentTo, sent.ExpiresAt
	return request, nil, nil
}

func (s *Service) ask(tx *store.Tx, actor models.Actor, phone models.PhoneNumber, wanted HelpWanted) (*HelpRequest, models.Text, []*models.Problem, error) {
	volunteer, err := s.activeVolunteer(tx, actor.ID, wanted.ServicePoint)
	if err != nil {
		return nil, nil, nil, err
	}
	helper, err := s.Residents.ByIDIn(tx, actor.ID)
	if err != nil {
		return nil, nil, nil, err
	}
	if !vouched(actor, helper) {
		return nil, nil, identityRequired(), nil
	}
	person, err := s.Residents.ByPhoneIn(tx, phone)
	if err != nil {
		return nil, nil, nil, err
	}
	if person != nil && person.ID == actor.ID {
		return nil, nil, []*models.Problem{models.NewProblem("MISMATCH", "phone", models.T("不能代办自己的事项", "You cannot volunteer to help yourself"))}, nil
	}
	lately, err := requestsSince(tx, actor.ID, tx.Now.Add(-requestLife))
	if err != nil {
		return nil, nil, nil, err
	}
	if lately >= s.Settings.Requests {
		return nil, nil, []*models.Problem{models.NewProblem("TOO_MANY", "", models.T("今天发出的代办请求过多，请明天再试", "Too many requests today, please go on tomorrow"))}, nil
	}
	request := &HelpRequest{ID: models.NewID(), Wanted: wanted, CreatedAt: tx.Now, phone: phone, volunteerID: volunteer.ID}
	return request, s.askWords(helper, volunteer, wanted), nil, s.insertRequest(tx, request)
}

// vouched tells whether it is known who helps: a resident by the proven identity, a volunteer with an account by whoever gave it.
func vouched(actor models.Actor, helper *resident.Resident) bool {
	return helper.Bound() || actor.Kind == models.Volunteer
}

// activeVolunteer locks the caller's enrolment, at a point or at the one enrolled at last; who has none is refused.
func (s *Service) activeVolunteer(tx *store.Tx, person models.ID, point *string) (*Volunteer, error) {
	all, err := s.enrolmentsLocked(tx, person)
	if err != nil {
		return nil, err
	}
	today := models.DateOf(tx.Now)
	for _, one := range all {
		if one.on(today).State == Enrolled && (point == nil || *point == one.ServicePoint.Code) {
			return one, nil
		}
	}
	return nil, models.NotAllowed()
}

// askWords say who asks, for which point, for what and for how long.
func (s *Service) askWords(helper *resident.Resident, volunteer *Volunteer, wanted HelpWanted) models.Text {
	return models.T(
		fmt.Sprintf("志愿者%s（%s）请求代您办理%s：%s，%d天内有效", helper.DisplayName(), volunteer.ServicePoint.Name,
			s.itemWords(wanted.ItemCodes, models.Chinese), powerWords(wanted.Powers, models.Chinese), wanted.Days),
		fmt.Sprintf("volunteer %s (%s) asks to help you with %s: to %s, for %d days", helper.DisplayName(), volunteer.ServicePoint.Name,
			s.itemWords(wanted.ItemCodes, models.English), powerWords(wanted.Powers, models.English), wanted.Days))
}

// itemsSaid is how many items a message names.
const itemsSaid = 3

func (s *Service) itemWords(codes []string, locale models.Locale) string {
	names := make([]string, 0, itemsSaid)
	for _, code := range codes[:min(len(codes), itemsSaid)] {
		names = append(names, s.ItemName(code).In(locale))
	}
	if locale == models.English {
		words := strings.Join(names, ", ")
		if len(codes) > itemsSaid {
			words += fmt.Sprintf(" and %d more", len(codes)-itemsSaid)
		}
		return words
	}
	words := "“" + strings.Join(names, "”“") + "”"
	if len(codes) > itemsSaid {
		words += fmt.Sprintf("等%d项", len(codes))
	}
	return words
}

func powerWords(powers []Power, locale models.Locale) string {
	said := map[Power]models.Text{
		Fill: models.T("填写", "fill in"), Submit: models.T("提交", "hand in"), Track: models.T("查看进度", "follow the progress"),
	}
	words := make([]string, len(powers))
	for i, power := range powers {
		words[i] = said[power].In(locale)
	}
	if locale == models.English {
		return strings.Join(words, ", ")
	}
	return strings.Join(words, "、")
}

// codeMismatch is one wording for a wrong code, one that has expired or was used, and a request that is over.
func codeMismatch() []*models.Problem {
	return []*models.Problem{models.NewProblem("MISMATCH", "code", models.T(
		"验证码不正确或已失效，请核对或重新发起请求", "The code is wrong or no longer valid, please check it or ask again"))}
}

// ConfirmHelp makes help of a request with the code that its person has read out. The same request again is the help that stands.
func (s *Service) ConfirmHelp(ctx context.Context, actor models.Actor, id models.ID, code string) (*Delegation, []*models.Problem, error) {
	request, confirmed, err := s.ownRequest(ctx, actor, id)
	if err != nil || confirmed != nil {
		return confirmed, nil, wrap("confirm help", err)
	}
	if !s.Store.Clock().Now().Before(request.CreatedAt.Add(codeLife)) {
		return nil, codeMismatch(), nil
	}
	right, err := s.Codes.HelpProven(ctx, request.phone, string(request.ID), code)
	if err != nil {
		return nil, nil, wrap("confirm help", err)
	}
	if !right {
		return nil, codeMismatch(), nil
	}
	var begun *Delegation
	var problems []*models.Problem
	err = s.Store.InTx(ctx, func(tx *store.Tx) (err error) {
		begun, problems, err = s.help(ctx, tx, actor, request)
		return err
	})
	if err != nil || len(problems) > 0 {
		return nil, problems, wrap("confirm help", err)
	}
	return begun, nil, nil
}

// ownRequest is a request of the caller's, and what came of it if it was confirmed; any other does not exist.
func (s *Service) ownRequest(ctx context.Context, actor models.Actor, id models.ID) (*HelpRequest, *Delegation, error) {
	if !actor.MayBeDelegate() {
		return nil, nil, models.NotAllowed()
	}
	if _, valid := models.ParseID(string(id)); !valid {
		return nil, nil, models.NotFound()
	}
	db := s.Store.Reader(ctx)
	request, asker, err := s.request(db, id)
	if err != nil {
		return nil, nil, err
	}
	if request == nil || asker != actor.ID {
		return nil, nil, models.NotFound()
	}
	if request.delegationID == "" {
		return request, nil, nil
	}
	confirmed, err := s.byID(db, request.delegationID)
	if err != nil || confirmed == nil {
		return nil, nil, wrap("confirmed help", err)
	}
	return request, confirmed.on(s.today()), nil
}

// help begins within the volunteer's caseload: the enrolment is held, so that no two beginnings count past each other.
func (s *Service) help(ctx context.Context, tx *store.Tx, actor models.Actor, request *HelpRequest) (*Delegation, []*models.Problem, error) {
	today := models.DateOf(tx.Now)
	all, err := s.enrolmentsLocked(tx, actor.ID)
	if err != nil {
		return nil, nil, err
	}
	position := slices.IndexFunc(all, func(one *Volunteer) bool { return one.ID == request.volunteerID })
	if position < 0 || all[position].on(today).State != Enrolled {
		return nil, nil, models.NotAllowed()
	}
	volunteer := all[position]
	person, err := s.Residents.ByPhoneIn(tx, request.phone)
	if err != nil {
		return nil, nil, err
	}
	if person == nil || !person.Bound() {
		return nil, []*models.Problem{models.NewProblem("IDENTITY_REQUIRED", "requestId", models.T(
			"对方还没有实名认证，请先由本人登录认证，或到窗口办理", "The person has not proven an identity yet: please have them sign in and do so, or go to a window"))}, nil
	}
	helped, err := helpedNow(tx, actor.ID, today)
	if err != nil {
		return nil, nil, err
	}
	if overloaded(helped, person.ID, s.Settings.Caseload) {
		return nil, []*models.Problem{models.NewProblem("TOO_MANY", "requestId", models.T(
			fmt.Sprintf("您正在帮助的人已达上限（%d 人），请先结束一些", s.Settings.Caseload),
			fmt.Sprintf("You are helping %d people, which is the most; please end some first", s.Settings.Caseload)))}, nil
	}
	named, err := s.contact(tx.DB, person.ID)
	if err != nil {
		return nil, nil, err
	}
	helper, err := s.Residents.ByIDIn(tx, actor.ID)
	if err != nil {
		return nil, nil, err
	}
	if !vouched(actor, helper) {
		return nil, identityRequired(), nil
	}
	owner := (*resident.Resident)(nil)
	if !named.phone.IsZero() {
		if owner, err = s.Residents.ByPhoneIn(tx, named.phone); err != nil {
			return nil, nil, err
		}
	}
	if owner != nil && owner.ID == actor.ID {
		return nil, []*models.Problem{models.NewProblem("MISMATCH", "requestId", models.T(
			"您是对方的第二联系人，不能同时作为志愿者代办", "You are this person's second contact and cannot be the volunteer too"))}, nil
	}
	begun := &Delegation{
		ID: models.NewID(), Kind: Helper, State: Active, Powers: request.Wanted.Powers, ItemCodes: request.Wanted.ItemCodes,
		Until: ends(today, request.Wanted.Days, volunteer.Until), GrantorID: person.ID, DelegateID: actor.ID, CreatedAt: tx.Now,
		ServicePoint: &volunteer.ServicePoint, phone: helper.Phone, volunteerID: volunteer.ID,
	}
	if err := s.insert(tx, begun); err != nil {
		return nil, nil, err
	}
	if err := confirmRequest(tx, request.ID, begun.ID); err != nil {
		return nil, nil, err
	}
	return begun, nil, s.Tell(ctx, tx, person.ID, News{Notice: NoticeHelpBegun, About: s.askWords(helper, volunteer, request.Wanted)})
}
