package casework

import (
	"strconv"
	"strings"

	"onewindow/models"
	"onewindow/models/catalogue"
	"onewindow/models/material"
)

var stateLabels = map[State]models.Text{
	Draft:              models.T("草稿", "draft"),
	Submitted:          models.T("已提交，待受理", "submitted, waiting for acceptance"),
	SupplementRequired: models.T("待补正材料", "waiting for more documents"),
	InReview:           models.T("审核办理中", "in review"),
	Approved:           models.T("已批准，待出证", "approved, result being issued"),
	Rejected:           models.T("不予批准", "rejected"),
	Completed:          models.T("已办结", "completed"),
	Withdrawn:          models.T("已撤回", "withdrawn"),
	Lapsed:             models.T("逾期未补正，已终止", "ended: documents did not come in time"),
}

// StateLabel is the state in plain words.
func StateLabel(state State) models.Text { return stateLabels[state] }

// day writes a day as people read it: 2026年3月17日 and 17 March 2026.
func day(date models.Date) models.Text {
	start := date.Start()
	return models.T(start.Format("2006年1月2日"), start.Format("2 January 2006"))
}

// phrase puts texts into a sentence of both languages; each {} takes the next text.
func phrase(sentence models.Text, parts ...models.Text) models.Text {
	out := models.Text{}
	for _, locale := range []models.Locale{models.Chinese, models.English} {
		text := sentence.In(locale)
		for _, part := range parts {
			text = strings.Replace(text, "{}", part.In(locale), 1)
		}
		out[locale] = text
	}
	return out
}

// plain is a text that somebody wrote: the same in every language. Nothing written is no text.
func plain(text string) models.Text {
	if text == "" {
		return nil
	}
	return models.T(text, text)
}

// plainEach is plain for several.
func plainEach(texts []string) []models.Text {
	each := make([]models.Text, len(texts))
	for i, text := range texts {
		each[i] = plain(text)
	}
	return each
}

// number writes a number, the same in every language.
func number(value int) models.Text { return plain(strconv.Itoa(value)) }

// list joins texts as each language does.
func list(texts []models.Text) models.Text {
	chinese, english := make([]string, len(texts)), make([]string, len(texts))
	for i, text := range texts {
		chinese[i], english[i] = text.In(models.Chinese), text.In(models.English)
	}
	return models.T(strings.Join(chinese, "、"), strings.Join(english, ", "))
}

func departmentName(department *catalogue.Department) models.Text {
	if department == nil {
		return models.T("承办部门", "the department")
	}
	return department.Name
}

func materialNames(views []*material.RequirementView) models.Text {
	names := make([]models.Text, len(views))
	for i, view := range views {
		names[i] = view.Material.Name
	}
	return list(names)
}

// appeal is the way of appeal, beside every refusal: the limits, and whom to call.
func (s Settings) appeal(office *catalogue.Department) models.Text {
	days, months := plain(strconv.Itoa(s.ReconsiderationDays)), plain(strconv.Itoa(s.LitigationMonths))
	route := phrase(models.T(
		"如不服本决定，可以自收到决定之日起{}日内申请行政复议，或者在{}个月内提起行政诉讼；也可拨打12345咨询。",
		"If you disagree you may ask for administrative reconsideration within {} days, or go to court within {} months of receiving this decision; call 12345 for advice."),
		days, months)
	if office == nil || office.Phone == "" {
		return route
	}
	return phrase(models.T("{}{}电话：{}。", "{} Phone of {}: {}."), route, office.Name, plain(office.Phone))
}
