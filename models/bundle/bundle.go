package bundle

import (
	"fmt"

	"onewindow/models"
	"onewindow/models/casework"
	"onewindow/models/catalogue"
	"onewindow/models/material"
)

// State is where a bundle case stands.
type State string

// DRAFT: nothing has been handed in yet. COMPLETED: every member that takes part has ended.
const (
	Draft      State = "DRAFT"
	InProgress State = "IN_PROGRESS"
	Completed  State = "COMPLETED"
)

// Case is the applications of one bundle as people see them.
type Case struct {
	ID     models.ID
	State  State
	Bundle *catalogue.Bundle
	// Applications are the members that take part, in the catalogue's order.
	Applications []*casework.Application
	// Missing is everything that the applicant is asked for, a document that several members need once.
	Missing    []*material.RequirementView
	FallenOut  []*FallenOut
	Progress   *Progress
	NextAction *casework.NextAction
	// Days and SerialDays are the working days promised for the members that take part: side by side, and one after another.
	Days, SerialDays int

	// row is what it was made from.
	row *record
}

// FallenOut is a member that does not take part, and why.
type FallenOut struct {
	Item   *catalogue.Item
	Reason models.Text
	Remedy models.Text
	// Application is its draft, where one was begun before it fell out.
	Application *casework.Application
}

// Progress is the bundle's one line.
type Progress struct {
	Done, Total int
	Text        models.Text
}

// stateOf sums up the members that take part.
func stateOf(applications []*casework.Application) State {
	ended, begun := 0, false
	for _, a := range applications {
		if a.State.Final() {
			ended++
		}
		begun = begun || a.Number != nil
	}
	switch {
	case len(applications) > 0 && ended == len(applications):
		return Completed
	case begun:
		return InProgress
	}
	return Draft
}

func progressOf(applications []*casework.Application) *Progress {
	progress := &Progress{Total: len(applications)}
	for _, a := range applications {
		if a.State.Final() {
			progress.Done++
		}
	}
	progress.Text = models.T(fmt.Sprintf("共%d项，已办完%d项", progress.Total, progress.Done), fmt.Sprintf("%d of %d done", progress.Done, progress.Total))
	return progress
}

// nextOf says who has to do what: the applicant before a department, and of departments the one that is due first.
func nextOf(state State, applications []*casework.Application, missing []*material.RequirementView) *casework.NextAction {
	switch state {
	case Completed:
		return &casework.NextAction{Who: casework.NextNobody, Title: models.T("全部事项均已办完", "Everything is done")}
	case Draft:
		next := &casework.NextAction{Who: casework.NextApplicant, Title: models.T("请填写并提交", "Please fill in and hand in")}
		if len(missing) > 0 {
			names := make([]models.Text, len(missing))
			for i, row := range missing {
				names[i] = row.Material.Name
			}
			next.Detail = join("还需准备：", "Still needed: ", names)
		}
		return next
	case InProgress:
	}
	var best *casework.Application
	for _, a := range applications {
		if !a.State.Final() && (best == nil || sooner(a.NextAction, best.NextAction)) {
			best = a
		}
	}
	next := *best.NextAction
	next.Title = both(quoted(best.Item.Name), models.T("：", ": "), next.Title)
	return &next
}

func sooner(a, b *casework.NextAction) bool {
	order := map[casework.NextActor]int{casework.NextApplicant: 0, casework.NextDepartment: 1, casework.NextNobody: 2}
	if order[a.Who] != order[b.Who] {
		return order[a.Who] < order[b.Who]
	}
	return a.DueAt != nil && (b.DueAt == nil || a.DueAt.Before(*b.DueAt))
}
