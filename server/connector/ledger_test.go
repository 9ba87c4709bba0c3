package connector

import (
	"context"
	"errors"
	"testing"
	"time"

	"onewindow/models"
	"onewindow/models/store"
	"onewindow/models/store/storetest"
)

func TestDeadLettersAreListedAndTriedAgain(t *testing.T) {
	storetest.Each(t, func(t *testing.T, open func(*testing.T, *storetest.Clock) *store.Store) {
		s := open(t, storetest.NewClock("2026-03-02T09:00:00+08:00"))
		ctx, ledger, application := context.Background(), Ledger{Store: s}, models.NewID()
		keep := func(operation, department string) {
			t.Helper()
			err := s.InTx(ctx, func(tx *store.Tx) error { keepHandover(tx, application, "check", department); return nil })
			if err != nil {
				t.Fatal(err)
			}
			err = s.InTx(ctx, func(tx *store.Tx) error {
				if err := setHandover(tx, application, "check", department, "failed", "x"); err != nil {
					return err
				}
				return keepLetter(tx, Letter{Department: department, Operation: operation, ApplicationID: application, Number: "N1", Step: "check", Reason: "refused"})
			})
			if err != nil {
				t.Fatal(err)
			}
		}
		keep(operationOpen, "health")
		keep(operationOpen, "health")
		keep(operationWithdraw, "tax")
		dead, err := ledger.Dead(ctx, "")
		if err != nil || len(dead) != 2 {
			t.Fatalf("%d dead letters, %v", len(dead), err)
		}
		if one, err := ledger.Dead(ctx, "tax"); err != nil || len(one) != 1 || one[0].Operation != operationWithdraw || one[0].Reason != "refused" {
			t.Errorf("of one department: %+v, %v", one, err)
		}
		if _, err := ledger.Replay(ctx, []models.ID{dead[0].ID, models.NewID()}); !errors.Is(err, ErrNoLetter) {
			t.Errorf("one that is none: %v", err)
		}
		if count, err := ledger.Replay(ctx, []models.ID{dead[0].ID, dead[1].ID}); err != nil || count != 2 {
			t.Errorf("%d tried again, %v", count, err)
		}
		if _, err := ledger.Replay(ctx, []models.ID{dead[0].ID}); !errors.Is(err, ErrNoLetter) {
			t.Errorf("a second time: %v", err)
		}
		if due, err := s.DueJobs(ctx, HandoverArgs{}.Kind(), WithdrawArgs{}.Kind()); err != nil || due != 2 {
			t.Errorf("%d jobs, %v", due, err)
		}
		letters, _, err := ledger.Find(ctx, string(dead[0].ID))
		if err != nil || len(letters) != 1 || letters[0].ReplayedAt == nil {
			t.Errorf("found %+v, %v", letters, err)
		}
		keep(operationOpen, "health") // it fails again: it is dead again
		if again, err := ledger.Dead(ctx, "health"); err != nil || len(again) != 1 {
			t.Errorf("given up anew: %d, %v", len(again), err)
		}
	})
}

func TestEventsAreListedByWhatBecameOfThem(t *testing.T) {
	storetest.Each(t, func(t *testing.T, open func(*testing.T, *storetest.Clock) *store.Store) {
		s := open(t, storetest.NewClock("2026-03-02T09:00:00+08:00"))
		ctx, ledger := context.Background(), Ledger{Store: s}
		for id, status := range map[string]string{"e1": "parked", "e2": "conflict", "e3": "applied"} {
			event := &Event{ID: id, Type: CaseReceived, Number: "N1", Step: "check", Time: time.Now()}
			err := s.InTx(ctx, func(tx *store.Tx) error {
				if _, err := keepEvent(tx, "health", event, []byte("sealed")); err != nil {
					return err
				}
				return markEvent(tx, "health", id, status)
			})
			if err != nil {
				t.Fatal(err)
			}
		}
		for status, want := range map[string]string{"parked": "e1", "conflict": "e2"} {
			events, err := ledger.Events(ctx, status, "health")
			if err != nil || len(events) != 1 || events[0].ID != want || events[0].Type != CaseReceived {
				t.Errorf("%s: %+v, %v", status, events, err)
			}
		}
		if _, events, err := ledger.Find(ctx, "e2"); err != nil || len(events) != 1 || events[0].Status != "conflict" {
			t.Errorf("found %+v, %v", events, err)
		}
		counts, err := ledger.Counts(ctx)
		if err != nil || len(counts) != 3 || counts[0] != (Count{"health", "events applied", 1}) {
			t.Errorf("counts %+v, %v", counts, err)
		}
	})
}
