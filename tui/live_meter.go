package tui

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"airmock/internal/journal"
)

const (
	meterSeconds = 64  // how long calls are counted by the second
	rateSeconds  = 10  // what the rate is the mean of
	meterTimes   = 512 // how many durations p99 is taken from
)

// meter counts calls by the second, and keeps the latest durations.
type meter struct {
	counts [meterSeconds]int // by unix second, modulo
	newest int64             // the newest second that has a count
	times  []time.Duration   // a ring
	next   int               // where the next duration goes
	seen   uint64            // the newest call that was counted
}

// pull counts the calls up to last.
func (m *meter) pull(j *journal.Journal, last uint64) {
	if last == m.seen {
		return
	}
	for c := range callsAfter(j, m.seen, last) {
		m.add(c)
	}
	m.seen = last
}

func (m *meter) add(c *journal.Call) {
	second := c.Time.Add(c.Duration).Unix()
	m.advance(second)
	if second > m.newest-meterSeconds {
		m.counts[second%meterSeconds]++
	}
	if len(m.times) < meterTimes {
		m.times = append(m.times, c.Duration)
		return
	}
	m.times[m.next] = c.Duration
	m.next = (m.next + 1) % meterTimes
}

// advance clears the seconds between the newest one and now.
func (m *meter) advance(second int64) {
	for s := max(m.newest+1, second-meterSeconds+1); s <= second; s++ {
		m.counts[s%meterSeconds] = 0
	}
	m.newest = max(m.newest, second)
}

// rate is the mean of calls a second, of late.
func (m *meter) rate(now time.Time) float64 {
	return float64(m.sum(now.Unix(), rateSeconds)) / rateSeconds
}

// sum is how many calls the seconds up to last had.
func (m *meter) sum(last int64, seconds int) int {
	n := 0
	for s := last - int64(seconds) + 1; s <= last; s++ {
		if s <= m.newest && s > m.newest-meterSeconds {
			n += m.counts[s%meterSeconds]
		}
	}
	return n
}

// p99 is the duration that 99 of 100 late calls stayed within.
func (m *meter) p99() time.Duration {
	if len(m.times) == 0 {
		return 0
	}
	sorted := slices.Sorted(slices.Values(m.times))
	return sorted[(len(sorted)*99+99)/100-1]
}

// bars are the heights of a sparkline's cells, from nothing to the most.
var bars = [...]rune{' ', '▁', '▂', '▃', '▄', '▅', '▆', '▇'}

// spark draws the last minute in the given number of cells.
func (m *meter) spark(now time.Time, cells int) string {
	per := max(1, 60/cells)
	sums := make([]int, cells)
	for i := range sums {
		sums[i] = m.sum(now.Unix()-int64((cells-1-i)*per), per)
	}
	most := slices.Max(sums)
	var b strings.Builder
	for _, n := range sums {
		if n == 0 {
			b.WriteRune(bars[0])
			continue
		}
		b.WriteRune(bars[1+(n*(len(bars)-2))/most])
	}
	return b.String()
}

// text is the rate in words: "4/s", "0.3/s".
func rateText(rate float64) string {
	if rate >= 10 || rate == 0 {
		return fmt.Sprintf("%.0f/s", rate)
	}
	return fmt.Sprintf("%.1f/s", rate)
}

// msText is a duration in milliseconds as the list shows it, in at most six
// cells: "0.8", "1234", "12.3s".
func msText(d time.Duration) string {
	ms := float64(d) / float64(time.Millisecond)
	switch {
	case ms < 1000:
		return fmt.Sprintf("%.1f", ms)
	case ms < 10_000:
		return fmt.Sprintf("%.0f", ms)
	}
	return fmt.Sprintf("%.1fs", d.Seconds())
}
