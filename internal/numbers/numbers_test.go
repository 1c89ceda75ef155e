package numbers

import (
	"math"
	"slices"
	"testing"
	"time"

	"go.uber.org/goleak"
	"pgregory.net/rapid"

	"airmock/internal/journal"
	"airmock/internal/scim"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

var start = time.Date(2026, 11, 22, 21, 4, 10, 0, time.UTC)

func TestPercentilesAreWithinTheRelativeErrorOfASort(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		// A bit length first, so that every magnitude is met.
		duration := rapid.Custom(func(t *rapid.T) time.Duration {
			bits := rapid.IntRange(0, 62).Draw(t, "bits")
			return time.Duration(rapid.Int64Range(0, 1<<bits).Draw(t, "ns"))
		})
		times := rapid.SliceOfN(duration, 1, 300).Draw(t, "times")
		var counted, half tally
		for i, d := range times {
			if i%2 == 0 {
				counted.add(200, d)
			} else {
				half.add(200, d)
			}
		}
		counted.merge(&half)
		slices.Sort(times)
		for _, p := range []int{1, 50, 90, 99, 100} {
			want := times[(len(times)*p+99)/100-1]
			got := counted.percentile(uint64(p))
			if math.Abs(float64(got-want)) > float64(want)*RelativeError {
				t.Fatalf("p%d of %v is told as %v", p, want, got)
			}
		}
		if counted.max != times[len(times)-1] {
			t.Fatalf("max %v of %v", counted.max, times)
		}
	})
}

func TestBucketsFollowEachOtherWithoutGaps(t *testing.T) {
	at := 0
	for d := time.Duration(0); d >= 0 && d < 1<<61; d += max(1, d/200) {
		b := bucketOf(d)
		if b != at && b != at+1 {
			t.Fatalf("%v is in bucket %d behind %d", d, b, at)
		}
		at = b
	}
}

// naive is the calls that ended in the seconds up to now.
func naive(calls []*journal.Call, now time.Time, seconds int64) map[scim.Operation][]*journal.Call {
	by := map[scim.Operation][]*journal.Call{}
	for _, c := range calls {
		if end := c.Time.Add(c.Duration).Unix(); end <= now.Unix() && end > now.Unix()-seconds {
			by[c.Operation] = append(by[c.Operation], c)
		}
	}
	return by
}

func TestWindowsCountWhatEndedInThem(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		now := start
		j := journal.New(journal.Options{MaxCalls: 10, Now: func() time.Time { return now }})
		fold := New(j, func() time.Time { return now })
		var calls []*journal.Call
		for range rapid.IntRange(0, 60).Draw(t, "calls") {
			now = now.Add(rapid.SampledFrom([]time.Duration{0, time.Millisecond, 900 * time.Millisecond, 7 * time.Second, time.Minute, 5 * time.Minute, time.Hour}).Draw(t, "pause"))
			took := time.Duration(rapid.IntRange(0, 3000).Draw(t, "ms")) * time.Millisecond
			c := &journal.Call{
				Time: now.Add(-took), Duration: took,
				Operation: rapid.SampledFrom([]scim.Operation{scim.OpUserCreate, scim.OpUserQuery, scim.OpBulk}).Draw(t, "operation"),
				Status:    rapid.SampledFrom([]int{200, 201, 404, 409, 500, 503, 0}).Draw(t, "status"),
			}
			j.Append(c)
			calls = append(calls, c)
			if rapid.Bool().Draw(t, "look") || len(calls)%10 == 0 {
				fold.Numbers()
			}
		}
		got := fold.Numbers()
		if got.Missed != 0 {
			t.Fatalf("%d calls missed", got.Missed)
		}
		for i, seconds := range []int64{60, 300, math.MaxInt32} {
			checkWindow(t, got.Windows[i], naive(calls, now, seconds))
		}
	})
}

func checkWindow(t *rapid.T, w Window, want map[scim.Operation][]*journal.Call) {
	if len(w.Operations) != len(want) {
		t.Fatalf("%s has %d operations, want %d", w.Name, len(w.Operations), len(want))
	}
	var calls, refused, failed, lost uint64
	for _, row := range w.Operations {
		statuses := map[string]uint64{}
		for _, c := range want[row.Operation] {
			statuses[statusText(c.Status)]++
		}
		sum := uint64(0)
		for status, n := range row.Statuses {
			if statuses[status] != n {
				t.Fatalf("%s: %s has %d of status %s, want %d", w.Name, row.Operation, n, status, statuses[status])
			}
			sum += n
		}
		if row.Calls != uint64(len(want[row.Operation])) || sum != row.Calls {
			t.Fatalf("%s: %s has %d calls, statuses of %d, want %d", w.Name, row.Operation, row.Calls, sum, len(want[row.Operation]))
		}
		if math.Abs(row.Rate*w.Seconds-float64(row.Calls)) > 1e-6 {
			t.Fatalf("%s: rate %v over %v s is not %d calls", w.Name, row.Rate, w.Seconds, row.Calls)
		}
		calls, refused, failed, lost = calls+row.Calls, refused+row.Refused, failed+row.Failed, lost+row.Lost
	}
	if all := w.Total; all.Calls != calls || all.Refused != refused || all.Failed != failed || all.Lost != lost {
		t.Fatalf("%s: in total %+v, want %d %d %d %d", w.Name, all, calls, refused, failed, lost)
	}
}

func TestCallsOfBeforeThisProcessAreNotCounted(t *testing.T) {
	j := journal.New(journal.Options{})
	if err := j.Restore([]*journal.Call{{Seq: 7, Cycle: 1}, {Seq: 8, Cycle: 1}}); err != nil {
		t.Fatal(err)
	}
	fold := New(j, time.Now)
	fold.Watch()
	defer fold.Close()
	j.Append(&journal.Call{Status: 200})
	if n := fold.Numbers(); n.Missed != 0 || n.Windows[2].Total.Calls != 1 {
		t.Errorf("%+v", n)
	}
}

func TestCallsThatWereDroppedUncountedAreSaid(t *testing.T) {
	j := journal.New(journal.Options{MaxCalls: 3})
	fold := New(j, time.Now)
	for range 10 {
		j.Append(&journal.Call{Status: 200})
	}
	if n := fold.Numbers(); n.Missed != 7 || n.Windows[2].Total.Calls != 3 {
		t.Errorf("missed %d, counted %d", n.Missed, n.Windows[2].Total.Calls)
	}
}

func TestASessionIsCountedAsItWas(t *testing.T) {
	past, err := journal.Session([]*journal.Call{
		{Seq: 4, Time: start, Status: 200}, {Seq: 9, Time: start.Add(4 * time.Minute), Status: 201, Duration: time.Second},
	})
	if err != nil {
		t.Fatal(err)
	}
	n := Of(past).Numbers()
	var calls []uint64
	for _, w := range n.Windows {
		calls = append(calls, w.Total.Calls)
	}
	if !slices.Equal(calls, []uint64{1, 2, 2}) || n.Windows[2].Seconds != 241 || n.Missed != 0 {
		t.Errorf("%+v", n)
	}
	none, err := journal.Session(nil)
	if err != nil {
		t.Fatal(err)
	}
	if n := Of(none).Numbers(); n.Windows[2].Total.Calls != 0 {
		t.Errorf("%+v", n)
	}
}
