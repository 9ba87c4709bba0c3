package identity

import (
	"testing"
	"time"

	"onewindow/models"
)

func TestNamesComeIntoTheRegistersForm(t *testing.T) {
	for given, want := range map[string]string{
		"周雨水": "周雨水", " 周雨水　": "周雨水", "阿凡提•买买提": "阿凡提·买买提", "阿凡提．买买提": "阿凡提·买买提", "阿凡提.买买提": "阿凡提·买买提",
		"Anne M. Smith": "Anne M. Smith", "Jose\u0301": "José", "𠮷田": "𠮷田",
		"周　雨 水": "周雨水", "阿凡提･买买提": "阿凡提·买买提", "Ａｎｎｅ": "Anne",
	} {
		if name, fits := parseName(given); !fits || name.Reveal() != want {
			t.Errorf("%q became %q, %v", given, name.Reveal(), fits)
		}
	}
	for _, given := range []string{"", "  ", "a\x00b", "周\u200b雨", "周\ufffd", "\xff", "周\n雨", "\ue000"} {
		if _, fits := parseName(given); fits {
			t.Errorf("%q was taken for a name", given)
		}
	}
}

func TestWhoBecomesADependant(t *testing.T) {
	today := models.NewDate(2026, time.March, 2)
	person, baby, teenager, adult := "330105199206199962", "330106202602119961", "330106200804030018", "330106199002049977"
	member := func(number, relation string) Member {
		return Member{NationalID: models.KnownNationalID(number), Relation: relation}
	}
	tests := []struct {
		name      string
		household []Member
		want      int
	}{
		{"a child of the person", []Member{member(adult, "head"), member(baby, "child")}, 1},
		{"a ward of the person", []Member{member(baby, "被监护人")}, 1},
		{"the daughter of a person who is the head", []Member{member(baby, "女儿"), member(teenager, "daughter")}, 2},
		{"a grandmother: the daughter is the head's", []Member{member(adult, "户主"), member(baby, "女儿")}, 0},
		{"a child who is of age", []Member{member(adult, "child")}, 0},
		{"a spouse", []Member{member(adult, "spouse")}, 0},
		{"a newborn without a number", []Member{member("", "child")}, 0},
		{"the person in the own household", []Member{member(person, "head"), member(baby, "子")}, 1},
	}
	for _, test := range tests {
		if got := wardsOf(test.household, models.KnownNationalID(person), today); len(got) != test.want {
			t.Errorf("%s: %d dependants, want %d", test.name, len(got), test.want)
		}
	}
	if got := householdSize([]Member{member(person, "head"), member(baby, "子")}, models.KnownNationalID(person)); got != 2 {
		t.Errorf("a household that lists the person has %d", got)
	}
}

func TestWaitsGrowToAnHour(t *testing.T) {
	for attempts, want := range map[int]time.Duration{1: 5 * time.Second, 2: 10 * time.Second, 5: 80 * time.Second, 40: time.Hour} {
		if got := waitAfter(attempts); got != want {
			t.Errorf("after %d: %v", attempts, got)
		}
	}
}
