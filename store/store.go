// Package store is the tenant's state on BuntDB.
//
// BuntDB holds the records, one a key, and is read only when a store opens.
// From then on readers see a model in memory, with indexes that are derived
// from the records, and one writer changes first the file and then the model.
// What was answered without an error is in the file; what was answered with one
// is not, unless the error is that the caller stopped waiting.
package store

import (
	"cmp"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"sync"
	"sync/atomic"
	"time"

	"github.com/gofrs/flock"
	"github.com/google/uuid"

	"airmock/internal/scim"
)

// SyncPolicy says when a write reaches the disk.
type SyncPolicy string

// The sync policies. A killed process loses nothing under any of them: they
// differ in what a power cut costs.
const (
	SyncSecond SyncPolicy = "second" // fsync each second; a power cut loses at most that second
	SyncAlways SyncPolicy = "always" // fsync before each answer, one a batch
	SyncNever  SyncPolicy = "never"  // leave it to the system
)

// Options are the parts of a Store.
type Options struct {
	Dir     string           // where tenant.db is; made if missing
	Memory  bool             // keep nothing on disk; Dir is not touched
	Sync    SyncPolicy       // "": SyncSecond
	Catalog *scim.Catalog    // the types that can be stored; nil: scim.StandardCatalog
	Now     func() time.Time // nil: time.Now
	NewID   func() string    // nil: UUIDs of version 7
	Rand    io.Reader        // nil: crypto/rand; the source of tokens
	// Versions is how many earlier versions of each resource are kept; 0: 20,
	// negative: none.
	Versions int
	// Origin says what asked for a write, by the context that the write was given.
	// nil: nobody knows.
	Origin func(context.Context) Origin
	Warn   func(string) // told, in one line each, what opening repaired, when the tenant turns read-only and back, and that it cannot be compacted; nil: nobody
	// Progress is told, now and then while a store opens, how far that is, from
	// 0 to 1. nil: nobody.
	Progress func(done float64)

	compaction compaction
}

// Resource is one version of a user, a group, or of another type's resource. It
// is immutable, its Image included.
type Resource struct {
	Type         *scim.ResourceType
	ID           string
	Seq          uint64 // order of creation over all types
	Version      uint64
	Created      time.Time
	LastModified time.Time
	Image        []byte // see scim.ResourceType.Image
	Name         string // userName, or a group's displayName; of another type see scim.ResourceType.NameOf, else the id
	DisplayName  string
	ExternalID   string
	Tail         int32 // see scim.ResourceType.Image
	Active       bool  // a user's active, true where it is unassigned

	active     assigned    // what Active was made of
	emails     []uint64    // the keys of the values of emails
	email      [1]uint64   // the memory of emails, while there is one
	home       *model      // the state that it is a part of, and is rendered with
	links      []scim.Link // that the image holds
	uniqueKeys [][]string  // of the values in each of the table's uniques; nil where it has none
}

// Change is what a write did.
type Change struct {
	Before  *Resource // nil for a create
	After   *Resource // nil for a delete; Before itself where nothing changed
	Added   []string  // ids of members that are new
	Removed []string  // ids of members that are gone; empty for a delete
	Altered []Altered // members that stay, of whom something else is said

	Left     []string // ids of the groups that a deleted resource was a member of
	Unlinked []string // ids of the resources that had links to a deleted one
}

// Altered is a member of whom a client says something else than before, see
// scim.Member.
type Altered struct{ ID, Before, After string }

func (c *Change) addMembers(steps []memberStep) {
	for _, s := range steps {
		switch {
		case s.was.is && s.now.is:
			c.Altered = append(c.Altered, Altered{s.id, s.was.extra, s.now.extra})
		case s.now.is:
			c.Added = append(c.Added, s.id)
		default:
			c.Removed = append(c.Removed, s.id)
		}
	}
}

// Relinked reports whether the links of the resource are others than before.
func (c Change) Relinked() bool {
	if c.Before == nil || c.After == nil {
		return !sameLinks(cmp.Or(c.Before, c.After).links, nil)
	}
	return !sameLinks(c.Before.links, c.After.links)
}

// Changed reports whether the write made a difference.
func (c Change) Changed() bool {
	return c.Before != c.After || len(c.Added)+len(c.Removed) > 0
}

var (
	// ErrNotFound is returned where no resource, or no token, has that id.
	ErrNotFound = errors.New("not found")
	// ErrReadOnly is returned for writes after the disk refused one, until it
	// takes writes again.
	ErrReadOnly = errors.New("the tenant is read-only because its disk refused a write")
	// ErrClosed is returned before Open and after Close.
	ErrClosed = errors.New("the store is closed")
)

// ConflictError is returned where a unique attribute's value is taken.
type ConflictError struct {
	Type      string // "User"
	Attribute string // "userName"
	Value     string
	Holder    string // id of the resource that has it
}

func (e *ConflictError) Error() string {
	return fmt.Sprintf("the %s with id %s has the %s %q already", e.Type, e.Holder, e.Attribute, e.Value)
}

// UnknownMemberError is returned where a member's id names nothing.
type UnknownMemberError struct{ ID string }

func (e *UnknownMemberError) Error() string {
	return fmt.Sprintf("the member %q is neither a user nor a group of this tenant", e.ID)
}

// Store is the state of one tenant. Its methods may be called concurrently.
// Before Open it is empty and takes no writes; after Close it can still be
// read.
type Store struct {
	opts        Options
	model       atomic.Pointer[model]
	history     *history
	historyFile *historyFile           // nil before Open, and where the history is kept in memory alone
	writer      atomic.Pointer[writer] // nil until open
	scans       line                   // of long queries

	life sync.Mutex // guards what opening and closing hold
	lock *flock.Flock
	disk disk
}

// New returns a store that is not open yet.
func New(o Options) *Store {
	if o.Sync == "" {
		o.Sync = SyncSecond
	}
	if o.Catalog == nil {
		o.Catalog = scim.StandardCatalog()
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.NewID == nil {
		o.NewID = newID
	}
	o.NewID = oneByOne(o.NewID)
	if o.Rand == nil {
		o.Rand = rand.Reader
	}
	if o.Versions == 0 {
		o.Versions = historyVersions
	}
	if o.Origin == nil {
		o.Origin = func(context.Context) Origin { return Origin{} }
	}
	if o.Warn == nil {
		o.Warn = func(string) {}
	}
	if o.Progress == nil {
		o.Progress = func(float64) {}
	}
	s := &Store{opts: o, history: newHistory(o.Versions), scans: newLine()}
	s.model.Store(newModel(o.Catalog))
	return s
}

// newID returns a UUID of version 7, roughly in the order of their making (RFC 9562
// section 5.7), so that what is new is stored beside what was new before, in memory
// that is at hand. Nothing depends on that order.
func newID() string {
	return uuid.Must(uuid.NewV7()).String() // the system's randomness cannot fail, see crypto/rand
}

// oneByOne returns newID for concurrent callers.
func oneByOne(newID func() string) func() string {
	var mu sync.Mutex
	return func() string {
		mu.Lock()
		defer mu.Unlock()
		return newID()
	}
}

// Create stores a new resource of type rt. A unique attribute's value that is
// taken is a *ConflictError, a member that names nothing an
// *UnknownMemberError. As with all writes, where ctx ends before the answer the
// write may still be stored.
func (s *Store) Create(ctx context.Context, rt *scim.ResourceType, d scim.Draft) (Change, error) {
	return s.change(ctx, rt, func(b *batch, dl *delta, t *table) (Change, error) {
		return planCreate(b, dl, t, s.opts.NewID(), d)
	})
}

// Creation is one of several resources that come into being together.
type Creation struct {
	ID    string // from NewID
	Type  *scim.ResourceType
	Draft scim.Draft
}

// NewID returns an id for a Creation.
func (s *Store) NewID() string { return s.opts.NewID() }

// CreateAll stores new resources that may refer to each other, all or none.
// Where it is none, failed is the index of the one that cannot be, with the
// errors of Create; -1 where it was none of them.
func (s *Store) CreateAll(ctx context.Context, news []Creation) (changes []Change, failed int, err error) {
	type result struct {
		changes []Change
		failed  int
	}
	planned := make(chan result, 1) // the writer may still be at it when this returns
	err = s.write(ctx, func(b *batch, d *delta) error {
		changes, failed, err := planCreateAll(b, d, news)
		planned <- result{changes, failed}
		return err
	})
	select {
	case r := <-planned:
		return r.changes, r.failed, err
	default:
		return nil, -1, err
	}
}

// Update replaces a resource by what edit makes of its current version. edit
// runs inside the one writer, so nothing comes between what it reads and what
// it stores; an error of its own stores nothing and is returned as it is. A
// draft that changes nothing leaves the version and lastModified as they were.
// edit must not call the store's writing methods, nor touch what the caller
// reads before Update has returned without an error.
func (s *Store) Update(ctx context.Context, rt *scim.ResourceType, id string, edit func(cur *Resource) (scim.Draft, error)) (Change, error) {
	return s.change(ctx, rt, func(b *batch, d *delta, t *table) (Change, error) {
		return planUpdate(b, d, t, id, edit)
	})
}

// Delete removes a resource, its memberships and all links to it; what loses it
// as a member or from a link gets a new version. check, where not nil, may refuse on the current version; it runs
// as Update's edit does.
func (s *Store) Delete(ctx context.Context, rt *scim.ResourceType, id string, check func(cur *Resource) error) (Change, error) {
	return s.change(ctx, rt, func(b *batch, d *delta, t *table) (Change, error) {
		return planDelete(b, d, t, id, check)
	})
}

// change runs a plan for a resource of type rt in the writer.
func (s *Store) change(ctx context.Context, rt *scim.ResourceType, plan func(*batch, *delta, *table) (Change, error)) (Change, error) {
	var change Change
	err := s.write(ctx, func(b *batch, d *delta) error {
		t, err := b.model.table(rt)
		if err != nil {
			return err
		}
		change, err = plan(b, d, t)
		return err
	})
	if err != nil {
		return Change{}, err // the writer may still be at change
	}
	return change, nil
}

// write runs a plan in the writer.
func (s *Store) write(ctx context.Context, plan func(*batch, *delta) error) error {
	w := s.writer.Load()
	if w == nil {
		return ErrClosed
	}
	return w.submit(ctx, plan)
}

// ReadOnlyReason says why the tenant takes no writes, and what ends it; "" where
// it takes them.
func (s *Store) ReadOnlyReason() string {
	if w := s.writer.Load(); w != nil {
		if cause := w.failure.Load(); cause != nil {
			return readOnlyReason(*cause)
		}
	}
	return ""
}

// ReadOnly reports whether the disk refused a write and has not taken one
// since. Writes fail with ErrReadOnly meanwhile; a probe each second ends it, unless ReadOnlyReason asks for a restart.
func (s *Store) ReadOnly() bool {
	w := s.writer.Load()
	return w != nil && w.readOnly() != nil
}

// Get returns the current version of a resource, or ErrNotFound.
func (s *Store) Get(rt *scim.ResourceType, id string) (*Resource, error) {
	r, err := s.Lookup(id)
	if err == nil && r.Type.Name != rt.Name {
		err = ErrNotFound
	}
	if err != nil {
		return nil, fmt.Errorf("%s %q: %w", rt.Name, id, ErrNotFound)
	}
	return r, nil
}

// Lookup returns the resource with that id, of whatever type, or ErrNotFound.
func (s *Store) Lookup(id string) (*Resource, error) {
	if r := s.model.Load().lookup(id); r != nil {
		return r, nil
	}
	return nil, fmt.Errorf("resource %q: %w", id, ErrNotFound)
}

// Count returns the number of resources of a type.
func (s *Store) Count(rt *scim.ResourceType) int {
	m := s.model.Load()
	t, err := m.table(rt)
	if err != nil {
		return 0
	}
	return m.count([]*posting{&t.order})
}

// Revision returns a number that grows with every change of users, groups or
// tokens, so that an observer can tell whether to look again. The last use of
// a token counts at most once a second.
func (s *Store) Revision() uint64 { return s.model.Load().revision.Load() }
