package numbers

import (
	"math/bits"
	"time"
)

// subBuckets is in how many buckets of the same width each power of two of
// nanoseconds is divided. The middle of a bucket is at most 1/(2*subBuckets) off
// each duration in it: that is the relative error of percentiles.
const subBuckets = 32

// RelativeError bounds how far a percentile is off, as a part of it.
const RelativeError = 1.0 / (2 * subBuckets)

// histogram counts durations in buckets whose widths grow with them. It keeps
// the span of buckets that have been met.
type histogram struct {
	first  int // the bucket that counts[0] is of
	counts []uint64
}

// bucketOf returns the bucket of a duration: its leading six bits and how many
// follow them. Below 64 ns each has a bucket of its own.
func bucketOf(d time.Duration) int {
	shift := max(0, bits.Len64(uint64(d))-bits.Len(2*subBuckets-1))
	return shift*subBuckets + int(d>>shift)
}

// middleOf returns the middle of a bucket.
func middleOf(bucket int) time.Duration {
	shift := max(0, bucket/subBuckets-1)
	low := time.Duration(bucket-shift*subBuckets) << shift
	return low + (1<<shift)/2
}

func (h *histogram) add(bucket int, n uint64) {
	switch last := h.first + len(h.counts) - 1; {
	case len(h.counts) == 0:
		h.first, h.counts = bucket, []uint64{0}
	case bucket < h.first:
		h.counts = append(make([]uint64, h.first-bucket, h.first-bucket+len(h.counts)), h.counts...)
		h.first = bucket
	case bucket > last:
		h.counts = append(h.counts, make([]uint64, bucket-last)...)
	}
	h.counts[bucket-h.first] += n
}

func (h *histogram) merge(o *histogram) {
	for i, n := range o.counts {
		if n > 0 {
			h.add(o.first+i, n)
		}
	}
}

// rank returns the duration of that rank, from 1, in their order.
func (h *histogram) rank(rank uint64) time.Duration {
	for i, n := range h.counts {
		if rank <= n {
			return middleOf(h.first + i)
		}
		rank -= n
	}
	return 0
}
