package scimserver

import (
	"crypto/sha256"
	"crypto/subtle"
	"fmt"
	"net/http"
	"strings"
	"time"

	"airmock/internal/journal"
)

// fixedToken is the name under which the journal knows Options.Secret.
const fixedToken = "--token"

// renew says how to come by a token that works.
const renew = "generate one on the Azure Config page or with `airmock token create`, and paste it into the field Secret Token"

// authenticate checks the request's bearer token (RFC 6750) and notes on the
// call what became of it.
func (q *request) authenticate() error {
	if q.Open {
		return nil
	}
	scheme, secret, _ := strings.Cut(strings.TrimSpace(first(q.http.Header, "Authorization")), " ")
	secret = strings.TrimSpace(secret)
	if !strings.EqualFold(scheme, "Bearer") || secret == "" {
		q.call.Auth = journal.AuthMissing
		return missingToken(scheme)
	}
	if q.isFixed(secret) {
		q.call.Auth, q.call.Token = journal.AuthOK, fixedToken
		return nil
	}
	token, known := q.Store.FindToken(secret)
	if !known {
		q.call.Auth, q.call.Token = journal.AuthUnknown, hint(secret)
		return unknownToken(secret)
	}
	q.call.Token = token.Name
	now := q.Now()
	switch token.State(now) {
	case "revoked":
		q.call.Auth = journal.AuthRevoked
		return invalidToken("this Secret Token was revoked at " + stamp(token.Revoked) + "; " + renew)
	case "expired":
		q.call.Auth = journal.AuthExpired
		return invalidToken("this Secret Token expired at " + stamp(token.Expires) + "; " + renew)
	}
	q.call.Auth = journal.AuthOK
	q.Store.TouchToken(token.ID, now)
	return nil
}

// isFixed reports whether secret is Options.Secret, in a time that tells
// nothing about it: hashes have one length, and are compared in constant time.
func (s *server) isFixed(secret string) bool {
	sum := sha256.Sum256([]byte(secret))
	return subtle.ConstantTimeCompare(sum[:], s.secret[:]) == 1 && s.Secret != ""
}

func stamp(t time.Time) string { return t.UTC().Format(time.RFC3339) }

// missingToken is the refusal of a request without a bearer token. RFC 6750
// section 3.1 wants no error code there.
func missingToken(scheme string) error {
	detail := "no token was sent; send the header Authorization: Bearer, followed by a Secret Token: " + renew
	if scheme != "" {
		detail = "the header Authorization holds no bearer token; it must be the word Bearer, a blank, and a Secret Token: " + renew
	}
	return unauthorized(detail, `Bearer realm="airmock"`)
}

func unknownToken(secret string) error {
	if scheme, _, two := strings.Cut(secret, " "); two && strings.EqualFold(scheme, "Bearer") {
		return invalidToken("the token begins with the word Bearer, which the client puts before it by itself; leave the word out of the field Secret Token")
	}
	if strings.HasPrefix(secret, "eyJ") && strings.Count(secret, ".") == 2 {
		return invalidToken("the token is a JSON Web Token, such as Entra sends of its own where the field Secret Token is empty; " + renew)
	}
	return invalidToken("this Secret Token is not known here; " + renew)
}

// hint tells unknown tokens apart and gives none away: the first 8 hex digits of
// the SHA-256 of a token's first and last 4 characters. Of a short token that
// would be most of it.
func hint(secret string) string {
	const ends, least = 4, 16
	if len(secret) < least {
		return fmt.Sprintf("of %d characters", len(secret))
	}
	sum := sha256.Sum256([]byte(secret[:ends] + secret[len(secret)-ends:]))
	return fmt.Sprintf("#%x", sum[:4])
}

// invalidToken is the refusal of a token. detail must be ASCII without quotes
// and backslashes, as error_description allows no others (RFC 6750 section 3).
func invalidToken(detail string) error {
	return unauthorized(detail, `Bearer realm="airmock", error="invalid_token", error_description="`+detail+`"`)
}

func unauthorized(detail, challenge string) error {
	return &refusal{
		status: http.StatusUnauthorized,
		detail: detail,
		header: fields{{"Www-Authenticate", challenge}},
	}
}
