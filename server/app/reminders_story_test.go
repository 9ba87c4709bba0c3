package app_test

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"
)

// staffNotices asks for what a staff member is told; it gives the kinds, and the codes of refusals.
func staffNotices(t *testing.T, v *visitor) (kinds, refused []string) {
	t.Helper()
	got, err := v.post("/graphql", "application/json", strings.NewReader(`{"query":"query { staffNotices(first: 50) { unreadCount edges { node { kind title body number } } } }"}`))
	if err != nil {
		t.Fatal(err)
	}
	var said struct {
		Data struct {
			StaffNotices struct {
				Edges []struct{ Node struct{ Kind string } }
			}
		}
		Errors []struct{ Extensions struct{ Code string } }
	}
	if err := json.Unmarshal([]byte(got.Raw), &said); err != nil {
		t.Fatal(err)
	}
	for _, edge := range said.Data.StaffNotices.Edges {
		kinds = append(kinds, edge.Node.Kind)
	}
	for _, refusal := range said.Errors {
		refused = append(refused, refusal.Extensions.Code)
	}
	return kinds, refused
}

// A case comes near its promised day and passes it: those who have the work are told; other departments and
// residents are not.
func TestWhoHasTheWorkIsToldThatItIsDue(t *testing.T) {
	each(t, func(t *testing.T, c *city) {
		mother, accepted := birthRegistration(t, c)
		clerk := c.staff(t, "li-police")
		if kinds, _ := staffNotices(t, clerk); len(kinds) != 0 {
			t.Errorf("told before anything is due: %v", kinds)
		}
		if _, refused := staffNotices(t, mother); !slices.Equal(refused, []string{"FORBIDDEN"}) {
			t.Errorf("a resident who asks for staff's notices is answered %v", refused)
		}
		due := progress(t, mother, accepted.Number).DueAt
		c.advanceTo(t, due.AddDate(0, 0, 1).Format("2006-01-02")+"T09:30")
		kinds, _ := staffNotices(t, clerk)
		if !slices.Contains(kinds, "DECISION_OVERDUE") {
			t.Errorf("a day late the clerk is told %v", kinds)
		}
		if others, _ := staffNotices(t, c.staff(t, "sun-civil")); len(others) != 0 {
			t.Errorf("another department is told %v", others)
		}
	})
}
