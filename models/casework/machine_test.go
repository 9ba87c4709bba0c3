package casework

import (
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

var everyState = []State{Draft, Submitted, SupplementRequired, InReview, Approved, Rejected, Completed, Withdrawn, Lapsed}

var everyAction = []Action{
	ActionEdit, ActionHandIn, ActionSubmit, ActionAccept, ActionDeemAccept, ActionRequestSupplement, ActionSupplement, ActionLapse, ActionReport,
	ActionSuspend, ActionResume, ActionExtend, ActionApproveStep, ActionRejectStep, ActionIssue, ActionWithdraw, ActionRate, ActionReply, ActionRefuse, ActionDeferredLate, ActionCheckCommitment,
	ActionTransfer, ActionTakeOver, ActionExpedite, ActionReassign, ActionWaive, ActionVerify,
}

// Every state and every action: what the table allows and where it leads, as a page that an official can read. Run with
// UPDATE_GOLDEN=1 after a change of the table that was meant.
func TestEveryStateAndActionIsAsTheGoldenPageSays(t *testing.T) {
	var page strings.Builder
	for _, state := range everyState {
		for _, action := range everyAction {
			row, err := permit(state, action)
			if err != nil {
				if !isConflict(err) {
					t.Errorf("%s %s: refused with %v, not with CONFLICT", state, action, err)
				}
				_, _ = fmt.Fprintf(&page, "%s %s: refused\n", state, action)
				continue
			}
			_, _ = fmt.Fprintf(&page, "%s %s: by %v -> %v; clock %q; tells %s\n", state, action, row.Who, row.To, row.Clock, row.Notice)
		}
	}
	const golden = "testdata/machine.golden"
	if os.Getenv("UPDATE_GOLDEN") != "" {
		if err := os.WriteFile(golden, []byte(page.String()), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if difference := cmp.Diff(string(want), page.String()); difference != "" {
		t.Errorf("the table is not what the golden page says (-page +table):\n%s", difference)
	}
}

func TestTheTableIsSound(t *testing.T) {
	seen := map[string]bool{}
	for _, row := range Table {
		key := string(row.From) + " " + string(row.Action)
		if seen[key] {
			t.Errorf("%s stands twice", key)
		}
		seen[key] = true
		if len(row.Who) == 0 || len(row.To) == 0 || row.Notice == "" {
			t.Errorf("%s: without who, where to or event", key)
		}
		if row.From.Final() && row.Action != ActionRate && row.Action != ActionReply && row.Action != ActionCheckCommitment {
			t.Errorf("%s: something follows after the end", key)
		}
	}
	for _, state := range everyState {
		if StateLabel(state)["zh"] == "" || StateLabel(state)["en"] == "" {
			t.Errorf("%s has no words", state)
		}
	}
}

func TestNumbersCatchOneWrongDigitAndTwoSwapped(t *testing.T) {
	number := "2026030212345678"
	number += fmt.Sprint(CheckDigit(number))
	valid := func(digits string) bool {
		return fmt.Sprint(CheckDigit(digits[:len(digits)-1])) == digits[len(digits)-1:]
	}
	if !valid(number) {
		t.Fatal("a good number is refused")
	}
	for position := range len(number) {
		for digit := byte('0'); digit <= '9'; digit++ {
			if wrong := number[:position] + string(digit) + number[position+1:]; wrong != number && valid(wrong) {
				t.Errorf("%s passes", wrong)
			}
		}
	}
}
