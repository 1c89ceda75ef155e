package entra

import (
	"hash/fnv"
	"net/http"

	"airmock/internal/journal"
	"airmock/internal/scim"
)

// operation counts an operation of the client's cycle, and takes it into account
// for kind, news and notices. seq is the number of its call.
func (l *Cycles) operation(who *client, c *journal.Call, seq uint64) {
	s := &subject{Call: c}
	s.end = s.ending()
	r := who.run
	if !r.shape.began && s.begins() {
		who.ordinal++
	}
	r.shape.note(s, who.habits.met(c.ResourceID(), who.ordinal))
	r.count(s)
	if s.isWrite() || s.isFailure() {
		r.news(s)
	}
	l.notice(who, s, seq)
}

// isWrite reports whether the operation asks for a change.
func (s *subject) isWrite() bool {
	switch verbOf(s.Operation) {
	case "create", "patch", "replace", "delete":
		return true
	}
	return false
}

// isFailure reports whether the client was refused, or got no answer.
func (s *subject) isFailure() bool { return s.Status == 0 || s.Status >= http.StatusBadRequest }

// count counts the operation as what became of it.
func (n *Counts) count(s *subject) {
	n.Operations++
	*n.bin(s)++
	if s.changed() {
		n.MembersAdded += s.Effect.AddedN
		n.MembersRemoved += s.Effect.RemovedN
	}
}

// bin is the number that the operation belongs to.
func (n *Counts) bin(s *subject) *int {
	switch verb := verbOf(s.Operation); {
	case s.isFailure():
		return &n.Failed
	case s.isTest():
		return &n.Probes
	case verb == "query":
		return &n.LookedUp
	case verb == "get":
		return &n.Read
	case verb == "list", s.Operation == scim.OpSearch:
		return &n.Listed
	case verb == "":
		return &n.Other
	case !s.changed():
		return &n.Unchanged
	}
	return n.change(s)
}

// change is the number for an operation that changed something. A PATCH is a
// disable where it set active, whatever it changed beside it.
func (n *Counts) change(s *subject) *int {
	switch s.Effect.Change {
	case "created":
		return &n.Created
	case "deleted":
		return &n.Deleted
	}
	if f, ok := fieldNamed(s.Effect, "active"); ok && s.kind() == "user" {
		switch f.To {
		case "false":
			return &n.Disabled
		case "true":
			return &n.Enabled
		}
	}
	return &n.Updated
}

// news takes what the cycle before did not do, with the same end, for new.
func (r *run) news(s *subject) {
	sign := signature(s)
	if _, done := r.writes[sign]; done {
		return
	}
	r.writes[sign] = struct{}{}
	if _, before := r.past[sign]; before || !s.isFailure() && !s.changed() {
		return
	}
	if r.NewCount++; len(r.New) < maxNews {
		r.New = append(r.New, Tell(s.Call).Text)
	}
}

// signature is the same for requests that ask for the same, with the same end.
func signature(s *subject) uint64 {
	h := fnv.New64a()
	for _, text := range [...]string{s.Method, s.Path, s.Filter} {
		_, _ = h.Write([]byte(text))
		_, _ = h.Write([]byte{0})
	}
	_, _ = h.Write([]byte{byte(s.Status >> 8), byte(s.Status)})
	body := s.Request.Body // of which a restart leaves as much
	_, _ = h.Write(body[:min(len(body), maxDoc)])
	return h.Sum64()
}

// fingerprint tells long texts apart.
func fingerprint(text string) uint64 {
	h := fnv.New64a()
	_, _ = h.Write([]byte(text))
	return h.Sum64()
}
