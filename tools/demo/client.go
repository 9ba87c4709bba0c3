package main

import (
	"bytes"
	"context"
	_ "embed"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime/multipart"
	"net/http"
	"regexp"
	"strings"
	"time"
)

//go:embed operations.graphql
var operations string

// operationStart is where an operation of the file begins.
var operationStart = regexp.MustCompile(`(?m)^(query|mutation|subscription) (\w+)`)

// operationText cuts one operation out of the file.
func operationText(name string) string {
	starts := operationStart.FindAllStringSubmatchIndex(operations, -1)
	for position, start := range starts {
		end := len(operations)
		if position+1 < len(starts) {
			end = starts[position+1][0]
		}
		if operations[start[4]:start[5]] == name {
			return strings.TrimSpace(operations[start[0]:end])
		}
	}
	panic("no operation " + name)
}

// The languages of answers.
const (
	chinese = "zh"
	english = "en"
)

// values are the variables of an operation.
type values map[string]any

// client speaks to the server for one person.
type client struct {
	base  string
	token string
}

// answerOf is the envelope of every answer.
type answerOf struct {
	Data   json.RawMessage `json:"data"`
	Errors []struct {
		Message    string         `json:"message"`
		Extensions map[string]any `json:"extensions"`
	} `json:"errors"`
}

func (a answerOf) into(operation string, target any) error {
	if len(a.Errors) > 0 {
		return fmt.Errorf("%s: %v: %s", operation, a.Errors[0].Extensions["code"], a.Errors[0].Message)
	}
	if err := json.Unmarshal(a.Data, target); err != nil {
		return fmt.Errorf("%s: the answer cannot be read: %w", operation, err)
	}
	return nil
}

// ask sends an operation and reads its data.
func (c *client) ask(ctx context.Context, locale, operation string, variables values, target any) error {
	body, err := json.Marshal(map[string]any{"query": operationText(operation), "variables": variables})
	if err != nil {
		return err
	}
	return c.graphql(ctx, locale, operation, "application/json", body, target)
}

// upload sends an operation with one file, as the variable "file" (GraphQL multipart request specification).
func (c *client) upload(ctx context.Context, operation string, variables values, name string, content []byte, target any) error {
	variables["file"] = nil
	request, err := json.Marshal(map[string]any{"query": operationText(operation), "variables": variables})
	if err != nil {
		return err
	}
	var body bytes.Buffer
	form := multipart.NewWriter(&body)
	wrong := errors.Join(form.WriteField("operations", string(request)), form.WriteField("map", `{"0":["variables.file"]}`))
	part, err := form.CreateFormFile("0", name)
	if err = errors.Join(wrong, err); err != nil {
		return err
	}
	_, err = part.Write(content)
	if err = errors.Join(err, form.Close()); err != nil {
		return err
	}
	return c.graphql(ctx, chinese, operation, form.FormDataContentType(), body.Bytes(), target)
}

func (c *client) graphql(ctx context.Context, locale, operation, contentType string, body []byte, target any) error {
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, c.base+"/graphql", bytes.NewReader(body))
	if err != nil {
		return err
	}
	request.Header.Set("Content-Type", contentType)
	request.Header.Set("Accept-Language", locale)
	request.Header.Set("GraphQL-Require-Preflight", "1")
	if c.token != "" {
		request.Header.Set("Authorization", "Bearer "+c.token)
	}
	var answer answerOf
	if err := send(request, &answer); err != nil {
		return fmt.Errorf("%s: %w", operation, err)
	}
	return answer.into(operation, target)
}

// send does a request and reads the JSON that comes back.
func send(request *http.Request, target any) error {
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return err
	}
	defer func() { _ = response.Body.Close() }()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		return err
	}
	if err := json.Unmarshal(body, target); err != nil {
		return fmt.Errorf("status %d, and no JSON", response.StatusCode)
	}
	return nil
}

// moveClock moves the demo's clock on; by 0 only reads it.
func (c *client) moveClock(ctx context.Context, by time.Duration) (time.Time, error) {
	method, body := http.MethodGet, io.Reader(http.NoBody)
	if by > 0 {
		method, body = http.MethodPost, strings.NewReader(fmt.Sprintf(`{"advance":"%s"}`, by))
	}
	request, err := http.NewRequestWithContext(ctx, method, c.base+"/demo/clock", body)
	if err != nil {
		return time.Time{}, err
	}
	request.Header.Set("Content-Type", "application/json")
	var answer struct{ Now time.Time }
	if err := send(request, &answer); err != nil {
		return time.Time{}, fmt.Errorf("the demo's clock: %w", err)
	}
	if answer.Now.IsZero() {
		return time.Time{}, errors.New("the demo's clock does not answer: is this server running with -demo?")
	}
	return answer.Now, nil
}
