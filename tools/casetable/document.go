package main

import (
	"fmt"
	"slices"
	"strings"

	"onewindow/models"
	"onewindow/models/casework"
)

const introduction = `# The life of an application 办件的一生

Written by ` + "`go run ./tools/casetable`" + ` from the table in ` + "`models/casework/machine.go`" + `: change the table, not this page.

A case moves only along a row of the table below. Whatever is not in it is refused with ` + "`CONFLICT`" + `, and
` + "`extensions.current`" + ` tells the present state. Each move is one transaction: the state, the event of the timeline, the clock, the
tasks of the staff, messages and reminders, hand-overs to departments, the access record and the idempotency record stand or
fall together. Two people acting at once: one wins, the other is told.

## The states
`

const diagramIntroduction = `
## The moves that change the state

The label is the action. Where an action leads to several states, the table below names the ordinary one first.

`

const tableIntroduction = `
## Every move

*Who* is checked together with reach: whose application, which department, whose task. *Guard* is what must hold besides.
*Clock* is what the move does to the acceptance and promise clocks; how due dates follow from that is told, day by day, by the
field ` + "`deadline`" + ` of an application.

| from | action | who | guard | clock | told as | to |
|---|---|---|---|---|---|---|
`

// document is the whole page.
func document() string {
	var page strings.Builder
	page.WriteString(introduction)
	page.WriteString("\n| state | in words | in English |\n|---|---|---|\n")
	for _, state := range states() {
		label := casework.StateLabel(state)
		final := ""
		if state.Final() {
			final = " (final)"
		}
		fmt.Fprintf(&page, "| `%s`%s | %s | %s |\n", state, final, label.In(models.Chinese), label.In(models.English))
	}
	page.WriteString(diagramIntroduction)
	page.WriteString(diagram())
	page.WriteString(tableIntroduction)
	for _, row := range casework.Table {
		fmt.Fprintf(&page, "| `%s` | `%s` | %s | %s | %s | `%s` | %s |\n",
			row.From, row.Action, parties(row.Who), row.Guard, row.Clock, row.Notice, codes(row.To))
	}
	return page.String()
}

// states are all that the table knows, in the order of their first appearance.
func states() []casework.State {
	var known []casework.State
	add := func(state casework.State) {
		if !slices.Contains(known, state) {
			known = append(known, state)
		}
	}
	for _, row := range casework.Table {
		add(row.From)
	}
	for _, row := range casework.Table {
		for _, to := range row.To {
			add(to)
		}
	}
	return known
}

// diagram draws the moves that change the state, those between the same two states on one arrow.
func diagram() string {
	type arrow struct{ from, to casework.State }
	var order []arrow
	labels := map[arrow][]string{}
	for _, row := range casework.Table {
		for _, to := range row.To {
			if to == row.From {
				continue
			}
			one := arrow{row.From, to}
			if labels[one] == nil {
				order = append(order, one)
			}
			labels[one] = append(labels[one], strings.ToLower(strings.ReplaceAll(string(row.Action), "_", " ")))
		}
	}
	var lines strings.Builder
	lines.WriteString("```mermaid\nstateDiagram-v2\n    [*] --> DRAFT: start\n")
	for _, one := range order {
		fmt.Fprintf(&lines, "    %s --> %s: %s\n", one.from, one.to, strings.Join(labels[one], ", "))
	}
	for _, state := range states() {
		if state.Final() {
			fmt.Fprintf(&lines, "    %s --> [*]\n", state)
		}
	}
	lines.WriteString("```\n")
	return lines.String()
}

func parties(who []casework.Party) string {
	names := make([]string, len(who))
	for position, party := range who {
		names[position] = string(party)
	}
	return strings.Join(names, ", ")
}

func codes(states []casework.State) string {
	names := make([]string, len(states))
	for position, state := range states {
		names[position] = "`" + string(state) + "`"
	}
	return strings.Join(names, ", ")
}
