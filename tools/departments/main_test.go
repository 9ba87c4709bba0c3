package main

import (
	"context"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"onewindow/models"
	"onewindow/models/store"
)

// asked runs the command as from a shell.
func asked(arguments ...string) (code int, out, err string) {
	var written, complained strings.Builder
	code = run(context.Background(), arguments, output{&written, &complained})
	return code, written.String(), complained.String()
}

func TestWrongUseSaysWhatIsRight(t *testing.T) {
	const secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
	for _, arguments := range [][]string{
		{}, {"lst"}, {"conform"}, {"conform", "-url", "http://x"}, {"conform", "-url", "http://x", "-outbound-secret", "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"},
		{"conform", "-url", "http://x", "-events", "http://y", "-outbound-secret", secret}, {"conform", "-events", "http://y"},
		{"conform", "-url", "http://x", "-outbound-secret", secret, "-name", "测试"}, {"conform", "-url", "http://x", "-outbound-secret", secret, "-listen", "127.0.0.1:0"},
		{"conform", "-url", "http://x", "-outbound-secret", secret, "more"},
	} {
		code, out, complaint := asked(arguments...)
		if code != misuse || out != "" || complaint == "" {
			t.Errorf("%q: exit code %d, %q, %q", arguments, code, out, complaint)
		}
		if strings.Contains(complaint, "MfKQ9") && !strings.Contains(strings.Join(arguments, " "), "-outbound-secret MfKQ9") {
			t.Errorf("%q: a secret is printed", arguments)
		}
	}
	for _, arguments := range [][]string{{"help"}, {"-h"}, {"conform", "-h"}} {
		if code, out, complaint := asked(arguments...); code != done || !strings.Contains(out+complaint, "conform") {
			t.Errorf("%q: exit code %d", arguments, code)
		}
	}
}

func TestASystemThatIsNotThereFails(t *testing.T) {
	const secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
	code, out, _ := asked("conform", "-url", "http://127.0.0.1:1", "-outbound-secret", secret, "-department", "health", "-inbound-secret", secret, "-listen", "127.0.0.1:0")
	if code != failed || !strings.Contains(out, "FAIL reach") {
		t.Errorf("exit code %d\n%s", code, out)
	}
	if code, out, _ = asked("conform", "-events", "http://127.0.0.1:1", "-department", "health", "-inbound-secret", secret); code != failed || !strings.Contains(out, "FAIL reach") {
		t.Errorf("exit code %d\n%s", code, out)
	}
}

func TestTheLedgerOfAnEmptyHouse(t *testing.T) {
	folder := t.TempDir()
	opened, err := store.Open(context.Background(), store.Config{Folder: folder, Clock: store.SystemClock{}, Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = opened.Close() }() // open all the while: the command works beside a server
	if err := opened.Migrate(context.Background()); err != nil {
		t.Fatal(err)
	}
	t.Setenv("ONEWINDOW_DATABASE_URL", "")
	for _, name := range []string{"list", "dead", "parked", "conflicts"} {
		if code, out, complaint := asked(name, "-data", folder, "-department", "health"); code != done || out != "" || complaint != "" {
			t.Errorf("%s: exit code %d, %q, %q", name, code, out, complaint)
		}
		if code, _, complaint := asked(name, "-data", filepath.Join(folder, "nowhere")); code != failed || complaint == "" {
			t.Errorf("%s nowhere: exit code %d", name, code)
		}
	}
	if code, _, complaint := asked("show", "nothing", "-data", folder); code != failed || complaint == "" {
		t.Errorf("show: exit code %d", code)
	}
	if code, _, complaint := asked("replay", string(models.NewID()), "-data", folder); code != failed || !strings.Contains(complaint, "no such dead letter") {
		t.Errorf("replay: exit code %d, %s", code, complaint)
	}
	for _, arguments := range [][]string{{"show"}, {"replay"}, {"replay", "x"}, {"list", "x"}, {"check"}} {
		if code, _, complaint := asked(arguments...); code != misuse || complaint == "" {
			t.Errorf("%q: exit code %d", arguments, code)
		}
	}
}

func TestAConnectionsFileIsChecked(t *testing.T) {
	file := filepath.Join(t.TempDir(), "connections.yaml")
	written := "identity_authority: health\nconnections:\n  - {department: health, url: \"https://health.example.cn\", outbound_secret: whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw}\n"
	if err := os.WriteFile(file, []byte(written), 0o600); err != nil {
		t.Fatal(err)
	}
	if code, out, _ := asked("check", file, "-hosts", "health.example.cn"); code != done || !strings.Contains(out, "fine") {
		t.Errorf("listed: exit code %d, %s", code, out)
	}
	if code, out, _ := asked("check", file, "-hosts", "tax.example.cn"); code != failed || !strings.Contains(out, "not on the list") {
		t.Errorf("not listed: exit code %d, %s", code, out)
	}
	if code, out, _ := asked("check", file+".none"); code != failed || out == "" {
		t.Errorf("no file: exit code %d, %s", code, out)
	}
}
