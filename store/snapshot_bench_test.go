package store

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"airmock/internal/scim"
)

// BenchmarkSnapshot takes snapshots of 100,000 users of about 1.2 KB. It reports
// how long the writer stops for one, and how many writes, and how long ones,
// clients get done while one is taken after the other, as a multiple of those
// without.
func BenchmarkSnapshot(b *testing.B) {
	s := mustOpen(b, Options{Dir: b.TempDir(), Sync: SyncNever})
	fill(b, s, 100_000)
	var written int64
	var stopped time.Duration
	b.ResetTimer()
	for range b.N {
		start := time.Now()
		err := s.writer.Load().pause(b.Context(), func() error {
			start = time.Now()
			_, err := s.disk.records()
			return err
		})
		stopped += time.Since(start)
		if err != nil {
			b.Fatal(err)
		}
		written = saveTo(b, s, io.Discard)
	}
	b.StopTimer()
	b.SetBytes(written)
	b.ReportMetric(float64(stopped.Microseconds())/1000/float64(b.N), "stopped-ms")
	var taken atomic.Int64
	var rates [2]float64
	var p99s [2]time.Duration
	for round := range 6 { // in turn, as the machine has other work too
		work := func(context.Context) {}
		if round%2 == 1 {
			work = func(ctx context.Context) {
				for ctx.Err() == nil {
					saveTo(b, s, io.Discard)
					taken.Add(1)
				}
			}
		}
		rate, p99 := writeUsers(b, s, fmt.Sprint("round-", round), work)
		rates[round%2] += rate
		p99s[round%2] += p99
	}
	b.ReportMetric(rates[1]/rates[0], "x-writes")
	b.ReportMetric(float64(p99s[1])/float64(p99s[0]), "x-p99")
	b.ReportMetric(float64(p99s[1].Microseconds())/3000, "p99-ms")
	b.ReportMetric(float64(taken.Load()), "snapshots-meanwhile")
}

func saveTo(b *testing.B, s *Store, w io.Writer) int64 {
	shot, err := s.Snapshot(b.Context())
	if err != nil {
		b.Error(err)
		return 0
	}
	n, err := shot.WriteTo(w)
	if err != nil {
		b.Error(err)
	}
	return n
}

// writeUsers lets 16 clients create 16,000 users beside work, and returns how
// many there were a second, and how long the slowest hundredth took.
func writeUsers(b *testing.B, s *Store, name string, work func(context.Context)) (rate float64, p99 time.Duration) {
	const clients, each = 16, 1000
	ctx, stop := context.WithCancel(b.Context())
	d := draft(b, users(s), benchBody(0))
	took := make([]time.Duration, clients*each)
	var working, writing sync.WaitGroup
	working.Go(func() { work(ctx) })
	begin := time.Now()
	for w := range clients {
		writing.Go(func() {
			for i := range each {
				next := scim.Draft{Body: d.Body.Clone()}
				next.Body.Set("userName", scim.NewString(fmt.Sprintf("%s-%d-%d", name, w, i)))
				start := time.Now()
				if _, err := s.Create(context.Background(), users(s), next); err != nil {
					b.Error(err)
				}
				took[w*each+i] = time.Since(start)
			}
		})
	}
	writing.Wait()
	elapsed := time.Since(begin)
	stop()
	working.Wait()
	slices.Sort(took)
	return float64(len(took)) / elapsed.Seconds(), took[len(took)*99/100]
}

// BenchmarkRestore reports what restoring 100,000 users costs, as a multiple of
// opening the file that they are in.
func BenchmarkRestore(b *testing.B) {
	dir := b.TempDir()
	s := mustOpen(b, Options{Dir: dir})
	fill(b, s, 100_000)
	var file bytes.Buffer
	b.SetBytes(saveTo(b, s, &file))
	var opening, restoring time.Duration
	b.ResetTimer()
	for range b.N {
		mustClose(b, s)
		start := time.Now()
		s = mustOpen(b, Options{Dir: dir})
		opening += time.Since(start)
		start = time.Now()
		if _, err := s.Restore(b.Context(), bytes.NewReader(file.Bytes())); err != nil {
			b.Fatal(err)
		}
		restoring += time.Since(start)
	}
	b.ReportMetric(float64(restoring)/float64(opening), "x-open")
}
