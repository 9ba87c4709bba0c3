package door

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"onewindow/models"
)

func TestOperationsAreServed(t *testing.T) {
	door, _ := testDoor(t)
	for name, request := range map[string]*http.Request{
		"POST":                      post(query("{ hello }")),
		"POST with charset":         post(query("{ hello }"), "Content-Type", "application/json; charset=utf-8"),
		"POST with nulls":           post(`{"query":"{ hello }","variables":null,"operationName":null,"extensions":null}`),
		"POST of a mutation":        post(query(`mutation { hello: rename(name: "x") }`)),
		"GET":                       httptest.NewRequest(http.MethodGet, "/graphql?query="+url.QueryEscape("{ hello }"), nil),
		"GET with empty variables":  httptest.NewRequest(http.MethodGet, "/graphql?variables=&query="+url.QueryEscape("{ hello }"), nil),
		"GET with variables":        httptest.NewRequest(http.MethodGet, "/graphql?variables=%7B%7D&query="+url.QueryEscape("{ hello }"), nil),
		"one of several operations": post(`{"query":"query A { a: hello } query B { hello }","operationName":"B"}`),
	} {
		got := serve(t, door, request)
		if got.status != http.StatusOK || string(got.Data) != `{"hello":"world"}` || got.Errors != nil {
			t.Errorf("%s: %d %s", name, got.status, got.raw)
		}
		if got.header.Get("Cache-Control") != "no-store" || got.header.Get("X-Content-Type-Options") != "nosniff" {
			t.Errorf("%s: headers %v", name, got.header)
		}
	}
}

func TestTheAnswersMediaTypeFollowsAccept(t *testing.T) {
	door, _ := testDoor(t)
	for accept, want := range map[string]string{
		"":                                  mediaJSON,
		"*/*":                               mediaJSON,
		"application/json":                  mediaJSON,
		"application/graphql-response+json": mediaResponse,
		"application/graphql-response+json, application/json;q=0.9": mediaResponse,
		"application/graphql-response+json;q=0, application/json":   mediaJSON,
		"text/html": mediaJSON,
	} {
		got := serve(t, door, post(query("{ hello }"), "Accept", accept))
		if got.header.Get("Content-Type") != want+"; charset=utf-8" {
			t.Errorf("%q: %s", accept, got.header.Get("Content-Type"))
		}
	}
}

// Every refusal has its status, its code and JSON; none repeats what was sent.
func TestRefusals(t *testing.T) {
	door, _ := testDoor(t)
	const planted = "110101199003070011"
	get := func(parameters string) *http.Request {
		return httptest.NewRequest(http.MethodGet, "/graphql?"+parameters, nil)
	}
	deep := strings.Repeat(`{"a":`, 40) + "1" + strings.Repeat("}", 40)
	wide := make([]string, 600)
	for i := range wide {
		wide[i] = fmt.Sprintf(`"k%d":1`, i)
	}
	cases := []struct {
		name    string
		request *http.Request
		status  int
		code    string
	}{
		{"another method", httptest.NewRequest(http.MethodPut, "/graphql", nil), 405, "BAD_USER_INPUT"},
		{"no content type", post(query("{ hello }"), "Content-Type", ""), 415, "BAD_USER_INPUT"},
		{"text", post(query("{ hello }"), "Content-Type", "text/plain"), 415, "BAD_USER_INPUT"},
		{"another charset", post(query("{ hello }"), "Content-Type", "application/json; charset=gbk"), 415, "BAD_USER_INPUT"},
		{"compressed", post(query("{ hello }"), "Content-Encoding", "gzip"), 415, "BAD_USER_INPUT"},
		{"not JSON", post(`{"query": ` + planted + planted + `x`), 400, "BAD_USER_INPUT"},
		{"not UTF-8", post("{\"query\":\"\xff" + planted + "\"}"), 400, "BAD_USER_INPUT"},
		{"a list of operations", post(`[{"query":"{ hello }"}]`), 400, "BAD_USER_INPUT"},
		{"something after it", post(`{"query":"{ hello }"} {"query":"{ hello }"}`), 400, "BAD_USER_INPUT"},
		{"an unknown key", post(`{"query":"{ hello }","id` + planted + `":1}`), 400, "BAD_USER_INPUT"},
		{"a key twice", post(`{"query":"{ hello }","query":"{ whoami }"}`), 400, "BAD_USER_INPUT"},
		{"a key twice further in", post(`{"query":"{ hello }","variables":{"a":1,"a":2}}`), 400, "BAD_USER_INPUT"},
		{"no query", post(`{}`), 400, "BAD_USER_INPUT"},
		{"query is a number", post(`{"query":1}`), 400, "BAD_USER_INPUT"},
		{"variables are a text", post(`{"query":"{ hello }","variables":"x"}`), 400, "BAD_USER_INPUT"},
		{"nested too deeply", post(`{"query":"{ hello }","variables":` + deep + `}`), 400, "BAD_USER_INPUT"},
		{"too many keys", post(`{"query":"{ hello }","variables":{` + strings.Join(wide, ",") + `}}`), 400, "BAD_USER_INPUT"},
		{"too large", post(query("{ hello } #" + strings.Repeat("x", 130<<10))), 413, "BAD_USER_INPUT"},
		{"an unknown document", post(`{"documentId":"` + planted + `"}`), 422, "PERSISTED_QUERY_NOT_FOUND"},
		{"an unknown persisted query", post(`{"extensions":{"persistedQuery":{"version":1,"sha256Hash":"aa"}}}`), 422, "PERSISTED_QUERY_NOT_FOUND"},
		{"GET without query", get(""), 400, "BAD_USER_INPUT"},
		{"GET with a key twice", get("query=%7Bhello%7D&query=%7Bhello%7D"), 400, "BAD_USER_INPUT"},
		{"GET of a mutation", get("query=" + url.QueryEscape(`mutation { rename(name: "x") }`)), 405, "BAD_USER_INPUT"},
		{"a subscription without a stream", post(query("subscription { ticks(count: 1) }")), 400, "BAD_USER_INPUT"},
		{"an unknown field, plain JSON", post(query("{ id" + planted + " }")), 200, "BAD_USER_INPUT"},
		{"an unknown field", post(query("{ id"+planted+" }"), "Accept", mediaResponse), 400, "BAD_USER_INPUT"},
		{"not GraphQL", post(query("{ "+planted), "Accept", mediaResponse), 400, "BAD_USER_INPUT"},
		{"no such operation", post(`{"query":"query A { hello }","operationName":"id`+planted+`"}`, "Accept", mediaResponse), 400, "BAD_USER_INPUT"},
		{"a variable that does not fit", post(`{"query":"query($i: NameInput!) { greet(input: $i) }","variables":{"i":{"name":`+planted+`.5,"state":"`+planted+`"}}}`, "Accept", mediaResponse), 400, "BAD_USER_INPUT"},
		{"an enum value in other case", post(`{"query":"query($i: NameInput!) { greet(input: $i) }","variables":{"i":{"name":"a","state":"draft"}}}`, "Accept", mediaResponse), 400, "BAD_USER_INPUT"},
		{"an enum value in other case, in a list", post(`{"query":"query($s: [State!]) { byState(states: $s) }","variables":{"s":"draft"}}`, "Accept", mediaResponse), 400, "BAD_USER_INPUT"},
		{"a page too long", post(query("{ people(first: 101) { nodes { id } } }"), "Accept", mediaResponse), 400, "BAD_USER_INPUT"},
		{"too much at once", post(query("{ people(first: 100) { nodes { friends(first: 100) { nodes { id } } } } }")), 422, "TOO_COMPLEX"},
		{"two changes at once", post(query(`mutation { a: rename(name: "x") b: rename(name: "y") }`)), 422, "TOO_COMPLEX"},
		{"another scheme", post(query("{ hello }"), "Authorization", "Basic "+planted), 401, "UNAUTHENTICATED"},
		{"a token that does not hold", post(query("{ hello }"), "Authorization", "Bearer "+planted), 401, "UNAUTHENTICATED"},
		{"a token too long", post(query("{ hello }"), "Authorization", "Bearer "+strings.Repeat("x", 2049)), 401, "UNAUTHENTICATED"},
		{"signed in by something broken", post(query("{ hello }"), "Authorization", "Bearer broken"), 500, "INTERNAL"},
		{"not found", post(query("{ missing }")), 200, "NOT_FOUND"},
		{"something broken", post(query("{ broken }")), 200, "INTERNAL"},
		{"something that panics", post(query("{ panics }")), 200, "INTERNAL"},
		{"too often", post(query("{ busy }")), 429, "RATE_LIMITED"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			got := serve(t, door, c.request)
			if got.status != c.status || got.code() != c.code {
				t.Errorf("got %d %s, want %d %s: %s", got.status, got.code(), c.status, c.code, got.raw)
			}
			for _, leak := range []string{planted, "fire", "gqlparser", "Did you mean", "json", "goroutine"} {
				if strings.Contains(got.raw, leak) {
					t.Errorf("the answer holds %q: %s", leak, got.raw)
				}
			}
			if c.status == 429 && got.header.Get("Retry-After") != "7" {
				t.Errorf("Retry-After %q", got.header.Get("Retry-After"))
			}
			if c.status == 401 && got.header.Get("WWW-Authenticate") != "Bearer" {
				t.Error("no WWW-Authenticate")
			}
		})
	}
}

func TestTheMessageIsInTheCallersLanguage(t *testing.T) {
	door, _ := testDoor(t)
	for language, want := range map[string]string{"": "没有找到", "zh-CN": "没有找到", "en-GB,en;q=0.9": "Not found", "fr": "没有找到"} {
		got := serve(t, door, post(query("{ missing }"), "Accept-Language", language))
		if got.Errors[0].Message != want {
			t.Errorf("%q: %s", language, got.Errors[0].Message)
		}
	}
}

func TestAnIncidentIsLoggedWithItsCauseAndNumber(t *testing.T) {
	door, logged := testDoor(t)
	got := serve(t, door, post(query("{ alias: broken }")))
	incident, _ := got.Errors[0].Extensions["incident"].(string)
	if len(incident) != 12 || !strings.Contains(logged.String(), incident) || !strings.Contains(logged.String(), errPlanted.Error()) ||
		!strings.Contains(logged.String(), "Query.broken") {
		t.Errorf("incident %q, log %s", incident, logged)
	}
	if len(got.Errors[0].Extensions) != 2 {
		t.Errorf("more than code and incident: %v", got.Errors[0].Extensions)
	}
}

func TestAnAnswerHoldsFewErrors(t *testing.T) {
	door, _ := testDoor(t)
	if got := serve(t, door, post(query("{ many }"))); len(got.Errors) != 5 {
		t.Errorf("%d errors", len(got.Errors))
	}
}

func TestTheDocumentsFaultNamesItsPlace(t *testing.T) {
	door, _ := testDoor(t)
	got := serve(t, door, post(query("{ hello\n nothing }"), "Accept-Language", "en"))
	place := fmt.Sprint(got.Errors[0].Locations)
	if got.Errors[0].Message != "The document asks for a field that does not exist" || place != "[map[column:2 line:2]]" {
		t.Errorf("%s %s", got.Errors[0].Message, place)
	}
	got = serve(t, door, post(`{"query":"query($i: NameInput!) { greet(input: $i) }","variables":{"i":{}}}`))
	if got.Errors[0].Extensions["variable"] != "i.name" {
		t.Errorf("%v", got.Errors[0].Extensions)
	}
}

func TestWhoAsksIsKnown(t *testing.T) {
	door, _ := testDoor(t)
	got := serve(t, door, post(query("{ whoami }"), "Authorization", "Bearer resident", "Accept-Language", "en", "X-Forwarded-For", "10.9.8.7"))
	if string(got.Data) != `{"whoami":"RESIDENT r1 192.0.2.1 en"}` {
		t.Error(got.raw)
	}
	got = serve(t, door, post(query("{ whoami }")))
	if string(got.Data) != `{"whoami":"ANONYMOUS  192.0.2.1 zh"}` {
		t.Error(got.raw)
	}
}

func TestTheBudgetIsAskedFirst(t *testing.T) {
	door, _ := testDoor(t, func(config *Config) {
		config.Admit = func(_ context.Context, actor models.Actor) time.Duration {
			if actor.Kind == models.Anonymous {
				return 1500 * time.Millisecond
			}
			return 0
		}
	})
	got := serve(t, door, post("no JSON at all"))
	if got.status != 429 || got.code() != "RATE_LIMITED" || got.header.Get("Retry-After") != "2" {
		t.Errorf("%d %s %v", got.status, got.raw, got.header)
	}
	if got := serve(t, door, post(query("{ hello }"), "Authorization", "Bearer resident")); got.status != 200 {
		t.Errorf("%d %s", got.status, got.raw)
	}
}

func TestIntrospectionIsForDevelopersOnly(t *testing.T) {
	const document = "{ __schema { types { name } } }"
	production, _ := testDoor(t, func(config *Config) { config.Production = true })
	if got := serve(t, production, post(query(document), "Accept", mediaResponse, "Authorization", "Bearer staff")); got.status != 400 || got.code() != "BAD_USER_INPUT" {
		t.Errorf("%d %s", got.status, got.raw)
	}
	door, _ := testDoor(t)
	if got := serve(t, door, post(query(document))); got.status != 200 || got.Errors != nil {
		t.Errorf("%d %s", got.status, got.raw)
	}
}

func TestASlowOperationEnds(t *testing.T) {
	door, _ := testDoor(t, func(config *Config) { config.Limits.Time = 20 * time.Millisecond })
	if got := serve(t, door, post(query("{ slow }"))); got.code() != "UNAVAILABLE" {
		t.Errorf("%d %s", got.status, got.raw)
	}
}

func TestASlowBodyIsNotWaitedFor(t *testing.T) {
	door, _ := testDoor(t, func(config *Config) { config.Limits.BodyTime = 50 * time.Millisecond })
	server := httptest.NewServer(door)
	defer server.Close()
	reader, writer := newSlowBody()
	defer writer.Close()
	request, _ := http.NewRequest(http.MethodPost, server.URL, reader)
	request.Header.Set("Content-Type", "application/json")
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	var got answer
	if err := json.NewDecoder(response.Body).Decode(&got); err != nil || response.StatusCode != http.StatusRequestTimeout {
		t.Errorf("%d %v", response.StatusCode, err)
	}
}
