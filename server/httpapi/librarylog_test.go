package httpapi_test

import (
	"bytes"
	"log"
	"log/slog"
	"strings"
	"testing"

	"onewindow/server/httpapi"
)

// What a library quotes of a stranger's bytes does not come into the log.
func TestWhatLibrariesQuoteIsNotLogged(t *testing.T) {
	var logged bytes.Buffer
	library := log.New(httpapi.LibraryLog(slog.New(slog.NewTextHandler(&logged, nil))), "", 0)
	library.Printf("Unsolicited response received on idle HTTP channel starting with %q; err=%v", `{"name":"周雨水"}`, nil)
	library.Print("http2: " + strings.Repeat("x", 1000) + "周雨水")
	got := logged.String()
	if !strings.Contains(got, "Unsolicited response received on idle HTTP channel starting with\"\n") || strings.Contains(got, "周雨水") || strings.Count(got, "\n") != 2 {
		t.Errorf("logged: %s", got)
	}
}
