package delegation

import (
	"slices"
	"strings"
	"testing"
	"time"

	"onewindow/models"
)

const today = models.Date(20514)

func known(code string) bool { return code == "elderly-card" || code == "retirement" }

func codes(problems []*models.Problem) string {
	var found []string
	for _, problem := range problems {
		found = append(found, problem.Code+" "+*problem.Field)
	}
	return strings.Join(found, ", ")
}

func TestADelegationAllowsWhatItNamesUntilItsDay(t *testing.T) {
	given := Delegation{State: Active, Powers: []Power{Fill}, ItemCodes: []string{"elderly-card"}, Until: today}
	for name, test := range map[string]struct {
		change func(d *Delegation)
		item   string
		day    models.Date
		want   bool
	}{
		"on its last day":    {func(*Delegation) {}, "elderly-card", today, true},
		"the day after":      {func(*Delegation) {}, "elderly-card", today + 1, false},
		"another item":       {func(*Delegation) {}, "retirement", today, false},
		"not accepted":       {func(d *Delegation) { d.State = Offered }, "elderly-card", today, false},
		"taken back":         {func(d *Delegation) { d.State = Revoked }, "elderly-card", today, false},
		"expired by its day": {func(d *Delegation) { d.on(today + 1) }, "elderly-card", today, false},
	} {
		one := given
		test.change(&one)
		if got := one.allows(test.item, test.day) != nil; got != test.want {
			t.Errorf("%s: %v", name, got)
		}
	}
}

func TestAPowerIsUsedAsOnesOwnPeoplesBeforeAVolunteers(t *testing.T) {
	helper := &Delegation{ID: "helper", Kind: Helper, Powers: []Power{Fill, Submit}}
	own := &Delegation{ID: "own", Kind: Personal, Powers: []Power{Fill, Track}}
	for name, test := range map[string]struct {
		standing Standing
		power    Power
		want     models.ID
	}{
		"both give it":                {Standing{helper, own}, Fill, "own"},
		"in the other order":          {Standing{own, helper}, Fill, "own"},
		"the volunteer's alone":       {Standing{own, helper}, Submit, "helper"},
		"nobody gives it":             {Standing{helper}, Track, ""},
		"nothing was given by nobody": {nil, Fill, ""},
	} {
		got := models.ID("")
		if found := test.standing.By(test.power); found != nil {
			got = found.ID
		}
		if got != test.want {
			t.Errorf("%s: %q", name, got)
		}
	}
	if got := (Standing{helper, own}).Powers(); !slices.Equal(got, []Power{Fill, Submit, Track}) {
		t.Errorf("together they give %v", got)
	}
	if !(Standing{helper}).Help() || (Standing{helper, own}).Help() || (Standing{}).Help() {
		t.Error("what is a volunteer's alone is told wrong")
	}
}

func TestOffersAndRequestsAreChecked(t *testing.T) {
	for name, test := range map[string]struct {
		offer Offer
		want  string
	}{
		"good":          {Offer{ItemCodes: []string{"retirement", "elderly-card", "retirement"}, Until: today + Longest}, ""},
		"yesterday":     {Offer{ItemCodes: []string{"retirement"}, Until: today - 1}, "EXPIRED until"},
		"too long":      {Offer{ItemCodes: []string{"retirement"}, Until: today + Longest + 1}, "TOO_LARGE until"},
		"unknown item":  {Offer{ItemCodes: []string{"moon"}, Until: today}, "UNKNOWN itemCodes"},
		"all and wrong": {Offer{ItemCodes: []string{"moon"}, Until: today - 1}, "UNKNOWN itemCodes, EXPIRED until"},
	} {
		if got := codes(test.offer.check(today, known)); got != test.want {
			t.Errorf("%s: %q", name, got)
		}
	}
	for days, want := range map[int]string{1: "", 30: "", 0: "TOO_LARGE days", 31: "TOO_LARGE days", -1: "TOO_LARGE days"} {
		wanted := HelpWanted{ItemCodes: []string{"retirement", "elderly-card"}, Powers: []Power{Submit, Fill, Fill}, Days: days}
		if got := codes(wanted.check(today, 30, known)); got != want {
			t.Errorf("%d days: %q", days, got)
		}
		if !slices.Equal(wanted.Powers, []Power{Fill, Submit}) || wanted.ItemCodes[0] != "elderly-card" {
			t.Errorf("it is not in order: %+v", wanted)
		}
	}
}

func TestEnrolmentsAreChecked(t *testing.T) {
	point := PointInput{" wenxin-01 ", " 文新街道便民服务点 "}
	for name, test := range map[string]struct {
		enrolment Enrolment
		want      string
	}{
		"good":            {Enrolment{ServicePoint: point, Until: today}, ""},
		"code of letters": {Enrolment{ServicePoint: PointInput{"文新", "文新"}, Until: today}, "FORMAT servicePoint.code"},
		"code too long":   {Enrolment{ServicePoint: PointInput{strings.Repeat("a", 41), "文新"}, Until: today}, "FORMAT servicePoint.code"},
		"no name":         {Enrolment{ServicePoint: PointInput{"a", ""}, Until: today}, "FORMAT servicePoint.name"},
		"name of 61":      {Enrolment{ServicePoint: PointInput{"a", strings.Repeat("文", 61)}, Until: today}, "FORMAT servicePoint.name"},
		"over":            {Enrolment{ServicePoint: point, Until: today - 1}, "EXPIRED until"},
		"too long":        {Enrolment{ServicePoint: point, Until: today + Longest + 1}, "TOO_LARGE until"},
	} {
		if got := codes(test.enrolment.check(today)); got != test.want {
			t.Errorf("%s: %q", name, got)
		}
	}
	ended := time.Now()
	for want, one := range map[VolunteerState]Volunteer{
		Enrolled: {Until: today}, EnrolmentExpired: {Until: today - 1}, EnrolmentEnded: {Until: today, endedAt: &ended},
	} {
		if got := one.on(today).State; got != want {
			t.Errorf("%s: %s", want, got)
		}
	}
}

func TestACaseloadCountsPeople(t *testing.T) {
	helped := []models.ID{"a", "b"}
	for name, test := range map[string]struct {
		person models.ID
		most   int
		want   bool
	}{
		"room for one": {"c", 3, false}, "full": {"c", 2, true}, "full, and helped already": {"a", 2, false}, "none allowed": {"c", 0, true},
	} {
		if got := overloaded(helped, test.person, test.most); got != test.want {
			t.Errorf("%s: %v", name, got)
		}
	}
	if ends(today, 1, today+10) != today || ends(today, 7, today+10) != today+6 || ends(today, 7, today+3) != today+3 {
		t.Error("help ends on another day")
	}
}

func TestAHandInCoolsUntilItsMomentOrItsEnd(t *testing.T) {
	now := time.Date(2026, 3, 4, 9, 0, 0, 0, time.UTC)
	open := HandIn{Until: now.Add(time.Microsecond)}
	over, cancelled := HandIn{Until: now}, HandIn{Until: now.Add(time.Hour), CancelledAt: &now}
	if !open.Cooling(now) || over.Cooling(now) || cancelled.Cooling(now) {
		t.Error("the time for cancelling is told wrong")
	}
}

func TestACancellingCodeIsReadAsPeopleTypeIt(t *testing.T) {
	seen := map[string]bool{}
	for range 1000 {
		code := newCancelCode()
		if len(code) != 10 || seen[code] {
			t.Fatalf("the code %q is short or came twice", code)
		}
		seen[code] = true
	}
	for typed, want := range map[string]string{"ABCDE23456": "ABCDE23456", "abcde-23456": "ABCDE23456", " abc de 2345 6": "ABCDE23456", "ＡＢＣＤＥ２３４５６": "ABCDE23456"} {
		if code, possible := readCancelCode(typed); code != want || !possible {
			t.Errorf("%q is read as %q", typed, code)
		}
	}
	for _, typed := range []string{"", "ABCDE2345", "ABCDE234567"} {
		if _, possible := readCancelCode(typed); possible {
			t.Errorf("%q could be a code", typed)
		}
	}
}
