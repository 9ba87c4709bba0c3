package main

import (
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"onewindow/models"
	"onewindow/models/calendar"
	"onewindow/models/casework"
	"onewindow/models/catalogue"
)

// few is how many cases are too few to say anything of an item: their figures are marked.
const few = 5

// itemGone stands where the new catalogue has no such item.
const itemGone = "ITEM_GONE"

// report adds the cases up. It keeps counts alone, so that the number of cases does not matter.
type report struct {
	from, to    models.Date
	decided     int
	notReplayed map[string]int
	assumed     map[string]int // cases, by item and step
	items       map[string]*line
	departments map[string]*line
}

// line are the figures of an item or a department.
type line struct {
	name      models.Text
	then, now paces
}

// paces counts how many took how many days.
type paces struct {
	days          map[int]int
	total, onTime int
}

func newReport(asked *wish) *report {
	return &report{
		from: asked.from, to: asked.to, notReplayed: map[string]int{}, assumed: map[string]int{}, items: map[string]*line{}, departments: map[string]*line{},
	}
}

// add replays one case under the item's new definition; nil: there is none any more.
func (r *report) add(c *casework.Case, before, after *catalogue.Item, days *calendar.Calendar) {
	r.decided++
	if after == nil {
		r.notReplayed[itemGone]++
		return
	}
	replayed, reason := c.Rehearse(before, after, days)
	if reason != "" {
		r.notReplayed[reason]++
		return
	}
	item := lineOf(r.items, after.Code, after.Name)
	item.then.add(replayed.Then)
	item.now.add(replayed.Now)
	for _, step := range replayed.StepsThen {
		lineOf(r.departments, step.Department.Code, step.Department.Name).then.add(step.Pace)
	}
	for _, step := range replayed.StepsNow {
		lineOf(r.departments, step.Department.Code, step.Department.Name).now.add(step.Pace)
	}
	for _, step := range replayed.Assumed {
		r.assumed[after.Code+"."+step]++
	}
}

func lineOf(lines map[string]*line, code string, name models.Text) *line {
	if lines[code] == nil {
		lines[code] = &line{name: name}
	}
	return lines[code]
}

func (p *paces) add(pace casework.Pace) {
	if p.days == nil {
		p.days = map[int]int{}
	}
	p.days[pace.Days]++
	p.total++
	if pace.OnTime {
		p.onTime++
	}
}

// within gives the fewest days within which so many of a hundred were done (nearest rank).
func (p *paces) within(percent int) int {
	rank, seen := (p.total*percent+99)/100, 0
	for _, days := range slices.Sorted(maps.Keys(p.days)) {
		if seen += p.days[days]; seen >= rank {
			return days
		}
	}
	return 0
}

// figures are one side of a line as it is written; nil where nothing was counted.
type figures struct {
	Cases      int     `json:"cases"`
	OnTimeRate float64 `json:"onTimeRate"`
	MedianDays int     `json:"medianDays"`
	P90Days    int     `json:"p90Days"`
}

const (
	median = 50
	most   = 90
)

func (p *paces) figures() *figures {
	if p.total == 0 {
		return nil
	}
	return &figures{p.total, float64(p.onTime) / float64(p.total), p.within(median), p.within(most)}
}

// written is a line as JSON has it.
type written struct {
	Code  string      `json:"code"`
	Name  models.Text `json:"name"`
	Small bool        `json:"small"` // too few to rely on
	Then  *figures    `json:"then"`
	Now   *figures    `json:"now"`
}

func sorted(lines map[string]*line) []written {
	all := make([]written, 0, len(lines))
	for _, code := range slices.Sorted(maps.Keys(lines)) {
		l := lines[code]
		all = append(all, written{code, l.name, max(l.then.total, l.now.total) < few, l.then.figures(), l.now.figures()})
	}
	return all
}

func (r *report) write(out io.Writer, asJSON bool) error {
	if asJSON {
		encoder := json.NewEncoder(out)
		encoder.SetIndent("", "  ")
		return encoder.Encode(map[string]any{
			"from": r.from, "to": r.to, "decided": r.decided, "notReplayed": r.notReplayed, "assumedSteps": r.assumed,
			"items": sorted(r.items), "departments": sorted(r.departments), "assumptions": assumptions,
		})
	}
	_, err := io.WriteString(out, r.text())
	return err
}

// assumptions are what a reader must know before relying on the figures.
var assumptions = []models.Text{
	models.T("只统计已作出决定的办件，撤回、终止和在办的不计。", "Only decided applications count, not those withdrawn, lapsed or under way."),
	models.T("保留的环节按当时实际用时计算，等待申请人和特别程序的时间已扣除。", "A step that stays takes as long as it did; waits for the applicant and special steps are left out."),
	models.T("新增的环节假定用满规定天数；当时跳过的环节仍跳过；新增环节的适用条件视为成立。", "A new step is assumed to take all of its days and to take place; what was skipped is skipped again."),
	models.T("后一环节在前面各环节全部结束当日开始；当时的延长照旧给予；人手是否够用不在推算之内。", "A step begins on the day on which those before it have ended; an extension that was given is given again; whether there are hands enough is not reckoned."),
}

var reasons = map[string]models.Text{
	itemGone:             models.T("新目录中没有该事项", "the item is not in the new catalogue"),
	casework.NotDecided:  models.T("没有环节作出决定", "no step decided it"),
	casework.NotRecorded: models.T("所需环节当时没有办完", "a step that is needed was never finished"),
	casework.NoSteps:     models.T("当时经过的环节都不在新流程中", "nothing of what it went through is left"),
}

func (r *report) text() string {
	var out strings.Builder
	replayed := r.decided
	for _, count := range r.notReplayed {
		replayed -= count
	}
	fmt.Fprintf(&out, "政策预演 / policy rehearsal: %d 件已决定 / decided, %d 件可推算 / replayed\n", r.decided, replayed)
	for _, reason := range slices.Sorted(maps.Keys(r.notReplayed)) {
		fmt.Fprintf(&out, "  未推算 / not replayed %d: %s / %s\n", r.notReplayed[reason], reasons[reason].In(models.Chinese), reasons[reason].In(models.English))
	}
	for _, step := range slices.Sorted(maps.Keys(r.assumed)) {
		fmt.Fprintf(&out, "  假定 / assumed %s: %d\n", step, r.assumed[step])
	}
	for _, table := range []struct {
		title string
		lines map[string]*line
	}{{"按事项 / by item", r.items}, {"按部门（环节）/ by department (steps)", r.departments}} {
		fmt.Fprintf(&out, "\n%s\n%34s%28s\n%9s%9s%8s%6s %9s%9s%8s%6s\n", table.title, "原来 / then", "新的 / now",
			"n", "on time", "median", "p90", "n", "on time", "median", "p90")
		for _, line := range sorted(table.lines) {
			mark := ""
			if line.Small {
				mark = "  *"
			}
			fmt.Fprintf(&out, "%s %s  %s / %s%s\n", line.Then.cells(), line.Now.cells(), line.Code, line.Name.In(models.Chinese), mark)
		}
	}
	fmt.Fprintf(&out, "\n* 少于 %d 件，仅供参考 / fewer than %[1]d: not to be relied on\n天数为承诺期限的计时天数 / days are those that the promise counts\n", few)
	for _, assumption := range assumptions {
		fmt.Fprintf(&out, "- %s / %s\n", assumption.In(models.Chinese), assumption.In(models.English))
	}
	return out.String()
}

func (f *figures) cells() string {
	if f == nil {
		return fmt.Sprintf("%9s%9s%8s%6s", "-", "-", "-", "-")
	}
	return fmt.Sprintf("%9d%8.1f%%%8d%6d", f.Cases, f.OnTimeRate*100, f.MedianDays, f.P90Days)
}
