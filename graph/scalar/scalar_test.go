package scalar_test

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/99designs/gqlgen/graphql"

	"onewindow/graph/caller"
	"onewindow/graph/scalar"
	"onewindow/models"
)

// refusal fails unless the error is BAD_USER_INPUT and does not repeat the value.
func refusal(t *testing.T, name string, value any, err error) {
	t.Helper()
	var fault *models.Fault
	if !errors.As(err, &fault) || fault.Code != models.BadUserInput {
		t.Errorf("%s: got %v", name, err)
		return
	}
	if text, isText := value.(string); isText && len(text) > 3 && strings.Contains(err.Error(), text) {
		t.Errorf("%s: the refusal repeats the value", name)
	}
}

func TestTextsThatComeIn(t *testing.T) {
	for name, want := range map[string]string{"张三": "张三", "a\tb\nc\r\n": "a\tb\nc\r\n", "e\u0301": "é", "": "", "👨‍👩‍👧": "👨‍👩‍👧"} {
		if got, err := scalar.UnmarshalString(name); err != nil || got != want {
			t.Errorf("%q: got %q, %v", name, got, err)
		}
	}
	if got, err := scalar.UnmarshalString(nil); err != nil || got != "" {
		t.Errorf("null where it may be null: got %q, %v", got, err)
	}
	for name, value := range map[string]any{
		"a number": json.Number("12"), "a truth": true, "NUL": "null\x00byte", "escape": "esca\x1bpe", "C1": "con\u0085trol",
		"override": "name\u202Egnp.exe", "isolate": "name\u2066x", "broken text": "brok\uFFFDen", "not UTF-8": "brok\xffen", "byte order": "\uFEFFtext",
		"too long": strings.Repeat("文", 3334),
	} {
		_, err := scalar.UnmarshalString(value)
		refusal(t, name, value, err)
	}
}

func TestTextIsWrittenInTheCallersLanguage(t *testing.T) {
	for locale, want := range map[models.Locale]string{models.Chinese: `"受理"`, models.English: `"Accept \"it\""`, "fr": `"受理"`} {
		var out strings.Builder
		ctx := caller.WithLocale(t.Context(), locale)
		err := scalar.MarshalText(models.T("受理", `Accept "it"`)).MarshalGQLContext(ctx, &out)
		if err != nil || out.String() != want {
			t.Errorf("%s: %s %v", locale, out.String(), err)
		}
	}
	text, err := scalar.UnmarshalText(caller.WithLocale(t.Context(), models.English), "hi")
	if err != nil || text.In(models.English) != "hi" || text.In(models.Chinese) != "hi" {
		t.Errorf("%v %v", text, err)
	}
}

func written(value graphql.Marshaler) string {
	var out strings.Builder
	value.MarshalGQL(&out)
	return out.String()
}

func TestMomentsAndDays(t *testing.T) {
	moment := time.Date(2026, 3, 2, 1, 0, 0, 123456789, time.UTC)
	if got := written(scalar.MarshalDateTime(moment)); got != `"2026-03-02T09:00:00+08:00"` {
		t.Error(got)
	}
	if got := written(scalar.MarshalDate(models.NewDate(2026, 3, 2))); got != `"2026-03-02"` {
		t.Error(got)
	}
	if got, err := scalar.UnmarshalDateTime("2026-03-02T09:00:00+08:00"); err != nil || !got.Equal(moment.Truncate(time.Second)) {
		t.Error(got, err)
	}
	if got, err := scalar.UnmarshalDate("2026-03-02"); err != nil || got != models.NewDate(2026, 3, 2) {
		t.Error(got, err)
	}
	for _, value := range []any{"2026-03-02 09:00:00", "2026-03-04T9:00:00+08:00", "2026-03-04T09:00:00", "2026-02-30T09:00:00Z", "2026-03-02T09:00:00,5Z", "", 5, nil} {
		_, err := scalar.UnmarshalDateTime(value)
		refusal(t, "moment", value, err)
	}
	for _, value := range []any{"2026-3-2", "2026-02-30", "20260302", "2026-03-02T00:00:00Z", "", 5, nil} {
		_, err := scalar.UnmarshalDate(value)
		refusal(t, "day", value, err)
	}
}

func TestNumbers(t *testing.T) {
	for _, value := range []any{json.Number("-7"), int64(-7), -7, int32(-7)} {
		if got, err := scalar.UnmarshalInt(value); err != nil || got != -7 {
			t.Errorf("%T: %d %v", value, got, err)
		}
	}
	for name, value := range map[string]any{
		"text": "7", "fraction": json.Number("7.5"), "exponent": json.Number("7e3"), "large": json.Number("2147483648"), "huge": json.Number("1" + strings.Repeat("0", 30)),
		"large literal": int64(1) << 31, "truth": true, "nothing": nil,
	} {
		_, err := scalar.UnmarshalInt(value)
		refusal(t, name, value, err)
	}
	if got := written(scalar.MarshalInt64(1234567890123)); got != "1234567890123" {
		t.Error(got)
	}
}

func TestIdentifiers(t *testing.T) {
	for _, value := range []any{"0199a3b0-0000-7000-8000-000000000000", "anything", json.Number("12"), int64(12)} {
		if _, err := scalar.UnmarshalID(value); err != nil {
			t.Errorf("%v: %v", value, err)
		}
	}
	for name, value := range map[string]any{"empty": "", "space": "with space", "line": "two\nlines", "Chinese": "编号编号", "long": strings.Repeat("x", 129), "truth": true} {
		_, err := scalar.UnmarshalID(value)
		refusal(t, name, value, err)
	}
}
