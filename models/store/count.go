package store

import (
	"context"
	"sync/atomic"

	"gorm.io/gorm"
)

type counterKey struct{}

// WithCounter counts the statements that are run under the context: the stories hold the read paths to their number.
func WithCounter(ctx context.Context) (context.Context, *atomic.Int64) {
	counter := new(atomic.Int64)
	return context.WithValue(ctx, counterKey{}, counter), counter
}

// CountStatement counts one statement that does not go through GORM.
func CountStatement(ctx context.Context) {
	if counter, counting := ctx.Value(counterKey{}).(*atomic.Int64); counting {
		counter.Add(1)
	}
}

func (s *Store) count() error {
	before := func(db *gorm.DB) { CountStatement(db.Statement.Context) }
	for _, db := range []*gorm.DB{s.write, s.read} {
		callbacks := db.Callback()
		for _, register := range []func() error{
			func() error { return callbacks.Query().Before("*").Register("onewindow:count", before) },
			func() error { return callbacks.Row().Before("*").Register("onewindow:count", before) },
			func() error { return callbacks.Raw().Before("*").Register("onewindow:count", before) },
			func() error { return callbacks.Create().Before("*").Register("onewindow:count", before) },
			func() error { return callbacks.Update().Before("*").Register("onewindow:count", before) },
			func() error { return callbacks.Delete().Before("*").Register("onewindow:count", before) },
		} {
			if err := register(); err != nil {
				return err
			}
		}
		if s.read == s.write {
			break
		}
	}
	return nil
}
