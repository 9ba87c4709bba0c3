package notify

import (
	"context"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"onewindow/models"
	"onewindow/models/casework"
	"onewindow/models/catalogue"
	"onewindow/models/material"
)

func TestLinesAreNoWiderThanThePaper(t *testing.T) {
	tests := map[string]struct {
		text    string
		columns int
		want    []string
	}{
		"Chinese breaks anywhere":              {"请最晚在三月十七日当天补齐并提交", 16, []string{"请最晚在三月十七", "日当天补齐并提交"}},
		"but not before a mark":                {"请最晚在三月十七，然后提交", 16, []string{"请最晚在三月十", "七，然后提交"}},
		"words stay whole":                     {"Please hand it in soon", 10, []string{"Please", "hand it in", "soon"}},
		"a word that is too wide is cut":       {"330100-2026-000042", 16, []string{"330100-2026-0000", "42"}},
		"a number between characters":          {"编号330100还缺照片", 16, []string{"编号330100还缺照", "片"}},
		"its own lines stay":                   {"一\n二", 16, []string{"一", "二"}},
		"what steers a printer is left out":    {"一\x1b@二\u200b三", 16, []string{"一@二三"}},
		"no text is one empty line":            {"", 16, []string{""}},
		"a mark that hangs over goes along":    {"一二三四五六七八。", 16, []string{"一二三四五六七", "八。"}},
		"quotation marks take two":             {"“出生登记”办好了", 16, []string{"“出生登记”办好", "了"}},
		"beyond the plane every printer knows": {"𠀀𠀀", 2, []string{"𠀀", "𠀀"}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			got := onPaper(test.text, test.columns)
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func FuzzPaper(f *testing.F) {
	f.Add("请最晚在 17 March 补齐，and hand in。", true)
	f.Fuzz(func(t *testing.T, text string, large bool) {
		if !utf8.ValidString(text) {
			t.Skip()
		}
		columns := columnsOf(large)
		for _, line := range onPaper(text, columns) {
			if widthOf(line) > columns {
				t.Errorf("%q takes %d columns", line, widthOf(line))
			}
		}
	})
}

func TestTheSlipOfWhatIsMissing(t *testing.T) {
	each(t, func(c *counter) {
		number, due := "330100-2026-000042", moment(c.T, "2026-03-17 23:59")
		police := &catalogue.Department{Name: models.T("西湖区公安分局", "Xihu police"), Phone: "0571-87000000"}
		application := &casework.Application{
			ID: c.kase.ID, Number: &number, Item: birthRegistration(), StateLabel: models.T("待补正", "Documents missing"),
			Missing: []*material.RequirementView{
				{Material: &catalogue.Material{Name: models.T("照片", "photo")}}, {Material: &catalogue.Material{Name: models.T("租房合同", "lease")}},
			},
			Supplement: &casework.SupplementView{DueAt: due},
			NextAction: &casework.NextAction{Who: casework.NextApplicant, Title: models.T("请补交材料", "Please hand in what is missing")},
		}
		application.Item.Lead = police
		slip := c.service.SlipOf(application, models.Chinese, false)
		want := []string{
			"一窗 办事单", "编号 330100-2026-000042", "出生登记", "待补正", "还缺：", "- 照片", "- 租房合同", "最晚 2026年3月17日（星期二）",
			"下一步：请补交材料", "咨询电话 0571-87000000", "西湖区公安分局", "打印于 2026-03-02 10:00",
		}
		if diff := cmp.Diff(&Slip{Lines: want, Columns: 32, QRText: "onewindow:330100-2026-000042"}, slip); diff != "" {
			c.Errorf("(-want +got):\n%s", diff)
		}
		large := c.service.SlipOf(application, models.English, true)
		for _, line := range large.Lines {
			if widthOf(line) > 16 {
				c.Errorf("%q is too wide", line)
			}
		}
		if text := strings.Join(large.Lines, " "); large.Columns != 16 || !strings.Contains(text, "- photo") || !strings.Contains(text, "Tuesday") {
			c.Errorf("in English and large: %q", large.Lines)
		}
		application.Number, application.Missing, application.Supplement, application.NextAction = nil, nil, nil, nil
		draft := c.service.SlipOf(application, models.Chinese, false)
		if draft.QRText != "onewindow:"+string(c.kase.ID) || slices.Contains(draft.Lines, "还缺：") {
			c.Errorf("a draft's slip is %+v", draft)
		}
	})
}

// An elder without a phone: what no channel could carry is printed at the next visit to a kiosk, and nobody knocks any more.
func TestWhatReachedNobodyIsPrinted(t *testing.T) {
	each(t, func(c *counter) {
		c.addresses = Addresses{}
		c.requestSupplement("请王老先生补签名")
		if err := c.work(); err != nil {
			c.Fatal(err)
		}
		atKiosk := models.Actor{Kind: models.Kiosk, ID: models.NewID(), SubjectID: c.mother.ID}
		unprinted := func(actor models.Actor) []*Printed {
			c.Helper()
			printed, err := c.service.Unprinted(context.Background(), actor, models.Chinese, true)
			if err != nil {
				c.Fatal(err)
			}
			return printed
		}
		printed := unprinted(atKiosk)
		if len(printed) != 1 || printed[0].Kind != SupplementRequested || printed[0].Columns != 16 {
			c.Fatalf("printed: %+v", printed)
		}
		text := strings.Join(printed[0].Lines, "")
		if !strings.Contains(text, "照片、租房合同") || !strings.Contains(text, "2026年3月17日") || strings.Contains(text, "王老先生") {
			c.Errorf("the paper says %q", text)
		}
		c.want("a stranger's paper", 0, len(unprinted(models.Actor{Kind: models.Kiosk, ID: models.NewID(), SubjectID: models.NewID()})))
		if _, err := c.service.Unprinted(context.Background(), models.Actor{Kind: models.Kiosk, ID: models.NewID()}, models.Chinese, false); err == nil {
			c.Error("a kiosk prints without a person")
		}
		open := func() int {
			c.Helper()
			page, err := c.service.UnreachedPage(context.Background(), centre(), models.PageRequest{First: 10})
			if err != nil {
				c.Fatal(err)
			}
			return page.TotalCount
		}
		c.want("somebody has to knock", 1, open())
		stranger := models.Actor{Kind: models.Resident, ID: models.NewID()}
		if _, err := c.service.MarkPrinted(context.Background(), stranger, []models.ID{printed[0].ID}); err != nil {
			c.Error(err)
		}
		c.want("a stranger's word changes nothing", 1, open())
		for range 2 {
			if _, err := c.service.MarkPrinted(context.Background(), atKiosk, []models.ID{printed[0].ID, "nonsense"}); err != nil {
				c.Fatal(err)
			}
		}
		c.want("printed: nobody knocks", 0, open())
		c.want("it is not offered again", 0, len(unprinted(atKiosk)))
		var row unreachedRow
		if err := c.store.Reader(context.Background()).Take(&row).Error; err != nil || value(row.SettledBy) != atKiosk.ID {
			c.Errorf("settled by %v, %v", row.SettledBy, err)
		}
	})
}

// What was handed in after nobody could be told is not printed, and nobody calls about it.
func TestNobodyIsCalledAboutWhatHasCome(t *testing.T) {
	each(t, func(c *counter) {
		c.addresses = Addresses{}
		c.requestSupplement("")
		if err := c.work(); err != nil {
			c.Fatal(err)
		}
		c.change(func(kase *casework.Case) { kase.State, kase.Progress.Supplement = casework.Submitted, nil }, happened(casework.EventSupplemented))
		printed, err := c.service.Unprinted(context.Background(), c.mother, models.Chinese, false)
		if err != nil || len(printed) != 0 {
			c.Errorf("printed: %+v, %v", printed, err)
		}
		page, err := c.service.UnreachedPage(context.Background(), centre(), models.PageRequest{First: 10})
		if err != nil || len(page.Edges) != 0 {
			c.Errorf("to be called: %+v, %v", page, err)
		}
		c.clock.Advance(time.Hour)
		c.sweep()
		if page, err = c.service.UnreachedPage(context.Background(), centre(), models.PageRequest{First: 10}); err != nil || page.TotalCount != 0 {
			c.Errorf("counted as still to be called: %+v, %v", page, err)
		}
	})
}

// A refusal needs the clerk's words; on paper stands where to read them.
func TestAMessageThatNeedsAClerksWordsIsPrintedWithout(t *testing.T) {
	each(t, func(c *counter) {
		c.addresses = Addresses{}
		c.change(func(kase *casework.Case) { kase.State = casework.Rejected }, &casework.Event{
			ID: models.NewID(), Kind: casework.EventRejected, Public: true, Detail: models.T("王老先生不符合条件", "Mr Wang does not qualify"),
		})
		if err := c.work(); err != nil {
			c.Fatal(err)
		}
		printed, err := c.service.Unprinted(context.Background(), c.mother, models.Chinese, false)
		if err != nil || len(printed) != 1 {
			c.Fatalf("%+v, %v", printed, err)
		}
		if text := strings.Join(printed[0].Lines, ""); strings.Contains(text, "王老先生") || !strings.Contains(text, "请登录查看结果、理由和救济途径") {
			c.Errorf("the paper says %q", text)
		}
	})
}

// Who reads a message that no channel carried has been told.
func TestWhoHasReadNeedNotBeCalled(t *testing.T) {
	each(t, func(c *counter) {
		c.addresses = Addresses{}
		c.requestSupplement("")
		if err := c.work(); err != nil {
			c.Fatal(err)
		}
		if _, err := c.service.MarkRead(context.Background(), c.mother, []models.ID{c.newest().ID}); err != nil {
			c.Fatal(err)
		}
		page, err := c.service.UnreachedPage(context.Background(), centre(), models.PageRequest{First: 10})
		if err != nil || page.TotalCount != 0 {
			c.Errorf("still to be called: %d, %v", page.TotalCount, err)
		}
	})
}

func centre() models.Actor {
	return models.Actor{Kind: models.Staff, ID: models.NewID(), CityReach: true, Roles: []models.Role{models.CallAgent}}
}
