package notify

import (
	"slices"
	"time"

	"onewindow/models"
)

// The quiet hours of a person who has chosen none, where the house has chosen none either.
const (
	DefaultQuietStart = "22:00"
	DefaultQuietEnd   = "08:00"
)

// QuietHours is the part of the day in which nothing that can wait makes a sound, as HH:MM in the city's time. It may
// pass midnight; where start and end are the same there is none.
type QuietHours struct {
	Start string
	End   string
}

// Settings are how a person wants to be told.
type Settings struct {
	Channels   []*ChannelSetting
	QuietHours *QuietHours
	Locale     string
	LargeText  bool
	// PlainLanguage: short sentences and everyday words. CopyHelpers: whoever helps the person is told too.
	PlainLanguage bool
	CopyHelpers   bool
	// WeChatTemplates are those for which a mini-program does best to ask permission at the next tap, at most three.
	WeChatTemplates []string
}

// ChannelSetting is one channel as a person sees it.
type ChannelSetting struct {
	Channel Channel
	Enabled bool
	// Address is masked; nil where there is none to show.
	Address  *string
	Verified bool
}

// SettingsInput changes what it names and leaves the rest.
type SettingsInput struct {
	Channels   []*ChannelSettingInput
	QuietHours *QuietHoursInput
	Locale     *string
	LargeText  *bool

	PlainLanguage *bool
	CopyHelpers   *bool
}

// ChannelSettingInput switches one channel on or off.
type ChannelSettingInput struct {
	Channel Channel
	Enabled bool
}

// QuietHoursInput gives both ends as HH:MM.
type QuietHoursInput struct {
	Start string
	End   string
}

// preferences are the choices of one person as they are stored; channels that were never switched are absent.
type preferences struct {
	Channels  map[Channel]bool
	Quiet     QuietHours
	Locale    models.Locale
	LargeText bool

	PlainLanguage bool
	CopyHelpers   bool
}

// usual are the choices of who has chosen nothing.
func usual(quiet QuietHours) preferences {
	return preferences{Channels: map[Channel]bool{}, Quiet: quiet, Locale: models.Chinese}
}

// variant is how the person's messages are written.
func (p preferences) variant() Variant {
	switch {
	case p.PlainLanguage:
		return Plain
	case p.LargeText:
		return LargeText
	}
	return Standard
}

// isOn tells whether a channel is on; bound: the person has an address there.
func (p preferences) isOn(channel Channel, bound bool) bool {
	if on, chosen := p.Channels[channel]; chosen {
		return on || channel == InboxChannel
	}
	return channel.onByDefault(bound)
}

// refuses tells whether the person has switched a channel off.
func (p preferences) refuses(channel Channel) bool {
	on, chosen := p.Channels[channel]
	return chosen && !on
}

// apply makes the changes that a person asked for, or says what does not fit; with problems nothing is to be stored.
func (p *preferences) apply(input SettingsInput, addresses Addresses) (problems []*models.Problem) {
	for _, setting := range input.Channels {
		bound := len(addresses.on(setting.Channel)) > 0
		if problem := p.switchChannel(*setting, bound); problem != nil {
			problems = append(problems, problem)
		}
	}
	if input.QuietHours != nil {
		p.Quiet = QuietHours{input.QuietHours.Start, input.QuietHours.End}
		problems = append(problems, p.Quiet.problems()...)
	}
	if input.Locale != nil {
		p.Locale = models.Locale(*input.Locale)
		if p.Locale != models.Chinese && p.Locale != models.English {
			problems = append(problems, models.NewProblem("UNKNOWN_CHOICE", "locale",
				models.T("语言只能选 zh（中文）或 en（英文）", "The language must be zh (Chinese) or en (English)")))
		}
	}
	for _, choice := range []struct{ wanted, kept *bool }{
		{input.LargeText, &p.LargeText}, {input.PlainLanguage, &p.PlainLanguage}, {input.CopyHelpers, &p.CopyHelpers},
	} {
		if choice.wanted != nil {
			*choice.kept = *choice.wanted
		}
	}
	return problems
}

func (p *preferences) switchChannel(setting ChannelSettingInput, bound bool) *models.Problem {
	switch {
	case setting.Channel == InboxChannel && !setting.Enabled:
		return models.NewProblem("NOT_ALLOWED", "channels",
			models.T("站内消息不能关闭，重要通知都在这里留底", "The inbox cannot be switched off: every notice is kept there"))
	case !slices.Contains(channels(), setting.Channel):
		return models.NewProblem("UNKNOWN_CHOICE", "channels", models.T("没有这种通知方式", "There is no such channel"))
	case setting.Enabled && setting.Channel == WeChat && !bound:
		return models.NewProblem("NO_ADDRESS", "channels", models.T(
			"还没有绑定微信：请先在小程序里用微信登录一次", "No WeChat account is bound yet: please sign in with WeChat in the mini-program first"))
	case setting.Enabled && setting.Channel == Email && !bound:
		return models.NewProblem("NO_ADDRESS", "channels", models.T(
			"还没有绑定邮箱：请先填写邮箱并用收到的验证码确认", "No email address is bound yet: please enter one and confirm it with the code that you receive"))
	}
	p.Channels[setting.Channel] = setting.Enabled
	return nil
}

func (q QuietHours) problems() (problems []*models.Problem) {
	for _, end := range []struct{ field, value string }{{"quietHours.start", q.Start}, {"quietHours.end", q.End}} {
		if _, isTime := minuteOfDay(end.value); !isTime {
			problems = append(problems, models.NewProblem("FORMAT", end.field,
				models.T("时间请写成 22:00 这样的形式", "Write the time like 22:00")))
		}
	}
	return problems
}

// minuteOfDay reads HH:MM, both with two digits.
func minuteOfDay(text string) (minute int, isTime bool) {
	parsed, err := time.Parse("15:04", text)
	if err != nil || len(text) != len("15:04") {
		return 0, false
	}
	return parsed.Hour()*60 + parsed.Minute(), true
}

// until gives the end of the quiet hours that a moment falls into; false: it falls into none.
func (q QuietHours) until(moment time.Time) (end time.Time, quiet bool) {
	from, validStart := minuteOfDay(q.Start)
	to, validEnd := minuteOfDay(q.End)
	if !validStart || !validEnd || from == to {
		return time.Time{}, false
	}
	today := models.DateOf(moment)
	minute := int(moment.Sub(today.Start()) / time.Minute)
	switch {
	case from < to && minute >= from && minute < to, from > to && minute < to:
		return at(today, to), true
	case from > to && minute >= from:
		return at(today+1, to), true
	}
	return time.Time{}, false
}

// at is a minute of a day in the city.
func at(day models.Date, minute int) time.Time {
	return day.Start().Add(time.Duration(minute) * time.Minute)
}
