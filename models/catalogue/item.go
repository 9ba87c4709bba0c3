package catalogue

import (
	"slices"
	"strings"

	"onewindow/models"
	"onewindow/models/calendar"
	"onewindow/models/catalogue/rule"
)

// Rule is a compiled rule of the catalogue; nil holds always.
type Rule = rule.Rule

// Outcome is what a rule came to, three-valued.
type Outcome = rule.Outcome

// The outcomes of a rule: unknown while an answer or a fact that would decide it is missing.
const (
	Unknown = rule.Unknown
	False   = rule.False
	True    = rule.True
)

// Facts are what rules see beside the answers.
type Facts = rule.Facts

// Person is what rules see of somebody.
type Person = rule.Person

// Department is one of the bodies that stand behind the counter.
type Department struct {
	Code string
	Name models.Text
	// Region is the division code (GB/T 2260).
	Region string
	Phone  string
	// Handles are the tags by which reports and items are routed.
	Handles []string
}

// Audience is whom an item is for.
type Audience string

// The audiences.
const (
	ForPersons       Audience = "PERSON"
	ForOrganisations Audience = "ORGANISATION"
)

// MaterialKind is what sort of piece a material is.
type MaterialKind string

// The kinds of materials.
const (
	Certificate MaterialKind = "CERTIFICATE"
	Form        MaterialKind = "FORM"
	Proof       MaterialKind = "PROOF"
	Photo       MaterialKind = "PHOTO"
)

// MaterialSource is a way in which a material can come.
type MaterialSource string

// The sources of materials: handed in, supplied by a department's system, or the result of an earlier application.
const (
	Upload MaterialSource = "UPLOAD"
	Shared MaterialSource = "SHARED"
	Issued MaterialSource = "ISSUED"
)

// Material is one entry of the data dictionary that all departments share.
type Material struct {
	Code   string
	Name   models.Text
	Issuer *Department
	Kind   MaterialKind
	Source MaterialSource
	// Also are further ways in which it can come.
	Also      []MaterialSource
	Sensitive bool
	// ValidForMonths is 0 where it does not expire.
	ValidForMonths int
	// Formats are file kinds: jpg, png, pdf.
	Formats  []string
	MaxBytes int
}

// ComesBy tells whether the material can come in a way.
func (m *Material) ComesBy(source MaterialSource) bool {
	return m.Source == source || slices.Contains(m.Also, source)
}

// Condition is something that must hold, shown to people and checked before submission.
type Condition struct {
	ID     string
	Text   models.Text
	Remedy models.Text
	Rule   *Rule
}

// ItemMaterial is a dictionary material as one item asks for it.
type ItemMaterial struct {
	// Key names it inside the item: its id where the same code stands twice, else the code.
	Key      string
	Material *Material
	// Required is true only where no rule decides; RequiredIf is the rule.
	Required   bool
	RequiredIf *Rule
	// Deferrable may be handed in after acceptance (tolerance acceptance).
	Deferrable bool
	Copies     int
	Note       models.Text
	// Commitment is the text that is agreed to where a promise may replace the piece; nil: it may not.
	Commitment models.Text
	// OneOf names the group of which one piece is enough.
	OneOf string
}

// StepDefinition is a department's part in every application for an item.
type StepDefinition struct {
	ID         string
	Name       models.Text
	Department *Department
	Role       models.Role
	Days       int
	Unit       calendar.Unit
	// DependsOn are the steps that come first; none: it starts at once.
	DependsOn []string
	// When decides whether the step takes place; a step that is skipped counts as done once its own predecessors are.
	When *Rule
	// FastTrack: skipped forward in the queue for priority residents.
	FastTrack bool
	// Sees is all that the department is given; nil: everything.
	Sees *Sees
	// Counts is false for a special step, which the legal limit leaves out; it lasts at most MaxDays, by Basis.
	Counts  bool
	MaxDays int
	Basis   []string
}

// Sees bounds what a step's department is given.
type Sees struct {
	// Form are answer keys, Materials are keys of the item's materials.
	Form, Materials []string
}

// SeesMaterial tells whether the step's department is given what meets one of the item's materials.
func (s *StepDefinition) SeesMaterial(key string) bool {
	return s.Sees == nil || slices.Contains(s.Sees.Materials, key)
}

// Result is what approval issues.
type Result struct {
	Material *Material
	// Delivery are the ways in which it is handed over: ELECTRONIC, PICKUP, POST.
	Delivery []string
	// ValidForMonths is how long it holds; 0: as the dictionary has it. ValidUntil gives the moment instead, if set.
	ValidForMonths int
	ValidUntil     *Rule
}

// Fee is one of several fees: the first whose rule holds is due.
type Fee struct {
	Cents int
	When  *Rule
}

// Reminders are the numbers of days before a date on which people are reminded, falling.
type Reminders struct {
	MissingMaterial []int
	DecisionDue     []int
	ResultExpires   []int
}

// DefaultReminders stand where an item names none. Of missing papers people are reminded then by a course that no list of days
// can say; see notify.
func DefaultReminders() Reminders {
	return Reminders{DecisionDue: []int{2, 0}, ResultExpires: []int{60, 30, 7}}
}

// Item is one thing that can be applied for, in one version.
type Item struct {
	Code string
	// Version counts the definitions that this installation has seen, from 1; 0 before the item is installed.
	Version  int
	Name     models.Text
	Summary  models.Text
	Kind     string
	Tags     []string
	Audience Audience
	// Lead is the department that answers for the whole (first-inquiry responsibility).
	Lead          *Department
	Basis         []string
	StatutoryDays int
	StatutoryUnit calendar.Unit
	PromisedDays  int
	PromisedUnit  calendar.Unit
	// AcceptanceDays are the working days to accept, or to list everything missing, once.
	AcceptanceDays         int
	SupplementCalendarDays int
	// ExtensionDays is the one extension that an approver may give; 0: none.
	ExtensionDays int
	// FeeCents is the fee, or of several the one that no rule narrows.
	FeeCents int
	Fees     []Fee
	// Channels are APP, MINI_PROGRAM, KIOSK, WINDOW, CALL_CENTRE, WEB.
	Channels   []string
	Conditions []*Condition
	Form       []*Field
	Materials  []*ItemMaterial
	Steps      []*StepDefinition
	Results    []*Result
	Reminders  Reminders

	EffectiveFrom, EffectiveUntil *models.Date
	Paused                        bool
	// Successor is the code of the item that replaces this one.
	Successor string
	Season    *Season

	// decisive are those of order that the conditions read, and those that decide whether these are asked.
	decisive []*Field
	// order are the fields so that each comes after those that its show_if reads.
	order []*Field
	// definition is the canonical text that this version can be loaded from again, hash its fingerprint.
	definition, hash string
}

// Limits are the item's limits as the deadline takes them.
func (i *Item) Limits() calendar.Limits {
	return calendar.Limits{
		PromisedDays: i.PromisedDays, PromisedUnit: i.PromisedUnit, LegalDays: i.StatutoryDays, LegalUnit: i.StatutoryUnit,
	}
}

// Field gives the form's field of a key.
func (i *Item) Field(key string) (*Field, bool) {
	return find(i.Form, func(f *Field) bool { return f.Key == key })
}

// Material gives the material of a key.
func (i *Item) Material(key string) (*ItemMaterial, bool) {
	return find(i.Materials, func(m *ItemMaterial) bool { return m.Key == key })
}

// Step gives the step of an id.
func (i *Item) Step(id string) (*StepDefinition, bool) {
	return find(i.Steps, func(s *StepDefinition) bool { return s.ID == id })
}

// Successors gives the steps that wait for a step.
func (i *Item) Successors(id string) []*StepDefinition {
	var next []*StepDefinition
	for _, step := range i.Steps {
		if slices.Contains(step.DependsOn, id) {
			next = append(next, step)
		}
	}
	return next
}

func find[T any](list []*T, matches func(*T) bool) (*T, bool) {
	if index := slices.IndexFunc(list, matches); index >= 0 {
		return list[index], true
	}
	return nil, false
}

// Offers tells whether the item can be applied for on a channel (as the API spells it). The web pages are the app in
// another dress: an item on the app is on the web too.
func (i *Item) Offers(channel string) bool {
	return slices.Contains(i.Channels, channel) || (channel == "WEB" && slices.Contains(i.Channels, "APP"))
}

// RuleChannel spells a channel of the API as rules see it: MINI_PROGRAM is "mini-program".
func RuleChannel(channel string) string {
	return strings.ReplaceAll(strings.ToLower(channel), "_", "-")
}
