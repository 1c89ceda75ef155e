package store

import (
	"cmp"
	"context"
	"maps"
	"math"
	"slices"

	"airmock/internal/scim"
)

// Query is a question for resources.
type Query struct {
	Type   *scim.ResourceType // nil for all types
	Filter scim.Expr          // nil for all
	Sort   *scim.Sort         // nil for the order of creation
	Start  int                // 1-based; less than 1 is 1; without a place only
	Count  int                // at most so many; 0 for totals only, negative for no limit
	After  *Place             // the page that follows this place; nil for Start
	Before *Place             // the page that ends at this place; nil for Start
	// Locate is that of Show, for filters and sorts on meta.location and $ref;
	// with nil they find none.
	Locate func(dst []byte, rt *scim.ResourceType, id string) []byte
}

// Page is an answer to a Query.
type Page struct {
	Resources []*Resource
	Total     int    // matches over all pages
	Earlier   bool   // whether there are matches before the first of the page
	Later     bool   // whether there are matches behind the last of the page
	Plan      string // see Explain

	keys []string // of the resources, where they are sorted
}

// Place is where a resource stands in the order of a query. It stays a place
// when the resource is changed or deleted.
type Place struct {
	Key string // the sort key, at most maxPlaceKey bytes of it; "" in the order of creation
	Cut bool   // whether the key is longer
	Seq uint64 // of the resource
}

// maxPlaceKey bounds Place.Key, in bytes, since places travel in URLs.
const maxPlaceKey = 256

// Place returns the place of the i-th resource of the page.
func (p *Page) Place(i int) Place {
	place := Place{Seq: p.Resources[i].Seq}
	if p.keys != nil {
		place.Key = p.keys[i]
	}
	if place.Cut = len(place.Key) > maxPlaceKey; place.Cut {
		place.Key = place.Key[:maxPlaceKey]
	}
	return place
}

// Query answers q. It honours ctx while it scans. What is written meanwhile
// may or may not be in the answer; from place to place in the order of
// creation, what exists all the time is met once, whatever else is written.
func (s *Store) Query(ctx context.Context, q Query) (Page, error) {
	if err := ctx.Err(); err != nil {
		return Page{}, err
	}
	m := s.model.Load()
	tables, err := m.tablesOf(q.Type)
	if err != nil {
		return Page{}, err
	}
	if q.Start = max(q.Start, 1); q.After != nil || q.Before != nil {
		q.Start = 1
	}
	plan := m.accesses(tables, q)
	var page Page
	if orders := exactOrders(plan); q.Sort == nil && orders != nil {
		page = m.inOrder(orders, q)
	} else if page, err = s.find(ctx, m, plan, q); err != nil {
		return Page{}, err
	}
	page.Plan = explain(plan, q.Sort != nil)
	return page, nil
}

// find is model.find, in line with other long scans where it is one.
func (s *Store) find(ctx context.Context, m *model, plan []access, q Query) (Page, error) {
	if m.isLong(plan) {
		if err := s.scans.enter(ctx); err != nil {
			return Page{}, err
		}
		defer s.scans.leave()
	}
	return m.find(ctx, plan, q)
}

// exactOrders returns the postings that hold what matches and nothing else, or
// nil where something is to be evaluated.
func exactOrders(plan []access) []*posting {
	var orders []*posting
	for _, a := range plan {
		if a.exact == nil {
			return nil
		}
		orders = append(orders, a.exact)
	}
	return orders
}

// tablesOf returns the table of a type; of all types, by their names, for nil.
func (m *model) tablesOf(rt *scim.ResourceType) ([]*table, error) {
	if rt != nil {
		t, err := m.table(rt)
		return []*table{t}, err
	}
	var all []*table
	for _, name := range slices.Sorted(maps.Keys(m.tables)) {
		all = append(all, m.tables[name])
	}
	return all, nil
}

// inOrder answers a query without a sort from the postings that hold what
// matches and nothing else.
func (m *model) inOrder(orders []*posting, q Query) Page {
	page := Page{Total: m.count(orders)}
	if q.Count == 0 {
		return page
	}
	most := math.MaxInt
	if q.Count > 0 {
		most = q.Count + 1 // one more tells whether there are more
	}
	if q.Before != nil {
		found := m.walk(nil, orders, max(q.Before.Seq, 1)-1, most, true)
		slices.Reverse(found)
		surplus := max(len(found)-(most-1), 0)
		page.Resources, page.Earlier = found[surplus:], surplus > 0
		_, page.Later = m.beside(orders, page.Resources)
		return page
	}
	var from uint64
	if q.After != nil {
		from = q.After.Seq + 1
	} else {
		from = m.seqAt(orders, q.Start-1)
	}
	found := m.walk(nil, orders, from, most, false)
	n := min(len(found), most-1)
	page.Resources, page.Later = found[:n], n < len(found)
	page.Earlier, _ = m.beside(orders, page.Resources)
	return page
}

func (m *model) count(orders []*posting) int {
	m.mu.RLock()
	defer m.mu.RUnlock()
	n := 0
	for _, o := range orders {
		n += o.Len()
	}
	return n
}

// seqAt returns the sequence number of the resource before which there are n
// others, or one beyond all.
func (m *model) seqAt(orders []*posting, n int) uint64 {
	if len(orders) == 1 {
		m.mu.RLock()
		defer m.mu.RUnlock()
		if seq, _, ok := orders[0].GetAt(n); ok {
			return seq
		}
		return math.MaxUint64
	}
	var from uint64
	for chunk := []*Resource(nil); n > 0; n -= len(chunk) {
		chunk = m.walk(chunk[:0], orders, from, min(n, scanChunk), false)
		if len(chunk) == 0 {
			return math.MaxUint64
		}
		from = chunk[len(chunk)-1].Seq + 1
	}
	return from
}

// beside reports whether the postings hold anything before the first and behind
// the last of a page.
func (m *model) beside(orders []*posting, page []*Resource) (earlier, later bool) {
	if len(page) == 0 {
		return false, false
	}
	m.mu.RLock()
	defer m.mu.RUnlock()
	for _, o := range orders {
		if first, _, ok := o.Min(); ok && first < page[0].Seq {
			earlier = true
		}
		if last, _, ok := o.Max(); ok && last > page[len(page)-1].Seq {
			later = true
		}
	}
	return earlier, later
}

// walk fills dst with up to n resources of the postings in order of creation,
// from a sequence number upwards or downwards.
func (m *model) walk(dst []*Resource, orders []*posting, from uint64, n int, down bool) []*Resource {
	m.mu.RLock()
	defer m.mu.RUnlock()
	for _, o := range orders {
		left := n
		take := func(_ uint64, n *node) bool {
			dst = append(dst, n.res.Load())
			left--
			return left > 0
		}
		if down {
			o.Descend(from, take)
		} else {
			o.Ascend(from, take)
		}
	}
	if len(orders) == 1 {
		return dst
	}
	slices.SortFunc(dst, func(a, b *Resource) int {
		if down {
			a, b = b, a
		}
		return cmp.Compare(a.Seq, b.Seq)
	})
	return dst[:min(len(dst), n)]
}
