package store

import (
	"bufio"
	"fmt"
	"hash/maphash"
	"os"
	"path/filepath"
	"runtime"
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
	t := newTable(scim.StandardCatalog().Type("User"), &model{keyer: keyer{maphash.MakeSeed()}})
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
		r, record := t.version(nil, id, body, &d, false)
		set(userPrefix+id, record)
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
