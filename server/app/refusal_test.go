package app_test

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// refusal is how a request is not served: the status, and the one error's code and words in both languages.
type refusal struct {
	status           int
	code             string
	chinese, english string
	// current is extensions.current; nil: not looked at.
	current any
}

// The refusals that do not depend on what was asked.
var (
	notFound   = refusal{status: 200, code: "NOT_FOUND", chinese: "没有找到", english: "Not found"}
	notAllowed = refusal{status: 200, code: "FORBIDDEN", chinese: "您没有办理这项操作的权限", english: "You are not allowed to do this"}
)

// conflict is what the table of transitions answers in a state.
func conflict(state, chinese, english string) refusal {
	return refusal{
		status: 200, code: "CONFLICT", current: state, chinese: "申请当前状态为“" + chinese + "”，不能进行这项操作",
		english: "The application stands at “" + english + "”; this cannot be done now",
	}
}

// refused sends an operation in both languages and holds the answers to a refusal.
func refused(t *testing.T, v *visitor, operation string, variables vars, want refusal) {
	t.Helper()
	for locale, words := range map[string]string{"zh": want.chinese, "en": want.english} {
		got := v.in(locale).send(t, operation, variables)
		expectRefusal(t, operation+" in "+locale, got, want, words)
	}
}

func expectRefusal(t *testing.T, what string, got answer, want refusal, words string) {
	t.Helper()
	code, message := refusalOf(got)
	if got.Status != want.status || code != want.code || message != words {
		t.Errorf("%s was answered %d %s “%s”, want %d %s “%s”", what, got.Status, code, message, want.status, want.code, words)
		return
	}
	if want.current != nil && fmt.Sprint(got.Errors[0].Extensions["current"]) != fmt.Sprint(want.current) {
		t.Errorf("%s: extensions.current is %v, want %v", what, got.Errors[0].Extensions["current"], want.current)
	}
}

// mend is a problem of a payload: its code, its words in both languages and the field that it is about.
type mend struct{ code, chinese, english, field string }

// problematic sends something in both languages and holds the payload's one problem.
func problematic(t *testing.T, v *visitor, send func(v *visitor) answer, want mend) {
	t.Helper()
	for locale, words := range map[string]string{"zh": want.chinese, "en": want.english} {
		got := send(v.in(locale))
		if !got.ok() {
			t.Errorf("in %s it was answered %d: %s", locale, got.Status, got.Raw)
			continue
		}
		problems := read[payload](t, locale, got).Problems
		if len(problems) != 1 {
			t.Errorf("in %s the problems are %+v", locale, problems)
			continue
		}
		field := ""
		if problems[0].Field != nil {
			field = *problems[0].Field
		}
		if found := (mend{problems[0].Code, want.chinese, want.english, field}); found != want || problems[0].Message != words {
			t.Errorf("in %s the problem is %s “%s” (%s), want %s “%s” (%s)", locale, problems[0].Code, problems[0].Message, field, want.code, words, want.field)
		}
	}
}

// sendInput makes the sender of an operation with one input.
func sendInput(t *testing.T, operation string, fields vars) func(v *visitor) answer {
	return func(v *visitor) answer { t.Helper(); return v.send(t, operation, input(fields)) }
}

// recordTables hold everything that the city keeps of people, cases, documents and messages. What is left out: sessions,
// access records (looking is recorded), files that no document rests on, deliveries and jobs.
var recordTables = []string{
	"resident_residents", "resident_phones", "resident_relations", "identity_consents", "identity_links", "material_documents",
	"casework_applications", "casework_events", "casework_tasks", "casework_transfers", "casework_interventions", "notify_messages", "notify_plans", "notify_settings", "store_requests",
}

// records reads every row of every record table.
func (c *city) records(t *testing.T) []string {
	t.Helper()
	var all []string
	for _, table := range recordTables {
		rows := []map[string]any{}
		if err := c.store.Reader(context.Background()).Table(table).Order("1, 2").Find(&rows).Error; err != nil {
			t.Fatal(err)
		}
		for _, row := range rows {
			all = append(all, table+" "+strings.ReplaceAll(fmt.Sprint(row), "\n", " "))
		}
	}
	return all
}

// unchanged runs what must change nothing.
func (c *city) unchanged(t *testing.T, act func()) {
	t.Helper()
	before := c.records(t)
	if len(before) == 0 {
		t.Fatal("there are no records that could stay unchanged")
	}
	act()
	if diff := cmp.Diff(before, c.records(t)); diff != "" {
		t.Errorf("it changed something:\n%s", diff)
	}
}
