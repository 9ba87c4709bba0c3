package auth

import (
	"context"
	"fmt"
	"sync"

	"github.com/alexedwards/argon2id"
)

// hashing is the cost of a password: what OWASP asks of argon2id at least, some 20 ms and 19 MiB.
var hashing = argon2id.Params{Memory: 19 * 1024, Iterations: 2, Parallelism: 1, SaltLength: 16, KeyLength: 32}

// longestPassword bounds what is hashed, in bytes.
const longestPassword = 1024

// passwords hashes and compares, two at a time: memory and processors are for those who are signed in.
type passwords struct {
	slots chan struct{}
	// dummy is compared with where there is no account, so that the answer takes the same time.
	dummy func() (string, error)
}

func newPasswords() *passwords {
	return &passwords{
		slots: make(chan struct{}, 2),
		dummy: sync.OnceValues(func() (string, error) { return argon2id.CreateHash("nobody's password", &hashing) }),
	}
}

func (p *passwords) enter(ctx context.Context) (leave func(), err error) {
	select {
	case p.slots <- struct{}{}:
		return func() { <-p.slots }, nil
	case <-ctx.Done():
		return nil, fmt.Errorf("password: %w", ctx.Err())
	}
}

func (p *passwords) hash(ctx context.Context, password string) (string, error) {
	leave, err := p.enter(ctx)
	if err != nil {
		return "", err
	}
	defer leave()
	hash, err := argon2id.CreateHash(password, &hashing)
	if err != nil {
		return "", fmt.Errorf("password: %w", err)
	}
	return hash, nil
}

// matches compares a password with a hash; without a hash it takes as long and is false.
func (p *passwords) matches(ctx context.Context, password, hash string) (bool, error) {
	leave, err := p.enter(ctx)
	if err != nil {
		return false, err
	}
	defer leave()
	known := hash != "" && len(password) <= longestPassword
	if !known {
		password = password[:min(len(password), longestPassword)]
		if hash, err = p.dummy(); err != nil {
			return false, fmt.Errorf("password: %w", err)
		}
	}
	match, err := argon2id.ComparePasswordAndHash(password, hash)
	if err != nil {
		return false, fmt.Errorf("password: %w", err)
	}
	return match && known, nil
}
