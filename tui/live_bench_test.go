package tui

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"airmock/internal/journal"
	"airmock/internal/journal/journaltest"
	"airmock/internal/search"
)

// frameTime is what the screen has for a frame at 60 a second.
const frameTime = time.Second / 60

// BenchmarkTyping types a filter over 100,000 calls, key by key and back again.
// It reports how long keys and slices of scans kept the screen waiting, in
// frames: the longest, and the longest of 99 in 100; and what a key took until its rows were there, as a part
// of what filtering the whole journal anew takes, for the first filter that is
// typed and for those that follow.
func BenchmarkTyping(b *testing.B) {
	const calls = 100_000
	j := journal.New(journal.Options{MaxCalls: calls, MaxBytes: 1 << 40})
	for i := range calls {
		name := fmt.Sprintf("%c.simon%05d@contoso.com", 'a'+i%26, i/3)
		at := start.Add(time.Duration(i) * time.Millisecond)
		j.Append([]*journal.Call{journaltest.Lookup(name, at), journaltest.Create(name, at), journaltest.Disable(name, at)}[i%3])
	}
	f := newFakeTenant(b)
	f.journal = j
	typed := []string{"c", ".", "s", "i", "m", "o", "n", "0", "1", "space", "o", "p", ":", "u", "s", "e", "r", ".", "c", "r", "e", "a", "t", "e"}
	for range len(typed) {
		typed = append(typed, "backspace")
	}
	var held []time.Duration
	var first, later, anew time.Duration
	for b.Loop() {
		page := newLivePage(&env{tenant: f, theme: monoTheme(), now: time.Now}, newKeyMap().Live)
		page.Refresh()
		page.input.Open()
		for round, sum := range []*time.Duration{&first, &later} {
			for _, key := range typed {
				begun := time.Now()
				cmd := page.Key(press(key))
				held = append(held, time.Since(begun))
				for cmd != nil {
					msg := cmd()
					slice := time.Now()
					cmd = page.Update(msg)
					held = append(held, time.Since(slice))
				}
				*sum += time.Since(begun)
			}
			if round == 1 && page.list.matched != calls {
				b.Fatalf("%d calls are left", page.list.matched)
			}
		}
		q, err := search.Parse("c.simon01 op:user.create", search.Setting{})
		if err != nil {
			b.Fatal(err)
		}
		begun := time.Now()
		for c := range callsAfter(j, 0, calls) {
			q.Match(c)
		}
		anew += time.Since(begun)
	}
	keys := float64(len(typed) * b.N)
	slices.Sort(held)
	b.ReportMetric(float64(held[len(held)-1])/float64(frameTime), "worst/frame")
	b.ReportMetric(float64(held[len(held)*99/100])/float64(frameTime), "p99/frame")
	b.ReportMetric(float64(first)/keys/(float64(anew)/float64(b.N)), "first/anew")
	b.ReportMetric(float64(later)/keys/(float64(anew)/float64(b.N)), "later/anew")
	b.ReportMetric(float64(anew.Milliseconds())/float64(b.N), "anew-ms")
}
