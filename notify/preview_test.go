package notify

import (
	"strings"
	"testing"

	"onewindow/models"
)

// TestEveryTemplateRendersInEveryLanguageAndVariant; a text message of ours is never longer than three.
func TestEveryTemplateRendersInEveryLanguageAndVariant(t *testing.T) {
	samples, err := Samples()
	if err != nil {
		t.Fatal(err)
	}
	if want := len(templates) * 2 * len(Variants()); len(samples) != want {
		t.Errorf("%d samples, want %d", len(samples), want)
	}
	for _, sample := range samples {
		if sample.Title == "" || sample.Body == "" || strings.ContainsAny(sample.Body+sample.Title+sample.SMS, "{}[]") || strings.Contains(sample.Body, "\n\n") {
			t.Errorf("%s %s %s: %q %q", sample.Kind, sample.Locale, sample.Variant, sample.Title, sample.Body)
		}
		if !sample.InboxOnly && (sample.Segments < 1 || sample.Segments > 3) {
			t.Errorf("%s %s: %d text messages", sample.Kind, sample.Locale, sample.Segments)
		}
		for _, kept := range []string{"出生登记", "Birth registration", "租房合同", "photo", "签名", "signature"} {
			if strings.Contains(sample.Push+sample.SMS+sample.Title, kept) {
				t.Errorf("%s %s gives out %q", sample.Kind, sample.Locale, kept)
			}
		}
	}
}

func TestPlainLanguageIsShorter(t *testing.T) {
	for _, said := range templates {
		for locale := range said.plain {
			if len(said.plain.In(locale)) >= len(said.body.In(locale)) {
				t.Errorf("%s %s: plain language is longer", said.kind, locale)
			}
		}
	}
}

func TestLargeTextHasASentenceALine(t *testing.T) {
	said, _ := templateOf(MissingMaterialReminder, 0)
	if got := said.bodyFor(LargeText).In(models.Chinese); !strings.Contains(got, "。\n") || strings.HasSuffix(got, "\n") {
		t.Errorf("large text = %q", got)
	}
}

func TestSMSSegments(t *testing.T) {
	for text, want := range map[string]int{
		strings.Repeat("a", 160): 1, strings.Repeat("a", 161): 2, strings.Repeat("字", 70): 1, strings.Repeat("字", 71): 2, strings.Repeat("字", 135): 3,
	} {
		if got := smsSegments(text); got != want {
			t.Errorf("%d letters take %d, want %d", len([]rune(text)), got, want)
		}
	}
}
