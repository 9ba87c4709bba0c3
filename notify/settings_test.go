package notify

import (
	"testing"
)

func TestQuietHours(t *testing.T) {
	tests := map[string]struct {
		start, end, now string
		until           string // "": not quiet
	}{
		"late evening":               {"22:00", "08:00", "2026-03-02 23:10", "2026-03-03 08:00"},
		"it begins on the minute":    {"22:00", "08:00", "2026-03-02 22:00", "2026-03-03 08:00"},
		"a minute before":            {"22:00", "08:00", "2026-03-02 21:59", ""},
		"after midnight":             {"22:00", "08:00", "2026-03-03 00:30", "2026-03-03 08:00"},
		"it ends on the minute":      {"22:00", "08:00", "2026-03-03 08:00", ""},
		"noon":                       {"22:00", "08:00", "2026-03-03 12:00", ""},
		"a nap, within":              {"12:30", "14:00", "2026-03-03 13:00", "2026-03-03 14:00"},
		"a nap, before":              {"12:30", "14:00", "2026-03-03 12:29", ""},
		"a nap, after":               {"12:30", "14:00", "2026-03-03 14:00", ""},
		"the same time: none":        {"00:00", "00:00", "2026-03-03 03:00", ""},
		"the last evening of a year": {"22:00", "08:00", "2026-12-31 22:30", "2027-01-01 08:00"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			end, quiet := QuietHours{test.start, test.end}.until(moment(t, test.now))
			if quiet != (test.until != "") {
				t.Fatalf("quiet = %v", quiet)
			}
			if quiet && !end.Equal(moment(t, test.until)) {
				t.Errorf("until %v, want %s", end, test.until)
			}
		})
	}
}

func TestSettingsThatDoNotFit(t *testing.T) {
	language := "fr"
	tests := map[string]struct {
		input       SettingsInput
		code, field string
	}{
		"the inbox stays on":       {SettingsInput{Channels: []*ChannelSettingInput{{InboxChannel, false}}}, "NOT_ALLOWED", "channels"},
		"an unknown channel":       {SettingsInput{Channels: []*ChannelSettingInput{{"PIGEON", true}}}, "UNKNOWN_CHOICE", "channels"},
		"WeChat that is not bound": {SettingsInput{Channels: []*ChannelSettingInput{{WeChat, true}}}, "NO_ADDRESS", "channels"},
		"no such hour":             {SettingsInput{QuietHours: &QuietHoursInput{"24:00", "08:00"}}, "FORMAT", "quietHours.start"},
		"an hour in other words":   {SettingsInput{QuietHours: &QuietHoursInput{"22:00", "8:00"}}, "FORMAT", "quietHours.end"},
		"another language":         {SettingsInput{Locale: &language}, "UNKNOWN_CHOICE", "locale"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			chosen := usual(DefaultHouseRules().quiet())
			problems := chosen.apply(test.input, Addresses{})
			if len(problems) != 1 || problems[0].Code != test.code || problems[0].Field == nil || *problems[0].Field != test.field {
				t.Fatalf("problems = %+v", problems)
			}
			if problems[0].Message["zh"] == "" || problems[0].Message["en"] == "" {
				t.Error("a problem speaks both languages")
			}
		})
	}
}

func TestSettingsThatFit(t *testing.T) {
	chosen := usual(DefaultHouseRules().quiet())
	language, large := "en", true
	problems := chosen.apply(SettingsInput{
		Channels:   []*ChannelSettingInput{{SMS, false}, {WeChat, false}, {InboxChannel, true}},
		QuietHours: &QuietHoursInput{"00:00", "23:59"}, Locale: &language, LargeText: &large,
	}, Addresses{})
	if len(problems) > 0 {
		t.Fatalf("problems = %v", problems)
	}
	if chosen.isOn(SMS, false) || !chosen.isOn(InboxChannel, false) || !chosen.isOn(Push, false) || chosen.isOn(WeChat, false) {
		t.Errorf("channels = %v", chosen.Channels)
	}
	if chosen.Locale != "en" || !chosen.LargeText || chosen.Quiet.End != "23:59" {
		t.Errorf("chosen = %+v", chosen)
	}
}
