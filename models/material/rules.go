package material

import (
	"fmt"
	"slices"

	"onewindow/models"
)

// Met tells that the material itself is there, whichever channel brought it.
func (s Status) Met() bool { return s == Provided || s == Reused || s == Fetched }

// settles tells that a member of a one-of group asks for nothing more: it is there, promised for later or committed to.
func (s Status) settles() bool { return s.Met() || s == Deferred || s == Committed }

// StillMissing gives the requirements that have to come before the application can go on, in their order.
func StillMissing(requirements []Requirement) []Requirement {
	var open []Requirement
	for _, requirement := range requirements {
		if requirement.Status.Open() {
			open = append(open, requirement)
		}
	}
	return open
}

// FromAuthoritiesAlone tells that every material came from the authority that issued it, so that nobody has to look at
// the papers before the application is accepted. An application that needs no material at all counts too.
func FromAuthoritiesAlone(requirements []Requirement) bool {
	for _, requirement := range requirements {
		if requirement.Status != NotNeeded && (!requirement.Status.Met() || requirement.Trust != Issued) {
			return false
		}
	}
	return true
}

// SettleGroups applies "one of these is enough": once a member of a group is there, the others ask for nothing; when it
// falls away again (a rejected document), they are asked for again. groups gives, by its key, the group of each requirement
// that belongs to one and that its own rule asks for; of all others the status stays as it is. The requirements given are
// not changed.
func SettleGroups(requirements []Requirement, groups map[string]string) []Requirement {
	settled := make([]Requirement, len(requirements))
	copy(settled, requirements)
	reopen(settled, groups)
	winners := winnersOf(settled, groups)
	for i := range settled {
		member := &settled[i]
		winner, found := winners[groups[member.Key]]
		if !found || winner.Key == member.Key {
			continue
		}
		// A promise to bring one paper later ends when another of the group is really there.
		if member.Status.Open() || (member.Status == Deferred && winner.Status.Met()) {
			member.Status, member.ReplacedBy, member.DueAt = NotNeeded, winner.Key, nil
		}
	}
	return settled
}

func reopen(requirements []Requirement, groups map[string]string) {
	standing := map[string]bool{}
	for _, requirement := range requirements {
		standing[requirement.Key] = requirement.Status.settles()
	}
	for i := range requirements {
		replaced := &requirements[i]
		inGroup := groups[replaced.Key] != ""
		if replaced.ReplacedBy == "" || (inGroup && standing[replaced.ReplacedBy]) {
			continue
		}
		replaced.ReplacedBy = ""
		if inGroup && replaced.Status == NotNeeded {
			replaced.Status = Missing
		}
	}
}

// winnersOf finds the member of each group that settles it: one that is there before one that is only promised.
func winnersOf(requirements []Requirement, groups map[string]string) map[string]Requirement {
	winners := map[string]Requirement{}
	for _, requirement := range requirements {
		group := groups[requirement.Key]
		if group == "" || !requirement.Status.settles() {
			continue
		}
		if known, found := winners[group]; !found || (requirement.Status.Met() && !known.Status.Met()) {
			winners[group] = requirement
		}
	}
	return winners
}

// EndsBefore tells that a document that met a requirement will have ended when the decision is due.
func (r Requirement) EndsBefore(decisionDue models.Date) bool {
	return r.Status.Met() && r.ExpiresOn != nil && *r.ExpiresOn < decisionDue
}

// LastThrough tells that no document that met a requirement ends before a day.
func LastThrough(requirements []Requirement, day models.Date) bool {
	return !slices.ContainsFunc(requirements, func(requirement Requirement) bool { return requirement.EndsBefore(day) })
}

// ExpiryWarning says that a document that ends on a day will have ended before the decision is due, or has ended already; nil
// when it lasts long enough.
func ExpiryWarning(expiresOn *models.Date, today, decisionDue models.Date) models.Text {
	switch {
	case expiresOn == nil || *expiresOn >= decisionDue && *expiresOn >= today:
		return nil
	case *expiresOn < today:
		return expired("", *expiresOn).Message
	}
	return models.T(
		fmt.Sprintf("该材料有效期至%s，早于预计办结日%s，请准备新的材料", chineseDay(*expiresOn), chineseDay(decisionDue)),
		fmt.Sprintf("This document is valid until %s, before the decision is due on %s; please prepare a new one", *expiresOn, decisionDue))
}

func chineseDay(day models.Date) string {
	return fmt.Sprintf("%d年%d月%d日", day.Year(), int(day.Month()), day.Day())
}
