package app_test

import (
	"net/http"
	"sync/atomic"

	"onewindow/models/store"
)

// statementCount counts the database statements of the last request that went through the door.
type statementCount struct{ last atomic.Pointer[atomic.Int64] }

func (s *statementCount) wrap(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		ctx, counter := store.WithCounter(r.Context())
		s.last.Store(counter)
		next.ServeHTTP(w, r.WithContext(ctx))
	})
}
