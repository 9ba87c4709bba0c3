package main

import (
	"context"
	"crypto/rand"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"
)

// itemCode is what the tour applies for: the registration of a birth.
const itemCode = "birth-registration"

// tour is one application on its way.
type tour struct {
	settings
	out      io.Writer
	resident *client
	live     live
	step     int

	// id, revision and number are the application's; certificate is the requirement that the tour hands in itself.
	id, number, certificate string
	revision                int
}

// play walks the whole way.
func play(ctx context.Context, chosen settings, out io.Writer) error {
	t := &tour{settings: chosen, out: out, resident: &client{base: strings.TrimSuffix(chosen.url, "/")}}
	began := time.Now()
	now, err := t.resident.moveClock(ctx, 0)
	if err != nil {
		return err
	}
	t.print("一窗 OneWindow · %s · 演示时钟 demo clock %s\n", t.resident.base, now.Format("2006-01-02 15:04"))
	watching, stop := context.WithCancel(ctx)
	defer stop()
	for _, step := range []func(context.Context) error{
		t.signIn, t.bindIdentity, t.readGuide, t.start, t.fill, t.collect, t.preCheck, t.submit,
		func(context.Context) error { return t.startWatching(watching) },
		t.accept, t.askForSupplement, t.readNotice, t.waitForReminder, t.handInAgain, t.waitInVain, t.supplement,
		t.decide, t.results, t.rate, t.lookBack,
	} {
		if err := step(ctx); err != nil {
			return err
		}
	}
	t.print("\n办结 finished: %s · %.1f s\n", t.number, time.Since(began).Seconds())
	return nil
}

func (t *tour) print(format string, arguments ...any) {
	_, _ = fmt.Fprintf(t.out, format, arguments...)
}

func (t *tour) headline(chinese, english string) {
	t.step++
	t.print("\n%d %s %s\n", t.step, chinese, english)
}

func (t *tour) say(chinese, english string) { t.print("  %s\n    %s\n", chinese, english) }

// bindIdentity proves once who the resident is; a second tour finds it done.
func (t *tour) bindIdentity(ctx context.Context) error {
	t.headline("实名绑定", "Bind the identity")
	type identity struct {
		Status, MaskedName, MaskedNationalID string
		Links                                []struct{ Status string }
	}
	var me struct{ Viewer struct{ Identity identity } }
	if err := t.resident.ask(ctx, chinese, "Me", nil, &me); err != nil {
		return err
	}
	bound := me.Viewer.Identity
	if bound.Status != "BOUND" {
		var answer struct {
			BindIdentity struct {
				Identity *identity
				Problems []problem
			}
		}
		if err := t.resident.ask(ctx, chinese, "BindIdentity", values{"name": name, "nationalId": nationalID}, &answer); err != nil {
			return err
		}
		if err := problems("BindIdentity", answer.BindIdentity.Problems); err != nil {
			return err
		}
		bound = *answer.BindIdentity.Identity
	} else {
		t.say("此前已绑定", "bound already")
	}
	linked := 0
	for _, link := range bound.Links {
		if link.Status == "LINKED" {
			linked++
		}
	}
	t.say(fmt.Sprintf("%s %s，%d 个部门已关联", bound.MaskedName, bound.MaskedNationalID, linked), fmt.Sprintf("%d of %d departments know her", linked, len(bound.Links)))
	return nil
}

// readGuide shows what is asked for and by when it would be done.
func (t *tour) readGuide(ctx context.Context) error {
	t.headline("办事指南", "What it takes")
	for _, locale := range []string{chinese, english} {
		var answer struct {
			ServiceItem *struct {
				Name, Summary               string
				PromisedDays, StatutoryDays int
				Materials                   []struct{ Material struct{ Name string } }
				DueIfSubmittedNow           struct {
					PromisedDueAt time.Time
					Skipped       []struct{ Date, Reason string }
				}
			}
		}
		if err := t.resident.ask(ctx, locale, "ServiceGuide", values{"code": itemCode}, &answer); err != nil {
			return err
		}
		item := answer.ServiceItem
		if item == nil {
			return fmt.Errorf("the catalogue has no %s", itemCode)
		}
		due := item.DueIfSubmittedNow
		sentence := "  %s：%s\n    承诺 %d 个工作日（法定 %d 个），现在提交最晚 %s 办结"
		if locale == english {
			sentence = "  %s: %s\n    promised in %d working days (by law %d): handed in now, done by %s"
		}
		t.print(sentence, item.Name, item.Summary, item.PromisedDays, item.StatutoryDays, due.PromisedDueAt.Format(wordsOf[locale].layout))
		for _, day := range due.Skipped {
			t.print(" · %s %s", day.Date, day.Reason)
		}
		t.print("\n")
	}
	return nil
}

// question is one of the form's, with its answer.
type question struct {
	Key, Label         string
	Value              *string
	Visible, Prefilled bool
	Problem            *problem
}

func (t *tour) start(ctx context.Context) error {
	t.headline("开始申请", "Start: what is known stands in the form already")
	var answer struct {
		StartApplication struct {
			Application *struct {
				ID       string
				Revision int
				Form     []question
			}
			Problems []problem
		}
	}
	if err := t.resident.ask(ctx, chinese, "StartApplication", values{"itemCode": itemCode, "key": rand.Text()}, &answer); err != nil {
		return err
	}
	if err := problems("StartApplication", answer.StartApplication.Problems); err != nil {
		return err
	}
	started := answer.StartApplication.Application
	t.id, t.revision = started.ID, started.Revision
	var known []string
	for _, field := range started.Form {
		if field.Prefilled {
			known = append(known, field.Label)
		}
	}
	if len(known) == 0 {
		return fmt.Errorf("nothing was prefilled from the identity")
	}
	t.say("已自动填写："+strings.Join(known, "、"), fmt.Sprintf("%d of %d answers prefilled from the identity", len(known), len(started.Form)))
	return nil
}

// answers are what the mother has to say about her child.
var answers = []map[string]string{
	{"key": "child_name", "value": "陈惊春"}, {"key": "child_gender", "value": "male"}, {"key": "birth_date", "value": "2026-02-27"},
	{"key": "birthplace", "value": "330110"}, {"key": "settle_with", "value": "mother"}, {"key": "household_kind", "value": "family"},
	{"key": "born_in_wedlock", "value": "true"}, {"key": "same_ethnicity", "value": "true"}, {"key": "father_name", "value": "陈谷雨"},
}

func (t *tour) fill(ctx context.Context) error {
	t.headline("填写", "Fill in the rest")
	var answer struct {
		SaveAnswers struct {
			Application *struct {
				Revision int
				Form     []question
			}
			Problems []problem
		}
	}
	if err := t.resident.ask(ctx, chinese, "SaveAnswers", values{"id": t.id, "revision": t.revision, "answers": answers}, &answer); err != nil {
		return err
	}
	if err := problems("SaveAnswers", answer.SaveAnswers.Problems); err != nil {
		return err
	}
	saved := answer.SaveAnswers.Application
	t.revision = saved.Revision
	var said []string
	for _, field := range saved.Form {
		if field.Problem != nil {
			return fmt.Errorf("SaveAnswers: %s: %s", field.Key, field.Problem.Message)
		}
		if field.Visible && field.Value != nil && !field.Prefilled {
			said = append(said, field.Label+" "+*field.Value)
		}
	}
	t.say(strings.Join(said, "；"), fmt.Sprintf("%d answers saved", len(said)))
	return nil
}

// requirement is one paper that the application needs.
type requirement struct {
	ID, Status string
	Reason     *string
	Material   struct{ Code, Name string }
}

type checked struct {
	Revision           int
	Ready              bool
	Form               []question
	Checklist, Missing []requirement
}

func (t *tour) check(ctx context.Context, as *client, locale string) (*checked, error) {
	var answer struct{ Application *checked }
	if err := as.ask(ctx, locale, "PreCheck", values{"id": t.id}, &answer); err != nil {
		return nil, err
	}
	return answer.Application, nil
}

// collect asks the departments for what they hold, and uploads the one paper that none of them has: a certificate of birth
// that the hospital gave on paper.
func (t *tour) collect(ctx context.Context) error {
	t.headline("备齐材料", "Collect the documents")
	var fetched struct{ FetchMaterials struct{ Problems []problem } }
	if err := t.resident.ask(ctx, chinese, "FetchMaterials", values{"id": t.id}, &fetched); err != nil {
		return err
	}
	if err := problems("FetchMaterials", fetched.FetchMaterials.Problems); err != nil {
		return err
	}
	if err := t.showChecklist(ctx); err != nil {
		return err
	}
	now, err := t.check(ctx, t.resident, chinese)
	if err != nil {
		return err
	}
	at := slices.IndexFunc(now.Missing, func(one requirement) bool { return one.Material.Code == "birth-certificate" })
	if at < 0 || len(now.Missing) != 1 {
		return fmt.Errorf("after fetching, the birth certificate alone should be missing; missing are %d documents", len(now.Missing))
	}
	t.certificate = now.Missing[at].ID
	return t.attach(ctx, firstScan)
}

// states of a requirement in words.
var states = map[string][2]string{
	"FETCHED": {"已由部门共享", "from the department itself"}, "REUSED": {"已从卡包引用", "from the wallet"}, "PROVIDED": {"已上传", "uploaded"},
	"MISSING": {"缺", "missing"}, "NOT_NEEDED": {"不需要", "not needed"}, "REJECTED": {"需重交", "to be handed in again"},
}

func (t *tour) showChecklist(ctx context.Context) error {
	for position, locale := range []string{chinese, english} {
		now, err := t.check(ctx, t.resident, locale)
		if err != nil {
			return err
		}
		var rows []string
		for _, one := range now.Checklist {
			if one.Status == "NOT_NEEDED" {
				continue
			}
			row := one.Material.Name + " [" + states[one.Status][position] + "]"
			if one.Reason != nil {
				row += " " + *one.Reason
			}
			rows = append(rows, row)
		}
		t.print("%s%s\n", [...]string{"  ", "    "}[position], strings.Join(rows, " · "))
	}
	return nil
}

func (t *tour) attach(ctx context.Context, scan string) error {
	now, err := t.resident.moveClock(ctx, 0)
	if err != nil {
		return err
	}
	var answer struct {
		AttachMaterial struct {
			Requirement *struct {
				Status   string
				Document struct {
					FileName string
					Size     int
				}
			}
			Problems []problem
		}
	}
	variables := values{"id": t.id, "requirementId": t.certificate, "number": "B330000001", "issuedOn": min(now.Format("2006-01-02"), "2026-02-28")}
	if err := t.resident.upload(ctx, "AttachMaterial", variables, "birth-certificate.pdf", birthCertificate(scan), &answer); err != nil {
		return err
	}
	if err := problems("AttachMaterial", answer.AttachMaterial.Problems); err != nil {
		return err
	}
	document := answer.AttachMaterial.Requirement.Document
	t.say(fmt.Sprintf("上传出生医学证明 %s（%d 字节）", document.FileName, document.Size), fmt.Sprintf("the birth certificate is uploaded: %s, %d bytes", scan, document.Size))
	return nil
}

func (t *tour) preCheck(ctx context.Context) error {
	t.headline("预检", "Check before handing in")
	now, err := t.check(ctx, t.resident, chinese)
	if err != nil {
		return err
	}
	if !now.Ready {
		return fmt.Errorf("the application should be ready: %d documents are missing", len(now.Missing))
	}
	t.revision = now.Revision
	t.say("可以提交", "ready to be handed in")
	_, err = t.showProgress(ctx, "DRAFT")
	return err
}

func (t *tour) submit(ctx context.Context) error {
	t.headline("提交", "Hand in")
	var answer struct {
		SubmitApplication struct {
			Application *struct{ Number string }
			Problems    []problem
		}
	}
	if err := t.resident.ask(ctx, chinese, "Submit", values{"id": t.id, "revision": t.revision, "key": rand.Text()}, &answer); err != nil {
		return err
	}
	if err := problems("Submit", answer.SubmitApplication.Problems); err != nil {
		return err
	}
	t.number = answer.SubmitApplication.Application.Number
	t.say("受理编号 "+t.number, "number "+t.number)
	_, err := t.showProgress(ctx, "SUBMITTED")
	return err
}
