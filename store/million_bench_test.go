package store

import (
	"bufio"
	"context"
	"fmt"
	"hash/maphash"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"sync"
	"testing"
	"time"

	"airmock/internal/scim"
)

// tenants for benchmarks of size.
const (
	tenThousand = 10_000
	million     = 1_000_000
)

// writeTenant writes a data file with n users of about 1.2 KB, as a store that
// created them would leave it, and returns its directory and the bytes of JSON
// in it. Going through a store would take minutes.
func writeTenant(b *testing.B, n int) (dir string, stored int) {
	b.Helper()
	dir = b.TempDir()
	f, err := os.Create(filepath.Join(dir, dataFile))
	if err != nil {
		b.Fatal(err)
	}
	w := bufio.NewWriterSize(f, 1<<20)
	set := func(key, value string) {
		fmt.Fprintf(w, "%s$%d\r\n%s\r\n$%d\r\n%s\r\n", frameSet, len(key), key, len(value), value)
	}
	set(keyFormat, `{"format":1,"created":"2026-11-22T21:04:11Z"}`)
	t := newTable(scim.StandardCatalog().Type("User"), &model{keyer: keyer{maphash.MakeSeed()}, nodes: newNodes()})
	d := delta{at: newClock().now()}
	body := draft(b, t.rt, benchBody(0)).Body
	for i := range n {
		id := millionID(i)
		name := scim.NewString(fmt.Sprintf("user.%d@contoso.com", i))
		body.Set("userName", name)
		body.Set("externalId", scim.NewString(fmt.Sprintf("ext-%d", i)))
		body.Set("displayName", scim.NewString(fmt.Sprintf("User %d", i)))
		for email := range body.Get("emails").Elements() {
			email.Set("value", name)
		}
		body.Set("active", scim.NewBool(i%10 != 0))
		r, next := t.version(nil, id, body, &d, false)
		set(next.key, next.value)
		stored += len(r.Image)
	}
	if err := w.Flush(); err != nil {
		b.Fatal(err)
	}
	if err := f.Close(); err != nil {
		b.Fatal(err)
	}
	return dir, stored
}

// millionID is the id of the i-th user; in the order of ids they are mixed.
func millionID(i int) string {
	return fmt.Sprintf("%08x-0000-4000-8000-%012x", uint32(i)*2654435761, i)
}

// heap returns the bytes of the heap that are in use after a collection.
func heap() int {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int(m.HeapAlloc)
}

// openTenant opens a tenant with n users that writeTenant wrote.
func openTenant(b *testing.B, n int) *Store {
	dir, _ := writeTenant(b, n)
	return mustOpen(b, Options{Dir: dir, Sync: SyncNever})
}

// lookups are reads that must cost the same however many users there are. Each
// is given a number, to look at another user than the time before.
var lookups = []struct {
	name string
	read func(s *Store, n, i int) error
}{
	{"get", func(s *Store, _, i int) error {
		_, err := s.Get(users(s), millionID(i))
		return err
	}},
	{"userName eq", func(s *Store, _, i int) error {
		return finds(s, Query{Filter: compare(s, "userName", scim.Eq, fmt.Sprintf("user.%d@contoso.com", i)), Count: -1}, 1)
	}},
	{"userName sw", func(s *Store, _, i int) error {
		return finds(s, Query{Filter: compare(s, "userName", scim.Sw, fmt.Sprintf("user.%d@", i)), Count: -1}, 1)
	}},
	{"externalId eq", func(s *Store, _, i int) error {
		return finds(s, Query{Filter: compare(s, "externalId", scim.Eq, fmt.Sprintf("ext-%d", i)), Count: -1}, 1)
	}},
	{"page in the middle", func(s *Store, n, _ int) error { return finds(s, Query{Start: n / 2, Count: 100}, n) }},
	{"page in the middle of the active", func(s *Store, n, _ int) error {
		active := &scim.Compare{Path: scim.AttrPath{Name: "active"}, Op: scim.Eq, Value: scim.NewBool(true)}
		return finds(s, Query{Filter: active, Start: n / 2, Count: 100}, n-n/10)
	}},
	{"page after a place", func(s *Store, n, i int) error {
		return finds(s, Query{After: &Place{Seq: uint64(i)}, Count: 10}, n)
	}},
}

func compare(s *Store, name string, op scim.CompareOp, text string) scim.Expr {
	return &scim.Compare{Path: scim.AttrPath{Name: name, Def: users(s).Schema.Attribute(name)}, Op: op, Value: scim.NewString(text)}
}

func finds(s *Store, q Query, total int) error {
	q.Type = users(s)
	page, err := s.Query(context.Background(), q)
	if err == nil && page.Total != total {
		err = fmt.Errorf("%s: found %d, want %d", page.Plan, page.Total, total)
	}
	return err
}

// BenchmarkLookups reports what reads cost among 1,000,000 users, as a multiple
// of what they cost among 10,000. No read does more steps for it but those of a
// tree, yet the large tenant is in no cache of the processor, and a read of half a
// microsecond takes more than one. What is left of that over HTTP is shown by
// BenchmarkMillion of the program.
func BenchmarkLookups(b *testing.B) {
	small, large := openTenant(b, tenThousand), openTenant(b, million)
	for _, lookup := range lookups {
		b.Run(lookup.name, func(b *testing.B) {
			const several = 100 // reads between two looks at the clock
			read := func(s *Store, n, round int) func() error {
				return func() error {
					for i := range several {
						if err := lookup.read(s, n, (round*several+i)*7919%n); err != nil {
							return err
						}
					}
					return nil
				}
			}
			var took [2]time.Duration
			for i := 0; i < b.N; i++ {
				took[0] += timed(b, read(small, tenThousand, i))
				took[1] += timed(b, read(large, million, i))
			}
			b.ReportMetric(float64(took[1])/float64(took[0]), "x-10000-users")
			b.ReportMetric(float64(took[1].Nanoseconds())/float64(several*b.N), "ns/read")
		})
	}
}

// BenchmarkBesideAScan reports what the slowest in a hundred of other reads and
// writes takes while a filter without an index goes through 1,000,000 users, as
// a multiple of what it takes otherwise.
func BenchmarkBesideAScan(b *testing.B) {
	s := openTenant(b, million)
	scan := Query{Filter: filter(b, users(s), `title co "x"`), Count: 10}
	var scans time.Duration
	var usual, beside []time.Duration
	for i := 0; i < b.N; i++ {
		usual = append(usual, others(b, s, nil)...)
		ended := make(chan struct{})
		go func() {
			defer close(ended)
			scans += timed(b, func() error { return finds(s, scan, 0) })
		}()
		beside = append(beside, others(b, s, ended)...)
		<-ended
	}
	b.ReportMetric(float64(p99(beside))/float64(p99(usual)), "x-p99")
	b.ReportMetric(float64(p99(beside).Microseconds()), "us-p99")
	b.ReportMetric(scans.Seconds()/float64(b.N), "s/scan")
}

// others reads and writes from a few goroutines, for a time or until ended is
// closed, and returns how long each took.
func others(b *testing.B, s *Store, ended <-chan struct{}) []time.Duration {
	if ended == nil {
		over := make(chan struct{})
		defer time.AfterFunc(time.Second, func() { close(over) }).Stop()
		ended = over
	}
	var mu sync.Mutex
	var all []time.Duration
	var group sync.WaitGroup
	for client := range 8 {
		group.Go(func() {
			var took []time.Duration
			for i := client; ; i += 8 {
				select {
				case <-ended:
					mu.Lock()
					defer mu.Unlock()
					all = append(all, took...)
					return
				default:
				}
				took = append(took, timed(b, func() error {
					if i%16 == 0 {
						return rename(s, millionID(i*7919%million))
					}
					return lookups[i%2].read(s, million, i*7919%million)
				}))
				time.Sleep(time.Millisecond) // a client thinks
			}
		})
	}
	group.Wait()
	return all
}

// rename gives a user another nickName.
func rename(s *Store, id string) error {
	_, err := s.Update(context.Background(), users(s), id, func(cur *Resource) (scim.Draft, error) {
		body, err := cur.Type.Body(cur.Image)
		body.Set("nickName", scim.NewString(fmt.Sprint(cur.Version)))
		return scim.Draft{Body: body}, err
	})
	return err
}

func p99(all []time.Duration) time.Duration {
	slices.Sort(all)
	return all[len(all)*99/100]
}

// BenchmarkLoad reports what opening a tenant of 1,000,000 users takes, as a
// multiple of what BuntDB takes to open the file, and its memory as a multiple
// of the JSON stored.
func BenchmarkLoad(b *testing.B) {
	dir, stored := writeTenant(b, million)
	var ours, bunts time.Duration
	for range b.N {
		start := time.Now()
		db, err := openBunt(filepath.Join(dir, dataFile))
		if err != nil {
			b.Fatal(err)
		}
		bunts += time.Since(start)
		if err := db.Close(); err != nil {
			b.Fatal(err)
		}
		db = nil
		before := heap()
		start = time.Now()
		s := New(Options{Dir: dir, Sync: SyncNever})
		if err := s.Open(b.Context()); err != nil {
			b.Fatal(err)
		}
		ours += time.Since(start)
		b.ReportMetric(float64(heap()-before)/float64(stored), "x-json")
		mustClose(b, s)
	}
	b.ReportMetric(float64(ours)/float64(bunts), "x-buntdb")
	b.ReportMetric(bunts.Seconds()/float64(b.N), "s-buntdb")
}
