package scalar

import (
	"strings"
	"time"

	"github.com/99designs/gqlgen/graphql"

	"onewindow/models"
)

// MarshalDateTime writes a moment as RFC 3339 in the city's zone, in whole seconds: 2026-03-02T09:00:00+08:00.
func MarshalDateTime(moment time.Time) graphql.Marshaler {
	return graphql.MarshalString(moment.In(models.Zone).Format(time.RFC3339))
}

// UnmarshalDateTime takes RFC 3339 with an offset and nothing near it.
func UnmarshalDateTime(value any) (time.Time, error) {
	text, _ := value.(string)
	moment, err := time.Parse(time.RFC3339, text)
	// time.Parse lets an hour of one digit and a comma before the fraction through, which RFC 3339 does not.
	if err != nil || len(text) > 40 || text[13] != ':' || strings.Contains(text, ",") || moment.Year() < 1 {
		return time.Time{}, refused("应为带时区的时间，例如 2026-03-02T09:00:00+08:00", "Expected a moment such as 2026-03-02T09:00:00+08:00")
	}
	return moment, nil
}

// MarshalDate writes a day: 2026-03-02.
func MarshalDate(day models.Date) graphql.Marshaler { return graphql.MarshalString(day.String()) }

// UnmarshalDate takes a day of the form 2026-03-02.
func UnmarshalDate(value any) (models.Date, error) {
	text, _ := value.(string)
	day, err := models.ParseDate(text)
	if err != nil {
		return 0, refused("应为日期，例如 2026-03-02", "Expected a date such as 2026-03-02")
	}
	return day, nil
}
