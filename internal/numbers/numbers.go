// Package numbers counts calls: how many, how they ended and how long they
// took, by operation, of late and since the start.
package numbers

import (
	"sync"
	"time"

	"airmock/internal/journal"
	"airmock/internal/scim"
)

// Fold counts the calls of a journal. It pulls them by number, so that what it
// counted does not fall when the journal drops calls. It is safe for concurrent
// use. A bulk request is one call.
type Fold struct {
	journal *journal.Journal
	now     func() time.Time
	watcher *journal.Watcher // nil before Watch
	done    chan struct{}

	mu     sync.Mutex
	since  time.Time
	seq    uint64 // the last call that is counted
	missed uint64
	totals map[scim.Operation]*total
	// late has a slot for each of the latest seconds, at its unix time modulo
	// the length.
	late [lateSeconds]slot
}

// lateSeconds is how long calls are kept apart by the second.
const lateSeconds = 300

// slot is the calls that ended within one second.
type slot struct {
	second int64 // unix time
	calls  map[scim.Operation]*tally
}

// batch is how many calls are taken from the journal at once.
const batch = 256

// New returns a fold of the calls of j. now is the clock of the windows.
func New(j *journal.Journal, now func() time.Time) *Fold {
	return &Fold{journal: j, now: now, since: now(), totals: map[scim.Operation]*total{}}
}

// Of returns a fold of the calls of a session, which begins with the first of
// them and whose clock stands where the last one ended.
func Of(session *journal.Journal) *Fold {
	first, last := session.Bounds()
	var begin, end time.Time
	if c := session.Get(first); c != nil {
		begin = c.Time
	}
	if c := session.Get(last); c != nil {
		end = c.Time.Add(c.Duration)
	}
	f := New(session, func() time.Time { return end })
	f.since, f.seq = begin, first-min(first, 1)
	return f
}

// Watch counts calls as they come, until Close, so that the journal does not drop
// them before they are counted. Those that it restored from before this process
// are left out.
func (f *Fold) Watch() {
	f.mu.Lock()
	f.seq = max(f.seq, f.journal.Restored())
	f.mu.Unlock()
	f.watcher, f.done = f.journal.Watch(), make(chan struct{})
	go func() {
		defer close(f.done)
		for range f.watcher.C {
			f.mu.Lock()
			f.pull()
			f.mu.Unlock()
		}
	}()
}

// Close ends the watching, if there is any.
func (f *Fold) Close() {
	if f.watcher != nil {
		f.watcher.Close()
		<-f.done
	}
}

// pull counts what the journal has now. Those that come meanwhile are left for
// the next time, so that it ends.
func (f *Fold) pull() {
	for _, last := f.journal.Bounds(); f.seq < last; {
		calls, missed := f.journal.Since(f.seq, batch)
		f.missed += uint64(missed)
		for _, c := range calls {
			f.add(c)
			f.seq = c.Seq
		}
	}
}

func (f *Fold) add(c *journal.Call) {
	t := f.totals[c.Operation]
	if t == nil {
		t = new(total)
		f.totals[c.Operation] = t
	}
	t.add(c.Status, c.Duration)

	// Whatever else is in the slot is from before, or from after if the clock
	// was set back, and in no window either way.
	second := c.Time.Add(c.Duration).Unix()
	s := &f.late[uint64(second)%lateSeconds]
	if s.second != second || s.calls == nil {
		*s = slot{second, map[scim.Operation]*tally{}}
	}
	if s.calls[c.Operation] == nil {
		s.calls[c.Operation] = new(tally)
	}
	s.calls[c.Operation].add(c.Status, c.Duration)
}

// lately returns what ended within the latest seconds.
func (f *Fold) lately(now time.Time, seconds int64) map[scim.Operation]*tally {
	sums := map[scim.Operation]*tally{}
	for i := range f.late {
		s := &f.late[i]
		if s.second > now.Unix() || s.second <= now.Unix()-seconds {
			continue
		}
		for op, t := range s.calls {
			if sums[op] == nil {
				sums[op] = new(tally)
			}
			sums[op].merge(t)
		}
	}
	return sums
}
