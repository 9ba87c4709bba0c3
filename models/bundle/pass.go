package bundle

import (
	"context"
	"reflect"

	"onewindow/models"
	"onewindow/models/casework"
	"onewindow/models/catalogue"
	"onewindow/models/material"
	"onewindow/models/store"
)

// pass is one look over all members of a bundle case inside one transaction: it goes round until nothing follows from
// anything any more. What its own stores set off comes back to it by note, never by a second pass.
type pass struct {
	service *Service
	row     *record
	// offered is the bundle as the catalogue has it today; nil: it has it no more.
	offered *catalogue.Bundle
	// members are the applications by item code; an item outside has none.
	members map[string]*casework.Member
	actor   models.Actor
	today   models.Date

	// completed and handedIn are items of which that has just become true, released those that wait for nobody any more.
	completed, handedIn []string
	released            map[string]bool
	// documents are those that lie with the members, by id.
	documents map[models.ID]*material.Document
	again     bool
	// answered: answers have changed, and with them perhaps what is needed.
	answered bool
}

type passKey struct{}

// running gives the pass that is under way in this transaction, nil: none.
func running(ctx context.Context) *pass {
	p, _ := ctx.Value(passKey{}).(*pass)
	return p
}

func (s *Service) newPass(row *record, actor models.Actor, tx *store.Tx) *pass {
	p := &pass{
		service: s, row: row, members: map[string]*casework.Member{}, actor: actor, today: models.DateOf(tx.Now),
		released: map[string]bool{}, documents: map[models.ID]*material.Document{},
	}
	p.offered, _ = s.Catalogue.Current().Bundle(row.Code)
	return p
}

func (p *pass) take(members []*casework.Member) {
	for _, member := range members {
		p.members[member.Item().Code] = member
	}
}

// ordered gives the members that have an application so that each comes after those that it waits for.
func (p *pass) ordered() []*casework.Member {
	var members []*casework.Member
	for _, planned := range p.row.Plan.ordered() {
		if member := p.members[planned.Item]; member != nil {
			members = append(members, member)
		}
	}
	return members
}

// note keeps what a change means for the others.
func (p *pass) note(change casework.Change) {
	if change.Before == nil || change.Before.State == change.After.State {
		return
	}
	p.again = true
	if change.After.State == casework.Completed {
		p.completed = append(p.completed, change.Item.Code)
	}
	if change.Before.State == casework.Draft && change.After.Number != "" {
		p.handedIn = append(p.handedIn, change.Item.Code)
	}
}

// settle goes round until nothing follows any more: each round either moves a member on or is the last.
func (p *pass) settle(ctx context.Context, tx *store.Tx) error {
	ctx = context.WithValue(ctx, passKey{}, p)
	for p.again = true; p.again; {
		p.again = false
		if err := p.readDocuments(ctx, tx); err != nil {
			return err
		}
		p.wishes()
		p.results(tx)
		if err := p.fromWallet(ctx, tx); err != nil {
			return err
		}
		for _, member := range p.ordered() {
			p.place(member)
		}
		if err := p.handIns(); err != nil {
			return err
		}
		for _, member := range p.ordered() {
			if err := member.Save(ctx, tx); err != nil {
				return err
			}
		}
	}
	return nil
}

// fromWallet meets what new answers ask for with what the wallet holds.
func (p *pass) fromWallet(ctx context.Context, tx *store.Tx) error {
	if !p.answered {
		return nil
	}
	p.answered = false
	for _, member := range p.ordered() {
		if err := member.TakeFromWallet(ctx, tx); err != nil {
			return err
		}
	}
	return nil
}

// readDocuments reads what lies with the members, once each.
func (p *pass) readDocuments(ctx context.Context, tx *store.Tx) error {
	var ids []models.ID
	add := func(id models.ID) {
		if id != "" && p.documents[id] == nil {
			ids = append(ids, id)
		}
	}
	for _, member := range p.members {
		for _, requirement := range member.Case().Progress.Requirements {
			if requirement.Status.Met() {
				add(requirement.DocumentID)
			}
		}
		for _, result := range member.Case().Progress.Results {
			add(result.DocumentID)
		}
	}
	if len(ids) == 0 {
		return nil
	}
	found, err := p.service.Materials.ByIDs(ctx, tx.DB, ids)
	for id, document := range found {
		p.documents[id] = document
	}
	return err
}

// wishes: whoever hands a member in hands in with it what depends on it.
func (p *pass) wishes() {
	for _, code := range p.handedIn {
		for _, behind := range p.row.Plan.behind(code) {
			member := p.members[behind.Item]
			if member == nil || member.Case().State != casework.Draft {
				continue
			}
			if part := member.Part(); part.Wish == casework.NoWish {
				part.Wish = casework.WishImplied
				member.SetPart(part)
			}
		}
	}
	p.handedIn = nil
}

// place says of one draft what it waits for, takes over what is there for it, and whether it takes part.
func (p *pass) place(member *casework.Member) {
	before := member.Part()
	after := before
	after.Waits, after.Awaits = nil, nil
	if member.Case().State == casework.Draft {
		after.Waits, after.Awaits = p.waits(member)
	}
	p.takeOver(member, after.Awaits)
	if member.Case().State != casework.Draft {
		return
	}
	member.Refresh()
	fallen, blocked := p.fallen(member, after.Awaits)
	after.Fallen, after.Lacking = fallen, nil
	if len(after.Waits) > 0 || after.Wish != casework.NoWish {
		after.Lacking = p.lacking(member, after)
	}
	if len(before.Waits) > 0 && len(after.Waits) == 0 {
		p.released[member.Item().Code] = true
	}
	if reflect.DeepEqual(before, after) {
		return
	}
	member.SetPart(after)
	p.tellMembership(member, before, after, blocked)
}

// tellMembership puts leaving and coming back into the timeline; that a way is blocked by what happened elsewhere is told at once.
func (p *pass) tellMembership(member *casework.Member, before, after casework.Part, blocked bool) {
	switch {
	case before.Fallen == nil && after.Fallen != nil:
		kind := casework.EventFellOut
		if blocked {
			kind = casework.EventPathBlocked
		}
		member.Tell(kind, models.T("这一项目前不用办理", "This one is left out as things stand"), sentences(after.Fallen.Reason, after.Fallen.Remedy), true)
	case before.Fallen != nil && after.Fallen == nil:
		member.Tell(casework.EventCameBack, models.T("这一项可以办理了", "This one takes part again"), nil, true)
	}
}
