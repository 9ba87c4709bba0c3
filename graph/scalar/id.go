package scalar

import (
	"encoding/json"
	"strconv"

	"github.com/99designs/gqlgen/graphql"

	"onewindow/models"
)

const longestID = 128

// MarshalID writes an identifier.
func MarshalID(id models.ID) graphql.Marshaler { return graphql.MarshalString(string(id)) }

// UnmarshalID takes printable ASCII of up to 128 characters, or a whole number as GraphQL allows for ID. Whether such a
// thing exists is for the room to say: an identifier of another form is answered like one that nobody has.
func UnmarshalID(value any) (models.ID, error) {
	text := ""
	switch given := value.(type) {
	case string:
		text = given
	case json.Number:
		text = given.String()
	case int:
		text = strconv.Itoa(given)
	case int64:
		text = strconv.FormatInt(given, 10)
	}
	if text == "" || len(text) > longestID {
		return "", refused("编号格式不正确", "Not an identifier")
	}
	for position := range len(text) {
		if text[position] <= ' ' || text[position] > '~' {
			return "", refused("编号格式不正确", "Not an identifier")
		}
	}
	return models.ID(text), nil
}
