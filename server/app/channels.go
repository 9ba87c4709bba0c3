package app

import (
	"context"
	"path/filepath"

	"onewindow/models"
	"onewindow/notify"
)

// openNotify makes the room that tells people, with the channels that are configured; the others write to the outbox.
func (a *App) openNotify(context.Context) (*notify.Service, error) {
	return notify.New(notify.Config{
		Store: a.store, Keyring: a.keyring, Hub: a.hub, Logger: a.logger, OutboxFolder: filepath.Join(a.config.Data, "outbox"),
		Redis: a.redis, Registerer: a.registry, DueAt: a.cases.DueAt, Still: a.cases.OpenSupplements,
		Addresses: a.addresses, People: a.maskedPeople, ForgetDevice: a.auth.ForgetPushToken,
	})
}

// addresses tells where residents can be reached.
func (a *App) addresses(ctx context.Context, ids []models.ID) (map[models.ID]notify.Addresses, error) {
	people, err := a.residents.ByIDs(ctx, ids)
	if err != nil {
		return nil, err
	}
	targets, err := a.auth.PushTargets(ctx, ids)
	if err != nil {
		return nil, err
	}
	reached := make(map[models.ID]notify.Addresses, len(people))
	for id, person := range people {
		addresses := notify.Addresses{Phone: person.Phone}
		for _, device := range targets[id] {
			addresses.Devices = append(addresses.Devices, notify.NewPushDevice(device.DeviceID, notify.Platform(device.Platform), device.Token()))
		}
		reached[id] = addresses
	}
	return reached, nil
}

// maskedPeople shows residents to staff who need no more.
func (a *App) maskedPeople(ctx context.Context, ids []models.ID) (map[models.ID]notify.MaskedPerson, error) {
	people, err := a.residents.ByIDs(ctx, ids)
	if err != nil {
		return nil, err
	}
	masked := make(map[models.ID]notify.MaskedPerson, len(people))
	for id, person := range people {
		masked[id] = notify.MaskedPerson{Name: person.DisplayName(), Phone: person.MaskedPhone()}
	}
	return masked, nil
}
