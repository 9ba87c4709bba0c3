package main

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// signIn signs a resident in with the code that the demo's outbox holds.
func (s *running) signIn(ctx context.Context, phone string) (string, error) {
	url := "http://" + s.address + "/graphql"
	_, answer, err := post(ctx, http.DefaultClient, url, "", query(`mutation { requestLoginCode(input: {phone: "`+phone+`"}) { problems { code } } }`))
	if err != nil || !strings.Contains(answer, `"problems":[]`) {
		return "", fmt.Errorf("no code: %s %w", answer, err)
	}
	code, err := s.code(phone)
	if err != nil {
		return "", err
	}
	_, answer, err = post(ctx, http.DefaultClient, url, "", query(
		`mutation { login(input: {phone: "`+phone+`", code: "`+code+`"}) { session { accessToken } } }`))
	if err != nil {
		return "", err
	}
	var said struct {
		Data struct {
			Login struct{ Session struct{ AccessToken string } }
		}
	}
	if err := json.Unmarshal([]byte(answer), &said); err != nil {
		return "", err
	}
	return said.Data.Login.Session.AccessToken, nil
}

// code reads the newest code for a phone out of the outbox.
func (s *running) code(phone string) (string, error) {
	for range 100 {
		raw, _ := os.ReadFile(filepath.Join(s.folder, "data", "outbox", "sms.jsonl")) // not there yet: nothing was sent
		found := ""
		for line := range strings.SplitSeq(string(raw), "\n") {
			var message struct {
				To   string
				Data struct{ Code string }
			}
			if json.Unmarshal([]byte(line), &message) == nil && message.To == phone && message.Data.Code != "" {
				found = message.Data.Code
			}
		}
		if found != "" {
			return found, nil
		}
		time.Sleep(50 * time.Millisecond)
	}
	return "", fmt.Errorf("no code arrived")
}

// query is a request body.
func query(document string) string {
	raw, _ := json.Marshal(map[string]string{"query": document}) // texts always encode
	return string(raw)
}
