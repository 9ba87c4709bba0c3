package httpapi

import (
	"context"
	"net/http"
	"time"
)

// checkTime is how long one readiness check may take.
const checkTime = 2 * time.Second

// alive says that the process serves requests at all.
func alive(w http.ResponseWriter, _ *http.Request) {
	writeJSON(w, http.StatusOK, "application/json", map[string]string{"status": "alive"})
}

// ready runs the checks: 200 when all pass, 503 with the names of those that do not. Why they do not is for the log.
func (s *server) ready(w http.ResponseWriter, r *http.Request) {
	failing := []string{}
	for _, check := range s.Ready {
		ctx, cancel := context.WithTimeout(r.Context(), checkTime)
		if err := check.Run(ctx); err != nil {
			s.logger.WarnContext(r.Context(), "not ready", "check", check.Name, "cause", err.Error())
			failing = append(failing, check.Name)
		}
		cancel()
	}
	if len(failing) > 0 {
		writeJSON(w, http.StatusServiceUnavailable, "application/json", map[string]any{"status": "not ready", "failing": failing})
		return
	}
	writeJSON(w, http.StatusOK, "application/json", map[string]string{"status": "ready"})
}
