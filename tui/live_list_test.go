package tui

import (
	"fmt"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/charmbracelet/x/ansi"
	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"airmock/internal/journal"
	"airmock/internal/journal/journaltest"
	"airmock/internal/search"
)

// TestTheListIsWhatTheFilterSelectsOfTheJournal does anything one can do to a
// list in any order, and compares it with the journal gone through at once.
func TestTheListIsWhatTheFilterSelectsOfTheJournal(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		j := journal.New(journal.Options{MaxCalls: 3 * scanChunk})
		l := newCallList()
		at := start
		pull := func() {
			first, last := j.Bounds()
			l.pull(j, first, last)
		}
		t.Repeat(map[string]func(*rapid.T){
			"calls": func(t *rapid.T) {
				for range rapid.IntRange(1, 2*scanChunk).Draw(t, "n") {
					at = at.Add(rapid.SampledFrom([]time.Duration{time.Second, 2 * journal.CycleGap}).Draw(t, "gap"))
					j.Append(journaltest.Create(rapid.SampledFrom([]string{"ann", "bob"}).Draw(t, "name"), at))
				}
				pull()
			},
			"move":  func(t *rapid.T) { l.move(rapid.IntRange(-5, 5).Draw(t, "n")) },
			"end":   func(*rapid.T) { l.toEnd() },
			"pause": func(*rapid.T) { l.setPaused(j, !l.paused) },
			"filter": func(t *rapid.T) {
				f, _ := search.Parse(rapid.SampledFrom([]string{"", "an", "ann", "n", "!bob", "bob|ann", "user:ann cycle:>1"}).Draw(t, "f"), search.Setting{})
				l.setFilter(f)
				l.step(j, func() bool { return false }) // a chunk, which may be all
			},
			"search on": func(*rapid.T) { l.step(j, func() bool { return false }) },
			"": func(t *rapid.T) {
				checkList(t, l)
				if !l.paused {
					compareList(t, l, j)
				}
			},
		})
	})
}

// checkList checks what holds at any time.
func checkList(t *rapid.T, l *callList) {
	calls := 0
	for i, r := range l.rows {
		switch {
		case r.call != nil:
			calls++
			if i == 0 || l.rows[i-1].cycle != r.cycle {
				t.Fatalf("no rule above the first call of cycle %d", r.cycle)
			}
		case i+1 == len(l.rows) || l.rows[i+1].call == nil:
			t.Fatalf("the rule of cycle %d has no call below it", r.cycle)
		case l.starts[r.cycle].IsZero():
			t.Fatalf("nothing is known of the start of cycle %d", r.cycle)
		}
	}
	if calls != l.matched {
		t.Fatalf("%d calls, counted as %d", calls, l.matched)
	}
	if (l.selected() == nil) != (calls == 0) {
		t.Fatalf("the cursor is on %d of %d rows", l.cursor, len(l.rows))
	}
	if l.follow && calls > 0 && l.cursor != len(l.rows)-1 {
		t.Fatalf("following, the cursor is on %d of %d rows", l.cursor, len(l.rows))
	}
}

// compareList compares the rows with the journal's calls.
func compareList(t *rapid.T, l *callList, j *journal.Journal) {
	var want, got []string
	for c := range callsAfter(j, 0, math.MaxUint64) {
		if l.filter.Match(c) {
			want = append(want, fmt.Sprint(c.Seq))
		}
	}
	for _, r := range l.rows {
		if r.call != nil {
			got = append(got, fmt.Sprint(r.call.Seq))
		}
	}
	if w, g := strings.Join(want, " "), strings.Join(got, " "); w != g {
		t.Fatalf("rows %s, want %s", g, w)
	}
}

func TestMeter(t *testing.T) {
	var m meter
	at := start
	for i := range 100 {
		c := journaltest.Create("a", at.Add(time.Duration(i/10)*time.Second)) // ten a second, for ten seconds
		c.Duration = time.Duration(i+1) * time.Millisecond
		m.add(c)
	}
	now := at.Add(9 * time.Second)
	if got := m.rate(now); got != 10 {
		t.Errorf("rate %v, want 10", got)
	}
	if got := m.rate(now.Add(time.Hour)); got != 0 {
		t.Errorf("an hour later the rate is %v", got)
	}
	if got := m.p99(); got != 99*time.Millisecond {
		t.Errorf("p99 %v", got)
	}
	if got := m.spark(now, 20); got != strings.Repeat(" ", 16)+"▃▇▇▇" && []rune(got)[19] != '▇' {
		t.Errorf("spark %q", got)
	}
	m.add(journaltest.Create("late", at.Add(-time.Hour))) // counts for p99 alone
	if got := m.rate(now); got != 10 {
		t.Errorf("a call of long ago changed the rate to %v", got)
	}
}

func TestMsText(t *testing.T) {
	for d, want := range map[time.Duration]string{
		0: "0.0", 400 * time.Microsecond: "0.4", 99_950 * time.Microsecond: "100.0",
		1500 * time.Millisecond: "1500", 61 * time.Second: "61.0s", 100 * time.Hour: "360000.0s",
	} {
		if got := msText(d); got != want {
			t.Errorf("%v: %q, want %q", d, got, want)
		}
	}
}

func TestARestartIsARuleInTheList(t *testing.T) {
	past := func(seq uint64, cycle int) *journal.Call {
		c := journaltest.Create("ann", start.Add(-time.Minute))
		c.Seq, c.Cycle = seq, cycle
		return c
	}
	tests := []struct {
		name string
		next time.Time // of the first call after the restart
		want []string
	}{
		{"in the middle of a cycle", start, []string{
			" ── cycle 3 · started 21:03:10 ", "7", "8", " ── airmock was restarted · cycle 3 goes on ", "9", "10"}},
		{"between cycles", start.Add(time.Hour), []string{
			" ── cycle 3 · started 21:03:10 ", "7", "8", " ── airmock was restarted · cycle 4 · started 22:04:10 ", "9", "10"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			j := journal.New(journal.Options{Now: func() time.Time { return start }})
			if err := j.Restore([]*journal.Call{past(7, 3), past(8, 3)}); err != nil {
				t.Fatal(err)
			}
			l := newCallList()
			for range 2 {
				first, last := j.Bounds()
				l.pull(j, first, last)
				j.Append(journaltest.Create("ann", tt.next))
			}
			first, last := j.Bounds()
			l.pull(j, first, last)
			rows := rowPainter{theme: monoTheme(), width: 80, zone: time.UTC}
			var got []string
			for _, r := range l.rows {
				if r.call != nil {
					got = append(got, fmt.Sprint(r.call.Seq))
				} else {
					got = append(got, strings.TrimRight(ansi.Strip(rows.rule(r, "", l.starts[r.cycle])), "─"))
				}
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
			create, _ := search.Parse("create", search.Setting{})
			for _, f := range []search.Query{create, {}} {
				l.setFilter(f)
				l.step(j, func() bool { return true })
			}
			if len(l.rows) != len(tt.want) {
				t.Errorf("filtered and not, the list has %d rows", len(l.rows))
			}
		})
	}
}
