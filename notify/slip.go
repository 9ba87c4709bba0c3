package notify

import (
	"context"
	"fmt"
	"strings"
	"time"

	"onewindow/models"
	"onewindow/models/casework"
	"onewindow/models/catalogue"
)

// Slip is a piece of paper that a kiosk prints: what is missing, until when, and whom to call. It names nobody.
type Slip struct {
	// Lines are no wider than Columns; a Chinese character takes two columns.
	Lines   []string
	Columns int
	// QRText leads to the application at any kiosk, window or phone; who reads it still has to sign in.
	QRText string
}

// SlipOf is the slip of an application as its reader sees it.
func (s *Service) SlipOf(application *casework.Application, locale models.Locale, large bool) *Slip {
	columns := columnsOf(large)
	var lines []string
	for _, text := range slipWords(application, s.store.Clock().Now()) {
		lines = append(lines, onPaper(text.In(locale), columns)...)
	}
	code := string(application.ID)
	if application.Number != nil {
		code = *application.Number
	}
	return &Slip{Lines: lines, Columns: columns, QRText: "onewindow:" + code}
}

// slipWords are the paragraphs of a slip.
func slipWords(a *casework.Application, now time.Time) (words []models.Text) {
	add := func(chinese, english string, values ...any) {
		words = append(words, models.T(fmt.Sprintf(chinese, values...), fmt.Sprintf(english, values...)))
	}
	words = append(words, models.T("一窗 办事单", "OneWindow slip"))
	if a.Number != nil {
		add("编号 %s", "Number %s", *a.Number)
	}
	words = append(words, a.Item.Name, a.StateLabel)
	if len(a.Missing) > 0 {
		words = append(words, models.T("还缺：", "Still missing:"))
	}
	for _, row := range a.Missing {
		words = append(words, models.T("- "+row.Material.Name.In(models.Chinese), "- "+row.Material.Name.In(models.English)))
	}
	if until := slipUntil(a); until != nil {
		words = append(words, models.T("最晚 "+dayWords(*until, models.Chinese)+"（"+weekday(*until)+"）", "By "+until.Weekday().String()+" "+dayWords(*until, models.English)))
	}
	if next := a.NextAction; next != nil {
		words = append(words, models.T("下一步："+next.Title.In(models.Chinese), "Next: "+next.Title.In(models.English)))
	}
	if office := officeOf(a); office != nil && office.Phone != "" {
		add("咨询电话 %s", "Call %s", office.Phone)
		words = append(words, office.Name)
	}
	printed := now.In(models.Zone).Format("2006-01-02 15:04")
	add("打印于 %s", "Printed %s", printed)
	return words
}

// slipUntil is the day that counts for whoever holds the slip: until which something of theirs is waited for, else the promised
// end. nil: there is none.
func slipUntil(a *casework.Application) *models.Date {
	switch {
	case a.Supplement != nil:
		return dayOf(&a.Supplement.DueAt)
	case a.NextAction != nil && a.NextAction.Who == casework.NextApplicant && a.NextAction.DueAt != nil:
		return dayOf(a.NextAction.DueAt)
	}
	for _, row := range a.Missing {
		if row.DueAt != nil {
			return dayOf(row.DueAt)
		}
	}
	return dayOf(a.DueAt)
}

// officeOf is who can be called: who has to act next, else the department that leads.
func officeOf(a *casework.Application) *catalogue.Department {
	if a.NextAction != nil && a.NextAction.Department != nil {
		return a.NextAction.Department
	}
	return a.Item.Lead
}

func weekday(day models.Date) string {
	return [...]string{"星期日", "星期一", "星期二", "星期三", "星期四", "星期五", "星期六"}[day.Weekday()]
}

// Printed is a message as a kiosk prints it for somebody whom no channel reached.
type Printed struct {
	ID      models.ID
	At      time.Time
	Kind    Kind
	Lines   []string
	Columns int
}

// mostUnprinted bounds what one visit to a kiosk prints: what was left is offered at the next.
const mostUnprinted = 20

// Unprinted gives the caller's messages that reached them on no channel and have not been printed or told since, the oldest first.
func (s *Service) Unprinted(ctx context.Context, actor models.Actor, locale models.Locale, large bool) ([]*Printed, error) {
	residentID := actor.PersonID()
	if residentID == "" {
		return nil, models.NotSignedIn()
	}
	rows, err := selectUntold(s.store.Reader(ctx), residentID, mostUnprinted)
	if err != nil {
		return nil, err
	}
	untrue, err := s.noLongerTrue(ctx, rows)
	if err != nil {
		return nil, err
	}
	printed := make([]*Printed, 0, len(rows))
	for _, row := range rows {
		if untrue[row.ID] == "" {
			printed = append(printed, s.printed(row, locale, columnsOf(large)))
		}
	}
	return printed, nil
}

// printed is a message on paper, in plain words. A clerk's own words stay out of it: they may name somebody.
func (s *Service) printed(row messageRow, locale models.Locale, columns int) *Printed {
	params, err := readParams(row.Params)
	title, body, unfit := inboxTexts(row.Kind, row.TemplateVersion, Plain, params)
	if said, known := templateOf(row.Kind, row.TemplateVersion); unfit != nil && known && err == nil {
		if title, err = render(said.title, params); err == nil {
			body, err = render(said.short, params)
		}
	}
	if err != nil {
		s.logger.Error("message cannot be printed", "message", row.ID, "kind", row.Kind, "error", err)
	}
	text := []string{title.In(locale), body.In(locale), row.At.In(models.Zone).Format("2006-01-02 15:04")}
	return &Printed{ID: row.ID, At: row.At, Kind: row.Kind, Lines: onPaper(strings.Join(text, "\n"), columns), Columns: columns}
}

// MarkPrinted takes messages that the caller holds in hands off the list of those that nobody could be told, marks them as read and
// gives how many are unread. Another's are not found, and nothing happens to them.
func (s *Service) MarkPrinted(ctx context.Context, actor models.Actor, ids []models.ID) (unread int, err error) {
	return s.MarkRead(ctx, actor, ids) // read is read, whether on a screen or on paper
}
