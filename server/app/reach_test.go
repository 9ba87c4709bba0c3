package app_test

import (
	"context"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"onewindow/server/app"
	"onewindow/server/config"
)

// A real server speaks to departments by https and to those on its list; else it does not start, and names the setting.
func TestARealServerReachesListedDepartmentsOnly(t *testing.T) {
	const secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
	for name, test := range map[string]struct{ url, hosts, want, more string }{
		"no list":              {"https://health.example.cn", "", "its host is not on the list", ""},
		"without TLS":          {"http://health.example.cn", "health.example.cn", "must be https", ""},
		"this machine":         {"https://127.0.0.1:9101", "health.example.cn", "inside the house", ""},
		"a list that is none":  {"https://health.example.cn", "health.example.cn,https://x", "entry 2", ""},
		"listed":               {"https://health.example.cn", "health.example.cn", "", ""},
		"without TLS, allowed": {"http://127.0.0.1:9101", "http://127.0.0.1:9101", "", ""},
		"links to nowhere":     {"https://health.example.cn", "health.example.cn", "ONEWINDOW_PUBLIC_URL: required", ", handles_cases: true, inbound_secrets: [" + secret + "]"},
	} {
		t.Run(name, func(t *testing.T) {
			folder := t.TempDir()
			keys, file := filepath.Join(folder, "keys.yaml"), filepath.Join(folder, "connections.yaml")
			if _, err := config.LoadOrGenerateKeys(keys); err != nil {
				t.Fatal(err)
			}
			written := "identity_authority: health\nconnections:\n  - {department: health, url: \"" + test.url + "\", outbound_secret: " + secret + test.more + "}\n"
			if err := os.WriteFile(file, []byte(written), 0o600); err != nil {
				t.Fatal(err)
			}
			settings, err := config.Load([]string{"-addr", "127.0.0.1:0", "-ops-addr", "127.0.0.1:0", "-data", folder}, map[string]string{
				"ONEWINDOW_KEYS": keys, "ONEWINDOW_CONNECTIONS": file, "ONEWINDOW_DEPARTMENT_HOSTS": test.hosts,
			})
			if err != nil {
				t.Fatal(err)
			}
			system, err := app.New(context.Background(), settings, slog.New(slog.DiscardHandler))
			if err == nil {
				system.Close()
			}
			if test.want == "" && err != nil {
				t.Errorf("it does not start: %v", err)
			}
			if test.want != "" && (err == nil || !strings.Contains(err.Error(), "ONEWINDOW_") || !strings.Contains(err.Error(), test.want)) {
				t.Errorf("got %v, want %q", err, test.want)
			}
		})
	}
}
