package express

import (
	"context"

	"onewindow/models"
	"onewindow/models/casework"
)

// progress answers applicationByNumber.
type progress struct {
	root, timeline *selection
	results        bool
	laid           object[*casework.Shown]
	key            string
}

func (*progress) asks() string { return "applicationByNumber" }

func progressPlan(root *selection) plan {
	inner, ok := flatten(root.sets...)
	if !ok || !root.only("number") {
		return nil
	}
	p := &progress{root: root, key: `{"` + root.key + `":`}
	known := applicationFields()
	for _, chosen := range inner {
		var write func(*writer, *casework.Shown)
		switch chosen.name {
		case "timeline":
			if p.timeline != nil || !chosen.only("first", "after") {
				return nil // twice under two names, perhaps with other pages
			}
			p.timeline = chosen
			write, ok = timelineOf(chosen)
		case "results":
			p.results = true
			write, ok = many(func(s *casework.Shown) []*result { return s.Results }, resultFields)(chosen)
		default:
			write, ok = ofApplication(known, chosen)
		}
		if !ok {
			return nil
		}
		p.laid = append(p.laid, member[*casework.Shown]{`"` + chosen.key + `":`, write})
	}
	return p
}

func ofApplication(known fields[*application], chosen *selection) (func(*writer, *casework.Shown), bool) {
	field := known[chosen.name]
	if field == nil {
		return nil, false
	}
	write, ok := field(chosen)
	return func(w *writer, shown *casework.Shown) { write(w, shown.Application) }, ok
}

// timelineOf lays the timeline out past its arguments, which are read with each request.
func timelineOf(chosen *selection) (func(*writer, *casework.Shown), bool) {
	inner, ok := flatten(chosen.sets...)
	if !ok {
		return nil, false
	}
	laid, ok := connectionFields("ApplicationEvent", eventFields, false)().lay(inner)
	return func(w *writer, shown *casework.Shown) { laid.write(w, shown.Timeline) }, ok
}

func (p *progress) answer(ctx context.Context, cases *casework.Service, actor models.Actor, variables map[string]any, out *writer) bool {
	number, ok := p.root.text("number", variables)
	if !ok {
		return false
	}
	wanted := casework.Wanted{Results: p.results}
	if p.timeline != nil {
		page, ok := p.timeline.page(variables)
		if !ok {
			return false
		}
		wanted.Timeline = &page
	}
	shown, err := cases.Show(ctx, actor, number, wanted)
	if err != nil {
		return false
	}
	out.bytes = append(make([]byte, 0, 6<<10), p.key...)
	p.laid.write(out, shown)
	out.bytes = append(out.bytes, '}')
	return true
}

// mine answers viewer { applications }.
type mine struct {
	list    *selection
	counted bool
	laid    object[*models.Page[*application]]
	key     string
}

func (*mine) asks() string { return "viewer" }

func minePlan(root *selection) plan {
	inner, ok := flatten(root.sets...)
	if !ok || len(inner) != 1 || inner[0].name != "applications" || !inner[0].only("first", "after", "states") {
		return nil
	}
	m := &mine{list: inner[0], key: `{"` + root.key + `":{"` + inner[0].key + `":`}
	chosen, ok := flatten(m.list.sets...)
	if !ok {
		return nil
	}
	for _, one := range chosen {
		m.counted = m.counted || one.name == "totalCount"
	}
	if m.laid, ok = connectionFields("Application", applicationFields, true)().lay(chosen); !ok {
		return nil
	}
	return m
}

func (m *mine) answer(ctx context.Context, cases *casework.Service, actor models.Actor, variables map[string]any, out *writer) bool {
	page, ok := m.list.page(variables)
	if !ok {
		return false
	}
	if states, ok := m.list.argument("states", variables); !ok || states != nil {
		return false
	}
	found, err := cases.MineTogether(ctx, actor, page, m.counted)
	if err != nil || len(found.Edges) == 0 { // with a case of theirs the person is there; otherwise the executor looks
		return false
	}
	out.bytes = append(make([]byte, 0, 3<<10*len(found.Edges)), m.key...)
	m.laid.write(out, found)
	out.bytes = append(out.bytes, "}}"...)
	return true
}
