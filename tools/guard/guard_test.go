package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"onewindow/models/store/storetest"
	"onewindow/server/app"
	"onewindow/server/config"
)

// diary keeps all that a system says.
type diary struct {
	mutex sync.Mutex
	said  bytes.Buffer
}

func (d *diary) Write(line []byte) (int, error) {
	d.mutex.Lock()
	defer d.mutex.Unlock()
	return d.said.Write(line)
}

func (d *diary) text() string {
	d.mutex.Lock()
	defer d.mutex.Unlock()
	return d.said.String()
}

// open starts a demo in this process, with everything logged.
func open(t *testing.T, folder, database, redis string) (*app.App, *running, *diary) {
	t.Helper()
	settings, err := config.Load([]string{"-demo", "-addr", "127.0.0.1:0", "-ops-addr", "127.0.0.1:0", "-data", folder},
		map[string]string{"ONEWINDOW_DATABASE_URL": database, "ONEWINDOW_REDIS_URL": redis})
	if err != nil {
		t.Fatal(err)
	}
	said := &diary{}
	system, err := app.New(context.Background(), settings, slog.New(slog.NewJSONHandler(said, &slog.HandlerOptions{Level: slog.LevelDebug})))
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- system.Run(ctx) }()
	t.Cleanup(func() {
		stop()
		if err := <-ended; err != nil {
			t.Error(err)
		}
		system.Close()
	})
	return system, &running{address: system.Address(), operations: system.OperationsAddress(), folder: filepath.Dir(folder)}, said
}

// What people say of themselves is in no log, no metric and no refusal, whatever goes wrong with it.
func TestNothingPersonalIsSaid(t *testing.T) {
	_, s, said := open(t, filepath.Join(t.TempDir(), "data"), "", "")
	const phone, name, number, address = "+8613800000005", "吴清明", "330109199704059968", "文三路九百九十九号"
	token, err := s.signIn(t.Context(), phone)
	if err != nil {
		t.Fatal(err)
	}
	code, err := s.code(phone)
	if err != nil {
		t.Fatal(err)
	}
	url := "http://" + s.address + "/graphql"
	bind := `mutation { bindIdentity(input: {name: "` + name + `", nationalId: "` + number + `", consents: [{purpose: "IDENTITY_BINDING", version: "1"}]}) { identity { status } problems { code } } }`
	bound := false
	var refusals strings.Builder
	for _, one := range []struct{ token, body string }{
		{token, query(bind)},
		{token, query(strings.Replace(bind, number, "330109199704059967", 1))},
		{"", query(bind)},
		{token, query(`{ viewer { ` + number + ` } }`)},
		{token, query(`{ ` + number)},
		{token, `{"query":"` + name + address},
		{token, `{"query":"query($i: BindIdentityInput!) { x }","variables":{"i":{"name":{"` + name + `":"` + address + `"},"nationalId":` + number + `}}}`},
		{token, `{"query":"mutation($i: SaveAnswersInput!) { saveAnswers(input: $i) { problems { code } } }","variables":{"i":{"applicationId":"` + number + `","answers":[{"key":"address","value":"` + address + `"}]}}}`},
		{token, query(`mutation { login(input: {phone: "` + phone + `", code: "` + code + `"}) { problems { code } } }`)},
		{token + "x", query(`{ viewer { id } }`)},
		{"", `{"query":"{ serviceItems(search: \"` + name + address + `\") { totalCount } }"}`},
	} {
		_, answer, err := post(t.Context(), http.DefaultClient, url, one.token, one.body)
		if err != nil {
			t.Fatal(err)
		}
		bound = bound || strings.Contains(answer, `"BOUND"`)
		refusals.WriteString(answer)
	}
	if !bound {
		t.Errorf("the identity was not bound: %s", refusals.String())
	}
	for _, path := range []string{"/files/" + number, "/" + name, "/graphql?query=" + number, "/departments/" + number + "/events"} {
		response, err := http.Get("http://" + s.address + path)
		if err != nil {
			t.Fatal(err)
		}
		raw, _ := io.ReadAll(response.Body)
		_ = response.Body.Close()
		refusals.Write(raw)
	}
	time.Sleep(500 * time.Millisecond) // what follows in the background is said too
	response, err := http.Get("http://" + s.operations + "/metrics")
	if err != nil {
		t.Fatal(err)
	}
	metrics, _ := io.ReadAll(response.Body)
	_ = response.Body.Close()
	if !strings.Contains(said.text(), `"route":"/graphql"`) || !bytes.Contains(metrics, []byte("process_cpu_seconds_total")) {
		t.Fatal("nothing was said at all")
	}
	for where, text := range map[string]string{"the log": said.text(), "the metrics": string(metrics), "a refusal": refusals.String()} {
		for what, planted := range map[string]string{
			"a phone": phone[3:], "a name": name, "an identity number": number, "an address": address, "a token": token[:60], "a signature": token[len(token)-40:],
		} {
			if position := strings.Index(text, planted); position >= 0 {
				t.Errorf("%s holds %s: %s", where, what, text[max(0, position-200):position])
			}
		}
	}
	if strings.Contains(said.text(), `"`+code+`"`) {
		t.Error("the log holds a code")
	}
}

// A session that ended on one replica ends on all of them within a second, open sockets within five.
func TestASignOutReachesEveryReplica(t *testing.T) {
	if os.Getenv(storetest.ServerVariable) == "" {
		t.Skip("needs PostgreSQL, which replicas share")
	}
	database, redis := storetest.NewDatabase(t), os.Getenv("ONEWINDOW_TEST_REDIS_URL")
	folder := filepath.Join(t.TempDir(), "data") // both replicas have the same keys
	_, first, _ := open(t, folder, database, redis)
	_, second, _ := open(t, folder, database, redis)
	token, err := first.signIn(t.Context(), "+8613800000005")
	if err != nil {
		t.Fatal(err)
	}
	ask := func(s *running, document string) int {
		t.Helper()
		status, _, err := post(t.Context(), http.DefaultClient, "http://"+s.address+"/graphql", token, query(document))
		if err != nil {
			t.Fatal(err)
		}
		return status
	}
	if status := ask(second, "{ viewer { id } }"); status != http.StatusOK {
		t.Fatalf("the second replica answered %d", status)
	}
	request, _ := http.NewRequestWithContext(t.Context(), http.MethodPost, "http://"+second.address+"/graphql", strings.NewReader(query("subscription { inboxMessage { id } }")))
	request.Header.Set("Content-Type", "application/json")
	request.Header.Set("Accept", "text/event-stream")
	request.Header.Set("Authorization", "Bearer "+token)
	events, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer events.Body.Close()
	if status := ask(first, "mutation { logout { done } }"); status != http.StatusOK {
		t.Fatalf("signing out was answered %d", status)
	}
	ended := time.Now()
	for ask(second, "{ viewer { id } }") != http.StatusUnauthorized {
		if time.Since(ended) > time.Minute {
			t.Fatal("the second replica still lets the session in")
		}
		time.Sleep(20 * time.Millisecond)
	}
	if _, err := io.ReadAll(events.Body); err != nil {
		t.Error(err)
	}
	t.Logf("the stream ended after %v", time.Since(ended))
}

// slowVariable asks for tests that wait for as long as people would have to.
const slowVariable = "ONEWINDOW_TEST_SLOW"

// The owner of an account reads of a new device.
func TestTheOwnerIsTold(t *testing.T) {
	if os.Getenv(slowVariable) == "" {
		t.Skip("waits a minute for the second code; " + slowVariable + "=1 asks for it")
	}
	_, s, _ := open(t, filepath.Join(t.TempDir(), "data"), "", "")
	url, phone := "http://"+s.address+"/graphql", "+8613800000005"
	kinds := func(token string) string {
		t.Helper()
		_, answer, err := post(t.Context(), http.DefaultClient, url, token, query("{ viewer { inbox(first: 20) { edges { node { kind } } } } }"))
		if err != nil {
			t.Fatal(err)
		}
		return answer
	}
	login := func(device string) (access string) {
		t.Helper()
		for begun := time.Now(); ; time.Sleep(time.Second) { // one code a minute for a phone
			_, answer, err := post(t.Context(), http.DefaultClient, url, "", query(`mutation { requestLoginCode(input: {phone: "`+phone+`"}) { problems { code } } }`))
			if err != nil || time.Since(begun) > 70*time.Second {
				t.Fatal(answer, err)
			}
			if strings.Contains(answer, `"problems":[]`) {
				break
			}
		}
		code, err := s.code(phone)
		if err != nil {
			t.Fatal(err)
		}
		_, answer, err := post(t.Context(), http.DefaultClient, url, "", query(fmt.Sprintf(
			`mutation { login(input: {phone: %q, code: %q, device: {id: %q, platform: WEB}}) { session { accessToken } } }`, phone, code, device)))
		if err != nil {
			t.Fatal(err)
		}
		var said struct {
			Data struct {
				Login struct {
					Session struct{ AccessToken string }
				}
			}
		}
		if err := json.Unmarshal([]byte(answer), &said); err != nil || said.Data.Login.Session.AccessToken == "" {
			t.Fatal(answer, err)
		}
		return said.Data.Login.Session.AccessToken
	}
	first := login("first")
	if got := kinds(first); strings.Contains(got, "NEW_DEVICE") {
		t.Errorf("told of the only device: %s", got)
	}
	login("second")
	if got := kinds(first); !strings.Contains(got, "NEW_DEVICE") {
		t.Errorf("not told: %s", got)
	}
}

// The flood of tools/guard as a test: it measures the machine as well, so it is run where it is asked for.
func TestAFloodLeavesHonestUsersAlone(t *testing.T) {
	if os.Getenv(slowVariable) == "" {
		t.Skip("measures for half a minute; " + slowVariable + "=1 asks for it")
	}
	t.Chdir("../..")
	if err := tryFlood(t.Context()); err != nil {
		t.Error(err)
	}
}
