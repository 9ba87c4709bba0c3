package catalogue

import (
	"slices"

	"onewindow/models"
)

// Bundle is one matter in life: several items that are applied for together.
type Bundle struct {
	Code string
	Name models.Text
	// Items are the members in the catalogue's order; Members say when each takes part.
	Items   []*Item
	Members []BundleMember
	Order   []*BundleOrder
	// SharedForm are the keys of answers that are asked once for all members.
	SharedForm []string
	// Days are the working days promised when what can run side by side does, SerialDays one after another.
	Days, SerialDays int
}

// BundleMember is one member and the rule by which it takes part; no rule: always.
type BundleMember struct {
	Item *Item
	When *Rule
}

// BundleOrder says that an item waits for the results of others.
type BundleOrder struct {
	Item  *Item
	After []*Item
}

// Predecessors gives the items whose results an item waits for.
func (b *Bundle) Predecessors(code string) []*Item {
	for _, order := range b.Order {
		if order.Item.Code == code {
			return order.After
		}
	}
	return nil
}

// with gives the bundle with the members as they are on offer: itself, where nothing differs.
func (b *Bundle) with(offered map[string]*Item) *Bundle {
	if !slices.ContainsFunc(b.Items, func(item *Item) bool { return offered[item.Code] != item }) {
		return b
	}
	changed := *b
	changed.Items, changed.Members, changed.Order = make([]*Item, len(b.Items)), slices.Clone(b.Members), make([]*BundleOrder, len(b.Order))
	for index, item := range b.Items {
		changed.Items[index] = offered[item.Code]
	}
	for index := range changed.Members {
		changed.Members[index].Item = offered[changed.Members[index].Item.Code]
	}
	for index, order := range b.Order {
		moved := &BundleOrder{Item: offered[order.Item.Code]}
		for _, before := range order.After {
			moved.After = append(moved.After, offered[before.Code])
		}
		changed.Order[index] = moved
	}
	changed.Days, changed.SerialDays = 0, 0
	changed.measure()
	return &changed
}

// measure computes the promised days side by side and one after another. Calendar days of a member are taken as they are:
// the sum is a promise in working days and may only be kept early.
func (b *Bundle) measure() {
	nodes := make([]node, 0, len(b.Items))
	for _, item := range b.Items {
		b.SerialDays += item.PromisedDays
		member := node{id: item.Code, days: item.PromisedDays}
		for _, before := range b.Predecessors(item.Code) {
			member.after = append(member.after, before.Code)
		}
		nodes = append(nodes, member)
	}
	b.Days, _ = longestPath(nodes)
}

// node is one point of a graph of things that take days and wait for others.
type node struct {
	id    string
	days  int
	after []string
}

// sorted gives the ids so that each comes after those it waits for, and those that wait for each other in a circle.
// What is not in the graph is waited for by nobody.
func sorted(nodes []node) (order, circle []string) {
	waits := make(map[string]int, len(nodes))
	next := map[string][]string{}
	for _, n := range nodes {
		waits[n.id] = 0
	}
	for _, n := range nodes {
		for _, before := range n.after {
			if _, isKnown := waits[before]; isKnown {
				waits[n.id]++
				next[before] = append(next[before], n.id)
			}
		}
	}
	for _, n := range nodes {
		if waits[n.id] == 0 {
			order = append(order, n.id)
		}
	}
	for index := 0; index < len(order); index++ {
		for _, id := range next[order[index]] {
			if waits[id]--; waits[id] == 0 {
				order = append(order, id)
			}
		}
	}
	for _, n := range nodes {
		if waits[n.id] > 0 {
			circle = append(circle, n.id)
		}
	}
	return order, circle
}

// longestPath gives the days of the longest path, or the ids that wait for each other in a circle or for such.
func longestPath(nodes []node) (days int, circle []string) {
	order, circle := sorted(nodes)
	byID := make(map[string]node, len(nodes))
	for _, n := range nodes {
		byID[n.id] = n
	}
	ends := make(map[string]int, len(nodes))
	for _, id := range order {
		start := 0
		for _, before := range byID[id].after {
			start = max(start, ends[before])
		}
		ends[id] = start + byID[id].days
		days = max(days, ends[id])
	}
	return days, circle
}
