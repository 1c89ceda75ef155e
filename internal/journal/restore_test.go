package journal

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestRestoredCallsAreThoseOfThePast(t *testing.T) {
	at := time.Date(2026, 11, 22, 21, 0, 0, 0, time.UTC)
	past := func(seq uint64, cycle int, end time.Time) *Call {
		return &Call{Seq: seq, Cycle: cycle, Time: end.Add(-time.Second), Duration: time.Second}
	}
	tests := []struct {
		name      string
		calls     []*Call
		now       time.Time
		wantCycle int // of the next call
	}{
		{"within the gap, the cycle goes on", []*Call{past(7, 3, at), past(8, 3, at)}, at.Add(CycleGap), 3},
		{"after the gap, another begins", []*Call{past(7, 3, at), past(8, 3, at)}, at.Add(CycleGap + 1), 4},
		{"a clock that was ahead joins only what is near", []*Call{past(8, 3, at.Add(time.Hour))}, at, 3},
		{"none", nil, at, 1},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			now := tt.now
			j := New(Options{Now: func() time.Time { return now }})
			if err := j.Restore(tt.calls); err != nil {
				t.Fatal(err)
			}
			var last uint64
			for _, c := range tt.calls {
				last = c.Seq
				if j.Get(c.Seq) != c {
					t.Errorf("call %d is another one", c.Seq)
				}
			}
			if j.Restored() != last {
				t.Errorf("Restored() = %d, want %d", j.Restored(), last)
			}
			next := &Call{}
			j.Append(next)
			if next.Seq != last+1 || next.Cycle != tt.wantCycle {
				t.Errorf("the next call is %d in cycle %d, want %d in cycle %d", next.Seq, next.Cycle, last+1, tt.wantCycle)
			}
			now = now.Add(CycleGap + 2)
			later := &Call{}
			j.Append(later)
			if later.Cycle != tt.wantCycle+1 {
				t.Errorf("after the gap, a call has cycle %d, want %d", later.Cycle, tt.wantCycle+1)
			}
		})
	}
}

func TestRestoredCallsObeyTheBounds(t *testing.T) {
	j := New(Options{MaxCalls: 3})
	if err := j.Restore([]*Call{{Seq: 5}, {Seq: 6}, {Seq: 7}, {Seq: 8}}); err != nil {
		t.Fatal(err)
	}
	calls, missed := j.Since(0, 9)
	if diff := cmp.Diff([]uint64{6, 7, 8}, numbers(calls)); diff != "" || missed != 5 {
		t.Errorf("missed %d; -want +got:\n%s", missed, diff)
	}
}

func TestOnlyAnEmptyJournalTakesCallsAndOnlyWithoutGaps(t *testing.T) {
	for name, calls := range map[string][]*Call{
		"a gap":          {{Seq: 1}, {Seq: 3}},
		"no number":      {{Seq: 0}},
		"the same twice": {{Seq: 2}, {Seq: 2}},
	} {
		j := New(Options{})
		if err := j.Restore(calls); err == nil {
			t.Errorf("%s: no error", name)
		}
		if _, last := j.Bounds(); last != 0 {
			t.Errorf("%s: calls were taken", name)
		}
	}
	j := New(Options{})
	j.Append(&Call{})
	if err := j.Restore([]*Call{{Seq: 1}}); err == nil {
		t.Error("a journal that has calls took others")
	}
}
