package door

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2"
	"github.com/vektah/gqlparser/v2/ast"

	"onewindow/graph/caller"
	"onewindow/models"
)

// testSchema is a window small enough to see through: what the door does is the same for the large one.
var testSchema = gqlparser.MustLoadSchema(&ast.Source{Input: `
	scalar Upload
	enum State { DRAFT SUBMITTED }
	input NameInput { name: String! state: State states: [State!] }
	type Person { id: ID! name: String! friends(first: Int): PersonConnection! parent: Person }
	type PersonConnection { nodes: [Person!]! }
	type Query {
		hello: String!
		whoami: String
		greet(input: NameInput!): String
		byState(states: [State!]): String
		person: Person
		people(first: Int, after: String): PersonConnection!
		broken: String
		panics: String
		missing: String
		busy: String
		slow: String
		many: String
	}
	type Mutation { rename(name: String!): String  upload(file: Upload!): String }
	type Subscription { ticks(count: Int!): String!  private: String! }
`})

var errPlanted = errors.New("database is on fire")

// tinySchema runs an operation's root fields; nested selections of objects are not its business.
type tinySchema struct{}

func (tinySchema) Schema() *ast.Schema { return testSchema }

func (tinySchema) Complexity(context.Context, string, string, int, map[string]any) (int, bool) {
	return 0, false
}

func (t tinySchema) Exec(ctx context.Context) graphql.ResponseHandler {
	operation := graphql.GetOperationContext(ctx)
	if operation.Operation.Operation == ast.Subscription {
		return t.subscribe(ctx, operation)
	}
	root := map[ast.Operation]string{ast.Query: "Query", ast.Mutation: "Mutation"}[operation.Operation.Operation]
	answered := false
	return func(ctx context.Context) *graphql.Response {
		if answered {
			return nil
		}
		answered = true
		data := map[string]any{}
		failed := false
		for _, field := range graphql.CollectFields(operation, operation.Operation.SelectionSet, []string{root}) {
			fieldCtx := graphql.WithFieldContext(ctx, &graphql.FieldContext{Object: root, Field: field})
			value, err := t.resolve(fieldCtx, root, field, operation.Variables)
			if err != nil {
				graphql.AddError(fieldCtx, err)
				failed = true
			}
			data[field.Alias] = value
		}
		raw := []byte("null")
		if !failed {
			raw, _ = json.Marshal(data)
		}
		return &graphql.Response{Data: raw}
	}
}

func (tinySchema) resolve(ctx context.Context, root string, field graphql.CollectedField, variables map[string]any) (value any, err error) {
	defer func() {
		if caught := recover(); caught != nil {
			err = graphql.Recover(ctx, caught)
		}
	}()
	arguments := field.ArgumentMap(variables)
	switch field.Name {
	case "__typename":
		return root, nil
	case "whoami":
		actor := caller.ActorFrom(ctx)
		return fmt.Sprintf("%s %s %s %s", actor.Kind, actor.ID, actor.Address, actor.Locale), nil
	case "greet":
		return "hello " + fmt.Sprint(arguments["input"].(map[string]any)["name"]), nil
	case "broken":
		return nil, fmt.Errorf("read person: %w", errPlanted)
	case "panics":
		panic(errPlanted)
	case "missing":
		return nil, fmt.Errorf("find: %w", models.NotFound())
	case "busy":
		return nil, models.RateLimited(7)
	case "slow":
		<-ctx.Done()
		return nil, ctx.Err()
	case "many":
		for range 20 {
			graphql.AddError(ctx, models.NotFound())
		}
		return nil, nil
	case "upload":
		upload := arguments["file"].(graphql.Upload)
		content, err := io.ReadAll(upload.File)
		return fmt.Sprintf("%s %d %d", upload.Filename, upload.Size, len(content)), err
	}
	return "world", nil
}

func (tinySchema) subscribe(ctx context.Context, operation *graphql.OperationContext) graphql.ResponseHandler {
	field := operation.Operation.SelectionSet[0].(*ast.Field)
	if field.Name == "private" && caller.ActorFrom(ctx).Kind == models.Anonymous {
		graphql.AddError(ctx, models.NotSignedIn())
		return nil
	}
	count, done := int64(1<<30), int64(0)
	if given, isNumber := field.ArgumentMap(operation.Variables)["count"].(int64); isNumber {
		count = given
	}
	return func(ctx context.Context) *graphql.Response {
		if done >= count {
			return nil
		}
		if done > 2 { // endless ones wait
			select {
			case <-ctx.Done():
				return nil
			case <-time.After(20 * time.Millisecond):
			}
		}
		done++
		return &graphql.Response{Data: []byte(fmt.Sprintf(`{%q:"%d"}`, field.Alias, done))}
	}
}

// tokens are who may come in: the test's register.
func authenticate(_ context.Context, bearer string) (models.Actor, error) {
	switch bearer {
	case "resident":
		return models.Actor{Kind: models.Resident, ID: "r1"}, nil
	case "staff":
		return models.Actor{Kind: models.Staff, ID: "s1"}, nil
	case "broken":
		return models.Actor{}, errPlanted
	}
	return models.Actor{}, invalidToken()
}

// testDoor gives a door and what it logged.
func testDoor(t *testing.T, change ...func(*Config)) (*Door, *bytes.Buffer) {
	t.Helper()
	logged := &bytes.Buffer{}
	config := Config{
		Schema: tinySchema{}, Authenticate: authenticate, Limits: DefaultLimits(),
		Logger: slog.New(slog.NewJSONHandler(logged, nil)),
	}
	for _, apply := range change {
		apply(&config)
	}
	door := New(config)
	t.Cleanup(door.Close)
	return door, logged
}

// answer is what came back.
type answer struct {
	status int
	header http.Header
	raw    string
	Data   json.RawMessage
	Errors []struct {
		Message    string
		Path       []any
		Locations  []any
		Extensions map[string]any
	}
}

func (a answer) code() string {
	if len(a.Errors) == 0 {
		return ""
	}
	code, _ := a.Errors[0].Extensions["code"].(string)
	return code
}

func serve(t *testing.T, handler http.Handler, r *http.Request) answer {
	t.Helper()
	w := httptest.NewRecorder()
	handler.ServeHTTP(w, r)
	got := answer{status: w.Code, header: w.Header(), raw: w.Body.String()}
	if strings.HasPrefix(got.header.Get("Content-Type"), "application/") {
		if err := json.Unmarshal(w.Body.Bytes(), &got); err != nil {
			t.Fatalf("answer is no JSON: %s", got.raw)
		}
	}
	return got
}

func post(body string, headers ...string) *http.Request {
	r := httptest.NewRequest(http.MethodPost, "/graphql", strings.NewReader(body))
	r.Header.Set("Content-Type", "application/json")
	for i := 0; i+1 < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	return r
}

// query is a request body.
func query(document string) string {
	raw, _ := json.Marshal(map[string]any{"query": document})
	return string(raw)
}
