package main

import (
	"context"
	"fmt"
	"strings"
	"time"
)

// progress is the line that everybody reads.
type progress struct {
	Number     string
	State      string
	StateLabel string
	DueAt      *time.Time
	NextAction struct{ Title, Detail string }
	Deadline   *struct {
		UsedDays, AllowedDays int
		Light                 string
	}
	Steps      []struct{ Name, State string }
	Supplement *struct{ DueAt time.Time }
}

// words are the fixed words of the line in one language.
type words struct{ due, days, next, layout string }

var wordsOf = map[string]words{
	chinese: {"最晚 %s", "已用 %d/%d 天", "下一步：", "1月2日"},
	english: {"by %s", "day %d of %d", "next: ", "2 January"},
}

var (
	lights = map[string]string{"GREEN": "🟢", "YELLOW": "🟡", "RED": "🔴"}
	// signs of the steps: waiting, at work, standing still, done, left out, cancelled.
	signs = map[string]string{"WAITING": "○", "ACTIVE": "▶", "SUSPENDED": "⏸", "DONE": "✓", "SKIPPED": "–", "CANCELLED": "✗"}
)

// line writes the progress as a person sees it.
func (p *progress) line(locale string) string {
	said := wordsOf[locale]
	parts := []string{p.StateLabel}
	if p.DueAt != nil {
		parts = append(parts, fmt.Sprintf(said.due, p.DueAt.Format(said.layout)))
	}
	if p.Deadline != nil {
		parts = append(parts, fmt.Sprintf(said.days, p.Deadline.UsedDays, p.Deadline.AllowedDays)+" "+lights[p.Deadline.Light])
	}
	if len(p.Steps) > 0 {
		steps := make([]string, len(p.Steps))
		for position, step := range p.Steps {
			steps[position] = step.Name + signs[step.State]
		}
		parts = append(parts, strings.Join(steps, " "))
	}
	next := said.next + p.NextAction.Title
	if p.NextAction.Detail != "" {
		next += " — " + p.NextAction.Detail
	}
	return strings.Join(append(parts, next), " · ")
}

// showProgress prints the line in both languages and checks the state.
func (t *tour) showProgress(ctx context.Context, expected string) (*progress, error) {
	var first *progress
	for _, locale := range []string{chinese, english} {
		var answer struct{ Application *progress }
		if err := t.resident.ask(ctx, locale, "Progress", values{"id": t.id}, &answer); err != nil {
			return nil, err
		}
		t.print("  ┃ %s\n", answer.Application.line(locale))
		if first == nil {
			first = answer.Application
		}
	}
	if first.State != expected {
		return nil, fmt.Errorf("the application is %s and should be %s", first.State, expected)
	}
	return first, nil
}
