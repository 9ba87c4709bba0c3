package config

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"onewindow/models/sealed"
)

// transit speaks the wire of Vault's transit engine: its "encryption" turns the bytes round.
func transit(t *testing.T, answer func(w http.ResponseWriter, r *http.Request, said map[string]string)) *KMS {
	t.Helper()
	server := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var said map[string]string
		if err := json.NewDecoder(r.Body).Decode(&said); err != nil || r.Method != http.MethodPost {
			w.WriteHeader(http.StatusBadRequest)
			return
		}
		answer(w, r, said)
	}))
	t.Cleanup(server.Close)
	kms := (&Config{KMSURL: server.URL + "/v1/transit/", KMSKey: "one window", KMSToken: "planted-token"}).KMS()
	kms.client.Transport = server.Client().Transport
	return kms
}

func likeVault(w http.ResponseWriter, r *http.Request, said map[string]string) {
	turned := func(text string) string {
		raw := []byte(text)
		for i, j := 0, len(raw)-1; i < j; i, j = i+1, j-1 {
			raw[i], raw[j] = raw[j], raw[i]
		}
		return string(raw)
	}
	data := map[string]string{}
	switch {
	case r.Header.Get("X-Vault-Token") != "planted-token":
		w.WriteHeader(http.StatusForbidden)
		return
	case r.URL.EscapedPath() == "/v1/transit/encrypt/one%20window":
		data["ciphertext"] = "vault:v1:" + turned(said["plaintext"])
	case r.URL.EscapedPath() == "/v1/transit/decrypt/one%20window" && strings.HasPrefix(said["ciphertext"], "vault:v1:"):
		data["plaintext"] = turned(strings.TrimPrefix(said["ciphertext"], "vault:v1:"))
	default:
		w.WriteHeader(http.StatusBadRequest)
		return
	}
	_ = json.NewEncoder(w).Encode(map[string]any{"request_id": "1", "data": data})
}

// A key file under a KMS holds nothing that could be read without it, and lives like any other.
func TestAWrappedKeyFile(t *testing.T) {
	kms, path := transit(t, likeVault), filepath.Join(t.TempDir(), "keys.yaml")
	if err := GenerateWrappedKeys(t.Context(), path, kms, sealed.SM); err != nil {
		t.Fatal(err)
	}
	raw, err := os.ReadFile(path)
	if err != nil || bytes.Contains(raw, []byte("key: ")) || bytes.Count(raw, []byte("wrapped: vault:v1:")) != 3 {
		t.Fatalf("%v\n%s", err, raw)
	}
	first, err := LoadWrappedKeys(t.Context(), path, kms)
	if err != nil || first.Fields[0].Suite != sealed.SM {
		t.Fatal(err)
	}
	ring, err := first.Keyring()
	if err != nil {
		t.Fatal(err)
	}
	box := ring.SealText("p", "v")
	for _, list := range []KeyList{FieldKeys, IndexKeys} {
		if number, err := AddGeneration(t.Context(), path, kms, list, sealed.AES, false); err != nil || number != 2 {
			t.Fatal(number, err)
		}
	}
	second, err := LoadWrappedKeys(t.Context(), path, kms)
	if err != nil {
		t.Fatal(err)
	}
	if ring, err = second.Keyring(); err != nil {
		t.Fatal(err)
	}
	if got, err := ring.OpenText("p", box); err != nil || got != "v" || ring.Generation() != 2 || ring.IndexGeneration() != 2 {
		t.Fatal(got, err)
	}
	if _, err := LoadKeys(path); err == nil || !strings.Contains(err.Error(), "ONEWINDOW_KMS_URL") {
		t.Errorf("without a KMS: %v", err)
	}
}

// Whatever the KMS does wrong, the server does not start, and says nothing of what was asked or answered.
func TestAKMSThatFails(t *testing.T) {
	path := filepath.Join(t.TempDir(), "keys.yaml")
	if err := GenerateWrappedKeys(t.Context(), path, transit(t, likeVault), sealed.AES); err != nil {
		t.Fatal(err)
	}
	before, _ := os.ReadFile(path)
	short := base64.StdEncoding.EncodeToString([]byte("planted"))
	for name, answer := range map[string]func(w http.ResponseWriter, r *http.Request, said map[string]string){
		"sealed": func(w http.ResponseWriter, _ *http.Request, _ map[string]string) {
			w.WriteHeader(http.StatusServiceUnavailable)
		},
		"forbidden": func(w http.ResponseWriter, _ *http.Request, _ map[string]string) {
			w.WriteHeader(http.StatusForbidden)
			_, _ = w.Write([]byte("planted"))
		},
		"HTML": func(w http.ResponseWriter, _ *http.Request, _ map[string]string) {
			_, _ = w.Write([]byte("<html>planted"))
		},
		"empty": func(w http.ResponseWriter, _ *http.Request, _ map[string]string) { _, _ = w.Write([]byte("{}")) },
		"too short": func(w http.ResponseWriter, _ *http.Request, _ map[string]string) {
			_, _ = w.Write([]byte(`{"data":{"plaintext":"` + short + `"}}`))
		},
		"elsewhere": func(w http.ResponseWriter, r *http.Request, _ map[string]string) {
			http.Redirect(w, r, "https://planted.example", http.StatusTemporaryRedirect)
		},
		"not base64": func(w http.ResponseWriter, _ *http.Request, _ map[string]string) {
			_, _ = w.Write([]byte(`{"data":{"plaintext":"planted!"}}`))
		},
	} {
		kms := transit(t, answer)
		_, err := LoadWrappedKeys(t.Context(), path, kms)
		if err == nil || strings.Contains(err.Error(), "planted") || strings.Contains(err.Error(), "vault:v1") {
			t.Errorf("%s: %v", name, err)
		}
		if _, err := AddGeneration(context.Background(), path, kms, FieldKeys, sealed.AES, false); err == nil {
			t.Errorf("%s: a key was added", name)
		}
	}
	if after, _ := os.ReadFile(path); !bytes.Equal(before, after) {
		t.Error("the key file was changed")
	}
}

// Older files have one index key without a number; a file may hold any number of generations.
func TestOldAndLongKeyFiles(t *testing.T) {
	path := filepath.Join(t.TempDir(), "keys.yaml")
	secret := func(fill byte) string {
		return base64.StdEncoding.EncodeToString(bytes.Repeat([]byte{fill}, sealed.KeySize))
	}
	old := "signing: [" + secret(1) + "]\nfields: [{number: 1, key: " + secret(2) + "}]\nindex: " + secret(3) + "\n"
	if err := os.WriteFile(path, []byte(old), 0o600); err != nil {
		t.Fatal(err)
	}
	before, err := LoadKeys(path)
	if err != nil || before.Indexes[0].Number != 1 {
		t.Fatal(err)
	}
	for range 4 {
		for _, list := range []KeyList{FieldKeys, IndexKeys} {
			if _, err := AddGeneration(t.Context(), path, nil, list, sealed.AES, false); err != nil {
				t.Fatal(err)
			}
		}
	}
	after, err := LoadKeys(path)
	if err != nil || len(after.Fields) != 5 || len(after.Indexes) != 5 || after.Fields[0].Number != 5 || after.Signing[0].ID != before.Signing[0].ID {
		t.Fatalf("%v %v %v", after.Fields, after.Indexes, err)
	}
	formerRing, _ := before.Keyring()
	ring, err := after.Keyring()
	if err != nil || ring.Index("p", "v") != formerRing.Index("p", "v") {
		t.Error("the first index key is another one", err)
	}
	for list, number := range map[KeyList]uint32{FieldKeys: 5, IndexKeys: 9} {
		if err := Retire(t.Context(), path, nil, list, number); err == nil {
			t.Errorf("%s %d was taken out", list, number)
		}
	}
}
