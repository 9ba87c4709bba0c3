package identity

import (
	"context"

	"onewindow/models"
	"onewindow/models/store"
)

// House is what of the rest of the house this room needs, handed over by the assembly. All but Device, Channel and ProvePhone run
// inside the transaction that they belong to.
type House struct {
	// Moved takes along what an account without an identity had when its phone joins another: sessions, devices, drafts, papers.
	Moved func(ctx context.Context, tx *store.Tx, from, to models.ID) error
	// Succeeded takes along what a record had, which the register or a paper named, when an account takes its place.
	Succeeded func(ctx context.Context, tx *store.Tx, record, account models.ID) error
	// Ended ends the sessions of an account but one, and forgets their devices; keep "": all.
	Ended func(ctx context.Context, tx *store.Tx, person, keep models.ID) error
	// Tell writes a message; id is the message's own where there is a question to answer, else "".
	Tell func(ctx context.Context, tx *store.Tx, person models.ID, notice Notice, id models.ID) error
	// TellWithdrawn tells a person that what a purpose allows has ended.
	TellWithdrawn func(ctx context.Context, tx *store.Tx, person models.ID, purpose *Purpose) error
	// NeedsDepartments tells whether applications of a person are still worked at departments.
	NeedsDepartments func(ctx context.Context, tx *store.Tx, person models.ID) (bool, error)
	// Device names the device that somebody is signed in on; "" where it has no name.
	Device func(ctx context.Context, actor models.Actor) (string, error)
	// Channel is what the device runs that somebody is signed in on, such as IOS or WEB; "" where it did not say.
	Channel func(ctx context.Context, actor models.Actor) (string, error)
	// ProvePhone tells whether a code that was just sent to a phone is right; it is used up.
	ProvePhone func(ctx context.Context, phone models.PhoneNumber, code string) (bool, error)
}

// Furnish hands the rest of the house over. Called while the system is put together, never later.
func (s *Service) Furnish(house House) { s.house = house }

// empty is a house without anything else in it.
func empty() House {
	return House{
		Moved:            func(context.Context, *store.Tx, models.ID, models.ID) error { return nil },
		Succeeded:        func(context.Context, *store.Tx, models.ID, models.ID) error { return nil },
		Ended:            func(context.Context, *store.Tx, models.ID, models.ID) error { return nil },
		Tell:             func(context.Context, *store.Tx, models.ID, Notice, models.ID) error { return nil },
		TellWithdrawn:    func(context.Context, *store.Tx, models.ID, *Purpose) error { return nil },
		NeedsDepartments: func(context.Context, *store.Tx, models.ID) (bool, error) { return false, nil },
		Device:           func(context.Context, models.Actor) (string, error) { return "", nil },
		Channel:          func(context.Context, models.Actor) (string, error) { return "", nil },
		ProvePhone:       func(context.Context, models.PhoneNumber, string) (bool, error) { return false, nil },
	}
}
