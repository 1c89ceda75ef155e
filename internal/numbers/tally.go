package numbers

import "time"

// tally is what is counted of calls.
type tally struct {
	calls    uint64
	statuses map[int]uint64 // 0 for calls that the client got no answer to
	sum      time.Duration
	max      time.Duration
	latency  histogram
}

func (t *tally) add(status int, d time.Duration) {
	d = max(d, 0)
	t.calls++
	if t.statuses == nil {
		t.statuses = map[int]uint64{}
	}
	t.statuses[status]++
	t.sum += d
	t.max = max(t.max, d)
	t.latency.add(bucketOf(d), 1)
}

func (t *tally) merge(o *tally) {
	t.calls += o.calls
	if t.statuses == nil {
		t.statuses = make(map[int]uint64, len(o.statuses))
	}
	for status, n := range o.statuses {
		t.statuses[status] += n
	}
	t.sum += o.sum
	t.max = max(t.max, o.max)
	t.latency.merge(&o.latency)
}

// percentile returns the duration that p of 100 calls stayed within (nearest
// rank), off by RelativeError at most; 0 without calls.
func (t *tally) percentile(p uint64) time.Duration {
	// In this order since calls*p could overflow after years of calls.
	rank := t.calls/100*p + (t.calls%100*p+99)/100
	return min(t.latency.rank(rank), t.max)
}

// class returns how many answers have a status from 100*class on; class 0 is
// those that were lost.
func (t *tally) class(class int) (n uint64) {
	for status, count := range t.statuses {
		if status/100 == class {
			n += count
		}
	}
	return n
}

// edges are the upper bounds of the buckets that OpenMetrics is told of.
var edges = [...]time.Duration{
	500 * time.Microsecond, time.Millisecond, 2500 * time.Microsecond, 5 * time.Millisecond,
	10 * time.Millisecond, 25 * time.Millisecond, 50 * time.Millisecond, 100 * time.Millisecond,
	250 * time.Millisecond, 500 * time.Millisecond, time.Second, 2500 * time.Millisecond,
	5 * time.Second, 10 * time.Second, 30 * time.Second, 60 * time.Second,
}

// total is all calls of an operation.
type total struct {
	tally
	within [len(edges)]uint64 // exactly, as the edges are not those of the histogram
}

func (t *total) add(status int, d time.Duration) {
	t.tally.add(status, d)
	for i, edge := range edges {
		if d <= edge {
			t.within[i]++
		}
	}
}
