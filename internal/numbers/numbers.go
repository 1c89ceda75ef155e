// Package numbers counts calls: how many, how they ended and how long they took,
// by operation, over all that came to this process and over the last minutes.
package numbers

import (
	"cmp"
	"context"
	"maps"
	"slices"
	"strconv"
	"sync"
	"time"

	"airmock/internal/journal"
	"airmock/internal/scim"
)

const (
	// MaxWindow is the longest window beside the whole.
	MaxWindow = 5 * time.Minute
	slotTime  = 5 * time.Second
	slotCount = int64(MaxWindow/slotTime) + 1 // the newest is not full yet
	// gatherTime is how long calls are gathered before they are counted.
	gatherTime = 50 * time.Millisecond
	pullSize   = 1024
)

// Numbers counts the calls of a journal, each once, however long the journal
// keeps it. It is safe for concurrent use.
type Numbers struct {
	now func() time.Time

	mu      sync.Mutex
	started time.Time
	seen    uint64 // the number of the last call that was looked at
	missed  uint64 // calls that the journal dropped before
	whole   map[scim.Operation]*series
	slots   [slotCount]slot // by the number of the slot, modulo
}

// slot is what ended within one stretch of slotTime.
type slot struct {
	number int64 // since 1970
	series map[scim.Operation]*series
}

// series is the numbers of one operation.
type series struct {
	histogram
	statuses map[int]uint64 // 0 where the client got no answer
	sum      time.Duration
	within   [len(bounds)]uint64 // calls up to each bound
}

// New returns numbers that are all zero. now is what time it is.
func New(now func() time.Time) *Numbers {
	return &Numbers{now: now, started: now(), whole: make(map[scim.Operation]*series)}
}

// Of returns the numbers of a session, which begins with its first call, and
// whose clock stands where its last one ended.
func Of(session *journal.Journal) *Numbers {
	first, last := session.Bounds()
	var begin, end time.Time
	if c := session.Get(first); c != nil {
		begin = c.Time
	}
	if c := session.Get(last); c != nil {
		end = c.Time.Add(c.Duration)
	}
	n := New(func() time.Time { return end })
	n.started = begin
	n.Skip(first - min(first, 1))
	n.Pull(session)
	return n
}

// Skip leaves the calls up to seq uncounted, as those of an earlier process.
func (n *Numbers) Skip(seq uint64) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.seen = max(n.seen, seq)
}

// Follow pulls from j until ctx ends.
func (n *Numbers) Follow(ctx context.Context, j *journal.Journal) {
	w := j.Watch()
	defer w.Close()
	for {
		n.Pull(j)
		select {
		case <-w.C:
		case <-ctx.Done():
			return
		}
		select {
		case <-time.After(gatherTime):
		case <-ctx.Done():
			return
		}
	}
}

// Pull counts the calls of j that are new.
func (n *Numbers) Pull(j *journal.Journal) {
	n.mu.Lock()
	defer n.mu.Unlock()
	for {
		calls, missed := j.Outcomes(n.seen, pullSize)
		n.missed += uint64(missed)
		for _, c := range calls {
			n.add(c)
			n.seen = c.Seq
		}
		if len(calls) < pullSize {
			return
		}
	}
}

func (n *Numbers) add(c journal.Outcome) {
	of(n.whole, c.Operation).add(c)
	number := c.End.UnixNano() / int64(slotTime)
	s := &n.slots[uint64(number)%uint64(slotCount)]
	// What else is there is from before, or from after where the clock was set
	// back, and in no window either way.
	if number != s.number || s.series == nil {
		*s = slot{number, make(map[scim.Operation]*series)}
	}
	of(s.series, c.Operation).add(c)
}

func of(all map[scim.Operation]*series, op scim.Operation) *series {
	s := all[op]
	if s == nil {
		s = &series{statuses: make(map[int]uint64)}
		all[op] = s
	}
	return s
}

func (s *series) add(c journal.Outcome) {
	s.histogram.add(c.Duration)
	s.statuses[c.Status]++
	s.sum += c.Duration
	for i, bound := range bounds {
		if c.Duration <= bound {
			s.within[i]++
		}
	}
}

func (s *series) merge(from *series) {
	s.histogram.merge(&from.histogram)
	for status, n := range from.statuses {
		s.statuses[status] += n
	}
	s.sum += from.sum
}

// Table is the numbers of a stretch of time.
type Table struct {
	Window     string  `json:"window"`  // "1m0s"; "all" for all since the start
	Seconds    float64 `json:"seconds"` // that it covers, which after a start are fewer
	Total      Row     `json:"total"`
	Operations []Row   `json:"operations"` // those that there were, by name
}

// Row is the numbers of one operation. Percentiles are right to 3 %.
type Row struct {
	Operation string            `json:"operation"` // "" for all together
	Calls     uint64            `json:"calls"`
	Rate      float64           `json:"rate"`     // calls a second
	Errors    uint64            `json:"errors"`   // statuses of 400 and more, and calls without an answer
	Statuses  map[string]uint64 `json:"statuses"` // calls by status; "lost" where the client got no answer
	P50       float64           `json:"p50Ms"`
	P90       float64           `json:"p90Ms"`
	P99       float64           `json:"p99Ms"`
	Max       float64           `json:"maxMs"`
}

// Window returns the numbers of the last d, to five seconds, at most MaxWindow; 0
// for all since the start.
func (n *Numbers) Window(d time.Duration) Table {
	n.mu.Lock()
	defer n.mu.Unlock()
	now := n.now()
	table := Table{Window: "all", Seconds: max(now.Sub(n.started), time.Second).Seconds()}
	all := n.whole
	if d > 0 {
		table.Window = d.String()
		from := now.Add(-min(d, MaxWindow))
		first := from.UnixNano()/int64(slotTime) + 1
		all = n.merged(first, now.UnixNano()/int64(slotTime))
		begin := time.Unix(0, first*int64(slotTime))
		if begin.Before(n.started) {
			begin = n.started
		}
		table.Seconds = max(now.Sub(begin), time.Second).Seconds()
	}
	total := series{statuses: make(map[int]uint64)}
	for _, op := range slices.Sorted(maps.Keys(all)) {
		total.merge(all[op])
		table.Operations = append(table.Operations, rowOf(string(op), all[op], table.Seconds))
	}
	if table.Operations == nil {
		table.Operations = []Row{}
	}
	table.Total = rowOf("", &total, table.Seconds)
	return table
}

// merged adds up the slots from first to last.
func (n *Numbers) merged(first, last int64) map[scim.Operation]*series {
	all := make(map[scim.Operation]*series)
	for i := range n.slots {
		if n.slots[i].number < first || n.slots[i].number > last {
			continue
		}
		for op, s := range n.slots[i].series {
			of(all, op).merge(s)
		}
	}
	return all
}

func rowOf(op string, s *series, seconds float64) Row {
	row := Row{
		Operation: op, Calls: s.n, Rate: float64(s.n) / seconds, Statuses: make(map[string]uint64),
		P50: millis(s.percentile(0.50)), P90: millis(s.percentile(0.90)), P99: millis(s.percentile(0.99)), Max: millis(s.max),
	}
	for status, n := range s.statuses {
		row.Statuses[statusText(status)] += n
		if status == 0 || status >= 400 {
			row.Errors += n
		}
	}
	return row
}

func statusText(status int) string {
	return cmp.Or(map[int]string{0: "lost"}[status], strconv.Itoa(status))
}

func millis(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }
