package catalogue

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"onewindow/models"
)

// Difference is what a folder would change of the catalogue on offer.
type Difference struct {
	// New and Gone are items that come and go; Changed are those that stay with something different.
	New, Gone []*Item
	Changed   []ChangedItem
	// Rest are the changes of bundles, synonyms and calendar years, in words.
	Rest []models.Text
}

// ChangedItem is an item with what changes in it.
type ChangedItem struct {
	Before, After *Item
	Changes       []Change
}

// IsNothing tells that nothing would change.
func (d *Difference) IsNothing() bool {
	return len(d.New)+len(d.Gone)+len(d.Changed)+len(d.Rest) == 0
}

// Differences tells what a folder would change. What the folder's own version of an item will only bring on a later day counts.
func (s *Snapshot) Differences(c *Catalogue) *Difference {
	d := &Difference{}
	before := map[string]*Item{}
	for _, item := range s.catalogue.Items {
		before[item.Code] = item
	}
	for _, item := range c.Items {
		was, isKnown := before[item.Code]
		delete(before, item.Code)
		switch {
		case !isKnown:
			d.New = append(d.New, item)
		case was.hash != item.hash:
			d.Changed = append(d.Changed, ChangedItem{was, item, Changes(was, item)})
		}
	}
	for _, code := range slices.Sorted(maps.Keys(before)) {
		d.Gone = append(d.Gone, before[code])
	}
	d.compare("主题", "bundle", s.catalogue.files.under("bundles/"), c.files.under("bundles/"))
	d.compare("日历年度", "calendar year", s.catalogue.files.under("calendar/"), c.files.under("calendar/"))
	d.compare("同义词", "synonyms", s.catalogue.files.under("synonyms"), c.files.under("synonyms"))
	return d
}

// under are the files below a folder, or of a name.
func (f contents) under(prefix string) contents {
	below := contents{}
	for name, text := range f {
		if strings.HasPrefix(name, prefix) {
			below[name] = text
		}
	}
	return below
}

func (d *Difference) compare(chinese, english string, before, after contents) {
	all := maps.Clone(before)
	maps.Copy(all, after)
	for _, name := range slices.Sorted(maps.Keys(all)) {
		was, wasThere := before[name]
		is, isThere := after[name]
		switch {
		case !wasThere:
			d.say("新增"+chinese, "new "+english, name)
		case !isThere:
			d.say("取消"+chinese, english+" gone", name)
		case string(was) != string(is):
			d.say(chinese+"有变化", english+" changed", name)
		}
	}
}

func (d *Difference) say(chinese, english, file string) {
	d.Rest = append(d.Rest, models.T(fmt.Sprintf("%s：%s", chinese, file), fmt.Sprintf("%s: %s", english, file)))
}
