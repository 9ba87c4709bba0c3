package express

import (
	"time"

	"onewindow/models"
	"onewindow/models/calendar"
	"onewindow/models/casework"
	"onewindow/models/catalogue"
	"onewindow/models/material"
)

// The types of the schema that hang on an application, with the fields that are plain reading. A field that asks a room for
// more (form, receipt, people …) is not here, and a document that wants it is left to the executor.

type (
	application = casework.Application
	step        = casework.Step
	event       = casework.Event
	result      = casework.ApplicationResult
	requirement = material.RequirementView
	document    = material.Document
)

func applicationFields() fields[*application] {
	return fields[*application]{
		"id":          word(func(a *application) models.ID { return a.ID }),
		"number":      maybeWord(func(a *application) *string { return a.Number }),
		"revision":    number(func(a *application) int { return a.Revision }),
		"state":       word(func(a *application) casework.State { return a.State }),
		"stateLabel":  text(func(a *application) models.Text { return a.StateLabel }),
		"channel":     word(func(a *application) casework.Channel { return a.Channel }),
		"item":        promised(func(a *application) *catalogue.Item { return a.Item }, itemFields),
		"submittedAt": maybe(func(a *application) *time.Time { return a.SubmittedAt }, (*writer).moment),
		"acceptedAt":  maybe(func(a *application) *time.Time { return a.AcceptedAt }, (*writer).moment),
		"dueAt":       maybe(func(a *application) *time.Time { return a.DueAt }, (*writer).moment),
		"finishedAt":  maybe(func(a *application) *time.Time { return a.FinishedAt }, (*writer).moment),
		"deadline":    nested(func(a *application) *calendar.Deadline { return a.Deadline }, deadlineFields),
		"nextAction":  promised(func(a *application) *casework.NextAction { return a.NextAction }, nextFields),
		"steps":       many(func(a *application) []*step { return a.Steps }, stepFields),
		"missing":     many(func(a *application) []*requirement { return a.Missing }, requirementFields),
		"supplement":  nested(func(a *application) *casework.SupplementView { return a.Supplement }, supplementFields),
		"lastEvent":   nested(func(a *application) *event { return a.LastEvent }, eventFields),
		"rating":      nested(func(a *application) *casework.Rating { return a.Rating }, ratingFields),
		"__typename":  typename[*application]("Application"),
	}
}

// typename is written in the answers of clients that keep objects by type.
func typename[T any](name string) field[T] {
	return leaf(func(w *writer, _ T) { w.quote(name) })
}

func itemFields() fields[*catalogue.Item] {
	return fields[*catalogue.Item]{
		"code":       word(func(i *catalogue.Item) string { return i.Code }),
		"name":       text(func(i *catalogue.Item) models.Text { return i.Name }),
		"version":    number(func(i *catalogue.Item) int { return i.Version }),
		"__typename": typename[*catalogue.Item]("ServiceItem"),
	}
}

func departmentFields() fields[*catalogue.Department] {
	return fields[*catalogue.Department]{
		"code":       word(func(d *catalogue.Department) string { return d.Code }),
		"name":       text(func(d *catalogue.Department) models.Text { return d.Name }),
		"__typename": typename[*catalogue.Department]("Department"),
	}
}

func deadlineFields() fields[*calendar.Deadline] {
	return fields[*calendar.Deadline]{
		"allowedDays":   number(func(d *calendar.Deadline) int { return d.AllowedDays }),
		"usedDays":      number(func(d *calendar.Deadline) int { return d.UsedDays }),
		"remainingDays": number(func(d *calendar.Deadline) int { return d.RemainingDays }),
		"light":         word(func(d *calendar.Deadline) calendar.Light { return d.Light }),
		"promisedDueAt": moment(func(d *calendar.Deadline) time.Time { return d.PromisedDueAt }),
		"legalDueAt":    moment(func(d *calendar.Deadline) time.Time { return d.LegalDueAt }),
		"provisional":   truth(func(d *calendar.Deadline) bool { return d.Provisional }),
		"segments":      many(func(d *calendar.Deadline) []*calendar.DeadlineSegment { return d.Segments }, segmentFields),
		"skipped":       many(func(d *calendar.Deadline) []*calendar.SkippedDay { return d.Skipped }, skippedFields),
		"__typename":    typename[*calendar.Deadline]("Deadline"),
	}
}

func segmentFields() fields[*calendar.DeadlineSegment] {
	return fields[*calendar.DeadlineSegment]{
		"kind":       word(func(s *calendar.DeadlineSegment) calendar.SegmentKind { return s.Kind }),
		"from":       day(func(s *calendar.DeadlineSegment) models.Date { return s.From }),
		"to":         maybe(func(s *calendar.DeadlineSegment) *models.Date { return s.To }, (*writer).day),
		"days":       number(func(s *calendar.DeadlineSegment) int { return s.Days }),
		"reason":     maybeText(func(s *calendar.DeadlineSegment) models.Text { return s.Reason }),
		"notice":     maybeWord(func(s *calendar.DeadlineSegment) *string { return s.Notice }),
		"__typename": typename[*calendar.DeadlineSegment]("DeadlineSegment"),
	}
}

func skippedFields() fields[*calendar.SkippedDay] {
	return fields[*calendar.SkippedDay]{
		"date":       day(func(s *calendar.SkippedDay) models.Date { return s.Date }),
		"reason":     text(func(s *calendar.SkippedDay) models.Text { return s.Reason }),
		"__typename": typename[*calendar.SkippedDay]("SkippedDay"),
	}
}

func nextFields() fields[*casework.NextAction] {
	return fields[*casework.NextAction]{
		"who":        word(func(n *casework.NextAction) casework.NextActor { return n.Who }),
		"title":      text(func(n *casework.NextAction) models.Text { return n.Title }),
		"detail":     maybeText(func(n *casework.NextAction) models.Text { return n.Detail }),
		"dueAt":      maybe(func(n *casework.NextAction) *time.Time { return n.DueAt }, (*writer).moment),
		"department": nested(func(n *casework.NextAction) *catalogue.Department { return n.Department }, departmentFields),
		"__typename": typename[*casework.NextAction]("NextAction"),
	}
}

func stepFields() fields[*step] {
	return fields[*step]{
		"id":         word(func(s *step) string { return s.ID }),
		"name":       text(func(s *step) models.Text { return s.Name }),
		"department": promised(func(s *step) *catalogue.Department { return s.Department }, departmentFields),
		"state":      word(func(s *step) casework.StepState { return s.State }),
		"startedAt":  maybe(func(s *step) *time.Time { return s.StartedAt }, (*writer).moment),
		"dueAt":      maybe(func(s *step) *time.Time { return s.DueAt }, (*writer).moment),
		"finishedAt": maybe(func(s *step) *time.Time { return s.FinishedAt }, (*writer).moment),
		"decision":   maybeWord(func(s *step) *casework.Decision { return s.Decision }),
		"dependsOn":  words(func(s *step) []string { return s.DependsOn }),
		"__typename": typename[*step]("ApplicationStep"),
	}
}

func requirementFields() fields[*requirement] {
	return fields[*requirement]{
		"id":         word(func(r *requirement) string { return r.ID }),
		"material":   promised(func(r *requirement) *catalogue.Material { return r.Material }, materialFields),
		"required":   truth(func(r *requirement) bool { return r.Required }),
		"deferrable": truth(func(r *requirement) bool { return r.Deferrable }),
		"status":     word(func(r *requirement) material.Status { return r.Status }),
		"reason":     maybeText(func(r *requirement) models.Text { return r.Reason }),
		"dueAt":      maybe(func(r *requirement) *time.Time { return r.DueAt }, (*writer).moment),
		"note":       maybeText(func(r *requirement) models.Text { return r.Note }),
		"document":   nested(func(r *requirement) *document { return r.Document }, documentFields),
		"__typename": typename[*requirement]("Requirement"),
	}
}

func materialFields() fields[*catalogue.Material] {
	return fields[*catalogue.Material]{
		"code":       word(func(m *catalogue.Material) string { return m.Code }),
		"name":       text(func(m *catalogue.Material) models.Text { return m.Name }),
		"kind":       word(func(m *catalogue.Material) catalogue.MaterialKind { return m.Kind }),
		"source":     word(func(m *catalogue.Material) catalogue.MaterialSource { return m.Source }),
		"__typename": typename[*catalogue.Material]("Material"),
	}
}

func documentFields() fields[*document] {
	return fields[*document]{
		"id":          word(func(d *document) models.ID { return d.ID }),
		"material":    promised(func(d *document) *catalogue.Material { return d.Material }, materialFields),
		"fileName":    maybeWord(func(d *document) *string { return d.FileName }),
		"contentType": maybeWord(func(d *document) *string { return d.ContentType }),
		"size":        maybe(func(d *document) *int { return d.Size }, (*writer).number),
		"number":      maybeWord((*document).ShownNumber),
		"issuedOn":    maybe(func(d *document) *models.Date { return d.IssuedOn }, (*writer).day),
		"expiresOn":   maybe(func(d *document) *models.Date { return d.ExpiresOn }, (*writer).day),
		"trust":       word(func(d *document) material.Trust { return d.Trust }),
		"source":      word(func(d *document) material.Source { return d.Source }),
		"__typename":  typename[*document]("Document"),
	}
}

func supplementFields() fields[*casework.SupplementView] {
	return fields[*casework.SupplementView]{
		"requestedAt": moment(func(s *casework.SupplementView) time.Time { return s.RequestedAt }),
		"dueAt":       moment(func(s *casework.SupplementView) time.Time { return s.DueAt }),
		"note":        maybeWord(func(s *casework.SupplementView) *string { return s.Note }),
		"__typename":  typename[*casework.SupplementView]("SupplementNotice"),
	}
}

func eventFields() fields[*event] {
	return fields[*event]{
		"id":         word(func(e *event) models.ID { return e.ID }),
		"at":         moment(func(e *event) time.Time { return e.At }),
		"kind":       word(func(e *event) casework.EventKind { return e.Kind }),
		"title":      text(func(e *event) models.Text { return e.Title }),
		"detail":     maybeText(func(e *event) models.Text { return e.Detail }),
		"department": nested(func(e *event) *catalogue.Department { return e.Department }, departmentFields),
		"__typename": typename[*event]("ApplicationEvent"),
	}
}

func ratingFields() fields[*casework.Rating] {
	return fields[*casework.Rating]{
		"stars":      number(func(r *casework.Rating) int { return r.Stars }),
		"comment":    maybeWord(func(r *casework.Rating) *string { return r.Comment }),
		"tags":       words(func(r *casework.Rating) []string { return r.Tags }),
		"createdAt":  moment(func(r *casework.Rating) time.Time { return r.CreatedAt }),
		"reply":      nested(func(r *casework.Rating) *casework.RatingReply { return r.Reply }, replyFields),
		"__typename": typename[*casework.Rating]("Rating"),
	}
}

func replyFields() fields[*casework.RatingReply] {
	return fields[*casework.RatingReply]{
		"text":       word(func(r *casework.RatingReply) string { return r.Text }),
		"at":         moment(func(r *casework.RatingReply) time.Time { return r.At }),
		"__typename": typename[*casework.RatingReply]("RatingReply"),
	}
}

func resultFields() fields[*result] {
	return fields[*result]{
		"id":         word(func(r *result) models.ID { return r.ID }),
		"material":   promised(func(r *result) *catalogue.Material { return r.Material }, materialFields),
		"number":     maybeWord(func(r *result) *string { return r.Number }),
		"issuedOn":   maybe(func(r *result) *models.Date { return r.IssuedOn }, (*writer).day),
		"expiresOn":  maybe(func(r *result) *models.Date { return r.ExpiresOn }, (*writer).day),
		"delivery":   promised(func(r *result) *casework.ResultDelivery { return r.Delivery }, deliveryFields),
		"__typename": typename[*result]("ApplicationResult"),
	}
}

func deliveryFields() fields[*casework.ResultDelivery] {
	return fields[*casework.ResultDelivery]{
		"method":     word(func(d *casework.ResultDelivery) casework.DeliveryMethod { return d.Method }),
		"state":      word(func(d *casework.ResultDelivery) casework.DeliveryState { return d.State }),
		"__typename": typename[*casework.ResultDelivery]("ResultDelivery"),
	}
}

func pageInfoFields() fields[*models.PageInfo] {
	return fields[*models.PageInfo]{
		"hasNextPage":     truth(func(p *models.PageInfo) bool { return p.HasNextPage }),
		"hasPreviousPage": truth(func(p *models.PageInfo) bool { return p.HasPreviousPage }),
		"startCursor":     maybeWord(func(p *models.PageInfo) *string { return p.StartCursor }),
		"endCursor":       maybeWord(func(p *models.PageInfo) *string { return p.EndCursor }),
		"__typename":      typename[*models.PageInfo]("PageInfo"),
	}
}

// connectionFields are those of a page of a list; its count, where the list can be counted.
func connectionFields[T any](name string, node func() fields[*T], counted bool) func() fields[*models.Page[*T]] {
	edgeFields := func() fields[*models.Edge[*T]] {
		return fields[*models.Edge[*T]]{
			"cursor":     word(func(e *models.Edge[*T]) string { return e.Cursor }),
			"node":       promised(func(e *models.Edge[*T]) *T { return e.Node }, node),
			"__typename": typename[*models.Edge[*T]](name + "Edge"),
		}
	}
	return func() fields[*models.Page[*T]] {
		known := fields[*models.Page[*T]]{
			"edges":      many(func(p *models.Page[*T]) []*models.Edge[*T] { return p.Edges }, edgeFields),
			"pageInfo":   promised(func(p *models.Page[*T]) *models.PageInfo { return &p.PageInfo }, pageInfoFields),
			"__typename": typename[*models.Page[*T]](name + "Connection"),
		}
		if counted {
			known["totalCount"] = number(func(p *models.Page[*T]) int { return p.TotalCount })
		}
		return known
	}
}
