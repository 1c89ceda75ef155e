package scimserver_test

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"strings"
	"testing"
	"time"

	"airmock/internal/journal"
	"airmock/scimserver"
)

func TestTokens(t *testing.T) {
	f := newFixture(t)
	live, liveSecret := f.createToken("entra", 0)
	_, revokedSecret := f.createToken("old", 0)
	if _, err := f.store.RevokeToken(context.Background(), "old"); err != nil {
		t.Fatal(err)
	}
	_, expiredSecret := f.createToken("short", time.Hour)
	f.now = f.now.Add(2 * time.Hour)

	tests := []struct {
		name          string
		authorization string
		auth          journal.Auth
		token         string
		says          string // in the detail of the 401; "" for 200
	}{
		{"the fixed token is taken", "Bearer " + secret, journal.AuthOK, "--token", ""},
		{"a generated token is taken", "Bearer " + liveSecret, journal.AuthOK, "entra", ""},
		{"the scheme has no case", "bEARER " + liveSecret, journal.AuthOK, "entra", ""},
		{"blanks around the token do no harm", "Bearer   " + liveSecret + " ", journal.AuthOK, "entra", ""},
		{"no header", "", journal.AuthMissing, "", "no token was sent"},
		{"another scheme", "Basic dXNlcjpwYXNz", journal.AuthMissing, "", "holds no bearer token"},
		{"the scheme alone", "Bearer", journal.AuthMissing, "", "holds no bearer token"},
		{"the token alone", liveSecret, journal.AuthMissing, "", "holds no bearer token"},
		{"a token that was never given out", "Bearer nonsense", journal.AuthUnknown, "of 8 characters", "not known here"},
		{"half of the fixed token", "Bearer " + secret[:5], journal.AuthUnknown, "of 5 characters", "not known here"},
		{"a long token that was never given out", "Bearer abcd-0123456789-wxyz", journal.AuthUnknown, "#ee21a9ab", "not known here"}, // printf abcdwxyz | sha256sum
		{"a token of Entra's own", "Bearer eyJhbGciOiJub25lIn0.eyJpc3MiOiJ4In0.abcd", journal.AuthUnknown, "#f9ba2dad", "where the field Secret Token is empty"},
		{"the word Bearer pasted with the token", "Bearer Bearer " + liveSecret, journal.AuthUnknown, hintOf("Bearer " + liveSecret), "leave the word out"},
		{"a revoked token", "Bearer " + revokedSecret, journal.AuthRevoked, "old", "was revoked at 2026-11-22T21:04:11Z"},
		{"an expired token", "Bearer " + expiredSecret, journal.AuthExpired, "short", "expired at 2026-11-22T22:04:11Z"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			f.t = t
			a := f.do("GET", "/Users", "", "Authorization", test.authorization)
			if a.call.Auth != test.auth || a.call.Token != test.token {
				t.Errorf("the call notes %q, %q, want %q, %q", a.call.Auth, a.call.Token, test.auth, test.token)
			}
			if test.says == "" {
				a.wantStatus(http.StatusOK)
				return
			}
			a.wantError(http.StatusUnauthorized, "", test.says)
			wantChallenge(t, a.Header.Get("WWW-Authenticate"), test.auth)
		})
	}

	for _, token := range f.store.Tokens() {
		if used := token.LastUsed.Equal(f.now); used != (token.ID == live.ID) {
			t.Errorf("%s was last used at %v", token.Name, token.LastUsed)
		}
	}
}

// wantChallenge checks a header by RFC 6750 section 3: an error code only where
// there was a token.
func wantChallenge(t *testing.T, challenge string, auth journal.Auth) {
	t.Helper()
	if !strings.HasPrefix(challenge, `Bearer realm="airmock"`) {
		t.Errorf("WWW-Authenticate: %s", challenge)
	}
	if told := strings.Contains(challenge, `error="invalid_token", error_description="`); told != (auth != journal.AuthMissing) {
		t.Errorf("WWW-Authenticate: %s", challenge)
	}
	if strings.Count(challenge, `"`)%2 != 0 {
		t.Errorf("quotes do not pair in %s", challenge)
	}
}

func (f *fixture) createToken(name string, ttl time.Duration) (token struct{ ID string }, secret string) {
	f.t.Helper()
	made, secret, err := f.store.CreateToken(context.Background(), name, ttl)
	if err != nil {
		f.t.Fatal(err)
	}
	token.ID = made.ID
	return token, secret
}

func TestTheTokenIsAskedForBeforeAnythingElse(t *testing.T) {
	f := newFixture(t)
	for _, path := range []string{"/Users", "/Users/nobody", "/Nonsense", "", "/ServiceProviderConfig", "/Bulk"} {
		for _, method := range []string{"GET", "POST", "DELETE", "FROBNICATE"} {
			f.do(method, path, "{not JSON", "Authorization", "").wantError(http.StatusUnauthorized, "", "no token")
		}
	}
}

func TestAnEmptyFixedTokenLetsNobodyIn(t *testing.T) {
	f := newFixture(t, func(o *scimserver.Options) { o.Secret = "" })
	f.do("GET", "/Users", "", "Authorization", "Bearer ").wantStatus(http.StatusUnauthorized)
	f.do("GET", "/Users", "", "Authorization", `Bearer ""`).wantStatus(http.StatusUnauthorized)
}

func TestAnOpenHandlerAsksForNoToken(t *testing.T) {
	f := newFixture(t, func(o *scimserver.Options) { o.Open = true })
	a := f.do("GET", "/Users", "", "Authorization", "")
	a.wantStatus(http.StatusOK)
	if a.call.Auth != journal.AuthUnchecked {
		t.Errorf("the call notes %q", a.call.Auth)
	}
}

// hintOf is how the journal names an unknown token.
func hintOf(secret string) string {
	sum := sha256.Sum256([]byte(secret[:4] + secret[len(secret)-4:]))
	return "#" + hex.EncodeToString(sum[:4])
}
