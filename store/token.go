package store

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"sync/atomic"
	"time"
)

// tokenIDDigits is how much of its hash a token's id shows.
const tokenIDDigits = 8

// Token is a Secret Token without its secret, of which only the SHA-256 is
// stored.
type Token struct {
	ID       string // short, for people and commands
	Name     string
	Created  time.Time
	Expires  time.Time // zero for never
	Revoked  time.Time // zero for live
	LastUsed time.Time // zero for never
}

// State returns "live", "expired" or "revoked" at the time now.
func (t Token) State(now time.Time) string {
	switch {
	case !t.Revoked.IsZero():
		return "revoked"
	case !t.Expires.IsZero() && !now.Before(t.Expires):
		return "expired"
	}
	return "live"
}

type tokenHash [sha256.Size]byte

// tokenRecord is a token in the model. All versions of one token share used,
// so that a touch needs neither the writer nor a lock; Token.LastUsed is what
// the disk knows.
type tokenRecord struct {
	Token
	seq  uint64
	hash tokenHash
	used *atomic.Int64 // Unix milliseconds; 0 for never
}

// tokenBody is the JSON that a token's record holds. Times are Unix
// milliseconds; 0 for none.
type tokenBody struct {
	Name     string `json:"name"`
	Expires  int64  `json:"expires,omitzero"`
	Revoked  int64  `json:"revoked,omitzero"`
	LastUsed int64  `json:"lastUsed,omitzero"`
}

func toMillis(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixMilli()
}

func fromMillis(ms int64) time.Time {
	if ms == 0 {
		return time.Time{}
	}
	return time.UnixMilli(ms).UTC()
}

func (t *tokenRecord) key() string { return tokenPrefix + hex.EncodeToString(t.hash[:]) }

func (t *tokenRecord) encode() string {
	// Strings and numbers always marshal.
	body, _ := json.Marshal(tokenBody{t.Name, toMillis(t.Expires), toMillis(t.Revoked), toMillis(t.LastUsed)})
	return record{seq: t.seq, version: 1, created: t.Created, modified: t.Created, body: body}.encode(t.key())
}

func decodeToken(hexHash string, rec record) (*tokenRecord, error) {
	t := &tokenRecord{seq: rec.seq, used: new(atomic.Int64)}
	if n, err := hex.Decode(t.hash[:], []byte(hexHash)); err != nil || n != len(t.hash) {
		return nil, fmt.Errorf("its key is not a SHA-256")
	}
	var body tokenBody
	if err := json.Unmarshal(rec.body, &body); err != nil {
		return nil, err
	}
	t.Token = Token{
		ID: hexHash[:tokenIDDigits], Name: body.Name, Created: rec.created,
		Expires: fromMillis(body.Expires), Revoked: fromMillis(body.Revoked), LastUsed: fromMillis(body.LastUsed),
	}
	t.used.Store(body.LastUsed)
	return t, nil
}

// current returns the token with its last use.
func (t *tokenRecord) current() Token {
	out := t.Token
	out.LastUsed = t.lastUsed()
	return out
}

func (t *tokenRecord) lastUsed() time.Time { return fromMillis(t.used.Load()) }

// tokenTable is the model's part about tokens, guarded by model.mu.
type tokenTable struct {
	byHash map[tokenHash]*tokenRecord
	byID   map[string]*tokenRecord
}

func newTokenTable() tokenTable {
	return tokenTable{make(map[tokenHash]*tokenRecord), make(map[string]*tokenRecord)}
}

func (tt *tokenTable) put(t *tokenRecord) {
	tt.byHash[t.hash] = t
	tt.byID[t.ID] = t
}

// unsaved returns new versions of the tokens that were used since they were
// stored.
func (tt *tokenTable) unsaved() []*tokenRecord {
	var out []*tokenRecord
	for _, t := range tt.byID {
		if used := t.lastUsed(); !used.Equal(t.LastUsed) {
			next := *t
			next.LastUsed = used
			out = append(out, &next)
		}
	}
	return out
}
