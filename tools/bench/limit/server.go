package limit

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"strconv"
	"sync"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"onewindow/models/catalogue"
	"onewindow/models/sealed"
	"onewindow/models/store"
)

// connections is the size of the pool, OneWindow's own.
const connections = 16

// Server answers the two questions.
type Server struct {
	pool     *pgxpool.Pool
	snapshot *catalogue.Snapshot
	keyring  *sealed.Keyring
	buffers  sync.Pool
}

// Open connects to a database that the cases package has filled.
func Open(ctx context.Context, databaseURL string, keyring *sealed.Keyring) (*Server, error) {
	snapshot, err := installed(ctx, databaseURL)
	if err != nil {
		return nil, err
	}
	settings, err := pgxpool.ParseConfig(databaseURL)
	if err != nil {
		return nil, errors.New("database URL: not of the form postgres://user@host:port/name")
	}
	settings.MaxConns, settings.MinConns = connections, connections
	pool, err := pgxpool.NewWithConfig(ctx, settings)
	if err != nil {
		return nil, fmt.Errorf("open database: %w", err)
	}
	return &Server{
		pool: pool, snapshot: snapshot, keyring: keyring, buffers: sync.Pool{New: func() any { return &writer{} }},
	}, nil
}

// installed reads the versions of the catalogue's items that the database has.
func installed(ctx context.Context, databaseURL string) (*catalogue.Snapshot, error) {
	house, err := store.Open(ctx, store.Config{DatabaseURL: databaseURL, Clock: store.SystemClock{}})
	if err != nil {
		return nil, err
	}
	defer func() { _ = house.Close() }()
	loaded, faults := catalogue.Embedded()
	if len(faults) > 0 {
		return nil, fmt.Errorf("catalogue: %w", faults)
	}
	service := catalogue.NewService(house)
	if err := service.Install(ctx, loaded); err != nil {
		return nil, err
	}
	return service.Current(), nil
}

// Serve answers until the context ends.
func (s *Server) Serve(ctx context.Context, listener net.Listener) error {
	mux := http.NewServeMux()
	mux.HandleFunc("POST /progress", s.progress)
	mux.HandleFunc("POST /mine", s.mine)
	server := &http.Server{Handler: mux} // #nosec G112 -- on loopback, for a measurement
	stopped := context.AfterFunc(ctx, func() { _ = server.Close() })
	defer stopped()
	defer s.pool.Close()
	if err := server.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return nil
}

// question is the body of both requests.
type question struct {
	Number string `json:"number"`
	Person string `json:"person"`
	First  int    `json:"first"`
}

func (s *Server) progress(w http.ResponseWriter, r *http.Request) {
	s.answer(w, r, func(out *writer, asked question) error {
		batch := &pgx.Batch{}
		batch.Queue("SELECT "+caseColumns+" FROM casework_applications WHERE number = $1", asked.Number)
		batch.Queue(`SELECT e.sequence, e.id::text, e.at, e.kind, e.title, e.detail, e.department FROM casework_events e
			JOIN casework_applications a ON a.id = e.application_id WHERE a.number = $1 AND e.public ORDER BY e.sequence LIMIT 21`, asked.Number)
		batch.Queue(`SELECT d.id::text, d.number, d.issued_on, d.expires_on FROM material_documents d
			JOIN casework_applications a ON a.id = d.source_application_id WHERE a.number = $1`, asked.Number)
		results := s.pool.SendBatch(r.Context(), batch)
		defer func() { _ = results.Close() }()
		c, err := readCase(results.QueryRow())
		if err != nil {
			return err
		}
		events, err := results.Query()
		if err != nil {
			return err
		}
		timeline, err := readEvents(events)
		if err != nil {
			return err
		}
		documents, err := results.Query()
		if err != nil {
			return err
		}
		issued, err := s.readDocuments(documents)
		if err != nil {
			return err
		}
		return s.writeProgress(out, c, timeline, issued)
	})
}

func (s *Server) mine(w http.ResponseWriter, r *http.Request) {
	s.answer(w, r, func(out *writer, asked question) error {
		batch := &pgx.Batch{}
		batch.Queue("SELECT count(*) FROM casework_applications WHERE applicant_id = $1 OR subject_id = $1", asked.Person)
		batch.Queue("SELECT "+caseColumns+" FROM casework_applications WHERE applicant_id = $1 OR subject_id = $1 ORDER BY id DESC LIMIT $2",
			asked.Person, asked.First+1)
		results := s.pool.SendBatch(r.Context(), batch)
		defer func() { _ = results.Close() }()
		var total int
		if err := results.QueryRow().Scan(&total); err != nil {
			return err
		}
		rows, err := results.Query()
		if err != nil {
			return err
		}
		defer rows.Close()
		var cases []*row
		for rows.Next() {
			c, err := readCase(rows)
			if err != nil {
				return err
			}
			cases = append(cases, c)
		}
		if err := rows.Err(); err != nil {
			return err
		}
		return s.writeMine(out, cases, total, asked.First)
	})
}

func (s *Server) answer(w http.ResponseWriter, r *http.Request, work func(out *writer, asked question) error) {
	var asked question
	if err := json.NewDecoder(r.Body).Decode(&asked); err != nil {
		http.Error(w, "not a question", http.StatusBadRequest)
		return
	}
	out, _ := s.buffers.Get().(*writer)
	defer s.buffers.Put(out)
	out.bytes = out.bytes[:0]
	if err := work(out, asked); err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Content-Length", strconv.Itoa(len(out.bytes)))
	_, _ = w.Write(out.bytes)
}
