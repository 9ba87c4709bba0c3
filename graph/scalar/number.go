package scalar

import (
	"encoding/json"
	"io"
	"math"
	"strconv"

	"github.com/99designs/gqlgen/graphql"
)

// MarshalInt writes a whole number.
func MarshalInt(number int) graphql.Marshaler { return MarshalInt64(int64(number)) }

// UnmarshalInt takes a GraphQL Int: a whole number of 32 bits, never a text that looks like one.
func UnmarshalInt(value any) (int, error) {
	number, err := UnmarshalInt64(value)
	return int(number), err
}

// MarshalInt32 and UnmarshalInt32 are the same for int32.
func MarshalInt32(number int32) graphql.Marshaler { return MarshalInt64(int64(number)) }

// UnmarshalInt32 takes a GraphQL Int.
func UnmarshalInt32(value any) (int32, error) {
	number, err := UnmarshalInt64(value)
	return int32(number), err // UnmarshalInt64 takes 32 bits only
}

// MarshalInt64 writes a whole number; the fields that use it hold amounts and counts far below 2^31.
func MarshalInt64(number int64) graphql.Marshaler {
	return graphql.WriterFunc(func(w io.Writer) { _, _ = io.WriteString(w, strconv.FormatInt(number, 10)) })
}

// UnmarshalInt64 takes a GraphQL Int, which has 32 bits whatever the Go type.
func UnmarshalInt64(value any) (int64, error) {
	number, fits := int64(0), true
	switch given := value.(type) {
	case int:
		number = int64(given)
	case int32:
		number = int64(given)
	case int64:
		number = given
	case json.Number:
		parsed, err := strconv.ParseInt(given.String(), 10, 64)
		number, fits = parsed, err == nil
	default:
		fits = false
	}
	if !fits || number < math.MinInt32 || number > math.MaxInt32 {
		return 0, refused("应为整数", "Expected a whole number")
	}
	return number, nil
}
