package store

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"airmock/internal/scim"
)

// benchBody is a user of about 1.2 KB.
func benchBody(i int) string {
	return fmt.Sprintf(`{"userName":"user.%[1]d@contoso.com","externalId":"ext-%[1]d","displayName":"User %[1]d",
"name":{"givenName":"User","familyName":"Number %[1]d"},"active":true,"title":%[2]q,
"emails":[{"value":"user.%[1]d@contoso.com","type":"work","primary":true}]}`, i, strings.Repeat("t", 800))
}

func fill(b *testing.B, s *Store, n int) []string {
	b.Helper()
	created := make([]string, n)
	for i := range n {
		created[i] = mustCreate(b, s, users(s), benchBody(i)).ID
	}
	return created
}

// BenchmarkCreate reports what a create costs on disk, alone and with many at a
// time, as a multiple of what it costs in memory.
func BenchmarkCreate(b *testing.B) {
	var memory float64
	for _, bb := range []struct {
		name     string
		o        Options
		parallel int
	}{
		{"memory", Options{Memory: true}, 1},
		{"never", Options{Sync: SyncNever}, 1},
		{"second", Options{Sync: SyncSecond}, 1},
		{"second by 64", Options{Sync: SyncSecond}, 64},
		{"always", Options{Sync: SyncAlways}, 1},
		{"always by 64", Options{Sync: SyncAlways}, 64},
	} {
		b.Run(bb.name, func(b *testing.B) {
			bb.o.Dir = b.TempDir()
			s := mustOpen(b, bb.o)
			d := draft(b, users(s), benchBody(0))
			var n atomic.Int64
			b.SetParallelism(bb.parallel)
			b.ReportAllocs()
			b.ResetTimer()
			b.RunParallel(func(pb *testing.PB) {
				for pb.Next() {
					own := scim.Draft{Body: d.Body.Clone()}
					own.Body.Set("userName", scim.NewString(fmt.Sprint("user-", n.Add(1))))
					if _, err := s.Create(context.Background(), users(s), own); err != nil {
						b.Error(err)
					}
				}
			})
			each := float64(b.Elapsed()) / float64(b.N)
			if bb.o.Memory {
				memory = each
			}
			b.ReportMetric(each/memory, "x-memory")
		})
	}
}

// BenchmarkMemberAdd reports what adding a member to a group of 100,000 costs,
// as a multiple of what it costs in a group of 10.
func BenchmarkMemberAdd(b *testing.B) {
	s := mustOpen(b, Options{Dir: b.TempDir(), Sync: SyncNever})
	members := make([]string, 100_000)
	for i := range members {
		members[i] = mustCreate(b, s, users(s), userBody(fmt.Sprint("u", i))).ID
	}
	spare := mustCreate(b, s, users(s), userBody("spare")).ID
	small := mustCreate(b, s, groups(s), groupBody("small", members[:10]...)).ID
	large := mustCreate(b, s, groups(s), groupBody("large")).ID
	if _, err := change(b.Context(), s, large, membersOp(scim.MembersReplace, members...)); err != nil {
		b.Fatal(err)
	}
	where := filter(b, groups(s), fmt.Sprintf("members[value eq %q]", spare)).(*scim.ValuePath).Filter
	apply := func(group string, op scim.MemberOp) func() error {
		return func() error {
			_, err := change(context.Background(), s, group, op)
			return err
		}
	}
	var took [2]time.Duration
	b.ResetTimer()
	for i := 0; i < b.N; i++ {
		for g, id := range []string{small, large} {
			took[g] += timed(b, apply(id, membersOp(scim.MembersAdd, spare)))
			took[g] += timed(b, apply(id, scim.MemberOp{Kind: scim.MembersRemoveWhere, Where: where}))
		}
	}
	b.ReportMetric(float64(took[1])/float64(took[0]), "x-10-members")
}

func timed(b *testing.B, fn func() error) time.Duration {
	start := time.Now()
	if err := fn(); err != nil {
		b.Fatal(err)
	}
	return time.Since(start)
}

// BenchmarkScan reports what a query without an index costs among 100,000
// users, as a multiple of what it costs to do the same with encoding/json and
// maps.
func BenchmarkScan(b *testing.B) {
	s := mustOpen(b, Options{Memory: true})
	fill(b, s, 100_000)
	resources := everything(s)
	sorted := func(by string) *scim.Sort {
		sort, err := scim.ParseSort([]*scim.ResourceType{users(s)}, by, "", &scim.Reading{})
		if err != nil {
			b.Fatal(err)
		}
		return sort
	}
	for _, bb := range []struct {
		name  string
		query Query
		total int
		value string // what the baseline compares, or sorts by
	}{
		{"filter", Query{Type: users(s), Filter: filter(b, users(s), `name.familyName ew "99"`), Count: 100}, 1000, "familyName"},
		{"sorted page by a field", Query{Type: users(s), Sort: sorted("userName"), Count: 100}, 100_000, "familyName"},
		{"sorted page", Query{Type: users(s), Sort: sorted("name.familyName"), Count: 100}, 100_000, "familyName"},
	} {
		b.Run(bb.name, func(b *testing.B) {
			var ours, maps time.Duration
			for range b.N {
				ours += timed(b, func() error {
					page, err := s.Query(context.Background(), bb.query)
					if err == nil && (page.Total != bb.total || len(page.Resources) != 100) {
						err = fmt.Errorf("%d on the page, %d in all", len(page.Resources), page.Total)
					}
					return err
				})
				maps += timed(b, func() error { return scanMaps(resources, bb.value, bb.query.Sort != nil) })
			}
			b.ReportMetric(float64(ours)/float64(maps), "x-maps")
			b.ReportMetric(float64(ours.Milliseconds())/float64(b.N), "ms/query")
		})
	}
}

// scanMaps looks at a sub-attribute of name of all resources, and sorts them by
// it.
func scanMaps(resources []*Resource, attribute string, sorted bool) error {
	var values []string
	for _, r := range resources {
		var tree map[string]any
		if err := json.Unmarshal(r.Image, &tree); err != nil {
			return err
		}
		value := strings.ToLower(tree["name"].(map[string]any)[attribute].(string))
		if sorted || strings.HasSuffix(value, "99") {
			values = append(values, value)
		}
	}
	if sorted {
		slices.Sort(values)
	}
	return nil
}
