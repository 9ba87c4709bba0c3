// Package identitytest gives tests that speak to departments' systems the grounds for it. There is no other way to them than the
// one that people take: somebody agrees and binds an identity.
package identitytest

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"

	"onewindow/models"
	"onewindow/models/identity"
	"onewindow/models/resident"
	"onewindow/models/sealed"
	"onewindow/models/store"
	"onewindow/models/store/storetest"
)

const (
	phone, number = "+8613800000002", "330105199206199962"
	name          = "周雨水"
)

// register is an identity authority that knows one person.
type register struct{}

func (register) Authority() string   { return "public-security" }
func (register) Connected() []string { return []string{"public-security"} }

func (register) Resolve(context.Context, identity.Grounds, string, models.NationalID, models.PersonName) (*identity.Resolved, error) {
	return &identity.Resolved{Subject: "s-1", Phone: models.KnownPhone(phone)}, nil
}

func (register) VerifyProof(context.Context, identity.Grounds, models.NationalID, models.PersonName, identity.ProofKind, string) (bool, error) {
	return false, nil
}

var made struct {
	once                    sync.Once
	asking, plain, handling identity.Grounds
	err                     error
}

// Asking are grounds for all questions about a person who agreed to them: resolve, verify, fetch.
func Asking(t testing.TB) identity.Grounds {
	t.Helper()
	prepare(t)
	return made.asking
}

// Plain are those for questions about papers that are not sensitive.
func Plain(t testing.TB) identity.Grounds {
	t.Helper()
	prepare(t)
	return made.plain
}

// Handling are grounds for giving a department a step and taking it back.
func Handling(t testing.TB) identity.Grounds {
	t.Helper()
	prepare(t)
	return made.handling
}

func prepare(t testing.TB) {
	t.Helper()
	made.once.Do(func() { made.err = bind(t) })
	if made.err != nil {
		t.Fatal(made.err)
	}
}

func bind(t testing.TB) error {
	t.Helper()
	field, _ := sealed.NewKey(1, []byte(strings.Repeat("f", sealed.KeySize)))
	index, _ := sealed.NewKey(2, []byte(strings.Repeat("i", sealed.KeySize)))
	keyring, err := sealed.NewKeyring([]sealed.Key{field}, index)
	if err != nil {
		return err
	}
	database := storetest.OpenIn(t, t.TempDir(), storetest.NewClock("2026-03-02T09:00:00+08:00"))
	people := resident.New(database, keyring)
	service, ctx := identity.New(database, keyring, people, register{}), context.Background()
	actor := models.Actor{Kind: models.Resident}
	err = database.InTx(ctx, func(tx *store.Tx) error {
		person, _, err := people.SignInByPhone(ctx, tx, models.KnownPhone(phone))
		if err == nil {
			actor.ID = person.ID
		}
		return err
	})
	if err != nil {
		return err
	}
	_, problems, err := service.Bind(ctx, actor, identity.Input{
		Name: name, NationalID: number, Consents: []identity.ConsentInput{{Purpose: identity.PurposeBinding, Version: "1"}},
	})
	if err != nil || len(problems) > 0 {
		return errors.Join(err, fmt.Errorf("%d problems", len(problems)))
	}
	made.handling = service.HandlingGrounds()
	made.plain, err = service.MayFetch(ctx, identity.Question{Person: actor.ID, Applicant: actor.ID})
	if err != nil {
		return err
	}
	made.asking, err = service.MayFetch(ctx, identity.Question{Person: actor.ID, Applicant: actor.ID, Sensitive: true})
	return err
}
