// Package journal records calls: what was asked, what was answered, what it
// changed.
package journal

import (
	"context"
	"errors"
	"iter"
	"net/http"
	"time"

	"airmock/internal/scim"
)

// Auth is what became of a call's token.
type Auth string

const (
	AuthUnchecked Auth = ""        // nothing looked at it: a fault answered first, or the path needs none
	AuthOK        Auth = "ok"      //
	AuthMissing   Auth = "missing" // no Authorization header, or not Bearer
	AuthUnknown   Auth = "unknown" // a token that was never given out
	AuthRevoked   Auth = "revoked"
	AuthExpired   Auth = "expired"
)

// Effect is what a call changed, or for a read what it found.
type Effect struct {
	Type          string   // "User", "Group"
	ID            string   //
	Name          string   // userName or displayName after the call (before it, for a delete)
	Change        string   // "created", "updated", "deleted", "unchanged", "found", "none", "gone" (none, as the resource was deleted before)
	Fields        []Field  // attributes that changed, at most 32; of a lookup by reference, whom it refers to
	Added         []string // names of members added, at most 32; where AddedN is 0, of those that the call asks to add
	Removed       []string // names of members removed, at most 32; where RemovedN is 0, of those that the call asks to remove
	AddedN        int      // how many members were added
	RemovedN      int
	Left          []string // names of the groups that a deleted resource was a member of, at most 32
	Unlinked      []string // names of the resources that had links to a deleted one, at most 32
	LeftN         int      // how many groups lost it
	UnlinkedN     int
	Plan          string // how the store found what a list holds: "index userName eq, then filter", see store.Explain; "" for others
	Before, After []byte // the stored images, capped like bodies; nil where there is none
}

// Field is one attribute's change, with values as compact JSON; "" is absent.
// None is part of a longer text.
type Field struct{ Name, From, To string }

// FaultNote says what failure injection did with a call.
type FaultNote struct {
	Rule   string // the rule's id
	Kind   string // "status"
	Text   string // the rule in one line: "status 503 on user.create, first 2"
	Detail string // what was done: "answered 503", "stored, then cut the connection"
	Nth    int    // the how-many-eth match this was
}

// Message is one half of a call.
type Message struct {
	Header    http.Header // secrets redacted, at most maxHeader bytes
	Body      []byte      // capped at MaxBody, passwords redacted
	Size      int         // of the whole body, in bytes
	Truncated bool
}

// MaxBody is the cap on each recorded body, in bytes.
const MaxBody = 64 << 10

// Call is one HTTP exchange. While it is under way, the handlers on its path
// note on it what they find; once it is in the journal it is immutable.
//
// A bulk request is one call. Its Parts are calls as the single ones would be
// noted, without number, headers and answer.
//
// Texts come from the wire. They are cut to a few kilobytes, and passwords and
// tokens are replaced by "[redacted]", but they are not safe for a terminal.
type Call struct {
	Seq       uint64 // 1, 2, 3, … in the order in which calls were completed
	Cycle     int    // 1, 2, 3, …: a new one begins after CycleGap without a call under way
	Time      time.Time
	Duration  time.Duration
	Client    string // address without port
	Method    string
	Path      string
	Query     string // raw
	Target    scim.Target
	Filter    string
	Operation scim.Operation
	Status    int // 0 where the client got no answer
	Auth      Auth
	Token     string // the token's name; of an unknown one a hash of its ends: "#5f1c9ab2"
	Quirks    []scim.Quirk
	Results   int // resources that a list answer holds; -1 for other answers
	Effect    *Effect
	Fault     *FaultNote
	ScimType  scim.ErrorType // of an error answer
	Error     string         // the detail of an error answer
	Request   Message
	Response  Message
	Parts     []*Call // the operations of a bulk request that were processed, in its order, at most MaxParts
	PartsN    int     // how many operations it has

	// Later notes on the call what takes long to find out, and is run once before
	// anybody sees the call; nil for nothing, as for every call in the journal.
	// It keeps what it refers to in memory until then.
	Later func() `json:"-"`

	Doc    *scim.Value `json:"-"` // the parsed request body, while under way
	DocErr error       `json:"-"` // why there is none: ErrTooLarge, ErrTooSlow or a *scim.Error; nil where no body was sent
	Raw    []byte      `json:"-"` // the request body, at most MaxRequest bytes, while under way
}

// MaxParts is the limit on the operations of a bulk request.
const MaxParts = 1000

// CycleGap is the pause after which the next call begins a new cycle.
const CycleGap = 60 * time.Second

// MaxRequest is the limit on a request body, in bytes.
const MaxRequest = 1 << 20

// ErrTooLarge is DocErr where the request body is over MaxRequest.
var ErrTooLarge = errors.New("the request body is over the limit of 1 MiB")

// ErrTooSlow is DocErr where the request body did not arrive in time.
var ErrTooSlow = errors.New("the request body did not arrive in time")

type contextKey struct{}

// Of returns the call under way that w answers, or nil outside of one. w is the
// writer that Record hands on, or another one that tells its call. A context would
// do too, but a request with another context is a copy, for which every call would
// pay.
func Of(w http.ResponseWriter) *Call {
	if w, ok := w.(interface{ Call() *Call }); ok {
		return w.Call()
	}
	return nil
}

// NewContext returns ctx with the call in whose name something is done.
func NewContext(ctx context.Context, c *Call) context.Context {
	return context.WithValue(ctx, contextKey{}, c)
}

// FromContext returns the call that NewContext put into ctx, or nil.
func FromContext(ctx context.Context) *Call {
	c, _ := ctx.Value(contextKey{}).(*Call)
	return c
}

// All iterates over c and its parts.
func (c *Call) All() iter.Seq[*Call] {
	return func(yield func(*Call) bool) {
		if !yield(c) {
			return
		}
		for _, part := range c.Parts {
			if !yield(part) {
				return
			}
		}
	}
}

// ResourceID returns the id of the resource that the call is about: of the one
// that it changed or found, else the one that its path names; "" for none.
func (c *Call) ResourceID() string {
	if c.Effect != nil && c.Effect.ID != "" {
		return c.Effect.ID
	}
	return c.Target.ResourceID()
}
