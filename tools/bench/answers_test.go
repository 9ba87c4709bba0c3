package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"sync/atomic"
	"testing"

	"github.com/99designs/gqlgen/graphql"
	"github.com/99designs/gqlgen/graphql/executor"
	"github.com/google/go-cmp/cmp"
	"github.com/vektah/gqlparser/v2/ast"

	"onewindow/graph"
	"onewindow/graph/caller"
	"onewindow/graph/express"
	"onewindow/graph/generated"
	"onewindow/models"
	"onewindow/models/audit"
	"onewindow/models/casework"
	"onewindow/models/catalogue"
	"onewindow/models/material"
	"onewindow/models/resident"
	"onewindow/models/sealed"
	"onewindow/models/store"
	"onewindow/models/store/storetest"
	"onewindow/tools/bench/cases"
)

// slow counts the operations that the general executor runs.
type slow struct {
	graphql.ExecutableSchema
	runs atomic.Int64
}

func (s *slow) Exec(ctx context.Context) graphql.ResponseHandler {
	s.runs.Add(1)
	return s.ExecutableSchema.Exec(ctx)
}

// counter is a window over a few cases, once by the general executor alone and once with the fast answers before it.
type counter struct {
	store          *store.Store
	general        *slow
	plain, express *executor.Executor
}

func openCounter(t testing.TB, house *store.Store, howMany int) *counter {
	t.Helper()
	field, err := sealed.NewKey(1, bytes.Repeat([]byte{1}, sealed.KeySize))
	if err != nil {
		t.Fatal(err)
	}
	keyring, err := sealed.NewKeyring([]sealed.Key{field}, field)
	if err != nil {
		t.Fatal(err)
	}
	loaded, faults := catalogue.Embedded()
	if len(faults) > 0 {
		t.Fatal(faults)
	}
	services := catalogue.NewService(house)
	if err := services.Install(t.Context(), loaded); err != nil {
		t.Fatal(err)
	}
	err = cases.Insert(t.Context(), house, services.Current(), cases.Request{Keyring: keyring, Cases: howMany, Now: house.Clock().Now()})
	if err != nil {
		t.Fatal(err)
	}
	people := resident.New(house, keyring)
	materials := material.New(material.Config{Store: house, Keys: keyring, Materials: func(code string) *catalogue.Material {
		found, _ := services.Current().Material(code)
		return found
	}})
	work := casework.New(casework.Dependencies{
		Store: house, Keyring: keyring, Catalogue: services, Residents: people, Materials: materials, Audit: audit.New(house), Logger: slog.New(slog.DiscardHandler),
	})
	general := &slow{ExecutableSchema: generated.NewExecutableSchema(generated.Config{
		Resolvers:  &graph.Resolver{Residents: people, Catalogue: services, Materials: materials, Casework: work},
		Directives: generated.DirectiveRoot{Access: graph.Access},
	})}
	c := &counter{store: house, general: general, plain: executor.New(general), express: executor.New(express.New(general, work))}
	for _, one := range []*executor.Executor{c.plain, c.express} {
		one.SetQueryCache(graphql.MapCache[*ast.QueryDocument]{})
	}
	return c
}

// eachDatabase runs a test with so many cases on every database that there is.
func eachDatabase(t *testing.T, howMany int, run func(t *testing.T, c *counter)) {
	storetest.Each(t, func(t *testing.T, open func(t *testing.T, clock *storetest.Clock) *store.Store) {
		run(t, openCounter(t, open(t, storetest.NewClock("2026-03-02T09:00:00+08:00")), howMany))
	})
}

// ask runs an operation for a resident and gives the answer as values, with the number of statements that it cost.
func ask(t testing.TB, by *executor.Executor, person models.ID, locale models.Locale, text string, variables map[string]any) (answer any, statements int64) {
	t.Helper()
	ctx, counted := store.WithCounter(graphql.StartOperationTrace(t.Context()))
	ctx = caller.WithLocale(caller.WithActor(ctx, models.Actor{Kind: models.Resident, ID: person, Locale: locale}), locale)
	operation, faults := by.CreateOperationContext(ctx, &graphql.RawParams{Query: text, Variables: variables})
	if len(faults) > 0 {
		t.Fatal(faults)
	}
	handler, ctx := by.DispatchOperation(ctx, operation)
	response := handler(ctx)
	raw, err := json.Marshal(response)
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(raw, &answer); err != nil {
		t.Fatalf("%v: %s", err, raw)
	}
	return answer, counted.Load()
}

func clientOperation(t testing.TB, name string) string {
	t.Helper()
	text, _, err := operation("../../graph/testdata/operations", name)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

type filedCase struct {
	Number, Person, State string
}

func filed(t testing.TB, c *counter) []filedCase {
	t.Helper()
	var found []filedCase
	err := c.store.Reader(t.Context()).Raw("SELECT number, CAST(applicant_id AS text) AS person, state FROM casework_applications ORDER BY id").Scan(&found).Error
	if err != nil || len(found) == 0 {
		t.Fatal(err, "no cases")
	}
	return found
}

func TestFastAnswersAreTheExecutorsAndCostFewStatements(t *testing.T) {
	const mostForProgress, mostForList = 4, 5
	eachDatabase(t, 40, func(t *testing.T, c *counter) {
		progress, mine := clientOperation(t, "Progress"), clientOperation(t, "MyApplications")
		states := map[string]bool{}
		for _, one := range filed(t, c) {
			states[one.State] = true
			person := models.ID(one.Person)
			for _, question := range []struct {
				name, text string
				variables  map[string]any
				most       int64
			}{
				{"Progress", progress, map[string]any{"number": one.Number}, mostForProgress},
				{"Progress, a page", progress, map[string]any{"number": one.Number, "first": json.Number("2"), "after": store.Cursor(1)}, mostForProgress},
				{"MyApplications", mine, map[string]any{"first": json.Number("20")}, mostForList},
				{"MyApplications, a page", mine, map[string]any{"first": json.Number("1")}, mostForList},
			} {
				for _, locale := range []models.Locale{models.Chinese, models.English} {
					want, slowStatements := ask(t, c.plain, person, locale, question.text, question.variables)
					before := c.general.runs.Load()
					got, statements := ask(t, c.express, person, locale, question.text, question.variables)
					if difference := cmp.Diff(want, got); difference != "" {
						t.Fatalf("%s of %s (%s): the fast answer is another (-executor +fast):\n%s", question.name, one.Number, locale, difference)
					}
					if c.general.runs.Load() != before {
						t.Fatalf("%s of %s was left to the executor", question.name, one.Number)
					}
					if statements > question.most || slowStatements > question.most {
						t.Fatalf("%s of %s cost %d statements, by the executor %d; at most %d", question.name, one.Number, statements, slowStatements, question.most)
					}
				}
			}
		}
		if len(states) != 4 {
			t.Fatalf("the cases are in %v only", states)
		}
	})
}

func TestWhatIsNotPlainlyOneOfTheTwoQuestionsIsLeftToTheExecutor(t *testing.T) {
	eachDatabase(t, 12, func(t *testing.T, c *counter) {
		one := filed(t, c)[0]
		nobody := models.NewID()
		for name, question := range map[string]struct {
			person    models.ID
			text      string
			variables map[string]any
		}{
			"a directive":          {models.ID(one.Person), `query ($number: String!, $no: Boolean = false) { applicationByNumber(number: $number) { id state @skip(if: $no) } }`, map[string]any{"number": one.Number}},
			"a field with more":    {models.ID(one.Person), `query ($number: String!) { applicationByNumber(number: $number) { receipt { number } } }`, map[string]any{"number": one.Number}},
			"two roots":            {models.ID(one.Person), `query ($number: String!) { a: applicationByNumber(number: $number) { id } b: applicationByNumber(number: $number) { state } }`, map[string]any{"number": one.Number}},
			"a number nobody has":  {models.ID(one.Person), `{ applicationByNumber(number: "202601010000000000") { id } }`, nil},
			"somebody else's case": {nobody, `query ($number: String!) { applicationByNumber(number: $number) { id } }`, map[string]any{"number": one.Number}},
			"a wrong cursor":       {models.ID(one.Person), `query ($number: String!) { applicationByNumber(number: $number) { timeline(after: "x") { edges { cursor } } } }`, map[string]any{"number": one.Number}},
			"nobody's list":        {nobody, `{ viewer { applications { totalCount } } }`, nil},
			"some states":          {models.ID(one.Person), `{ viewer { applications(states: [COMPLETED]) { totalCount } } }`, nil},
		} {
			want, _ := ask(t, c.plain, question.person, models.Chinese, question.text, question.variables)
			before := c.general.runs.Load()
			got, _ := ask(t, c.express, question.person, models.Chinese, question.text, question.variables)
			if difference := cmp.Diff(want, got); difference != "" {
				t.Errorf("%s: the answer is another (-executor +fast):\n%s", name, difference)
			}
			if c.general.runs.Load() != before+1 {
				t.Errorf("%s was not left to the executor", name)
			}
		}
	})
}

func TestAliasesAndTypeNames(t *testing.T) {
	eachDatabase(t, 12, func(t *testing.T, c *counter) {
		for _, one := range filed(t, c) {
			text := fmt.Sprintf(`{ mine: applicationByNumber(number: %q) { __typename ours: number item { __typename code } ... on Application { when: dueAt item { name } }
				line: timeline(first: 3) { __typename edges { __typename node { __typename kind } } pageInfo { __typename hasPreviousPage startCursor } } } }`, one.Number)
			want, _ := ask(t, c.plain, models.ID(one.Person), models.English, text, nil)
			before := c.general.runs.Load()
			got, _ := ask(t, c.express, models.ID(one.Person), models.English, text, nil)
			if difference := cmp.Diff(want, got); difference != "" || c.general.runs.Load() != before {
				t.Fatalf("the fast answer is another, or none (-executor +fast):\n%s", difference)
			}
		}
	})
}

// The benchmarks are the two questions inside the window, without HTTP, on SQLite: "fast" as they are answered, "executor" as
// they would be without the fast answers.
func BenchmarkProgress(b *testing.B) {
	benchmark(b, "Progress", func(one filedCase) map[string]any { return map[string]any{"number": one.Number} })
}

func BenchmarkMyApplications(b *testing.B) {
	benchmark(b, "MyApplications", func(filedCase) map[string]any { return map[string]any{"first": json.Number("20")} })
}

func benchmark(b *testing.B, name string, variables func(one filedCase) map[string]any) {
	c := openCounter(b, storetest.Open(b, "", storetest.NewClock("2026-03-02T09:00:00+08:00")), 40)
	text, all := clientOperation(b, name), filed(b, c)
	for way, by := range map[string]*executor.Executor{"fast": c.express, "executor": c.plain} {
		b.Run(way, func(b *testing.B) {
			b.ReportAllocs()
			for turn := 0; b.Loop(); turn++ {
				one := all[turn%len(all)]
				ask(b, by, models.ID(one.Person), models.Chinese, text, variables(one))
			}
		})
	}
}
