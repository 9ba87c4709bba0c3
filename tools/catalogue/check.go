package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"time"

	"onewindow/models"
	"onewindow/models/catalogue"
)

// mostListed is how many faults are listed where nobody asks for another number.
const mostListed = 1_000

// listing is how faults are listed.
type listing struct {
	languages languages
	most      int
}

func (l *listing) declare(flags *flag.FlagSet) {
	flags.Var(&l.languages, "lang", "语言：zh、en 或 both / language of the messages: zh, en or both")
	flags.IntVar(&l.most, "most", mostListed, "最多列出多少个问题，0 为全部 / list so many faults at most; 0: all")
}

// write gives each fault its line. What is left out is counted.
func (l *listing) write(out io.Writer, faults catalogue.Faults) {
	listed := faults
	if l.most > 0 && len(listed) > l.most {
		listed = listed[:l.most]
	}
	for _, fault := range listed {
		fmt.Fprintln(out, fault.In(l.languages.orBoth()...))
	}
	if more := len(faults) - len(listed); more > 0 {
		fmt.Fprintf(out, "还有 %[1]d 个问题 / and %[1]d more\n", more)
	}
}

// languages are those that messages are written in; none given: both of the house.
type languages []models.Locale

func (l *languages) String() string { return "both" }

// Set reads the flag.
func (l *languages) Set(text string) error {
	switch text {
	case "zh", "en":
		*l = languages{models.Locale(text)}
	case "both":
		*l = nil
	default:
		return fmt.Errorf("zh, en or both")
	}
	return nil
}

func (l *languages) orBoth() []models.Locale {
	if len(*l) == 0 {
		return []models.Locale{models.Chinese, models.English}
	}
	return *l
}

// say chooses a sentence by the languages.
func (l *languages) say(chinese, english string) string {
	text := ""
	for _, language := range l.orBoth() {
		if text != "" {
			text += "\n"
		}
		text += models.T(chinese, english).In(language)
	}
	return text
}

func prepareCheck(flags *flag.FlagSet) func(context.Context, string, output) int {
	list := &listing{}
	list.declare(flags)
	return func(_ context.Context, folder string, to output) int {
		loaded, faults := catalogue.LoadFolder(folder)
		if len(faults) > 0 {
			list.write(to.out, faults)
			return failed
		}
		summarise(to.out, loaded, &list.languages, time.Now())
		return done
	}
}

// summarise tells what a folder holds, and what is no fault but worth a second look.
func summarise(out io.Writer, loaded *catalogue.Catalogue, languages *languages, today time.Time) {
	sum := loaded.Summary(models.DateOf(today))
	fmt.Fprintln(out, languages.say(
		fmt.Sprintf("目录没有问题：%d 个部门，%d 种材料，%d 个事项（%d 条规则），%d 个主题，日历 %v 年",
			sum.Departments, sum.Materials, sum.Items, sum.Rules, sum.Bundles, sum.Years),
		fmt.Sprintf("no faults: %d departments, %d materials, %d service items (%d rules), %d bundles, calendar of %v",
			sum.Departments, sum.Materials, sum.Items, sum.Rules, sum.Bundles, sum.Years)))
	for _, warning := range sum.Warnings {
		fmt.Fprintln(out, languages.say("请留意 "+warning.In(models.Chinese), "note "+warning.In(models.English)))
	}
}
