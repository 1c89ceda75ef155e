package store

import (
	"context"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"sync/atomic"
	"time"
	"unicode"
	"unicode/utf8"
)

// What a token is made of.
const (
	secretPrefix   = "airmock_" // so that scanners and people recognise a leaked one
	secretBytes    = 32
	maxNameRunes   = 64
	defaultName    = "azure"
	listedNamesMax = 8
)

// ErrInvalidToken is returned where a token cannot be made as it was asked for.
var ErrInvalidToken = errors.New("invalid token")

// allTokens returns the tokens as they stand after the batch, oldest first.
func (b *batch) allTokens() []*tokenRecord {
	var out []*tokenRecord
	for hash, t := range b.model.tokens.byHash {
		if b.tokens[hash] == nil {
			out = append(out, t)
		}
	}
	for _, t := range b.tokens {
		out = append(out, t)
	}
	slices.SortFunc(out, bySeq)
	return out
}

func bySeq(a, b *tokenRecord) int {
	if a.seq < b.seq {
		return -1
	}
	return 1
}

// CreateToken makes a token with 256 bits of randomness and returns its
// secret, which is not kept. An empty name gets one; a name that a live token
// has is refused with a *ConflictError, and one that does not fit a line with
// ErrInvalidToken. ttl 0 is for ever.
func (s *Store) CreateToken(ctx context.Context, name string, ttl time.Duration) (Token, string, error) {
	name, err := cleanName(name)
	if err != nil {
		return Token{}, "", err
	}
	if ttl < 0 {
		return Token{}, "", fmt.Errorf("%w: its time to live is %v; give a positive one, or 0 for ever", ErrInvalidToken, ttl)
	}
	var (
		made   *tokenRecord
		secret string
	)
	err = s.write(ctx, func(b *batch, d *delta) (err error) {
		made, secret, err = s.planToken(b, d, name, ttl)
		return err
	})
	if err != nil {
		return Token{}, "", err
	}
	return made.current(), secret, nil
}

// cleanName trims a token's name and refuses what would not fit a line.
func cleanName(name string) (string, error) {
	name = strings.TrimSpace(name)
	if n := utf8.RuneCountInString(name); n > maxNameRunes {
		return "", fmt.Errorf("%w: its name has %d characters; %d are the most", ErrInvalidToken, n, maxNameRunes)
	}
	for i, r := range name {
		if !unicode.IsPrint(r) || r == utf8.RuneError {
			return "", fmt.Errorf("%w: its name has an unprintable character at byte %d; use letters, digits, signs and spaces", ErrInvalidToken, i)
		}
	}
	return name, nil
}

func (s *Store) planToken(b *batch, d *delta, name string, ttl time.Duration) (*tokenRecord, string, error) {
	tokens := b.allTokens()
	if name == "" {
		name = freeName(tokens)
	}
	for _, t := range tokens {
		if t.ID == name || strings.EqualFold(t.Name, name) && t.State(d.at) == "live" {
			return nil, "", &ConflictError{Type: "Token", Attribute: "name", Value: name, Holder: t.ID}
		}
	}
	secret, hash, err := s.newSecret(tokens)
	if err != nil {
		return nil, "", err
	}
	t := &tokenRecord{
		Token: Token{ID: hex.EncodeToString(hash[:])[:tokenIDDigits], Name: name, Created: d.at},
		seq:   d.nextSeq(), hash: hash, used: new(atomic.Int64),
	}
	if ttl > 0 {
		t.Expires = d.at.Add(ttl)
	}
	d.tokens = append(d.tokens, t)
	return t, secret, nil
}

// freeName returns a name that no token ever had, so that a line of the
// journal from before a revocation still names one token.
func freeName(tokens []*tokenRecord) string {
	name := defaultName
	for n := 2; slices.ContainsFunc(tokens, func(t *tokenRecord) bool { return strings.EqualFold(t.Name, name) }); n++ {
		name = fmt.Sprintf("%s-%d", defaultName, n)
	}
	return name
}

// newSecret draws a secret whose id, the start of its hash, is free.
func (s *Store) newSecret(tokens []*tokenRecord) (string, tokenHash, error) {
	const attempts = 8 // a clash of 32 bits is rare, a second one a broken source
	for range attempts {
		var random [secretBytes]byte
		if _, err := io.ReadFull(s.opts.Rand, random[:]); err != nil {
			return "", tokenHash{}, fmt.Errorf("store: draw a Secret Token: %w", err)
		}
		secret := secretPrefix + base64.RawURLEncoding.EncodeToString(random[:])
		hash := tokenHash(sha256.Sum256([]byte(secret)))
		id := hex.EncodeToString(hash[:])[:tokenIDDigits]
		if !slices.ContainsFunc(tokens, func(t *tokenRecord) bool { return t.ID == id }) {
			return secret, hash, nil
		}
	}
	return "", tokenHash{}, errors.New("store: draw a Secret Token: the source of randomness repeats itself")
}

// Tokens returns all tokens, revoked ones too, oldest first.
func (s *Store) Tokens() []Token {
	m := s.model.Load()
	m.mu.RLock()
	records := slices.Collect(maps.Values(m.tokens.byID))
	m.mu.RUnlock()
	slices.SortFunc(records, bySeq)
	out := make([]Token, len(records))
	for i, t := range records {
		out[i] = t.current()
	}
	return out
}

// RevokeToken revokes the token with that id or, failing that, name; of
// several with one name, the live one, else the newest. Revoking twice does no
// harm. Revoked tokens stay known, so that the journal can say which one was
// used. An unknown token is ErrNotFound.
func (s *Store) RevokeToken(ctx context.Context, idOrName string) (Token, error) {
	var revoked *tokenRecord
	err := s.write(ctx, func(b *batch, d *delta) error {
		t, err := findToken(b.allTokens(), strings.TrimSpace(idOrName), d.at)
		if err != nil {
			return err
		}
		revoked = t
		if t.Revoked.IsZero() {
			next := *t
			next.Revoked, next.LastUsed = d.at, t.lastUsed()
			d.tokens, revoked = append(d.tokens, &next), &next
		}
		return nil
	})
	if err != nil {
		return Token{}, err
	}
	return revoked.current(), nil
}

func findToken(tokens []*tokenRecord, idOrName string, now time.Time) (*tokenRecord, error) {
	var found *tokenRecord
	for _, t := range tokens {
		if t.ID == idOrName {
			return t, nil
		}
		if strings.EqualFold(t.Name, idOrName) && (found == nil || found.State(now) != "live") {
			found = t
		}
	}
	if found == nil {
		return nil, fmt.Errorf("token %q: %w; %s", idOrName, ErrNotFound, describeNames(tokens))
	}
	return found, nil
}

// describeNames says which tokens there are, newest first.
func describeNames(tokens []*tokenRecord) string {
	if len(tokens) == 0 {
		return "there are no tokens"
	}
	var names []string
	for _, t := range slices.Backward(tokens) {
		if len(names) == listedNamesMax {
			names = append(names, "…")
			break
		}
		names = append(names, fmt.Sprintf("%s (%s)", t.Name, t.ID))
	}
	return "there is " + strings.Join(names, ", ")
}

// FindToken returns the token whose secret this is, whatever its state.
func (s *Store) FindToken(secret string) (Token, bool) {
	hash := tokenHash(sha256.Sum256([]byte(secret)))
	m := s.model.Load()
	m.mu.RLock()
	t := m.tokens.byHash[hash]
	m.mu.RUnlock()
	if t == nil || subtle.ConstantTimeCompare(hash[:], t.hash[:]) != 1 {
		return Token{}, false
	}
	return t.current(), true
}

// TouchToken remembers that a token was used at that time. It never waits: the
// time is in the read model at once and on disk within a minute, or at Close.
func (s *Store) TouchToken(id string, at time.Time) {
	m := s.model.Load()
	m.mu.RLock()
	t := m.tokens.byID[id]
	m.mu.RUnlock()
	if t == nil {
		return
	}
	for ms := at.UnixMilli(); ; {
		last := t.used.Load()
		if ms <= last {
			return
		}
		if !t.used.CompareAndSwap(last, ms) {
			continue
		}
		// Once a second is enough for whoever watches, and spares the screen
		// a look at everything for each call.
		if ms/1000 != last/1000 {
			m.revision.Add(1)
		}
		return
	}
}
