package catalogue

import (
	"path"
	"strconv"
	"strings"

	"onewindow/models"
	"onewindow/models/calendar"
	"onewindow/models/catalogue/document"
)

func (l *loader) readDepartments(list document.Value) {
	for _, entry := range list.List() {
		member(entry, func(o *document.Object) {
			department := &Department{
				Code:    code(o.Required("code")),
				Name:    o.Required("name").Words(),
				Region:  o.Required("region").Matching(regionForm, "应为六位行政区划代码", "expected a division code of six digits"),
				Phone:   o.Required("phone").String(),
				Handles: texts(o.Required("handles"), tag),
			}
			if _, isTwice := l.departments[department.Code]; isTwice {
				o.Optional("code").Fail("部门代码重复", "the department stands twice")
				return
			}
			if department.Code != "" {
				l.departments[department.Code] = department
				l.plain[department] = entry.Plain()
				l.catalogue.Departments = append(l.catalogue.Departments, department)
			}
		})
	}
}

var (
	sourceWords   = []string{"upload", "shared", "issued"}
	sourceMeaning = []MaterialSource{Upload, Shared, Issued}
	formatWords   = []string{"jpg", "png", "pdf"}
)

func (l *loader) readMaterials(list document.Value) {
	for _, entry := range list.List() {
		member(entry, func(o *document.Object) {
			formats := o.Required("formats")
			material := &Material{
				Code:   code(o.Required("code")),
				Name:   o.Required("name").Words(),
				Issuer: lookup(o.Required("issuer"), l.departments, "部门", "department"),
				Kind: document.OneOf(o.Required("kind"), []string{"certificate", "form", "proof", "photo"},
					[]MaterialKind{Certificate, Form, Proof, Photo}),
				Source:         document.OneOf(o.Required("source"), sourceWords, sourceMeaning),
				Sensitive:      o.Optional("sensitive").Bool(),
				ValidForMonths: o.Optional("valid_for_months").Int(1, mostMonths),
				Formats: texts(formats, func(v document.Value) string {
					return document.OneOf(v, formatWords, formatWords)
				}),
				MaxBytes: o.Required("max_bytes").Int(1, mostBytes),
			}
			for _, way := range texts(o.Optional("also"), func(v document.Value) string { return string(document.OneOf(v, sourceWords, sourceMeaning)) }) {
				material.Also = append(material.Also, MaterialSource(way))
			}
			if formats.IsEmptyList() && material.ComesBy(Upload) {
				formats.Fail("可以上传的材料至少要有一种格式", "what can be uploaded needs a format")
			}
			if _, isTwice := l.materials[material.Code]; isTwice {
				o.Optional("code").Fail("材料代码重复", "the material stands twice")
				return
			}
			if material.Code != "" {
				l.materials[material.Code] = material
				l.plain[material] = entry.Plain()
				l.catalogue.Materials = append(l.catalogue.Materials, material)
			}
		})
	}
}

func (l *loader) readCalendar(files []string) {
	var years []calendar.Year
	for _, file := range files {
		l.each(file, func(root *document.Object) { years = append(years, readYear(root, file)) })
	}
	made, err := calendar.New(years...)
	if err != nil {
		// What readYear has let through can only be one year in two files, and a file is named by its year.
		made, _ = calendar.New()
		if len(l.collector.Faults()) == 0 {
			l.collector.Add(Fault{File: "calendar", Message: models.T("日历有误："+err.Error(), err.Error())})
		}
	}
	l.catalogue.Calendar = made
}

func readYear(root *document.Object, file string) calendar.Year {
	number := root.Required("year")
	year := calendar.Year{Year: number.Int(1949, 2200), Source: root.Required("source").String()}
	if name := strings.TrimSuffix(path.Base(file), ".yaml"); year.Year != 0 && name != strconv.Itoa(year.Year) {
		number.Fail("应与文件名 "+name+" 一致", "must be the file's name, "+name)
	}
	seen := map[models.Date]bool{}
	read := func(list document.Value, isMakeUp bool) []calendar.NamedDay {
		var days []calendar.NamedDay
		for _, entry := range list.List() {
			day, isRead := readDay(entry)
			switch {
			case !isRead:
				continue
			case day.Date.Year() != year.Year:
				entry.Fail("不在本年度之内", "does not lie in the year")
				continue
			case seen[day.Date]:
				entry.Fail("日期重复", "the day stands twice")
				continue
			case isMakeUp && day.Date.Weekday() != 0 && day.Date.Weekday() != 6:
				entry.Fail("调休上班日应为周六或者周日", "a make-up day is a Saturday or a Sunday")
				continue
			case !isMakeUp && (day.Date.Weekday() == 0 || day.Date.Weekday() == 6):
				entry.Fail("周六、周日本来就休息，不必列出", "a Saturday or a Sunday is off already")
				continue
			}
			seen[day.Date] = true
			days = append(days, day)
		}
		return days
	}
	year.DaysOff = read(root.Required("days_off"), false)
	year.MakeUpDays = read(root.Required("make_up_days"), true)
	return year
}

// readDay reads a date, or a date with the holiday's name (in Chinese, or in several languages).
func readDay(entry document.Value) (calendar.NamedDay, bool) {
	day := calendar.NamedDay{}
	date := entry
	if entry.IsObject() {
		member(entry, func(o *document.Object) {
			date = o.Required("date")
			if name := o.Required("name"); name.IsObject() {
				day.Name = name.Words()
			} else if name.IsPresent() {
				day.Name = calendar.HolidayName(name.String())
			}
		})
	}
	if parsed := date.Date(); parsed != nil {
		day.Date = *parsed
		return day, true
	}
	return day, false
}

func (l *loader) readSynonyms(list document.Value) {
	for _, entry := range list.List() {
		member(entry, func(o *document.Object) {
			say, items := o.Required("say"), o.Required("items")
			read := synonym{
				say: atLeastOne(say, texts(say, plainText), "至少要有一种说法", "there must be something that people say"),
				items: atLeastOne(items, texts(items, func(v document.Value) string {
					if item := lookup(v, l.items, "事项", "service item"); item != nil {
						return item.Code
					}
					return ""
				}), "至少要有一个事项", "there must be a service item"),
			}
			l.catalogue.synonyms = append(l.catalogue.synonyms, read)
		})
	}
}
