package identity

import (
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"onewindow/models"
	"onewindow/models/resident"
)

// The table holds together: everything that goes out to departments has its purpose, and every purpose its words, its law and
// somebody who may speak about it.
func TestTheTableOfPurposesHoldsTogether(t *testing.T) {
	register := Purposes()
	allowed := map[Request][]string{}
	for _, purpose := range register {
		for _, request := range purpose.Requests {
			allowed[request] = append(allowed[request], purpose.Code)
		}
		texts := []models.Text{purpose.Name, purpose.Citation, purpose.Effect}
		versions := map[string]bool{}
		for i, wording := range purpose.Wordings {
			texts = append(texts, wording.Text)
			if versions[wording.Version] || i > 0 && wording.Since < purpose.Wordings[i-1].Since {
				t.Errorf("%s: version %s is twice or out of order", purpose.Code, wording.Version)
			}
			versions[wording.Version] = true
		}
		for _, text := range texts {
			if text[models.Chinese] == "" || text[models.English] == "" {
				t.Errorf("%s has a text in one language alone: %v", purpose.Code, text)
			}
		}
		if !strings.Contains(purpose.Citation[models.Chinese], "《") {
			t.Errorf("%s cites no law", purpose.Code)
		}
		if purpose.Withdrawable() == (purpose.Giver == NobodyHasToAgree) {
			t.Errorf("%s: who may speak, and may anybody say no?", purpose.Code)
		}
		if speaks := purpose.Giver == OnlyGuardian || purpose.Giver == SelfOrGuardian; speaks != (purpose.GuardianUntil > 0) {
			t.Errorf("%s: a guardian's word counts until %d", purpose.Code, purpose.GuardianUntil)
		}
		if purpose.Sensitive && purpose.Basis == ByConsent && purpose.With == "" && purpose.allows(NotGiven) {
			t.Errorf("%s is sensitive and allowed without a word", purpose.Code)
		}
		if purpose.With != "" && register.Of(purpose.With) == nil {
			t.Errorf("%s goes with %s, which there is not", purpose.Code, purpose.With)
		}
	}
	for _, request := range Requests() {
		if len(allowed[request]) == 0 {
			t.Errorf("no purpose is grounds for %s", request)
		}
		if (Grounds{}).Allow(request) {
			t.Errorf("%s goes out without grounds", request)
		}
	}
	if len(allowed) != len(Requests()) {
		t.Errorf("the table allows %v", allowed)
	}
	for _, field := range reflect.VisibleFields(reflect.TypeFor[Grounds]()) {
		if field.IsExported() {
			t.Errorf("grounds can be made outside of this room: %s", field.Name)
		}
	}
}

// at makes a row: a version that was given, whether it was taken back, and whether it is a no.
func at(version string, given, withdrawn, refused bool) consentRow {
	moment := time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)
	row := consentRow{Purpose: "P", Version: version, Refused: refused}
	if given {
		row.GivenAt = &moment
	}
	if withdrawn {
		row.WithdrawnAt = &moment
	}
	return row
}

func TestStandings(t *testing.T) {
	texts := []Wording{{Version: "1"}, {Version: "2"}}
	consent := &Purpose{Code: "P", Wordings: texts, Basis: ByConsent}
	law := &Purpose{Code: "P", Wordings: texts, Basis: ByLaw, Refusable: true}
	for _, test := range []struct {
		name      string
		rows      []consentRow
		byConsent Standing
		byLaw     Standing
		mayByLaw  bool
	}{
		{"nothing said", nil, NotGiven, NotGiven, true},
		{"another purpose", []consentRow{{Purpose: "Q", Version: "2"}}, NotGiven, NotGiven, true},
		{"given to the present text", []consentRow{at("2", true, false, false)}, Given, Given, true},
		{"given to an older text", []consentRow{at("1", true, false, false)}, NotGiven, NotGiven, true},
		{"given to both", []consentRow{at("1", true, false, false), at("2", true, false, false)}, Given, Given, true},
		{"taken back", []consentRow{at("2", true, true, true)}, Withdrawn, Withdrawn, false},
		{"ended with the binding", []consentRow{at("2", true, true, false)}, Withdrawn, NotGiven, true},
		{"refused", []consentRow{at("1", false, true, true)}, Withdrawn, Withdrawn, false},
		{"refused and given", []consentRow{at("1", false, true, true), at("2", true, false, false)}, Given, Given, true},
		{"given, taken back, an older one in force", []consentRow{at("2", true, true, true), at("1", true, false, false)}, NotGiven, NotGiven, true},
	} {
		if got := consent.standing(test.rows); got != test.byConsent || consent.allows(got) != (got == Given) {
			t.Errorf("%s, by consent: %s, allowed %v", test.name, got, consent.allows(got))
		}
		if got := law.standing(test.rows); got != test.byLaw || law.allows(got) != test.mayByLaw {
			t.Errorf("%s, by law: %s, allowed %v", test.name, got, law.allows(got))
		}
	}
}

func TestUntilWhenAGuardiansWordCounts(t *testing.T) {
	today, bound := models.NewDate(2026, 3, 2), time.Date(2026, 3, 1, 9, 0, 0, 0, time.UTC)
	born := func(year int) *models.Date { day := models.NewDate(year, 3, 2); return &day }
	for _, test := range []struct {
		name   string
		person resident.Resident
		until  int
		want   bool
	}{
		{"a day before fourteen", resident.Resident{BirthDate: func() *models.Date { day := models.NewDate(2012, 3, 3); return &day }()}, 14, true},
		{"fourteen today", resident.Resident{BirthDate: born(2012)}, 14, false},
		{"fourteen, where it counts until eighteen", resident.Resident{BirthDate: born(2012)}, 18, true},
		{"of age today", resident.Resident{BirthDate: born(2008)}, 18, false},
		{"bound", resident.Resident{BirthDate: born(2012), BoundAt: &bound}, 18, false},
		{"was bound", resident.Resident{BirthDate: born(2012), UnboundAt: &bound}, 18, false},
		{"born on an unknown day", resident.Resident{}, 18, false},
	} {
		if got := (&Purpose{GuardianUntil: test.until}).guardianCounts(&test.person, today); got != test.want {
			t.Errorf("%s: %v", test.name, got)
		}
	}
}

// The page for people and officials shows the table as it is.
func TestThePrivacyPageShowsTheTable(t *testing.T) {
	page, err := os.ReadFile(filepath.Join("..", "..", "docs", "privacy.md"))
	if err != nil {
		t.Fatal(err)
	}
	for _, purpose := range Purposes() {
		allows := "–"
		for i, request := range purpose.Requests {
			if i == 0 {
				allows = "`" + string(request) + "`"
				continue
			}
			allows += " `" + string(request) + "`"
		}
		row := "| " + strings.Join([]string{
			"`" + purpose.Code + "` " + purpose.Name[models.Chinese], basisWords[purpose.Basis], purpose.Citation[models.Chinese], yes[purpose.Sensitive], giverWords[purpose.Giver],
			purpose.Current().Version + ", " + purpose.Current().Since.String(), allows, purpose.Effect[models.Chinese],
		}, " | ") + " |\n"
		if !strings.Contains(string(page), row) {
			t.Errorf("docs/privacy.md lacks the row\n%s", row)
		}
	}
	if rows := strings.Count(string(page), "\n| `"); rows != len(Purposes()) {
		t.Errorf("docs/privacy.md has %d rows of purposes", rows)
	}
}

var (
	basisWords = map[Basis]string{ByConsent: "consent", ByLaw: "law"}
	yes        = map[bool]string{true: "yes", false: "no"}
	giverWords = map[Giver]string{OnlySelf: "the person", OnlyGuardian: "a guardian", SelfOrGuardian: "the person or a guardian", NobodyHasToAgree: "nobody has to"}
)

// ShowNewTexts has people shown a second version of some purposes' texts from now on.
func ShowNewTexts(s *Service, codes ...string) {
	s.register = slices.Clone(s.register)
	for i, purpose := range s.register {
		if slices.Contains(codes, purpose.Code) {
			s.register[i].Wordings = append(slices.Clone(purpose.Wordings), Wording{Version: "2", Since: models.NewDate(2026, 3, 2), Text: models.T("新", "new")})
		}
	}
}
