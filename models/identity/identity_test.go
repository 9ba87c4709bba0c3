package identity_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"onewindow/models"
	"onewindow/models/identity"
	"onewindow/models/resident"
	"onewindow/models/sealed"
	"onewindow/models/store"
	"onewindow/models/store/storetest"
)

// city is the departments as a test wants them.
type city struct {
	mutex  sync.Mutex
	people map[string]map[string]*identity.Resolved // department, number
	names  map[string]string
	down   map[string]bool
	slow   map[string]bool
	asked  []string
	token  string
	proofs int // how often a second proof was asked about
	// before is done between the question and its answer.
	before func()
}

func (c *city) Authority() string { return "public-security" }
func (c *city) Connected() []string {
	return []string{"health", "human-resources", "public-security", "civil-affairs"}
}

func (c *city) Resolve(ctx context.Context, grounds identity.Grounds, department string, id models.NationalID, name models.PersonName) (*identity.Resolved, error) {
	if !grounds.Allow(identity.AskWho) {
		return nil, errors.New("asked without grounds")
	}
	c.mutex.Lock()
	c.asked = append(c.asked, department)
	before := c.before
	down, slow, person, known := c.down[department], c.slow[department], c.people[department][id.Reveal()], c.names[id.Reveal()]
	c.mutex.Unlock()
	if before != nil {
		before()
	}
	switch {
	case slow:
		<-ctx.Done()
		return nil, ctx.Err()
	case down:
		return nil, errors.New("no answer")
	case person == nil:
		return nil, identity.ErrNotFound
	case known != name.Reveal():
		return nil, identity.ErrMismatch
	}
	copied := *person
	return &copied, nil
}

func (c *city) VerifyProof(_ context.Context, _ identity.Grounds, _ models.NationalID, _ models.PersonName, _ identity.ProofKind, token string) (bool, error) {
	c.set(func() { c.proofs++ })
	return token == c.token, nil
}

func (c *city) set(change func()) {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	change()
}

const (
	motherID, childID, teenID = "330105199206199962", "330106202602119961", "330106200804030018"
	motherPhone               = "+8613800000002"
)

type house struct {
	store    *store.Store
	clock    *storetest.Clock
	people   *resident.Service
	identity *identity.Service
	city     *city
}

// each runs a story on every database. The register knows 周雨水 with the phone …0002 and a daughter of three weeks;
// health knows her too, civil affairs does not, human resources gives a group.
func each(t *testing.T, story func(t *testing.T, h *house)) {
	storetest.Each(t, func(t *testing.T, open func(*testing.T, *storetest.Clock) *store.Store) {
		clock := storetest.NewClock("2026-03-02T09:00:00+08:00")
		field, _ := sealed.NewKey(1, []byte(strings.Repeat("f", sealed.KeySize)))
		index, _ := sealed.NewKey(2, []byte(strings.Repeat("i", sealed.KeySize)))
		keyring, err := sealed.NewKeyring([]sealed.Key{field}, index)
		if err != nil {
			t.Fatal(err)
		}
		birth := models.NewDate(1992, 6, 19)
		register := map[string]*identity.Resolved{
			motherID: {
				Subject: "ps-2", BirthDate: &birth, Gender: "female", Region: "330106", Residence: "330106",
				Address: models.NewHomeAddress("样例路1号"), Phone: models.KnownPhone(motherPhone),
				Household: []identity.Member{
					{Name: models.NewPersonName("林立春"), NationalID: models.KnownNationalID("330106199002049977"), Relation: "head"},
					{Name: models.NewPersonName("林小年"), NationalID: models.KnownNationalID(childID), Relation: "child"},
					{Name: models.NewPersonName("许惊蛰"), NationalID: models.KnownNationalID("330104196303069967"), Relation: "mother"},
				},
			},
			teenID: {Subject: "ps-9", Phone: models.KnownPhone("+8613800000009")},
		}
		departments := &city{
			people: map[string]map[string]*identity.Resolved{
				"public-security": register,
				"health":          {motherID: {Subject: "h-2"}, teenID: {Subject: "h-9"}},
				"human-resources": {motherID: {Subject: "hr-2", Groups: []string{"unemployed"}, Residence: "330199"}},
			},
			names: map[string]string{motherID: "周雨水", teenID: "林大年"},
			down:  map[string]bool{}, slow: map[string]bool{}, token: "the face fits",
		}
		database := open(t, clock)
		people := resident.New(database, keyring)
		identities := identity.New(database, keyring, people, departments)
		t.Cleanup(identities.Close)
		story(t, &house{database, clock, people, identities, departments})
	})
}

func (h *house) signIn(t *testing.T, phone string) models.Actor {
	t.Helper()
	actor := models.Actor{Kind: models.Resident}
	err := h.store.InTx(context.Background(), func(tx *store.Tx) error {
		person, _, err := h.people.SignInByPhone(context.Background(), tx, models.KnownPhone(phone))
		if err == nil {
			actor.ID = person.ID
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return actor
}

func (h *house) bind(t *testing.T, actor models.Actor, change func(*identity.Input)) (*identity.Binding, []*models.Problem) {
	t.Helper()
	input := identity.Input{Name: "周雨水", NationalID: motherID, Consents: []identity.ConsentInput{{Purpose: "IDENTITY_BINDING", Version: "1"}}}
	if change != nil {
		change(&input)
	}
	binding, problems, err := h.identity.Bind(context.Background(), actor, input)
	if err != nil {
		t.Fatal(err)
	}
	return binding, problems
}

func codes(problems []*models.Problem) string {
	var found []string
	for _, problem := range problems {
		field := ""
		if problem.Field != nil {
			field = *problem.Field + " "
		}
		found = append(found, field+problem.Code)
	}
	return strings.Join(found, ", ")
}

func links(binding *identity.Binding) string {
	var found []string
	for _, link := range binding.Links {
		found = append(found, link.DepartmentCode+" "+string(link.Status))
	}
	return strings.Join(found, ", ")
}

func TestTheRegistersPhoneBindsAndEveryDepartmentIsAskedOnce(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		ctx, mother := context.Background(), h.signIn(t, motherPhone)
		binding, problems := h.bind(t, mother, func(input *identity.Input) { input.Name = "  周雨水 " })
		if len(problems) > 0 {
			t.Fatal(codes(problems))
		}
		if got, want := links(binding), "civil-affairs NOT_FOUND, health LINKED, human-resources LINKED, public-security LINKED"; got != want {
			t.Errorf("links %s, want %s", got, want)
		}
		if binding.Status != identity.Bound || *binding.MaskedName != "周*水" || *binding.MaskedNationalID != "330***********9962" || binding.Groups[0] != "unemployed" {
			t.Errorf("binding %+v", binding)
		}
		slices.Sort(h.city.asked)
		if diff := cmp.Diff([]string{"civil-affairs", "health", "human-resources", "public-security"}, h.city.asked); diff != "" {
			t.Error(diff)
		}
		person, _ := h.people.ByID(ctx, mother.ID)
		if person.Residence != "330106" || person.HouseholdSize != 4 || person.Gender != "female" || !person.BoundAt.Equal(h.clock.Now()) {
			t.Errorf("person: residence %s, household %d", person.Residence, person.HouseholdSize)
		}
		children, err := h.people.Dependants(ctx, mother.ID)
		if err != nil || len(children) != 1 || children[0].DisplayName != "林*年" {
			t.Errorf("dependants %+v, %v", children, err)
		}
		subject, found, err := h.identity.Subject(ctx, mother.ID, "human-resources")
		if err != nil || !found || subject != "hr-2" {
			t.Errorf("subject %s %v %v", subject, found, err)
		}
		if _, found, _ = h.identity.Subject(ctx, mother.ID, "civil-affairs"); found {
			t.Error("a subject where the person is not known")
		}
		consents, err := h.identity.Consents(ctx, mother.ID)
		if err != nil || len(consents) != 1 || consents[0].Version != "1" || consents[0].Text.In(models.English) == "" {
			t.Errorf("consents %+v, %v", consents, err)
		}
		again, problems := h.bind(t, mother, nil)
		if len(problems) > 0 || links(again) != links(binding) || !again.BoundAt.Equal(*binding.BoundAt) {
			t.Errorf("the second time: %+v, %s", again, codes(problems))
		}
	})
}

func TestRefusals(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		mother, stranger := h.signIn(t, motherPhone), h.signIn(t, "+8613800000099")
		tests := []struct {
			name   string
			actor  models.Actor
			change func(*identity.Input)
			want   string
			asks   int
		}{
			{"no consent", mother, func(i *identity.Input) { i.Consents = nil }, "consents CONSENT_REQUIRED", 0},
			{"an old consent", mother, func(i *identity.Input) { i.Consents[0].Version = "0" }, "consents CONSENT_REQUIRED", 0},
			{"a wrong check character", mother, func(i *identity.Input) { i.NationalID = "330105199206199963" }, "nationalId FORMAT", 0},
			{"nothing filled in", mother, func(i *identity.Input) { i.Name, i.NationalID = " ", "" }, "name REQUIRED, nationalId REQUIRED", 0},
			{"a name that turns the text", mother, func(i *identity.Input) { i.Name = "周\u202e雨水" }, "name FORMAT", 0},
			{"a name beyond the limit", mother, func(i *identity.Input) { i.Name = strings.Repeat("周", 61) }, "name FORMAT", 0},
			{"a child of three weeks", mother, func(i *identity.Input) { i.Name, i.NationalID = "林小年", childID }, "nationalId GUARDIAN_REQUIRED", 0},
			{"an empty proof", mother, func(i *identity.Input) { i.Proof = &identity.Proof{Kind: identity.Face} }, "proof FORMAT", 0},
			{"a number that nobody has", mother, func(i *identity.Input) { i.NationalID = "330106199002049977" }, "PROOF_REQUIRED", 1},
			{"another name", mother, func(i *identity.Input) { i.Name = "周立春" }, "PROOF_REQUIRED", 1},
			{"another phone", stranger, nil, "PROOF_REQUIRED", 1},
			{"another phone and a proof that does not fit", stranger, func(i *identity.Input) { i.Proof = &identity.Proof{Kind: identity.Face, Token: "no"} }, "PROOF_REQUIRED", 1},
		}
		wordings := map[string]bool{}
		for _, test := range tests {
			h.city.set(func() { h.city.asked = nil })
			binding, problems := h.bind(t, test.actor, test.change)
			if got := codes(problems); got != test.want || binding != nil || len(h.city.asked) != test.asks {
				t.Errorf("%s: %s, want %s; asked %v", test.name, got, test.want, h.city.asked)
			}
			for _, problem := range problems {
				if problem.Code == "PROOF_REQUIRED" {
					wordings[problem.Message.In(models.Chinese)+problem.Message.In(models.English)] = true
				}
			}
		}
		if len(wordings) != 1 {
			t.Errorf("%d wordings tell the refusals apart", len(wordings))
		}
		if person, _ := h.people.ByID(context.Background(), mother.ID); person.Bound() || person.Revision != 1 {
			t.Error("a refusal changed the account")
		}
		var fault *models.Fault
		_, _, err := h.identity.Bind(context.Background(), models.Actor{Kind: models.Staff, ID: mother.ID}, identity.Input{})
		if !errors.As(err, &fault) || fault.Code != models.Forbidden {
			t.Errorf("staff binds: %v", err)
		}
	})
}

func TestASecondProofBindsFromAnotherPhone(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		withProof := func(input *identity.Input) {
			input.Proof = &identity.Proof{Kind: identity.Face, Token: "the face fits"}
		}
		first, second := h.signIn(t, "+8613800000098"), h.signIn(t, "+8613800000097")
		if binding, problems := h.bind(t, first, withProof); binding == nil || binding.Status != identity.Bound {
			t.Fatal(codes(problems))
		}
		if _, problems := h.bind(t, second, nil); codes(problems) != "PROOF_REQUIRED" {
			t.Errorf("not proven and bound to another phone: %s", codes(problems))
		}
		if joined, problems := h.bind(t, second, withProof); joined == nil || joined.Status != identity.Bound {
			t.Errorf("proven, and bound to another phone: %s", codes(problems))
		}
		if again := h.signIn(t, "+8613800000097"); again.ID != first.ID {
			t.Error("the second phone signs in to an account of its own")
		}
		if _, problems := h.bind(t, first, func(i *identity.Input) { i.Name, i.NationalID = "林大年", teenID }); codes(problems) != "ALREADY_BOUND" {
			t.Errorf("an account that is bound already: %s", codes(problems))
		}
		if _, problems := h.bind(t, h.signIn(t, motherPhone), nil); codes(problems) != "PROOF_REQUIRED" {
			t.Errorf("the register's phone after the number was bound elsewhere: %s", codes(problems))
		}
	})
}

// The authority is asked about a wrong proof whether name and number fit or not: else how long a refusal takes would tell.
func TestARefusedProofDoesNotTellWhetherTheNumberFits(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		stranger := h.signIn(t, "+8613800000098")
		for name, claim := range map[string]func(*identity.Input){
			"fits":         func(*identity.Input) {},
			"another name": func(input *identity.Input) { input.Name = "别人" },
			"unknown":      func(input *identity.Input) { input.NationalID = "110101199001010015" },
		} {
			h.city.set(func() { h.city.proofs = 0 })
			_, problems := h.bind(t, stranger, func(input *identity.Input) {
				claim(input)
				input.Proof = &identity.Proof{Kind: identity.Face, Token: "somebody else's face"}
			})
			if codes(problems) != "PROOF_REQUIRED" || h.city.proofs != 1 {
				t.Errorf("%s: %s, and %d proofs were asked about", name, codes(problems), h.city.proofs)
			}
		}
	})
}

func TestAnAuthorityThatDoesNotAnswerChangesNothing(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		mother := h.signIn(t, motherPhone)
		h.city.set(func() { h.city.down["public-security"] = true })
		if _, problems := h.bind(t, mother, nil); codes(problems) != "AUTHORITY_UNAVAILABLE" {
			t.Errorf("got %s", codes(problems))
		}
		if binding, err := h.identity.Of(context.Background(), mother.ID); err != nil || binding.Status != identity.Unbound || len(binding.Links) != 0 {
			t.Errorf("binding %+v, %v", binding, err)
		}
	})
}

func TestASlowDepartmentIsPendingAndAskedUntilItAnswers(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		ctx, mother := context.Background(), h.signIn(t, motherPhone)
		h.city.set(func() { h.city.slow["health"], h.city.down["human-resources"] = true, true })
		start := time.Now()
		binding, _ := h.bind(t, mother, nil)
		if took := time.Since(start); took < time.Second || took > 30*time.Second {
			t.Errorf("the resident waited %v", took)
		}
		if got, want := links(binding), "civil-affairs NOT_FOUND, health PENDING, human-resources PENDING, public-security LINKED"; got != want {
			t.Errorf("links %s, want %s", got, want)
		}
		var jobs int
		h.store.Reader(ctx).Raw("SELECT count(*) FROM river_job WHERE kind = 'identity.link'").Scan(&jobs)
		if jobs != 2 {
			t.Errorf("%d jobs go on, want one for each department that has not answered", jobs)
		}
		h.city.set(func() { h.city.slow["health"], h.city.down["health"] = false, true })
		health := identity.LinkArgs{ResidentID: mother.ID, Department: "health"}
		var waits []time.Duration
		for range 4 {
			var snooze *identity.Snooze
			if err := h.identity.Link(ctx, health); !errors.As(err, &snooze) {
				t.Fatalf("got %v", err)
			}
			waits = append(waits, snooze.After/time.Second)
		}
		if diff := cmp.Diff([]time.Duration{5, 10, 20, 40}, waits); diff != "" {
			t.Error(diff)
		}
		h.city.set(func() { h.city.down["health"], h.city.down["human-resources"] = false, false })
		for range 2 { // a job that runs twice links once
			if err := h.identity.Link(ctx, health); err != nil {
				t.Fatal(err)
			}
		}
		if err := h.identity.Link(ctx, identity.LinkArgs{ResidentID: mother.ID, Department: "human-resources"}); err != nil {
			t.Fatal(err)
		}
		if binding, _ = h.identity.Of(ctx, mother.ID); !strings.Contains(links(binding), "health LINKED, human-resources LINKED") || len(binding.Groups) != 1 {
			t.Errorf("links %s, groups %v", links(binding), binding.Groups)
		}
	})
}

func TestADepartmentIsGivenUpAfterThreeDays(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		ctx, mother := context.Background(), h.signIn(t, motherPhone)
		h.city.set(func() { h.city.down["health"] = true })
		h.bind(t, mother, nil)
		args := identity.LinkArgs{ResidentID: mother.ID, Department: "health"}
		h.clock.Advance(identity.Linking - time.Minute)
		var snooze *identity.Snooze
		if err := h.identity.Link(ctx, args); !errors.As(err, &snooze) || snooze.After > time.Minute {
			t.Fatalf("a minute before the end: %v", err)
		}
		h.clock.Advance(time.Minute)
		if err := h.identity.Link(ctx, args); err != nil {
			t.Fatal(err)
		}
		if binding, _ := h.identity.Of(ctx, mother.ID); !strings.Contains(links(binding), "health FAILED") {
			t.Errorf("links %s", links(binding))
		}
	})
}

func TestManyPhonesOfOnePersonAtOnceAreOnePerson(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		withProof := func(input *identity.Input) {
			input.Proof = &identity.Proof{Kind: identity.Face, Token: "the face fits"}
		}
		actors := make([]models.Actor, 6)
		for i := range actors {
			actors[i] = h.signIn(t, fmt.Sprintf("+86138000000%02d", 50+i))
		}
		unproven := h.signIn(t, motherPhone)
		var group sync.WaitGroup
		results := make([]string, len(actors))
		for i, actor := range actors {
			group.Go(func() {
				binding, problems := h.bind(t, actor, withProof)
				results[i] = codes(problems)
				if binding != nil {
					results[i] = string(binding.Status)
				}
			})
		}
		group.Wait()
		if _, problems := h.bind(t, unproven, nil); codes(problems) != "PROOF_REQUIRED" {
			t.Errorf("the register's phone alone, too late: %s", codes(problems))
		}
		if diff := cmp.Diff([]string{"BOUND", "BOUND", "BOUND", "BOUND", "BOUND", "BOUND"}, results); diff != "" {
			t.Error(diff)
		}
		people := map[models.ID]bool{}
		for i := range actors {
			people[h.signIn(t, fmt.Sprintf("+86138000000%02d", 50+i)).ID] = true
		}
		if len(people) != 1 {
			t.Errorf("one person is %d", len(people))
		}
	})
}

func TestOneAccountThatBindsTwiceAtOnceIsBoundOnce(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		mother := h.signIn(t, motherPhone)
		var group sync.WaitGroup
		for range 4 {
			group.Go(func() {
				if binding, problems := h.bind(t, mother, nil); binding == nil || binding.Status != identity.Bound {
					t.Errorf("got %s", codes(problems))
				}
			})
		}
		group.Wait()
		if consents, _ := h.identity.Consents(context.Background(), mother.ID); len(consents) != 1 {
			t.Errorf("%d consents", len(consents))
		}
	})
}

func TestATeenagerWithAPhoneTakesTheOwnRecord(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		ctx := context.Background()
		h.city.set(func() {
			person := h.city.people["public-security"][motherID]
			person.Household = append(person.Household, identity.Member{
				Name: models.NewPersonName("林大年"), NationalID: models.KnownNationalID(teenID), Relation: "child"})
		})
		mother, teenager := h.signIn(t, motherPhone), h.signIn(t, "+8613800000009")
		h.bind(t, mother, nil)
		binding, problems := h.bind(t, teenager, func(i *identity.Input) { i.Name, i.NationalID = "林大年", teenID })
		if binding == nil {
			t.Fatal(codes(problems))
		}
		if allowed, err := h.people.MayActFor(ctx, mother.ID, teenager.ID); err != nil || !allowed {
			t.Errorf("the mother of the account: %v, %v", allowed, err)
		}
	})
}
