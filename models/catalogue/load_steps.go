package catalogue

import (
	"fmt"
	"slices"

	"onewindow/models"
	"onewindow/models/catalogue/document"
)

func (r *itemReader) readSteps(list document.Value) {
	seen := map[string]bool{}
	var after []document.Value
	for _, entry := range entries(list) {
		member(entry, func(o *document.Object) {
			r.item.Steps = append(r.item.Steps, r.readStep(o, seen))
			after = append(after, o.Optional("after"))
		})
	}
	if list.IsPresent() && len(r.item.Steps) == 0 {
		list.Fail("至少要有一个环节", "an item needs a step")
	}
	for index, value := range after {
		r.readPredecessors(r.item.Steps[index], value)
	}
	r.checkPath(list, after)
}

func (r *itemReader) readStep(o *document.Object, seen map[string]bool) *StepDefinition {
	step := &StepDefinition{
		ID:         unique(o.Required("id"), seen, id),
		Name:       o.Required("name").Words(),
		Department: r.named.department(lookup(o.Required("department"), r.departments, "部门", "department")),
		Role: document.OneOf(o.Required("role"), []string{"reviewer", "approver", "issuer"},
			[]models.Role{models.Reviewer, models.Approver, models.Issuer}),
		When:      r.rule(o.Optional("when")),
		FastTrack: o.Optional("fast_track").Bool(),
		Counts:    true,
		MaxDays:   o.Optional("max_days").Int(1, mostDays),
		Basis:     oneOrMore(o.Optional("basis")),
	}
	step.Days, step.Unit, _ = days(o, "days", "calendar_days")
	if step.MaxDays > 0 && step.MaxDays < step.Days {
		o.Optional("max_days").Fail("小于环节自己的天数", "less than the step's own days")
	}
	if counts := o.Optional("counts"); counts.IsPresent() {
		step.Counts = counts.Bool()
	}
	if sees := o.Optional("sees"); sees.IsPresent() {
		member(sees, func(inner *document.Object) { step.Sees = r.readSees(inner) })
	}
	return step
}

func (r *itemReader) readSees(o *document.Object) *Sees {
	known := func(isKnown func(string) bool) func(document.Value) string {
		return func(v document.Value) string {
			key := v.String()
			if key != "" && !isKnown(key) {
				v.Fail("事项里没有 "+key, "the item has no "+key)
			}
			return key
		}
	}
	return &Sees{
		Form: texts(o.Optional("form"), known(func(key string) bool {
			_, found := r.item.Field(key)
			return found
		})),
		Materials: texts(o.Optional("materials"), known(func(key string) bool {
			return slices.ContainsFunc(r.item.Materials, func(m *ItemMaterial) bool {
				return m.Key == key || m.Material != nil && m.Material.Code == key
			})
		})),
	}
}

func (r *itemReader) readPredecessors(step *StepDefinition, list document.Value) {
	step.DependsOn = texts(list, func(v document.Value) string {
		before := id(v)
		if _, found := r.item.Step(before); before != "" && !found {
			v.Fail("没有这个环节："+before, "there is no step "+before)
			return ""
		}
		return before
	})
}

// checkPath sees that the steps wait for each other in no circle and fit into the promise.
func (r *itemReader) checkPath(list document.Value, after []document.Value) {
	nodes := make([]node, 0, len(r.item.Steps))
	for _, step := range r.item.Steps {
		point := node{id: step.ID, after: step.DependsOn}
		if step.Counts {
			point.days = leastDays(step.Days, step.Unit, r.item.PromisedUnit)
		}
		nodes = append(nodes, point)
	}
	longest, circle := longestPath(nodes)
	chinese, english := few(circle)
	for index, step := range r.item.Steps {
		if slices.Contains(circle, step.ID) {
			after[index].Fail("环节相互等待："+chinese, "the steps wait for each other: "+english)
		}
	}
	if len(circle) == 0 && longest > r.item.PromisedDays {
		list.Fail(fmt.Sprintf("环节最长路径 %d 天，超过承诺的 %d 天", longest, r.item.PromisedDays),
			fmt.Sprintf("the longest path through the steps takes %d days of %d promised", longest, r.item.PromisedDays))
	}
}
