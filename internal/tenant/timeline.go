package tenant

import (
	"context"
	"math"
	"slices"
	"time"

	"airmock/internal/entra"
	"airmock/internal/journal"
	"airmock/internal/scim"
	"airmock/store"
)

// Timeline is everything that is known to have happened to a resource.
type Timeline struct {
	ID, Type, Name string
	Life           entra.Life
	Events         []entra.Event // oldest first
}

// Timelines returns the timelines of what of names: one id, or each resource
// that has or had a userName or displayName, oldest first. There are none where
// nothing is known of it.
func Timelines(ctx context.Context, s *store.Store, j *journal.Journal, c *scim.Catalog, of string, now time.Time) ([]Timeline, error) {
	calls, _ := j.Since(0, math.MaxInt)
	ids, err := idsOf(ctx, s, calls, c, of)
	if err != nil {
		return nil, err
	}
	var lines []Timeline
	for _, id := range ids {
		line := Timeline{ID: id}
		moments := History(s, j, id)
		line.name(s, calls, moments)
		var touches []entra.Touch
		for _, call := range calls {
			touches = append(touches, entra.Touches(call, id, line.Name)...)
		}
		if len(touches)+len(moments) == 0 {
			continue
		}
		nameMembers(s, calls, moments)
		line.Events = Events(touches, moments)
		line.Life = LifeOf(s, calls, line.Type, line.Name, id, line.Events, now)
		lines = append(lines, line)
	}
	return lines, nil
}

// nameMembers puts the names of members where versions have their ids: the name
// of now, or the last that a call had for what is deleted.
func nameMembers(s *store.Store, calls []*journal.Call, moments []Moment) {
	known := map[string]string{} // by id
	nameOf := func(id string) string {
		if r, err := s.Lookup(id); err == nil {
			return r.Name
		}
		if name, ok := known[id]; ok {
			return name
		}
		known[id] = id
		for _, call := range calls {
			for c := range call.All() {
				if e := c.Effect; e != nil && e.ID == id && e.Name != "" {
					known[id] = e.Name
				}
			}
		}
		return known[id]
	}
	named := func(ids []string) []string {
		names := make([]string, len(ids))
		for i, id := range ids {
			names[i] = nameOf(id)
		}
		return names
	}
	for i := range moments {
		moments[i].Added, moments[i].Removed = named(moments[i].Added), named(moments[i].Removed)
	}
}

// idsOf returns the ids that a text names.
func idsOf(ctx context.Context, s *store.Store, calls []*journal.Call, c *scim.Catalog, of string) ([]string, error) {
	if _, err := s.Lookup(of); err == nil || len(s.History(of)) > 0 {
		return []string{of}, nil
	}
	for _, call := range calls {
		if len(entra.Touches(call, of, "")) > 0 {
			return []string{of}, nil
		}
	}
	ids := entra.Named(calls, of)
	for _, named := range [...][2]string{{"User", "userName"}, {"Group", "displayName"}} {
		rt := c.Type(named[0])
		filter, err := rt.ParseFilter(named[1]+" eq "+scim.NewString(of).String(), &scim.Reading{})
		if err != nil {
			return nil, err
		}
		page, err := s.Query(ctx, store.Query{Type: rt, Filter: filter, Count: 10})
		if err != nil {
			return nil, err
		}
		for _, r := range page.Resources {
			if !slices.Contains(ids, r.ID) {
				ids = append(ids, r.ID)
			}
		}
	}
	return ids, nil
}

// name finds type and name: those of now, or the last that are known.
func (line *Timeline) name(s *store.Store, calls []*journal.Call, moments []Moment) {
	if r, err := s.Lookup(line.ID); err == nil {
		line.Type, line.Name = r.Type.Name, r.Name
		return
	}
	for _, m := range moments {
		if m.Resource != nil {
			line.Type, line.Name = m.Resource.Type.Name, m.Resource.Name
			return
		}
	}
	for _, call := range calls {
		for c := range call.All() {
			if e := c.Effect; e != nil && e.ID == line.ID && e.Name != "" {
				line.Type, line.Name = e.Type, e.Name
			} else if c.Target.ResourceID() == line.ID && e != nil && line.Type == "" {
				line.Type = e.Type
			}
		}
	}
}

// LifeOf returns the state of a resource whose events, oldest first, are known.
func LifeOf(s *store.Store, calls []*journal.Call, typ, name, id string, events []entra.Event, now time.Time) entra.Life {
	r, err := s.Lookup(id)
	present := err == nil
	var again *entra.Sighting
	if !present {
		after := uint64(0)
		for _, ev := range events {
			if ev.Change == "created" || ev.Change == "deleted" {
				after = max(after, ev.Seq)
			}
		}
		again = entra.CreatedAgain(calls, typ, name, id, after)
	}
	return entra.LifeOf(events, present, present && r.Active, again, now)
}

// Events joins the calls that touched a resource, oldest first, with the
// versions that are kept of it, newest first. A version whose call is there is
// no event of its own.
func Events(touches []entra.Touch, moments []Moment) []entra.Event {
	events := make([]entra.Event, 0, len(touches)+len(moments))
	for _, t := range touches {
		if t.Change == "created" { // what came before was another of that name
			events = slices.DeleteFunc(events, func(ev entra.Event) bool { return ev.Change == "joined" || ev.Change == "left" })
		}
		events = append(events, entra.EventOf(t))
	}
	for _, m := range moments {
		i := -1
		if m.Call != nil {
			i = slices.IndexFunc(events, func(ev entra.Event) bool { return ev.Seq == m.Call.Seq && ev.Change == m.Change })
		}
		if i >= 0 {
			events[i].Version = max(events[i].Version, m.Number)
			continue
		}
		events = append(events, eventOf(m))
	}
	slices.SortStableFunc(events, func(a, b entra.Event) int { return a.Time.Compare(b.Time) })
	return events
}

// eventOf is a version of which no call is listed.
func eventOf(m Moment) entra.Event {
	ev := entra.Event{
		Time: m.Time, Version: m.Number, Change: m.Change, Operation: m.Origin.Operation,
		Fields: m.Fields, Added: m.Added, AddedN: m.AddedN, Removed: m.Removed, RemovedN: m.RemovedN,
	}
	switch {
	case m.Call != nil:
		ev.Seq, ev.Operation, ev.Story = m.Call.Seq, string(m.Call.Operation), "by the call: "+entra.Tell(m.Call).Text
	case m.Origin.Operation != "":
		ev.Story = "by " + m.Origin.Operation + ", a call that the journal does not have"
	case m.Number == 1 && m.Change == "created":
		ev.Story = "by an import, or a call that the journal does not have"
	default:
		ev.Story = "by no call: in the tenant itself"
	}
	return ev
}
