package config

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// A file that others can read or change is refused by name, with what to do; one whose group may read it is taken.
func TestAKeyFileThatOthersCanReadIsRefused(t *testing.T) {
	path := filepath.Join(t.TempDir(), "keys.yaml")
	if err := GenerateKeys(path); err != nil {
		t.Fatal(err)
	}
	for mode, refused := range map[os.FileMode]bool{0o600: false, 0o400: false, 0o640: false, 0o644: true, 0o660: true, 0o602: true} {
		if err := os.Chmod(path, mode); err != nil {
			t.Fatal(err)
		}
		_, err := LoadKeys(path)
		if said := err != nil && strings.Contains(err.Error(), "ONEWINDOW_KEYS") && strings.Contains(err.Error(), "chmod 600"); said != refused || err != nil && !said {
			t.Errorf("%04o: %v", mode, err)
		}
	}
}

func TestDemoNeedsNothing(t *testing.T) {
	config, err := Load([]string{"-demo"}, nil)
	if err != nil {
		t.Fatal(err)
	}
	if config.Addr != "127.0.0.1:8080" || config.OpsAddr != "127.0.0.1:8081" || config.Data != "var" || config.Role != RoleAll ||
		config.Keys != filepath.Join("var", "keys.yaml") || config.PublicURL != "http://127.0.0.1:8080" || config.Limits.Depth != 12 {
		t.Errorf("%+v", config)
	}
	if config.Rates.AnonymousBurst != demoAnonymousBurst {
		t.Error("the demo has a stranger's budget")
	}
}

func TestFlagsWinOverVariablesAndBothOverDefaults(t *testing.T) {
	config, err := Load([]string{"-addr", "127.0.0.1:1", "-data=there"}, map[string]string{
		"ONEWINDOW_ADDR": "127.0.0.1:2", "ONEWINDOW_OPS_ADDR": "127.0.0.1:3", "ONEWINDOW_KEYS": "k", "ONEWINDOW_DATA": "here",
		"ONEWINDOW_LIMIT_DEPTH": "7", "ONEWINDOW_LIMIT_BODY_TIME": "3s", "ONEWINDOW_RATE_PERSON_BURST": "9", "ONEWINDOW_LOG_LEVEL": "warn",
		"ONEWINDOW_ORIGINS": "https://a.example,https://b.example:8443", "ONEWINDOW_REDIS_URL": "", "HOME": "x", "ONEWINDOW_TEST_DATABASE_URL": "x",
	})
	if err != nil {
		t.Fatal(err)
	}
	if config.Addr != "127.0.0.1:1" || config.OpsAddr != "127.0.0.1:3" || config.Data != "there" || config.Limits.Depth != 7 ||
		config.Limits.BodyTime != 3*time.Second || config.Limits.Fields != 300 || config.Rates.PersonBurst != 9 || len(config.Origins) != 2 ||
		config.LogLevel.String() != "WARN" || config.Rates.AnonymousBurst != 60 {
		t.Errorf("%+v", config)
	}
}

// Every fault is named by its variable, all at once, and no value is repeated.
func TestFaultsAreNamedAllAtOnce(t *testing.T) {
	_, err := Load(nil, map[string]string{
		"ONEWINDOW_ADDR": "planted", "ONEWINDOW_ROLE": "planted", "ONEWINDOW_CLOCK": "2026-03-02T09:00:00+08:00", "ONEWINDOW_DATABASE_URL": "mysql://planted",
		"ONEWINDOW_REDIS_URL": "redis://a,planted", "ONEWINDOW_LIMIT_DEPTH": "planted", "ONEWINDOW_LIMIT_TIME": "planted", "ONEWINDOW_LIMIT_FIELDS": "0",
		"ONEWINDOW_NOTIFY_QUIET_START": "planted", "ONEWINDOW_NOTIFY_DIGEST_AT": "24:00", "ONEWINDOW_NOTIFY_CASE_CAP": "0", "ONEWINDOW_NOTIFY_PERSON_CAP": "planted",
		"ONEWINDOW_NOTIFY_KEEP_DELIVERIES": "6", "ONEWINDOW_NOTIFY_KEEP_OUTBOX": "3651",
		"ONEWINDOW_ORIGINS": "planted", "ONEWINDOW_PUBLIC_URL": "planted", "ONEWINDOW_LOG_LEVEL": "planted", "ONEWINDOW_ADDRESS": "planted",
	})
	if err == nil {
		t.Fatal("no fault")
	}
	for _, variable := range []string{
		"ADDR", "ROLE", "CLOCK", "DATABASE_URL", "REDIS_URL", "LIMIT_DEPTH", "LIMIT_TIME", "LIMIT_FIELDS", "ORIGINS", "PUBLIC_URL", "LOG_LEVEL", "ADDRESS", "KEYS",
		"NOTIFY_QUIET_START", "NOTIFY_DIGEST_AT", "NOTIFY_CASE_CAP", "NOTIFY_PERSON_CAP", "NOTIFY_KEEP_DELIVERIES", "NOTIFY_KEEP_OUTBOX",
	} {
		if count := strings.Count("\n"+err.Error(), "\nONEWINDOW_"+variable+": "); count != 1 {
			t.Errorf("%s named %d times in\n%v", variable, count, err)
		}
	}
	if strings.Contains(err.Error(), "planted") {
		t.Errorf("a value is repeated: %v", err)
	}
}

func TestWhatBelongsToOneModeAlone(t *testing.T) {
	cases := []struct {
		name    string
		args    []string
		environ map[string]string
		want    string
	}{
		{"a real server without keys", nil, nil, "ONEWINDOW_KEYS: "},
		{"a real server with a demo clock", nil, map[string]string{"ONEWINDOW_KEYS": "k", "ONEWINDOW_CLOCK": "2026-03-02T09:00:00+08:00"}, "ONEWINDOW_CLOCK: for demo mode only"},
		{"a demo with a clock", []string{"-demo"}, map[string]string{"ONEWINDOW_CLOCK": "2026-03-02T09:00:00+08:00"}, ""},
		{"a demo with a clock that is none", []string{"-demo"}, map[string]string{"ONEWINDOW_CLOCK": "yesterday"}, "ONEWINDOW_CLOCK: not a moment such as 2026"},
		{"a worker of its own database", []string{"-demo"}, map[string]string{"ONEWINDOW_ROLE": "worker"}, "ONEWINDOW_DATABASE_URL: required"},
		{"an unknown flag", []string{"-nonsense"}, nil, "-nonsense"},
		{"one address for two", []string{"-demo", "-ops-addr", "127.0.0.1:8080"}, nil, "ONEWINDOW_OPS_ADDR: must differ"},
		{"any free port twice", []string{"-demo", "-addr", "127.0.0.1:0", "-ops-addr", "127.0.0.1:0"}, nil, ""},
	}
	for _, c := range cases {
		_, err := Load(c.args, c.environ)
		if (err == nil) != (c.want == "") || err != nil && !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v", c.name, err)
		}
	}
	if _, err := Load([]string{"-help"}, nil); !errors.Is(err, ErrHelp) {
		t.Error(err)
	}
}

func TestUsageListsEverySetting(t *testing.T) {
	config, usage := Default(), Usage()
	for _, one := range settingsOf(&config) {
		if !strings.Contains(usage, "  "+prefix+one.variable) || one.help == "" || one.example == "" || one.kind == "" {
			t.Errorf("%s is not explained: %+v", one.variable, one)
		}
	}
	if len(settingsOf(&config)) < 40 || !strings.Contains(usage, "ONEWINDOW_ADDR, -addr  (host:port)") {
		t.Error(usage)
	}
}

func TestSecretsDoNotPrint(t *testing.T) {
	config, err := Load([]string{"-demo"}, map[string]string{"ONEWINDOW_DATABASE_URL": "postgres://u:planted@h/d", "ONEWINDOW_REDIS_URL": "redis://:planted@h"})
	if err != nil {
		t.Fatal(err)
	}
	raw, _ := json.Marshal(config)
	printed := fmt.Sprintf("%v %+v %#v %s %q %s", config, *config, *config, config.DatabaseURL, config.RedisURL, raw)
	if strings.Contains(printed, "planted") {
		t.Error(printed)
	}
	if config.DatabaseURL.Reveal() != "postgres://u:planted@h/d" {
		t.Error("the value is lost")
	}
}

func TestTheKeyFileIsMadeOnceAndReadAgain(t *testing.T) {
	path := filepath.Join(t.TempDir(), "sub", "keys.yaml")
	first, err := LoadOrGenerateKeys(path)
	if err != nil {
		t.Fatal(err)
	}
	info, _ := os.Stat(path)
	if info.Mode().Perm() != 0o600 {
		t.Errorf("mode %v", info.Mode())
	}
	second, err := LoadOrGenerateKeys(path)
	if err != nil || second.Signing[0].ID != first.Signing[0].ID || !second.Signing[0].Private.Equal(first.Signing[0].Private) {
		t.Errorf("%v %v", err, second)
	}
	if GenerateKeys(path) == nil {
		t.Error("the file was replaced")
	}
	ring, err := first.Keyring()
	if err != nil {
		t.Fatal(err)
	}
	again, _ := second.Keyring()
	if plain, err := again.OpenText("p", ring.SealText("p", "v")); err != nil || plain != "v" {
		t.Error(err)
	}
	raw, _ := os.ReadFile(path)
	printed := fmt.Sprintf("%v %+v %#v", first, first, first)
	for line := range strings.Lines(string(raw)) {
		_, value, found := strings.Cut(strings.TrimSpace(line), ": ")
		if found && len(value) > 20 && !strings.HasPrefix(line, "#") && strings.Contains(printed, value) {
			t.Error("a key prints")
		}
	}
}

func TestABrokenKeyFileIsNotRepeated(t *testing.T) {
	good := "cGxhbnRlZC1wbGFudGVkLXBsYW50ZWQtcGxhbnRlZCE=" // 32 bytes
	for name, content := range map[string]string{
		"empty": "", "not YAML": "planted: [", "an unknown key": "planted: 1", "no signing": "fields: [{number: 1, key: " + good + "}]\nindex: " + good,
		"a short key":    "signing: [planted]\nfields: [{number: 1, key: " + good + "}]\nindex: " + good,
		"number 0":       "signing: [" + good + "]\nfields: [{number: 0, key: " + good + "}]\nindex: " + good,
		"a number twice": "signing: [" + good + "]\nfields: [{number: 1, key: " + good + "}, {number: 1, key: " + good + "}]\nindex: " + good,
		"no index":       "signing: [" + good + "]\nfields: [{number: 1, key: " + good + "}]",
		"no field key":   "signing: [" + good + "]\nindex: " + good,
	} {
		path := filepath.Join(t.TempDir(), "keys.yaml")
		_ = os.WriteFile(path, []byte(content), 0o600)
		_, err := LoadKeys(path)
		if err == nil || !strings.HasPrefix(err.Error(), "ONEWINDOW_KEYS: ") || strings.Contains(err.Error(), "planted") || strings.Contains(err.Error(), good) {
			t.Errorf("%s: %v", name, err)
		}
	}
}
