package catalogue_test

import (
	"context"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"onewindow/models/catalogue"
	"onewindow/models/store"
	"onewindow/models/store/storetest"
)

// cityWith is the smallest catalogue with changed files.
func cityWith(t testing.TB, changes map[string]string) *catalogue.Catalogue {
	t.Helper()
	files := smallest()
	for name, text := range changes {
		files[name] = &fstest.MapFile{Data: []byte(text)}
	}
	loaded, faults := catalogue.Load(files)
	if len(faults) > 0 {
		t.Fatal(faults.Error())
	}
	return loaded
}

// replica starts a server on a database.
func replica(t testing.TB, database *store.Store, c *catalogue.Catalogue, from catalogue.Source) (*catalogue.Service, *catalogue.Loaded) {
	t.Helper()
	service := catalogue.NewService(database)
	loaded, err := service.Start(context.Background(), c, from)
	if err != nil {
		t.Fatal(err)
	}
	return service, loaded
}

func TestTheSameFolderTwiceIsOneRelease(t *testing.T) {
	storetest.Each(t, func(t *testing.T, open func(*testing.T, *storetest.Clock) *store.Store) {
		service := catalogue.NewService(open(t, storetest.NewClock("2026-03-02T09:00:00+08:00")))
		for _, step := range []struct {
			name    string
			c       *catalogue.Catalogue
			number  int
			isNew   bool
			version int
		}{
			{"first", careWith(t, "", ""), 1, true, 1},
			{"the same", careWith(t, "", ""), 1, false, 1},
			{"changed", careWith(t, "extension_days: 5", "extension_days: 6"), 2, true, 2},
			{"back", careWith(t, "", ""), 3, true, 1},
			{"back, once more", careWith(t, "", ""), 3, false, 1},
		} {
			loaded, err := service.Load(context.Background(), step.c, catalogue.FromCommand)
			if err != nil {
				t.Fatal(err)
			}
			item, _ := service.Current().Item("care")
			if loaded.Release.Number != step.number || loaded.IsNew != step.isNew || item.Version != step.version {
				t.Errorf("%s: %+v, version %d", step.name, loaded, item.Version)
			}
		}
	})
}

func TestAStartDoesNotBringBackWhatWasSuperseded(t *testing.T) {
	storetest.Each(t, func(t *testing.T, open func(*testing.T, *storetest.Clock) *store.Store) {
		database := open(t, storetest.NewClock("2026-03-02T09:00:00+08:00"))
		own := func() *catalogue.Catalogue { return careWith(t, "", "") }
		changed := func() *catalogue.Catalogue { return careWith(t, "extension_days: 5", "extension_days: 6") }
		later := func() *catalogue.Catalogue { return careWith(t, "extension_days: 5", "extension_days: 7") }
		for _, step := range []struct {
			name       string
			c          *catalogue.Catalogue
			from       catalogue.Source
			number     int
			days       int
			isNew      bool
			superseded bool
		}{
			{"the program's own", own(), catalogue.FromProgram, 1, 5, true, false},
			{"a new program's", changed(), catalogue.FromProgram, 2, 6, true, false},
			{"the old program once more", own(), catalogue.FromProgram, 2, 6, false, true},
			{"a city's folder", later(), catalogue.FromFolder, 3, 7, true, false},
			{"the same folder", later(), catalogue.FromFolder, 3, 7, false, false},
			{"an older folder", own(), catalogue.FromFolder, 3, 7, false, true},
			{"a newer program gives way to the city", careWith(t, "extension_days: 5", "extension_days: 8"), catalogue.FromProgram, 3, 7, false, false},
		} {
			service, loaded := replica(t, database, step.c, step.from)
			item, _ := service.Current().Item("care")
			if loaded.Release.Number != step.number || loaded.IsNew != step.isNew || loaded.IsSuperseded() != step.superseded || item.ExtensionDays != step.days {
				t.Errorf("%s: %+v with %d days", step.name, loaded, item.ExtensionDays)
			}
		}
	})
}

func TestReplicasGoOverTogether(t *testing.T) {
	storetest.Each(t, func(t *testing.T, open func(*testing.T, *storetest.Clock) *store.Store) {
		database := open(t, storetest.NewClock("2026-03-02T09:00:00+08:00"))
		here, _ := replica(t, database, careWith(t, "", ""), catalogue.FromFolder)
		there, _ := replica(t, database, careWith(t, "", ""), catalogue.FromFolder)
		watched := make(chan catalogue.Release, 1)
		ctx, stop := context.WithCancel(context.Background())
		defer stop()
		go here.Watch(ctx, func(on catalogue.Release) { watched <- on }, func(err error) { t.Error(err) })
		before := here.Current()
		if _, err := there.Load(ctx, careWith(t, "extension_days: 5", "extension_days: 6"), catalogue.FromCommand); err != nil {
			t.Fatal(err)
		}
		select {
		case on := <-watched:
			if item, _ := here.Current().Item("care"); on.Number != 2 || item.Version != 2 || item.ExtensionDays != 6 {
				t.Errorf("release %d, version %d", on.Number, item.Version)
			}
		case <-time.After(time.Minute):
			t.Fatal("the other replica did not go over")
		}
		if item, _ := before.Item("care"); item.Version != 1 || item.ExtensionDays != 5 {
			t.Error("who began with the old release ends with it")
		}
		if item, found := here.Current().ItemVersion("care", 1); !found || item.ExtensionDays != 5 {
			t.Error("open applications keep their version")
		}
	})
}

func TestAVersionBeginsOnItsDay(t *testing.T) {
	storetest.Each(t, func(t *testing.T, open func(*testing.T, *storetest.Clock) *store.Store) {
		clock := storetest.NewClock("2026-03-02T09:00:00+08:00")
		database := open(t, clock)
		first := strings.Replace(careItem, "effective_from: 2026-01-01\n", "", 1)
		second := strings.Replace(careItem, "effective_from: 2026-01-01", "effective_from: 2026-03-04", 1)
		second = strings.Replace(second, "extension_days: 5", "extension_days: 6", 1)
		here, _ := replica(t, database, cityWith(t, map[string]string{"items/care.yaml": first}), catalogue.FromFolder)
		if _, err := here.Load(context.Background(), cityWith(t, map[string]string{"items/care.yaml": second}), catalogue.FromCommand); err != nil {
			t.Fatal(err)
		}
		there, _ := replica(t, database, cityWith(t, map[string]string{"items/care.yaml": first}), catalogue.FromFolder)
		for day, want := range []int{1, 1, 2, 2} {
			for _, service := range []*catalogue.Service{here, there} {
				item, _ := service.Current().Item("care")
				bundle, _ := service.Current().Bundle("age")
				if item.Version != want || bundle == nil || bundle.Items[0] != item || service.Current().Closed(item) != nil {
					t.Errorf("day %d: version %d, want %d", day, item.Version, want)
				}
			}
			clock.Advance(24 * time.Hour)
		}
	})
}

// otherItem is a second item that care can be replaced by.
var otherItem = strings.NewReplacer("code: care", "code: help", "长者照护", "老人帮扶", "長者照護", "老人幫扶", "en: Care", "en: Help", "season: {from: \"10-01\", to: \"03-31\"}\n", "").Replace(careItem)

func TestWhatIsClosedSaysUntilWhenAndWhatThereIsInstead(t *testing.T) {
	for _, test := range []struct{ name, old, changed, code, words, english string }{
		{"open", "", "", "", "", ""},
		{"paused", "kind: public-service", "paused: true", "PAUSED", "该事项暂停办理", "paused"},
		{"replaced", "kind: public-service", "paused: true\nsuccessor: help", "PAUSED", "请改办“老人帮扶”（help）", "Please apply for “Help” (help) instead"},
		{"not yet", "effective_from: 2026-01-01", "effective_from: 2026-04-01", "NOT_OPEN", "自 2026-04-01 起", "opens on 2026-04-01"},
		{"ended", `effective_until: "2027-12-31"`, `effective_until: "2026-02-28"`, "CLOSED", "已于 2026-02-28 停止", "ended on 2026-02-28"},
		{"last day", `effective_until: "2027-12-31"`, `effective_until: "2026-03-02"`, "", "", ""},
		{"out of season", `season: {from: "10-01", to: "03-31"}`, `season: {from: "06-01", to: "06-30"}`, "OUT_OF_SEASON", "每年 06-01 至 06-30 受理，下次自 2026-06-01 起", "opens again on 2026-06-01"},
	} {
		t.Run(test.name, func(t *testing.T) {
			service := catalogue.NewService(storetest.Open(t, "", storetest.NewClock("2026-03-02T09:00:00+08:00")))
			if err := service.Install(context.Background(), cityWith(t, map[string]string{
				"items/care.yaml": strings.Replace(careItem, test.old, test.changed, 1), "items/help.yaml": otherItem,
			})); err != nil {
				t.Fatal(err)
			}
			item, _ := service.Current().Item("care")
			closed := service.Current().Closed(item)
			if closed == nil {
				if test.code != "" {
					t.Error("it is open")
				}
				return
			}
			if closed.Code != test.code || !strings.Contains(closed.Message["zh"], test.words) || !strings.Contains(closed.Message["en"], test.english) {
				t.Errorf("%+v", closed)
			}
		})
	}
}

func TestASearchForAReplacedItemLeadsToItsSuccessor(t *testing.T) {
	service := catalogue.NewService(storetest.Open(t, "", storetest.NewClock("2026-03-02T09:00:00+08:00")))
	for _, test := range []struct{ care, words, want string }{
		{careItem, "长者照护", "care"},
		{strings.Replace(careItem, "kind: public-service", "paused: true\nsuccessor: help", 1), "长者照护", "help"},
		{strings.Replace(careItem, "kind: public-service", "paused: true\nsuccessor: help", 1), "", "help"},
		{strings.Replace(careItem, "kind: public-service", "paused: true", 1), "长者照护", "care"},
		{strings.Replace(careItem, `effective_until: "2027-12-31"`, `effective_until: "2026-02-28"`, 1), "长者照护", ""},
	} {
		if err := service.Install(context.Background(), cityWith(t, map[string]string{"items/care.yaml": test.care, "items/help.yaml": otherItem})); err != nil {
			t.Fatal(err)
		}
		var codes []string
		for _, item := range service.Current().Search(catalogue.Query{Words: test.words}) {
			codes = append(codes, item.Code)
		}
		if strings.Join(codes, " ") != test.want {
			t.Errorf("%s finds %v, want %s", test.words, codes, test.want)
		}
	}
}

func TestWhatTheDictionaryForgotKeepsItsName(t *testing.T) {
	service := catalogue.NewService(storetest.Open(t, "", storetest.NewClock("2026-03-02T09:00:00+08:00")))
	if err := service.Install(context.Background(), hangzhou(t)); err != nil {
		t.Fatal(err)
	}
	if err := service.Install(context.Background(), careWith(t, "", "")); err != nil {
		t.Fatal(err)
	}
	material, found := service.Current().Material("household-register")
	department, known := service.Current().Department("public-security")
	if !found || !known || material.Name["zh"] != "居民户口簿" || material.Issuer.Code != "public-security" || department.Name["zh"] != "杭州市公安局" {
		t.Errorf("%+v %+v", material, department)
	}
	if _, found := service.Current().Material("no-such-thing"); found {
		t.Error("a material that there never was")
	}
}
