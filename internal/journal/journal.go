package journal

import (
	"errors"
	"fmt"
	"slices"
	"sort"
	"sync"
	"time"

	"airmock/internal/scim"
)

// Options are the bounds of a Journal.
type Options struct {
	MaxCalls int              // 0: 10,000
	MaxBytes int64            // of memory, by estimate; 0: 64 MiB
	Now      func() time.Time // nil: time.Now
}

// Journal is the ring of completed calls. It is safe for concurrent use.
//
// A call gets its number when it completes, not when it begins: so numbers are
// dense, and a reader who remembers the last number it saw misses nothing,
// however slow a call in between was. Time says when it began.
type Journal struct {
	maxCalls int
	maxBytes int64
	now      func() time.Time

	mu sync.Mutex
	// ring[head:] are the kept calls, numbered without gaps. What is before
	// head has been dropped; the space is taken back now and then.
	ring  []entry
	head  int
	bytes int64
	last  uint64 // the newest number

	dropped uint64 // how many calls the bounds cost

	restored uint64 // the number of the last call from before this process

	cycle    int
	underWay int       // calls begun and not completed
	lastEnd  time.Time // when the latest call ended

	watchers []*Watcher
}

type entry struct {
	call *Call
	size int64
	open *unsealed // what call is of until it is sealed; then nil
}

// New returns an empty journal.
func New(o Options) *Journal {
	if o.MaxCalls <= 0 {
		o.MaxCalls = 10_000
	}
	if o.MaxBytes <= 0 {
		o.MaxBytes = 64 << 20
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	return &Journal{
		maxCalls: o.MaxCalls,
		maxBytes: o.MaxBytes,
		now:      o.Now,
	}
}

// Append completes c, numbers it and wakes the watchers. It never waits for
// anyone. c must not be changed afterwards. A zero Time becomes now, a zero
// Cycle the one that a call at that time belongs to.
func (j *Journal) Append(c *Call) {
	if c.Time.IsZero() {
		c.Time = j.now()
	}
	c.ownTexts()
	commonSecrets.seal(c)
	size := sizeOf(c)

	j.mu.Lock()
	defer j.mu.Unlock()
	if c.Cycle == 0 {
		c.Cycle = j.cycleAt(c.Time)
	}
	j.add(entry{call: c, size: size})
}

// Restore puts calls of an earlier process into an empty journal, so that
// numbers and cycles go on behind them. They are numbered without gaps, and as
// Append left them. The oldest are dropped where the bounds want it.
func (j *Journal) Restore(calls []*Call) error {
	for i, c := range calls {
		if c.Seq == 0 || c.Seq != calls[0].Seq+uint64(i) {
			return fmt.Errorf("restore the journal: call %d of %d has the number %d behind %d", i+1, len(calls), c.Seq, calls[max(i-1, 0)].Seq)
		}
	}
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.last != 0 || j.cycle != 0 {
		return errors.New("restore the journal: it has calls already")
	}
	if len(calls) == 0 {
		return nil
	}
	j.last = calls[0].Seq - 1
	for _, c := range calls {
		j.cycle = max(j.cycle, c.Cycle)
		j.add(entry{call: c, size: sizeOf(c)})
	}
	j.restored = j.last
	// A clock that was wrong then must not join all that comes to one cycle.
	if now := j.now().Round(0); j.lastEnd.After(now) {
		j.lastEnd = now
	}
	return nil
}

// Restored returns the number of the last call that Restore brought, or 0:
// calls above it were made to this process.
func (j *Journal) Restored() uint64 {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.restored
}

// begin counts a call that starts at t as under way and returns its cycle.
func (j *Journal) begin(t time.Time) (cycle int) {
	j.mu.Lock()
	defer j.mu.Unlock()
	cycle = j.cycleAt(t)
	j.underWay++
	return cycle
}

// end appends a call that begin counted. A large one is sealed at once, as what
// is dropped of it may be much.
func (j *Journal) end(u *unsealed) {
	for part := range u.call.All() {
		part.forget()
	}
	e := entry{call: &u.call, size: sizeOf(&u.call), open: u}
	if e.size > sealLater {
		e = entry{call: u.seal(), size: sizeOf(&u.call)}
	}
	j.mu.Lock()
	defer j.mu.Unlock()
	j.underWay--
	j.add(e)
}

// sealed seals the entries, which are copies of some in the ring, and returns
// their calls. The lock is not held meanwhile: it takes longer than a call may
// wait.
func (j *Journal) sealed(entries []entry) []*Call {
	calls := make([]*Call, len(entries))
	open := false
	for i, e := range entries {
		if calls[i] = e.call; e.open != nil {
			open = true
			e.open.seal()
			entries[i].size = sizeOf(e.call)
		}
	}
	if open {
		j.noteSealed(entries)
	}
	return calls
}

// noteSealed notes how much the calls take that were sealed.
func (j *Journal) noteSealed(entries []entry) {
	j.mu.Lock()
	defer j.mu.Unlock()
	for _, e := range entries {
		if i := j.place(e.call.Seq); e.open != nil && i < len(j.ring) && j.ring[i].open == e.open {
			j.bytes += e.size - j.ring[i].size
			j.ring[i] = entry{call: e.call, size: e.size}
		}
	}
	j.drop()
}

// cycleAt returns the cycle of a call that begins at t. As long as a call is
// under way no other cycle begins, so that cycles follow each other in the
// order of numbers too.
//
// It compares wall clocks (Round strips the monotonic one), which also run
// while a laptop sleeps.
func (j *Journal) cycleAt(t time.Time) int {
	if j.cycle == 0 || j.underWay == 0 && t.Round(0).Sub(j.lastEnd) > CycleGap {
		j.cycle++
	}
	return j.cycle
}

func (j *Journal) add(e entry) {
	c := e.call
	j.last++
	c.Seq = j.last
	if end := c.Time.Add(c.Duration).Round(0); end.After(j.lastEnd) {
		j.lastEnd = end
	}
	j.ring = append(j.ring, e)
	j.bytes += e.size
	j.drop()
	for _, w := range j.watchers {
		w.wake()
	}
}

// drop removes the oldest calls until the bounds hold. The newest one stays,
// whatever its size.
func (j *Journal) drop() {
	for kept := len(j.ring) - j.head; kept > 1 && (kept > j.maxCalls || j.bytes > j.maxBytes); kept-- {
		j.bytes -= j.ring[j.head].size
		j.ring[j.head] = entry{}
		j.head++
		j.dropped++
	}
	if j.head > len(j.ring)/2 {
		n := copy(j.ring, j.ring[j.head:])
		clear(j.ring[n:])
		j.ring = j.ring[:n]
		j.head = 0
		if cap(j.ring) > 4*n { // as after many small calls and then large ones
			j.ring = append(make([]entry, 0, 2*n), j.ring...)
		}
	}
}

// Since returns at most limit calls with numbers above seq, in order, and how
// many in between have been dropped from the ring.
func (j *Journal) Since(seq uint64, limit int) (calls []*Call, missed int) {
	entries, missed := j.since(seq, limit)
	return j.sealed(entries), missed
}

// since is Since for the entries.
func (j *Journal) since(seq uint64, limit int) (entries []entry, missed int) {
	j.mu.Lock()
	defer j.mu.Unlock()
	if seq >= j.last {
		return nil, 0
	}
	first := j.first()
	if seq+1 < first {
		missed = int(first - seq - 1)
		seq = first - 1
	}
	kept := j.ring[j.place(seq+1):]
	return slices.Clone(kept[:min(len(kept), max(limit, 0))]), missed
}

// Outcome is what a call was and how it ended, without what it said.
type Outcome struct {
	Seq       uint64
	Operation scim.Operation
	Status    int // 0 where the client got no answer
	Duration  time.Duration
	End       time.Time
}

// Outcomes is Since for whoever counts calls and does not look into them, for
// which they need not be made fit to be looked at.
func (j *Journal) Outcomes(seq uint64, limit int) (outcomes []Outcome, missed int) {
	entries, missed := j.since(seq, limit)
	for _, e := range entries {
		c := e.call
		outcomes = append(outcomes, Outcome{c.Seq, c.Operation, c.Status, c.Duration, c.Time.Add(c.Duration)})
	}
	return outcomes, missed
}

// Get returns the call with that number, or nil.
func (j *Journal) Get(seq uint64) *Call {
	if e := j.get(seq); e.call != nil {
		return j.sealed([]entry{e})[0]
	}
	return nil
}

func (j *Journal) get(seq uint64) entry {
	j.mu.Lock()
	defer j.mu.Unlock()
	if i := j.place(seq); i < len(j.ring) && j.ring[i].call.Seq == seq {
		return j.ring[i]
	}
	return entry{}
}

// Bounds returns the numbers of the oldest and the newest call; 0, 0 when
// there is none.
func (j *Journal) Bounds() (first, last uint64) {
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.last == 0 {
		return 0, 0
	}
	return j.first(), j.last
}

// Size returns how many calls are kept, the memory that they are estimated to
// take, in bytes, and how many were dropped to keep the bounds.
func (j *Journal) Size() (calls int, bytes int64, dropped uint64) {
	j.mu.Lock()
	defer j.mu.Unlock()
	return len(j.ring) - j.head, j.bytes, j.dropped
}

// first is the number of the oldest call that is kept.
func (j *Journal) first() uint64 {
	if j.head == len(j.ring) {
		return j.last + 1
	}
	return j.ring[j.head].call.Seq
}

// place is where in the ring the first call stands whose number is seq or
// above. Numbers are dense, but for those of a Session.
func (j *Journal) place(seq uint64) int {
	kept := j.ring[j.head:]
	return j.head + sort.Search(len(kept), func(i int) bool { return kept[i].call.Seq >= seq })
}

// Begun returns the calls that began at these times, nil where none did that is
// kept.
func (j *Journal) Begun(times []time.Time) []*Call {
	calls := make([]*Call, len(times))
	for i, seq := range j.begun(times) {
		calls[i] = j.Get(seq)
	}
	return calls
}

// begun is Begun for the calls' numbers; 0 stands for none.
func (j *Journal) begun(times []time.Time) []uint64 {
	wanted := make(map[int64][]int, len(times))
	for i, t := range times {
		if !t.IsZero() {
			wanted[t.UnixNano()] = append(wanted[t.UnixNano()], i)
		}
	}
	seqs := make([]uint64, len(times))
	if len(wanted) == 0 {
		return seqs
	}
	j.mu.Lock()
	defer j.mu.Unlock()
	for _, e := range j.ring[j.head:] {
		for _, i := range wanted[e.call.Time.UnixNano()] {
			seqs[i] = e.call.Seq
		}
	}
	return seqs
}
