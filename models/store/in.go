package store

import (
	"database/sql/driver"
	"fmt"
	"strings"
	"time"

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

// arrayOfColumn writes one column of rows as PostgreSQL reads an array.
func arrayOfColumn(rows [][]any, column int) string {
	var out strings.Builder
	_ = out.WriteByte('{')
	for i, row := range rows {
		if i > 0 {
			_ = out.WriteByte(',')
		}
		value, err := driver.DefaultParameterConverter.ConvertValue(row[column])
		if err != nil {
			panic("store: a value that cannot be written: " + err.Error()) //nolint:forbidigo // rows are plain values: a fault of this program
		}
		switch value := value.(type) {
		case nil:
			_, _ = out.WriteString("NULL")
		case string:
			_ = out.WriteByte('"')
			_, _ = quoteInArray.WriteString(&out, value)
			_ = out.WriteByte('"')
		case []byte:
			if value == nil {
				_, _ = out.WriteString("NULL")
				break
			}
			_, _ = fmt.Fprintf(&out, `"\\x%x"`, value)
		case time.Time:
			_, _ = out.WriteString(value.UTC().Format(`"2006-01-02T15:04:05.999999Z"`))
		default:
			_, _ = fmt.Fprint(&out, value)
		}
	}
	_ = out.WriteByte('}')
	return out.String()
}
