package scimserver

import (
	"net/http"
	"strings"

	"airmock/internal/journal"
	"airmock/internal/scim"
	"airmock/store"
)

// maxNames bounds the lists of names and of attributes of an effect.
const maxNames = 32

// noteFound notes on the call that it read res.
func (q *request) noteFound(res *store.Resource) {
	q.call.Effect = &journal.Effect{Type: res.Type.Name, ID: res.ID, Name: res.Name, Change: "found"}
}

// noteList notes what a list answer holds. Where that is one resource, which
// is what a lookup hopes for, the call names it.
func (q *request) noteList(found []*store.Resource, plan string) {
	q.call.Results = len(found)
	if len(found) == 1 {
		q.noteFound(found[0])
		q.call.Effect.Plan = plan
		return
	}
	e := &journal.Effect{Change: "found", Plan: plan}
	if len(found) == 0 {
		e.Change = "none"
	}
	if q.rt != nil {
		e.Type = q.rt.Name
	}
	q.call.Effect = e
}

// noteChange notes what a write did. how is its name where it did something.
func (q *request) noteChange(how string, c store.Change) {
	if !c.Changed() {
		how = "unchanged"
	}
	e := &journal.Effect{
		Type:     q.rt.Name,
		Change:   how,
		Added:    q.names(c.Added),
		Removed:  q.names(c.Removed),
		AddedN:   len(c.Added),
		RemovedN: len(c.Removed),

		Left:      q.names(c.Left),
		Unlinked:  q.names(c.Unlinked),
		LeftN:     len(c.Left),
		UnlinkedN: len(c.Unlinked),
	}
	if c.Before != nil {
		e.ID, e.Name, e.Before = c.Before.ID, c.Before.Name, capped(c.Before.Image)
	}
	if c.After != nil {
		e.ID, e.Name, e.After = c.After.ID, c.After.Name, capped(c.After.Image)
	}
	if c.Before != c.After {
		q.noteFields(e, c)
	}
	if how == "unchanged" && q.http.Method == http.MethodPatch {
		e.NameAsked(q.call.Raw, q.nameOf)
	}
	q.call.Effect = e
}

// noteFields notes which attributes changed. Two images are parsed for it, so it
// is done when somebody looks, but at once where the names of managers, which are
// those of now, or members are part of it, and in a bulk request: the images of a
// thousand operations would wait.
func (q *request) noteFields(e *journal.Effect, c store.Change) {
	before, after := imageOf(c.Before), imageOf(c.After)
	if q.call != q.whole || len(c.Altered) > 0 || c.Relinked() {
		e.Fields = q.nameManager(difference(q.rt, before, after, c.Altered))
		return
	}
	rt := q.rt // and nothing else of q, which holds the whole request
	q.call.Later = func() {
		e.Fields = append(difference(rt, before, after, nil), e.Fields...)
	}
}

// nameManager adds to the change of a manager the change of its displayName, as a
// client reads it: the image holds the id alone.
func (q *request) nameManager(fields []journal.Field) []journal.Field {
	for _, f := range fields {
		path, ok := strings.CutSuffix(f.Name, "manager.value")
		if !ok {
			continue
		}
		return append(fields, journal.Field{
			Name: path + "manager.displayName", From: q.quotedName(f.From), To: q.quotedName(f.To),
		})
	}
	return fields
}

// quotedName is the name behind an id, both as JSON; "" for none.
func (q *request) quotedName(id string) string {
	if name := q.nameOf(strings.Trim(id, `"`)); name != "" {
		return scim.NewString(name).String()
	}
	return ""
}

// nameOf is the name behind an id, or "".
func (q *request) nameOf(id string) string {
	name, _ := q.Store.NameOf(id)
	return name
}

// noteReference notes of a lookup by reference, members eq "y" with or without
// id eq "x", whom it is about: it found at most the one.
func (q *request) noteReference(filter scim.Expr) {
	e := q.call.Effect
	if and, ok := filter.(*scim.And); ok {
		id, ok := scim.EqualityOn(and.Left, "id")
		filter = and.Right
		if !ok {
			id, ok = scim.EqualityOn(and.Right, "id")
			filter = and.Left
		}
		if ok && e.Name == "" {
			e.ID, e.Name = id, q.nameOf(id)
		}
	}
	compare, ok := filter.(*scim.Compare)
	if !ok || compare.Op != scim.Eq || compare.Value.Kind() != scim.String {
		return
	}
	switch name := compare.Path.Name; name {
	case "members", "manager":
		if to := q.nameOf(compare.Value.Text()); to != "" {
			e.Fields = []journal.Field{{Name: name + ".display", To: scim.NewString(to).String()}}
		}
	}
}

// noteSecrets notes that a write gave values to attributes that are neither kept
// nor shown, as password is.
func (q *request) noteSecrets(names []string) {
	if len(names) == 0 {
		return
	}
	e := q.call.Effect
	if e.Change == "unchanged" {
		e.Change = "updated"
	}
	for _, name := range names {
		e.Fields = append(e.Fields, journal.Field{Name: name, To: `"[redacted]"`})
	}
}

// noteFailure notes that a call on a resource changed nothing. A call that was
// refused at the door has an effect only where it says whose name an id is.
func (q *request) noteFailure() {
	target := q.call.Target
	rt := q.types[target.Endpoint]
	if rt == nil {
		return
	}
	e := &journal.Effect{Type: rt.Name, ID: target.ResourceID(), Name: q.sent, Change: "none"}
	if name, deleted := q.Store.NameOf(e.ID); name != "" {
		e.Name = name
		if deleted {
			e.Change = "gone"
		}
	}
	if q.rt == nil && (e.ID == "" || e.Name == "") {
		return
	}
	if q.http.Method == http.MethodPatch {
		e.NameAsked(q.call.Raw, q.nameOf)
	}
	q.call.Effect = e
}

// names returns the names behind the first ids; an id stands for itself where
// its resource is gone.
func (q *request) names(ids []string) []string {
	var names []string
	for _, id := range ids[:min(len(ids), maxNames)] {
		name := id
		if res, err := q.Store.Lookup(id); err == nil {
			name = res.Name
		}
		names = append(names, name)
	}
	return names
}

func imageOf(res *store.Resource) []byte {
	if res == nil {
		return nil
	}
	return res.Image
}

func capped(image []byte) []byte { return image[:min(len(image), journal.MaxBody)] }
