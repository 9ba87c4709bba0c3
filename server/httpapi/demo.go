package httpapi

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"time"

	"onewindow/models"
)

// DemoClock is the clock that demo mode can move on.
type DemoClock struct {
	Now func() time.Time
	// Advance moves the clock on and returns when what became due has been started.
	Advance func(ctx context.Context, by time.Duration) error
}

// largestAdvance is how far the clock moves in one request.
const largestAdvance = 366 * 24 * time.Hour

var wrongAdvance = models.BadInput(models.T(`请发送 {"advance":"72h"}，最多一年，只能向前`, `Send {"advance":"72h"}: at most a year, forward only`))

func (s *server) readClock(w http.ResponseWriter, _ *http.Request) {
	writeJSON(w, http.StatusOK, "application/json", map[string]string{"now": s.Demo.Now().In(models.Zone).Format(time.RFC3339)})
}

func (s *server) moveClock(w http.ResponseWriter, r *http.Request) {
	var wanted struct {
		Advance string `json:"advance"`
	}
	decoder := json.NewDecoder(io.LimitReader(r.Body, 1024))
	decoder.DisallowUnknownFields()
	err := decoder.Decode(&wanted)
	by, wrong := time.ParseDuration(wanted.Advance)
	if err != nil || wrong != nil || by <= 0 || by > largestAdvance {
		problem(w, r, http.StatusBadRequest, wrongAdvance)
		return
	}
	if err := s.Demo.Advance(r.Context(), by); err != nil {
		s.fail(w, r, err)
		return
	}
	s.readClock(w, r)
}
