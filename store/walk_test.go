package store

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"

	"airmock/internal/scim"
)

// drawUser is a user with a few of the attributes, of few values.
func drawUser(t *rapid.T, n int) string {
	text := rapid.SampledFrom([]string{"", "a", "A", "b", "ab", "Ä", "ä", "ß", "z"})
	number := rapid.SampledFrom([]string{"0", "-1", "1", "1.0", "-1.5", "-15e-1", "1e2", "100", "99", "-1.49", "99999999999999999999", "1e-3", "1e400"})
	parts := []string{fmt.Sprintf(`"userName":"%s%d"`, text.Draw(t, "userName"), n)}
	maybe := func(format string, draw func() any) {
		if rapid.Bool().Draw(t, format) {
			parts = append(parts, fmt.Sprintf(format, draw()))
		}
	}
	for _, format := range []string{`"displayName":%q`, `"title":%q`, `"externalId":%q`, `"name":{"givenName":%q}`, `"` + scim.URNEnterprise + `":{"department":%q}`} {
		maybe(format, func() any { return text.Draw(t, "text") })
	}
	maybe(`"active":%v`, func() any { return rapid.Bool().Draw(t, "active") })
	maybe(`"shoeSize":%v`, func() any { return number.Draw(t, "shoeSize") })
	maybe(`"emails":[%s]`, func() any {
		return fmt.Sprintf(`{"value":"%s1","type":"home"},{"value":"%s2","primary":%v}`,
			text.Draw(t, "email"), text.Draw(t, "email"), rapid.Bool().Draw(t, "primary"))
	})
	return "{" + strings.Join(parts, ",") + "}"
}

// fillRandomly makes users and groups, changes some, and returns all in order
// of creation.
func fillRandomly(rt *rapid.T, t *testing.T, s *Store, c *clock) {
	var made []string
	for n := range rapid.IntRange(0, 12).Draw(rt, "resources") {
		c.advance(time.Duration(rapid.IntRange(0, 2).Draw(rt, "ms")) * time.Millisecond)
		if rapid.IntRange(0, 3).Draw(rt, "group") == 0 {
			var members []string
			if len(made) > 0 && rapid.Bool().Draw(rt, "member") {
				members = append(members, rapid.SampledFrom(made).Draw(rt, "member id"))
			}
			name := rapid.SampledFrom([]string{"", "a", "B"}).Draw(rt, "displayName")
			made = append(made, mustCreate(t, s, groups(s), groupBody(name+"g", members...)).ID)
			continue
		}
		made = append(made, mustCreate(t, s, users(s), drawUser(rt, n)).ID)
	}
}

// drawQuery is a query over one type or all, with or without filter and sort,
// and the ids that it must find in order.
func drawQuery(rt *rapid.T, t *testing.T, s *Store) (Query, []string) {
	var q Query
	types := s.opts.Catalog.ResourceTypes
	if i := rapid.IntRange(0, 2).Draw(rt, "type"); i < 2 {
		q.Type, types = types[i], types[i:i+1]
	}
	text := rapid.SampledFrom([]string{"", `displayName pr`, `displayName sw "a"`, `not (title pr)`, `active eq true or members pr`, `userName eq "a1"`}).Draw(rt, "filter")
	var all []*Resource
	for _, r := range everything(s) {
		if q.Type == nil || r.Type == q.Type {
			all = append(all, r)
		}
	}
	if text != "" {
		var err error
		if q.Filter, err = scim.ParseFilterOver(types, text, &scim.Reading{}); err != nil {
			rt.Fatal(err)
		}
		all = slices.DeleteFunc(all, func(r *Resource) bool {
			v, err := scim.Parse(r.Image)
			if err != nil {
				rt.Fatal(err)
			}
			if members := s.Members(r.ID); len(members) > 0 {
				list := scim.NewArray()
				for _, m := range members {
					v, err := memberValue(m, "")
					if err != nil {
						rt.Fatal(err)
					}
					list.Append(v)
				}
				v.Set("members", list)
			}
			return !scim.Match(q.Filter, v)
		})
	}
	by := rapid.IntRange(-1, len(sortNames)-1).Draw(rt, "sort by")
	if by < 0 {
		return q, ids(all)
	}
	order := rapid.SampledFrom([]string{"", "ascending", "Descending"}).Draw(rt, "order")
	var err error
	if q.Sort, err = scim.ParseSort(types, sortNames[by].name, order, &scim.Reading{}); err != nil {
		rt.Fatal(err)
	}
	return q, naiveSort(rt, s, all, by, order == "Descending")
}

func everything(s *Store) []*Resource {
	m := s.model.Load()
	m.mu.RLock()
	defer m.mu.RUnlock()
	var all []*Resource
	for _, n := range m.nodes.all {
		if n != nil {
			all = append(all, n.res.Load())
		}
	}
	slices.SortFunc(all, func(a, b *Resource) int { return cmp.Compare(a.Seq, b.Seq) })
	return all
}

func (s *Store) mustQuery(t rapid.TB, q Query) Page {
	t.Helper()
	page, err := s.Query(context.Background(), q)
	if err != nil {
		t.Fatal(err)
	}
	return page
}

// However it is paged through, a query gives what a naive one gives, and each
// resource once.
func TestEveryWayOfPagingVisitsEveryResourceOnceInOrder(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		c := newClock()
		s := New(Options{Memory: true, NewID: counterIDs(), Now: c.now})
		if err := s.Open(t.Context()); err != nil {
			rt.Fatal(err)
		}
		defer mustClose(t, s)
		fillRandomly(rt, t, s, c)
		q, want := drawQuery(rt, t, s)
		size := rapid.IntRange(1, 5).Draw(rt, "page size")
		same := func(how string, got []string) {
			rt.Helper()
			if diff := gocmp.Diff(want, got, cmpopts.EquateEmpty()); diff != "" {
				rt.Errorf("%s: %s", how, diff)
			}
		}

		whole := q
		whole.Count = -1
		same("in one", ids(s.mustQuery(rt, whole).Resources))
		same("by index", byIndex(rt, s, q, size, len(want)))
		forth, end := byPlace(rt, s, q, size, len(want))
		same("forwards", forth)
		if len(want) > 0 {
			back := backwards(rt, s, q, size, end)
			same("backwards", append(back, end.ids...))
		}
	})
}

func byIndex(t *rapid.T, s *Store, q Query, size, total int) []string {
	var got []string
	for q.Start, q.Count = 1, size; ; q.Start += size {
		page := s.mustQuery(t, q)
		if page.Total != total || page.Later != (q.Start+size <= total) || len(page.Resources) > 0 && page.Earlier != (q.Start > 1) {
			t.Fatalf("from %d: total %d, earlier %v, later %v, of %d", q.Start, page.Total, page.Earlier, page.Later, total)
		}
		if len(page.Resources) == 0 {
			return got
		}
		got = append(got, ids(page.Resources)...)
	}
}

// lastPage is where a walk forwards ended.
type lastPage struct {
	ids   []string
	first Place
}

func byPlace(t *rapid.T, s *Store, q Query, size, total int) (got []string, end lastPage) {
	for q.Count = size; ; {
		page := s.mustQuery(t, q)
		if n := len(page.Resources); page.Total != total || page.Earlier != (len(got) > 0) || page.Later != (len(got)+n < total) {
			t.Fatalf("after %d: total %d, earlier %v, later %v, of %d", len(got), page.Total, page.Earlier, page.Later, total)
		}
		got = append(got, ids(page.Resources)...)
		if len(page.Resources) > 0 {
			end = lastPage{ids(page.Resources), page.Place(0)}
		}
		if !page.Later {
			return got, end
		}
		last := page.Place(len(page.Resources) - 1)
		q.After = &last
	}
}

func backwards(t *rapid.T, s *Store, q Query, size int, end lastPage) []string {
	var got []string
	for q.Count, q.Before = size, &end.first; ; {
		page := s.mustQuery(t, q)
		if len(page.Resources) > 0 && !page.Later {
			t.Fatalf("nothing stands behind %v", ids(page.Resources))
		}
		got = append(ids(page.Resources), got...)
		if !page.Earlier {
			return got
		}
		first := page.Place(0)
		q.Before = &first
	}
}

// In the order of creation, what exists all the time is met once, whatever is
// written meanwhile.
func TestAWalkMeetsWhatStaysOnceWhileOthersComeAndGo(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		c := newClock()
		s := New(Options{Memory: true, NewID: counterIDs(), Now: c.now})
		if err := s.Open(t.Context()); err != nil {
			rt.Fatal(err)
		}
		defer mustClose(t, s)
		fillRandomly(rt, t, s, c)
		q := Query{Count: rapid.IntRange(1, 4).Draw(rt, "page size")}
		if rapid.Bool().Draw(rt, "filter") {
			q.Filter = filter(t, users(s), `id pr`)
		}
		stays := ids(everything(s))
		seen := make(map[string]int)
		for n := 0; ; n++ {
			page := s.mustQuery(rt, q)
			for _, r := range page.Resources {
				seen[r.ID]++
			}
			if !page.Later {
				break
			}
			last := page.Place(len(page.Resources) - 1)
			q.After = &last
			if n < 5 { // a walk that is outrun by creates never ends
				stays = disturb(rt, t, s, stays, n)
			}
		}
		for _, id := range stays {
			if seen[id] != 1 {
				rt.Errorf("%s was met %d times", id, seen[id])
			}
		}
		for id, n := range seen {
			if n > 1 {
				rt.Errorf("%s was met %d times", id, n)
			}
		}
	})
}

// disturb writes between two pages, and returns what of stays is still there.
func disturb(rt *rapid.T, t *testing.T, s *Store, stays []string, n int) []string {
	mustCreate(t, s, users(s), userBody(fmt.Sprint("new", n)))
	if len(stays) == 0 {
		return nil
	}
	id := rapid.SampledFrom(stays).Draw(rt, "id")
	r, err := s.Lookup(id)
	if err != nil {
		rt.Fatal(err)
	}
	if rapid.Bool().Draw(rt, "delete") {
		if _, err := s.Delete(t.Context(), r.Type, id, nil); err != nil {
			rt.Fatal(err)
		}
		return slices.DeleteFunc(stays, func(x string) bool { return x == id })
	}
	body := userBody(fmt.Sprint("changed", n))
	if r.Type.Name == "Group" {
		body = groupBody(fmt.Sprint("changed", n))
	}
	if _, err := replace(t, s, r.Type, id, body); err != nil {
		rt.Fatal(err)
	}
	return stays
}

// Values that begin alike for longer than a place holds are still told apart,
// and where the one at the place is gone none of the others is left out.
func TestPlacesAmongLongValues(t *testing.T) {
	for _, order := range []string{"ascending", "descending"} {
		for _, gone := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s, gone %v", order, gone), func(t *testing.T) {
				s := memoryStore(t)
				long := strings.Repeat("x", 2*maxPlaceKey)
				for _, end := range []string{"d", "b", "a", "c"} {
					mustCreate(t, s, users(s), fmt.Sprintf(`{"userName":%q,"title":"%s%s"}`, end, long, end))
				}
				sorted, err := scim.ParseSort([]*scim.ResourceType{users(s)}, "title", order, &scim.Reading{})
				if err != nil {
					t.Fatal(err)
				}
				q := Query{Type: users(s), Sort: sorted, Count: 2}
				page, err := s.Query(t.Context(), q)
				if err != nil {
					t.Fatal(err)
				}
				place := page.Place(1)
				if !place.Cut || len(place.Key) > maxPlaceKey {
					t.Fatalf("the place is %+v", place)
				}
				if gone {
					if _, err := s.Delete(t.Context(), users(s), page.Resources[1].ID, nil); err != nil {
						t.Fatal(err)
					}
				}
				q.After, q.Count = &place, -1
				rest, err := s.Query(t.Context(), q)
				if err != nil {
					t.Fatal(err)
				}
				var names []string
				for _, r := range rest.Resources {
					names = append(names, r.Name)
				}
				want := map[string]string{
					"ascending false": "c d", "ascending true": "a c d",
					"descending false": "b a", "descending true": "d b a",
				}[fmt.Sprint(order, " ", gone)]
				if got := strings.Join(names, " "); got != want {
					t.Errorf("behind the place are %s, want %s", got, want)
				}
			})
		}
	}
}
