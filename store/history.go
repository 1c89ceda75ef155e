package store

import (
	"errors"
	"fmt"
	"math"
	"os"
	"slices"
	"sync"
	"time"
)

// The bounds of the history. What is over them goes, the oldest first.
const (
	historyVersions = 20       // earlier versions of one resource, unless Options say otherwise
	historyEach     = 2 << 20  // bytes of one resource's
	historyBytes    = 64 << 20 // bytes in all
	historyMembers  = 32       // ids of members that came or went, of one change
)

// Origin is what asked for a write.
type Origin struct {
	// Call is when the call began that asked for it, or zero where none did. A
	// call gets its number only when it completes, which is after the write.
	// Its time and the resource name it.
	Call      time.Time
	Operation string // such as "user.disable"
}

// Version is one version of a resource, and what made it.
type Version struct {
	Resource *Resource // nil for a deletion
	Number   uint64    // Resource.Version, or for a deletion the number that would have followed
	Time     time.Time // when it was made
	// The rest is known of the versions that the history saw coming; a first
	// version has none of it.
	Origin           Origin
	Added, Removed   []string // ids of a group's members that came and went, at most 32
	AddedN, RemovedN int      // how many did
	known            bool
}

// Known reports whether the history has what made the version.
func (v Version) Known() bool { return v.known }

// step is one change of a resource, with the version that it replaced.
type step struct {
	id, kind         string
	version          uint64 // that the change made
	deleted          bool
	at               time.Time
	origin           Origin
	added, removed   []string
	addedN, removedN int

	before *Resource // the version before; nil once it is in the file
	offset int64     // in the file; 0 while it is not there
	length int       // in the file, in bytes

	size       int64
	gone       bool  // from the history
	prev, next *step // older and newer, of all resources
}

// trail is the steps of one resource.
type trail struct {
	steps []*step // oldest first
	size  int64   // of them all
}

// history has the last changes of resources, with the versions that they
// replaced. Resources are immutable, so that keeping one costs its memory and no
// time. There is no step for the creation of a resource: nothing was replaced,
// and a million people that are imported would push out everything else.
type history struct {
	maxVersions       int
	maxEach, maxBytes int64

	mu             sync.Mutex
	byID           map[string]*trail
	oldest, newest *step
	bytes          int64

	// For the file, see historyFile.
	unwritten *step         // the oldest that is not in the file
	forgotten bool          // the file has steps that a start must not find
	written   int64         // bytes in the file that count
	wake      chan struct{} // told of what is unwritten; nil where there is no file
}

func newHistory(versions int) *history {
	return &history{
		maxVersions: versions, maxEach: historyEach, maxBytes: historyBytes,
		byID: make(map[string]*trail),
	}
}

// record takes in what an operation changes, before readers see that.
func (h *history) record(d *delta) {
	if h.maxVersions < 0 {
		return
	}
	var members map[string]*step // what comes to groups and goes, for the steps below
	if len(d.members) > 0 {
		members = d.memberSteps()
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, tr := range d.resources {
		if tr.before == nil {
			continue
		}
		s := members[tr.before.ID]
		if s == nil {
			s = &step{}
		}
		s.id, s.kind, s.version = tr.before.ID, tr.before.Type.Name, tr.before.Version+1
		s.at, s.deleted, s.origin = d.at, tr.after == nil, d.origin
		if tr.after != nil {
			s.at = tr.after.LastModified
		}
		s.before = tr.before
		h.add(s, len(s.before.Image))
	}
}

// memberSteps returns what d does to the members of groups.
func (d *delta) memberSteps() map[string]*step {
	steps := make(map[string]*step)
	for _, m := range d.members {
		s := steps[m.group]
		if s == nil {
			s = &step{}
			steps[m.group] = s
		}
		switch {
		case m.seq == 0:
			s.removed, s.removedN = appendFew(s.removed, m.member), s.removedN+1
		case m.seq > d.firstSeq: // what was a member before keeps its place
			s.added, s.addedN = appendFew(s.added, m.member), s.addedN+1
		}
	}
	return steps
}

func appendFew(ids []string, id string) []string {
	if len(ids) == historyMembers {
		return ids
	}
	return append(ids, id)
}

// add takes in a step that is newer than all others, whose version before has an
// image of so many bytes.
func (h *history) add(s *step, image int) {
	const overhead = 256 // of a step in memory
	s.size = overhead + int64(image)
	for _, ids := range [][]string{s.added, s.removed} {
		for _, id := range ids {
			s.size += int64(len(id))
		}
	}
	s.prev = h.newest
	if s.prev != nil {
		s.prev.next = s
	} else {
		h.oldest = s
	}
	h.newest = s
	h.bytes += s.size
	own := h.byID[s.id]
	if own == nil {
		own = &trail{}
		h.byID[s.id] = own
	}
	own.steps, own.size = append(own.steps, s), own.size+s.size
	h.written += int64(s.length)
	if s.offset == 0 && h.unwritten == nil {
		h.unwritten = s
		h.tellFile()
	}
	h.bound(own)
}

// bound drops what is over the bounds after a step of own came.
func (h *history) bound(own *trail) {
	for len(own.steps) > 0 && (len(own.steps) > h.maxVersions || own.size > h.maxEach) {
		h.drop(own.steps[0])
	}
	for h.bytes > h.maxBytes {
		h.drop(h.oldest)
	}
}

// drop forgets a step, which is the oldest of its resource.
func (h *history) drop(s *step) {
	own := h.byID[s.id]
	own.steps[0] = nil
	own.steps, own.size = own.steps[1:], own.size-s.size
	if len(own.steps) == 0 {
		delete(h.byID, s.id)
	}
	if s.prev != nil {
		s.prev.next = s.next
	} else {
		h.oldest = s.next
	}
	if s.next != nil {
		s.next.prev = s.prev
	} else {
		h.newest = s.prev
	}
	if h.unwritten == s {
		h.unwritten = s.next
	}
	h.bytes -= s.size
	h.written -= int64(s.length)
	s.gone = true
}

// forget empties the history.
func (h *history) forget() {
	h.mu.Lock()
	defer h.mu.Unlock()
	for h.oldest != nil {
		h.drop(h.oldest)
	}
	h.forgotten = true
	h.tellFile()
}

func (h *history) tellFile() {
	select {
	case h.wake <- struct{}{}:
	default:
	}
}

// of returns the steps of a resource, newest first, as far as they lead to
// current, its present version; nil where it is deleted. A store that was
// restored may be older than its history, or have another resource under the
// id: then versions do not go down from current's.
func (h *history) of(id string, current *Resource) []step {
	last := uint64(math.MaxUint64)
	if current != nil {
		last = current.Version + 1
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	own := h.byID[id]
	if own == nil {
		return nil
	}
	var steps []step
	for _, s := range slices.Backward(own.steps) {
		if s.version < last {
			last = s.version
			steps = append(steps, *s)
		}
	}
	return steps
}

// History returns the versions of a resource that are kept, newest first. The
// first is the present one, or the deletion of a resource that is gone. They are
// none where there never was such a resource, as far as is known.
func (s *Store) History(id string) []Version {
	m := s.model.Load()
	current := m.lookup(id)
	var versions []Version
	if current != nil {
		versions = append(versions, versionOf(current))
	}
	err := s.past(m, id, current, func(st *step, before *Resource) bool {
		if st.deleted {
			versions = append(versions, Version{Number: st.version, Time: st.at})
		}
		if n := len(versions); n > 0 && versions[n-1].Number == st.version {
			versions[n-1].madeBy(st)
		}
		versions = append(versions, versionOf(before))
		return true
	})
	if err != nil && !errors.Is(err, os.ErrClosed) {
		s.opts.Warn(fmt.Sprintf("the history of %s is cut short: %v", id, err))
	}
	return versions
}

// Previous returns the version of a resource before the present one, or the
// last one of a deleted resource. The error is ErrNotFound where none is kept.
func (s *Store) Previous(id string) (previous *Resource, err error) {
	m := s.model.Load()
	err = s.past(m, id, m.lookup(id), func(_ *step, before *Resource) bool {
		previous = before
		return false
	})
	if previous == nil && err == nil {
		err = fmt.Errorf("the version before the present one of %q: %w", id, ErrNotFound)
	}
	return previous, err
}

// NameOf returns the userName or displayName of a resource, and whether it is
// deleted; "" where nothing is kept of one.
func (s *Store) NameOf(id string) (name string, deleted bool) {
	if res, err := s.Lookup(id); err == nil {
		return res.Name, false
	}
	if id == "" {
		return "", false
	}
	if res, err := s.Previous(id); err == nil {
		return res.Name, true
	}
	return "", false
}

// past calls fn with the steps of a resource, newest first, and what each
// replaced, until fn returns false.
func (s *Store) past(m *model, id string, current *Resource, fn func(st *step, before *Resource) bool) error {
	if f := s.historyFile; f != nil {
		f.place.RLock() // so that what is read is where the step says
		defer f.place.RUnlock()
	}
	for _, st := range s.history.of(id, current) {
		before := st.before
		if t := m.tables[st.kind]; before == nil && t != nil {
			var err error
			if before, err = s.historyFile.read(&st, t); err != nil {
				return err
			}
		}
		if before == nil { // of a type that the catalog does not have
			return nil
		}
		if !fn(&st, before) {
			return nil
		}
	}
	return nil
}

func versionOf(r *Resource) Version {
	return Version{Resource: r, Number: r.Version, Time: r.LastModified}
}

// madeBy says which step made the version.
func (v *Version) madeBy(s *step) {
	v.Origin, v.known = s.origin, true
	v.Added, v.Removed, v.AddedN, v.RemovedN = s.added, s.removed, s.addedN, s.removedN
}
