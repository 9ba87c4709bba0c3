package notify

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/alicebob/miniredis/v2"
	"github.com/google/go-cmp/cmp"
	"github.com/redis/go-redis/v9"

	"onewindow/models"
	"onewindow/models/casework"
	"onewindow/models/catalogue"
	"onewindow/models/material"
	"onewindow/models/sealed"
	"onewindow/models/signal"
	"onewindow/models/store"
	"onewindow/models/store/storetest"
)

// counter is the service with a mother who has one case.
type counter struct {
	*testing.T
	service *Service
	config  Config
	store   *store.Store
	clock   *storetest.Clock
	outbox  string
	logged  *bytes.Buffer

	mother    models.Actor
	kase      *casework.Case
	addresses Addresses
	providers map[Channel]Provider
	templates WeChatTemplates
	forgotten []string

	tasks   []*casework.Task
	expires map[models.ID]models.Date
	helpers map[models.ID][]Helper
}

// stand is how the case stands: ten days from acceptance while it is in review.
func (c *counter) stand(kase *casework.Case, item *catalogue.Item, _ time.Time) casework.Standing {
	standing := casework.Standing{Case: kase, Item: item}
	if kase.State == casework.InReview && kase.AcceptedAt != nil {
		due := (models.DateOf(*kase.AcceptedAt) + 10).End()
		standing.DueAt = &due
	}
	return standing
}

func newCounter(t *testing.T, open func(*testing.T, *storetest.Clock) *store.Store) *counter {
	t.Helper()
	clock := storetest.NewClock("2026-03-02T10:00:00+08:00")
	c := &counter{
		T: t, clock: clock, store: open(t, clock), outbox: filepath.Join(t.TempDir(), "outbox"), logged: &bytes.Buffer{},
		mother:    models.Actor{Kind: models.Resident, ID: models.NewID()},
		addresses: Addresses{Phone: models.KnownPhone("+8613800000001")}, providers: map[Channel]Provider{},
		templates: WeChatTemplates{SupplementRequested: "supplement", Accepted: "accepted"},
	}
	c.kase = &casework.Case{
		ID: models.NewID(), Number: "330100-2026-000042", ItemCode: "birth-registration", ItemVersion: 1,
		ApplicantID: c.mother.ID, SubjectID: models.NewID(), State: casework.Submitted,
		Progress: casework.Progress{Requirements: []material.Requirement{
			{Key: "photo", Material: "photo", Status: material.Provided}, {Key: "lease", Material: "lease", Status: material.Provided},
		}},
	}
	redisServer := miniredis.RunT(t)
	client := redis.NewClient(&redis.Options{Addr: redisServer.Addr()})
	logger := slog.New(slog.NewTextHandler(c.logged, nil))
	hub := signal.New(client, slog.New(slog.DiscardHandler))
	ctx, cancel := context.WithCancel(context.Background())
	var running sync.WaitGroup
	running.Go(func() { hub.Run(ctx) })
	t.Cleanup(func() { cancel(); _ = client.Close(); running.Wait() })
	c.config = Config{
		Store: c.store, Keyring: keyring(t), Hub: hub, Logger: logger, OutboxFolder: c.outbox, Providers: c.providers,
		DueAt: func(kase *casework.Case, _ *catalogue.Item, _ time.Time) *time.Time {
			if kase.AcceptedAt == nil {
				return nil
			}
			due := (models.DateOf(*kase.AcceptedAt) + 10).End()
			return &due
		},
		PerSecond: map[Channel]int{SMS: 10_000, Push: 10_000, WeChat: 10_000, Email: 10_000}, Redis: client, WeChatTemplates: c.templates,
		Addresses: func(_ context.Context, ids []models.ID) (map[models.ID]Addresses, error) {
			found := map[models.ID]Addresses{}
			for _, id := range ids {
				found[id] = c.addresses
			}
			return found, nil
		},
		ForgetDevice: func(_ context.Context, _ *store.Tx, _ models.ID, device, _ string) error {
			c.forgotten = append(c.forgotten, device)
			c.addresses.Devices = slices.DeleteFunc(c.addresses.Devices, func(known Device) bool { return known.ID == device })
			return nil
		},
		People: func(_ context.Context, ids []models.ID) (map[models.ID]MaskedPerson, error) {
			found := map[models.ID]MaskedPerson{}
			for _, id := range ids {
				found[id] = MaskedPerson{Name: "王*"}
			}
			return found, nil
		},
		Stand: c.stand,
		Standings: func(_ context.Context, tx *store.Tx, ids []models.ID) (map[models.ID]casework.Standing, error) {
			found := map[models.ID]casework.Standing{}
			for _, id := range ids {
				if id == c.kase.ID {
					found[id] = c.stand(c.kase, birthRegistration(), tx.Now)
				}
			}
			return found, nil
		},
		Tasks: func(context.Context, *store.Tx, []models.ID) ([]*casework.Task, error) { return c.tasks, nil },
		Expires: func(context.Context, *store.Tx, []models.ID) (map[models.ID]models.Date, error) {
			return c.expires, nil
		},
		Helpers: func(context.Context, *store.Tx, []models.ID) (map[models.ID][]Helper, error) {
			return c.helpers, nil
		},
		House:      HouseRules{CaseCap: 4, PersonCap: 6},
		WatchEvery: 50 * time.Millisecond,
	}
	c.open()
	return c
}

// open makes the service of its parts, anew where they have changed.
func (c *counter) open() {
	c.Helper()
	service, err := New(c.config)
	if err != nil {
		c.Fatal(err)
	}
	c.service = service
}

func keyring(t *testing.T) *sealed.Keyring {
	t.Helper()
	field, _ := sealed.NewKey(1, bytes.Repeat([]byte{1}, sealed.KeySize))
	index, _ := sealed.NewKey(2, bytes.Repeat([]byte{2}, sealed.KeySize))
	ring, err := sealed.NewKeyring([]sealed.Key{field}, index)
	if err != nil {
		t.Fatal(err)
	}
	return ring
}

func birthRegistration() *catalogue.Item {
	return &catalogue.Item{
		Code: "birth-registration", Name: models.T("出生登记", "Birth registration"),
		Materials: []*catalogue.ItemMaterial{
			{Key: "photo", Material: &catalogue.Material{Code: "photo", Name: models.T("照片", "photo")}},
			{Key: "lease", Material: &catalogue.Material{Code: "lease", Name: models.T("租房合同", "lease")}},
		},
		Reminders: catalogue.Reminders{MissingMaterial: []int{10, 3, 1}},
	}
}

// change moves the case as casework would, and tells notify in the same transaction.
func (c *counter) change(move func(kase *casework.Case), events ...*casework.Event) {
	c.Helper()
	before := *c.kase
	before.Progress.Requirements = append([]material.Requirement(nil), c.kase.Progress.Requirements...)
	after := *c.kase
	after.Progress.Requirements = append([]material.Requirement(nil), c.kase.Progress.Requirements...)
	move(&after)
	err := c.store.InTx(context.Background(), func(tx *store.Tx) error {
		return c.service.Changed(context.Background(), tx, casework.Change{
			Before: &before, After: &after, Events: events, Item: birthRegistration(), Now: tx.Now,
		})
	})
	if err != nil {
		c.Fatalf("changed: %v", err)
	}
	c.kase = &after
}

// happened is a public event.
func happened(kind casework.EventKind) *casework.Event {
	return &casework.Event{ID: models.NewID(), Kind: kind, Public: true}
}

// requestSupplement asks for photo and lease within 15 days: by 17 March when asked on 2 March.
func (c *counter) requestSupplement(note string) {
	c.Helper()
	c.change(func(kase *casework.Case) {
		due := (models.DateOf(c.clock.Now()) + 15).End()
		kase.State = casework.SupplementRequired
		kase.Progress.Supplement = &casework.Supplement{Stage: "acceptance", DueAt: due, Note: note, Keys: []string{"photo", "lease"}}
		for i := range kase.Progress.Requirements {
			kase.Progress.Requirements[i].Status = material.Missing
		}
	}, happened(casework.EventSupplementRequested))
}

func (c *counter) handIn(key string) {
	c.Helper()
	c.change(func(kase *casework.Case) { kase.Requirement(key).Status = material.Provided }, happened(casework.EventMaterialAttached))
}

// until moves the clock to a moment.
func (c *counter) until(text string) {
	c.Helper()
	c.clock.Advance(moment(c.T, text).Sub(c.clock.Now()))
}

func (c *counter) sweep() int {
	c.Helper()
	done, err := c.service.Sweep(context.Background())
	if err != nil {
		c.Fatalf("sweep: %v", err)
	}
	return done
}

func (c *counter) inbox() *Inbox {
	c.Helper()
	inbox, err := c.service.Inbox(context.Background(), c.mother, models.PageRequest{First: models.LargestPage}, false)
	if err != nil {
		c.Fatalf("inbox: %v", err)
	}
	return inbox
}

// kinds are the messages in the inbox, oldest first.
func (c *counter) kinds() (kinds []Kind) {
	c.Helper()
	edges := c.inbox().Edges
	for i := range edges {
		kinds = append(kinds, edges[len(edges)-1-i].Node.Kind)
	}
	return kinds
}

func (c *counter) newest() *Message {
	c.Helper()
	edges := c.inbox().Edges
	if len(edges) == 0 {
		c.Fatal("the inbox is empty")
	}
	return edges[0].Node
}

// work does the jobs that are due by now, and what they enqueue, until none is left.
func (c *counter) work() error {
	c.Helper()
	var failures []error
	for {
		var jobs []struct {
			ID   int64
			Kind string
			Args string
		}
		args := "json(args)" // SQLite keeps it in a form of its own
		if c.store.IsPostgres() {
			args = "args::text"
		}
		err := c.store.Reader(context.Background()).Raw(`SELECT id, kind, `+args+` AS args FROM river_job
			WHERE state IN ('available', 'scheduled') AND scheduled_at <= ? ORDER BY id`, c.clock.Now().UTC()).Scan(&jobs).Error
		if err != nil {
			c.Fatal(err)
		}
		if len(jobs) == 0 {
			return errors.Join(failures...)
		}
		for _, job := range jobs {
			failures = append(failures, c.do(job.Kind, job.Args))
			err := c.store.InTx(context.Background(), func(tx *store.Tx) error {
				return tx.DB.Exec("DELETE FROM river_job WHERE id = ?", job.ID).Error
			})
			if err != nil {
				c.Fatal(err)
			}
		}
	}
}

func (c *counter) do(kind, raw string) error {
	c.Helper()
	ctx := context.Background()
	read := func(into any) {
		if err := json.Unmarshal([]byte(raw), into); err != nil {
			c.Fatal(err)
		}
	}
	switch kind {
	case DeliverKind:
		var args DeliverArgs
		read(&args)
		return c.service.Deliver(ctx, args)
	case SendKind:
		var args SendArgs
		read(&args)
		return c.service.Send(ctx, args)
	case EmailCodeArgs{}.Kind():
		var args EmailCodeArgs
		read(&args)
		return c.service.SendEmailCode(ctx, args)
	}
	c.Fatalf("nobody does %s", kind)
	return nil
}

// states are the plans about materials of the case by day, with how they ended.
func (c *counter) states() map[string]string {
	c.Helper()
	var rows []planRow
	about := []Rule{MissingMaterial, DeferredMaterial}
	if err := c.store.Reader(context.Background()).Where("rule IN ?", about).Order("due_at").Find(&rows).Error; err != nil {
		c.Fatal(err)
	}
	states := map[string]string{}
	for _, row := range rows {
		states[models.DateOf(row.DueAt).String()] = strings.Trim(row.State+" "+row.Reason, " ")
	}
	return states
}

func (c *counter) jobs() (count int64) {
	c.Helper()
	err := c.store.Reader(context.Background()).Raw("SELECT count(*) FROM river_job WHERE kind = 'notify.deliver'").Scan(&count).Error
	if err != nil {
		c.Fatal(err)
	}
	return count
}

func (c *counter) want(what string, want, got any) {
	c.Helper()
	if diff := cmp.Diff(want, got); diff != "" {
		c.Errorf("%s (-want +got):\n%s", what, diff)
	}
}

func each(t *testing.T, story func(c *counter)) {
	t.Helper()
	storetest.Each(t, func(t *testing.T, open func(*testing.T, *storetest.Clock) *store.Store) { story(newCounter(t, open)) })
}

func TestACaseIsTold(t *testing.T) {
	each(t, func(c *counter) {
		c.change(func(*casework.Case) {}, happened(casework.EventSubmitted))
		c.change(func(kase *casework.Case) {
			now := c.clock.Now()
			kase.State, kase.AcceptedAt = casework.InReview, &now
		}, happened(casework.EventAccepted), happened(casework.EventStepStarted))
		if body := c.newest().Body; !strings.Contains(body.In(models.Chinese), "最晚 2026年3月12日 办结") || !strings.Contains(body.In(models.English), "by 12 March 2026") {
			c.Errorf("accepted: %v", body)
		}
		c.change(func(kase *casework.Case) {
			kase.State = casework.Completed
			kase.Progress.Results = []casework.Result{{Material: "household-register", Method: casework.Electronic}}
		}, happened(casework.EventApproved), happened(casework.EventCompleted))
		c.want("messages", []Kind{Submitted, Accepted, Completed, RatingInvitation}, c.kinds())
		c.want("jobs: the invitation stays in the inbox", int64(3), c.jobs())
		message := c.newest()
		if message.ApplicationID == nil || *message.ApplicationID != c.kase.ID || message.ReadAt != nil || message.Urgent {
			c.Errorf("message = %+v", message)
		}
	})
}

func TestARejectionSaysWhyAndHowToAppeal(t *testing.T) {
	each(t, func(c *counter) {
		refused := happened(casework.EventRejected)
		refused.Detail = models.T("理由：材料不实。可以申请行政复议。", "Reason: the papers are not true. You may appeal.")
		c.change(func(kase *casework.Case) { kase.State = casework.Rejected }, refused)
		if body := c.newest().Body.In(models.Chinese); !strings.Contains(body, "理由：材料不实。可以申请行政复议。") {
			c.Errorf("body = %q", body)
		}
		var stored messageRow
		if err := c.store.Reader(context.Background()).Take(&stored).Error; err != nil {
			c.Fatal(err)
		}
		if strings.Contains(stored.Params, "材料不实") || bytes.Contains(stored.Note, []byte("材料不实")) || len(stored.Note) == 0 {
			c.Error("a clerk's own words are readable in the database")
		}
		if err := c.work(); err != nil {
			c.Fatal(err)
		}
		if sent := readOutbox(c.T, c.outbox, "sms.jsonl"); len(sent) != 1 || strings.Contains(sent[0]["body"].(string), "材料不实") {
			c.Errorf("sms = %v", sent)
		}
		internal := happened(casework.EventRejected)
		internal.Detail, internal.Public = models.T("内部意见", "for colleagues"), false
		c.change(func(*casework.Case) {}, internal)
		if body := c.newest().Body.In(models.Chinese); strings.Contains(body, "内部意见") || !strings.Contains(body, "行政复议") {
			c.Errorf("body = %q", body)
		}
	})
}

func TestNothingIsToldOfAChangeThatWasRolledBack(t *testing.T) {
	each(t, func(c *counter) {
		failure := errors.New("no")
		err := c.store.InTx(context.Background(), func(tx *store.Tx) error {
			err := c.service.Changed(context.Background(), tx, casework.Change{
				After: c.kase, Events: []*casework.Event{happened(casework.EventSubmitted)}, Item: birthRegistration(),
			})
			return errors.Join(err, failure)
		})
		if !errors.Is(err, failure) || len(c.inbox().Edges) > 0 || c.jobs() > 0 {
			c.Errorf("error %v, %d messages, %d jobs", err, len(c.inbox().Edges), c.jobs())
		}
	})
}

func TestRemindersComeAndStop(t *testing.T) {
	each(t, func(c *counter) {
		c.requestSupplement("父亲未签名")
		if message := c.newest(); !message.Urgent || !strings.Contains(message.Body.In(models.Chinese), "照片、租房合同") || !strings.Contains(message.Body.In(models.Chinese), "父亲未签名") {
			c.Errorf("notice = %+v", message)
		}
		c.want("plans", map[string]string{"2026-03-07": "PLANNED", "2026-03-14": "PLANNED", "2026-03-16": "PLANNED"}, c.states())
		c.want("nothing is due yet", 0, c.sweep())

		c.until("2026-03-07 08:59")
		c.want("nor a minute before", 0, c.sweep())
		c.until("2026-03-07 09:00")
		c.want("at nine one is", 1, c.sweep())
		c.want("and only once", 0, c.sweep())
		c.want("messages", []Kind{SupplementRequested, MissingMaterialReminder}, c.kinds())
		if body := c.newest().Body.In(models.Chinese); !strings.Contains(body, "照片、租房合同。还有 10 天，请打开办件上传，最晚在 2026年3月17日 当天提交") {
			c.Errorf("reminder = %q", body)
		}

		c.handIn("photo")
		c.until("2026-03-14 09:00")
		c.want("the second", 1, c.sweep())
		if body := c.newest().Body.In(models.Chinese); strings.Contains(body, "照片") || !strings.Contains(body, "还缺：租房合同") {
			c.Errorf("reminder = %q", body)
		}

		c.handIn("lease")
		c.want("all is there: cancelled in the same transaction", "CANCELLED CASE_CHANGED", c.states()["2026-03-16"])
		c.change(func(kase *casework.Case) { kase.State, kase.Progress.Supplement = casework.Submitted, nil })
		c.until("2026-03-16 09:00")
		c.want("the third does not come", 0, c.sweep())
		c.want("messages", []Kind{SupplementRequested, MissingMaterialReminder, MissingMaterialReminder}, c.kinds())
	})
}

func TestASecondNoticeForTheSameDayRemindsAgain(t *testing.T) {
	each(t, func(c *counter) {
		c.requestSupplement("")
		c.handIn("photo")
		c.handIn("lease")
		c.want("cancelled", "CANCELLED CASE_CHANGED", c.states()["2026-03-14"])
		c.requestSupplement("")
		c.want("planned again", "PLANNED", c.states()["2026-03-14"])
		c.until("2026-03-07 09:00")
		c.want("sent", 1, c.sweep())
		c.until("2026-03-07 10:00")
		c.change(func(*casework.Case) {})
		c.want("what was sent stays sent", "SENT", c.states()["2026-03-07"])
	})
}

func TestALongPauseSendsOneReminder(t *testing.T) {
	each(t, func(c *counter) {
		c.requestSupplement("")
		c.until("2026-03-16 12:00")
		c.want("three are due", 3, c.sweep())
		c.want("one is sent", []Kind{SupplementRequested, MissingMaterialReminder}, c.kinds())
		c.want("the last", map[string]string{"2026-03-07": "DROPPED SUPERSEDED", "2026-03-14": "DROPPED SUPERSEDED", "2026-03-16": "SENT"}, c.states())
	})
}

func TestWhatIsNoLongerTrueIsDropped(t *testing.T) {
	tests := map[string]struct {
		meanwhile func(c *counter)
		reason    string
	}{
		"fulfilled behind our back": {func(c *counter) { c.kase.State = casework.InReview }, "DROPPED NO_LONGER_TRUE"},
		"the case is gone":          {func(c *counter) { c.kase = &casework.Case{ID: models.NewID()} }, "DROPPED NO_SUCH_CASE"},
		"the deadline has passed":   {func(c *counter) { c.until("2026-03-18 09:00") }, "DROPPED DEADLINE_PASSED"},
		"it cannot be read": {func(c *counter) {
			if err := c.store.InTx(context.Background(), func(tx *store.Tx) error {
				return tx.DB.Exec(`UPDATE notify_plans SET params = '[]'`).Error
			}); err != nil {
				c.Fatal(err)
			}
		}, "DROPPED UNREADABLE"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			each(t, func(c *counter) {
				c.requestSupplement("")
				c.until("2026-03-07 09:00")
				test.meanwhile(c)
				if c.sweep() == 0 {
					c.Fatal("nothing was due")
				}
				c.want("plan", test.reason, c.states()["2026-03-07"])
				c.want("messages", []Kind{SupplementRequested}, c.kinds())
				if !strings.Contains(c.logged.String(), "reminders dropped") {
					c.Error("a drop is logged")
				}
			})
		})
	}
}

func TestSweepersTogetherSendOnce(t *testing.T) {
	each(t, func(c *counter) {
		c.requestSupplement("")
		c.until("2026-03-07 09:00")
		var sweepers sync.WaitGroup
		for range 4 {
			sweepers.Go(func() {
				if _, err := c.service.Sweep(context.Background()); err != nil {
					c.Error(err)
				}
			})
		}
		sweepers.Wait()
		c.want("messages", []Kind{SupplementRequested, MissingMaterialReminder}, c.kinds())
		c.want("attempts", []string{"SMS outbox TAKEN"}, c.attempts())
	})
}

func TestMoreThanABatchIsSwept(t *testing.T) {
	each(t, func(c *counter) {
		err := c.store.InTx(context.Background(), func(tx *store.Tx) error {
			rows := make([]planRow, sweepBatch+50)
			for i := range rows {
				rows[i] = planRow{
					ID: models.NewID(), Key: string(models.NewID()), ApplicationID: filled(models.NewID()), ResidentID: models.NewID(),
					Rule: MissingMaterial, DueAt: tx.Now, About: tx.Now.Add(time.Hour), Params: "{}", State: planPlanned,
				}
			}
			insertPlans(tx, rows)
			return nil
		})
		if err != nil {
			c.Fatal(err)
		}
		c.want("settled", sweepBatch+50, c.sweep())
	})
}

func TestDeferredMaterialIsRemindedOf(t *testing.T) {
	each(t, func(c *counter) {
		c.change(func(kase *casework.Case) {
			now, due := c.clock.Now(), (models.DateOf(c.clock.Now()) + 10).End()
			kase.State, kase.AcceptedAt = casework.InReview, &now
			lease := kase.Requirement("lease")
			lease.Status, lease.DueAt = material.Deferred, &due
		}, happened(casework.EventAccepted))
		c.want("plans", map[string]string{"2026-03-09": "PLANNED", "2026-03-11": "PLANNED"}, c.states())
		c.until("2026-03-09 09:00")
		c.want("due", 1, c.sweep())
		if message := c.newest(); message.Kind != DeferredMaterialReminder || !strings.Contains(message.Body.In(models.Chinese), "还需补交：租房合同") {
			c.Errorf("reminder = %+v", message)
		}
		c.handIn("lease")
		c.want("cancelled", "CANCELLED CASE_CHANGED", c.states()["2026-03-11"])
	})
}

// TestTheIndexesServe: what is asked every second, and every page of an inbox, must not read whole tables.
func TestTheIndexesServe(t *testing.T) {
	c := newCounter(t, func(t *testing.T, clock *storetest.Clock) *store.Store { return storetest.Open(t, "", clock) })
	for statement, index := range map[string]string{
		"SELECT * FROM notify_plans WHERE state = 'PLANNED' AND NOT digest AND due_at <= ? AND (due_at, id) > ('1970', '') ORDER BY due_at, id LIMIT 500": "notify_plans_coming",
		"UPDATE notify_plans SET state = 'CANCELLED' WHERE application_id = ? AND state = 'PLANNED'":                                                      "notify_plans_application",
		"SELECT * FROM notify_messages WHERE resident_id = ? ORDER BY at DESC, id DESC LIMIT 21":                                                          "notify_messages_newest",
		"SELECT * FROM notify_messages WHERE resident_id = ? AND read_at IS NULL ORDER BY at DESC, id DESC LIMIT 21":                                      "notify_messages_newest",
	} {
		var steps []struct{ Detail string }
		if err := c.store.Reader(context.Background()).Raw("EXPLAIN QUERY PLAN "+statement, c.clock.Now()).Scan(&steps).Error; err != nil {
			t.Fatal(err)
		}
		if len(steps) != 1 || !strings.Contains(steps[0].Detail, "INDEX "+index+" ") {
			t.Errorf("%s: %v", statement, steps)
		}
	}
}
