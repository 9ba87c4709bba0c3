package notify

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"onewindow/models"
)

// parameter is one of the values that texts are made of. A message is checked against them when it is written, before anybody
// could get half of it.
type parameter struct {
	// kind is what sort of value it is, for people.
	kind string
	// there tells whether it has a value, fits whether the value is one of its kind.
	there, fits func(Params) bool
}

// The bounds of values.
const (
	longestName   = 200
	longestNote   = 4000
	mostNamed     = 100
	longestNumber = 64 // of a case's number, or of what a message asks about
	mostDaysLeft  = 366 * 100
)

// parameterOf gives the parameter that a text calls by a name.
func parameterOf(name string) (found parameter, known bool) {
	switch name {
	case "number":
		return parameter{"number of a case", func(p Params) bool { return p.Number != "" }, func(p Params) bool { return isCode(p.Number) }}, true
	case "item":
		return parameter{"name of an item", func(p Params) bool { return len(p.Item) > 0 }, func(p Params) bool { return isName(p.Item, longestName) }}, true
	case "materials":
		return parameter{"list of materials", func(p Params) bool { return len(p.Materials) > 0 }, func(p Params) bool { return areNamed(p.Materials) }}, true
	case "steps":
		return parameter{"list of steps", func(p Params) bool { return len(p.Steps) > 0 }, func(p Params) bool { return areNamed(p.Steps) }}, true
	case "results":
		return parameter{"ways of results", func(p Params) bool { return len(p.Results) > 0 }, func(p Params) bool { return areWays(p.Results) }}, true
	case "day":
		return parameter{"date", func(p Params) bool { return p.Day != nil }, func(p Params) bool { return isDay(*p.Day) }}, true
	case "left":
		return parameter{"days left", func(p Params) bool { return p.DaysLeft != nil }, func(p Params) bool { return *p.DaysLeft >= 0 && *p.DaysLeft <= mostDaysLeft }}, true
	case "count":
		return parameter{"number of lines", func(p Params) bool { return p.Count != nil }, func(p Params) bool { return *p.Count > 0 }}, true
	case "lines":
		return parameter{"lines of a digest", func(p Params) bool { return len(p.Lines) > 0 }, func(p Params) bool { return areLines(p.Lines) }}, true
	case "note":
		return parameter{"somebody's own words", func(p Params) bool { return len(p.Note) > 0 }, func(p Params) bool { return isName(p.Note, longestNote) }}, true
	case "about":
		return parameter{"who asks what, masked", func(p Params) bool { return len(p.About) > 0 }, func(p Params) bool { return isName(p.About, longestName) && isMasked(p.About) }}, true
	case "code":
		return parameter{"one-time code", func(p Params) bool { return p.Code != "" }, func(p Params) bool { return isCode(p.Code) }}, true
	}
	return parameter{}, false
}

// isCode tells whether a text is made of letters, digits and hyphens, and short.
func isCode(text string) bool {
	return len(text) <= longestNumber && !strings.ContainsFunc(text, func(char rune) bool {
		return char != '-' && (char > unicode.MaxASCII || !unicode.IsLetter(char) && !unicode.IsDigit(char))
	})
}

// isName tells whether a text says something in Chinese at least, and nothing that steers a screen or a printer.
func isName(text models.Text, longest int) bool {
	for _, said := range text {
		if utf8.RuneCountInString(said) > longest || strings.ContainsFunc(said, func(char rune) bool { return unicode.IsControl(char) && char != '\n' }) {
			return false
		}
	}
	return text.In(models.Chinese) != ""
}

// isMasked tells whether a text holds no number as long as a phone's or a person's.
func isMasked(text models.Text) bool {
	for _, said := range text {
		digits := 0
		for _, char := range said {
			if digits++; char < '0' || char > '9' {
				digits = 0
			}
			if digits >= 11 {
				return false
			}
		}
	}
	return true
}

func areNamed(all []Named) bool {
	return len(all) <= mostNamed && !slices.ContainsFunc(all, func(one Named) bool { return one.Key == "" || !isName(one.Name, longestName) })
}

func areWays(all []ResultWay) bool {
	return !slices.ContainsFunc(all, func(way ResultWay) bool { return !slices.Contains([]ResultWay{"ELECTRONIC", "PICKUP", "POST"}, way) })
}

func areLines(lines []Line) bool {
	return len(lines) <= mostLines && !slices.ContainsFunc(lines, func(line Line) bool {
		said, known := templateOf(line.Kind, line.Version)
		return !known || len(said.unfit(line.Params, said.short)) > 0
	})
}

// isDay tells whether a day is one that deadlines and documents have.
func isDay(day models.Date) bool { return day.Year() >= 1900 && day.Year() <= 2200 }

// texts are all that a template says, in every variant.
func (t template) texts() []models.Text { return []models.Text{t.title, t.body, t.plain, t.short} }

// unfit names the parameters without which texts cannot be said, and those whose values are none of their kind; a name that no
// parameter has is one of them too.
func (t template) unfit(params Params, texts ...models.Text) (names []string) {
	for _, text := range texts {
		for _, pattern := range text {
			for name, needed := range namesIn(pattern) {
				found, known := parameterOf(name)
				if (!known || needed && !found.there(params) || found.there(params) && !found.fits(params)) && !slices.Contains(names, name) {
					names = append(names, name)
				}
			}
		}
	}
	slices.Sort(names)
	return names
}

// namesIn gives the parameters that a pattern calls by name, and whether it cannot do without.
func namesIn(pattern string) map[string]bool {
	names := map[string]bool{}
	optional := 0
	for pattern != "" {
		switch {
		case strings.HasPrefix(pattern, "[["):
			optional, pattern = optional+1, pattern[2:]
		case strings.HasPrefix(pattern, "]]"):
			optional, pattern = optional-1, pattern[2:]
		case pattern[0] == '{':
			name, rest, _ := strings.Cut(pattern[1:], "}")
			names[name], pattern = names[name] || optional == 0, rest
		default:
			next := strings.IndexAny(pattern[1:], "{[]")
			if next < 0 {
				return names
			}
			pattern = pattern[1+next:]
		}
	}
	return names
}
