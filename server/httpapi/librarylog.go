package httpapi

import (
	"bytes"
	"io"
	"log/slog"
)

// longestLibraryLine is how much of a library's line is kept.
const longestLibraryLine = 200

// LibraryLog takes what libraries write to the standard logger: what happened is logged, and what they quote of a stranger's bytes
// is not. net/http, for one, quotes whatever a department's server sends beyond the length that it announced.
func LibraryLog(logger *slog.Logger) io.Writer { return libraryLog{logger} }

type libraryLog struct{ logger *slog.Logger }

// Write logs one line up to its first quotation.
func (l libraryLog) Write(line []byte) (int, error) {
	text := line
	if quote := bytes.IndexAny(text, "\"`'"); quote >= 0 {
		text = text[:quote]
	}
	l.logger.Warn("a library says", "text", string(bytes.TrimSpace(text[:min(len(text), longestLibraryLine)])))
	return len(line), nil
}
