package store

import (
	"cmp"
	"context"
	"fmt"
	"iter"
	"math"
	"slices"
	"strings"

	"airmock/internal/scim"
)

// finder looks for the resources of a query with a filter or a sort. It keeps
// those that can still be on the page, so that it holds no more of a large
// tenant than it must.
type finder struct {
	model *model
	query Query
	page  Page
	keep  int // how many candidates the page needs: those before it, its own, and one
	found []candidate
}

// candidate is a match with its place in the order.
type candidate struct {
	res *Resource
	key string
}

// find answers a query by looking at every resource that an index does not
// rule out.
func (m *model) find(ctx context.Context, tables []*table, q Query) (Page, error) {
	m.complete(tables, &q)
	f := finder{model: m, query: q, keep: math.MaxInt}
	if skip := q.Start - 1; q.Count >= 0 && skip < math.MaxInt-q.Count {
		f.keep = skip + q.Count + 1
	}
	for _, t := range tables {
		if err := f.look(ctx, t); err != nil {
			return Page{}, err
		}
	}
	f.cut()
	return f.result(), nil
}

// look looks at the resources of one table.
func (f *finder) look(ctx context.Context, t *table) error {
	seen := newView(f.model, t, f.query)
	chunks := f.model.scan(t)
	if found, ok := f.model.candidates(t, seen.filter); ok {
		chunks = slices.Chunk(found, scanChunk)
	}
	for chunk := range chunks {
		if err := ctx.Err(); err != nil {
			return err
		}
		for _, r := range chunk {
			key, ok, err := seen.match(r)
			if err != nil {
				return fmt.Errorf("store: query %s %s: %w", r.Type.Name, r.ID, err)
			}
			if ok {
				f.take(candidate{r, key})
			}
		}
	}
	return nil
}

// take counts a match, and keeps it where it may be on the page.
func (f *finder) take(c candidate) {
	f.page.Total++
	switch {
	case f.query.After != nil && f.query.compare(c.key, c.res.Seq, f.query.After.Key, f.query.After.Seq) <= 0:
		f.page.Earlier = true
		return
	case f.query.Before != nil && f.query.compare(c.key, c.res.Seq, f.query.Before.Key, f.query.Before.Seq) >= 0:
		f.page.Later = true
		return
	}
	f.found = append(f.found, c)
	if len(f.found)-f.keep >= max(f.keep, scanChunk) {
		f.cut()
	}
}

// compare orders two places, ascending or descending; what is at the same one
// stays in order of creation.
func (q *Query) compare(keyA string, seqA uint64, keyB string, seqB uint64) int {
	c := strings.Compare(keyA, keyB)
	if q.Sort != nil && q.Sort.Descending {
		c = -c
	}
	return cmp.Or(c, cmp.Compare(seqA, seqB))
}

// cut sorts the candidates and lets go of those that cannot be on the page.
func (f *finder) cut() {
	slices.SortFunc(f.found, func(a, b candidate) int {
		return f.query.compare(a.key, a.res.Seq, b.key, b.res.Seq)
	})
	surplus := max(len(f.found)-f.keep, 0)
	if f.query.Before != nil {
		f.found = slices.Delete(f.found, 0, surplus)
	} else {
		f.found = slices.Delete(f.found, len(f.found)-surplus, len(f.found))
	}
}

// result makes the page of the candidates.
func (f *finder) result() Page {
	page, on := f.page, f.found
	count := f.query.Count
	if count < 0 {
		count = len(on)
	}
	if f.query.Before != nil {
		surplus := max(len(on)-count, 0)
		page.Earlier, on = surplus > 0, on[surplus:]
	} else {
		skip := min(f.query.Start-1, len(on))
		on = on[skip:]
		n := min(count, len(on))
		page.Earlier = page.Earlier || skip > 0
		page.Later, on = n < len(on), on[:n]
	}
	page.keys = make([]string, 0, len(on))
	for _, c := range on {
		page.Resources = append(page.Resources, c.res)
		page.keys = append(page.keys, c.key)
	}
	return page
}

// complete gives the places of a query the whole of a key that was cut, by the
// resource that stood there. Where it is gone, the place moves back to before
// all that begins alike: these may be met twice then, and none is left out.
func (m *model) complete(tables []*table, q *Query) {
	for _, at := range []**Place{&q.After, &q.Before} {
		if *at == nil || !(*at).Cut {
			continue
		}
		place := **at
		key, ok := m.keyAt(tables, *q, place)
		switch {
		case ok:
			place.Key = key
		case q.Sort != nil && q.Sort.Descending == (q.After != nil):
			place.Key += "\xff" // behind whatever follows, as no text has this byte
		}
		*at = &place
	}
}

// keyAt returns the sort key of the resource at a place, if it still begins as
// the place says.
func (m *model) keyAt(tables []*table, q Query, place Place) (string, bool) {
	q.Filter = nil
	for _, t := range tables {
		at := m.walk(nil, []*table{t}, place.Seq, 1, false)
		if len(at) == 0 || at[0].Seq != place.Seq {
			continue
		}
		seen := newView(m, t, q)
		key, _, err := seen.match(at[0])
		return key, err == nil && strings.HasPrefix(key, place.Key)
	}
	return "", false
}

// scan yields all resources of a table in chunks. The lock is free between
// them, so that a long scan holds nobody up.
func (m *model) scan(t *table) iter.Seq[[]*Resource] {
	return func(yield func([]*Resource) bool) {
		chunk := make([]*Resource, 0, scanChunk)
		for from := uint64(0); ; from = chunk[len(chunk)-1].Seq + 1 {
			chunk = m.walk(chunk[:0], []*table{t}, from, scanChunk, false)
			if len(chunk) == 0 || !yield(chunk) {
				return
			}
		}
	}
}

// candidates returns, in order of creation, a superset of what matches e, if e
// has a part that an index answers.
func (m *model) candidates(t *table, e scim.Expr) ([]*Resource, bool) {
	m.mu.RLock()
	defer m.mu.RUnlock()
	for _, lookup := range m.lookups(t) {
		// Nothing is indexed under the empty text.
		text, ok := scim.EqualityOn(e, lookup.attribute)
		if !ok || text == "" {
			continue
		}
		found := resourcesOf(lookup.find(text))
		found = slices.DeleteFunc(found, func(r *Resource) bool { return r.Type.Name != t.rt.Name })
		slices.SortFunc(found, func(a, b *Resource) int { return cmp.Compare(a.Seq, b.Seq) })
		return found, true
	}
	return nil, false
}

// lookup finds the nodes that have a text at the attribute of that name, and
// maybe others.
type lookup struct {
	attribute string
	find      func(text string) []*node
}

// lookups are what indexes know of a type's resources.
func (m *model) lookups(t *table) []lookup {
	list := []lookup{
		{"id", m.nodesByID},
		{t.nameAttr, t.names.find},
		{"externalId", t.externalIDs.find},
		{t.displayAttr, t.displayNames.find},
	}
	if t.rt.HasMembers() {
		list = append(list, lookup{"members.value", m.groupsByMember})
	}
	if t.rt.HasGroups() {
		list = append(list, lookup{"groups.value", m.membersWithin})
	}
	for _, p := range t.links {
		list = append(list, lookup{p.String() + ".value", m.linkers.find})
	}
	return list
}

func (ix index) find(text string) []*node { return ix[fold(text)] }

// The three below are superset lookups too: where ids stand as values, as in
// members.value, RFC 7643 section 8.7.1 compares them without case, and ids
// themselves are folded, see checkNewID.

func (m *model) nodesByID(text string) []*node {
	if n := m.byID[fold(text)]; n != nil {
		return []*node{n}
	}
	return nil
}

func (m *model) groupsByMember(text string) []*node {
	if n := m.byID[fold(text)]; n != nil {
		return n.groups
	}
	return nil
}

// membersWithin returns what is in a group, as a direct member or through a
// group that is.
func (m *model) membersWithin(text string) []*node {
	g := m.byID[fold(text)]
	if g == nil {
		return nil
	}
	return closure(g, g.members.order.Values(), func(n *node) []*node {
		if n.members.order.Len() == 0 {
			return nil
		}
		return n.members.order.Values()
	})
}
