package entra

import (
	"slices"
	"strconv"
	"strings"

	"airmock/internal/journal"
)

// NoticeKind is what a notice is about.
type NoticeKind string

// The kinds of notices.
const (
	NoticePatch     NoticeKind = "patch repeated"    // the same value is written in one cycle after the other
	NoticeCreate    NoticeKind = "create repeated"   // the same user or group is created again and again
	NoticeLookup    NoticeKind = "never found"       // the same lookup finds nothing in one cycle after the other
	NoticeRecreated NoticeKind = "deleted, re-made"  // what was deleted is created again
	NoticeStale     NoticeKind = "id of the deleted" // an id is used that is not here any more
)

// Notice is something that stands out among the calls of several cycles.
type Notice struct {
	Kind   NoticeKind `json:"kind"`
	Text   string     `json:"text"` // one sentence; text from the wire is not made safe here
	Why    string     `json:"why"`  // what to make of it
	Source string     `json:"source"`
	Type   string     `json:"type"` // of the resource that it is about
	ID     string     `json:"id,omitempty"`
	Name   string     `json:"name,omitempty"`
	Times  int        `json:"times"`  // calls that show it
	Cycles []int      `json:"cycles"` // the last numbers of cycles in which they are
	Calls  []uint64   `json:"calls"`  // their last numbers
}

// maxListed is how many cycles and calls a notice lists.
const maxListed = 8

func (n *Notice) clone() *Notice {
	c := *n
	c.Cycles, c.Calls = slices.Clone(n.Cycles), slices.Clone(n.Calls)
	return &c
}

// saw adds a call that shows the notice.
func (n *Notice) saw(cycle int, seq uint64) {
	n.Times++
	if k := len(n.Cycles); k == 0 || n.Cycles[k-1] != cycle {
		n.Cycles = lastFew(append(n.Cycles, cycle))
	}
	if k := len(n.Calls); k == 0 || n.Calls[k-1] != seq {
		n.Calls = lastFew(append(n.Calls, seq))
	}
}

func lastFew[T any](list []T) []T {
	if len(list) > maxListed {
		return append(list[:0], list[1:]...)
	}
	return list
}

// again is a thing that a client did, which it may do again.
type again struct {
	cycle   int    // in which it did so last
	seq     uint64 // the call in which it did
	first   int    // the first cycle, by the client's count
	ordinal int    // the last one
	times   int    // cycles in which it did
	notice  *Notice
}

// did notes that the client does it, and reports whether it did so in an earlier
// cycle, or that is noticed already.
func (a *again) did(who *client) (repeated bool) {
	if a.times == 0 {
		a.first = who.ordinal
	}
	repeated = a.times > 0 && (a.ordinal != who.ordinal || a.notice != nil)
	if a.times == 0 || a.ordinal != who.ordinal {
		a.times++
	}
	a.ordinal = who.ordinal
	return repeated
}

// in notes where the last time was.
func (a *again) in(r *run, seq uint64) { a.cycle, a.seq = r.Number, seq }

// howOften says in which cycles it was done.
func (a *again) howOften(r *run) string {
	switch {
	case a.times > 2 && a.times == a.ordinal-a.first+1:
		return "again each cycle"
	case a.times > 2:
		return "again, in " + strconv.Itoa(a.times) + " cycles so far"
	case a.cycle == r.Number:
		return "again"
	}
	return "again in cycle " + strconv.Itoa(r.Number) + ", as in cycle " + strconv.Itoa(a.cycle)
}

// raise shows a thing that was done again as a notice of the cycle. where is
// the place of the earlier time.
func (r *run) raise(a *again, n Notice, seq uint64) {
	if a.notice == nil {
		a.notice = &Notice{}
		if a.seq > 0 {
			a.notice.saw(a.cycle, a.seq)
		}
	}
	n.Times, n.Cycles, n.Calls = a.notice.Times, a.notice.Cycles, a.notice.Calls
	*a.notice = n
	a.notice.saw(r.Number, seq)
	if !slices.Contains(r.Notices, a.notice) && len(r.Notices) < maxNotices {
		r.Notices = append(r.Notices, a.notice)
	}
}

// maxNotices is how many notices a cycle has.
const maxNotices = 100

// resourceKey names a resource by its type and its name, without case.
type resourceKey struct{ typ, name string }

func keyNamed(typ, name string) resourceKey {
	return resourceKey{typ, strings.ToLower(shorten(name, maxName))}
}

// departure is a resource that was deleted by a call.
type departure struct {
	id, name string
	seq      uint64
	again    *again
}

// maxHabits bounds each of the tables of what clients did.
const maxHabits = 20_000

// notice looks for what the operation repeats.
func (l *Cycles) notice(who *client, s *subject, seq uint64) {
	if !who.run.shape.began || s.Auth != journal.AuthOK && s.Auth != journal.AuthUnchecked {
		return
	}
	switch verb := verbOf(s.Operation); {
	case verb == "query":
		who.noteLookup(s, seq)
	case verb == "create":
		l.noteCreate(who, s, seq)
	case verb == "":
		return
	default:
		l.noteByID(who, s, seq)
		if verb == "patch" {
			who.notePatch(s, seq)
		}
	}
	who.remember(s, seq)
	if s.Effect != nil && s.Effect.Change == "deleted" && s.Effect.Name != "" {
		l.depart(who, s, seq)
	}
}

// depart takes in a deletion.
func (l *Cycles) depart(who *client, s *subject, seq uint64) {
	if len(l.deleted) >= maxHabits {
		clear(l.gone)
		clear(l.deleted)
	}
	key := keyNamed(s.Effect.Type, s.Effect.Name)
	left := departure{id: s.Effect.ID, name: s.Effect.Name, seq: seq, again: &again{}}
	left.again.in(who.run, seq)
	l.gone[key], l.deleted[s.Effect.ID] = left, left
}
