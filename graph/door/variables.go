package door

import (
	"slices"

	"github.com/vektah/gqlparser/v2/ast"

	"onewindow/models"
)

var wrongVariable = models.BadInput(models.T("变量的值不符合要求", "A variable's value does not fit"))

// guardVariables refuses enum values that differ from the schema in case: the validator lets them through, and a room
// would meet a value that it does not know.
func guardVariables(schema *ast.Schema, operation *ast.OperationDefinition, variables map[string]any) *models.Fault {
	for _, definition := range operation.VariableDefinitions {
		if !enumsFit(schema, definition.Type, variables[definition.Variable]) {
			return wrongVariable
		}
	}
	return nil
}

// enumsFit walks a value along its type; the envelope bounds how deep it goes.
func enumsFit(schema *ast.Schema, kind *ast.Type, value any) bool {
	if value == nil {
		return true
	}
	if kind.Elem != nil {
		return entriesFit(schema, kind.Elem, value)
	}
	definition := schema.Types[kind.NamedType]
	if definition == nil {
		return true
	}
	switch definition.Kind {
	case ast.Enum:
		name, isText := value.(string)
		return isText && definition.EnumValues.ForName(name) != nil
	case ast.InputObject:
		object, _ := value.(map[string]any)
		for _, field := range definition.Fields {
			if !enumsFit(schema, field.Type, object[field.Name]) {
				return false
			}
		}
	}
	return true
}

// entriesFit walks a list. A single value where a list is due has become a list of its own Go type by then.
func entriesFit(schema *ast.Schema, kind *ast.Type, value any) bool {
	switch entries := value.(type) {
	case []any:
		return !slices.ContainsFunc(entries, func(entry any) bool { return !enumsFit(schema, kind, entry) })
	case []string:
		return !slices.ContainsFunc(entries, func(entry string) bool { return !enumsFit(schema, kind, entry) })
	case []map[string]any:
		return !slices.ContainsFunc(entries, func(entry map[string]any) bool { return !enumsFit(schema, kind, entry) })
	}
	return enumsFit(schema, kind, value)
}
