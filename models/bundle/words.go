package bundle

import (
	"strings"

	"onewindow/models"
)

var locales = []models.Locale{models.Chinese, models.English}

// both puts texts one behind the other in both languages.
func both(parts ...models.Text) models.Text {
	out := models.Text{}
	for _, locale := range locales {
		for _, part := range parts {
			out[locale] += part.In(locale)
		}
	}
	return out
}

func quoted(text models.Text) models.Text {
	return both(models.T("“", "“"), text, models.T("”", "”"))
}

// join lists texts behind a beginning, as each language does.
func join(chinese, english string, texts []models.Text) models.Text {
	separators := models.T("、", ", ")
	out := models.T(chinese, english)
	for _, locale := range locales {
		words := make([]string, len(texts))
		for i, text := range texts {
			words[i] = text.In(locale)
		}
		out[locale] += strings.Join(words, separators.In(locale))
	}
	return out
}

// sentences puts a full stop between what is there.
func sentences(first, second models.Text) models.Text {
	if second == nil {
		return first
	}
	return both(first, models.T("。", ". "), second)
}
