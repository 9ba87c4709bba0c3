package casework

import (
	"maps"
	"slices"

	"onewindow/models"
	"onewindow/models/material"
)

// Wish is what the applicant has said about handing in an application that still waits for others of its bundle.
type Wish string

// IMPLIED: one that it depends on was handed in. EXPLICIT: the applicant pressed the button for this one.
const (
	NoWish       Wish = ""
	WishImplied  Wish = "IMPLIED"
	WishExplicit Wish = "EXPLICIT"
)

// Part is what an application knows of the bundle that it belongs to: enough to say what it waits for without looking at
// the others. The bundle room keeps it true.
type Part struct {
	CaseID models.ID `json:"caseId"`
	// Waits are the items of the bundle whose results have to be there first.
	Waits []Waited `json:"waits,omitempty"`
	// Awaits gives, by requirement key, the code of the item whose result will meet it: nobody is asked for that paper.
	Awaits map[string]string `json:"awaits,omitempty"`
	Wish   Wish              `json:"wish,omitempty"`
	// ByItself: the house handed it in, on the applicant's wish, when its turn came.
	ByItself bool `json:"byItself,omitempty"`
	// Fallen says why it does not take part as things stand; nil: it does.
	Fallen *Fallen `json:"fallen,omitempty"`
	// Lacking names the answers and papers of a draft that are still to come from the applicant.
	Lacking []models.Text `json:"lacking,omitempty"`
}

// Waited is an item that is waited for.
type Waited struct {
	Item string      `json:"item"` // code
	Name models.Text `json:"name"`
}

// Fallen is why a member of a bundle does not take part, and what can be done instead.
type Fallen struct {
	Reason models.Text `json:"reason"`
	Remedy models.Text `json:"remedy,omitempty"`
}

func (p *Part) clone() *Part {
	if p == nil {
		return nil
	}
	copied := *p
	copied.Waits, copied.Lacking, copied.Awaits = slices.Clone(p.Waits), slices.Clone(p.Lacking), maps.Clone(p.Awaits)
	return &copied
}

// BundleCaseID is the bundle case that an application belongs to; "" where it stands alone.
func (a *Application) BundleCaseID() models.ID { return a.stored.bundleCaseID() }

// Fallen tells why an application does not take part in its bundle; nil: it does, or stands alone.
func (a *Application) Fallen() *Fallen {
	if a.stored.Progress.Bundle == nil {
		return nil
	}
	return a.stored.Progress.Bundle.Fallen
}

func (c *Case) bundleCaseID() models.ID {
	if c.Progress.Bundle == nil {
		return ""
	}
	return c.Progress.Bundle.CaseID
}

// awaits gives the code of the item of the bundle whose result will meet a requirement of a draft; "": nobody's.
func (c *Case) awaits(requirement *material.Requirement) string {
	if c.State != Draft || c.Progress.Bundle == nil || !requirement.Status.Open() {
		return ""
	}
	return c.Progress.Bundle.Awaits[requirement.Key]
}

// awaited says of a requirement that a result of the bundle will meet where that comes from.
func (p *Part) awaited(item string) models.Text {
	for _, waited := range p.Waits {
		if waited.Item == item {
			return phrase(models.T("由“{}”的办理结果自动补上，无需上传", "It comes by itself with the result of “{}”; you need not hand it in"), waited.Name)
		}
	}
	return models.T("由前一事项的办理结果自动补上，无需上传", "It comes by itself with an earlier result; you need not hand it in")
}

// askedFor are the missing requirements of which the applicant is asked, results to come left out.
func (c *Case) askedFor(missing []*material.RequirementView) []*material.RequirementView {
	part := c.Progress.Bundle
	if part == nil || c.State != Draft || len(part.Awaits) == 0 {
		return missing
	}
	return slices.DeleteFunc(missing, func(row *material.RequirementView) bool {
		key, _ := requirementKey(c.ID, row.ID)
		return part.Awaits[key] != "" && row.Status.Open()
	})
}

// nextInBundle says what becomes of a draft that does not go its own way: it fell out, or waits for others; nil: it is a
// draft like any other.
func (p *Part) nextInBundle() *NextAction {
	switch {
	case p == nil:
		return nil
	case p.Fallen != nil:
		next := &NextAction{Who: NextNobody, Title: models.T("这一项目前不用办理", "This one is left out as things stand"), Detail: p.Fallen.Reason}
		if p.Fallen.Remedy != nil {
			next.Detail = phrase(models.T("{}。{}", "{}. {}"), p.Fallen.Reason, p.Fallen.Remedy)
		}
		return next
	case len(p.Waits) == 0 && p.Wish == WishExplicit && len(p.Lacking) > 0:
		return &NextAction{
			Who: NextApplicant, Title: models.T("补齐后将自动提交", "It is handed in by itself once it is complete"), Detail: p.lackingWords(),
		}
	case len(p.Waits) == 0:
		return nil
	case len(p.Lacking) > 0:
		return &NextAction{
			Who: NextApplicant, Detail: p.lackingWords(),
			Title: phrase(models.T("请先填好，等“{}”办结后自动提交", "Please complete it now; it is handed in by itself when “{}” is done"), p.waitsNames()),
		}
	case p.Wish == NoWish:
		return &NextAction{
			Who: NextApplicant, Title: phrase(models.T("等待“{}”办结", "Waits for “{}”"), p.waitsNames()),
			Detail: models.T("内容已齐，现在就可以提交，轮到时由我们自动递交", "It is complete: hand it in now and we pass it on when its turn comes"),
		}
	}
	return &NextAction{
		Who: NextNobody, Title: phrase(models.T("等待“{}”办结，届时由我们自动提交", "Waits for “{}”; we hand it in by ourselves"), p.waitsNames()),
		Detail: models.T("您现在不用做什么", "You need not do anything now"),
	}
}

func (p *Part) waitsNames() models.Text {
	names := make([]models.Text, len(p.Waits))
	for i, waited := range p.Waits {
		names[i] = waited.Name
	}
	return list(names)
}

func (p *Part) lackingWords() models.Text {
	return phrase(models.T("还需补充：{}", "Still needed: {}"), list(p.Lacking))
}
