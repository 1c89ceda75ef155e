package numbers

import (
	"bufio"
	"context"
	"fmt"
	"math"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"pgregory.net/rapid"

	"airmock/internal/journal"
	"airmock/internal/scim"
)

var begin = time.Date(2026, 11, 22, 21, 4, 10, 0, time.UTC)

// at is a call that ended at begin + second.
func at(second float64, op scim.Operation, status int, took time.Duration) *journal.Call {
	end := begin.Add(time.Duration(second * float64(time.Second)))
	return &journal.Call{Time: end.Add(-took), Duration: took, Operation: op, Status: status}
}

func TestPercentilesAreRightToThreePercent(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		// The number of bits first, so that every magnitude is met.
		duration := rapid.Custom(func(t *rapid.T) int64 {
			return rapid.Int64Range(0, 1<<rapid.IntRange(0, 45).Draw(t, "bits")).Draw(t, "ns")
		})
		times := rapid.SliceOfN(duration, 1, 200).Draw(t, "times")
		parts := rapid.IntRange(1, 3).Draw(t, "parts")
		split := make([]histogram, parts)
		var h histogram
		for i, d := range times {
			split[i%parts].add(time.Duration(d))
		}
		for i := range split {
			h.merge(&split[i])
		}
		slices.Sort(times)
		for _, q := range []float64{0.01, 0.5, 0.9, 0.99, 1} {
			exact := time.Duration(times[int(math.Ceil(q*float64(len(times))))-1])
			got := h.percentile(q)
			if off := (got - exact).Abs(); off > exact/(2*steps) {
				t.Fatalf("p%g is %s, want %s", q*100, got, exact)
			}
		}
	})
}

func TestBucketsFollowEachOther(t *testing.T) {
	last := -1
	for d := time.Duration(0); d < 24*time.Hour; d += max(1, d/100) {
		i := bucketOf(d)
		if i != last && i != last+1 {
			t.Fatalf("%s is in bucket %d, what is before in %d", d, i, last)
		}
		last = i
	}
}

func TestAWindowHasWhatEndedInItAndTheWholeHasAll(t *testing.T) {
	now := begin
	n := New(func() time.Time { return now })
	j := journal.New(journal.Options{MaxCalls: 3})
	for i := range 10 {
		j.Append(at(float64(i), scim.OpUserCreate, 201, time.Millisecond))
		n.Pull(j)
	}
	j.Append(at(250, scim.OpUserGet, 404, 2*time.Millisecond))
	j.Append(at(251, scim.OpUserGet, 0, time.Second))
	n.Pull(j)
	now = begin.Add(280 * time.Second)
	for window, want := range map[time.Duration]struct{ all, gets, errors uint64 }{
		0: {12, 2, 2}, time.Minute: {2, 2, 2}, 5 * time.Minute: {12, 2, 2}, 20 * time.Second: {0, 0, 0},
	} {
		got := n.Window(window)
		var gets uint64
		for _, row := range got.Operations {
			if row.Operation == "user.get" {
				gets = row.Calls
			}
		}
		if got.Total.Calls != want.all || gets != want.gets || got.Total.Errors != want.errors {
			t.Errorf("window %s: %+v, want %+v", window, got, want)
		}
	}
	now = begin.Add(2 * time.Hour)
	if got := n.Window(5 * time.Minute); got.Total.Calls != 0 || len(got.Operations) != 0 {
		t.Errorf("two hours later: %+v", got)
	}
	if got := n.Window(0); got.Total.Calls != 12 || got.Total.Statuses["lost"] != 1 || got.Total.Max != 1000 || got.Seconds != 7200 {
		t.Errorf("the whole: %+v", got)
	}
}

func TestCallsOfAnEarlierProcessAreNotCounted(t *testing.T) {
	n := New(func() time.Time { return begin })
	j := journal.New(journal.Options{})
	j.Append(at(0, scim.OpUserCreate, 201, 0))
	n.Skip(1)
	j.Append(at(0, scim.OpUserGet, 200, 0))
	n.Pull(j)
	if got := n.Window(0); got.Total.Calls != 1 {
		t.Errorf("%+v", got)
	}
}

func TestASessionIsCountedAsItWas(t *testing.T) {
	past, err := journal.Session([]*journal.Call{
		{Seq: 4, Time: begin, Status: 200}, {Seq: 9, Time: begin.Add(4 * time.Minute), Status: 201, Duration: time.Second},
	})
	if err != nil {
		t.Fatal(err)
	}
	n := Of(past)
	n.Pull(past)
	if late, all := n.Window(time.Minute), n.Window(0); late.Total.Calls != 1 || all.Total.Calls != 2 || all.Seconds != 241 || n.missed != 0 {
		t.Errorf("%+v, %+v, %d missed", late, all, n.missed)
	}
	none, err := journal.Session(nil)
	if err != nil {
		t.Fatal(err)
	}
	if all := Of(none).Window(0); all.Total.Calls != 0 || all.Total.Rate != 0 {
		t.Errorf("%+v", all)
	}
}

func TestAClockThatIsSetBackCostsNoCallsToCome(t *testing.T) {
	now := begin
	n := New(func() time.Time { return now })
	j := journal.New(journal.Options{})
	j.Append(at(0, scim.OpUserGet, 200, 0))
	j.Append(at(-3599, scim.OpUserCreate, 201, 0))
	n.Pull(j)
	now = begin.Add(-time.Hour + 2*time.Second)
	if got := n.Window(time.Minute); got.Total.Calls != 1 || got.Operations[0].Operation != "user.create" {
		t.Errorf("%+v", got)
	}
}

func TestCountersDoNotFallWhenTheJournalDropsCalls(t *testing.T) {
	n := New(time.Now)
	j := journal.New(journal.Options{MaxCalls: 5})
	ctx, stop := context.WithCancel(t.Context())
	var following sync.WaitGroup
	following.Go(func() { n.Follow(ctx, j) })
	last := uint64(0)
	for i := range 2000 {
		j.Append(at(0, scim.OpUserGet, 200, 0))
		if i%100 != 0 {
			continue
		}
		n.Pull(j)
		n.mu.Lock()
		counted, missed := n.whole[scim.OpUserGet].n, n.missed
		n.mu.Unlock()
		if counted < last || counted+missed != uint64(i+1) {
			t.Errorf("after %d calls: %d counted, %d before, %d missed", i+1, counted, last, missed)
		}
		last = counted
	}
	stop()
	following.Wait()
}

// TestTheTextIsOpenMetrics reads the text by the rules of OpenMetrics 1.0.
func TestTheTextIsOpenMetrics(t *testing.T) {
	n := New(func() time.Time { return begin })
	j := journal.New(journal.Options{MaxCalls: 2})
	for i := range 20 {
		j.Append(at(float64(i), scim.OpUserCreate, 200+i%2, time.Duration(i*i)*time.Millisecond))
		n.Pull(j)
	}
	j.Append(at(30, "a\"b\\c\nd", 0, time.Minute))
	n.Pull(j)
	state := State{Version: `v"1`, Started: begin, Resources: map[string]int{"User": 3, "Group": 1}, Memberships: 5}
	text := string(n.AppendOpenMetrics(nil, state))
	if !strings.HasSuffix(text, "\n# EOF\n") || strings.Count(text, "# EOF") != 1 {
		t.Errorf("the end is %q", text[max(0, len(text)-20):])
	}
	sample := regexp.MustCompile(`^([a-z_]+)(\{(?:[a-z]+="(?:[^"\\\n]|\\["\\n])*"(?:,[a-z]+="(?:[^"\\\n]|\\["\\n])*")*)?\})? (\S+)$`)
	suffixes := map[string][]string{"counter": {"_total"}, "gauge": {""}, "info": {"_info"}, "histogram": {"_bucket", "_count", "_sum"}}
	family, kind, seen := "", "", map[string]bool{}
	buckets := map[string]float64{}
	lines := bufio.NewScanner(strings.NewReader(text))
	for lines.Scan() {
		line := lines.Text()
		if line == "# EOF" {
			break
		}
		if words := strings.SplitN(line, " ", 4); words[0] == "#" {
			switch words[1] {
			case "TYPE":
				family, kind = words[2], words[3]
				if seen[family] {
					t.Errorf("the family %s is there twice", family)
				}
				seen[family] = true
			case "UNIT":
				if !strings.HasSuffix(family, "_"+words[3]) {
					t.Errorf("%s has the unit %s", family, words[3])
				}
			}
			if words[2] != family {
				t.Errorf("%s stands in the family %s", line, family)
			}
			continue
		}
		m := sample.FindStringSubmatch(line)
		if m == nil {
			t.Errorf("cannot read %q", line)
			continue
		}
		value, err := strconv.ParseFloat(m[3], 64)
		if suffix, in := strings.CutPrefix(m[1], family); !in || !slices.Contains(suffixes[kind], suffix) || err != nil {
			t.Errorf("%q in the %s %s: %v", line, kind, family, err)
		}
		if strings.HasSuffix(m[1], "_bucket") {
			op, _, _ := strings.Cut(m[2], ",le=")
			if value < buckets[op] {
				t.Errorf("%q is below the bucket before", line)
			}
			buckets[op] = value
		}
	}
	for _, want := range []string{
		`airmock_calls_total{operation="user.create",status="201"} 10`,
		`airmock_calls_total{operation="a\"b\\c\nd",status="lost"} 1`,
		`airmock_call_duration_seconds_bucket{operation="user.create",le="+Inf"} 20`,
		`airmock_call_duration_seconds_bucket{operation="user.create",le="0.1"} 11`,
		`airmock_call_duration_seconds_count{operation="user.create"} 20`,
		`airmock_resources{type="User"} 3`, `airmock_group_members 5`, `airmock_build_info{version="v\"1"} 1`,
	} {
		if !strings.Contains(text, "\n"+want+"\n") {
			t.Errorf("%s is not there", want)
		}
	}
}

// BenchmarkAdd reports what counting a call takes.
func BenchmarkAdd(b *testing.B) {
	n := New(time.Now)
	calls := make([]journal.Outcome, 1000)
	for i := range calls {
		calls[i] = journal.Outcome{
			End: time.Unix(int64(i)/100, 0), Operation: scim.Operation(fmt.Sprintf("op%d", i%20)), Status: 200, Duration: time.Duration(i) * time.Microsecond,
		}
	}
	for i := range b.N {
		n.add(calls[i%len(calls)])
	}
}
