package httpapi

import (
	"context"
	"encoding/json"
	"mime"
	"net/http"

	"onewindow/models"
	"onewindow/notify"
)

// DeadLetters are the deliveries that were given up, and the way to send them again. They hold no personal data.
type DeadLetters struct {
	List   func(ctx context.Context, channel notify.Channel) ([]notify.Dead, error)
	Replay func(ctx context.Context, ids []models.ID) (int, error)
}

// largestReplay bounds the body of a replay: a thousand ids.
const largestReplay = 64 << 10

func (d DeadLetters) serve(mux *http.ServeMux) {
	mux.HandleFunc("GET /messages/dead", func(w http.ResponseWriter, r *http.Request) {
		dead, err := d.List(r.Context(), notify.Channel(r.URL.Query().Get("channel")))
		answerJSON(w, dead, err)
	})
	mux.HandleFunc("POST /messages/replay", func(w http.ResponseWriter, r *http.Request) {
		// A page in an operator's browser cannot send this type unasked.
		if kind, _, err := mime.ParseMediaType(r.Header.Get("Content-Type")); err != nil || kind != "application/json" {
			http.Error(w, "want application/json", http.StatusUnsupportedMediaType)
			return
		}
		var wanted struct {
			IDs []models.ID `json:"ids"`
		}
		if json.NewDecoder(http.MaxBytesReader(w, r.Body, largestReplay)).Decode(&wanted) != nil {
			http.Error(w, `want {"ids": ["…"]}`, http.StatusBadRequest)
			return
		}
		for _, id := range wanted.IDs {
			if _, isID := models.ParseID(string(id)); !isID {
				http.Error(w, "not an id", http.StatusBadRequest)
				return
			}
		}
		count, err := d.Replay(r.Context(), wanted.IDs)
		answerJSON(w, map[string]int{"replayed": count}, err)
	})
}

func answerJSON(w http.ResponseWriter, value any, err error) {
	if err != nil {
		http.Error(w, "the database does not answer; see the log of this server", http.StatusServiceUnavailable)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(value) // whoever asked has gone
}
