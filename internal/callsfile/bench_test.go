package callsfile

import (
	"fmt"
	"testing"

	"airmock/internal/journal"
	"airmock/internal/journal/journaltest"
)

// BenchmarkRound is what keeping a call costs, all of it: making it a chunk,
// BuntDB, and writing the file anew when that is due.
func BenchmarkRound(b *testing.B) {
	j := journal.New(journal.Options{})
	f, err := open(Options{Dir: b.TempDir(), Journal: j})
	if err != nil {
		b.Fatal(err)
	}
	defer f.finish()
	b.ReportAllocs()
	for i := 0; i < b.N; i++ {
		b.StopTimer()
		for k := range 512 {
			c := journaltest.Create(fmt.Sprintf("user%d", i*512+k), now)
			c.Request.Body = make([]byte, 1200)
			c.Response.Body = make([]byte, 1200)
			c.Effect.After = make([]byte, 1200)
			j.Append(c)
		}
		b.StartTimer()
		if err := f.round(); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*512), "ns/call")
}

func BenchmarkLoad(b *testing.B) {
	dir := b.TempDir()
	first := begin(b, dir)
	first.create(10_000)
	first.end()
	b.ResetTimer()
	for range b.N {
		f, err := open(Options{Dir: dir, Journal: journal.New(journal.Options{})})
		if err != nil {
			b.Fatal(err)
		}
		b.StopTimer()
		f.finish()
		b.StartTimer()
	}
}
