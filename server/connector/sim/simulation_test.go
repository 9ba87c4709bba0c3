package sim

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"slices"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"onewindow/models"
	"onewindow/models/identity/identitytest"
	"onewindow/server/connector"
	"onewindow/server/connector/webhook"
	"onewindow/server/demo"
)

type fixedClock struct{ moment time.Time }

func (c fixedClock) Now() time.Time { return c.moment }

// demoDay is a day on which the sample data makes sense.
var demoDay = fixedClock{time.Date(2026, 3, 2, 9, 0, 0, 0, models.Zone)}

// town is a running simulation with OneWindow's client of it.
type town struct {
	*Simulation
	people    *demo.Population
	directory *connector.Directory
	metrics   *prometheus.Registry
}

// start runs five departments; change adjusts the configuration.
func start(t *testing.T, change func(*Config)) *town {
	t.Helper()
	people, err := demo.Residents()
	if err != nil {
		t.Fatal(err)
	}
	config := Config{
		Departments: []string{"public-security", "civil-affairs", "human-resources", "medical-insurance", "health"},
		Issuers: map[string]string{
			"id-card": "public-security", "marriage-certificate": "civil-affairs", "social-insurance-record": "human-resources",
		},
		Results:       map[Step]Result{{"social-security-card", "make"}: {Material: "social-security-card", ValidForMonths: 120}},
		Residents:     people,
		EventsBaseURL: func() string { return "" },
		DataDir:       t.TempDir(), Clock: demoDay, Logger: slog.New(slog.DiscardHandler), Pace: 15 * time.Millisecond,
	}
	if change != nil {
		change(&config)
	}
	simulation, err := Start(context.Background(), config)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(simulation.Close)
	made := &town{Simulation: simulation, people: people, metrics: prometheus.NewRegistry()}
	made.directory, err = connector.NewDirectory(connector.Options{Connections: simulation.Connections(), Registerer: made.metrics, Now: time.Now, Clock: demoDay})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(made.directory.Close)
	return made
}

func (w *town) client(t *testing.T, department string) *connector.Client {
	t.Helper()
	client, err := w.directory.Client(department)
	if err != nil {
		t.Fatal(err)
	}
	return client
}

func (w *town) resolve(t *testing.T, department, id string) *connector.Subject {
	t.Helper()
	resident := w.people.Resident(id)
	subject, err := w.client(t, department).Resolve(context.Background(), identitytest.Asking(t), connector.ResolveRequest{NationalID: resident.NationalID, Name: resident.Name})
	if err != nil {
		t.Fatal(err)
	}
	return subject
}

func TestRegisterTellsWhoSomebodyIs(t *testing.T) {
	w := start(t, nil)
	mother := w.resolve(t, "public-security", "r02").Attributes
	if mother.BirthDate.String() != "1992-06-19" || mother.Gender != "female" || mother.Region != "330106" || mother.Residence != "330106" ||
		mother.Phone.Reveal() != "+8613800000002" || mother.Address.Reveal() != "杭州市西湖区样例路1号1幢101室" || len(mother.Groups) != 0 {
		t.Error("the register's attributes are not those of the sample data")
	}
	var household []string
	for _, member := range mother.Household {
		household = append(household, member.Name.Reveal()+" "+member.Relation)
	}
	if want := []string{"林立春 head", "林小年 child", "许惊蛰 mother"}; !slices.Equal(household, want) {
		t.Errorf("got %v, want %v", household, want)
	}
	if child := w.resolve(t, "public-security", "r14").Attributes; !slices.Equal(child.Groups, []string{"minor"}) {
		t.Errorf("got %v: a disability is not the register's to tell, an age is", child.Groups)
	}
	for _, member := range w.resolve(t, "public-security", "r38").Attributes.Household {
		t.Errorf("a guardian who is a cousin is no household, got a %s", member.Relation)
	}
	for _, member := range w.resolve(t, "public-security", "r11").Attributes.Household {
		if member.Relation != "son" {
			t.Errorf("a grown-up son is no ward, got %s", member.Relation)
		}
	}
}

func TestADepartmentTellsOnlyWhatItIsTheSourceOf(t *testing.T) {
	w := start(t, nil)
	elder := w.resolve(t, "civil-affairs", "r32")
	if got := elder.Attributes; !slices.Equal(got.Groups, []string{"elderly", "elderly-alone", "low-income"}) || got.BirthDate != nil || !got.Phone.IsZero() || got.Household != nil {
		t.Errorf("got groups %v", got.Groups)
	}
	if got := w.resolve(t, "health", "r33").Attributes.Groups; !slices.Equal(got, []string{"pregnant"}) {
		t.Errorf("got groups %v", got)
	}
	if got := w.resolve(t, "human-resources", "r32").Attributes.Groups; len(got) != 0 {
		t.Errorf("got groups %v", got)
	}
}

func TestSubjectsAreOpaqueAndStable(t *testing.T) {
	first, second := start(t, nil), start(t, nil)
	seen := map[string]bool{}
	for _, department := range first.directory.Connected() {
		for _, resident := range first.people.Residents {
			subject := first.resolve(t, department, resident.ID).ID
			if seen[subject] || len(subject) != 28 {
				t.Fatalf("%s %s: the subject stands twice or has a wrong form", department, resident.ID)
			}
			seen[subject] = true
		}
		if first.resolve(t, department, "r01").ID != second.resolve(t, department, "r01").ID {
			t.Errorf("%s: the subject changed over a restart", department)
		}
	}
}

func TestStrangersAreNotFoundAndOtherNamesDoNotFit(t *testing.T) {
	w := start(t, nil)
	known := w.people.Resident("r01")
	stranger, err := models.ParseNationalID("11010119900307803X", models.NewDate(2026, 3, 2))
	if err != nil {
		t.Fatal(err)
	}
	for _, department := range w.directory.Connected() {
		client := w.client(t, department)
		if _, err := client.Resolve(context.Background(), identitytest.Asking(t), connector.ResolveRequest{NationalID: stranger, Name: known.Name}); !errors.Is(err, connector.ErrNotFound) {
			t.Errorf("%s: a stranger: %v", department, err)
		}
		if _, err := client.Resolve(context.Background(), identitytest.Asking(t), connector.ResolveRequest{NationalID: known.NationalID, Name: models.NewPersonName("李四")}); !errors.Is(err, connector.ErrMismatch) {
			t.Errorf("%s: another name: %v", department, err)
		}
	}
}

func TestProofs(t *testing.T) {
	w := start(t, nil)
	known, other := w.people.Resident("r01"), w.people.Resident("r02")
	cases := []struct {
		name    string
		request connector.ProofRequest
		want    error
	}{
		{"face", connector.ProofRequest{NationalID: known.NationalID, Name: known.Name, Kind: connector.ProofFace, Token: ProofToken}, nil},
		{"window", connector.ProofRequest{NationalID: known.NationalID, Name: known.Name, Kind: connector.ProofWindow, Token: ProofToken}, nil},
		{"another token", connector.ProofRequest{NationalID: known.NationalID, Name: known.Name, Kind: connector.ProofFace, Token: "demo2"}, connector.ErrMismatch},
		{"no token", connector.ProofRequest{NationalID: known.NationalID, Name: known.Name, Kind: connector.ProofFace}, connector.ErrMismatch},
		{"another kind", connector.ProofRequest{NationalID: known.NationalID, Name: known.Name, Kind: "voice", Token: ProofToken}, connector.ErrMismatch},
		{"another name", connector.ProofRequest{NationalID: known.NationalID, Name: other.Name, Kind: connector.ProofFace, Token: ProofToken}, connector.ErrMismatch},
		{"stranger", connector.ProofRequest{NationalID: models.KnownNationalID("11010119900307803X"), Name: other.Name, Kind: connector.ProofFace, Token: ProofToken}, connector.ErrMismatch},
	}
	for _, test := range cases {
		t.Run(test.name, func(t *testing.T) {
			if err := w.client(t, IdentityAuthority).VerifyProof(context.Background(), identitytest.Asking(t), test.request); !errors.Is(err, test.want) {
				t.Errorf("got %v, want %v", err, test.want)
			}
		})
	}
}

func TestMaterials(t *testing.T) {
	w := start(t, nil)
	fetch := func(department, id, material string) (*connector.Document, error) {
		subject := w.resolve(t, department, id).ID
		return w.client(t, department).FetchMaterial(context.Background(), identitytest.Asking(t), connector.MaterialRequest{Subject: subject, Material: material, Purpose: "test", Application: "HZ-1"})
	}
	card, err := fetch("public-security", "r01", "id-card")
	if err != nil {
		t.Fatal(err)
	}
	if card.Number != "330106199002049977" || card.IssuedOn.String() != "2018-06-01" || card.ExpiresOn.String() != "2038-06-01" {
		t.Error("the card is not that of the sample data")
	}
	if got := http.DetectContentType(card.File.Content); got != "application/pdf" || card.File.ContentType != got {
		t.Errorf("the file is %s", got)
	}
	record, err := fetch("human-resources", "r01", "social-insurance-record")
	if err != nil {
		t.Fatal(err)
	}
	if record.IssuedOn.String() != "2026-03-02" || record.ExpiresOn != nil || len(record.Number) != 10 || record.Fields["paid_months"] == nil {
		t.Error("the record is not made on the day it is asked for")
	}
	if again, err := fetch("human-resources", "r01", "social-insurance-record"); err != nil || again.Number != record.Number {
		t.Errorf("the number changed: %v", err)
	}
	for _, miss := range [][3]string{
		{"health", "r01", "id-card"},                          // not the issuer
		{"public-security", "r01", "no-such-material"},        // unknown
		{"human-resources", "r04", "social-insurance-record"}, // does not hold it
	} {
		if _, err := fetch(miss[0], miss[1], miss[2]); !errors.Is(err, connector.ErrNotFound) {
			t.Errorf("%v: %v", miss, err)
		}
	}
	foreign := w.resolve(t, "health", "r01").ID
	if _, err := w.client(t, "public-security").FetchMaterial(context.Background(), identitytest.Asking(t), connector.MaterialRequest{Subject: foreign, Material: "id-card"}); !errors.Is(err, connector.ErrNotFound) {
		t.Errorf("another department's subject: %v", err)
	}
}

func TestOnlySignedRequestsAreAnswered(t *testing.T) {
	w := start(t, nil)
	connections := w.Connections().Connections
	body := []byte(`{"nationalId":"330106199002049977","name":"林立春"}`)
	post := func(secret webhook.Secret, moment time.Time) int {
		request, err := http.NewRequest(http.MethodPost, connections[0].URL+"/v1/subjects/resolve", newReader(body))
		if err != nil {
			t.Fatal(err)
		}
		webhook.Stamp(request.Header, secret, "m", moment, body)
		response, err := http.DefaultClient.Do(request)
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = response.Body.Close() }()
		_, _ = io.Copy(io.Discard, response.Body)
		return response.StatusCode
	}
	for name, got := range map[string][2]int{
		"own secret":            {post(connections[0].OutboundSecret, time.Now()), 200},
		"another department's":  {post(connections[1].OutboundSecret, time.Now()), 401},
		"the inbound direction": {post(connections[0].InboundSecrets[0], time.Now()), 401},
		"ten minutes old":       {post(connections[0].OutboundSecret, time.Now().Add(-10*time.Minute)), 401},
	} {
		if got[0] != got[1] {
			t.Errorf("%s: status %d, want %d", name, got[0], got[1])
		}
	}
}

func TestBehaviours(t *testing.T) {
	w := start(t, nil)
	client, resident := w.client(t, "health"), w.people.Resident("r01")
	ask := func(patience time.Duration) error {
		ctx, cancel := context.WithTimeout(context.Background(), patience)
		defer cancel()
		_, err := client.Resolve(ctx, identitytest.Asking(t), connector.ResolveRequest{NationalID: resident.NationalID, Name: resident.Name})
		return err
	}
	for name, behaviour := range map[string]Behaviour{"status": {Status: 503}, "rubbish": {Rubbish: true}, "hang": {Hang: true}, "delay": {Delay: time.Minute}} {
		if !w.Behave("health", behaviour) {
			t.Fatal("there is no such department")
		}
		if err := ask(200 * time.Millisecond); !connector.IsTemporary(err) {
			t.Errorf("%s: got %v", name, err)
		}
	}
	w.Behave("health", Behaviour{Delay: 20 * time.Millisecond})
	if err := ask(time.Minute); err != nil {
		t.Errorf("a little slow: %v", err)
	}
	w.Behave("health", Behaviour{})
	if err := ask(time.Minute); err != nil {
		t.Errorf("well again: %v", err)
	}
	if w.Behave("moon", Behaviour{}) {
		t.Error("there is no department moon")
	}
}

func TestStartNeedsTheIdentityAuthority(t *testing.T) {
	if _, err := Start(context.Background(), Config{Departments: []string{"health"}, Logger: slog.New(slog.DiscardHandler)}); err == nil {
		t.Error("started without the population register")
	}
}
