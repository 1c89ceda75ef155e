package store

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"airmock/internal/scim"
)

func TestQueriesFindWhatTheirFilterSays(t *testing.T) {
	s := memoryStore(t)
	a := mustCreate(t, s, users(s), `{"userName":"A.Kim@contoso.com","externalId":"akim","displayName":"Anna Kim","active":true}`).ID
	b := mustCreate(t, s, users(s), `{"userName":"b.simon@contoso.com","externalId":"AKIM","displayName":"Anna Kim","active":false}`).ID
	c := mustCreate(t, s, users(s), `{"userName":"c@contoso.com"}`).ID
	g := mustCreate(t, s, groups(s), groupBody("Sales", a, b)).ID
	h := mustCreate(t, s, groups(s), groupBody("All", c, g)).ID
	tests := []struct {
		group  bool
		filter string
		want   []string
	}{
		{false, `userName eq "a.KIM@CONTOSO.com"`, []string{a}},
		{false, `userName eq "nobody"`, nil},
		{false, `userName eq ""`, nil},
		{false, `externalId eq "akim"`, []string{a}}, // caseExact, RFC 7643 section 3.1
		{false, `id eq "` + b + `"`, []string{b}},
		{false, `id eq "` + g + `"`, nil},
		{false, `displayName eq "anna kim"`, []string{a, b}},
		{false, `displayName eq "anna kim" and active eq false`, []string{b}},
		{false, `active eq true`, []string{a}},
		{false, `userName sw "A"`, []string{a}},
		{false, `userName eq "c@contoso.com" or externalId eq "akim"`, []string{a, c}},
		{false, `not (displayName pr)`, []string{c}},
		{false, `groups.value eq "` + g + `"`, []string{a, b}},
		{false, `groups.value eq "` + h + `"`, []string{a, b, c}},
		{false, `groups[value eq "` + h + `" and type eq "direct"]`, []string{c}},
		{false, `groups.type eq "indirect"`, []string{a, b}},
		{false, `groups.display eq "sales"`, []string{a, b}},
		{false, `groups.value eq "` + a + `"`, nil},
		{true, `displayName eq "sales"`, []string{g}},
		{true, `members.value eq "` + a + `"`, []string{g}},
		{true, `members[value eq "` + g + `"]`, []string{h}},
		{true, `members[type eq "Group"]`, []string{h}},
		{true, `members.display co "Kim"`, []string{g}},
		{true, `members eq "` + a + `" and displayName eq "All"`, nil},
		{true, `members.value eq "nobody"`, nil},
	}
	for _, tt := range tests {
		t.Run(tt.filter, func(t *testing.T) {
			rt := users(s)
			if tt.group {
				rt = groups(s)
			}
			page, err := s.Query(t.Context(), Query{Type: rt, Filter: filter(t, rt, tt.filter), Count: -1})
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tt.want, ids(page.Resources), cmpopts.EquateEmpty()); diff != "" || page.Total != len(tt.want) {
				t.Errorf("total %d\n%s", page.Total, diff)
			}
		})
	}
}

func TestPagesCutTheWholeInOrder(t *testing.T) {
	s := memoryStore(t)
	const n = 3*scanChunk + 7
	var all []string
	for i := range n {
		all = append(all, mustCreate(t, s, users(s), userBody(fmt.Sprintf("u%d", i))).ID)
	}
	tests := []struct{ start, count, from, to int }{
		{1, -1, 0, n},
		{0, 2, 0, 2},
		{-5, 2, 0, 2},
		{2, 3, 1, 4},
		{scanChunk, scanChunk + 2, scanChunk - 1, 2*scanChunk + 1},
		{n, 10, n - 1, n},
		{n + 1, 10, 0, 0},
		{1 << 40, 10, 0, 0},
		{1, 0, 0, 0},
	}
	for _, text := range []string{"", `userName sw "u"`} {
		for _, tt := range tests {
			t.Run(fmt.Sprintf("%q from %d count %d", text, tt.start, tt.count), func(t *testing.T) {
				q := Query{Type: users(s), Start: tt.start, Count: tt.count}
				if text != "" {
					q.Filter = filter(t, users(s), text)
				}
				page, err := s.Query(t.Context(), q)
				if err != nil {
					t.Fatal(err)
				}
				if diff := cmp.Diff(all[tt.from:tt.to], ids(page.Resources), cmpopts.EquateEmpty()); diff != "" || page.Total != n {
					t.Errorf("total %d\n%s", page.Total, diff)
				}
			})
		}
	}
}

// endsAfter is a context that ends when it was looked at so many times.
type endsAfter struct {
	context.Context
	looks, most int
}

func (c *endsAfter) Err() error {
	if c.looks++; c.looks > c.most {
		return context.Canceled
	}
	return nil
}

func TestAScanStopsWithItsContext(t *testing.T) {
	s := memoryStore(t)
	for i := range 3 * scanChunk {
		mustCreate(t, s, users(s), userBody(fmt.Sprintf("u%d", i)))
	}
	sorted, err := scim.ParseSort([]*scim.ResourceType{users(s)}, "title", "", &scim.Reading{})
	if err != nil {
		t.Fatal(err)
	}
	for _, q := range []Query{
		{Type: users(s), Filter: filter(t, users(s), `userName pr`), Count: -1},
		{Type: users(s), Sort: sorted, Count: 1},
	} {
		ctx := &endsAfter{Context: t.Context(), most: 2}
		if _, err := s.Query(ctx, q); !errors.Is(err, context.Canceled) || ctx.looks != 3 {
			t.Errorf("after %d looks: %v", ctx.looks, err)
		}
	}
	ctx := &endsAfter{Context: t.Context()}
	if _, err := s.Query(ctx, Query{Type: users(s)}); !errors.Is(err, context.Canceled) {
		t.Errorf("Query with a context that ended = %v", err)
	}
}
