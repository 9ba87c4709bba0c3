package app

import (
	"context"

	"github.com/riverqueue/river"

	"onewindow/auth"
	"onewindow/models"
	"onewindow/models/audit"
	"onewindow/models/delegation"
	"onewindow/models/store"
	"onewindow/notify"
)

// openDelegations makes the room of those who act for others, with its codes and its ways of telling people.
func (a *App) openDelegations() *delegation.Service {
	return delegation.New(delegation.Config{
		Store: a.store, Keyring: a.keyring, Residents: a.residents, Audit: a.audit, Hub: a.hub, Settings: a.config.Help,
		KnownItem: func(code string) bool { _, known := a.catalogue.Current().Item(code); return known },
		ItemName: func(code string) models.Text {
			if item, known := a.catalogue.Current().Item(code); known {
				return item.Name
			}
			return models.T(code, code)
		},
		Codes: delegation.Codes{
			Help: a.codeFor(auth.ForHelp, notify.HelpCode), Contact: a.codeFor(auth.ForContact, notify.SecondContactCode),
			HelpProven: a.provenFor(auth.ForHelp), ContactProven: a.provenFor(auth.ForContact),
			CountTry: func(ctx context.Context, actor models.Actor) error {
				return a.auth.CountTry(ctx, actor, auth.ForCancel)
			},
		},
		Tell: a.tellOfDelegation, TellPoint: a.tellPoint, SendContact: a.sendContact,
	})
}

// codeFor sends a code with words about what it agrees to. Whoever owns the phone reads it: in the language of the house.
func (a *App) codeFor(
	purpose auth.Purpose, kind notify.Kind,
) func(context.Context, models.Actor, models.PhoneNumber, string, models.Text) (*delegation.CodeSent, []*models.Problem, error) {
	return func(ctx context.Context, actor models.Actor, phone models.PhoneNumber, matter string, about models.Text) (*delegation.CodeSent, []*models.Problem, error) {
		sent, problems, err := a.auth.SendCodeFor(ctx, actor, auth.Matter{Phone: phone, Purpose: purpose, ID: matter}, func(ctx context.Context, code string) error {
			return a.notify.SendTo(ctx, phone, kind, notify.Params{Code: code, About: about}, models.Chinese)
		})
		if err != nil || len(problems) > 0 {
			return nil, problems, err
		}
		return &delegation.CodeSent{SentTo: sent.SentTo, ExpiresAt: sent.ExpiresAt}, nil, nil
	}
}

func (a *App) provenFor(purpose auth.Purpose) func(context.Context, models.PhoneNumber, string, string) (bool, error) {
	return func(ctx context.Context, phone models.PhoneNumber, matter, code string) (bool, error) {
		return a.auth.ProveFor(ctx, auth.Matter{Phone: phone, Purpose: purpose, ID: matter}, code)
	}
}

func (a *App) tellOfDelegation(ctx context.Context, tx *store.Tx, person models.ID, news delegation.News) error {
	kind := map[delegation.Notice]notify.Kind{
		delegation.NoticeOffered: notify.DelegationOffered, delegation.NoticeAccepted: notify.DelegationAccepted,
		delegation.NoticeEnded: notify.DelegationOver, delegation.NoticeEnrolled: notify.VolunteerEnrolled,
		delegation.NoticeVolunteerEnded: notify.VolunteerEnded, delegation.NoticeHelpBegun: notify.HelpBegun,
		delegation.NoticeHandedIn: notify.HelpedHandIn, delegation.NoticeHelpCancelled: notify.HelpCancelled,
		delegation.NoticeContactChanged: notify.SecondContactChanged,
	}[news.Notice]
	if kind == notify.HelpedHandIn { // about the person's own application; what is told to a volunteer leads nowhere any more
		return a.notify.TellAbout(ctx, tx, person, news.ApplicationID, kind, paramsOf(news))
	}
	accounts, err := a.auth.StaffByIDs(ctx, []models.ID{person})
	if err != nil {
		return err
	}
	if accounts[person] != nil {
		return a.notify.TellInInbox(ctx, tx, person, kind, paramsOf(news))
	}
	return a.notify.Tell(ctx, tx, person, kind, paramsOf(news))
}

func paramsOf(news delegation.News) notify.Params {
	params := notify.Params{Number: news.Number, Item: news.Item, Note: news.About}
	if news.Until != nil {
		day := models.DateOf(*news.Until)
		params.Day = &day
	}
	return params
}

// tellPoint tells the staff who answer for a service point.
func (a *App) tellPoint(ctx context.Context, tx *store.Tx, department string, about models.ID, news delegation.News) error {
	return a.notify.TellDesk(ctx, tx, department, about, news.ApplicationID, notify.HelpCancelledNotice, notify.Params{Number: news.Number, Item: news.Item})
}

// sendContact tells a second contact, who has no account, in the language that was named with the phone.
func (a *App) sendContact(ctx context.Context, phone models.PhoneNumber, news delegation.ContactNews) error {
	day := models.DateOf(news.Until)
	return a.notify.SendTo(ctx, phone, notify.HelpedContact, notify.Params{Number: news.Number, About: news.About, Day: &day, Code: news.Code}, news.Locale)
}

func (a *App) tellContact(ctx context.Context, job *river.Job[delegation.TellContactArgs]) error {
	return a.delegations.TellContact(ctx, job.Args)
}

// helpers are those who get copies of people's messages: guardians by the register, and who was given leave to follow.
func (a *App) helpers(ctx context.Context, tx *store.Tx, ids []models.ID) (map[models.ID][]notify.Helper, error) {
	guardians, err := a.residents.Guardians(ctx, tx, ids)
	if err != nil {
		return nil, err
	}
	followers, err := a.delegations.Followers(ctx, tx, ids)
	if err != nil {
		return nil, err
	}
	helpers := map[models.ID][]notify.Helper{}
	for person, found := range guardians {
		for _, guardian := range found {
			helpers[person] = append(helpers[person], notify.Helper{ID: guardian})
		}
	}
	for person, found := range followers {
		for _, follower := range found {
			helpers[person] = append(helpers[person], notify.Helper{ID: follower.ID, Items: follower.ItemCodes})
		}
	}
	return helpers, nil
}

// dataSeen plans a word to a person about staff who looked at their data. Who acts for the person with a delegation is no news:
// that stands in the access log alone.
func (a *App) dataSeen(tx *store.Tx, record audit.Record) error {
	if record.ByDelegate() {
		return nil
	}
	return a.notify.DataSeen(tx, record.SubjectID)
}
