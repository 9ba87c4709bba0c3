package delegation

import (
	"crypto/rand"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"onewindow/models"
	"onewindow/models/resident"
)

// Settings are the limits of help by volunteers that a city may choose. The tags are read by server/config.
type Settings struct {
	Days     int           `env:"DAYS" help:"days for which a person may let a volunteer help, at most" example:"7"`
	Caseload int           `env:"CASELOAD" help:"people whom one volunteer helps at the same time, at most" example:"5"`
	CoolOff  time.Duration `env:"COOL_OFF" help:"time in which what a volunteer handed in can be cancelled by the person or the second contact" example:"72h"`
	Requests int           `env:"REQUESTS" help:"people whom one volunteer may ask within 24 hours" example:"10"`
}

// DefaultSettings hold where nothing is set.
func DefaultSettings() Settings {
	return Settings{Days: 30, Caseload: 10, CoolOff: 48 * time.Hour, Requests: 20}
}

// ServicePoint is where volunteers help: a place of a department or of the service centre.
type ServicePoint struct {
	Code string
	Name string
	// Department answers for it (code).
	Department string
}

// VolunteerState is where an enrolment stands.
type VolunteerState string

// The states of an enrolment.
const (
	Enrolled         VolunteerState = "ENROLLED"
	EnrolmentEnded   VolunteerState = "ENDED"
	EnrolmentExpired VolunteerState = "EXPIRED"
)

// Volunteer is a resident who helps others at a service point until a day.
type Volunteer struct {
	ID           models.ID
	ResidentID   models.ID
	ServicePoint ServicePoint
	Until        models.Date
	State        VolunteerState
	EnrolledAt   time.Time
	// Person is filled for reading.
	Person *resident.Resident
	// Helping is how many people the volunteer helps at the moment.
	Helping int

	endedAt *time.Time
}

// on gives the enrolment as it stands on a day.
func (v *Volunteer) on(day models.Date) *Volunteer {
	switch {
	case v.endedAt != nil:
		v.State = EnrolmentEnded
	case v.Until < day:
		v.State = EnrolmentExpired
	default:
		v.State = Enrolled
	}
	return v
}

// Enrolment is what staff write down of a new volunteer.
type Enrolment struct {
	Phone        string
	ServicePoint PointInput
	Until        models.Date
}

// PointInput names a service point.
type PointInput struct{ Code, Name string }

// The bounds of a service point's code and name, in characters.
const mostCode, mostName = 40, 60

func (e *Enrolment) check(today models.Date) []*models.Problem {
	e.ServicePoint.Code, e.ServicePoint.Name = strings.TrimSpace(e.ServicePoint.Code), strings.TrimSpace(e.ServicePoint.Name)
	var problems []*models.Problem
	if len(e.ServicePoint.Code) == 0 || len(e.ServicePoint.Code) > mostCode || strings.Trim(e.ServicePoint.Code, codeLetters) != "" {
		problems = append(problems, models.NewProblem("FORMAT", "servicePoint.code", models.T(
			"服务点编号由小写字母、数字和连字符组成", "A service point's code is made of small letters, digits and hyphens")))
	}
	if e.ServicePoint.Name == "" || utf8.RuneCountInString(e.ServicePoint.Name) > mostName {
		problems = append(problems, models.NewProblem("FORMAT", "servicePoint.name", models.T(
			"请填写服务点名称，不超过60字", "Please name the service point, in 60 characters at most")))
	}
	switch {
	case e.Until < today:
		problems = append(problems, models.NewProblem("EXPIRED", "until", models.T("截止日期不能早于今天", "The last day cannot be before today")))
	case e.Until > today+Longest:
		problems = append(problems, models.NewProblem("TOO_LARGE", "until", models.T("一次登记最长一年", "An enrolment lasts a year at most")))
	}
	return problems
}

const codeLetters = "abcdefghijklmnopqrstuvwxyz0123456789-"

// HelpWanted is what a volunteer asks of the owner of a phone.
type HelpWanted struct {
	Phone     string
	ItemCodes []string
	Powers    []Power
	Days      int
	// ServicePoint is the code of one of the volunteer's; nil: the one enrolled at last.
	ServicePoint *string
}

// check reads it, as an offer that ends so many days from today.
func (h *HelpWanted) check(today models.Date, most int, known func(code string) bool) []*models.Problem {
	offer := Offer{ItemCodes: h.ItemCodes, Powers: h.Powers, Until: today}
	problems := offer.check(today, known)
	h.ItemCodes, h.Powers = offer.ItemCodes, offer.Powers
	if h.Days < 1 || h.Days > most {
		problems = append(problems, models.NewProblem("TOO_LARGE", "days", models.T(
			fmt.Sprintf("志愿者代办最长 %d 天", most), fmt.Sprintf("A volunteer may help for 1 to %d days", most))))
	}
	return problems
}

// HelpRequest is what a volunteer has asked and the owner of the phone may say yes to.
type HelpRequest struct {
	ID        models.ID
	Wanted    HelpWanted
	CreatedAt time.Time
	// SentTo is the masked phone, ExpiresAt the end of the code; nil where no code went out.
	SentTo    *string
	ExpiresAt *time.Time

	phone        models.PhoneNumber
	volunteerID  models.ID
	delegationID models.ID
}

// overloaded tells whether one person more is one too many; somebody who is helped already is none more.
func overloaded(helped []models.ID, person models.ID, most int) bool {
	return len(helped) >= most && !slices.Contains(helped, person)
}

// ends is the last day of help that begins today: no later than the enrolment.
func ends(today models.Date, days int, enrolment models.Date) models.Date {
	return min(today+models.Date(days-1), enrolment)
}

// HandInAction is what a volunteer handed in.
type HandInAction string

// An application, or what was asked for afterwards.
const (
	HandInApplication HandInAction = "SUBMIT"
	HandInSupplement  HandInAction = "SUPPLEMENT"
)

// Canceller is who took a hand-in back.
type Canceller string

// The person, or the second contact.
const (
	ByPerson        Canceller = "PERSON"
	BySecondContact Canceller = "SECOND_CONTACT"
)

// HandIn is one hand-in by a volunteer, with the time in which it can be cancelled.
type HandIn struct {
	ID            models.ID
	ApplicationID models.ID
	Action        HandInAction
	At            time.Time
	Until         time.Time
	CancelledAt   *time.Time
	CancelledBy   Canceller

	delegationID models.ID
	code         string
	notice       contactNotice
	toldAt       *time.Time
}

// Cooling tells whether a hand-in can be cancelled at a moment.
func (h *HandIn) Cooling(now time.Time) bool { return h.CancelledAt == nil && now.Before(h.Until) }

// contactNotice is what the second contact is told, kept sealed until it is.
type contactNotice struct {
	Number string      `json:"number"`
	About  models.Text `json:"about"`
}

// The code that cancels a hand-in without an account: ten of 32 characters, fifty bits.
const cancelCodeLength = 10

func newCancelCode() string { return rand.Text()[:cancelCodeLength] }

// readCancelCode takes a code as people type it: small letters, spaces and hyphens between; false where it can be none.
func readCancelCode(typed string) (code string, possible bool) {
	code = strings.ToUpper(strings.NewReplacer(" ", "", "-", "").Replace(models.Halfwidth(typed)))
	return code, len(code) == cancelCodeLength
}
