package main

import (
	"bytes"
	"context"
	"encoding/json"
	"log/slog"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"onewindow/models"
	"onewindow/models/calendar"
	"onewindow/models/casework"
	"onewindow/models/catalogue"
	"onewindow/models/store"
	"onewindow/models/store/storetest"
)

// ground is a database with the embedded catalogue, a folder to rehearse, and cases to come.
type ground struct {
	t         *testing.T
	url, data string
	folder    string
	house     *store.Store
	town      *catalogue.Catalogue
	made      int
}

func newGround(t *testing.T, url string) *ground {
	t.Helper()
	g := &ground{t: t, url: url, data: t.TempDir(), folder: t.TempDir()}
	house, err := store.Open(context.Background(), store.Config{DatabaseURL: url, Folder: g.data, Clock: store.SystemClock{}, Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = house.Close() })
	if err := house.Migrate(context.Background()); err != nil {
		t.Fatal(err)
	}
	town, faults := catalogue.Embedded()
	if len(faults) > 0 {
		t.Fatal(faults)
	}
	if err := catalogue.NewService(house).Install(context.Background(), town); err != nil {
		t.Fatal(err)
	}
	g.house, g.town = house, town
	if err := os.CopyFS(g.folder, os.DirFS("../../models/catalogue/hangzhou")); err != nil {
		t.Fatal(err)
	}
	return g
}

// monday is when every case of these tests is accepted: 2 March 2026.
var monday = models.NewDate(2026, time.March, 2)

// decide adds a case whose steps, one after the other, took so many working days; -1: it was skipped.
func (g *ground) decide(code string, days ...int) {
	g.t.Helper()
	item := byCode(g.town)[code]
	accepted := monday.Start().Add(9 * time.Hour)
	progress := casework.Progress{}
	now := accepted
	for i, definition := range item.Steps {
		step := casework.StepProgress{ID: definition.ID, Department: definition.Department.Code, State: casework.StepSkipped}
		if days[i] >= 0 {
			began, ended := now, g.town.Calendar.AddDays(models.DateOf(now), days[i], calendar.WorkingDays).Start().Add(15*time.Hour)
			step.State, step.Decision, step.StartedAt, step.FinishedAt = casework.StepDone, casework.Approve, &began, &ended
			now = ended
		}
		progress.Steps = append(progress.Steps, step)
	}
	written, err := json.Marshal(progress)
	if err != nil {
		g.t.Fatal(err)
	}
	g.made++
	err = g.house.InTx(context.Background(), func(tx *store.Tx) error {
		return tx.DB.Exec(`INSERT INTO casework_applications (id, number, item_code, item_version, lead, subject_id, applicant_id, state, channel,
			revision, priority, created_at, submitted_at, received_at, accepted_at, finished_at, progress) VALUES (?, ?, ?, 1, ?, ?, ?, 'COMPLETED', 'APP', 1, 0, ?, ?, ?, ?, ?, ?)`,
			models.NewID(), strconv.Itoa(g.made), code, item.Lead.Code, models.NewID(), models.NewID(), accepted, accepted, accepted, accepted, now, string(written)).Error
	})
	if err != nil {
		g.t.Fatal(err)
	}
}

// amend changes the item's file in the folder to rehearse.
func (g *ground) amend(code string, changes ...string) {
	g.t.Helper()
	file := filepath.Join(g.folder, "items", code+".yaml")
	text, err := os.ReadFile(file)
	if err != nil {
		g.t.Fatal(err)
	}
	changed := strings.NewReplacer(changes...).Replace(string(text))
	if changed == string(text) {
		g.t.Fatal("nothing was amended")
	}
	if err := os.WriteFile(file, []byte(changed), 0o600); err != nil {
		g.t.Fatal(err)
	}
}

// drop takes an item out of the folder to rehearse, and the words that lead to it.
func (g *ground) drop(code string) {
	g.t.Helper()
	synonyms := filepath.Join(g.folder, "synonyms.yaml")
	text, err := os.ReadFile(synonyms)
	if err == nil {
		lines := slices.DeleteFunc(strings.Split(string(text), "\n"), func(line string) bool { return strings.Contains(line, code) })
		err = os.WriteFile(synonyms, []byte(strings.Join(lines, "\n")), 0o600)
	}
	if err == nil {
		err = os.Remove(filepath.Join(g.folder, "items", code+".yaml"))
	}
	if err != nil {
		g.t.Fatal(err)
	}
}

// rehearse runs the command on the ground, whose server has stopped.
func (g *ground) rehearse(arguments ...string) (out string, code int) {
	g.t.Helper()
	_ = g.house.Close()
	var said, problems bytes.Buffer
	code = run(context.Background(), append([]string{"-catalogue", g.folder, "-data", g.data}, arguments...), g.url, &said, &problems)
	if code != done {
		return problems.String(), code
	}
	return said.String(), code
}

type side struct {
	Cases               int
	OnTimeRate          float64
	MedianDays, P90Days int
}

// answer is what the command writes as JSON.
type answer struct {
	Decided     int
	NotReplayed map[string]int
	Items       []struct {
		Code      string
		Small     bool
		Then, Now *side
	}
	Departments []struct {
		Code      string
		Then, Now *side
	}
}

func each(t *testing.T, run func(t *testing.T, g *ground)) {
	t.Run("sqlite", func(t *testing.T) { run(t, newGround(t, "")) })
	if os.Getenv(storetest.ServerVariable) != "" {
		t.Run("postgres", func(t *testing.T) { run(t, newGround(t, storetest.NewDatabase(t))) })
	}
}

// Ten licences: five took eight days, three nine, two six; eight were promised. The new catalogue promises six, and has the
// inspection run beside the review.
func TestTheFiguresOfTheTableAreThoseReckonedByHand(t *testing.T) {
	each(t, func(t *testing.T, g *ground) {
		const licence, small, gone = "food-business-licence", "seal-engraving-filing", "veteran-card"
		for _, group := range []struct{ cases, review, site int }{{5, 2, 4}, {3, 2, 5}, {2, 1, 3}} {
			for range group.cases {
				g.decide(licence, group.review, group.site, -1, 1, 1)
			}
		}
		g.decide(small, make([]int, len(byCode(g.town)[small].Steps))...)
		g.decide(gone, make([]int, len(byCode(g.town)[gone].Steps))...)
		g.amend(licence, "promised_days: 8", "promised_days: 6", "after: [review]", "after: []", "after: [site, network]", "after: [review, site, network]")
		g.drop(gone)
		out, code := g.rehearse("-json")
		if code != done {
			t.Fatalf("exit code %d: %s", code, out)
		}
		var got answer
		if err := json.Unmarshal([]byte(out), &got); err != nil {
			t.Fatal(err)
		}
		if got.Decided != 12 || got.NotReplayed[itemGone] != 1 || len(got.NotReplayed) != 1 || len(got.Items) != 2 {
			t.Fatalf("%+v", got)
		}
		if item := got.Items[0]; item.Code != licence || item.Small || *item.Then != (side{10, 0.7, 8, 9}) || *item.Now != (side{10, 0.7, 6, 7}) {
			t.Errorf("%s: then %+v, now %+v", item.Code, item.Then, item.Now)
		}
		if item := got.Items[1]; item.Code != small || !item.Small {
			t.Errorf("one case is too few: %+v", item)
		}
		for _, department := range got.Departments {
			// Forty steps, of which three inspections took five days of four.
			if department.Code == "market-regulation" && (*department.Then != side{40, 0.925, 1, 4} || *department.Now != *department.Then) {
				t.Errorf("then %+v, now %+v", department.Then, department.Now)
			}
		}
		text, _ := g.rehearse()
		for _, part := range []string{"12 件已决定", "11 件可推算", "70.0%", "新目录中没有该事项", small + " / ", "假定用满规定天数"} {
			if !strings.Contains(text, part) {
				t.Errorf("the table does not say %q:\n%s", part, text)
			}
		}
		if none, _ := g.rehearse("-json", "-from", "2026-03-03"); !strings.Contains(none, `"decided": 0`) {
			t.Errorf("nothing was accepted after 2 March: %s", none)
		}
	})
}

// More cases than one page holds, none of them lost, and a new step that is said to be assumed.
func TestAThousandCasesAreRead(t *testing.T) {
	g := newGround(t, "")
	random := rand.New(rand.NewPCG(1, 2))
	const cases = 1_030
	for range cases {
		g.decide("food-business-licence", random.IntN(4), random.IntN(7), -1, random.IntN(2), random.IntN(2))
	}
	g.amend("food-business-licence", "promised_days: 8", "promised_days: 10", "  - id: decide\n", `  - id: opinion
    name: {zh: 专家意见, en: Expert opinion}
    department: market-regulation
    role: reviewer
    days: 2
    after: [site, network]
  - id: decide
`, "    after: [site, network]\n  - id: issue", "    after: [opinion]\n  - id: issue")
	out, code := g.rehearse("-json")
	var got answer
	if err := json.Unmarshal([]byte(out), &got); code != done || err != nil {
		t.Fatalf("exit code %d: %s", code, out)
	}
	item := got.Items[0]
	if got.Decided != cases || item.Then.Cases != cases || item.Now.Cases != cases || !strings.Contains(out, `"food-business-licence.opinion": 1030`) {
		t.Errorf("%+v", got)
	}
	if item.Now.MedianDays != item.Then.MedianDays+2 {
		t.Errorf("two days more for everybody: %+v, %+v", item.Then, item.Now)
	}
}

func TestWrongUseSaysWhatIsWrong(t *testing.T) {
	g := newGround(t, "")
	for want, arguments := range map[string][]string{
		"-from":            {"-from", "yesterday"},
		"flag provided":    {"-what"},
		"the folder is mi": {"-catalogue", filepath.Join(g.folder, "nowhere")},
		"无法打开数据":           {"-data", filepath.Join(g.folder, "nowhere")},
	} {
		if said, code := g.rehearse(arguments...); code == done || !strings.Contains(said, want) {
			t.Errorf("%v: exit code %d: %s", arguments, code, said)
		}
	}
}
