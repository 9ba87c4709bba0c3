package catalogue

import (
	"fmt"

	"onewindow/models"
)

// Summary is what a catalogue holds, in figures.
type Summary struct {
	Departments, Materials, Items, Bundles int
	// Rules counts the expressions, those that only say true left out.
	Rules int
	// Years are those whose calendar is published, rising.
	Years []int
	// Warnings are no faults, but worth a second look.
	Warnings Faults
}

// Summary sums a catalogue up as it looks on a day.
func (c *Catalogue) Summary(today models.Date) *Summary {
	sum := &Summary{
		Departments: len(c.Departments), Materials: len(c.Materials), Items: len(c.Items), Bundles: len(c.Bundles),
		Years: c.Calendar.Years(), Warnings: c.warnings,
	}
	for _, item := range c.Items {
		sum.Rules += item.countRules()
	}
	for _, bundle := range c.Bundles {
		for _, member := range bundle.Members {
			sum.Rules += count(member.When)
		}
	}
	for _, year := range []int{today.Year(), today.Year() + 1} {
		if !c.Calendar.Published(year) {
			sum.Warnings = append(sum.Warnings, Fault{File: fmt.Sprintf("calendar/%d.yaml", year), Message: models.T(
				"还没有这一年的日历：期限暂按周一至周五计算，并标明为暂定", "the year is not published: until it is, Monday to Friday count and due dates are provisional")})
		}
	}
	return sum
}

func (i *Item) countRules() int {
	rules := 0
	for _, condition := range i.Conditions {
		rules += count(condition.Rule)
	}
	for _, field := range i.Form {
		rules += count(field.ShowIf)
	}
	for _, material := range i.Materials {
		rules += count(material.RequiredIf)
	}
	for _, step := range i.Steps {
		rules += count(step.When)
	}
	for _, fee := range i.Fees {
		rules += count(fee.When)
	}
	for _, result := range i.Results {
		rules += count(result.ValidUntil)
	}
	return rules
}

func count(r *Rule) int {
	if r == nil || r.Source == "true" {
		return 0
	}
	return 1
}
