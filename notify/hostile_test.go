package notify

import (
	"context"
	"strings"
	"testing"
	"time"

	"onewindow/models"
	"onewindow/models/store"
)

// A provider names a message as it likes: what cannot be kept as it is keeps nobody's message unsent, and none is sent twice for it.
func TestAProvidersNameForAMessageIsKeptWithinBounds(t *testing.T) {
	for name, id := range map[string]string{"NUL": "a\x00b", "half a letter": strings.Repeat("a", longestProviderID-1) + "号", "no text": "\xff\xfe"} {
		t.Run(name, func(t *testing.T) {
			each(t, func(c *counter) {
				c.providers[SMS] = always(Outcome{Verdict: Taken, MessageID: id})
				c.requestSupplement("")
				c.must()
				c.want("deliveries", map[Channel]string{SMS: "SENT"}, c.deliveries())
				c.want("attempts", []string{"SMS fake TAKEN"}, c.attempts())
			})
		})
	}
}

// What no provider took until it was too late has reached nobody: somebody has to call.
func TestWhatWasNotSentInTimeIsToldInPerson(t *testing.T) {
	each(t, func(c *counter) {
		c.providers[SMS] = always(Outcome{Verdict: Throttled, Code: "429", RetryAfter: time.Minute})
		c.requestSupplement("")
		c.must()
		c.clock.Advance(lifeOfCostly + time.Hour)
		c.must()
		c.want("deliveries", map[Channel]string{SMS: "DROPPED EXPIRED"}, c.deliveries())
		if waiting := c.unreached(); len(waiting) != 1 || waiting[0].Kind != SupplementRequested {
			c.Errorf("unreached %+v", waiting)
		}
	})
}

// What nobody need be told any more hides nothing that stands behind it.
func TestAPageOfTheUnreachedIsFull(t *testing.T) {
	each(t, func(c *counter) {
		c.providers[SMS] = always(Failed(BadAddress, "NO_SUCH_NUMBER"))
		c.requestSupplement("")
		c.must()
		c.handIn("photo")
		c.handIn("lease")
		c.clock.Advance(time.Minute)
		for range 2 {
			if err := c.tell(SessionEnded); err != nil {
				c.Fatal(err)
			}
			c.clock.Advance(time.Minute)
		}
		c.must()
		clerk := models.Actor{Kind: models.Staff, ID: models.NewID(), Roles: []models.Role{models.CallAgent}, CityReach: true}
		var kinds []Kind
		for request := (models.PageRequest{First: 1}); ; {
			page, err := c.service.UnreachedPage(context.Background(), clerk, request)
			if err != nil {
				c.Fatal(err)
			}
			for _, edge := range page.Edges {
				kinds = append(kinds, edge.Node.Kind)
			}
			if !page.PageInfo.HasNextPage {
				break
			}
			request.After = *page.PageInfo.EndCursor
		}
		c.want("kinds", []Kind{SessionEnded, SessionEnded}, kinds)
	})
}

func (c *counter) tell(kind Kind) error {
	return c.store.InTx(context.Background(), func(tx *store.Tx) error {
		return c.service.Tell(context.Background(), tx, c.mother.ID, kind, Params{})
	})
}

// What reached nobody goes along when a phone joins a person's account: reading it there takes it off the list.
func TestTheUnreachedGoAlongWithTheirAccount(t *testing.T) {
	each(t, func(c *counter) {
		c.providers[SMS] = always(Failed(BadAddress, "NO_SUCH_NUMBER"))
		c.requestSupplement("")
		c.must()
		if waiting := c.unreached(); len(waiting) != 1 {
			c.Fatalf("unreached %+v", waiting)
		}
		message, person := c.newest(), models.Actor{Kind: models.Resident, ID: models.NewID()}
		if err := c.store.InTx(context.Background(), func(tx *store.Tx) error { return c.service.Rehome(context.Background(), tx, c.mother.ID, person.ID) }); err != nil {
			c.Fatal(err)
		}
		if _, err := c.service.MarkRead(context.Background(), person, []models.ID{message.ID}); err != nil {
			c.Fatal(err)
		}
		if waiting := c.unreached(); len(waiting) != 0 {
			c.Errorf("read and still to be told: %+v", waiting)
		}
	})
}

// Who does not help any more in the morning is not told in the morning what was put off at night.
func TestACopyIsNotSentToWhoHelpsNoMore(t *testing.T) {
	each(t, func(c *counter) {
		daughter, yes := models.NewID(), true
		c.helpers = map[models.ID][]Helper{c.mother.ID: {{ID: daughter}}}
		if _, problems, err := c.service.SetSettings(context.Background(), c.mother, SettingsInput{CopyHelpers: &yes}); err != nil || len(problems) > 0 {
			c.Fatal(problems, err)
		}
		c.clock.Advance(13 * time.Hour)
		c.requestSupplement("")
		c.must()
		c.helpers = nil
		c.clock.Advance(10 * time.Hour)
		c.must()
		c.want("SMS in the morning", 1, len(readOutbox(c.T, c.outbox, "sms.jsonl")))
	})
}
