package demo

import (
	_ "embed"
	"errors"
	"fmt"
	"strings"

	"github.com/goccy/go-yaml"

	"onewindow/models"
)

//go:embed data/residents.yaml
var residentsFile []byte

//go:embed data/staff.yaml
var staffFile []byte

// Residents reads the embedded sample residents; the error names every fault.
func Residents() (*Population, error) { return ParseResidents(residentsFile) }

// Staff reads the embedded demo staff; the error names every fault.
func Staff() (*Roster, error) { return ParseStaff(staffFile) }

// decode reads YAML strictly: unknown and repeated keys are refused. The library quotes the source in its message,
// which may hold names and numbers: fine here, where all data is fictitious.
func decode(source []byte, into any) error {
	return yaml.UnmarshalWithOptions(source, into, yaml.Strict())
}

// faults collects what is wrong, so that all of it is reported at once.
type faults struct{ found []error }

func (f *faults) add(format string, arguments ...any) {
	f.found = append(f.found, fmt.Errorf(format, arguments...))
}

func (f *faults) err() error { return errors.Join(f.found...) }

func (f *faults) date(where, text string) models.Date {
	day, err := models.ParseDate(text)
	if err != nil {
		f.add("%s: %w", where, err)
	}
	return day
}

func (f *faults) optionalDate(where, text string) *models.Date {
	if text == "" {
		return nil
	}
	day := f.date(where, text)
	return &day
}

func (f *faults) region(where, code string) {
	if len(code) != 6 || strings.Trim(code, "0123456789") != "" {
		f.add("%s: expected a division code of six digits", where)
	}
}

func (f *faults) oneOf(where, text string, allowed ...string) {
	for _, choice := range allowed {
		if text == choice {
			return
		}
	}
	f.add("%s: expected one of %s", where, strings.Join(allowed, ", "))
}

func (f *faults) required(where string, texts ...string) {
	for _, text := range texts {
		if strings.TrimSpace(text) == "" {
			f.add("%s: expected a value", where)
		}
	}
}

// once reports a name that stands twice in its list.
func (f *faults) once(where string, seen map[string]bool, name string) {
	if seen[name] {
		f.add("%s: stands twice", where)
	}
	seen[name] = true
}
