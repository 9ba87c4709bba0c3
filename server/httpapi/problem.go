package httpapi

import (
	"crypto/rand"
	"encoding/json"
	"errors"
	"maps"
	"net/http"
	"strconv"
	"strings"

	"onewindow/graph/caller"
	"onewindow/graph/door"
	"onewindow/models"
	"onewindow/models/store"
)

// problem answers with problem+json (RFC 9457): the title in the caller's language, the code, and a fault's extensions.
func problem(w http.ResponseWriter, r *http.Request, status int, fault *models.Fault) {
	door.StopReading(w, r)
	if seconds, found := fault.Extensions["retryAfterSeconds"].(int); found {
		w.Header().Set("Retry-After", strconv.Itoa(seconds))
	}
	if status == http.StatusUnauthorized {
		w.Header().Set("WWW-Authenticate", "Bearer")
	}
	writeJSON(w, status, "application/problem+json", problemBody(caller.LocaleFrom(r.Context()), status, fault))
}

// problemBody is one body for two readers: the members of RFC 9457, and errors as a GraphQL client looks for them.
func problemBody(locale models.Locale, status int, fault *models.Fault) map[string]any {
	body, extensions := map[string]any{}, map[string]any{}
	maps.Copy(body, fault.Extensions)
	maps.Copy(extensions, fault.Extensions)
	extensions["code"] = fault.Code
	body["type"], body["status"], body["code"], body["title"] = "about:blank", status, fault.Code, fault.Text.In(locale)
	body["errors"] = []map[string]any{{"message": fault.Text.In(locale), "extensions": extensions}}
	return body
}

func writeJSON(w http.ResponseWriter, status int, contentType string, body any) {
	raw, err := json.Marshal(body)
	if err != nil {
		raw, status = []byte(`{"title":"Something went wrong on our side","status":500,"code":"INTERNAL"}`), http.StatusInternalServerError
	}
	w.Header().Set("Content-Type", contentType)
	w.WriteHeader(status)
	// A reader that went away is nobody's fault; there is no one left to tell.
	_, _ = w.Write(raw)
}

// NotFound answers a path where nothing is.
func NotFound(w http.ResponseWriter, r *http.Request) {
	problem(w, r, http.StatusNotFound, models.NotFound())
}

// fail answers an error: a fault by its code, anything else as an incident whose cause only the log has.
func (s *server) fail(w http.ResponseWriter, r *http.Request, err error) {
	var fault *models.Fault
	if errors.As(err, &fault) {
		if fault.Code == models.UnavailableCode && door.HasCause(err) {
			s.logger.WarnContext(r.Context(), "could not be served", "cause", err.Error())
		}
		problem(w, r, statusOf(fault.Code), fault)
		return
	}
	if store.IsAway(err) {
		s.logger.WarnContext(r.Context(), "could not be served", "cause", err.Error())
		away := models.Unavailable(models.T("系统暂时不可用，请稍后再试", "The system is not available at the moment, please try again later"))
		problem(w, r, statusOf(away.Code), away)
		return
	}
	incident := strings.ToLower(rand.Text()[:12])
	s.logger.ErrorContext(r.Context(), "incident", "incident", incident, "cause", err.Error())
	problem(w, r, http.StatusInternalServerError, &models.Fault{
		Code: models.Internal, Text: models.T("系统出了问题，请稍后再试", "Something went wrong on our side, please try again later"),
		Extensions: map[string]any{"incident": incident},
	})
}

func statusOf(code models.FaultCode) int {
	switch code {
	case models.Unauthenticated:
		return http.StatusUnauthorized
	case models.Forbidden:
		return http.StatusForbidden
	case models.NotFoundCode:
		return http.StatusNotFound
	case models.ConflictCode:
		return http.StatusConflict
	case models.RateLimitedCode:
		return http.StatusTooManyRequests
	case models.UnavailableCode:
		return http.StatusServiceUnavailable
	case models.Internal:
		return http.StatusInternalServerError
	}
	return http.StatusBadRequest
}
