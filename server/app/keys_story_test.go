package app_test

import (
	"context"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"onewindow/models/rekey"
	"onewindow/models/sealed"
	"onewindow/server/app"
	"onewindow/server/config"
)

// Every column of bytes in the schema is either sealed, and then in a room's table, or stands here with the reason.
func TestEveryColumnOfBytesIsSealedOrKnown(t *testing.T) {
	notSealed := map[string]string{
		"store_requests.input_hash":      "a hash",
		"auth_refresh_tokens.token_hash": "a hash",
		"material_links.token_hash":      "a hash",
		"export_links.token_hash":        "a hash",
		"catalogue_releases.content":     "what the city publishes",
	}
	if !mentioned(t, "../../auth", "auth_wechat") { // from the day on which something writes it, its room has to say how
		notSealed["auth_wechat.open_id"], notSealed["auth_wechat.open_id_index"] = "nothing writes it", "nothing writes it"
	}
	grounds(t, func(t *testing.T, on ground) {
		c := open(t, on)
		listed := map[string]bool{}
		for _, table := range app.SealedTables() {
			for _, column := range table.Columns {
				listed[table.Name+"."+column.Name] = true
			}
			for _, index := range table.Indexes {
				listed[table.Name+"."+index.Name] = true
			}
		}
		found := map[string]bool{}
		for _, column := range c.columns(t) {
			found[column.name] = true
			if strings.HasPrefix(column.name, "river_") || strings.HasPrefix(column.name, "goose_") {
				continue
			}
			suspicious := column.bytes || strings.HasSuffix(column.name, "_index")
			if suspicious && !listed[column.name] && notSealed[column.name] == "" {
				t.Errorf("%s holds sealed values or a blind index, and no room's Sealed names it: new keys would never reach it", column.name)
			}
		}
		for name := range listed {
			if !found[name] {
				t.Errorf("%s is not in the schema", name)
			}
		}
	})
}

// mentioned tells whether a folder's program names something.
func mentioned(t *testing.T, folder, word string) bool {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(folder, "*.go"))
	if err != nil || len(files) == 0 {
		t.Fatal(err, len(files))
	}
	return slices.ContainsFunc(files, func(file string) bool {
		raw, err := os.ReadFile(file)
		return err != nil || strings.Contains(string(raw), word)
	})
}

type schemaColumn struct {
	name  string
	bytes bool
}

func (c *city) columns(t *testing.T) []schemaColumn {
	t.Helper()
	statement := `SELECT m.name || '.' || p.name, lower(p.type) = 'blob' FROM sqlite_master AS m, pragma_table_info(m.name) AS p WHERE m.type = 'table'`
	if c.store.IsPostgres() {
		statement = `SELECT table_name || '.' || column_name, data_type = 'bytea' FROM information_schema.columns WHERE table_schema = 'public'`
	}
	rows, err := c.store.Reader(t.Context()).Raw(statement).Rows()
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = rows.Close() }()
	var all []schemaColumn
	for rows.Next() {
		var column schemaColumn
		if err := rows.Scan(&column.name, &column.bytes); err != nil {
			t.Fatal(err)
		}
		all = append(all, column)
	}
	if len(all) < 50 {
		t.Fatalf("only %d columns in the schema", len(all))
	}
	return all
}

// Keys are rotated, to the other suite even, while residents write and sign in: everything stays readable, nothing is left under
// the old keys, and a number that is bound cannot be bound again.
func TestKeysAreRotatedWhilePeopleWrite(t *testing.T) {
	grounds(t, func(t *testing.T, on ground) {
		c := open(t, on)
		keyFile := filepath.Join(on.folder, "keys.yaml")
		var people []string
		for _, person := range c.people.Residents {
			if !person.Phone.IsZero() && len(people) < 8 {
				people = append(people, person.ID)
			}
		}
		visitors, drafts := make([]*visitor, len(people)), make([]application, len(people))
		for position, id := range people {
			visitors[position] = c.resident(t, id)
			drafts[position] = change(t, visitors[position], "StartApplication", vars{"itemCode": "id-card-replacement"}).Application
			saved := change(t, visitors[position], "SaveAnswers", vars{"applicationId": drafts[position].ID, "answers": []vars{{"key": "reason", "value": "expired"}}}).Application
			upload(t, visitors[position], drafts[position].ID, *saved.required("photo-id"), nil)
		}
		keys, err := config.LoadKeys(keyFile)
		if err != nil {
			t.Fatal(err)
		}
		former, err := keys.Keyring()
		if err != nil {
			t.Fatal(err)
		}

		stop, writing := make(chan struct{}), sync.WaitGroup{}
		failures := make(chan string, 100)
		for position := range visitors {
			writing.Go(func() {
				for round := 0; ; round++ {
					select {
					case <-stop:
						return
					case <-time.After(20 * time.Millisecond):
					}
					reason := []string{"expired", "damaged"}[round%2]
					got, err := visitors[position].try("SaveAnswers", input(vars{"applicationId": drafts[position].ID, "answers": []vars{{"key": "reason", "value": reason}}}))
					if err != nil || !got.ok() {
						select {
						case failures <- fmt.Sprintf("%s could not write: %v %s", people[position], err, got.Raw):
						default:
						}
					}
				}
			})
		}
		rotate(t, keyFile, sealed.SM)
		signedUp := 0
		for until := time.Now().Add(10 * patience); ; {
			phone := fmt.Sprintf("+86139007%05d", signedUp) // strangers sign in throughout
			signedUp++
			c.signIn(t, phone)
			state, err := c.store.KeyState(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			if state.FieldsDone == 2 && state.IndexDone == 2 {
				break
			}
			if time.Now().After(until) {
				t.Fatalf("after all this time: %+v %+v", state, c.generations(t, keyFile))
			}
		}
		close(stop)
		writing.Wait()
		close(failures)
		for failure := range failures {
			t.Error(failure)
		}
		for _, count := range c.generations(t, keyFile) {
			if count.Generation != 2 {
				t.Errorf("%d values of %s.%s are under generation %d", count.Rows, count.Table, count.Column, count.Generation)
			}
		}
		c.afterRotation(t, keyFile, former, people, visitors, drafts)
		t.Logf("%d strangers signed in meanwhile", signedUp)
	})
}

func rotate(t *testing.T, keyFile string, suite sealed.Suite) {
	t.Helper()
	for _, list := range []config.KeyList{config.FieldKeys, config.IndexKeys} {
		if _, err := config.AddGeneration(context.Background(), keyFile, nil, list, suite, false); err != nil {
			t.Fatal(err)
		}
	}
}

func (c *city) generations(t *testing.T, keyFile string) []rekey.Count {
	t.Helper()
	keys, err := config.LoadKeys(keyFile)
	if err != nil {
		t.Fatal(err)
	}
	ring, err := keys.Keyring()
	if err != nil {
		t.Fatal(err)
	}
	counts, err := rekey.New(c.store, ring, app.SealedTables(), nil).Status(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return counts
}

// afterRotation: the old keys are not needed for anything, people find what is theirs, and nobody takes another's number.
func (c *city) afterRotation(t *testing.T, keyFile string, former *sealed.Keyring, people []string, visitors []*visitor, drafts []application) {
	t.Helper()
	for _, list := range []config.KeyList{config.FieldKeys, config.IndexKeys} {
		if err := config.Retire(t.Context(), keyFile, nil, list, 1); err != nil {
			t.Fatal(err)
		}
	}
	time.Sleep(1500 * time.Millisecond) // the server looks every second
	for position, visitor := range visitors {
		got := ask[application](t, visitor, "PreCheck", vars{"id": drafts[position].ID})
		if got.required("photo-id").Status == "MISSING" {
			t.Errorf("the photograph of %s is gone: %v", visitor.phone, statuses(got))
		}
		again := c.signIn(t, c.people.Resident(people[position]).Phone.Reveal())
		if got := ask[application](t, again, "PreCheck", vars{"id": drafts[position].ID}); got.ID != drafts[position].ID {
			t.Errorf("%s signed in to another account", visitor.phone)
		}
	}
	person := c.people.Resident(people[0])
	stranger := c.signIn(t, "+8613900799999")
	got := stranger.send(t, "BindIdentity", input(vars{
		"name": person.Name.Reveal(), "nationalId": person.NationalID.Reveal(), "consents": []vars{{"purpose": "IDENTITY_BINDING", "version": "1"}},
	}))
	if strings.Contains(got.Raw, `"BOUND"`) {
		t.Errorf("a number that is bound was bound again: %s", got.Raw)
	}
	var boxes [][]byte
	if err := c.store.Reader(t.Context()).Raw("SELECT particulars FROM resident_residents").Scan(&boxes).Error; err != nil || len(boxes) < len(visitors) {
		t.Fatal(err, len(boxes))
	}
	if slices.ContainsFunc(boxes, func(box []byte) bool { _, err := former.Open("resident.particulars", box); return err == nil }) {
		t.Error("the old key still opens something")
	}
	if answered, err := http.Get(c.url + "/healthz"); err != nil || answered.StatusCode != http.StatusOK {
		t.Error(err)
	}
}
