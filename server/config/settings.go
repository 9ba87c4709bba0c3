package config

import (
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"time"

	"github.com/caarlos0/env/v11"
)

// setting is one field of Config as operators know it.
type setting struct {
	// variable is its name without the prefix.
	variable, flag, kind, help, example string
	value                               reflect.Value
}

// settingsOf lists the settings in the order of the struct, those of nested structs under their prefix.
func settingsOf(config *Config) []setting {
	return collect(reflect.ValueOf(config).Elem(), "")
}

func collect(of reflect.Value, under string) []setting {
	var list []setting
	for index := range of.NumField() {
		field := of.Type().Field(index)
		if nested, isNested := field.Tag.Lookup("envPrefix"); isNested {
			list = append(list, collect(of.Field(index), under+nested)...)
			continue
		}
		name := field.Tag.Get("env")
		if name == "" {
			continue
		}
		kind := field.Tag.Get("kind")
		if kind == "" {
			kind = kindOf(of.Field(index))
		}
		list = append(list, setting{
			variable: under + name, flag: field.Tag.Get("flag"), kind: kind,
			help: field.Tag.Get("help"), example: field.Tag.Get("example"), value: of.Field(index),
		})
	}
	return list
}

func kindOf(value reflect.Value) string {
	if _, isDuration := value.Interface().(time.Duration); isDuration {
		return "duration"
	}
	return "number"
}

// number gives the value where it is a number or a duration.
func (s setting) number() (int64, bool) {
	switch s.value.Kind() {
	case reflect.Int, reflect.Int64:
		return s.value.Int(), true
	}
	return 0, false
}

// read fills in what is given: variables of the environment, then flags. Every wrong value is a fault of its own.
func read(config *Config, environ, flags map[string]string) []error {
	merged := map[string]string{}
	known := map[string]setting{}
	for _, one := range settingsOf(config) {
		known[one.variable] = one
		// An empty variable counts as one that is not set.
		if text := environ[prefix+one.variable]; text != "" {
			merged[prefix+one.variable] = text
		}
		if text, given := flags[one.variable]; given {
			merged[prefix+one.variable] = text
		}
	}
	err := env.ParseWithOptions(config, env.Options{Environment: merged, Prefix: prefix})
	return append(parseFaults(err, config, known, merged), unknown(environ, known)...)
}

// parseFaults names variables where the library names fields, and leaves out its words, which repeat the value.
func parseFaults(err error, config *Config, known map[string]setting, merged map[string]string) []error {
	if err == nil {
		return nil
	}
	var all env.AggregateError
	if !errors.As(err, &all) {
		return []error{fmt.Errorf("settings: %w", err)}
	}
	var faults []error
	for _, one := range all.Errors {
		var wrong env.ParseError
		if !errors.As(one, &wrong) {
			faults = append(faults, fmt.Errorf("settings: %w", one))
			continue
		}
		for variable, setting := range known {
			if merged[prefix+variable] != "" && isField(config, setting, wrong.Name) {
				faults = append(faults, fault(variable, fmt.Sprintf("not a %s such as %s", setting.kind, setting.example)))
			}
		}
	}
	return faults
}

// isField tells whether a setting is the field of that name.
func isField(config *Config, wanted setting, name string) bool {
	found := false
	var walk func(of reflect.Value)
	walk = func(of reflect.Value) {
		for index := range of.NumField() {
			field := of.Type().Field(index)
			if _, isNested := field.Tag.Lookup("envPrefix"); isNested {
				walk(of.Field(index))
				continue
			}
			found = found || field.Name == name && of.Field(index).CanAddr() && of.Field(index).Addr().Pointer() == wanted.value.Addr().Pointer()
		}
	}
	walk(reflect.ValueOf(config).Elem())
	return found
}

// unknown names variables that look like settings and are none: a misspelt limit would otherwise silently not hold.
func unknown(environ map[string]string, known map[string]setting) []error {
	var faults []error
	for name := range environ {
		variable, ours := strings.CutPrefix(name, prefix)
		if _, found := known[variable]; ours && !found && !strings.HasPrefix(variable, "TEST_") {
			faults = append(faults, fault(variable, "no such setting"))
		}
	}
	slices.SortFunc(faults, func(a, b error) int { return strings.Compare(a.Error(), b.Error()) })
	return faults
}

// Usage lists every setting with its type, default and an example.
func Usage() string {
	var text strings.Builder
	text.WriteString(`OneWindow: one counter for all departments of a city.

  go run ./server -demo      a city to try out, with sample residents, staff and simulated departments
  go run ./server            a real one; the settings below say where everything is

Flags win over variables. Every setting is a variable; those with a flag name it.

  -demo
      demo mode: nothing else is needed, everything is kept under the data folder; demo budgets are larger
  -help
      this list

`)
	config := Default()
	for _, one := range settingsOf(&config) {
		name := prefix + one.variable
		if one.flag != "" {
			name += ", -" + one.flag
		}
		fmt.Fprintf(&text, "  %s  (%s)\n      %s\n      default: %s; example: %s\n", name, one.kind, one.help, one.defaultText(), one.example)
	}
	return text.String()
}

func (s setting) defaultText() string {
	switch value := s.value.Interface().(type) {
	case Moment:
		return "none"
	case LogLevel:
		return "info"
	case []string:
		return "none"
	default:
		if text := fmt.Sprint(value); text != "" {
			return text
		}
		return "none"
	}
}
