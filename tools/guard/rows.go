package main

import (
	"context"
	"fmt"
	"net/http"
	"strings"
)

const (
	refused    = "`BAD_USER_INPUT`"
	tooComplex = "422 `TOO_COMPLEX`"
	stranger   = "401 `UNAUTHENTICATED`"
)

func repeat(text string, times int) string { return strings.Repeat(text, times) }

// numbered repeats a text with %d counted up.
func numbered(text string, times int) string {
	var all strings.Builder
	for i := range times {
		all.WriteString(strings.ReplaceAll(text, "%d", fmt.Sprint(i)))
	}
	return all.String()
}

// doubling are fragments that each hold the next one twice: 2^times fields.
func doubling(times int) string {
	var all strings.Builder
	all.WriteString("{ ...F0 }")
	for i := range times {
		fmt.Fprintf(&all, " fragment F%d on Query { ...F%d ...F%d }", i, i+1, i+1)
	}
	fmt.Fprintf(&all, " fragment F%d on Query { __typename }", times)
	return all.String()
}

func upload(files int) string {
	var body strings.Builder
	for i := range files {
		fmt.Fprintf(&body, "--x\r\nContent-Disposition: form-data; name=\"%d\"; filename=\"a.pdf\"\r\n\r\n%%PDF\r\n", i)
	}
	return body.String() + "--x--\r\n"
}

func rows() []row {
	post := func(body string, headers ...string) func(context.Context, *running, string) (string, error) {
		return request(http.MethodPost, "/graphql", body, set(headers...))
	}
	const multipart = "multipart/form-data; boundary=x"
	return []row{
		{"headers 8 KB", "9 KB", 200, false, request(http.MethodGet, "/healthz", "", set("X-Large", repeat("x", 9<<10))), "431 " + refused},
		{"headers 8 KB", "30 KB, without end", 50, false, wire("GET / HTTP/1.1\r\nHost: x\r\nX: " + repeat("x", 21<<10)), "431 " + refused},
		{"headers in 5 s", "a header that does not end", 1, false, wire("GET / HTTP/1.1\r\nHost: x\r\n"), "closed"},
		{"well-formed HTTP", "a request line that is none", 200, false, wire("hello\r\n\r\n"), "400 " + refused},
		{"body 128 KB", "130 KB", 200, false, post(query("#" + repeat("x", 130<<10))), "413 " + refused},
		{"body in 10 s", "a body that does not come", 1, false, wire("POST /graphql HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 9\r\n\r\n{"), "408 " + refused},
		{"no encoding", "gzip", 200, false, post(query("{ __typename }"), "Content-Encoding", "gzip"), "415 " + refused},
		{"upload 3 files", "4 files", 200, false, post(upload(4), "Content-Type", multipart, "GraphQL-Require-Preflight", "1", "Authorization", "Bearer"), "400 " + refused},
		{"uploads of who is known", "32 MB of a stranger announced", 20, false, wire("POST /graphql HTTP/1.1\r\nHost: x\r\nContent-Type: " + multipart + "\r\nGraphQL-Require-Preflight: 1\r\nContent-Length: 33554432\r\n\r\n"), "401 `UNAUTHENTICATED`"},
		{"upload 10 MB a file", "11 MB to /files", 10, false, request(http.MethodPost, "/files", repeat("x", 11<<20), set("Content-Type", multipart, "Authorization", "Bearer")), "413 " + refused},
		{"preflight header", "multipart without it", 200, false, post(upload(1), "Content-Type", multipart), "403 `FORBIDDEN`"},
		{"envelope: one object", "a list of 1,000", 200, false, post("[" + repeat(query("{ __typename }")+",", 999) + query("{ __typename }") + "]"), "400 " + refused},
		{"envelope: a key once", "query twice", 200, false, post(`{"query":"{ __typename }","query":"{ __typename }"}`), "400 " + refused},
		{"envelope: nesting 32", "60,000 deep", 200, false, post(`{"variables":` + repeat("[", 60_000) + repeat("]", 60_000) + `}`), "400 " + refused},
		{"envelope: 500 keys", "10,000 keys", 200, false, post(`{"variables":{` + numbered(`"k%d":1,`, 9999) + `"k":1}}`), "400 " + refused},
		{"envelope: UTF-8", "half a character", 200, false, post("{\"query\":\"\xe4\xb8\"}"), "400 " + refused},
		{"document 32 KB", "40 KB", 200, false, document("{ __typename } #" + repeat("x", 40<<10)), tooComplex},
		{"document 2,000 tokens", "16,000 brackets in each other", 200, false, document("{ a(b: " + repeat("[", 16_000)), tooComplex},
		{"document 2,000 tokens", "5,000 fields", 200, false, document("{ " + repeat("a ", 5000) + "}"), tooComplex},
		{"depth 12", "50", 200, false, document(repeat("{ a ", 50) + repeat("}", 50)), tooComplex},
		{"300 fields, fragments expanded", "fragments that double 25 times", 200, false, document(doubling(25)), tooComplex},
		{"fragments end", "a fragment in itself", 200, false, document("{ ...F } fragment F on Query { ...F }"), "400 " + refused},
		{"30 aliases", "31", 200, false, document("{ " + numbered("a%d: __typename ", 31) + "}"), tooComplex},
		{"30 fragments", "31", 200, false, document("{ " + numbered("...F%d ", 31) + "} " + numbered("fragment F%d on Query { __typename } ", 31)), tooComplex},
		{"20 directives", "21", 200, false, document("{ __typename " + repeat("@skip(if: false) ", 21) + "}"), tooComplex},
		{"10 operations", "11", 200, false, document(numbered("query Q%d { __typename } ", 11)), tooComplex},
		{"one mutation field", "logout twice", 200, false, document("mutation { a: logout { done } b: logout { done } }"), tooComplex},
		{"cost 5,000", "100 × 100", 200, false, document("{ viewer { applications(first: 100) { edges { node { timeline(first: 100) { edges { node { at } } } } } } } }"), tooComplex},
		{"first 1..100", "101", 200, false, document("{ serviceItems(first: 101) { totalCount } }"), "400 " + refused},
		{"trusted documents", "another, in production", 20, true, document("{ __typename }"), "422 `PERSISTED_QUERY_NOT_FOUND`"},
		{"rate 60, then 1 a second", "100 at once, in production", 100, true, document("{ __typename }"), "429 `RATE_LIMITED`"},
		{"one code a minute", "a second one", 5, false, document(`mutation { requestLoginCode(input: {phone: "13800000002"}) { problems { code } } }`), "200 `TOO_SOON`"},
		{"token 2 KB", "3 KB", 200, false, post(query("{ __typename }"), "Authorization", "Bearer "+repeat("x", 3000)), stranger},
		{"our keys, one algorithm", "alg none", 200, false, post(query("{ __typename }"), "Authorization", "Bearer eyJhbGciOiJub25lIn0.eyJzdWIiOiJ4In0."), stranger},
		{"links of 128 bits", "another", 200, false, request(http.MethodGet, "/files/AAAAAAAAAAAAAAAAAAAAAA", "", nil), "404 `NOT_FOUND`"},
		{"writes from our pages", "another Origin", 200, false, post(query("{ __typename }"), "Origin", "https://evil.example"), "403 `FORBIDDEN`"},
		{"queries by GET", "a mutation", 200, false, request(http.MethodGet, "/graphql?query=mutation%7Blogout%7Bdone%7D%7D", "", nil), "405 " + refused},
	}
}
