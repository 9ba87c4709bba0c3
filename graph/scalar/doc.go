// Package scalar is how values cross the window: text in the caller's language, moments with the city's offset, days,
// identifiers, and strings and numbers that are what they claim to be.
//
// What must always hold: what comes in is checked to the letter and refused as BAD_USER_INPUT without repeating it;
// what goes out is valid JSON. gqlgen.yml binds the GraphQL scalars to the Marshal and Unmarshal functions here.
package scalar

import "onewindow/models"

func refused(chinese, english string) error { return models.BadInput(models.T(chinese, english)) }
