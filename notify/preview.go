package notify

import (
	"fmt"
	"unicode/utf8"

	"onewindow/models"
)

// Sample is a template filled with invented values, in one language and variant, as it would reach a reader.
type Sample struct {
	Kind    Kind
	Version int
	Locale  models.Locale
	Variant Variant
	Urgent  bool
	// InboxOnly: it makes no sound and leaves by no channel; Push and SMS are empty then.
	InboxOnly bool
	Title     string
	Body      string
	Push      string
	SMS       string
	// Segments is how many text messages the SMS is charged as.
	Segments int
}

// Samples renders every version of every template in each language and variant. An error names what cannot be rendered.
func Samples() ([]Sample, error) {
	var samples []Sample
	for _, said := range templates {
		for _, locale := range []models.Locale{models.Chinese, models.English} {
			for _, variant := range Variants() {
				sample, err := sampleOf(said, locale, variant)
				if err != nil {
					return nil, fmt.Errorf("%s version %d %s %s: %w", said.kind, said.version, locale, variant, err)
				}
				samples = append(samples, sample)
			}
		}
	}
	return samples, nil
}

func sampleOf(said template, locale models.Locale, variant Variant) (Sample, error) {
	sample := Sample{
		Kind: said.kind, Version: said.version, Locale: locale, Variant: variant, Urgent: said.urgent, InboxOnly: said.inboxOnly,
	}
	envelope, err := envelopeOf(said, sampleParams(), locale)
	if err != nil {
		return sample, err
	}
	sample.Title = envelope.Title
	if !said.inboxOnly {
		sample.Push, sample.SMS, sample.Segments = envelope.Body, envelope.Body, smsSegments(envelope.Body)
	}
	sample.Body, err = fill(said.bodyFor(variant).In(locale), sampleParams().values(locale))
	return sample, err
}

// sampleParams is one value of every parameter; nobody's.
func sampleParams() Params {
	day, left, count := models.NewDate(2026, 3, 17), 3, 2
	return Params{
		Number: "330100-2026-000042", ItemCode: "birth-registration", Item: models.T("出生登记", "Birth registration"),
		Materials: []Named{{"photo", models.T("照片", "photo")}, {"lease", models.T("租房合同", "lease")}},
		Steps:     []Named{{"check", models.T("现场核查", "Inspection")}},
		Day:       &day, DaysLeft: &left, Results: []ResultWay{"ELECTRONIC", "PICKUP", "POST"},
		Count: &count, Lines: []Line{{DataSeenNotice, 1, Params{Day: &day}}, {RatingReminder, 1, Params{Number: "330100-2026-000042"}}},
		Code: "123456", Note: models.T("请补上签名", "please add the signature"),
		About: models.T("志愿者张*（便民服务点）请求代您办事，7天内有效", "volunteer 张* (service point) asks to help you for 7 days"),
	}
}

// The lengths of text messages: one of letters in the 7-bit alphabet, or of others; and the parts of longer ones.
const (
	plainSMS, plainPart = 160, 153
	wideSMS, widePart   = 70, 67
)

// smsSegments is how many text messages a text takes.
func smsSegments(text string) int {
	length, alone, part := utf8.RuneCountInString(text), plainSMS, plainPart
	if length != len(text) {
		alone, part = wideSMS, widePart
	}
	if length <= alone {
		return 1
	}
	return (length + part - 1) / part
}
