package connector

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

const (
	secretA = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
	secretB = "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD"
)

const wholeFile = `# the example of the protocol
identity_authority: public-security
connections:
  - department: public-security
    url: https://police.example.org/onewindow/
    outbound_secret: ` + secretA + `
    handles_cases: false
  - department: medical-insurance
    url: http://127.0.0.1:9101
    outbound_secret: "` + secretA + `"
    inbound_secrets: [` + secretA + `, ` + secretB + `]
    handles_cases: true
    timeout: 2s
`

func TestConnectionsFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "connections.yaml")
	if err := os.WriteFile(path, []byte(wholeFile), 0o600); err != nil {
		t.Fatal(err)
	}
	connections, err := LoadConnections(path)
	if err != nil {
		t.Fatal(err)
	}
	if connections.IdentityAuthority != "public-security" || len(connections.Connections) != 2 {
		t.Fatalf("got %+v", connections)
	}
	police, insurance := connections.Connections[0], connections.Connections[1]
	if police.URL != "https://police.example.org/onewindow" || police.Timeout != 5*time.Second || police.HandlesCases || police.OutboundSecret.Reveal() != secretA {
		t.Errorf("got %+v", police)
	}
	if !insurance.HandlesCases || insurance.Timeout != 2*time.Second || len(insurance.InboundSecrets) != 2 || insurance.InboundSecrets[1].Reveal() != secretB {
		t.Errorf("got %+v", insurance)
	}
	if _, err := LoadConnections(filepath.Join(t.TempDir(), "none.yaml")); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("a missing file: %v", err)
	}
	if empty, err := ParseConnections([]byte("connections: []\n")); err != nil || len(empty.Connections) != 0 {
		t.Errorf("no connections at all: %v", err)
	}
}

// Every fault is named, with its place and what was expected; none repeats what stands in the file.
func TestConnectionsFileFaults(t *testing.T) {
	cases := []struct {
		name, old, new string
		want           []string
	}{
		{"unknown key", "timeout: 2s", "time_out: 2s", []string{"line 13: connections[1]: expected only the keys"}},
		{"unknown key at the top", "identity_authority", "authority", []string{"line 2: the file: expected only the keys identity_authority, connections", "identity_authority: expected the code"}},
		{"repeated key", "timeout: 2s", "url: http://127.0.0.1:9102", []string{"line 13: connections[1].url: expected each key once"}},
		{"no department", "- department: medical-insurance\n    url", "- url", []string{"connections[1].department: expected a value"}},
		{"not a code", "department: medical-insurance", "department: Medical Insurance", []string{"line 8: connections[1].department: expected a department code"}},
		{"number for a text", "department: medical-insurance", "department: 17", []string{"line 8: connections[1].department: expected a text"}},
		{"the same department twice", "department: medical-insurance", "department: public-security", []string{"connections[1].department: expected each department once"}},
		{"authority not connected", "identity_authority: public-security", "identity_authority: education", []string{"line 2: identity_authority: expected the code of one of the connected departments"}},
		{"not a URL", "http://127.0.0.1:9101", "127.0.0.1:9101", []string{"line 9: connections[1].url: expected http or https"}},
		{"password in the URL", "http://127.0.0.1:9101", "http://u:whsec_p@127.0.0.1:9101", []string{"line 9: connections[1].url"}},
		{"file URL", "http://127.0.0.1:9101", "file:///etc", []string{"line 9: connections[1].url"}},
		{"short secret", `"` + secretA + `"`, "whsec_c2hvcnQ=", []string{"line 10: connections[1].outbound_secret: expected a signing secret"}},
		{"no prefix", secretB, "C2FVsBQIhrscChlQIMV", []string{"line 11: connections[1].inbound_secrets[1]: expected a signing secret"}},
		{"a secret in place of a list", "[" + secretA + ", " + secretB + "]", secretA, []string{"line 11: connections[1].inbound_secrets: expected a list", "at least one secret"}},
		{"no inbound secret", "    inbound_secrets: [" + secretA + ", " + secretB + "]\n", "", []string{"connections[1].inbound_secrets: expected at least one secret"}},
		{"yes is no boolean", "handles_cases: true", "handles_cases: maybe", []string{"line 12: connections[1].handles_cases: expected true or false"}},
		{"time without a unit", "timeout: 2s", "timeout: 2", []string{"line 13: connections[1].timeout"}},
		{"time too long", "timeout: 2s", "timeout: 2h", []string{"line 13: connections[1].timeout"}},
		{"time that is none", "timeout: 2s", "timeout: -2s", []string{"line 13: connections[1].timeout"}},
		{"several at once", "handles_cases: true\n    timeout: 2s", "handles_cases: 1\n    timeout: soon\n    port: 1", []string{"line 12:", "line 13:", "line 14:"}},
		{"no YAML", "connections:", "connections: [", []string{"the file: expected one YAML document"}},
	}
	for _, test := range cases {
		t.Run(test.name, func(t *testing.T) {
			source := strings.Replace(wholeFile, test.old, test.new, 1)
			if source == wholeFile {
				t.Fatal("the test changed nothing")
			}
			_, err := ParseConnections([]byte(source))
			var faults ConnectionFaults
			if !errors.As(err, &faults) {
				t.Fatalf("got %v", err)
			}
			for _, want := range test.want {
				if !strings.Contains(err.Error(), want) {
					t.Errorf("%q is not in: %v", want, err)
				}
			}
			if strings.Contains(err.Error(), "MfKQ9") || strings.Contains(err.Error(), "whsec_p") {
				t.Errorf("a secret is in: %v", err)
			}
		})
	}
	for _, source := range []string{"", "just text", "- a\n- b", "a: &x [*x]", "connections: {}", "connections:\n  - 7", "---\na: 1\n---\nb: 2", "\x00\xff"} {
		if _, err := ParseConnections([]byte(source)); err == nil {
			t.Errorf("%q passes", source)
		}
	}
}

func FuzzParseConnections(f *testing.F) {
	f.Add([]byte(wholeFile))
	f.Add([]byte("connections:\n  - department: [\n"))
	f.Fuzz(func(t *testing.T, source []byte) {
		connections, err := ParseConnections(source)
		if (connections == nil) == (err == nil) {
			t.Errorf("got %v and %v", connections, err)
		}
	})
}

func TestSecretsOfAConnectionNeverPrint(t *testing.T) {
	connections, err := ParseConnections([]byte(wholeFile))
	if err != nil {
		t.Fatal(err)
	}
	if printed := fmt.Sprintf("%v %+v %#v", *connections, connections, connections.Connections); strings.Contains(printed, "MfKQ9") {
		t.Errorf("a secret is in: %s", printed)
	}
}
