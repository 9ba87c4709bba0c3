package notify

import (
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"onewindow/models"
)

// everything is one value of every parameter.
func everything() Params {
	params := sampleParams()
	params.Note = models.T("缺父亲的签名", "the father's signature is missing")
	return params
}

// allKinds is every kind that exists: a new one without a template fails here.
func allKinds() []Kind {
	return []Kind{
		Submitted, Accepted, DeemedAccepted, SupplementRequested, Supplemented, StepSuspended, Extended, DatesMoved, Approved, Rejected,
		Completed, RatingInvitation, Lapsed, Withdrawn, MissingMaterialReminder, DeferredMaterialReminder, SessionEnded, NewDevice, BindingRequested, PhoneJoined, PhoneRemoved, IdentityUnbound, IdentityLinked, IdentityUnlinked, DataExported, DelegationOffered, DelegationAccepted, DelegationOver,
		HelpCode, SecondContactCode, HelpedContact, SecondContactChanged, HelpBegun, HelpedHandIn, HelpCancelled, HelpCancelledNotice,
		VolunteerEnrolled, VolunteerEnded,
		LoginCode, EmailCode, StillLacking, PathBlocked,
		FileInfected, Deferred, DeferredLate, RatingAnswered, CommitmentBroken,
		SupplementReadyReminder, DocumentExpiresReminder, ResultWaitsReminder, RatingReminder, DraftReminder, DataSeenNotice,
		ConsentWithdrawn, Digest, DocumentEndsReminder, WardDocumentEndsReminder, AcceptanceDueNotice, DecisionDueNotice, DecisionOverdueNotice,
	}
}

func TestEveryKindSpeaksBothLanguages(t *testing.T) {
	if len(templates) != len(allKinds()) {
		t.Errorf("%d templates for %d kinds", len(templates), len(allKinds()))
	}
	leftover := regexp.MustCompile(`[{}\[\]]|%!`)
	for _, kind := range allKinds() {
		said, known := templateOf(kind, 1)
		if !known {
			t.Errorf("%s says nothing", kind)
			continue
		}
		for name, text := range map[string]models.Text{"title": said.title, "body": said.body, "short": said.short} {
			rendered, err := render(text, everything())
			if err != nil {
				t.Errorf("%s %s: %v", kind, name, err)
			}
			for _, locale := range []models.Locale{models.Chinese, models.English} {
				if rendered[locale] == "" || leftover.MatchString(rendered[locale]) {
					t.Errorf("%s %s %s: %q", kind, name, locale, rendered[locale])
				}
			}
		}
	}
}

var placeholder = regexp.MustCompile(`\{(\w+)\}`)

// needed gives the parameters that a text cannot do without.
func needed(text string) (names []string) {
	outside := regexp.MustCompile(`\[\[.*?\]\]`).ReplaceAllString(text, "")
	for _, match := range placeholder.FindAllStringSubmatch(outside, -1) {
		names = append(names, match[1])
	}
	return names
}

func without(params Params, name string) Params {
	switch name {
	case "number":
		params.Number = ""
	case "item":
		params.Item = nil
	case "materials":
		params.Materials = nil
	case "day":
		params.Day = nil
	case "left":
		params.DaysLeft = nil
	case "note":
		params.Note = nil
	case "code":
		params.Code = ""
	case "count":
		params.Count = nil
	case "lines":
		params.Lines = nil
	case "about":
		params.About = nil
	}
	return params
}

func TestMissingParameterIsAnError(t *testing.T) {
	checked := 0
	for _, said := range templates {
		for _, text := range []models.Text{said.body, said.short} {
			for locale, pattern := range text {
				for _, name := range needed(pattern) {
					checked++
					if filled, err := fill(pattern, without(everything(), name).values(locale)); err == nil {
						t.Errorf("%s without %s says %q", said.kind, name, filled)
					}
				}
			}
		}
	}
	if checked < 2*len(templates) {
		t.Errorf("only %d parameters were checked", checked)
	}
	if _, err := envelopeOf(templates[0], Params{}, models.Chinese); err == nil {
		t.Error("an envelope without parameters was made")
	}
}

// TestWhatLeavesTheHouseSaysNoMoreThanNeeded: neither the matter nor the papers nor a clerk's words go out by SMS or push. Who agrees
// to something with a code, or can cancel something with one, reads in the same SMS what it is.
func TestWhatLeavesTheHouseSaysNoMoreThanNeeded(t *testing.T) {
	withCode := map[Kind]bool{HelpCode: true, SecondContactCode: true, HelpedContact: true}
	for _, said := range templates {
		for locale, text := range said.short {
			for _, match := range placeholder.FindAllStringSubmatch(text+said.title[locale], -1) {
				switch match[1] {
				case "about":
					if !withCode[said.kind] {
						t.Errorf("%s %s gives out {about}", said.kind, locale)
					}
				case "number", "day", "left", "code", "count":
				default:
					t.Errorf("%s %s gives out {%s}", said.kind, locale, match[1])
				}
			}
		}
	}
}

func TestTexts(t *testing.T) {
	today := 0
	tests := map[string]struct {
		kind         Kind
		change       func(*Params)
		chinese      string
		englishParts []string
	}{
		"a supplement notice with the clerk's words": {
			SupplementRequested, nil,
			"您的“出生登记”（编号 330100-2026-000042）还缺：照片、租房合同。请打开办件上传，最晚在 2026年3月17日 当天提交，逾期申请会自动终止。工作人员说明：缺父亲的签名",
			[]string{"photo, lease", "on 17 March 2026 at the latest", "A note from the staff"},
		},
		"a supplement notice without": {
			SupplementRequested, func(params *Params) { params.Note = nil },
			"您的“出生登记”（编号 330100-2026-000042）还缺：照片、租房合同。请打开办件上传，最晚在 2026年3月17日 当天提交，逾期申请会自动终止。",
			nil,
		},
		"a reminder on the last day": {
			MissingMaterialReminder, func(params *Params) { params.DaysLeft = &today },
			"您的“出生登记”（编号 330100-2026-000042）还缺：照片、租房合同。今天是最后一天，请打开办件上传，最晚在 2026年3月17日 当天提交，逾期申请会自动终止。",
			[]string{"Today is the last day"},
		},
		"a draft that was withdrawn has no number": {
			Withdrawn, func(params *Params) { params.Number = "" },
			"您的“出生登记”已按您的要求撤回，各部门不再办理。以后需要时可以重新申请。", nil,
		},
		"a result without papers": {
			Completed, func(params *Params) { params.Results = nil },
			"您的“出生登记”（编号 330100-2026-000042）已办结。", nil,
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			params := everything()
			if test.change != nil {
				test.change(&params)
			}
			_, body, err := inboxTexts(test.kind, 1, Standard, params)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(test.chinese, body.In(models.Chinese)); diff != "" {
				t.Errorf("text (-want +got):\n%s", diff)
			}
			for _, part := range test.englishParts {
				if !strings.Contains(body.In(models.English), part) {
					t.Errorf("%q does not say %q", body.In(models.English), part)
				}
			}
		})
	}
}

func TestUnknownTemplateHidesNothingElse(t *testing.T) {
	title, body, err := inboxTexts("OLD_NEWS", 1, Standard, Params{})
	if err == nil || title.In(models.Chinese) == "" || body.In(models.English) == "" {
		t.Errorf("title %q, body %q, error %v", title, body, err)
	}
	if _, known := templateOf(Submitted, 99); known {
		t.Error("a version that does not exist was found")
	}
}
