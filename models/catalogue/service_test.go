package catalogue_test

import (
	"context"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/fstest"

	"onewindow/models"
	"onewindow/models/catalogue"
	"onewindow/models/store"
	"onewindow/models/store/storetest"
)

func careWith(t testing.TB, old, changed string) *catalogue.Catalogue {
	t.Helper()
	files := smallest()
	text := strings.Replace(careItem, old, changed, 1)
	if old != changed && text == careItem {
		t.Fatalf("%q is not in the item", old)
	}
	files["items/care.yaml"] = &fstest.MapFile{Data: []byte(text)}
	loaded, faults := catalogue.Load(files)
	if len(faults) > 0 {
		t.Fatal(faults.Error())
	}
	return loaded
}

func install(t testing.TB, service *catalogue.Service, loaded *catalogue.Catalogue) *catalogue.Item {
	t.Helper()
	if err := service.Install(context.Background(), loaded); err != nil {
		t.Fatal(err)
	}
	item, found := service.Current().Item("care")
	if !found {
		t.Fatal("no item care")
	}
	return item
}

func TestAChangedItemBecomesANewVersion(t *testing.T) {
	storetest.Each(t, func(t *testing.T, open func(*testing.T, *storetest.Clock) *store.Store) {
		database := open(t, storetest.NewClock("2026-03-02T09:00:00+08:00"))
		service := catalogue.NewService(database)
		if got := install(t, service, careWith(t, "", "")).Version; got != 1 {
			t.Fatalf("first version %d", got)
		}
		if got := install(t, service, careWith(t, "", "")).Version; got != 1 {
			t.Errorf("the same folder again: version %d", got)
		}
		if got := install(t, service, careWith(t, "tags: [elderly]", "# a note\ntags:   [ elderly ]")).Version; got != 1 {
			t.Errorf("other layout, same content: version %d", got)
		}
		if got := install(t, service, careWith(t, "promised_calendar_days: 20", "promised_calendar_days: 25")); got.Version != 2 || got.PromisedDays != 25 {
			t.Errorf("changed: version %d with %d days", got.Version, got.PromisedDays)
		}
		old, found := service.Current().ItemVersion("care", 1)
		if !found || old.PromisedDays != 20 || old.Version != 1 || old.Materials[0].Material.Name["zh"] != "居民身份证" {
			t.Fatalf("the version of an open application: %v %+v", found, old)
		}
		if state := old.Evaluate(map[string]string{"kind": "away"}, motherOfANewborn()); !state.Fields[1].Visible {
			t.Error("its rules work")
		}
		if got := install(t, service, careWith(t, "", "")).Version; got != 1 {
			t.Errorf("the first definition again is its own version, got %d", got)
		}
		if _, found := service.Current().ItemVersion("care", 2); !found {
			t.Error("version 2 is kept")
		}
		if _, found := service.Current().ItemVersion("care", 3); found {
			t.Error("there is no version 3")
		}
	})
}

func TestAVersionThatAnotherReplicaInstalledIsFound(t *testing.T) {
	storetest.Each(t, func(t *testing.T, open func(*testing.T, *storetest.Clock) *store.Store) {
		database := open(t, storetest.NewClock("2026-03-02T09:00:00+08:00"))
		here, there := catalogue.NewService(database), catalogue.NewService(database)
		install(t, here, careWith(t, "", ""))
		install(t, there, careWith(t, "extension_days: 5", "extension_days: 6"))
		for range 2 {
			item, err := here.ItemVersion(context.Background(), "care", 2)
			if err != nil || item.ExtensionDays != 6 {
				t.Fatalf("%v %+v", err, item)
			}
		}
		if _, err := here.ItemVersion(context.Background(), "care", 9); err == nil || !strings.Contains(err.Error(), string(models.NotFoundCode)) {
			t.Errorf("a version that nobody has: %v", err)
		}
	})
}

func TestReplicasThatStartTogetherAgree(t *testing.T) {
	storetest.Each(t, func(t *testing.T, open func(*testing.T, *storetest.Clock) *store.Store) {
		database := open(t, storetest.NewClock("2026-03-02T09:00:00+08:00"))
		var group sync.WaitGroup
		services := make([]*catalogue.Service, 4)
		for index := range services {
			services[index] = catalogue.NewService(database)
			loaded := careWith(t, "", "")
			group.Go(func() {
				if err := services[index].Install(context.Background(), loaded); err != nil {
					t.Error(err)
				}
			})
		}
		group.Wait()
		for _, service := range services {
			if item, _ := service.Current().Item("care"); item.Version != 1 {
				t.Errorf("version %d", item.Version)
			}
		}
	})
}

func TestTheWholeCityIsInstalled(t *testing.T) {
	storetest.Each(t, func(t *testing.T, open func(*testing.T, *storetest.Clock) *store.Store) {
		service := catalogue.NewService(open(t, storetest.NewClock("2026-03-02T09:00:00+08:00")))
		if err := service.Install(context.Background(), hangzhou(t)); err != nil {
			t.Fatal(err)
		}
		for _, item := range service.Current().Items() {
			again, err := service.ItemVersion(context.Background(), item.Code, 1)
			if err != nil || again != item || item.Version != 1 {
				t.Errorf("%s: version %d, %v", item.Code, item.Version, err)
			}
		}
	})
}

func TestEveryItemCanBeLoadedFromWhatIsStored(t *testing.T) {
	database := storetest.Open(t, "", storetest.NewClock("2026-03-02T09:00:00+08:00"))
	first, second := catalogue.NewService(database), catalogue.NewService(database)
	city := hangzhou(t)
	if err := first.Install(context.Background(), city); err != nil {
		t.Fatal(err)
	}
	// A city that offers nothing of Hangzhou any more keeps all 41 items for the applications that are open.
	if err := second.Install(context.Background(), careWith(t, "", "")); err != nil {
		t.Fatal(err)
	}
	for _, item := range city.Items {
		old, found := second.Current().ItemVersion(item.Code, 1)
		if !found || len(old.Form) != len(item.Form) || len(old.Steps) != len(item.Steps) || len(old.Materials) != len(item.Materials) {
			t.Errorf("%s cannot be loaded again", item.Code)
		}
	}
}

func found(t testing.TB, query, tag string, audience catalogue.Audience) []string {
	t.Helper()
	snapshot := snapshotOfHangzhou(t)
	var codes []string
	for _, item := range snapshot.Search(catalogue.Query{Words: query, Tag: tag, Audience: audience}) {
		codes = append(codes, item.Code)
	}
	return codes
}

var snapshotOfHangzhou = func() func(testing.TB) *catalogue.Snapshot {
	var once sync.Once
	var snapshot *catalogue.Snapshot
	return func(t testing.TB) *catalogue.Snapshot {
		once.Do(func() {
			service := catalogue.NewService(storetest.Open(t, "", storetest.NewClock("2026-03-02T09:00:00+08:00")))
			if err := service.Install(context.Background(), hangzhou(t)); err != nil {
				t.Fatal(err)
			}
			snapshot = service.Current()
		})
		return snapshot
	}
}()

func TestSearchNarrows(t *testing.T) {
	if got := found(t, "", "", ""); len(got) != 41 || !slices.IsSorted(got) {
		t.Errorf("nothing asked for: %d items", len(got))
	}
	for _, query := range []string{"火星移民", "zzzz", "出生 火星", "b"} {
		if got := found(t, query, "", ""); query != "b" && len(got) > 0 {
			t.Errorf("%s: %v", query, got)
		}
	}
	organisations := found(t, "", "", catalogue.ForOrganisations)
	persons := found(t, "", "", catalogue.ForPersons)
	if len(organisations) == 0 || len(organisations)+len(persons) != 41 {
		t.Errorf("%d for organisations, %d for persons", len(organisations), len(persons))
	}
	for _, code := range found(t, "", "elderly", "") {
		if item, _ := snapshotOfHangzhou(t).Item(code); !slices.Contains(item.Tags, "elderly") {
			t.Errorf("%s has no tag elderly", code)
		}
	}
	if got := found(t, strings.Repeat("很长的一句话", 10_000), "", ""); len(got) > 0 {
		t.Errorf("a very long query: %v", got)
	}
}

func BenchmarkSearch(b *testing.B) {
	snapshot := snapshotOfHangzhou(b)
	for b.Loop() {
		snapshot.Search(catalogue.Query{Words: "出生登记"})
	}
}

func BenchmarkEvaluate(b *testing.B) {
	item, _ := snapshotOfHangzhou(b).Item("birth-registration")
	answers, facts := birthAnswers(nil), motherOfANewborn()
	b.ReportAllocs()
	for b.Loop() {
		item.EvaluateFinal(answers, facts)
	}
}
