package notify

import (
	"fmt"
	"strconv"
	"strings"

	"onewindow/models"
)

// render fills a template's text in every language of the house.
func render(text models.Text, params Params) (models.Text, error) {
	rendered := make(models.Text, len(text))
	for locale, pattern := range text {
		filled, err := fill(pattern, params.values(locale))
		if err != nil {
			return nil, err
		}
		rendered[locale] = filled
	}
	return rendered, nil
}

// fill puts values in the place of {name}. A part in [[ ]] with a missing value is left out; anywhere else a missing value
// is an error, so that nobody is ever told “by {day}”.
func fill(pattern string, values map[string]string) (string, error) {
	var out strings.Builder
	for pattern != "" {
		before, rest, found := strings.Cut(pattern, "[[")
		filled, missing := replace(before, values)
		if missing != "" {
			return "", fmt.Errorf("the text needs %s", missing)
		}
		out.WriteString(filled)
		if !found {
			break
		}
		optional, after, closed := strings.Cut(rest, "]]")
		if !closed {
			return "", fmt.Errorf("the text has [[ without ]]")
		}
		if filled, missing := replace(optional, values); missing == "" {
			out.WriteString(filled)
		}
		pattern = after
	}
	return out.String(), nil
}

// replace puts in the values and names the first that is missing.
func replace(pattern string, values map[string]string) (filled, missing string) {
	var out strings.Builder
	for {
		before, rest, found := strings.Cut(pattern, "{")
		out.WriteString(before)
		if !found {
			return out.String(), ""
		}
		name, after, closed := strings.Cut(rest, "}")
		value := values[name]
		if !closed || value == "" {
			return "", name
		}
		out.WriteString(value)
		pattern = after
	}
}

// values gives the parameters as words of a language; what is not there is empty.
func (p Params) values(locale models.Locale) map[string]string {
	values := map[string]string{
		"number": p.Number, "item": p.Item.In(locale), "code": p.Code, "note": p.Note.In(locale), "about": p.About.In(locale),
		"materials": names(p.Materials, locale), "steps": names(p.Steps, locale), "results": resultWords(p.Results, locale),
	}
	if p.Count != nil {
		values["count"] = strconv.Itoa(*p.Count)
	}
	if len(p.Lines) > 0 {
		values["lines"] = linesWords(p.Lines, locale)
	}
	if p.Day != nil {
		values["day"] = dayWords(*p.Day, locale)
	}
	if p.DaysLeft != nil {
		values["left"] = leftWords(*p.DaysLeft, locale)
	}
	return values
}

func names(named []Named, locale models.Locale) string {
	words := make([]string, len(named))
	for i, one := range named {
		words[i] = one.Name.In(locale)
	}
	if locale == models.English {
		return strings.Join(words, ", ")
	}
	return strings.Join(words, "、")
}

func dayWords(day models.Date, locale models.Locale) string {
	if locale == models.English {
		return fmt.Sprintf("%d %s %d", day.Day(), day.Month(), day.Year())
	}
	return fmt.Sprintf("%d年%d月%d日", day.Year(), day.Month(), day.Day())
}

func leftWords(days int, locale models.Locale) string {
	english := locale == models.English
	switch {
	case days <= 0 && english:
		return "Today is the last day"
	case days <= 0:
		return "今天是最后一天"
	case days == 1 && english:
		return "1 day is left"
	case english:
		return strconv.Itoa(days) + " days are left"
	}
	return "还有 " + strconv.Itoa(days) + " 天"
}

func resultWords(ways []ResultWay, locale models.Locale) string {
	words := make([]string, 0, len(ways))
	for _, way := range ways {
		switch way {
		case "ELECTRONIC":
			words = append(words, models.T("电子结果已存入您的电子卡包。", "The electronic result is in your wallet.").In(locale))
		case "PICKUP":
			words = append(words, models.T("纸质结果请凭身份证件到办理窗口领取。", "Please pick up the paper result at the counter, with your identity document.").In(locale))
		case "POST":
			words = append(words, models.T("纸质结果将邮寄给您，请留意签收。", "The paper result will come to you by post.").In(locale))
		}
	}
	if locale == models.English {
		return strings.Join(words, " ")
	}
	return strings.Join(words, "")
}

// linesWords gives the lines of a digest one below the other. A line that cannot be said is left out: the matter itself lies
// where it always did.
func linesWords(lines []Line, locale models.Locale) string {
	var words []string
	for _, line := range lines {
		said, known := templateOf(line.Kind, line.Version)
		if !known {
			continue
		}
		if text, err := fill(said.short.In(locale), line.Params.values(locale)); err == nil {
			words = append(words, "· "+text)
		}
	}
	return strings.Join(words, "\n")
}

// forHelper says before a message whose it is, where somebody gets a copy of it.
func forHelper(body models.Text) models.Text {
	return models.T(
		"【您帮助的人收到了这条消息】"+body.In(models.Chinese),
		"[A message to somebody whom you help] "+body.In(models.English))
}

// kebab gives supplement-requested for SUPPLEMENT_REQUESTED.
func kebab(kind string) string { return strings.ReplaceAll(strings.ToLower(kind), "_", "-") }

// inboxTexts gives a message's title and body for reading. A message that cannot be rendered (its template is gone, a
// parameter missing) must not hide the others: it says where to look, and the error tells the operator.
func inboxTexts(kind Kind, version int, variant Variant, params Params) (title, body models.Text, err error) {
	found, known := templateOf(kind, version)
	if !known {
		err = fmt.Errorf("no template %s version %d", kind, version)
	}
	if err == nil {
		title, err = render(found.title, params)
	}
	if err == nil {
		body, err = render(found.bodyFor(variant), params)
	}
	if err != nil {
		title = models.T("您有一条新消息", "You have a new message")
		body = models.T("请打开相关办件查看详情。", "Please open the application to see the details.")
	}
	return title, body, err
}
