//go:build !windows

package scimserver_test

import (
	"fmt"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"airmock/internal/journal"
	"airmock/internal/scim"
	"airmock/scimserver"
	"airmock/store"
)

// cpu returns the processor time that the process has used.
func cpu() time.Duration {
	var u unix.Rusage
	if err := unix.Getrusage(unix.RUSAGE_SELF, &u); err != nil {
		return 0
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// BenchmarkHistory reports what writes of 16 clients at a time cost on a tenant on
// disk that keeps earlier versions, the writing of these included, as a multiple
// of what they cost without: in time until the last answer, and in processor
// time. A network would add the same to both.
func BenchmarkHistory(b *testing.B) {
	const people, clients, calls = 1000, 16, 4000
	title := strings.Repeat("t", 400)
	for _, bb := range []struct {
		name, method string
		path         func(ids []string, i int) string
		body         func(ids []string, i int) string
	}{
		{"create", "POST",
			func([]string, int) string { return "/Users" },
			func(_ []string, i int) string { return fmt.Sprintf(benchUser, people+i) }},
		{"patchActive", "PATCH",
			func(ids []string, i int) string { return "/Users/" + ids[i%people] },
			func(_ []string, i int) string {
				return patchBody(fmt.Sprintf(`{"op":"Replace","path":"active","value":"%s"}`, [...]string{"False", "True"}[i/people%2]))
			}},
		{"patchTitle", "PATCH",
			func(ids []string, i int) string { return "/Users/" + ids[i%people] },
			func(_ []string, i int) string {
				return patchBody(fmt.Sprintf(`{"op":"Replace","path":"title","value":"%s%d"}`, title, i))
			}},
		{"memberAdd", "PATCH",
			func(ids []string, i int) string { return "/Groups/" + ids[people+i/people] },
			func(ids []string, i int) string {
				return patchBody(fmt.Sprintf(`{"op":"Add","path":"members","value":[{"value":"%s"}]}`, ids[i%people]))
			}},
	} {
		b.Run(bb.name, func(b *testing.B) {
			var wall, used [2]time.Duration
			for round := range 2 * b.N {
				which := round % 2
				tenant, ids := newDiskTenant(b, []int{-1, 0}[which], people, calls/people)
				var next atomic.Int64
				var all sync.WaitGroup
				start, before := time.Now(), cpu()
				for range clients {
					all.Go(func() {
						for i := int(next.Add(1)) - 1; i < calls; i = int(next.Add(1)) - 1 {
							if w := serveOnce(tenant.handler, bb.method, bb.path(ids, i), bb.body(ids, i)); w.Code >= 300 {
								b.Errorf("%d %s", w.Code, w.Body)
								return
							}
						}
					})
				}
				all.Wait()
				wall[which] += time.Since(start)
				if err := tenant.store.Close(); err != nil { // which writes what is left
					b.Fatal(err)
				}
				used[which] += cpu() - before
			}
			b.ReportMetric(float64(wall[1])/float64(wall[0]), "x-time")
			b.ReportMetric(float64(used[1])/float64(used[0]), "x-cpu")
			b.ReportMetric(float64(used[0].Microseconds())/float64(b.N*calls), "cpu-µs/call-without")
		})
	}
}

type diskTenant struct {
	benchTenant
	store *store.Store
}

// newDiskTenant returns a tenant on disk and the ids of its users, then groups.
func newDiskTenant(b *testing.B, versions, people, groups int) (*diskTenant, []string) {
	b.Helper()
	catalog := scim.StandardCatalog()
	t := &diskTenant{store: store.New(store.Options{Dir: b.TempDir(), Sync: store.SyncNever, Catalog: catalog, Versions: versions})}
	if err := t.store.Open(b.Context()); err != nil {
		b.Fatal(err)
	}
	t.journal = journal.New(journal.Options{})
	t.handler = t.record(scimserver.New(scimserver.Options{Store: t.store, Catalog: catalog, BasePath: basePath, Secret: secret}))
	var ids []string
	create := func(path, body string) {
		w := t.serve(b, http.MethodPost, path, body)
		location := w.Header().Get("Location")
		ids = append(ids, location[strings.LastIndexByte(location, '/')+1:])
	}
	for i := range people {
		create("/Users", fmt.Sprintf(benchUser, i))
	}
	for i := range groups {
		create("/Groups", fmt.Sprintf(`{"displayName":"g%d"}`, i))
	}
	return t, ids
}
