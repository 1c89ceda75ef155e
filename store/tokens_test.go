package store

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// countingReader is a source of "randomness" that tests can foretell.
type countingReader byte

func (r *countingReader) Read(p []byte) (int, error) {
	for i := range p {
		*r++
		p[i] = byte(*r)
	}
	return len(p), nil
}

func TestATokenGoesThroughItsLife(t *testing.T) {
	dir, clock := t.TempDir(), newClock()
	s := mustOpen(t, Options{Dir: dir, Now: clock.now, Rand: new(countingReader)})
	rev := s.Revision()
	token, secret, err := s.CreateToken(t.Context(), "", 90*24*time.Hour)
	if err != nil {
		t.Fatal(err)
	}
	if want := "airmock_AQIDBAUGBwgJCgsMDQ4PEBESExQVFhcYGRobHB0eHyA"; secret != want {
		t.Errorf("secret %s, want %s", secret, want)
	}
	sum := sha256.Sum256([]byte(secret))
	want := Token{
		ID: hex.EncodeToString(sum[:4]), Name: "azure",
		Created: clock.now().UTC(), Expires: clock.now().UTC().Add(90 * 24 * time.Hour),
	}
	if diff := cmp.Diff(want, token); diff != "" {
		t.Error(diff)
	}
	if s.Revision() == rev {
		t.Error("the revision did not grow")
	}
	clock.advance(time.Hour)
	s.TouchToken(token.ID, clock.now())
	want.LastUsed = clock.now().UTC()
	s.TouchToken(token.ID, clock.now().Add(-time.Minute)) // late news change nothing
	s.TouchToken("nobody", clock.now())
	mustClose(t, s)

	s = mustOpen(t, Options{Dir: dir, Now: clock.now})
	found, ok := s.FindToken(secret)
	if diff := cmp.Diff(want, found); !ok || diff != "" {
		t.Errorf("after a restart: %v %s", ok, diff)
	}
	if _, ok := s.FindToken(secret + "x"); ok {
		t.Error("a wrong secret was found")
	}
	if state := found.State(clock.now()); state != "live" {
		t.Errorf("it is %s", state)
	}
	if state := found.State(want.Expires); state != "expired" {
		t.Errorf("at its expiry it is %s", state)
	}

	want.Revoked = clock.now().UTC()
	revoked, err := s.RevokeToken(t.Context(), "azure")
	if diff := cmp.Diff(want, revoked); err != nil || diff != "" {
		t.Errorf("revoked: %v %s", err, diff)
	}
	clock.advance(time.Hour)
	if again, err := s.RevokeToken(t.Context(), token.ID); err != nil || !again.Revoked.Equal(want.Revoked) {
		t.Errorf("revoked again: %v, %v", again, err)
	}
	mustClose(t, s)
	s = mustOpen(t, Options{Dir: dir, Now: clock.now})
	if diff := cmp.Diff([]Token{want}, s.Tokens()); diff != "" {
		t.Error(diff)
	}
	if found, ok := s.FindToken(secret); !ok || found.State(clock.now()) != "revoked" {
		t.Errorf("a revoked token is %v, %v", found, ok)
	}
	mustClose(t, s)
	data, err := os.ReadFile(filepath.Join(dir, dataFile))
	if err != nil {
		t.Fatal(err)
	}
	if bytes.Contains(data, []byte(strings.TrimPrefix(secret, secretPrefix))) {
		t.Error("the secret is in the file")
	}
}

func TestTokenNames(t *testing.T) {
	tests := []struct{ name, given, want, refused string }{
		{"an empty one is the next free", "", "azure-2", ""},
		{"space around it goes", "  CI runner ", "CI runner", ""},
		{"letters of any script", "Prüfstand 試験", "Prüfstand 試験", ""},
		{"64 characters", strings.Repeat("é", 64), strings.Repeat("é", 64), ""},
		{"65 characters", strings.Repeat("é", 65), "", "65 characters"},
		{"an escape sequence", "a\x1b[31m", "", "unprintable character at byte 1"},
		{"a right-to-left mark", "a\u202eb", "", "unprintable"},
		{"a line feed", "a\nb", "", "unprintable"},
		{"broken UTF-8", "a\xff", "", "unprintable"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s := memoryStore(t)
			if _, _, err := s.CreateToken(t.Context(), "azure", 0); err != nil {
				t.Fatal(err)
			}
			token, _, err := s.CreateToken(t.Context(), tt.given, 0)
			if tt.refused == "" && (err != nil || token.Name != tt.want) {
				t.Errorf("made %q, %v", token.Name, err)
			}
			if tt.refused != "" && (!errors.Is(err, ErrInvalidToken) || !strings.Contains(err.Error(), tt.refused)) {
				t.Errorf("error %v", err)
			}
		})
	}
}

func TestTwoLiveTokensDoNotShareAName(t *testing.T) {
	clock := newClock()
	s := mustOpen(t, Options{Memory: true, Now: clock.now})
	first, _, err := s.CreateToken(t.Context(), "ci", time.Minute)
	if err != nil {
		t.Fatal(err)
	}
	var conflict *ConflictError
	if _, _, err := s.CreateToken(t.Context(), "CI", 0); !errors.As(err, &conflict) || conflict.Holder != first.ID {
		t.Errorf("a name in use: %v", err)
	}
	if _, _, err := s.CreateToken(t.Context(), first.ID, 0); !errors.As(err, &conflict) {
		t.Errorf("a name that is another's id: %v", err)
	}
	clock.advance(time.Minute)
	second, _, err := s.CreateToken(t.Context(), "ci", 0)
	if err != nil {
		t.Fatalf("the first has expired: %v", err)
	}
	revoked, err := s.RevokeToken(t.Context(), "ci")
	if err != nil || revoked.ID != second.ID {
		t.Errorf("revoked %v, %v; the live one has id %s", revoked, err, second.ID)
	}
	clock.advance(time.Minute)
	third, _, err := s.CreateToken(t.Context(), "ci", 0)
	if err != nil {
		t.Fatal(err)
	}
	if revoked, err := s.RevokeToken(t.Context(), first.ID); err != nil || revoked.ID != first.ID {
		t.Errorf("by id: %v, %v", revoked, err)
	}
	if got := s.Tokens(); len(got) != 3 || got[0].ID != first.ID || got[2].ID != third.ID {
		t.Errorf("tokens %v", got)
	}
}

func TestAnUnknownTokenIsRefusedWithTheKnownOnes(t *testing.T) {
	s := memoryStore(t)
	_, err := s.RevokeToken(t.Context(), "azure")
	if !errors.Is(err, ErrNotFound) || !strings.Contains(err.Error(), "no tokens") {
		t.Errorf("error %v", err)
	}
	token, secret, err := s.CreateToken(t.Context(), "", 0)
	if err != nil {
		t.Fatal(err)
	}
	_, err = s.RevokeToken(t.Context(), "azrue")
	if !errors.Is(err, ErrNotFound) || !strings.Contains(err.Error(), "azure ("+token.ID+")") || strings.Contains(err.Error(), secret) {
		t.Errorf("error %v", err)
	}
}

func TestATokenThatCannotBeDrawnIsRefused(t *testing.T) {
	s := mustOpen(t, Options{Memory: true, Rand: strings.NewReader("short")})
	if _, _, err := s.CreateToken(t.Context(), "", 0); err == nil || !strings.Contains(err.Error(), "draw a Secret Token") {
		t.Errorf("error %v", err)
	}
	if _, _, err := s.CreateToken(t.Context(), "", -time.Second); !errors.Is(err, ErrInvalidToken) {
		t.Errorf("a negative time to live: %v", err)
	}
	stuck := mustOpen(t, Options{Memory: true, Rand: zeros{}})
	if _, _, err := stuck.CreateToken(t.Context(), "", 0); err != nil {
		t.Fatal(err)
	}
	if _, _, err := stuck.CreateToken(t.Context(), "", 0); err == nil || !strings.Contains(err.Error(), "repeats itself") {
		t.Errorf("error %v", err)
	}
}

type zeros struct{}

func (zeros) Read(p []byte) (int, error) { clear(p); return len(p), nil }

func TestTheLastUseCountsForTheRevisionOnceASecond(t *testing.T) {
	clock := newClock()
	s := mustOpen(t, Options{Memory: true, Now: clock.now})
	token, _, err := s.CreateToken(t.Context(), "", 0)
	if err != nil {
		t.Fatal(err)
	}
	rev := s.Revision()
	start := clock.now().Truncate(time.Second)
	for i := range 3000 {
		s.TouchToken(token.ID, start.Add(time.Duration(i)*time.Millisecond))
	}
	if got := s.Revision() - rev; got != 3 {
		t.Errorf("3 seconds of use moved the revision by %d", got)
	}
}
