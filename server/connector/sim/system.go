package sim

import (
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"sync/atomic"
	"time"

	"onewindow/server/connector"
	"onewindow/server/connector/webhook"
)

const largestRequest = 2 << 20

// Behaviour is how a department misbehaves. Fields apply in their order.
type Behaviour struct {
	// Delay comes before every answer.
	Delay time.Duration
	// Hang: no answer at all until the caller gives up.
	Hang bool
	// Status, where not 0, is answered in place of anything else.
	Status int
	// Rubbish: a web page with status 200.
	Rubbish bool
}

// system is one department's system: the HTTP side.
type system struct {
	register     *register
	desk         *desk
	secrets      []webhook.Secret
	handlesCases bool
	behaviour    atomic.Pointer[Behaviour]
}

func (s *system) routes() http.Handler {
	mux := http.NewServeMux()
	mux.Handle("POST /v1/subjects/resolve", answering(s.resolve))
	mux.Handle("POST /v1/materials/fetch", answering(s.fetch))
	if s.register.department == IdentityAuthority {
		mux.Handle("POST /v1/proofs/verify", answering(s.verify))
	}
	if s.handlesCases {
		mux.Handle("POST /v1/cases", answering(s.openCase))
		mux.HandleFunc("POST /v1/cases/{number}/steps/{step}/withdraw", s.withdraw)
	}
	return s.misbehaving(s.signed(mux))
}

// misbehaving plays the Behaviour that was asked for.
func (s *system) misbehaving(next http.Handler) http.Handler {
	return http.HandlerFunc(func(writer http.ResponseWriter, request *http.Request) {
		behaviour := s.behaviour.Load()
		if behaviour == nil {
			next.ServeHTTP(writer, request)
			return
		}
		// Without reading the body first, the server would not notice that the caller went away.
		body, _ := io.ReadAll(http.MaxBytesReader(writer, request.Body, largestRequest))
		request.Body = io.NopCloser(newReader(body))
		if !pause(request.Context(), behaviour.Delay) {
			return
		}
		switch {
		case behaviour.Hang:
			<-request.Context().Done()
		case behaviour.Status != 0:
			answerCode(writer, behaviour.Status, "simulated")
		case behaviour.Rubbish:
			writer.Header().Set("Content-Type", "text/html")
			_, _ = io.WriteString(writer, "<!DOCTYPE html><html><body><h1>系统维护中</h1>")
		default:
			next.ServeHTTP(writer, request)
		}
	})
}

// signed lets only what OneWindow signed in.
func (s *system) signed(next http.Handler) http.Handler {
	return http.HandlerFunc(func(writer http.ResponseWriter, request *http.Request) {
		body, err := io.ReadAll(http.MaxBytesReader(writer, request.Body, largestRequest))
		if err != nil {
			answerCode(writer, http.StatusRequestEntityTooLarge, "too_large")
			return
		}
		if webhook.Verify(s.secrets, request.Header, body, time.Now()) != nil {
			answerCode(writer, http.StatusUnauthorized, "unauthorized")
			return
		}
		request.Body = io.NopCloser(newReader(body))
		next.ServeHTTP(writer, request)
	})
}

// answering turns (status, body, error) into an answer of the protocol.
func answering(handle func(body []byte) (int, []byte, error)) http.Handler {
	return http.HandlerFunc(func(writer http.ResponseWriter, request *http.Request) {
		body, err := io.ReadAll(request.Body)
		if err != nil {
			answerCode(writer, http.StatusBadRequest, "invalid")
			return
		}
		status, answer, err := handle(body)
		switch {
		case errors.Is(err, connector.ErrNotFound):
			answerCode(writer, http.StatusNotFound, "not_found")
		case errors.Is(err, connector.ErrMismatch):
			answerCode(writer, http.StatusConflict, "mismatch")
		case errors.Is(err, errNotKept):
			answerCode(writer, http.StatusServiceUnavailable, "unavailable")
		case err != nil:
			answerCode(writer, http.StatusBadRequest, "invalid")
		default:
			writer.Header().Set("Content-Type", "application/json")
			writer.WriteHeader(status)
			_, _ = writer.Write(answer)
		}
	})
}

func answerCode(writer http.ResponseWriter, status int, code string) {
	writer.Header().Set("Content-Type", "application/json")
	writer.WriteHeader(status)
	_ = json.NewEncoder(writer).Encode(map[string]string{"code": code})
}

func (s *system) resolve(body []byte) (int, []byte, error) {
	request, err := connector.DecodeResolve(body)
	if err != nil {
		return 0, nil, err
	}
	subject, err := s.register.resolve(request)
	if err != nil {
		return 0, nil, err
	}
	answer, err := connector.EncodeSubject(*subject)
	return http.StatusOK, answer, err
}

func (s *system) verify(body []byte) (int, []byte, error) {
	request, err := connector.DecodeProof(body)
	if err != nil {
		return 0, nil, err
	}
	return http.StatusOK, []byte(`{"proven":true}`), s.register.verify(request)
}

func (s *system) fetch(body []byte) (int, []byte, error) {
	request, err := connector.DecodeMaterialRequest(body)
	if err != nil {
		return 0, nil, err
	}
	document, err := s.register.fetch(request)
	if err != nil {
		return 0, nil, err
	}
	answer, err := connector.EncodeDocument(*document)
	return http.StatusOK, answer, err
}

func (s *system) openCase(body []byte) (int, []byte, error) {
	handed, err := connector.DecodeCase(body)
	if err != nil {
		return 0, nil, err
	}
	return http.StatusAccepted, []byte(`{}`), s.desk.open(handed.Number, handed.Step, handed.ItemCode)
}

func (s *system) withdraw(writer http.ResponseWriter, request *http.Request) {
	number, step := request.PathValue("number"), request.PathValue("step")
	answering(func([]byte) (int, []byte, error) {
		return http.StatusAccepted, []byte(`{}`), s.desk.withdraw(number, step)
	}).ServeHTTP(writer, request)
}
