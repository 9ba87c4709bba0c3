package auth

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"onewindow/models"
)

// What an access token is held to.
const (
	issuer       = "onewindow"
	audience     = "onewindow"
	accessLife   = 15 * time.Minute
	leeway       = time.Minute
	longestToken = 2048
)

// The kinds of people in a token.
const (
	kindResident = "resident"
	kindStaff    = "staff"
)

// claims is all that a token says: who and which session. What staff may do is read from their account.
type claims struct {
	jwt.RegisteredClaims
	SessionID models.ID `json:"sid"`
	Kind      string    `json:"knd"`
}

var errToken = errors.New("the token is not one of ours")

// sign makes an access token.
func (k *Keys) sign(session *sessionRow, now time.Time) (string, time.Time, error) {
	expires := now.Add(accessLife).Truncate(time.Second)
	if session.ExpiresAt.Before(expires) {
		expires = session.ExpiresAt.UTC().Truncate(time.Second)
	}
	token := jwt.NewWithClaims(jwt.SigningMethodEdDSA, claims{
		RegisteredClaims: jwt.RegisteredClaims{
			Issuer: issuer, Audience: jwt.ClaimStrings{audience}, Subject: string(session.PersonID), ID: string(models.NewID()),
			IssuedAt: jwt.NewNumericDate(now), ExpiresAt: jwt.NewNumericDate(expires),
		},
		SessionID: session.ID, Kind: session.Kind,
	})
	token.Header["kid"] = k.current.ID
	signed, err := token.SignedString(k.current.private)
	if err != nil {
		return "", time.Time{}, fmt.Errorf("sign token: %w", err)
	}
	return signed, expires, nil
}

// parse checks a token. The claims are given out only when everything about the token is right.
func (k *Keys) parse(text string, now time.Time) (*claims, error) {
	if strings.ContainsAny(text, "\r\n") { // encoding/base64 leaves them out, also where it is strict
		return nil, errToken
	}
	parser := jwt.NewParser(
		jwt.WithStrictDecoding(), jwt.WithValidMethods([]string{jwt.SigningMethodEdDSA.Alg()}),
		jwt.WithIssuer(issuer), jwt.WithAudience(audience), jwt.WithExpirationRequired(), jwt.WithIssuedAt(),
		jwt.WithLeeway(leeway), jwt.WithTimeFunc(func() time.Time { return now }),
	)
	said := &claims{}
	_, err := parser.ParseWithClaims(text, said, func(token *jwt.Token) (any, error) {
		// An extension that must be understood (RFC 7515, 4.1.11) is none of ours; the library does not look.
		if _, critical := token.Header["crit"]; critical {
			return nil, errToken
		}
		name, _ := token.Header["kid"].(string)
		if key := k.public[name]; key != nil {
			return key, nil
		}
		return nil, errToken
	})
	if err != nil {
		return nil, err
	}
	_, subjectFits := models.ParseID(said.Subject)
	_, sessionFits := models.ParseID(string(said.SessionID))
	if !subjectFits || !sessionFits || said.ID == "" || said.IssuedAt == nil || (said.Kind != kindResident && said.Kind != kindStaff) {
		return nil, errToken
	}
	return said, nil
}
