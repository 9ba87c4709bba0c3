package door

import (
	"encoding/json"
	"strconv"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"

	"onewindow/models"
)

var wrongFirst = models.BadInput(models.T("first 应在 1 到 100 之间", "first must be between 1 and 100"))

// guardCost refuses an operation that would fetch too much. An object costs one, a value nothing (it comes with its
// object), and what hangs on a list of pages costs as often as the list is long. It runs after validation, on a document
// that the guard has let through, so the walk is short.
func (d *Door) guardCost(operation *graphql.OperationContext) *models.Fault {
	counter := costCounter{variables: operation.Variables, most: d.limits.Cost}
	if counter.selections(operation.Operation.SelectionSet) > d.limits.Cost {
		if counter.wrongFirst {
			return wrongFirst
		}
		return tooComplex
	}
	if counter.wrongFirst {
		return wrongFirst
	}
	return nil
}

type costCounter struct {
	variables  map[string]any
	most       int
	wrongFirst bool
}

func (c *costCounter) selections(set ast.SelectionSet) int {
	sum := 0
	for _, selection := range set {
		switch selected := selection.(type) {
		case *ast.Field:
			sum += c.field(selected)
		case *ast.InlineFragment:
			sum += c.selections(selected.SelectionSet)
		case *ast.FragmentSpread:
			if selected.Definition != nil {
				sum += c.selections(selected.Definition.SelectionSet)
			}
		}
		if sum > c.most {
			return c.most + 1 // already refused; no need to know by how much
		}
	}
	return sum
}

func (c *costCounter) field(field *ast.Field) int {
	times := c.length(field)
	if len(field.SelectionSet) == 0 {
		return 0
	}
	return 1 + times*c.selections(field.SelectionSet)
}

// length is how many entries a field's list can have: its argument first, or a page where none is given.
func (c *costCounter) length(field *ast.Field) int {
	if field.Definition == nil || field.Definition.Arguments.ForName("first") == nil {
		return 1
	}
	argument := field.Arguments.ForName("first")
	if argument == nil {
		return models.DefaultPage
	}
	value, err := argument.Value.Value(c.variables)
	if err != nil || value == nil {
		return models.DefaultPage
	}
	number, isNumber := wholeNumber(value)
	if !isNumber || number < 1 || number > models.LargestPage {
		c.wrongFirst = true
		return 1
	}
	return int(number)
}

func wholeNumber(value any) (int64, bool) {
	switch number := value.(type) {
	case int:
		return int64(number), true
	case int64:
		return number, true
	case json.Number:
		parsed, err := strconv.ParseInt(number.String(), 10, 64)
		return parsed, err == nil
	}
	return 0, false
}
