package rule

import "onewindow/models"

// Person is what rules see of a person. An empty text is a fact that is not known; no groups is a known fact.
type Person struct {
	Age int
	// Region and Residence are division codes: where registered, where living.
	Region, Residence string
	// Gender is "male" or "female".
	Gender string
	// Groups are the priority groups, e.g. "elderly-alone".
	Groups []string
}

// Facts are what rules see beside the answers.
type Facts struct {
	// Subject is the person whom the application is about, Applicant the one who acts; nil: not known yet.
	Subject, Applicant *Person
	// HouseholdSize counts the subject's household; 0: not known.
	HouseholdSize int
	// Channel is spelled as in the catalogue, e.g. "call-centre"; empty: not known.
	Channel string
	Today   models.Date
}

// missingFact is one field of a variable that is not known; the field is empty where the variable has none.
type missingFact struct{ variable, field string }

// variables gives the facts under the names that rules use, and those that are not known.
func (f Facts) variables() (map[string]any, []missingFact) {
	household := map[string]any{}
	bound := map[string]any{
		"today": f.Today.Start(), "household": household,
		"subject": f.Subject.known(), "resident": f.Subject.known(), "applicant": f.Applicant.known(),
	}
	var missing []missingFact
	for _, name := range []string{"subject", "resident", "applicant"} {
		known, _ := bound[name].(map[string]any)
		for _, field := range []string{"age", "region", "residence", "gender", "groups"} {
			if _, isKnown := known[field]; !isKnown {
				missing = append(missing, missingFact{name, field})
			}
		}
	}
	if f.HouseholdSize > 0 {
		household["size"] = int64(f.HouseholdSize)
	} else {
		missing = append(missing, missingFact{"household", "size"})
	}
	if f.Channel != "" {
		bound["channel"] = f.Channel
	} else {
		missing = append(missing, missingFact{variable: "channel"})
	}
	return bound, missing
}

// known gives what is known of a person.
func (p *Person) known() map[string]any {
	known := map[string]any{}
	if p == nil {
		return known
	}
	known["age"], known["groups"] = int64(p.Age), append([]string{}, p.Groups...)
	for field, text := range map[string]string{"region": p.Region, "residence": p.Residence, "gender": p.Gender} {
		if text != "" {
			known[field] = text
		}
	}
	return known
}

// Outcome is what a rule came to.
type Outcome int

// The outcomes. A rule is unknown while an answer or a fact that would decide it is missing.
const (
	Unknown Outcome = iota
	False
	True
)

// String gives the outcome's name.
func (o Outcome) String() string { return [...]string{"UNKNOWN", "FALSE", "TRUE"}[o] }

// Of gives the outcome of a plain truth value.
func Of(holds bool) Outcome {
	if holds {
		return True
	}
	return False
}

// Kind is the type of an answer as rules see it.
type Kind int

// The kinds of answers.
const (
	Text Kind = iota
	Integer
	Decimal
	Moment
	Boolean
	// Texts is a list of texts (multi-choice).
	Texts
	// Rows is a list of objects (group).
	Rows
)

// Field is one answer's declaration; Fields are those of one row.
type Field struct {
	Key    string
	Kind   Kind
	Fields []Field
}
