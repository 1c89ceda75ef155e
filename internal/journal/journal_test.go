package journal

import (
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

func numbers(calls []*Call) []uint64 {
	var seqs []uint64
	for _, c := range calls {
		seqs = append(seqs, c.Seq)
	}
	return seqs
}

func TestCallsAreNumberedAsTheyComplete(t *testing.T) {
	j := New(Options{})
	if first, last := j.Bounds(); first != 0 || last != 0 {
		t.Errorf("Bounds of an empty journal = %d, %d; want 0, 0", first, last)
	}
	for range 3 {
		j.Append(&Call{})
	}
	if first, last := j.Bounds(); first != 1 || last != 3 {
		t.Errorf("Bounds = %d, %d; want 1, 3", first, last)
	}
	if c := j.Get(2); c == nil || c.Seq != 2 {
		t.Errorf("Get(2) = %v", c)
	}
	for _, seq := range []uint64{0, 4} {
		if c := j.Get(seq); c != nil {
			t.Errorf("Get(%d) = call %d, want nil", seq, c.Seq)
		}
	}
}

func TestSinceGivesWhatAReaderHasNotSeen(t *testing.T) {
	j := New(Options{MaxCalls: 4})
	for range 10 {
		j.Append(&Call{})
	}
	tests := []struct {
		name   string
		seq    uint64
		limit  int
		want   []uint64
		missed int
	}{
		{"from the start, after some were dropped", 0, 99, []uint64{7, 8, 9, 10}, 6},
		{"from where the ring begins", 6, 99, []uint64{7, 8, 9, 10}, 0},
		{"one short of it", 5, 99, []uint64{7, 8, 9, 10}, 1},
		{"with a limit", 3, 2, []uint64{7, 8}, 3},
		{"the newest", 9, 1, []uint64{10}, 0},
		{"nothing new", 10, 9, nil, 0},
		{"a number that was never given", 99, 9, nil, 0},
		{"no room", 8, 0, nil, 0},
		{"less than no room", 8, -1, nil, 0},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			calls, missed := j.Since(tt.seq, tt.limit)
			if diff := cmp.Diff(tt.want, numbers(calls)); diff != "" || missed != tt.missed {
				t.Errorf("missed %d, want %d; -want +got:\n%s", missed, tt.missed, diff)
			}
		})
	}
}

// The ring is a queue with two bounds: it holds the newest calls that fit.
func TestTheRingHoldsTheNewestThatFit(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		maxCalls := rapid.IntRange(1, 20).Draw(t, "calls")
		maxBytes := rapid.Int64Range(1, 40_000).Draw(t, "bytes")
		j := New(Options{MaxCalls: maxCalls, MaxBytes: maxBytes})
		var sizes []int64
		for _, body := range rapid.SliceOfN(rapid.IntRange(0, 9000), 1, 80).Draw(t, "bodies") {
			c := &Call{Request: Message{Body: make([]byte, body)}}
			sizes = append(sizes, sizeOf(c))
			j.Append(c)
		}
		kept, total := 0, int64(0)
		for i := len(sizes) - 1; i >= 0 && kept < maxCalls && (kept == 0 || total+sizes[i] <= maxBytes); i-- {
			kept++
			total += sizes[i]
		}
		first, last := j.Bounds()
		if got := int(last - first + 1); got != kept || last != uint64(len(sizes)) {
			t.Fatalf("kept %d..%d, want the newest %d of %d", first, last, kept, len(sizes))
		}
		if j.bytes != total {
			t.Fatalf("counted %d bytes, holds %d", j.bytes, total)
		}
		calls, missed := j.Since(0, len(sizes))
		if len(calls) != kept || missed != len(sizes)-kept || calls[0].Seq != first || j.Get(first) != calls[0] {
			t.Fatalf("Since(0) = %v, missed %d", numbers(calls), missed)
		}
	})
}

func TestMemoryStaysUnderItsBoundWhateverIsSent(t *testing.T) {
	const bound = 1 << 20
	j := New(Options{MaxBytes: bound})
	huge := strings.Repeat("x", 100_000)
	for range 200 {
		j.Append(&Call{
			Path: huge, Query: huge, Filter: huge, Error: huge,
			Effect: &Effect{
				Name:   huge,
				Added:  []string{huge, huge},
				Fields: []Field{{Name: huge, From: huge, To: huge}},
				After:  []byte(huge),
			},
		})
	}
	if j.bytes > bound {
		t.Errorf("%d bytes kept, bound %d", j.bytes, bound)
	}
	_, last := j.Bounds()
	c := j.Get(last)
	for _, s := range []string{c.Path, c.Query, c.Filter, c.Error, c.Effect.Name, c.Effect.Added[1], c.Effect.Fields[0].To} {
		if len(s) > maxText+len("…") || !strings.HasSuffix(s, "…") {
			t.Errorf("a text of %d bytes is kept as %d bytes", len(huge), len(s))
		}
	}
	if len(c.Effect.After) != MaxBody {
		t.Errorf("an image of %d bytes is kept as %d bytes", len(huge), len(c.Effect.After))
	}
}

func TestEffectsLoseTheirSecrets(t *testing.T) {
	c := &Call{Effect: &Effect{
		Fields: []Field{{Name: "password", To: `"hunter2"`}, {Name: "title", From: `"a"`, To: `"b"`}},
		After:  []byte(`{"password":"hunter2"}`),
	}}
	New(Options{}).Append(c)
	want := &Effect{
		Fields: []Field{{Name: "password", To: `"[redacted]"`}, {Name: "title", From: `"a"`, To: `"b"`}},
		After:  []byte(`{"password":"[redacted]"}`),
	}
	if diff := cmp.Diff(want, c.Effect); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

func TestACycleEndsAfterAPause(t *testing.T) {
	base := time.Date(2026, 11, 22, 21, 0, 0, 0, time.UTC)
	at := func(seconds int) time.Time { return base.Add(time.Duration(seconds) * time.Second) }
	j := New(Options{})
	appendAt := func(start, end int) int {
		c := &Call{Time: at(start), Duration: at(end).Sub(at(start))}
		j.Append(c)
		return c.Cycle
	}
	steps := []struct{ start, end, want int }{
		{0, 1, 1},
		{61, 62, 1},    // 60 s after the end: not more than the gap
		{123, 300, 2},  // 61 s after it
		{130, 131, 2},  // overlaps
		{360, 361, 2},  // 60 s after the long one's end
		{1000, 999, 3}, // a clock that was set back
	}
	for _, s := range steps {
		if got := appendAt(s.start, s.end); got != s.want {
			t.Errorf("the call from %d s to %d s is in cycle %d, want %d", s.start, s.end, got, s.want)
		}
	}
}

func TestNoCycleBeginsWhileACallIsUnderWay(t *testing.T) {
	base := time.Date(2026, 11, 22, 21, 0, 0, 0, time.UTC)
	j := New(Options{})
	slow := Call{Time: base, Duration: 200 * time.Second, Cycle: j.begin(base)}
	quick := Call{Time: base.Add(100 * time.Second), Cycle: j.begin(base.Add(100 * time.Second))}
	j.end(&unsealed{call: quick, secrets: commonSecrets})
	j.end(&unsealed{call: slow, secrets: commonSecrets})
	next := j.begin(base.Add(261 * time.Second))
	if got := []int{quick.Cycle, slow.Cycle, next}; !cmp.Equal(got, []int{1, 1, 2}) {
		t.Errorf("quick, slow and next call are in cycles %v, want [1 1 2]", got)
	}
}

func TestAWatcherIsWokenOnceForManyCalls(t *testing.T) {
	j := New(Options{})
	w := j.Watch()
	select {
	case <-w.C:
		t.Error("woken without a call")
	default:
	}
	for range 100 { // nobody receives: Append does not wait
		j.Append(&Call{})
	}
	<-w.C
	select {
	case <-w.C:
		t.Error("woken twice without a call in between")
	default:
	}
	j.Append(&Call{})
	<-w.C
	w.Close()
	w.Close()
	j.Append(&Call{})
	if _, open := <-w.C; open {
		t.Error("woken after Close")
	}
}

// Readers that follow by number see every call once and in order, while many
// append.
func TestReadersMissNothingWhileManyAppend(t *testing.T) {
	const appenders, each, readers = 8, 200, 4
	j := New(Options{})
	stalled := j.Watch() // never received from
	defer stalled.Close()
	var all sync.WaitGroup
	for range readers {
		w := j.Watch()
		all.Go(func() {
			defer w.Close()
			for seen := uint64(0); seen < appenders*each; {
				<-w.C
				for calls, missed := j.Since(seen, 64); len(calls) > 0; calls, missed = j.Since(seen, 64) {
					for _, c := range calls {
						if c.Seq != seen+1 || missed != 0 {
							t.Errorf("after %d came %d, missed %d", seen, c.Seq, missed)
							return
						}
						seen = c.Seq
					}
				}
			}
		})
	}
	for range appenders {
		all.Go(func() {
			for range each {
				j.Append(&Call{})
			}
		})
	}
	all.Wait()
}
