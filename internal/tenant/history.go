package tenant

import (
	"context"
	"math"
	"time"

	"airmock/internal/journal"
	"airmock/scimserver"
	"airmock/store"
)

// originOf is the store's Origin: the call that the context is of. An operation of
// a bulk request is done in the name of the whole.
func originOf(ctx context.Context) store.Origin {
	c := journal.FromContext(ctx)
	if c == nil {
		return store.Origin{}
	}
	return store.Origin{Call: c.Time, Operation: string(c.Operation)}
}

// Moment is a version in the history of a resource, with what made it.
type Moment struct {
	store.Version
	Change string          // "created", "updated" or "deleted"
	Call   *journal.Call   // the call that made it, where the journal has it; else nil
	Fields []journal.Field // what differs from the version before; nil where that is not kept
}

// History returns the versions of a resource that s keeps, newest first, with
// those of the calls that j still has.
func History(s *store.Store, j *journal.Journal, id string) []Moment {
	versions := s.History(id)
	times := make([]time.Time, len(versions))
	for i, v := range versions {
		times[i] = v.Origin.Call
	}
	calls := j.Begun(times)
	moments := make([]Moment, len(versions))
	for i, v := range versions {
		m := Moment{Version: v, Change: "updated", Call: calls[i]}
		switch {
		case v.Resource == nil:
			m.Change = "deleted"
		case v.Number == 1:
			m.Change = "created"
		case i+1 < len(versions) && versions[i+1].Resource != nil:
			m.Fields = scimserver.Difference(versions[i+1].Resource, v.Resource)
		}
		moments[i] = m
	}
	if n := len(moments); n > 0 && moments[n-1].Change == "created" {
		moments[n-1].Call = creation(j, id)
	}
	return moments
}

// creation returns the call that created a resource, which no version names, or
// nil.
func creation(j *journal.Journal, id string) *journal.Call {
	calls, _ := j.Since(0, math.MaxInt)
	for _, whole := range calls {
		for c := range whole.All() {
			if c.Effect != nil && c.Effect.ID == id && c.Effect.Change == "created" {
				return whole
			}
		}
	}
	return nil
}
