package numbers

import (
	"math"
	"math/bits"
	"time"
)

// The times of calls are counted in buckets that grow with them: below steps
// nanoseconds one each, above, steps of them from one power of two to the next.
// So a percentile is right to 1/(2·steps), 3 %, whatever the times are, and the
// memory is one or two kilobytes for times as they are.
const (
	steps    = 16
	stepBits = 4
)

// histogram counts durations.
type histogram struct {
	counts []uint32
	n      uint64
	max    time.Duration
}

func (h *histogram) add(d time.Duration) {
	i := bucketOf(d)
	for len(h.counts) <= i {
		h.counts = append(h.counts, 0)
	}
	h.counts[i]++
	h.n++
	h.max = max(h.max, d)
}

func (h *histogram) merge(from *histogram) {
	for len(h.counts) < len(from.counts) {
		h.counts = append(h.counts, 0)
	}
	for i, n := range from.counts {
		h.counts[i] += n
	}
	h.n += from.n
	h.max = max(h.max, from.max)
}

// percentile returns the duration that q of 1 calls stayed within; 0 where there
// is none.
func (h *histogram) percentile(q float64) time.Duration {
	rank := uint64(math.Ceil(q * float64(h.n)))
	seen := uint64(0)
	for i, n := range h.counts {
		if seen += uint64(n); n > 0 && seen >= rank {
			return min(middleOf(i), h.max)
		}
	}
	return h.max
}

func bucketOf(d time.Duration) int {
	ns := uint64(max(d, 0))
	if ns < steps {
		return int(ns)
	}
	shift := bits.Len64(ns) - 1 - stepBits
	return steps*(shift+1) + int(ns>>shift) - steps
}

// middleOf is the duration in the middle of a bucket.
func middleOf(i int) time.Duration {
	if i < steps {
		return time.Duration(i)
	}
	shift := i/steps - 1
	low := uint64(i%steps+steps) << shift
	return time.Duration(low + uint64(1)<<shift/2)
}
