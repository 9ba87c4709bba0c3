package app

import (
	"context"

	"onewindow/models"
	"onewindow/models/identity"
	"onewindow/models/store"
	"onewindow/notify"
)

// identityHouse hands the identity room what it needs of the rest of the house.
func (a *App) identityHouse() identity.House {
	return identity.House{
		Moved: a.moveAccount, Ended: a.endSessions, Tell: a.tellOfIdentity, NeedsDepartments: a.cases.AtDepartments,
		Device: a.auth.DeviceName, Channel: a.auth.DeviceChannel, ProvePhone: a.auth.ProvePhone,
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
	return a.notify.TellAs(ctx, tx, id, person, kinds[notice], notify.Params{Number: string(id)})
}

// endSessions signs a person out; with all sessions end the delegations, which rest on the identity.
func (a *App) endSessions(ctx context.Context, tx *store.Tx, person, keep models.ID) error {
	if err := a.auth.End(ctx, tx, person, keep); err != nil || keep != "" {
		return err
	}
	return a.delegations.EndAll(ctx, tx, person)
}
