package app_test

import (
	"bytes"
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"onewindow/models/catalogue"
)

// folderOf copies the city's catalogue into a folder of the test's own; an edit is a file, what stands there, and what shall.
func folderOf(t *testing.T, edits ...[3]string) string {
	t.Helper()
	folder := t.TempDir()
	if err := os.CopyFS(folder, os.DirFS("../../models/catalogue/hangzhou")); err != nil {
		t.Fatal(err)
	}
	for _, edit := range edits {
		file := filepath.Join(folder, edit[0])
		text, err := os.ReadFile(file)
		if err != nil || !strings.Contains(string(text), edit[1]) {
			t.Fatalf("%s does not hold %q: %v", edit[0], edit[1], err)
		}
		if err := os.WriteFile(file, []byte(strings.Replace(string(text), edit[1], edit[2], 1)), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return folder
}

// takeOver loads a folder while the city runs, as the command does, and waits until the replicas have gone over.
func takeOver(t *testing.T, folder string, replicas ...*city) {
	t.Helper()
	read, faults := catalogue.LoadFolder(folder)
	if len(faults) > 0 {
		t.Fatal(faults.Error())
	}
	loaded, err := catalogue.NewService(replicas[0].store).Load(context.Background(), read, catalogue.FromCommand)
	if err != nil || !loaded.IsNew {
		t.Fatalf("%+v %v", loaded, err)
	}
	for _, replica := range replicas {
		for until := time.Now().Add(patience); !strings.Contains(replica.said(), "went over to a new release"); time.Sleep(20 * time.Millisecond) {
			if time.Now().After(until) {
				t.Fatal("a replica did not go over to the new catalogue")
			}
		}
	}
}

// askOwn sends a document of the test's own, for what the contract's clients do not ask for.
func askOwn[T any](t *testing.T, v *visitor, query string, variables vars) T {
	t.Helper()
	return read[T](t, query, sendOwn(t, v, query, variables))
}

func sendOwn(t *testing.T, v *visitor, query string, variables vars) answer {
	t.Helper()
	body, err := json.Marshal(vars{"query": query, "variables": variables})
	if err != nil {
		t.Fatal(err)
	}
	got, err := v.post("/graphql", "application/json", bytes.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	return got
}

func codes(problems []problem) string {
	var all []string
	for _, one := range problems {
		code := one.Code
		if one.Field != nil {
			code += ":" + *one.Field
		}
		all = append(all, code)
	}
	return strings.Join(all, " ")
}

// Two replicas on one database serve the changed catalogue within seconds of its load, without a restart; a third that is
// started with the old folder does not bring that back.
func TestReplicasSwitchTogether(t *testing.T) {
	grounds(t, func(t *testing.T, on ground) {
		if on.database == "" {
			t.Skip("one server at a time works on a SQLite folder")
		}
		old, keys := folderOf(t), filepath.Join(t.TempDir(), "keys.yaml")
		start := func() *city {
			return openWith(t, ground{on.database, on.redis, t.TempDir()}, map[string]string{"ONEWINDOW_CATALOGUE": old, "ONEWINDOW_KEYS": keys})
		}
		here, there := start(), start()
		takeOver(t, folderOf(t, [3]string{"items/birth-registration.yaml", "promised_days: 1", "promised_days: 2"}), here, there)
		for _, replica := range []*city{here, there, start()} {
			guide := ask[struct {
				PromisedDays, Version int
			}](t, replica.guest(), "ServiceGuide", vars{"code": "birth-registration"})
			if guide.PromisedDays != 2 || guide.Version != 2 {
				t.Errorf("a replica offers version %d with %d days", guide.Version, guide.PromisedDays)
			}
		}
	})
}

// A draft whose item changes keeps all that was entered, is told once what is new, and is asked the difference alone.
func TestADraftIsToldWhatChanged(t *testing.T) {
	each(t, func(t *testing.T, c *city) {
		mother := c.resident(t, "r06")
		saved, attached := draftBirthRegistration(t, c), draftBirthRegistration(t, c)
		accepted := submitBirthRegistration(t, c)
		takeOver(t, folderOf(t,
			[3]string{"items/birth-registration.yaml", "promised_days: 1\n", "promised_days: 2\n"},
			[3]string{"items/birth-registration.yaml", "form:\n", "form:\n  - {key: blood_type, type: text, label: {zh: 血型, en: Blood type}, required: true, max: 2}\n"},
			[3]string{"items/birth-registration.yaml", `'^[\p{Han}·]{2,20}$'`, `'^[\p{Han}·]{4,20}$'`},
		), c)

		checked := ask[application](t, mother, "PreCheck", vars{"id": saved.ID})
		if checked.Ready || checked.field("blood_type") == nil || checked.field("child_name").Problem == nil {
			t.Errorf("the check shows %+v", checked)
		}
		told := ask[payload](t, mother, "SaveAnswers", input(vars{"applicationId": saved.ID, "revision": saved.Revision, "answers": []vars{}}))
		if got := codes(told.Problems); got != "ITEM_CHANGED FORMAT:child_name" {
			t.Errorf("the first save says %s", got)
		}
		for _, words := range []string{"新增填写项“血型”", "填写项有变化：“新生儿姓名”", "承诺期限由1个工作日改为2个工作日"} {
			if !strings.Contains(told.Problems[0].Message, words) {
				t.Errorf("%s does not say %s", told.Problems[0].Message, words)
			}
		}
		if kept := told.Application.field("child_name").Value; kept == nil || *kept != "陈惊春" {
			t.Error("what was entered is lost")
		}
		again := ask[payload](t, mother, "SaveAnswers", input(vars{"applicationId": saved.ID, "answers": []vars{
			{"key": "blood_type", "value": "A"}, {"key": "child_name", "value": "陈惊春生"},
		}}))
		if len(again.Problems) > 0 {
			t.Errorf("told twice: %+v", again.Problems)
		}

		// A document that is handed in brings the draft forward too, and the submission still tells first what is new.
		fetched := change(t, mother, "FetchMaterials", vars{"applicationId": attached.ID}).Application
		for _, missing := range fetched.Missing {
			upload(t, mother, attached.ID, missing, nil)
		}
		refused := ask[payload](t, mother, "Submit", input(vars{"applicationId": attached.ID, "idempotencyKey": "k"}))
		if got := codes(refused.Problems); got != "ITEM_CHANGED FORMAT:child_name REQUIRED:blood_type" && got != "ITEM_CHANGED REQUIRED:blood_type FORMAT:child_name" {
			t.Errorf("the submission says %s", got)
		}
		change(t, mother, "SaveAnswers", vars{"applicationId": attached.ID, "answers": []vars{
			{"key": "blood_type", "value": "A"}, {"key": "child_name", "value": "陈惊春生"},
		}})
		done := change(t, mother, "Submit", vars{"applicationId": attached.ID, "idempotencyKey": "k"}).Application
		lines := progress(t, mother, done.Number).Timeline.nodes()
		changed := 0
		for _, line := range lines {
			if line.Kind == "ITEM_CHANGED" && line.Detail != nil && strings.Contains(*line.Detail, "血型") {
				changed++
			}
		}
		if done.State != "SUBMITTED" || changed != 1 {
			t.Errorf("it is %s, the timeline tells of the change %d times", done.State, changed)
		}
		if version := askOwn[struct{ Item struct{ Version int } }](t, mother, `query($n: String!) { applicationByNumber(number: $n) { item { version } } }`,
			vars{"n": accepted.Number}).Item.Version; version != 1 {
			t.Errorf("an open application has version %d", version)
		}
	})
}

// An item is paused for another while a draft is being filled in: nobody starts it, the draft keeps what was entered and is told
// where to go, and whoever looks for it finds what replaces it.
func TestAPausedItemShowsItsSuccessor(t *testing.T) {
	each(t, func(t *testing.T, c *city) {
		mother := c.resident(t, "r06")
		draft := draftBirthRegistration(t, c)
		takeOver(t, folderOf(t, [3]string{"items/birth-registration.yaml", "fee_cents: 0\n", "fee_cents: 0\npaused: true\nsuccessor: household-move-in\n"}), c)
		for _, got := range []payload{
			ask[payload](t, mother, "StartApplication", input(vars{"itemCode": "birth-registration"})),
			ask[payload](t, mother, "SaveAnswers", input(vars{"applicationId": draft.ID, "answers": []vars{{"key": "child_name", "value": "陈小满"}}})),
			ask[payload](t, mother, "Submit", input(vars{"applicationId": draft.ID, "idempotencyKey": "k"})),
		} {
			if codes(got.Problems) != "PAUSED" || !strings.Contains(got.Problems[0].Message, "请改办“户口迁入”（household-move-in）") {
				t.Errorf("the answer is %+v", got.Problems)
			}
		}
		if kept := ask[application](t, mother, "PreCheck", vars{"id": draft.ID}); kept.Ready || kept.field("blood_type") != nil {
			t.Errorf("the draft is %+v", kept)
		}
		shown := askOwn[struct {
			Paused    bool
			Closed    *problem
			Successor *named
			Season    *struct{ From, To string }
		}](t, c.guest(), `{ serviceItem(code: "birth-registration") { paused closed { code message } successor { code name } season { from to } } }`, nil)
		if !shown.Paused || shown.Closed == nil || shown.Successor == nil || shown.Successor.Code != "household-move-in" || shown.Season != nil {
			t.Errorf("the item is shown as %+v", shown)
		}
		for _, found := range ask[connection[named]](t, c.guest(), "BrowseServices", vars{"search": "出生登记", "first": 50}).nodes() {
			if found.Code == "birth-registration" {
				t.Error("a replaced item is listed")
			}
		}
		if first := ask[connection[named]](t, c.guest(), "BrowseServices", vars{"search": "出生登记", "first": 1}).nodes(); len(first) != 1 || first[0].Code != "household-move-in" {
			t.Errorf("a search for it finds %+v", first)
		}
	})
}
