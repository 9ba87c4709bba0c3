package store

import (
	"strings"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"onewindow/models"
)

// In is the condition that a column holds one of the ids. PostgreSQL gets them as one value however many they are: the statement
// stays the same, and is known to the database already.
func In(column string, ids []models.ID) clause.Expression {
	return member[models.ID]{column, "uuid", ids}
}

// InTexts is In for a column of text.
func InTexts(column string, texts []string) clause.Expression {
	return member[string]{column, "text", texts}
}

type member[T ~string] struct {
	column, kind string
	values       []T
}

// Build writes the condition in the words of the database.
func (m member[T]) Build(builder clause.Builder) {
	statement, isStatement := builder.(*gorm.Statement)
	_, _ = builder.WriteString(m.column)
	if isStatement && statement.Name() == "postgres" {
		_, _ = builder.WriteString(" = ANY(")
		builder.AddVar(builder, arrayOf(m.values))
		_, _ = builder.WriteString("::" + m.kind + "[])")
		return
	}
	_, _ = builder.WriteString(" IN ")
	builder.AddVar(builder, m.values)
}

var quoteInArray = strings.NewReplacer(`\`, `\\`, `"`, `\"`)

// arrayOf writes values as PostgreSQL reads an array.
func arrayOf[T ~string](values []T) string {
	var out strings.Builder
	_ = out.WriteByte('{')
	for i, value := range values {
		if i > 0 {
			_ = out.WriteByte(',')
		}
		_ = out.WriteByte('"')
		_, _ = quoteInArray.WriteString(&out, string(value))
		_ = out.WriteByte('"')
	}
	_ = out.WriteByte('}')
	return out.String()
}
