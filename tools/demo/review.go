package main

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
)

// accept is the front desk of the service centre, which takes applications in for every department.
func (t *tour) accept(ctx context.Context) error {
	t.headline("受理", "Accepted by the front desk")
	desk, err := t.staffMember(ctx, "zhang-desk")
	if err != nil {
		return err
	}
	var answer struct{ AcceptApplication struct{ Problems []problem } }
	if err := desk.ask(ctx, chinese, "Accept", values{"id": t.id}, &answer); err != nil {
		return err
	}
	if err := problems("Accept", answer.AcceptApplication.Problems); err != nil {
		return err
	}
	if err := t.liveUntil("STEP_STARTED"); err != nil {
		return err
	}
	_, err = t.showProgress(ctx, "IN_REVIEW")
	return err
}

// reason is why the reviewer asks for the certificate again, note what else there is to say.
const (
	reason = "扫描件缺少签发机构印章页，请重新上传。The page with the seal is missing; please upload it again."
	note   = "请带印章一页完整扫描。Please scan the whole page with the seal."
)

// askForSupplement is the reviewer who finds the scan wanting: one notice, with everything that is missing.
func (t *tour) askForSupplement(ctx context.Context) error {
	t.headline("补正", "The reviewer asks for one document again")
	reviewer, err := t.staffMember(ctx, "li-police")
	if err != nil {
		return err
	}
	seen, err := t.check(ctx, reviewer, chinese)
	if err != nil {
		return err
	}
	at := slices.IndexFunc(seen.Checklist, func(one requirement) bool { return one.Material.Code == "birth-certificate" })
	if at < 0 {
		return errors.New("the reviewer does not see the birth certificate")
	}
	var answer struct{ RequestSupplement struct{ Problems []problem } }
	variables := values{"id": t.id, "requirementId": seen.Checklist[at].ID, "reason": reason, "note": note, "key": rand.Text()}
	if err := reviewer.ask(ctx, chinese, "RequestSupplement", variables, &answer); err != nil {
		return err
	}
	if err := problems("RequestSupplement", answer.RequestSupplement.Problems); err != nil {
		return err
	}
	if err := t.liveUntil("SUPPLEMENT_REQUESTED"); err != nil {
		return err
	}
	_, err = t.showProgress(ctx, "SUPPLEMENT_REQUIRED")
	return err
}

// message is one of the inbox.
type message struct {
	Kind, Title, Body string
	Application       *struct{ ID string }
}

// inbox gives the messages of a kind that are about this application, newest first.
func (t *tour) inbox(ctx context.Context, locale, kind string) ([]message, error) {
	var answer struct {
		Viewer struct {
			Inbox struct {
				Edges []struct{ Node message }
			}
		}
	}
	if err := t.resident.ask(ctx, locale, "Inbox", nil, &answer); err != nil {
		return nil, err
	}
	var found []message
	for _, edge := range answer.Viewer.Inbox.Edges {
		if edge.Node.Kind == kind && edge.Node.Application != nil && edge.Node.Application.ID == t.id {
			found = append(found, edge.Node)
		}
	}
	return found, nil
}

// told shows the one message of a kind in both languages.
func (t *tour) told(ctx context.Context, kind string) error {
	for position, locale := range []string{chinese, english} {
		found, err := t.inbox(ctx, locale, kind)
		if err != nil {
			return err
		}
		if len(found) != 1 {
			return fmt.Errorf("the inbox should hold one message %s about the application, and holds %d", kind, len(found))
		}
		t.print("%s✉ %s · %s\n", [...]string{"  ", "    "}[position], found[0].Title, found[0].Body)
	}
	return nil
}

func (t *tour) readNotice(ctx context.Context) error {
	t.headline("收到消息", "What she is told, at once")
	if err := t.told(ctx, "SUPPLEMENT_REQUESTED"); err != nil {
		return err
	}
	byDay, err := t.bySMS(ctx)
	if err != nil {
		return err
	}
	if !byDay {
		t.print("  ☎ 夜间不发短信，早上 8 点发出\n    No SMS at night: it leaves at eight in the morning\n")
		return nil
	}
	return t.sentBySMS(ctx, "supplement-requested")
}

// bySMS tells whether text messages leave now: by day alone, between eight and ten in the evening, in the city's time.
func (t *tour) bySMS(ctx context.Context) (bool, error) {
	now, err := t.resident.moveClock(ctx, 0)
	hour := now.UTC().Add(8 * time.Hour).Hour()
	return hour >= 8 && hour < 22, err
}

// sentBySMS waits for the short text about this application, which says no more than is needed.
func (t *tour) sentBySMS(ctx context.Context, template string) error {
	return t.waitFor(ctx, "an SMS "+template+" in "+t.outboxFile(), func() (bool, error) {
		for _, sent := range t.outbox() {
			if sent.To == phone && sent.Template == template && strings.Contains(sent.Body, t.number) {
				t.print("  ☎ %s\n", sent.Body)
				return true, nil
			}
		}
		return false, nil
	})
}

const reminder = "MISSING_MATERIAL"

// reminderDays are the item's: so many calendar days before the deadline, at nine in the morning, she is reminded.
const (
	firstReminder = 10
	nextReminder  = 3
)

// clockTo moves the demo's clock to just after a reminder's moment.
func (t *tour) clockTo(ctx context.Context, daysBefore int) error {
	var answer struct{ Application *progress }
	if err := t.resident.ask(ctx, chinese, "Progress", values{"id": t.id}, &answer); err != nil {
		return err
	}
	if answer.Application.Supplement == nil {
		return errors.New("there should be an open supplement notice")
	}
	now, err := t.resident.moveClock(ctx, 0)
	if err != nil {
		return err
	}
	due := answer.Application.Supplement.DueAt
	moment := time.Date(due.Year(), due.Month(), due.Day()-daysBefore, 9, 0, 1, 0, due.Location())
	if now, err = t.resident.moveClock(ctx, max(moment.Sub(now), time.Second).Round(time.Second)); err != nil {
		return err
	}
	shown := now.In(due.Location())
	t.say("时钟拨到 "+shown.Format("2006-01-02 15:04"), "the clock is moved to "+shown.Format("2 January 15:04")+fmt.Sprintf(", %d days before the deadline", daysBefore))
	return nil
}

func (t *tour) waitForReminder(ctx context.Context) error {
	t.headline("提醒", "Days pass, and she is reminded")
	if before, err := t.inbox(ctx, chinese, reminder); err != nil || len(before) > 0 {
		return errors.Join(err, fmt.Errorf("%d reminders came before their time", len(before)))
	}
	if err := t.clockTo(ctx, firstReminder); err != nil {
		return err
	}
	err := t.waitFor(ctx, "the reminder in the inbox", func() (bool, error) {
		found, err := t.inbox(ctx, chinese, reminder)
		return len(found) > 0, err
	})
	if err != nil {
		return err
	}
	if err := t.told(ctx, reminder); err != nil {
		return err
	}
	return t.sentBySMS(ctx, "missing-material")
}

func (t *tour) handInAgain(ctx context.Context) error {
	t.headline("重新上传", "She uploads it again")
	if err := t.showChecklist(ctx); err != nil {
		return err
	}
	if err := t.attach(ctx, secondScan); err != nil {
		return err
	}
	if err := t.liveUntil("MATERIAL_ATTACHED"); err != nil {
		return err
	}
	_, err := t.showProgress(ctx, "SUPPLEMENT_REQUIRED")
	return err
}

// waitInVain lets the moment of the next reminder pass: what has been handed in is not asked for again.
func (t *tour) waitInVain(ctx context.Context) error {
	t.headline("不再提醒", "The next reminder's moment passes in silence")
	if err := t.clockTo(ctx, nextReminder); err != nil {
		return err
	}
	time.Sleep(1500 * time.Millisecond) // longer than the house takes between two looks for what is due
	found, err := t.inbox(ctx, chinese, reminder)
	if err != nil {
		return err
	}
	if len(found) != 1 {
		return fmt.Errorf("the document is there, and %d reminders came instead of one", len(found))
	}
	t.say("材料已交，没有新的提醒", "the document is there: no new reminder")
	return nil
}

func (t *tour) supplement(ctx context.Context) error {
	t.headline("提交补正", "She says that everything is in")
	var answer struct{ Supplement struct{ Problems []problem } }
	if err := t.resident.ask(ctx, chinese, "Supplement", values{"id": t.id, "key": rand.Text()}, &answer); err != nil {
		return err
	}
	if err := problems("Supplement", answer.Supplement.Problems); err != nil {
		return err
	}
	if err := t.liveUntil("SUPPLEMENTED"); err != nil {
		return err
	}
	_, err := t.showProgress(ctx, "IN_REVIEW")
	return err
}

// decide lets the staff of the police decide step after step: the reviewer checks, the issuer registers.
func (t *tour) decide(ctx context.Context) error {
	t.headline("审核登记", "Two officers decide")
	done := 0
	for _, username := range []string{"li-police", "wang-police"} {
		officer, err := t.staffMember(ctx, username)
		if err != nil {
			return err
		}
		for {
			decided, err := t.decideNext(ctx, officer)
			if err != nil {
				return err
			}
			if !decided {
				break
			}
			done++
		}
	}
	if done < 2 {
		return fmt.Errorf("two officers should have had a step each, and %d were decided", done)
	}
	if err := t.liveUntil("COMPLETED"); err != nil {
		return err
	}
	last, err := t.showProgress(ctx, "COMPLETED")
	if err != nil {
		return err
	}
	if last.Deadline == nil || last.Deadline.Light == "RED" {
		return errors.New("it was decided in time, and the light says that it was not")
	}
	return t.told(ctx, "COMPLETED")
}

// decideNext approves the first task of this application in an officer's worklist.
func (t *tour) decideNext(ctx context.Context, officer *client) (bool, error) {
	var answer struct {
		Worklist struct {
			Edges []struct {
				Node struct {
					ID          string
					Step        *struct{ Name string }
					Application struct{ ID string }
				}
			}
		}
	}
	if err := officer.ask(ctx, chinese, "Worklist", nil, &answer); err != nil {
		return false, err
	}
	for _, edge := range answer.Worklist.Edges {
		task := edge.Node
		if task.Application.ID != t.id || task.Step == nil {
			continue
		}
		var decided struct{ DecideTask struct{ Problems []problem } }
		variables := values{"taskId": task.ID, "opinion": "同意 agreed", "key": rand.Text()}
		if err := officer.ask(ctx, chinese, "Decide", variables, &decided); err != nil {
			return false, err
		}
		t.say("“"+task.Step.Name+"”通过", "the step is approved")
		return true, problems("Decide", decided.DecideTask.Problems)
	}
	return false, nil
}
