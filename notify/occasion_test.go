package notify

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"onewindow/models"
	"onewindow/models/store"
)

// clinic is a room that hands visits to the planner: the kind of room for which the interface is there.
type clinic struct {
	*counter
	visits    map[models.ID]Due
	agreed    map[models.ID]bool
	guardians map[models.ID][]models.ID
	// found is what the planner finds when it looks for visits by itself, days is for which days it has asked.
	found []Due
	asked []string
}

const visitRule Rule = "VISIT"

// speak lets the house say one more thing for the time of a test.
func speak(t *testing.T, said ...template) {
	t.Helper()
	before := templates
	templates = append(slices.Clone(templates), said...)
	t.Cleanup(func() { templates = before })
}

func visitWords(kind Kind, whose string) template {
	body := models.T(whose+"的血压随访在 {day}，{left}。", "The blood pressure visit is on {day}. {left}.")
	return template{kind: kind, version: 1, discreet: true, title: models.T("随访", "visit"), body: body, short: body}
}

func inClinic(t *testing.T, change func(*Occasion), story func(c *clinic)) {
	t.Helper()
	speak(t, visitWords("VISIT", "您"), visitWords("VISIT_OF_WARD", "孩子"))
	each(t, func(counter *counter) {
		c := &clinic{counter: counter, visits: map[models.ID]Due{}, agreed: map[models.ID]bool{}, guardians: map[models.ID][]models.ID{}}
		occasion := Occasion{
			Rule: visitRule, Kind: "VISIT", KindOfGuardian: "VISIT_OF_WARD", Before: []int{3, 1}, Purpose: "HEALTH_FOLLOW_UP",
			Read: func(context.Context, *store.Tx, []models.ID) (map[models.ID]Due, error) { return c.visits, nil },
		}
		if change != nil {
			change(&occasion)
		}
		if occasion.Find != nil {
			occasion.Find = c.find
		}
		c.config.Occasions = []Occasion{occasion}
		c.config.Consents = func(_ context.Context, _ *store.Tx, purpose string, _ []models.ID) (map[models.ID]bool, error) {
			if purpose != "HEALTH_FOLLOW_UP" {
				t.Errorf("asked for the consent to %q", purpose)
			}
			return c.agreed, nil
		}
		c.config.Guardians = func(context.Context, *store.Tx, []models.ID) (map[models.ID][]models.ID, error) {
			return c.guardians, nil
		}
		c.config.Registerer = nil
		c.open()
		story(c)
	})
}

func (c *clinic) find(_ context.Context, _ *store.Tx, from, to models.Date, after models.ID, limit int) (dues []Due, err error) {
	c.asked = append(c.asked, from.String()+".."+to.String())
	for _, due := range c.found {
		if day := models.DateOf(due.At); day >= from && day <= to && due.ThingID > after && len(dues) < limit {
			dues = append(dues, due)
		}
	}
	return dues, nil
}

// expect books a visit, or moves it.
func (c *clinic) expect(thing models.ID, subject models.ID, day string) {
	c.Helper()
	due := Due{ThingID: thing, SubjectID: subject, At: moment(c.T, day+" 14:30")}
	c.visits[thing] = due
	c.inTx(func(tx *store.Tx) error { return c.service.Expect(context.Background(), tx, visitRule, []Due{due}) })
}

func (c *clinic) inTx(act func(tx *store.Tx) error) {
	c.Helper()
	if err := c.store.InTx(context.Background(), act); err != nil {
		c.Fatal(err)
	}
}

// ended are the plans of the clinic by day, with how they ended.
func (c *clinic) ended() map[string]string {
	c.Helper()
	var rows []planRow
	if err := c.store.Reader(context.Background()).Where("rule = ?", visitRule).Find(&rows).Error; err != nil {
		c.Fatal(err)
	}
	ended := map[string]string{}
	for _, row := range rows {
		ended[row.DueAt.In(models.Zone).Format("01-02 15:04")] = strings.TrimSpace(row.State + " " + row.Reason)
		if row.Why == "" {
			c.Errorf("nobody knows why %s was planned", row.Key)
		}
	}
	return ended
}

func TestARoomHandsOverWhatWillBeDue(t *testing.T) {
	inClinic(t, nil, func(c *clinic) {
		visit := models.NewID()
		c.agreed[c.mother.ID] = true
		c.expect(visit, c.mother.ID, "2026-03-10")
		c.until("2026-03-07 09:00")
		c.want("three days before", 1, c.sweep())
		if message := c.newest(); message.Kind != "VISIT" || !strings.Contains(message.Body.In(models.Chinese), "2026年3月10日，还有 3 天") {
			c.Errorf("message = %+v", message)
		}
		if err := c.work(); err != nil {
			c.Fatal(err)
		}
		sent := readOutbox(c.T, c.outbox, "sms.jsonl")
		c.want("sent", 1, len(sent))
		if left := fmt.Sprint(sent[0]); strings.Contains(left, "血压") || strings.Contains(left, "随访") ||
			strings.Contains(strings.ToLower(left), "visit") || !strings.Contains(left, "请登录后查看") {
			c.Errorf("a screen shows %q", left)
		}
		c.expect(visit, c.mother.ID, "2026-03-12") // moved
		c.until("2026-03-09 09:00")
		c.want("of the new day", 1, c.sweep())
		c.want("plans", map[string]string{
			"03-07 09:00": "SENT", "03-09 09:00": "SENT", "03-11 09:00": "PLANNED",
		}, c.ended())
		c.inTx(func(tx *store.Tx) error {
			return c.service.Fulfilled(context.Background(), tx, visitRule, []models.ID{visit})
		})
		c.until("2026-03-11 09:00")
		c.want("done: silence", 0, c.sweep())
		c.want("it ended where it was done", "CANCELLED CASE_CHANGED", c.ended()["03-11 09:00"])
	})
}

func TestWhatIsNotAgreedToOrNotTrueAnyMoreIsNotSaid(t *testing.T) {
	inClinic(t, nil, func(c *clinic) {
		without, gone, moved, late := models.NewID(), models.NewID(), models.NewID(), models.NewID()
		stranger := models.NewID()
		c.agreed[c.mother.ID] = true
		c.expect(without, stranger, "2026-03-10")
		c.expect(gone, c.mother.ID, "2026-03-11")
		c.expect(moved, c.mother.ID, "2026-03-12")
		c.expect(late, c.mother.ID, "2026-03-13")
		delete(c.visits, gone)
		c.visits[moved] = Due{ThingID: moved, SubjectID: c.mother.ID, At: moment(c.T, "2026-03-20 14:30")} // nobody has said so
		c.until("2026-03-09 10:00")
		c.want("due", 4, c.sweep())
		c.want("nothing is said", 0, len(c.kinds()))
		ended := c.ended()
		c.want("no consent", "DROPPED NO_CONSENT", ended["03-07 09:00"])
		c.want("gone", "DROPPED NO_LONGER_TRUE", ended["03-08 09:00"])
		c.until("2026-03-13 15:00")
		c.sweep()
		c.want("a clock that jumps over the hour of the visit", "DROPPED DEADLINE_PASSED", c.ended()["03-12 09:00"])
		c.want("still nothing is said", 0, len(c.kinds()))
	})
}

// The consent is withdrawn, and the visit is over, between the message and its SMS.
func TestWhatLeavesIsReadOnceMore(t *testing.T) {
	inClinic(t, nil, func(c *clinic) {
		visit := models.NewID()
		c.agreed[c.mother.ID] = true
		c.expect(visit, c.mother.ID, "2026-03-10")
		c.until("2026-03-07 09:00")
		c.sweep()
		c.agreed[c.mother.ID] = false
		if err := c.work(); err != nil {
			c.Fatal(err)
		}
		c.want("sent", 0, len(readOutbox(c.T, c.outbox, "sms.jsonl")))
		var row deliveryRow
		if err := c.store.Reader(context.Background()).Take(&row).Error; err != nil {
			c.Fatal(err)
		}
		c.want("the delivery", "DROPPED NO_CONSENT", string(row.State)+" "+row.Reason)
	})
}

func TestGuardiansAreToldOfTheirChildren(t *testing.T) {
	inClinic(t, nil, func(c *clinic) {
		child, visit, other := models.NewID(), models.NewID(), models.NewID()
		c.addresses = Addresses{}
		c.guardians[child], c.agreed[child] = []models.ID{c.mother.ID}, true
		c.expect(visit, child, "2026-03-10")
		c.expect(other, child, "2026-03-20")
		c.until("2026-03-07 09:00")
		c.want("one reminder, for the mother alone", 1, c.sweep())
		if message := c.newest(); message.Kind != "VISIT_OF_WARD" || !strings.Contains(message.Body.In(models.Chinese), "孩子") {
			c.Errorf("message = %+v", message)
		}
		delete(c.guardians, child) // comes of age, or another has the care
		c.until("2026-03-17 09:00")
		c.sweep()
		c.want("who is no guardian any more is not told", "DROPPED NOT_THEIRS", c.ended()["03-17 09:00"])
	})
}

func TestTheHouseLooksOnceADay(t *testing.T) {
	inClinic(t, func(o *Occasion) {
		o.Find = func(context.Context, *store.Tx, models.Date, models.Date, models.ID, int) ([]Due, error) {
			return nil, nil
		}
	}, func(c *clinic) {
		c.agreed[c.mother.ID] = true
		for _, day := range []string{"2026-03-05", "2026-03-07", "2026-03-08"} {
			due := Due{ThingID: models.NewID(), SubjectID: c.mother.ID, At: moment(c.T, day+" 14:30")}
			c.visits[due.ThingID], c.found = due, append(c.found, due)
		}
		c.sweep()
		c.sweep()
		c.want("asked once for each of its days", []string{"2026-03-05..2026-03-05", "2026-03-03..2026-03-03"}, c.asked)
		c.asked = nil
		c.open() // another replica, or a restart
		c.sweep()
		c.want("what was looked for is not looked for again", 0, len(c.asked))

		c.until("2026-03-05 00:30") // the house was closed for two days
		c.want("late, but not too late", 2, c.sweep())
		c.want("the days are made up for", []string{"2026-03-06..2026-03-08", "2026-03-04..2026-03-06"}, c.asked)
		c.want("what was due meanwhile is sent, the rest is to come", map[string]string{
			"03-02 09:00": "SENT", "03-04 09:00": "SENT", "03-05 09:00": "PLANNED", "03-06 09:00": "PLANNED", "03-07 09:00": "PLANNED",
		}, c.ended())

		c.until("2026-03-01 12:00") // a clock that is put right
		c.asked = nil
		c.want("backwards nothing is due", 0, c.sweep())
		c.want("and nothing is asked", 0, len(c.asked))
		c.until("2026-03-06 09:30")
		c.sweep()
		if len(c.asked) == 0 {
			c.Error("after the clock was put right nobody looks any more")
		}
		c.want("nothing is told twice", 5, len(c.kinds()))
	})
}

func TestWhatCanWaitOfAnOccasionIsALine(t *testing.T) {
	inClinic(t, func(o *Occasion) { o.Digest, o.Before = true, []int{3} }, func(c *clinic) {
		c.agreed[c.mother.ID] = true
		c.expect(models.NewID(), c.mother.ID, "2026-03-10")
		c.expect(models.NewID(), c.mother.ID, "2026-03-10")
		c.until("2026-03-07 09:00")
		c.want("lines", 2, c.sweep())
		c.want("one message", []Kind{Digest}, c.kinds())
	})
}

func TestAnOccasionThatIsNone(t *testing.T) {
	read := func(context.Context, *store.Tx, []models.ID) (map[models.ID]Due, error) { return nil, nil }
	good := Occasion{Rule: "X", Kind: DocumentEndsReminder, Before: []int{1}, Read: read}
	for name, all := range map[string][]Occasion{
		"without a name":       {{Kind: DocumentEndsReminder, Before: []int{1}, Read: read}},
		"of cases":             {{Rule: MissingMaterial, Kind: DocumentEndsReminder, Before: []int{1}, Read: read}},
		"twice":                {good, good},
		"without words":        {{Rule: "X", Kind: "NO_WORDS", Before: []int{1}, Read: read}},
		"that nobody can read": {{Rule: "X", Kind: DocumentEndsReminder, Before: []int{1}}},
		"without days":         {{Rule: "X", Kind: DocumentEndsReminder, Read: read}},
		"with a consent and words that say it all": {{Rule: "X", Kind: DocumentEndsReminder, Before: []int{1}, Read: read, Purpose: "HEALTH_FOLLOW_UP"}},
	} {
		if _, err := occasionsOf(all); err == nil {
			t.Errorf("an occasion %s was taken", name)
		}
	}
	if _, err := occasionsOf([]Occasion{good}); err != nil {
		t.Error(err)
	}
}

// TestHandedOverAgainWhileDue: what is handed over while its reminder is due keeps it.
func TestHandedOverAgainWhileDue(t *testing.T) {
	inClinic(t, nil, func(c *clinic) {
		visit := models.NewID()
		c.agreed[c.mother.ID] = true
		c.expect(visit, c.mother.ID, "2026-03-10")
		c.clock.Advance(moment(c.T, "2026-03-07 09:00").Add(time.Millisecond).Sub(c.clock.Now()))
		c.expect(visit, c.mother.ID, "2026-03-10")
		c.want("it is still sent", 1, c.sweep())
	})
}

// A room that breaks holds back its own reminders and nobody else's.
func TestARoomThatBreaksHoldsBackNoCase(t *testing.T) {
	broken := true
	inClinic(t, func(o *Occasion) {
		read := o.Read
		o.Read = func(ctx context.Context, tx *store.Tx, things []models.ID) (map[models.ID]Due, error) {
			if broken {
				return nil, errors.New("the clinic is closed")
			}
			return read(ctx, tx, things)
		}
	}, func(c *clinic) {
		broken = true
		c.agreed[c.mother.ID] = true
		c.requestSupplement("")
		c.expect(models.NewID(), c.mother.ID, "2026-03-10")
		c.until("2026-03-07 09:00")
		done, err := c.service.Sweep(context.Background())
		if done != 1 || err == nil || !strings.Contains(err.Error(), "the clinic is closed") {
			c.Errorf("settled %d, %v", done, err)
		}
		c.want("the paper is reminded of", MissingMaterialReminder, c.newest().Kind)
		broken = false
		c.want("and the visit later", 1, c.sweep())
	})
}
