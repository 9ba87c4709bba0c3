package express

import (
	"encoding/json"

	"github.com/vektah/gqlparser/v2/ast"

	"onewindow/graph/scalar"
	"onewindow/models"
)

// selection is one field of an answer: fragments expanded, fields of one key merged.
type selection struct {
	key, name string
	field     *ast.Field
	sets      []ast.SelectionSet
}

// flatten lists the fields of selection sets in the order of the answer. It gives up where a directive decides what belongs to
// the answer. All types that we know are objects, so that a validated fragment always applies.
func flatten(sets ...ast.SelectionSet) ([]*selection, bool) {
	var found []*selection
	byKey := map[string]*selection{}
	var walk func(set ast.SelectionSet) bool
	walk = func(set ast.SelectionSet) bool {
		for _, one := range set {
			switch selected := one.(type) {
			case *ast.Field:
				if len(selected.Directives) > 0 {
					return false
				}
				known := byKey[selected.Alias]
				if known == nil {
					known = &selection{key: selected.Alias, name: selected.Name, field: selected}
					byKey[selected.Alias] = known
					found = append(found, known)
				}
				known.sets = append(known.sets, selected.SelectionSet)
			case *ast.InlineFragment:
				if len(selected.Directives) > 0 || !walk(selected.SelectionSet) {
					return false
				}
			case *ast.FragmentSpread:
				if len(selected.Directives) > 0 || selected.Definition == nil || !walk(selected.Definition.SelectionSet) {
					return false
				}
			}
		}
		return true
	}
	for _, set := range sets {
		if !walk(set) {
			return nil, false
		}
	}
	return found, true
}

// only gives the arguments of a field, where it has no others than those named.
func (s *selection) only(names ...string) bool {
	for _, argument := range s.field.Arguments {
		known := false
		for _, name := range names {
			known = known || argument.Name == name
		}
		if !known {
			return false
		}
	}
	return true
}

// argument gives the value of an argument; nil where there is none.
func (s *selection) argument(name string, variables map[string]any) (any, bool) {
	argument := s.field.Arguments.ForName(name)
	if argument == nil {
		return nil, true
	}
	value, err := argument.Value.Value(variables)
	return value, err == nil
}

// text gives an argument as the scalar takes it.
func (s *selection) text(name string, variables map[string]any) (text string, ok bool) {
	value, ok := s.argument(name, variables)
	if !ok || value == nil {
		return "", ok
	}
	text, err := scalar.UnmarshalString(value)
	return text, err == nil
}

// page gives the arguments first and after.
func (s *selection) page(variables map[string]any) (request models.PageRequest, ok bool) {
	value, ok := s.argument("first", variables)
	if !ok {
		return request, false
	}
	request.First = models.DefaultPage
	switch number := value.(type) {
	case nil:
	case int64:
		request.First = int(number)
	case int:
		request.First = number
	case json.Number:
		parsed, err := number.Int64()
		if err != nil {
			return request, false
		}
		request.First = int(parsed)
	default:
		return request, false
	}
	request.After, ok = s.text("after", variables)
	return request, ok && request.First >= 1 && request.First <= models.LargestPage
}
