package app

import (
	"context"

	"github.com/riverqueue/river"

	"onewindow/models"
	"onewindow/models/identity"
	"onewindow/models/store"
	"onewindow/notify"
)

// identityHouse hands the identity room what it needs of the rest of the house.
func (a *App) identityHouse() identity.House {
	return identity.House{
		Moved: a.moveAccount, Succeeded: a.delegations.Succeed, Ended: a.endSessions, Tell: a.tellOfIdentity, TellWithdrawn: a.tellWithdrawn,
		NeedsDepartments: a.cases.AtDepartments, Device: a.auth.DeviceName, Channel: a.auth.DeviceChannel, ProvePhone: a.auth.ProvePhone,
	}
}

// moveAccount takes along all that an account without an identity had when its phone joins a person's.
func (a *App) moveAccount(ctx context.Context, tx *store.Tx, from, to models.ID) error {
	for _, move := range []func(context.Context, *store.Tx, models.ID, models.ID) error{
		a.auth.Move, a.cases.Rehome, a.bundles.Rehome, a.materials.Rehome, a.notify.Rehome, a.delegations.Rehome,
	} {
		if err := move(ctx, tx, from, to); err != nil {
			return err
		}
	}
	return nil
}

// tellOfIdentity writes a message; what asks something has the id of the question.
func (a *App) tellOfIdentity(ctx context.Context, tx *store.Tx, person models.ID, notice identity.Notice, id models.ID) error {
	kinds := map[identity.Notice]notify.Kind{
		identity.NoticeAsked: notify.BindingRequested, identity.NoticeJoined: notify.PhoneJoined,
		identity.NoticeRemoved: notify.PhoneRemoved, identity.NoticeUnbound: notify.IdentityUnbound,
		identity.NoticeLinked: notify.IdentityLinked, identity.NoticeUnlinked: notify.IdentityUnlinked,
	}
	if err := a.notify.TellAs(ctx, tx, id, person, kinds[notice], notify.Params{Number: string(id)}); err != nil {
		return err
	}
	switch notice {
	case identity.NoticeAsked, identity.NoticeJoined, identity.NoticeRemoved, identity.NoticeUnbound:
		return a.tellPhones(tx, person, kinds[notice], id)
	}
	return nil
}

// PhoneArgs is the job that tells one of the phones of an account what became of the account. The phone is sealed: it may be nobody's
// by then.
type PhoneArgs struct {
	Phone  []byte      `json:"phone"`
	Notice notify.Kind `json:"notice"`
	// ID is the question's, where one is asked.
	ID models.ID `json:"id,omitempty"`
}

// Kind names the job.
func (PhoneArgs) Kind() string { return "app.tell-phone" }

// InsertOpts puts the job beside the other SMS. An old warning is no use to anybody.
func (PhoneArgs) InsertOpts() river.InsertOpts {
	return river.InsertOpts{MaxAttempts: 6, Queue: notify.SMS.Queue()}
}

const purposeToldPhone = "app.told-phone"

// tellPhones has the phones told that a message to the account does not reach: all but the first one and the one that has just come,
// and where the account lets go of its phones each of them.
func (a *App) tellPhones(tx *store.Tx, person models.ID, kind notify.Kind, id models.ID) error {
	account, err := a.residents.ByIDIn(tx, person)
	if err != nil {
		return err
	}
	phones, err := a.residents.PhonesIn(tx, account)
	if err != nil {
		return err
	}
	for _, phone := range phones {
		first, justCome := phone.Number == account.Phone, phone.AddedAt.Equal(tx.Now)
		if phone.Number.IsZero() || kind != notify.IdentityUnbound && (first || justCome) {
			continue
		}
		args := PhoneArgs{a.keyring.SealText(purposeToldPhone, phone.Number.Reveal()), kind, id}
		if err := tx.Enqueue(args, &river.InsertOpts{ScheduledAt: notify.NextSMS(tx.Now)}); err != nil {
			return err
		}
	}
	return nil
}

func (a *App) tellPhone(ctx context.Context, job *river.Job[PhoneArgs]) error {
	number, err := a.keyring.OpenText(purposeToldPhone, job.Args.Phone)
	if err != nil {
		return err
	}
	return a.notify.SendTo(ctx, models.KnownPhone(number), job.Args.Notice, notify.Params{Number: string(job.Args.ID)}, models.Chinese)
}

// tellWithdrawn says what ended, from when, and what follows; outside the inbox nobody reads what it was.
func (a *App) tellWithdrawn(ctx context.Context, tx *store.Tx, person models.ID, purpose *identity.Purpose) error {
	today := models.DateOf(tx.Now)
	return a.notify.Tell(ctx, tx, person, notify.ConsentWithdrawn, notify.Params{Item: purpose.Name, Day: &today, Note: purpose.Effect})
}

// endSessions signs a person out; with all sessions end the delegations, which rest on the identity.
func (a *App) endSessions(ctx context.Context, tx *store.Tx, person, keep models.ID) error {
	if err := a.auth.End(ctx, tx, person, keep); err != nil || keep != "" {
		return err
	}
	return a.delegations.EndAll(ctx, tx, person)
}
