package store

import (
	"context"
	"slices"
	"sync"
	"testing"
	"time"

	"airmock/internal/scim"
)

// BenchmarkCompaction compacts a tenant of 100,000 users while one writer and
// one reader go on, and reports the longest that each of them waited, as a part
// of what the compaction took, beside the writer's longest wait in as long a
// time without one.
func BenchmarkCompaction(b *testing.B) {
	const size = 100_000
	for _, policy := range []SyncPolicy{SyncNever, SyncSecond, SyncAlways} {
		b.Run(string(policy), func(b *testing.B) {
			s := mustOpen(b, Options{Dir: b.TempDir(), Sync: policy})
			d, _ := onDisk(b, s)
			d.always = false
			ids := fill(b, s, size)
			d.always = policy == SyncAlways
			var took, pause, quiet, read time.Duration
			b.ResetTimer()
			for range b.N {
				end := make(chan struct{})
				var all sync.WaitGroup
				var waits, reads []time.Duration
				all.Go(func() { waits = waitsUntil(end, func(i int) error { return touch(s, ids[i%size]) }) })
				all.Go(func() {
					reads = waitsUntil(end, func(i int) error {
						time.Sleep(100 * time.Microsecond) // the writer shall have a processor
						start := time.Now()
						_, err := s.Lookup(ids[i%size])
						read = max(read, time.Since(start))
						return err
					})
				})
				each := timed(b, d.compact)
				close(end)
				all.Wait()
				took += each
				pause = max(pause, slices.Max(waits))
				if len(waits) == 0 || len(reads) == 0 {
					b.Fatal("nobody wrote, or nobody read")
				}
				end = make(chan struct{})
				time.AfterFunc(each, func() { close(end) })
				quiet = max(quiet, slices.Max(waitsUntil(end, func(i int) error { return touch(s, ids[i%size]) })))
			}
			each := took / time.Duration(b.N)
			ms := func(d time.Duration) float64 { return d.Seconds() * 1000 }
			b.ReportMetric(ms(each), "ms/compaction")
			b.ReportMetric(ms(pause), "ms-longest-write")
			b.ReportMetric(ms(quiet), "ms-longest-write-without")
			b.ReportMetric(ms(read), "ms-longest-read")
			b.ReportMetric(float64(pause)/float64(each), "pause/compaction")
		})
	}
}

// touch changes a user.
func touch(s *Store, id string) error {
	_, err := s.Update(context.Background(), users(s), id, func(cur *Resource) (scim.Draft, error) {
		body, err := cur.Type.Body(cur.Image)
		if err != nil {
			return scim.Draft{}, err
		}
		body.Set("nickName", scim.NewString(time.Now().String()))
		return scim.Draft{Body: body}, nil
	})
	return err
}

// waitsUntil does something until end, and returns how long each took. It ends
// early on an error, with a wait that no pause is as long as.
func waitsUntil(end chan struct{}, do func(int) error) (waits []time.Duration) {
	for i := 0; ; i++ {
		select {
		case <-end:
			return waits
		default:
		}
		start := time.Now()
		if err := do(i); err != nil {
			return append(waits, 24*time.Hour)
		}
		waits = append(waits, time.Since(start))
	}
}
