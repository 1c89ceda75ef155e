// Package store is the tenant's state on BuntDB.
package store

import (
	"context"
	"errors"
	"io"
	"time"

	"airmock/internal/scim"
)

// SyncPolicy says when a write reaches the disk.
type SyncPolicy string

const (
	SyncSecond SyncPolicy = "second" // fsync each second; a power cut loses at most that second
	SyncAlways SyncPolicy = "always" // fsync before each answer, one a batch
	SyncNever  SyncPolicy = "never"  // leave it to the system
)

// Options are the parts of a Store.
type Options struct {
	Dir     string // where tenant.db is; made if missing
	Memory  bool   // keep nothing on disk; Dir is not touched
	Sync    SyncPolicy
	Catalog *scim.Catalog
	Now     func() time.Time // nil: time.Now
	NewID   func() string    // nil: random UUIDs, version 4
	Rand    io.Reader        // nil: crypto/rand; the source of tokens
	Warn    func(string)     // told, in one line each, what opening repaired; nil: nobody
}

// Resource is one version of a user or a group. It is immutable.
type Resource struct {
	Type         *scim.ResourceType
	ID           string
	Seq          uint64 // order of creation over all types
	Version      uint64
	Created      time.Time
	LastModified time.Time
	Image        []byte // see scim.ResourceType.Image
	Tail         int    // see scim.ResourceType.Image
	Name         string // userName, or a group's displayName
	DisplayName  string
	ExternalID   string
	Active       bool // a user's active, true where it is unassigned
}

// Change is what a write did.
type Change struct {
	Before  *Resource // nil for a create
	After   *Resource // nil for a delete; Before itself where nothing changed
	Added   []string  // ids of members that are new
	Removed []string  // ids of members that are gone
}

// Changed reports whether the write made a difference.
func (c Change) Changed() bool {
	return c.Before != c.After || len(c.Added)+len(c.Removed) > 0
}

var (
	// ErrNotFound is returned where no resource, or no token, has that id.
	ErrNotFound = errors.New("not found")
	// ErrReadOnly is returned for writes after the disk refused one.
	ErrReadOnly = errors.New("the tenant is read-only because its disk refused a write")
	// ErrClosed is returned after Close.
	ErrClosed = errors.New("the store is closed")
)

// ConflictError is returned where a unique attribute's value is taken.
type ConflictError struct {
	Type      string // "User"
	Attribute string // "userName"
	Value     string
	Holder    string // id of the resource that has it
}

func (e *ConflictError) Error() string { panic("unwritten") }

// UnknownMemberError is returned where a member's id names nothing.
type UnknownMemberError struct{ ID string }

func (e *UnknownMemberError) Error() string { panic("unwritten") }

// Store is the state of one tenant. Its methods may be called concurrently.
type Store struct{}

// New returns a store that is not open yet.
func New(o Options) *Store { panic("unwritten") }

// Open locks the directory, reads the data and starts the writer.
func (s *Store) Open(ctx context.Context) error { panic("unwritten") }

// Close waits for accepted writes, syncs and unlocks.
func (s *Store) Close() error { panic("unwritten") }

// Create stores a new resource of type rt.
func (s *Store) Create(ctx context.Context, rt *scim.ResourceType, d scim.Draft) (Change, error) {
	panic("unwritten")
}

// Update replaces a resource by what edit makes of its current version. edit
// runs inside the one writer, so nothing comes between what it reads and what
// it stores; an error of its own stores nothing and is returned as it is. A
// draft that changes nothing leaves the version and lastModified as they were.
func (s *Store) Update(ctx context.Context, rt *scim.ResourceType, id string, edit func(cur *Resource) (scim.Draft, error)) (Change, error) {
	panic("unwritten")
}

// Delete removes a resource and its memberships. check, where not nil, may
// refuse on the current version.
func (s *Store) Delete(ctx context.Context, rt *scim.ResourceType, id string, check func(cur *Resource) error) (Change, error) {
	panic("unwritten")
}

// Get returns the current version of a resource, or ErrNotFound.
func (s *Store) Get(rt *scim.ResourceType, id string) (*Resource, error) { panic("unwritten") }

// Lookup returns the resource with that id, of whatever type, or ErrNotFound.
func (s *Store) Lookup(id string) (*Resource, error) { panic("unwritten") }

// Query is a question for resources of one type, in order of creation.
type Query struct {
	Type   *scim.ResourceType
	Filter scim.Expr // nil for all
	Start  int       // 1-based; less than 1 is 1
	Count  int       // at most so many; 0 for totals only, negative for no limit
}

// Page is an answer to a Query.
type Page struct {
	Resources []*Resource
	Total     int // matches over all pages
}

// Query answers q. It honours ctx while it scans.
func (s *Store) Query(ctx context.Context, q Query) (Page, error) { panic("unwritten") }

// Count returns the number of resources of a type.
func (s *Store) Count(rt *scim.ResourceType) int { panic("unwritten") }

// Revision returns a number that grows with every change of users, groups or
// tokens, so that an observer can tell whether to look again.
func (s *Store) Revision() uint64 { panic("unwritten") }

// Members returns the direct members of a group, in the order in which they
// were added.
func (s *Store) Members(groupID string) []*Resource { panic("unwritten") }

// MemberCount returns len(Members(groupID)) without building it.
func (s *Store) MemberCount(groupID string) int { panic("unwritten") }

// GroupsOf returns the groups that have id as a direct member.
func (s *Store) GroupsOf(id string) []*Resource { panic("unwritten") }

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
func (t Token) State(now time.Time) string { panic("unwritten") }

// CreateToken makes a token with 256 bits of randomness and returns its
// secret, which is not kept. An empty name gets one; a name that a live token
// has is refused. ttl 0 is for ever.
func (s *Store) CreateToken(ctx context.Context, name string, ttl time.Duration) (Token, string, error) {
	panic("unwritten")
}

// Tokens returns all tokens, revoked ones too, oldest first.
func (s *Store) Tokens() []Token { panic("unwritten") }

// RevokeToken revokes the token with that id or, failing that, name. Revoked
// tokens stay known, so that the journal can say which one was used.
func (s *Store) RevokeToken(ctx context.Context, idOrName string) (Token, error) { panic("unwritten") }

// FindToken returns the token whose secret this is, whatever its state.
func (s *Store) FindToken(secret string) (Token, bool) { panic("unwritten") }

// TouchToken remembers that a token was used at that time. It never waits: the
// time is in the read model at once and on disk within a minute, or at Close.
func (s *Store) TouchToken(id string, at time.Time) { panic("unwritten") }
