package main

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"onewindow/models"
	"onewindow/models/resident"
	"onewindow/models/store"
	"onewindow/models/store/storetest"
	"onewindow/server/config"
)

func command(t *testing.T, folder, line string) (string, error) {
	t.Helper()
	var said bytes.Buffer
	err := run(t.Context(), append(strings.Fields(line), "-data", folder, "-demo"), map[string]string{}, &said)
	return said.String(), err
}

// The whole life of a generation by the tool alone, with a server's data folder.
func TestAGenerationIsNotRetiredWhileSomethingUsesIt(t *testing.T) {
	folder := t.TempDir()
	file := filepath.Join(folder, "keys.yaml")
	if _, err := command(t, folder, "generate "+file); err != nil {
		t.Fatal(err)
	}
	if _, err := command(t, folder, "generate "+file); err == nil {
		t.Fatal("a key file was overwritten")
	}
	keys, err := config.LoadKeys(file)
	if err != nil {
		t.Fatal(err)
	}
	ring, err := keys.Keyring()
	if err != nil {
		t.Fatal(err)
	}
	clock := storetest.NewClock("2026-03-02T09:00:00+08:00")
	house, err := store.Open(t.Context(), store.Config{Folder: folder, Clock: clock})
	if err == nil {
		err = house.Migrate(t.Context())
	}
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = house.Close() }()
	err = house.InTx(t.Context(), func(tx *store.Tx) error {
		_, _, err := resident.New(house, ring).SignInByPhone(context.Background(), tx, models.KnownPhone("+8613900000001"))
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if said, err := command(t, folder, "rotate -suite sm4-gcm"); err != nil || !strings.Contains(said, "generation 2 (sm4-gcm)") {
		t.Fatal(said, err)
	}
	said, err := command(t, folder, "status")
	if err != nil || !strings.Contains(said, "to be moved") || strings.Contains(said, "139") {
		t.Fatal(said, err)
	}
	for _, line := range []string{"retire 1", "retire 2", "retire 7", "retire 1 -only fields"} {
		if _, err := command(t, folder, line); err == nil {
			t.Errorf("%s was done", line)
		}
	}
	info, err := os.Stat(file)
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Fatal(info, err)
	}
	if _, err := config.LoadKeys(file + ".previous"); err != nil {
		t.Errorf("the former file: %v", err)
	}
	if _, err := command(t, folder, "stage"); err != nil {
		t.Fatal(err)
	}
	if keys, err = config.LoadKeys(file); err != nil || keys.Fields[0].Number != 2 || keys.Fields[1].Number != 3 || len(keys.Indexes) != 3 {
		t.Fatalf("%v %v %v", keys.Fields, keys.Indexes, err)
	}
	if _, err := command(t, folder, "promote 3"); err != nil {
		t.Fatal(err)
	}
	if keys, err = config.LoadKeys(file); err != nil || keys.Fields[0].Number != 3 || keys.Indexes[0].Number != 3 {
		t.Fatalf("%v %v", keys.Fields, err)
	}
}

func TestWhatIsNoCommand(t *testing.T) {
	for _, line := range []string{"", "nonsense", "generate", "retire", "retire one", "rotate -only signing", "promote -1"} {
		if err := run(t.Context(), strings.Fields(line), map[string]string{}, &bytes.Buffer{}); !errors.Is(err, errUsage) {
			t.Errorf("%q: %v", line, err)
		}
	}
	if _, err := command(t, t.TempDir(), "rotate -suite des"); err == nil {
		t.Error("an unknown suite")
	}
}
