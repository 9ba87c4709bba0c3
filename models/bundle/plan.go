package bundle

import (
	"slices"

	"onewindow/models"
	"onewindow/models/casework"
	"onewindow/models/catalogue"
)

// plan is a bundle as one case of it was begun: the catalogue may change afterwards, the order of this case does not.
type plan struct {
	Name    models.Text     `json:"name"`
	Members []plannedMember `json:"members"`
	// Shared are the keys that mean the same in every member by the catalogue's own word.
	Shared []string `json:"shared,omitempty"`
}

// plannedMember is one item of the matter.
type plannedMember struct {
	Item  string      `json:"item"` // code
	Name  models.Text `json:"name"`
	After []string    `json:"after,omitempty"`
	// Issues are the dictionary codes of its results, Days its promised working days.
	Issues []string `json:"issues,omitempty"`
	Days   int      `json:"days"`
	// Outside is why no application was begun for it; nil: one was.
	Outside *casework.Fallen `json:"outside,omitempty"`
}

func planOf(b *catalogue.Bundle) plan {
	made := plan{Name: b.Name, Shared: b.SharedForm}
	for _, item := range b.Items {
		member := plannedMember{Item: item.Code, Name: item.Name, Days: item.PromisedDays}
		for _, before := range b.Predecessors(item.Code) {
			member.After = append(member.After, before.Code)
		}
		for _, result := range item.Results {
			member.Issues = append(member.Issues, result.Material.Code)
		}
		made.Members = append(made.Members, member)
	}
	return made
}

func (p *plan) member(code string) *plannedMember {
	for i := range p.Members {
		if p.Members[i].Item == code {
			return &p.Members[i]
		}
	}
	return nil
}

// ordered gives the members so that each comes after those that it waits for.
func (p *plan) ordered() []*plannedMember {
	var order []*plannedMember
	for i := range p.Members {
		p.visit(&p.Members[i], &order)
	}
	return order
}

func (p *plan) visit(member *plannedMember, order *[]*plannedMember) {
	if member == nil || slices.Contains(*order, member) {
		return
	}
	for _, before := range member.After {
		p.visit(p.member(before), order)
	}
	*order = append(*order, member)
}

// before gives all members that come before one, at whatever distance, in order.
func (p *plan) before(code string) []*plannedMember {
	var order []*plannedMember
	p.visit(p.member(code), &order)
	return order[:max(len(order)-1, 0)]
}

// behind gives the members that wait for one, at whatever distance, in order.
func (p *plan) behind(code string) []*plannedMember {
	var behind []*plannedMember
	for _, member := range p.ordered() {
		if slices.ContainsFunc(p.before(member.Item), func(b *plannedMember) bool { return b.Item == code }) {
			behind = append(behind, member)
		}
	}
	return behind
}

// days gives the promised working days of the members that take part: the longest way through them, and their sum.
func (p *plan) days(takesPart func(code string) bool) (parallel, serial int) {
	ends := map[string]int{}
	for _, member := range p.ordered() {
		start := 0
		for _, before := range member.After {
			start = max(start, ends[before])
		}
		ends[member.Item] = start
		if takesPart(member.Item) {
			ends[member.Item] += member.Days
			serial += member.Days
		}
		parallel = max(parallel, ends[member.Item])
	}
	return parallel, serial
}
