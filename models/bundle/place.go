package bundle

import (
	"slices"

	"onewindow/models"
	"onewindow/models/casework"
	"onewindow/models/material"
	"onewindow/models/store"
)

// standing is how a member looks to those that wait for it.
type standing int

const (
	pending standing = iota
	done
	// gone: it will not issue anything (any more) in this bundle.
	gone
)

func (p *pass) standing(code string) standing {
	member := p.members[code]
	if member == nil {
		return gone
	}
	switch member.Case().State {
	case casework.Completed:
		return done
	case casework.Rejected, casework.Withdrawn, casework.Lapsed:
		return gone
	case casework.Draft:
		if member.Part().Fallen != nil {
			return gone
		}
	}
	return pending
}

// waits gives the items that a draft waits for, and which of its requirements their results will meet.
func (p *pass) waits(member *casework.Member) ([]casework.Waited, map[string]string) {
	code := member.Item().Code
	planned := p.row.Plan.member(code)
	var waits []casework.Waited
	if planned == nil {
		return nil, nil
	}
	for _, before := range planned.After {
		if p.standing(before) == pending {
			waits = append(waits, casework.Waited{Item: before, Name: p.row.Plan.member(before).Name})
		}
	}
	var awaits map[string]string
	for _, before := range p.row.Plan.before(code) {
		if p.standing(before.Item) != pending {
			continue
		}
		for _, requirement := range member.Case().Progress.Requirements {
			if slices.Contains(before.Issues, requirement.Material) {
				if awaits == nil {
					awaits = map[string]string{}
				}
				awaits[requirement.Key] = before.Item
			}
		}
	}
	return waits, awaits
}

// takeOver meets the open requirements of a member with what was given or issued elsewhere in the bundle.
func (p *pass) takeOver(member *casework.Member, awaits map[string]string) {
	for _, requirement := range slices.Clone(member.Case().Progress.Requirements) {
		open := requirement.Status.Open() || requirement.Status == material.Deferred
		if !open || awaits[requirement.Key] != "" || !member.MayMeet(&requirement) {
			continue
		}
		if document, way := p.fitting(member, requirement); document != nil {
			member.Meet(requirement.Key, way, document)
		} else if p.promised(member, requirement) {
			member.Commit(requirement.Key)
		}
	}
}

// fitting finds a document for a requirement: a result of the bundle before what was handed in, and never the one refused.
func (p *pass) fitting(member *casework.Member, wanted material.Requirement) (*material.Document, material.Status) {
	usable := func(id models.ID) *material.Document {
		document := p.documents[id]
		if document == nil || id == wanted.DocumentID || document.MaterialCode != wanted.Material || !document.Valid(p.today) {
			return nil
		}
		return document
	}
	for _, other := range p.ordered() {
		if other == member {
			continue
		}
		for _, result := range other.Case().Progress.Results {
			if document := usable(result.DocumentID); document != nil {
				return document, material.Reused
			}
		}
	}
	for _, other := range p.ordered() {
		for _, given := range other.Case().Progress.Requirements {
			if other == member || !given.Status.Met() || !p.samePiece(member, wanted, other, given) {
				continue
			}
			if document := usable(given.DocumentID); document != nil {
				if given.Status == material.Fetched {
					return document, material.Fetched
				}
				return document, material.Reused
			}
		}
	}
	return nil, ""
}

// samePiece: one dictionary code; where an item asks for the code more than once, the pieces are told apart by their keys.
func (p *pass) samePiece(member *casework.Member, wanted material.Requirement, other *casework.Member, given material.Requirement) bool {
	if wanted.Material != given.Material {
		return false
	}
	return wanted.Key == given.Key || (asksOnce(member, wanted.Material) && asksOnce(other, wanted.Material))
}

func asksOnce(member *casework.Member, code string) bool {
	count := 0
	for _, requirement := range member.Case().Progress.Requirements {
		if requirement.Material == code {
			count++
		}
	}
	return count == 1
}

// promised tells whether the applicant has agreed elsewhere in the bundle to the very words that this requirement's
// commitment has.
func (p *pass) promised(member *casework.Member, wanted material.Requirement) bool {
	definition, _ := member.Item().Material(wanted.Key)
	if member.Case().State != casework.Draft || definition == nil || definition.Commitment == nil {
		return false
	}
	for _, other := range p.ordered() {
		for _, given := range other.Case().Progress.Requirements {
			if other == member || given.Status != material.Committed || !p.samePiece(member, wanted, other, given) {
				continue
			}
			promise, found := other.Item().Material(given.Key)
			if found && promise.Commitment.In(models.Chinese) == definition.Commitment.In(models.Chinese) {
				return true
			}
		}
	}
	return false
}

// results passes on what has just been issued: documents to every requirement behind it, in place of older ones, and what they
// say to the questions that are open there.
func (p *pass) results(tx *store.Tx) {
	for _, code := range p.completed {
		issuer := p.members[code]
		for _, behind := range p.row.Plan.behind(code) {
			if member := p.members[behind.Item]; member != nil && member.Case().State == casework.Draft {
				p.passOn(tx, issuer, member)
			}
		}
	}
	p.completed = nil
}

func (p *pass) passOn(tx *store.Tx, issuer, member *casework.Member) {
	var taken []models.Text
	for _, result := range issuer.Case().Progress.Results {
		document := p.documents[result.DocumentID]
		if document == nil {
			continue
		}
		for _, requirement := range slices.Clone(member.Case().Progress.Requirements) {
			if requirement.Material == document.MaterialCode && requirement.DocumentID != document.ID && requirement.Status != material.NotNeeded {
				member.Meet(requirement.Key, material.Reused, document)
				taken = append(taken, document.Material.Name)
			}
		}
		from := both(quoted(issuer.Item().Name), models.T("的办理结果", ": its result"))
		answers := flows(document, member.Open(), member.IsOwn, p.today)
		for _, field := range member.Open() {
			if value := answers[field.Key]; value != "" && member.TakeAnswer(field.Key, value, tx.Now, true, from) {
				taken = append(taken, field.Label)
			}
		}
	}
	member.Refresh()
	if len(taken) > 0 {
		member.Tell(casework.EventResultReceived, both(quoted(issuer.Item().Name), models.T("的办理结果已带入", ": its result has been taken over")),
			join("", "", slices.CompactFunc(taken, sameText)), true)
	}
}

func sameText(a, b models.Text) bool { return a.In(models.Chinese) == b.In(models.Chinese) }
