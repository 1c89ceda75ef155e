package store

import (
	"cmp"
	"context"
	"math"
	"slices"

	"airmock/internal/scim"
)

// scanChunk is how many resources a query looks at between two looks at its
// context, and how many a scan takes from the model under one lock.
const scanChunk = 256

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
	Total     int  // matches over all pages
	Earlier   bool // whether there are matches before the first of the page
	Later     bool // whether there are matches behind the last of the page

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
	if q.Filter == nil && q.Sort == nil {
		return m.inOrder(tables, q), nil
	}
	return m.find(ctx, tables, q)
}

// tablesOf returns the table of a type; of all types for nil.
func (m *model) tablesOf(rt *scim.ResourceType) ([]*table, error) {
	if rt != nil {
		t, err := m.table(rt)
		return []*table{t}, err
	}
	var all []*table
	for _, t := range m.tables {
		all = append(all, t)
	}
	return all, nil
}

// inOrder answers a query without filter and sort from the order alone.
func (m *model) inOrder(tables []*table, q Query) Page {
	page := Page{Total: m.count(tables)}
	if q.Count == 0 {
		return page
	}
	most := math.MaxInt
	if q.Count > 0 {
		most = q.Count + 1 // one more tells whether there are more
	}
	if q.Before != nil {
		found := m.walk(nil, tables, max(q.Before.Seq, 1)-1, most, true)
		slices.Reverse(found)
		surplus := max(len(found)-(most-1), 0)
		page.Resources, page.Earlier = found[surplus:], surplus > 0
		_, page.Later = m.beside(tables, page.Resources)
		return page
	}
	var from uint64
	if q.After != nil {
		from = q.After.Seq + 1
	} else {
		from = m.seqAt(tables, q.Start-1)
	}
	found := m.walk(nil, tables, from, most, false)
	n := min(len(found), most-1)
	page.Resources, page.Later = found[:n], n < len(found)
	page.Earlier, _ = m.beside(tables, page.Resources)
	return page
}

func (m *model) count(tables []*table) int {
	m.mu.RLock()
	defer m.mu.RUnlock()
	n := 0
	for _, t := range tables {
		n += t.order.Len()
	}
	return n
}

// seqAt returns the sequence number of the resource before which there are n
// others, or one beyond all.
func (m *model) seqAt(tables []*table, n int) uint64 {
	if len(tables) == 1 {
		m.mu.RLock()
		defer m.mu.RUnlock()
		if seq, _, ok := tables[0].order.GetAt(n); ok {
			return seq
		}
		return math.MaxUint64
	}
	var from uint64
	for chunk := []*Resource(nil); n > 0; n -= len(chunk) {
		chunk = m.walk(chunk[:0], tables, from, min(n, scanChunk), false)
		if len(chunk) == 0 {
			return math.MaxUint64
		}
		from = chunk[len(chunk)-1].Seq + 1
	}
	return from
}

// beside reports whether the tables hold anything before the first and behind
// the last of a page.
func (m *model) beside(tables []*table, page []*Resource) (earlier, later bool) {
	if len(page) == 0 {
		return false, false
	}
	m.mu.RLock()
	defer m.mu.RUnlock()
	for _, t := range tables {
		if first, _, ok := t.order.Min(); ok && first < page[0].Seq {
			earlier = true
		}
		if last, _, ok := t.order.Max(); ok && last > page[len(page)-1].Seq {
			later = true
		}
	}
	return earlier, later
}

// walk fills dst with up to n resources of the tables in order of creation,
// from a sequence number upwards or downwards.
func (m *model) walk(dst []*Resource, tables []*table, from uint64, n int, down bool) []*Resource {
	m.mu.RLock()
	defer m.mu.RUnlock()
	for _, t := range tables {
		left := n
		take := func(_ uint64, n *node) bool {
			dst = append(dst, n.res.Load())
			left--
			return left > 0
		}
		if down {
			t.order.Descend(from, take)
		} else {
			t.order.Ascend(from, take)
		}
	}
	if len(tables) == 1 {
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
