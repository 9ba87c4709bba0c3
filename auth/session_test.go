package auth_test

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"strings"
	"sync"
	"testing"
	"time"

	"crypto/ed25519"

	"github.com/golang-jwt/jwt/v5"

	"onewindow/auth"
	"onewindow/models"
)

func (h *house) refresh(t *testing.T, token string) (*auth.Session, string) {
	t.Helper()
	session, problems, err := h.auth.Refresh(context.Background(), token)
	if err != nil {
		t.Fatal(err)
	}
	return session, codes(problems)
}

func TestARefreshTokenRotatesAndALostAnswerIsGivenAgain(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		first, _ := h.signIn(t, phone)
		second, refused := h.refresh(t, first.RefreshToken)
		if second == nil || second.RefreshToken == first.RefreshToken || second.AccessToken == first.AccessToken {
			t.Fatalf("second %v, %s", second, refused)
		}
		h.clock.Advance(10 * time.Second)
		if again, _ := h.refresh(t, first.RefreshToken); again == nil || *again != *second {
			t.Errorf("within ten seconds: %v", again)
		}
		if third, refused := h.refresh(t, second.RefreshToken); third == nil {
			t.Errorf("the second was refused: %s", refused)
		}
	})
}

func TestACopiedRefreshTokenEndsTheSessionAndItsOwnerIsTold(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		ctx := context.Background()
		first, person := h.signIn(t, phone)
		second, _ := h.refresh(t, first.RefreshToken)
		h.clock.Advance(11 * time.Second)
		if _, refused := h.refresh(t, first.RefreshToken); refused != "refreshToken EXPIRED" {
			t.Errorf("reuse: %s", refused)
		}
		if _, refused := h.refresh(t, second.RefreshToken); refused != "refreshToken EXPIRED" {
			t.Errorf("the family lives on: %s", refused)
		}
		for _, token := range []string{first.AccessToken, second.AccessToken} {
			if _, err := h.auth.Verify(ctx, token); faultCode(err) != models.Unauthenticated {
				t.Errorf("an access token of the family: %v", err)
			}
		}
		if len(h.told) != 1 || h.told[0] != person.ID {
			t.Errorf("told %v", h.told)
		}
	})
}

func TestAfterTheSuccessorWasUsedTheOldTokenIsNoLostAnswer(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		first, _ := h.signIn(t, phone)
		second, _ := h.refresh(t, first.RefreshToken)
		h.refresh(t, second.RefreshToken)
		if _, refused := h.refresh(t, first.RefreshToken); refused != "refreshToken EXPIRED" || len(h.told) != 1 {
			t.Errorf("got %s, told %v", refused, h.told)
		}
	})
}

func TestOneRefreshTokenManyTimesAtOnceGivesOnePair(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		first, _ := h.signIn(t, phone)
		var group sync.WaitGroup
		pairs := make([]*auth.Session, 10)
		for i := range pairs {
			group.Go(func() { pairs[i], _ = h.refresh(t, first.RefreshToken) })
		}
		group.Wait()
		for _, pair := range pairs {
			if pair == nil || *pair != *pairs[0] {
				t.Fatalf("pairs differ: %v, %v", pair, pairs[0])
			}
		}
	})
}

func TestWhatIsNoRefreshTokenHasTheSameAnswer(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		session, _ := h.signIn(t, phone)
		for _, token := range []string{"", "x", session.AccessToken, session.RefreshToken + "=", base64.RawURLEncoding.EncodeToString(make([]byte, 32)), strings.Repeat("A", 9000)} {
			if _, refused := h.refresh(t, token); refused != "refreshToken EXPIRED" {
				t.Errorf("%.20q: %s", token, refused)
			}
		}
		h.clock.Advance(30*24*time.Hour - time.Second)
		session, _ = h.refresh(t, session.RefreshToken)
		if session == nil {
			t.Fatal("refused before a month without use")
		}
		h.clock.Advance(30 * 24 * time.Hour)
		if _, refused := h.refresh(t, session.RefreshToken); refused != "refreshToken EXPIRED" {
			t.Errorf("after a month without use: %s", refused)
		}
	})
}

func TestALogoutIsEffectiveOnEveryReplicaWithinASecond(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		ctx, cancel := context.WithCancel(context.Background())
		defer cancel()
		other := auth.New(h.config)
		if err := other.Start(ctx); err != nil {
			t.Fatal(err)
		}
		done := make(chan struct{})
		go func() { other.Watch(ctx, func(err error) { t.Error(err) }); close(done) }()
		session, _ := h.signIn(t, phone)
		h.clock.Advance(time.Minute)
		staying, _ := h.signIn(t, phone)
		actor, err := other.Verify(ctx, session.AccessToken)
		if err != nil {
			t.Fatal(err)
		}
		if err := h.auth.Logout(ctx, actor); err != nil {
			t.Fatal(err)
		}
		if _, err := h.auth.Verify(ctx, session.AccessToken); faultCode(err) != models.Unauthenticated {
			t.Errorf("here: %v", err)
		}
		limit := time.Now().Add(time.Minute) // a poll is 300 ms; the rest is for a loaded machine
		for _, err = other.Verify(ctx, session.AccessToken); err == nil && time.Now().Before(limit); _, err = other.Verify(ctx, session.AccessToken) {
			time.Sleep(20 * time.Millisecond)
		}
		if faultCode(err) != models.Unauthenticated {
			t.Errorf("on the other replica: %v", err)
		}
		if _, err := other.Verify(ctx, staying.AccessToken); err != nil {
			t.Errorf("the other session ended too: %v", err)
		}
		fresh := auth.New(h.config)
		if _, err := fresh.Verify(ctx, session.AccessToken); faultCode(err) != models.Unauthenticated {
			t.Errorf("on a replica that starts now: %v", err)
		}
		if _, refused := h.refresh(t, session.RefreshToken); refused != "refreshToken EXPIRED" {
			t.Errorf("refresh after logout: %s", refused)
		}
		if err := h.auth.Logout(ctx, models.Actor{}); faultCode(err) != models.Unauthenticated {
			t.Errorf("a stranger's logout: %v", err)
		}
		cancel()
		<-done
	})
}

func TestEndSessionsEndsThemAllAndSweepLeavesTheLiving(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		ctx := context.Background()
		session, person := h.signIn(t, phone)
		other, _ := h.signIn(t, otherPhone)
		if err := h.auth.EndSessions(ctx, person.ID); err != nil {
			t.Fatal(err)
		}
		if _, err := h.auth.Verify(ctx, session.AccessToken); err == nil {
			t.Error("a session lives on")
		}
		next, _ := h.refresh(t, other.RefreshToken)
		h.clock.Advance(11 * time.Second)
		if err := h.auth.Sweep(ctx); err != nil {
			t.Fatal(err)
		}
		var kept int
		h.store.Reader(ctx).Raw("SELECT count(*) FROM auth_refresh_tokens WHERE successor IS NOT NULL").Scan(&kept)
		if kept != 0 {
			t.Errorf("%d pairs are kept beyond the moments of grace", kept)
		}
		if again, refused := h.refresh(t, next.RefreshToken); again == nil {
			t.Errorf("a living session was swept away: %s", refused)
		}
		h.clock.Advance(32 * 24 * time.Hour)
		if err := h.auth.Sweep(ctx); err != nil {
			t.Fatal(err)
		}
		h.store.Reader(ctx).Raw("SELECT count(*) FROM auth_refresh_tokens").Scan(&kept)
		if kept != 0 {
			t.Errorf("%d expired tokens are kept", kept)
		}
	})
}

// forged makes a token as an attacker would.
func forged(t *testing.T, method jwt.SigningMethod, key any, change func(header map[string]any, claims jwt.MapClaims), like string) string {
	t.Helper()
	original := jwt.MapClaims{}
	parsed, _, err := jwt.NewParser().ParseUnverified(like, original)
	if err != nil {
		t.Fatal(err)
	}
	token := jwt.NewWithClaims(method, original)
	token.Header["kid"] = parsed.Header["kid"]
	if change != nil {
		change(token.Header, original)
	}
	text, err := token.SignedString(key)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

func TestBentTokensAreRefused(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		ctx := context.Background()
		session, _ := h.signIn(t, phone)
		good := session.AccessToken
		ours := ed25519.NewKeyFromSeed([]byte(strings.Repeat("k", 32)))
		theirs := ed25519.NewKeyFromSeed([]byte(strings.Repeat("x", 32)))
		claim := func(name string, value any) func(map[string]any, jwt.MapClaims) {
			return func(_ map[string]any, claims jwt.MapClaims) {
				if value == nil {
					delete(claims, name)
					return
				}
				claims[name] = value
			}
		}
		header := func(name string, value any) func(map[string]any, jwt.MapClaims) {
			return func(header map[string]any, _ jwt.MapClaims) { header[name] = value }
		}
		eddsa, now := jwt.SigningMethodEdDSA, h.clock.Now()
		if _, err := h.auth.Verify(ctx, forged(t, eddsa, ours, nil, good)); err != nil {
			t.Fatalf("the control was refused, so nothing is tested: %v", err)
		}
		parts := strings.Split(good, ".")
		bent := map[string]string{
			"nothing":                   "",
			"no token":                  "Bearer",
			"alg none":                  forged(t, jwt.SigningMethodNone, jwt.UnsafeAllowNoneSignatureType, nil, good),
			"HS256 with the public key": forged(t, jwt.SigningMethodHS256, []byte(ours.Public().(ed25519.PublicKey)), nil, good),
			"another key":               forged(t, eddsa, theirs, nil, good),
			"a kid of another":          forged(t, eddsa, theirs, header("kid", "theirs"), good),
			"no kid":                    forged(t, eddsa, ours, header("kid", ""), good),
			"a kid that is a list":      forged(t, eddsa, ours, header("kid", []string{"a"}), good),
			"a critical extension":      forged(t, eddsa, ours, header("crit", []string{"b64"}), good),
			"expired":                   forged(t, eddsa, ours, claim("exp", now.Add(-61*time.Second).Unix()), good),
			"no expiry":                 forged(t, eddsa, ours, claim("exp", nil), good),
			"issued in the future":      forged(t, eddsa, ours, claim("iat", now.Add(2*time.Minute).Unix()), good),
			"no moment of issue":        forged(t, eddsa, ours, claim("iat", nil), good),
			"another audience":          forged(t, eddsa, ours, claim("aud", "elsewhere"), good),
			"no audience":               forged(t, eddsa, ours, claim("aud", nil), good),
			"another issuer":            forged(t, eddsa, ours, claim("iss", "elsewhere"), good),
			"no issuer":                 forged(t, eddsa, ours, claim("iss", nil), good),
			"no subject":                forged(t, eddsa, ours, claim("sub", nil), good),
			"a subject that is no id":   forged(t, eddsa, ours, claim("sub", "' OR 1=1"), good),
			"no session":                forged(t, eddsa, ours, claim("sid", nil), good),
			"no id":                     forged(t, eddsa, ours, claim("jti", nil), good),
			"an unknown kind":           forged(t, eddsa, ours, claim("knd", "system"), good),
			"staff who do not exist":    forged(t, eddsa, ours, claim("knd", "staff"), good),
			"too large":                 forged(t, eddsa, ours, claim("pad", strings.Repeat("x", 2000)), good),
			"padding":                   good + "==",
			"loose base64":              parts[0] + "." + parts[1] + "." + parts[2][:len(parts[2])-1] + "_",
			"the refresh token":         session.RefreshToken,
			"a part more":               good + ".x",
		}
		for name, token := range bent {
			if actor, err := h.auth.Verify(ctx, token); faultCode(err) != models.Unauthenticated || actor.Kind != "" {
				t.Errorf("%s: %+v, %v", name, actor, err)
			}
		}
		if actor, err := h.auth.Verify(ctx, forged(t, eddsa, ours, claim("exp", now.Add(-59*time.Second).Unix()), good)); err != nil || actor.ID == "" {
			t.Errorf("within the leeway: %v", err)
		}
		previous := ed25519.NewKeyFromSeed([]byte(strings.Repeat("p", 32)))
		if _, err := h.auth.Verify(ctx, forged(t, eddsa, previous, header("kid", signingKey(t, "p").ID), good)); err != nil {
			t.Errorf("a token of the previous key: %v", err)
		}
	})
}

func TestATokenEndsAfterAQuarterOfAnHourAndHoldsNothingPersonal(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		ctx := context.Background()
		session, _ := h.signIn(t, phone)
		h.clock.Advance(15*time.Minute + 59*time.Second)
		if _, err := h.auth.Verify(ctx, session.AccessToken); err != nil {
			t.Errorf("within the leeway: %v", err)
		}
		h.clock.Advance(time.Second)
		if _, err := h.auth.Verify(ctx, session.AccessToken); faultCode(err) != models.Unauthenticated {
			t.Errorf("after it, remembered or not: %v", err)
		}
		said := map[string]any{}
		raw, _ := base64.RawURLEncoding.DecodeString(strings.Split(session.AccessToken, ".")[1])
		if err := json.Unmarshal(raw, &said); err != nil {
			t.Fatal(err)
		}
		for name := range said {
			if !strings.Contains(" sub sid knd jti exp iat iss aud ", " "+name+" ") {
				t.Errorf("the token says %s", name)
			}
		}
	})
}

func TestKeySetShowsPublicKeysAlone(t *testing.T) {
	keys, err := auth.NewKeys(signingKey(t, "k"), signingKey(t, "p"))
	if err != nil {
		t.Fatal(err)
	}
	var set struct{ Keys []map[string]string }
	if err := json.Unmarshal(keys.JWKS(), &set); err != nil || len(set.Keys) != 2 {
		t.Fatalf("%s, %v", keys.JWKS(), err)
	}
	for _, key := range set.Keys {
		if key["kty"] != "OKP" || key["crv"] != "Ed25519" || key["alg"] != "EdDSA" || key["d"] != "" || len(key["x"]) != 43 {
			t.Errorf("key %v", key)
		}
	}
	if _, err := auth.NewKeys(signingKey(t, "k"), signingKey(t, "k")); err == nil {
		t.Error("one key twice")
	}
	// RFC 8037, appendix A.1 and A.3.
	seed, _ := base64.RawURLEncoding.DecodeString("nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A")
	if key, err := auth.NewSigningKey(seed); err != nil || key.ID != "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k" {
		t.Errorf("thumbprint %s, %v", key.ID, err)
	}
}
