package delegation

import (
	"context"
	"fmt"
	"slices"
	"time"

	"onewindow/models"
	"onewindow/models/store"
)

// Given is what a volunteer hands in: casework says it in the transaction of the hand-in.
type Given struct {
	By            *Delegation
	ApplicationID models.ID
	Number        string
	Item          models.Text
	Action        HandInAction
	// Helper and Person are the masked names of who acts and for whom.
	Helper, Person string
}

// TellContactArgs is the job that tells a second contact of a hand-in.
type TellContactArgs struct {
	HandInID models.ID `json:"handInId"`
}

// Kind names the job.
func (TellContactArgs) Kind() string { return "delegation.tell-contact" }

// HandedIn begins the time in which a hand-in can be cancelled, and has the person told at once who did what and how to cancel
// it, and the second contact too.
func (s *Service) HandedIn(ctx context.Context, tx *store.Tx, given Given) error {
	handIn := &HandIn{
		ID: models.NewID(), ApplicationID: given.ApplicationID, Action: given.Action, At: tx.Now, Until: tx.Now.Add(s.Settings.CoolOff),
		delegationID: given.By.ID, code: newCancelCode(), notice: contactNotice{given.Number, given.contactWords()},
	}
	if err := s.insertHandIn(tx, handIn); err != nil {
		return wrap("hand-in by a volunteer", err)
	}
	news := News{
		Notice: NoticeHandedIn, ApplicationID: given.ApplicationID, Number: given.Number, Item: given.Item,
		Until: &handIn.Until, About: given.personWords(handIn.Until),
	}
	if err := s.Tell(ctx, tx, given.By.GrantorID, news); err != nil {
		return err
	}
	named, err := s.contact(tx.DB, given.By.GrantorID)
	if err != nil || named.phone.IsZero() {
		return wrap("second contact", err)
	}
	return tx.Enqueue(TellContactArgs{handIn.ID}, nil)
}

func (g Given) personWords(until time.Time) models.Text {
	at := until.In(models.Zone)
	did := models.T("提交了", "handed in")
	if g.Action == HandInSupplement {
		did = models.T("补交了材料并提交了", "added documents to and handed in")
	}
	return models.T(
		fmt.Sprintf("志愿者%s（%s）代您%s“%s”（编号 %s）。%s前可以取消", g.Helper, g.By.ServicePoint.Name, did.In(models.Chinese), g.Item.In(models.Chinese),
			g.Number, at.Format("2006年1月2日15:04")),
		fmt.Sprintf("Volunteer %s (%s) %s “%s” (number %s) for you. You can cancel it until %s", g.Helper, g.By.ServicePoint.Name, did.In(models.English),
			g.Item.In(models.English), g.Number, at.Format("2 January 2006 15:04")))
}

func (g Given) contactWords() models.Text {
	return models.T(
		fmt.Sprintf("志愿者%s（%s）代%s", g.Helper, g.By.ServicePoint.Name, g.Person),
		fmt.Sprintf("volunteer %s (%s) for %s", g.Helper, g.By.ServicePoint.Name, g.Person))
}

// TellContact tells the second contact of a hand-in that can still be cancelled, once.
func (s *Service) TellContact(ctx context.Context, args TellContactArgs) error {
	db := s.Store.Reader(ctx)
	found, err := s.handIns(db.Where("id = ?", args.HandInID), 1)
	if err != nil || len(found) == 0 {
		return wrap("tell second contact", err)
	}
	handIn := found[0]
	if handIn.toldAt != nil || !handIn.Cooling(s.Store.Clock().Now()) {
		return nil
	}
	by, err := s.byID(db, handIn.delegationID)
	if err != nil || by == nil {
		return wrap("tell second contact", err)
	}
	named, err := s.contact(db, by.GrantorID)
	if err != nil || named.phone.IsZero() {
		return wrap("tell second contact", err)
	}
	news := ContactNews{Number: handIn.notice.Number, About: handIn.notice.About, Until: handIn.Until, Code: handIn.code, Locale: named.locale}
	if err := s.SendContact(ctx, named.phone, news); err != nil {
		return wrap("tell second contact", err)
	}
	return s.Store.InTx(ctx, func(tx *store.Tx) error { return markTold(tx, handIn.ID) })
}

// HandIns are what volunteers handed in for an application, the newest first. In a transaction (tx not nil) they stay as they
// are until its end.
func (s *Service) HandIns(ctx context.Context, tx *store.Tx, application models.ID) ([]*HandIn, error) {
	db := s.Store.Reader(ctx)
	if tx != nil {
		db = tx.Locked()
	}
	found, err := s.handIns(db.Where("application_id = ?", application), 1)
	return found, wrap("hand-ins", err)
}

// HandInsOf is HandIns outside of a transaction for several applications, in one statement.
func (s *Service) HandInsOf(ctx context.Context, applications []models.ID) (map[models.ID][]*HandIn, error) {
	found, err := s.handIns(s.Store.Reader(ctx).Where("application_id IN ?", applications), len(applications))
	byApplication := map[models.ID][]*HandIn{}
	for _, one := range found {
		byApplication[one.ApplicationID] = append(byApplication[one.ApplicationID], one)
	}
	return byApplication, wrap("hand-ins", err)
}

// ByCode finds what a code cancels, nil where it is none. Every call counts against the caller's address.
func (s *Service) ByCode(ctx context.Context, actor models.Actor, typed string) (*HandIn, error) {
	if err := s.Codes.CountTry(ctx, actor); err != nil {
		return nil, err
	}
	code, possible := readCancelCode(typed)
	if !possible {
		return nil, nil
	}
	generation, err := s.Store.IndexGeneration(ctx)
	if err != nil {
		return nil, wrap("cancelling code", err)
	}
	indexes, err := s.Keyring.Indexes(generation, purposeCode, code)
	if err != nil {
		return nil, wrap("cancelling code", err)
	}
	found, err := s.handIns(s.Store.Reader(ctx).Where("code_index IN ?", indexes), 1)
	if err != nil || len(found) == 0 {
		return nil, wrap("cancelling code", err)
	}
	return found[0], nil
}

// Cancelled writes down that hand-ins were taken back, ends the help that they were made by, and has the volunteer, the service
// point and, where somebody else took them back, the person told.
func (s *Service) Cancelled(ctx context.Context, tx *store.Tx, all []*HandIn, by Canceller, number string, item models.Text) error {
	var delegations []models.ID
	for _, one := range all {
		if one.CancelledAt != nil {
			continue
		}
		if err := cancelHandIn(tx, one.ID, by); err != nil {
			return wrap("cancel hand-in", err)
		}
		if !slices.Contains(delegations, one.delegationID) {
			delegations = append(delegations, one.delegationID)
		}
	}
	slices.Sort(delegations)
	for _, id := range delegations {
		if err := s.endCancelled(ctx, tx, id, by, News{Notice: NoticeHelpCancelled, ApplicationID: all[0].ApplicationID, Number: number, Item: item}); err != nil {
			return wrap("cancel hand-in", err)
		}
	}
	return nil
}

func (s *Service) endCancelled(ctx context.Context, tx *store.Tx, id models.ID, by Canceller, news News) error {
	help, err := s.locked(tx, id)
	if err != nil || help == nil {
		return err
	}
	news.About = models.T("本人", "by the person")
	if by == BySecondContact {
		news.About = models.T("第二联系人", "by the second contact")
	}
	if help.State != Revoked {
		if err := end(tx, id); err != nil {
			return err
		}
		s.ended(tx, help)
	}
	if err := s.Tell(ctx, tx, help.DelegateID, news); err != nil {
		return err
	}
	if by == BySecondContact {
		if err := s.Tell(ctx, tx, help.GrantorID, news); err != nil {
			return err
		}
	}
	if help.ServicePoint == nil {
		return nil
	}
	return s.TellPoint(ctx, tx, help.ServicePoint.Department, id, news)
}
