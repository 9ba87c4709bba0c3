package limit

import (
	"fmt"
	"strings"
	"time"

	"onewindow/models"
	"onewindow/models/calendar"
	"onewindow/models/catalogue"
	"onewindow/models/store"
)

// labels are the states in words.
var labels = map[string]string{
	"SUBMITTED": "已提交，待受理", "SUPPLEMENT_REQUIRED": "待补正材料", "IN_REVIEW": "审核办理中", "COMPLETED": "已办结",
}

// page is how many events or cases one answer holds.
const page = 20

func (s *Server) writeProgress(w *writer, c *row, timeline []event, issued []document) error {
	more := len(timeline) > page
	if more {
		timeline = timeline[:page]
	}
	w.raw(`{"data":{"applicationByNumber":{`)
	if err := s.writeCase(w, c, true); err != nil {
		return err
	}
	w.name("timeline")
	w.raw(`{"edges":[`)
	for index := range timeline {
		w.next()
		w.raw(`{`)
		w.text("cursor", store.Cursor(timeline[index].Sequence))
		w.name("node")
		w.raw(`{`)
		w.text("id", timeline[index].ID)
		w.moment("at", &timeline[index].At)
		w.text("kind", timeline[index].Kind)
		w.text("title", timeline[index].Title.Chinese)
		w.optional("detail", timeline[index].Detail.Chinese)
		s.writeDepartment(w, timeline[index].Department)
		w.raw(`}}`)
	}
	w.raw(`]`)
	last := ""
	if len(timeline) > 0 {
		last = store.Cursor(timeline[len(timeline)-1].Sequence)
	}
	w.pageInfo(more, last)
	w.raw(`}`)
	s.writeResults(w, c, issued)
	w.null("rating")
	w.raw(`}}}`)
	return nil
}

func (s *Server) writeResults(w *writer, c *row, issued []document) {
	w.name("results")
	w.raw(`[`)
	for _, result := range c.progress.Results {
		w.next()
		w.raw(`{`)
		w.text("id", result.DocumentID)
		material, _ := s.snapshot.Material(result.Material)
		w.name("material")
		w.raw(`{`)
		w.text("code", material.Code)
		w.text("name", material.Name[models.Chinese])
		w.raw(`}`)
		found := document{}
		for _, one := range issued {
			if one.id == result.DocumentID {
				found = one
			}
		}
		w.optional("number", found.number)
		w.date("issuedOn", found.issuedOn)
		w.date("expiresOn", found.expiresOn)
		w.name("delivery")
		w.raw(`{`)
		w.text("method", result.Method)
		w.text("state", result.State)
		w.raw(`}}`)
	}
	w.raw(`]`)
}

func (w *writer) date(name string, at *time.Time) {
	if at == nil {
		w.null(name)
		return
	}
	day := models.NewDate(at.Date())
	w.day(name, &day)
}

func (s *Server) writeMine(w *writer, cases []*row, total, first int) error {
	more := len(cases) > first
	if more {
		cases = cases[:first]
	}
	w.raw(`{"data":{"viewer":{"applications":{`)
	w.number("totalCount", total)
	w.name("edges")
	w.raw(`[`)
	for _, c := range cases {
		w.next()
		w.raw(`{`)
		w.text("cursor", store.Cursor(models.ID(c.id)))
		w.name("node")
		w.raw(`{`)
		if err := s.writeCase(w, c, false); err != nil {
			return err
		}
		w.name("lastEvent")
		w.raw(`{`)
		w.moment("at", &c.last.At)
		w.text("title", c.last.Title.Chinese)
		w.raw(`}}}`)
	}
	w.raw(`]`)
	last := ""
	if len(cases) > 0 {
		last = store.Cursor(models.ID(cases[len(cases)-1].id))
	}
	w.pageInfo(more, last)
	w.raw(`}}}}`)
	return nil
}

func (w *writer) pageInfo(more bool, last string) {
	w.name("pageInfo")
	w.raw(`{`)
	w.truth("hasNextPage", more)
	w.optional("endCursor", last)
	w.raw(`}`)
}

// writeCase is the part that both answers share.
func (s *Server) writeCase(w *writer, c *row, explained bool) error {
	item, found := s.snapshot.ItemVersion(c.itemCode, c.itemVersion)
	if !found {
		return fmt.Errorf("item %s version %d is not installed", c.itemCode, c.itemVersion)
	}
	today := models.DateOf(time.Now())
	deadline := s.deadline(c, item, today, explained)
	steps := s.stepDeadlines(c, item, today)
	w.text("id", c.id)
	w.text("number", c.number)
	w.number("revision", c.revision)
	w.text("state", c.state)
	w.text("stateLabel", labels[c.state])
	w.text("channel", c.channel)
	w.name("item")
	w.raw(`{`)
	w.text("code", item.Code)
	w.text("name", item.Name[models.Chinese])
	w.number("version", item.Version)
	w.raw(`}`)
	w.moment("submittedAt", c.submittedAt)
	w.moment("acceptedAt", c.acceptedAt)
	if deadline == nil {
		w.null("dueAt")
	} else {
		w.moment("dueAt", &deadline.PromisedDueAt)
	}
	w.moment("finishedAt", c.finishedAt)
	writeDeadline(w, deadline, explained)
	s.writeNext(w, c, item, steps)
	s.writeSteps(w, c, item, steps)
	s.writeMissing(w, c, item)
	w.name("supplement")
	if supplement := c.progress.Supplement; supplement == nil {
		w.raw("null")
	} else {
		w.raw(`{`)
		w.moment("requestedAt", &supplement.RequestedAt)
		w.moment("dueAt", &supplement.DueAt)
		w.optional("note", supplement.Note)
		w.raw(`}`)
	}
	return nil
}

func endDay(at *time.Time) *models.Date {
	if at == nil {
		return nil
	}
	day := models.DateOf(*at)
	return &day
}

func (s *Server) deadline(c *row, item *catalogue.Item, today models.Date, explained bool) *calendar.Deadline {
	if c.acceptedAt == nil {
		return nil
	}
	reckon := calendar.Summarise
	if explained {
		reckon = calendar.Compute
	}
	return reckon(s.snapshot.Calendar(), models.DateOf(*c.acceptedAt), item.Limits(), c.progress.Stops, today, endDay(c.finishedAt))
}

func (s *Server) stepDeadlines(c *row, item *catalogue.Item, today models.Date) []*time.Time {
	due := make([]*time.Time, len(c.progress.Steps))
	for index := range c.progress.Steps {
		step, definition := &c.progress.Steps[index], item.Steps[index]
		if step.StartedAt == nil {
			continue
		}
		limits := calendar.Limits{PromisedDays: definition.Days, LegalDays: definition.Days, PromisedUnit: definition.Unit, LegalUnit: definition.Unit}
		reckoned := calendar.Summarise(s.snapshot.Calendar(), models.DateOf(*step.StartedAt), limits, step.Stops, today, endDay(step.FinishedAt))
		due[index] = &reckoned.PromisedDueAt
	}
	return due
}

func writeDeadline(w *writer, deadline *calendar.Deadline, explained bool) {
	if deadline == nil {
		w.null("deadline")
		return
	}
	w.name("deadline")
	w.raw(`{`)
	w.number("allowedDays", deadline.AllowedDays)
	w.number("usedDays", deadline.UsedDays)
	w.number("remainingDays", deadline.RemainingDays)
	w.text("light", string(deadline.Light))
	w.moment("promisedDueAt", &deadline.PromisedDueAt)
	w.moment("legalDueAt", &deadline.LegalDueAt)
	w.truth("provisional", deadline.Provisional)
	if explained {
		w.name("segments")
		w.raw(`[`)
		for _, segment := range deadline.Segments {
			w.next()
			w.raw(`{`)
			w.text("kind", string(segment.Kind))
			w.day("from", &segment.From)
			w.day("to", segment.To)
			w.number("days", segment.Days)
			w.optional("reason", segment.Reason[models.Chinese])
			w.null("notice")
			w.raw(`}`)
		}
		w.raw(`]`)
		w.name("skipped")
		w.raw(`[`)
		for _, skipped := range deadline.Skipped {
			w.next()
			w.raw(`{`)
			w.day("date", &skipped.Date)
			w.text("reason", skipped.Reason[models.Chinese])
			w.raw(`}`)
		}
		w.raw(`]`)
	}
	w.raw(`}`)
}

func (s *Server) writeSteps(w *writer, c *row, item *catalogue.Item, due []*time.Time) {
	w.name("steps")
	w.raw(`[`)
	for index := range c.progress.Steps {
		step, definition := &c.progress.Steps[index], item.Steps[index]
		w.next()
		w.raw(`{`)
		w.text("id", c.id+"."+step.ID)
		w.text("name", definition.Name[models.Chinese])
		s.writeDepartment(w, step.Department)
		w.text("state", step.State)
		w.moment("startedAt", step.StartedAt)
		w.moment("dueAt", due[index])
		w.moment("finishedAt", step.FinishedAt)
		w.optional("decision", step.Decision)
		w.name("dependsOn")
		w.raw(`[`)
		for _, before := range definition.DependsOn {
			w.next()
			w.quote(c.id + "." + before)
		}
		w.raw(`]}`)
	}
	w.raw(`]`)
}

func (s *Server) writeDepartment(w *writer, code string) {
	department, found := s.snapshot.Department(code)
	if !found {
		w.null("department")
		return
	}
	w.name("department")
	w.raw(`{`)
	w.text("code", department.Code)
	w.text("name", department.Name[models.Chinese])
	w.raw(`}`)
}

func (s *Server) writeMissing(w *writer, c *row, item *catalogue.Item) {
	w.name("missing")
	w.raw(`[`)
	for index := range c.progress.Requirements {
		requirement := &c.progress.Requirements[index]
		if !requirement.open() {
			continue
		}
		definition, _ := item.Material(requirement.Key)
		w.next()
		w.raw(`{`)
		w.text("id", c.id+"."+requirement.Key)
		w.name("material")
		w.raw(`{`)
		w.text("code", definition.Material.Code)
		w.text("name", definition.Material.Name[models.Chinese])
		w.text("kind", string(definition.Material.Kind))
		w.text("source", string(definition.Material.Source))
		w.raw(`}`)
		w.truth("required", true)
		w.truth("deferrable", definition.Deferrable)
		w.text("status", requirement.Status)
		w.optional("reason", requirement.Reason.Chinese)
		w.moment("dueAt", requirement.DueAt)
		w.null("document")
		w.raw(`}`)
	}
	w.raw(`]`)
}

// writeNext says who has to act, for the states that the data has.
func (s *Server) writeNext(w *writer, c *row, item *catalogue.Item, due []*time.Time) {
	who, title, detail, department := "DEPARTMENT", "", "", ""
	var dueAt *time.Time
	switch c.state {
	case "SUBMITTED":
		end := s.snapshot.Calendar().AddDays(models.DateOf(*c.receivedAt), item.AcceptanceDays, calendar.WorkingDays).End()
		title, dueAt, department = "等待受理", &end, item.Lead.Code
		detail = item.Lead.Name[models.Chinese] + "将在" + end.Format("2006年1月2日") + "前受理，或者一次性告知需要补正的全部内容"
	case "SUPPLEMENT_REQUIRED":
		who, title, dueAt = "APPLICANT", "请补交材料", &c.progress.Supplement.DueAt
		detail = "请在" + dueAt.In(models.Zone).Format("2006年1月2日") + "前补交：" + names(c, item, "MISSING", "REJECTED")
	case "IN_REVIEW":
		first := -1
		for index := range c.progress.Steps {
			if c.progress.Steps[index].State == "ACTIVE" && (first < 0 || due[index].Before(*due[first])) {
				first = index
			}
		}
		step := c.progress.Steps[first]
		at, _ := s.snapshot.Department(step.Department)
		title = at.Name[models.Chinese] + "正在办理“" + item.Steps[first].Name[models.Chinese] + "”"
		dueAt, department = due[first], step.Department
		if missing := names(c, item, "MISSING", "REJECTED", "DEFERRED"); missing != "" {
			detail = "另请及时补齐容缺材料：" + missing
		}
	case "COMPLETED":
		who, title, detail = "NOBODY", labels[c.state], "办理结果已存入您的电子卡包，欢迎对本次服务评价"
	}
	w.name("nextAction")
	w.raw(`{`)
	w.text("who", who)
	w.text("title", title)
	w.optional("detail", detail)
	w.moment("dueAt", dueAt)
	s.writeDepartment(w, department)
	w.raw(`}`)
}

func names(c *row, item *catalogue.Item, statuses ...string) string {
	var found []string
	for index := range c.progress.Requirements {
		for _, status := range statuses {
			if c.progress.Requirements[index].Status == status {
				definition, _ := item.Material(c.progress.Requirements[index].Key)
				found = append(found, definition.Material.Name[models.Chinese])
			}
		}
	}
	return strings.Join(found, "、")
}
