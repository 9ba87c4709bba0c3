package main

import (
	"cmp"
	"context"
	"crypto/rand"
	"crypto/sha256"
	"fmt"
	"time"

	"github.com/golang-jwt/jwt/v5"
	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"onewindow/auth"
	"onewindow/models"
	"onewindow/server/config"
)

// signIn opens a session for each caller, in the tables of sign-in and with the key that signs, as a code by SMS would have.
// The tokens hold for the quarter of an hour that tokens hold.
func signIn(ctx context.Context, databaseURL string, keys *config.Keys, people []*person) error {
	connection, err := pgx.Connect(ctx, databaseURL)
	if err != nil {
		return err
	}
	defer func() { _ = connection.Close(ctx) }()
	key, err := auth.NewSigningKey(keys.Signing[0].Private.Seed())
	if err != nil {
		return err
	}
	now := time.Now().UTC().Truncate(time.Microsecond)
	until := now.AddDate(0, 0, 30)
	var sessions, refreshes [][]any
	for _, one := range people {
		session := models.NewID()
		token := jwt.NewWithClaims(jwt.SigningMethodEdDSA, jwt.MapClaims{
			"iss": "onewindow", "aud": "onewindow", "sub": string(one.id), "jti": string(models.NewID()), "sid": string(session), "knd": cmp.Or(one.kind, "resident"),
			"iat": now.Unix(), "exp": now.Add(15 * time.Minute).Unix(),
		})
		token.Header["kid"] = key.ID
		if one.token, err = token.SignedString(keys.Signing[0].Private); err != nil {
			return err
		}
		var secret [32]byte
		_, _ = rand.Read(secret[:]) // never fails since Go 1.24
		hash := sha256.Sum256(secret[:])
		sessions = append(sessions, []any{uuid.MustParse(string(session)), uuid.MustParse(string(one.id)), cmp.Or(one.kind, "resident"), "bench", now, until})
		refreshes = append(refreshes, []any{hash[:], uuid.MustParse(string(session)), now, until})
	}
	_, err = connection.CopyFrom(ctx, pgx.Identifier{"auth_sessions"},
		[]string{"id", "person_id", "kind", "device_id", "created_at", "expires_at"}, pgx.CopyFromRows(sessions))
	if err == nil {
		_, err = connection.CopyFrom(ctx, pgx.Identifier{"auth_refresh_tokens"},
			[]string{"token_hash", "session_id", "created_at", "expires_at"}, pgx.CopyFromRows(refreshes))
	}
	if err != nil {
		return fmt.Errorf("sign in: %w", err)
	}
	return nil
}
