package store

import (
	"cmp"
	"context"
	"fmt"
	"iter"
	"slices"
	"strings"

	"airmock/internal/scim"
)

// scanChunk is how many resources a query looks at between two looks at its
// context, and how many a scan takes from the model under one lock.
const scanChunk = 256

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

// Query answers q. It honours ctx while it scans. What is written meanwhile
// may or may not be in the answer.
func (s *Store) Query(ctx context.Context, q Query) (Page, error) {
	if err := ctx.Err(); err != nil {
		return Page{}, err
	}
	m := s.model.Load()
	t, err := m.table(q.Type)
	if err != nil {
		return Page{}, err
	}
	q.Start = max(q.Start, 1)
	if q.Filter == nil {
		return m.page(t, q.Start, q.Count), nil
	}
	chunks := m.scan(t)
	if found, ok := m.candidates(t, q.Filter); ok {
		chunks = slices.Chunk(found, scanChunk)
	}
	return m.filter(ctx, q, chunks)
}

// filter evaluates q's filter on the resources in chunks.
func (m *model) filter(ctx context.Context, q Query, chunks iter.Seq[[]*Resource]) (Page, error) {
	view := filterView{
		model:   m,
		members: mentions(q.Filter, "members"),
		groups:  mentions(q.Filter, "groups"),
	}
	var page Page
	for chunk := range chunks {
		if err := ctx.Err(); err != nil {
			return Page{}, err
		}
		for _, r := range chunk {
			v, err := view.of(r)
			if err != nil {
				return Page{}, fmt.Errorf("store: filter %s %s: %w", r.Type.Name, r.ID, err)
			}
			if !scim.Match(q.Filter, v) {
				continue
			}
			page.Total++
			if page.Total >= q.Start && (q.Count < 0 || len(page.Resources) < q.Count) {
				page.Resources = append(page.Resources, r)
			}
		}
	}
	return page, nil
}

// page answers a query without a filter from the order alone.
func (m *model) page(t *table, start, count int) Page {
	m.mu.RLock()
	defer m.mu.RUnlock()
	page := Page{Total: t.order.Len()}
	left := page.Total - (start - 1)
	if count >= 0 {
		left = min(left, count)
	}
	if left <= 0 {
		return page
	}
	page.Resources = make([]*Resource, 0, left)
	first, _, _ := t.order.GetAt(start - 1)
	t.order.Ascend(first, func(_ uint64, n *node) bool {
		page.Resources = append(page.Resources, n.res.Load())
		return len(page.Resources) < left
	})
	return page
}

// scan yields all resources of a table in chunks. The lock is free between
// them, so that a long scan holds nobody up.
func (m *model) scan(t *table) iter.Seq[[]*Resource] {
	return func(yield func([]*Resource) bool) {
		chunk := make([]*Resource, 0, scanChunk)
		for from := uint64(0); ; from = chunk[len(chunk)-1].Seq + 1 {
			chunk = m.chunk(t, from, chunk[:0])
			if len(chunk) == 0 || !yield(chunk) {
				return
			}
		}
	}
}

// chunk fills dst with the resources from a sequence number on.
func (m *model) chunk(t *table, from uint64, dst []*Resource) []*Resource {
	m.mu.RLock()
	defer m.mu.RUnlock()
	t.order.Ascend(from, func(_ uint64, n *node) bool {
		dst = append(dst, n.res.Load())
		return len(dst) < cap(dst)
	})
	return dst
}

// candidates returns, in order of creation, a superset of what matches e, if e
// has a part that an index answers.
func (m *model) candidates(t *table, e scim.Expr) ([]*Resource, bool) {
	m.mu.RLock()
	defer m.mu.RUnlock()
	for _, lookup := range [...]struct {
		attribute string
		find      func(text string) []*node
	}{
		{"id", m.nodesByID},
		{t.nameAttr, t.names.find},
		{"externalId", t.externalIDs.find},
		{"displayName", t.displayNames.find},
		{"members.value", m.groupsByMember},
		{"members", m.groupsByMember},
	} {
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

func (ix index) find(text string) []*node { return ix[fold(text)] }

func (m *model) nodesByID(id string) []*node {
	if n := m.byID[id]; n != nil {
		return []*node{n}
	}
	return nil
}

func (m *model) groupsByMember(id string) []*node {
	if n := m.byID[id]; n != nil {
		return n.groups
	}
	return nil
}

// filterView renders resources as filters see them. Memberships are not part
// of an image, and are added only for filters that speak of them.
type filterView struct {
	model           *model
	members, groups bool
}

func (f filterView) of(r *Resource) (*scim.Value, error) {
	v, err := scim.ParseStored(r.Image)
	if err != nil {
		return nil, err
	}
	if f.members {
		v.Set("members", memberValues(resourcesOf(f.model.membersOf(r.ID))))
	}
	if f.groups {
		v.Set("groups", memberValues(resourcesOf(f.model.groupsOf(r.ID))))
	}
	return v, nil
}

func memberValues(resources []*Resource) *scim.Value {
	list := scim.NewArray()
	for _, r := range resources {
		list.Append(memberValue(r))
	}
	return list
}

// mentions reports whether e looks at the top-level attribute name.
func mentions(e scim.Expr, name string) bool {
	switch e := e.(type) {
	case *scim.And:
		return mentions(e.Left, name) || mentions(e.Right, name)
	case *scim.Or:
		return mentions(e.Left, name) || mentions(e.Right, name)
	case *scim.Not:
		return mentions(e.X, name)
	case *scim.Compare:
		return strings.EqualFold(e.Path.Name, name)
	case *scim.ValuePath:
		return strings.EqualFold(e.Path.Name, name)
	}
	return false
}
