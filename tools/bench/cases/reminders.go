package cases

import (
	"context"
	"fmt"
	"strings"
	"time"

	"onewindow/models"
	"onewindow/models/casework"
	"onewindow/notify"
)

// tokenLength is about that of the push provider's tokens.
const tokenLength = 160

// LoadReminders fills an empty database with cases that all wait for a piece, each with a reminder that is due now. Their
// applicants have one device each and want to be told there and nowhere else, at any hour. What the sweep and the delivery do not
// read (timelines, tasks, documents) is left out.
func LoadReminders(ctx context.Context, request Request) error {
	house, maker, err := open(ctx, request)
	if err != nil {
		return err
	}
	defer func() { _ = house.Close() }()
	maker.state = func(int) casework.State { return casework.SupplementRequired }
	return fill(ctx, house.Pool(), request, filling{
		residents: maker.residents,
		people: func(first, after int) []*table {
			tables := append(without("material_documents", maker.people(first, after)), maker.reachable(first, after)...)
			if request.Emails {
				tables = append(tables, maker.emails(first, after))
			}
			return tables
		},
		cases: func(first, after int) []*table {
			tables := maker.cases(first, after)
			return append([]*table{tables[0]}, maker.reminders(first, after))
		},
	})
}

// LoadWaiting fills an empty database with cases that wait for their acceptance, of applicants who want to be told on their device.
func LoadWaiting(ctx context.Context, request Request) error {
	house, maker, err := open(ctx, request)
	if err != nil {
		return err
	}
	defer func() { _ = house.Close() }()
	maker.state = func(int) casework.State { return casework.Submitted }
	return fill(ctx, house.Pool(), request, filling{
		residents: maker.residents,
		people: func(first, after int) []*table {
			return append(maker.people(first, after), maker.reachable(first, after)...)
		},
		cases: maker.cases,
	})
}

func without(name string, tables []*table) (others []*table) {
	for _, one := range tables {
		if one.name != name {
			others = append(others, one)
		}
	}
	return others
}

// reachable gives residents a device each, and the wish to be told there.
func (m *maker) reachable(first, after int) []*table {
	devices := &table{name: "auth_devices", columns: []string{"resident_id", "id", "platform", "name", "push_token", "push_token_index", "last_seen_at"}}
	settings := &table{name: "notify_settings", columns: []string{
		"resident_id", "channels", "quiet_start", "quiet_end", "locale", "large_text", "copy_helpers", "plain_language",
	}}
	for number := first; number < after; number++ {
		person := m.residentID(number)
		token := fmt.Sprintf("bench-%09d:", number)
		token += strings.Repeat("x", tokenLength-len(token))
		devices.add(person, fmt.Sprintf("installation-%d", number), "ANDROID", "", m.keyring.SealText("auth.push-token", token),
			m.keyring.Index("auth.push-token", token), m.registered(number))
		settings.add(person, `{"SMS":false}`, "00:00", "00:00", string(models.Chinese), false, false, false)
	}
	return []*table{devices, settings}
}

// emails gives residents a verified address each.
func (m *maker) emails(first, after int) *table {
	emails := &table{name: "notify_emails", columns: []string{"resident_id", "email", "verified_at", "codes_today", "tries"}}
	for number := first; number < after; number++ {
		emails.add(m.residentID(number), m.keyring.SealText("notify.email", fmt.Sprintf("bench-%d@example.cn", number)), m.registered(number), 0, 0)
	}
	return emails
}

// reminders makes one reminder for each case, by the planner's own rules, due now.
func (m *maker) reminders(first, after int) *table {
	plans := &table{name: "notify_plans", columns: []string{
		"id", "key", "application_id", "resident_id", "rule", "due_at", "about", "params", "state", "reason", "digest",
	}}
	for number := first; number < after; number++ {
		c := m.make(number)
		supplement, missing := c.progress.Supplement, c.item.Materials[RequirementsOfCase-1]
		planned := notify.Plan(notify.Facts{
			ApplicationID: models.ID(c.id.String()), ResidentID: models.ID(c.person.String()),
			Waits: []notify.Wait{{Rule: notify.MissingMaterial, About: supplement.DueAt, Keys: supplement.Keys}},
			Params: notify.Params{
				Number: c.officialNumber(), ItemCode: c.item.Code, Item: c.item.Name, Materials: []notify.Named{{Key: missing.Key, Name: missing.Material.Name}},
			},
		}, notify.Timetable{Reminder: 9 * 60}, supplement.DueAt.AddDate(0, 0, -5))
		if len(planned) == 0 {
			panic("bench: a case that nobody is reminded of")
		}
		// Ids grow with the plans, as they do in the house.
		planID := id(kindPlan, number, m.now.AddDate(0, 0, -1).Add(time.Duration(number)*time.Millisecond/20))
		plans.add(planID, planned[0].Key, c.id, c.person, string(planned[0].Rule), m.now, planned[0].About.UTC(),
			textOf(planned[0].Params), "PLANNED", "", false)
	}
	return plans
}
