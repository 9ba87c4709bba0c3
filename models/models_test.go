package models_test

import (
	"encoding/json"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"time"

	"onewindow/models"
)

func TestSensitiveValuesPrintAsStarsEverywhere(t *testing.T) {
	today := models.NewDate(2026, 3, 2)
	id, err := models.ParseNationalID("11010519491231002X", today)
	if err != nil {
		t.Fatal(err)
	}
	phone, err := models.ParsePhone("13800000001")
	if err != nil {
		t.Fatal(err)
	}
	values := []any{id, phone, models.NewPersonName("欧阳锋"), models.NewHomeAddress("杭州市样例路1号"), &id, struct{ ID models.NationalID }{id}}
	for _, value := range values {
		raw, err := json.Marshal(value)
		if err != nil {
			t.Fatal(err)
		}
		var log strings.Builder
		slog.New(slog.NewJSONHandler(&log, nil)).Info("x", "value", value)
		printed := fmt.Sprintf("%v %+v %#v %s %q %d %x", value, value, value, value, value, value, value) + string(raw) + log.String()
		for _, secret := range []string{"110105", "002X", "13800", "欧阳", "样例", "313130"} {
			if strings.Contains(printed, secret) {
				t.Errorf("%T shows %s: %s", value, secret, printed)
			}
		}
	}
}

func TestMasksShowNoDayOfBirthAndCountCharactersNotBytes(t *testing.T) {
	for name, want := range map[string]string{
		"张三": "张*", "张小三": "张*三", "欧阳小锋": "欧**锋", "沈𬭎": "沈*", "司徒䶮": "司*䶮", "阿依古丽·芒果": "阿**", "John Smith": "J**", "": "", "丁": "*",
	} {
		if got := models.NewPersonName(name).Masked(); got != want {
			t.Errorf("%s is shown as %s, want %s", name, got, want)
		}
	}
	if got := models.KnownNationalID("11010519491231002X").Masked(); got != "110***********002X" {
		t.Errorf("number shown as %s", got)
	}
	for phone, want := range map[string]string{"+8613800005678": "138****5678", "+85291234567": "****4567"} {
		if got := models.KnownPhone(phone).Masked(); got != want {
			t.Errorf("phone shown as %s, want %s", got, want)
		}
	}
}

func TestIdentityNumbersAreCheckedBeforeAnybodyIsAsked(t *testing.T) {
	today := models.NewDate(2026, 3, 2)
	for _, good := range []string{"11010519491231002X", "440524188001010014", "34052419800101001X", " 34052419800101001x ",
		"３４０５２４１９８００１０１００１ｘ", "340524 19800101 001X"} {
		if _, err := models.ParseNationalID(good, today); err != nil {
			t.Errorf("%s: %v", good, err)
		}
	}
	for why, bad := range map[string]string{
		"wrong check character": "110105194912310021", "too short": "11010519491231002", "no such day": "110105194902300021",
		"letters": "1101051949123A002X", "not born yet": "110105202612310028", "born in the year 224": "202606022411196763", "empty": "", "fifteen digits": "110105491231002",
	} {
		_, err := models.ParseNationalID(bad, today)
		if err == nil {
			t.Errorf("%s: taken", why)
		} else if bad != "" && strings.Contains(err.Error(), bad) {
			t.Errorf("%s: the error repeats the number", why)
		}
	}
}

func TestPhonesHaveOneSpelling(t *testing.T) {
	for written, want := range map[string]string{
		"13800000001": "+8613800000001", "+8613800000001": "+8613800000001", " 138-0000-0001 ": "+8613800000001", "１３８０００００００１": "+8613800000001",
		"＋８６　138‑0000–0001": "+8613800000001", "008613800000001": "+8613800000001", "8613800000001": "+8613800000001", "+85291234567": "+85291234567",
	} {
		if got, err := models.ParsePhone(written); err != nil || got.Reveal() != want {
			t.Errorf("%q: %q, %v", written, got.Reveal(), err)
		}
	}
	for _, bad := range []string{"", "12345678901x", "1380000000", "+861380000000", "+8623800000001", "+0123456789", "phone", "138\n00000001", "١٣٨٠٠٠٠٠٠٠١"} {
		if _, err := models.ParsePhone(bad); err == nil {
			t.Errorf("%q taken", bad)
		}
	}
}

func TestADayIsTheCitysDay(t *testing.T) {
	late := time.Date(2026, 3, 1, 16, 0, 0, 0, time.UTC) // midnight in Shanghai
	if got := models.DateOf(late).String(); got != "2026-03-02" {
		t.Errorf("got %s", got)
	}
	if got := models.DateOf(late.Add(-time.Second)).String(); got != "2026-03-01" {
		t.Errorf("a second earlier: %s", got)
	}
	day := models.NewDate(2026, 3, 2)
	if day.Weekday() != time.Monday || day.Start().Format(time.RFC3339) != "2026-03-02T00:00:00+08:00" || day.End().Format(time.RFC3339) != "2026-03-02T23:59:59+08:00" {
		t.Errorf("%s %s %s", day.Weekday(), day.Start(), day.End())
	}
	for date := models.NewDate(1900, 1, 1); date < models.NewDate(2100, 1, 1); date += 17 {
		read, err := models.ParseDate(date.String())
		if err != nil || read != date || models.DateOf(date.Start()) != date || models.DateOf(date.End()) != date || date.Weekday() != date.Start().Weekday() {
			t.Fatalf("%s: %v", date, err)
		}
	}
	for _, bad := range []string{"2026-02-30", "2026-3-2", "02.03.2026", "", "2026-03-02T00:00:00Z"} {
		if _, err := models.ParseDate(bad); err == nil {
			t.Errorf("%q taken", bad)
		}
	}
}

func TestMonthsEndWhereTheMonthEnds(t *testing.T) {
	if got := models.NewDate(2026, 1, 31).AddMonths(1).String(); got != "2026-02-28" {
		t.Errorf("got %s", got)
	}
	if got := models.NewDate(2018, 6, 1).AddMonths(240).String(); got != "2038-06-01" {
		t.Errorf("got %s", got)
	}
	if got := models.AgeOn(models.NewDate(2000, 2, 29), models.NewDate(2018, 2, 28)); got != 17 {
		t.Errorf("the day before: %d", got)
	}
	if got := models.AgeOn(models.NewDate(2000, 2, 29), models.NewDate(2018, 3, 1)); got != 18 {
		t.Errorf("on 1 March: %d", got)
	}
}

func TestTheReadersLanguageIsTheFirstOneThatWeSpeak(t *testing.T) {
	for header, want := range map[string]models.Locale{
		"": models.Chinese, "en": models.English, "en-GB,zh;q=0.9": models.English, "zh-CN,en;q=0.8": models.Chinese, "fr,en;q=0.5": models.English,
		"fr": models.Chinese, "zh;q=0.1,en;q=0.9": models.English, "en;q=0": models.Chinese, "*": models.Chinese, ";;q=,en;q=x": models.Chinese,
	} {
		if got := models.ParseLocale(header); got != want {
			t.Errorf("%q: %s, want %s", header, got, want)
		}
	}
}

func TestIdentifiersHaveOneSpelling(t *testing.T) {
	id := models.NewID()
	if _, valid := models.ParseID(string(id)); !valid {
		t.Error("own id refused")
	}
	for _, bad := range []string{"", "x", strings.ToUpper(string(id)), "{" + string(id) + "}", "urn:uuid:" + string(id), strings.ReplaceAll(string(id), "-", "")} {
		if _, valid := models.ParseID(bad); valid {
			t.Errorf("%q taken", bad)
		}
	}
}
