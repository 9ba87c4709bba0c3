package main

import (
	"context"
	"strings"
	"testing"
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
	if code != failed || !strings.Contains(out, "FAIL resolve.unknown") || !strings.Contains(out, "refused") {
		t.Errorf("exit code %d\n%s", code, out)
	}
	if code, out, _ = asked("conform", "-events", "http://127.0.0.1:1", "-department", "health", "-inbound-secret", secret); code != failed || !strings.Contains(out, "FAIL signature.none") {
		t.Errorf("exit code %d\n%s", code, out)
	}
}
