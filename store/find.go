package store

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"slices"
	"strings"
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

// find answers a query by looking at every resource that its plan does not
// rule out.
func (m *model) find(ctx context.Context, plan []access, q Query) (Page, error) {
	m.complete(plan, &q)
	f := finder{model: m, query: q, keep: math.MaxInt}
	if skip := q.Start - 1; q.Count >= 0 && skip < math.MaxInt-q.Count {
		f.keep = skip + q.Count + 1
	}
	for _, a := range plan {
		if err := f.look(ctx, a); err != nil {
			return Page{}, err
		}
	}
	f.cut()
	return f.result(), nil
}

// look looks at the resources of one table.
func (f *finder) look(ctx context.Context, a access) error {
	seen := newView(f.model, a, f.query)
	turn := newTurn()
	for chunk := range f.model.scan(a) {
		if err := ctx.Err(); err != nil {
			return err
		}
		for _, r := range chunk {
			turn.yield()
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
	page.keys, page.Resources = make([]string, 0, len(on)), make([]*Resource, 0, len(on))
	for _, c := range on {
		page.Resources = append(page.Resources, c.res)
		page.keys = append(page.keys, c.key)
	}
	return page
}

// complete gives the places of a query the whole of a key that was cut, by the
// resource that stood there. Where it is gone, the place moves back to before
// all that begins alike: these may be met twice then, and none is left out.
func (m *model) complete(plan []access, q *Query) {
	for _, at := range []**Place{&q.After, &q.Before} {
		if *at == nil || !(*at).Cut {
			continue
		}
		place := **at
		key, ok := m.keyAt(plan, *q, place)
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
func (m *model) keyAt(plan []access, q Query, place Place) (string, bool) {
	for _, a := range plan {
		at := m.walk(nil, []*posting{&a.table.order}, place.Seq, 1, false)
		if len(at) == 0 || at[0].Seq != place.Seq {
			continue
		}
		seen := newView(m, access{table: a.table}, q)
		key, _, err := seen.match(at[0])
		return key, err == nil && strings.HasPrefix(key, place.Key)
	}
	return "", false
}
