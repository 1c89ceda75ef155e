package tui

import (
	"iter"
	"time"

	"airmock/internal/journal"
	"airmock/internal/search"
)

// row is a line of the Live list: a call, or the rule above the first call of
// a cycle or after a restart.
type row struct {
	call      *journal.Call // nil for a rule
	cycle     int
	restarted bool // the rule stands between calls from before and after a restart
	goesOn    bool // the cycle of the rule began before the restart
}

// choice is the rows that a filter leaves.
type choice struct {
	filter  search.Query
	rows    []row
	matched int // calls among rows
}

// callList is which calls the Live page lists and where one stands among them.
// It pulls from the journal by number and tests each call once; where the
// filter changes, a scan chooses the rows anew.
//
// The cursor stands on a call, not on a line: what comes below and what falls
// out above does not move it.
type callList struct {
	choice
	next    *scan             // chooses the rows for another filter; nil where none does
	texts   search.Texts      // of the calls that words were looked for in
	starts  map[int]time.Time // when each cycle began
	cursor  int               // index of a call's row; -1 where there is none
	follow  bool
	paused  bool
	seen    uint64 // the newest call that was looked at
	held    uint64 // the newest call that is shown while paused
	waiting int    // matches that came while paused
	total   int    // calls that they were chosen from
	version uint64 // grows with each change of rows
}

func newCallList() *callList {
	return &callList{cursor: -1, follow: true, starts: make(map[int]time.Time)}
}

// pullSize is how many calls are taken from the journal at a time, so that its
// lock is held shortly.
const pullSize = 512

// callsAfter iterates over the calls with numbers above seq, up to last.
func callsAfter(j *journal.Journal, seq, last uint64) iter.Seq[*journal.Call] {
	return func(yield func(*journal.Call) bool) {
		for {
			calls, _ := j.Since(seq, pullSize)
			for _, c := range calls {
				if c.Seq > last || !yield(c) {
					return
				}
				seq = c.Seq
			}
			if len(calls) < pullSize {
				return
			}
		}
	}
}

// pull takes in the calls up to last, of which first is the oldest that the
// journal still has. While paused it only counts them.
func (l *callList) pull(j *journal.Journal, first, last uint64) {
	if last == l.seen {
		return
	}
	if l.paused {
		for c := range callsAfter(j, l.seen, last) {
			l.began(c)
			if l.filter.MatchIn(&l.texts, c) {
				l.waiting++
			}
		}
	} else {
		l.take(j, l.seen, last)
		l.trim(first)
		l.total = int(last - first + 1)
	}
	l.texts.Forget(first)
	l.seen = last
	l.version++
}

// take appends the matches among the calls after seq, up to last.
func (l *callList) take(j *journal.Journal, seq, last uint64) {
	restored := j.Restored()
	for c := range callsAfter(j, seq, last) {
		l.began(c)
		if l.filter.MatchIn(&l.texts, c) {
			l.add(c, restored)
		}
	}
	l.settle()
}

// add appends a call, below a rule where there is to be one. The calls up to
// restored are from before a restart.
func (l *choice) add(c *journal.Call, restored uint64) {
	if rule, needed := l.ruleAbove(c, restored); needed {
		l.rows = append(l.rows, rule)
	}
	l.rows = append(l.rows, row{call: c, cycle: c.Cycle})
	l.matched++
}

// ruleAbove returns the rule between the last row and c, where there is to be
// one.
func (l *choice) ruleAbove(c *journal.Call, restored uint64) (row, bool) {
	rule := row{cycle: c.Cycle}
	if len(l.rows) == 0 {
		return rule, true
	}
	before := l.rows[len(l.rows)-1]
	rule.goesOn = before.cycle == c.Cycle
	rule.restarted = before.call != nil && before.call.Seq <= restored && c.Seq > restored
	return rule, rule.restarted || !rule.goesOn
}

func (l *callList) began(c *journal.Call) {
	if at, known := l.starts[c.Cycle]; !known || c.Time.Before(at) {
		l.starts[c.Cycle] = c.Time
	}
}

// trim drops the rows of calls before first. The rule above the first call
// that is left stays.
func (l *callList) trim(first uint64) {
	n := 0
	for n < len(l.rows) && (l.rows[n].call == nil || l.rows[n].call.Seq < first) {
		n++
	}
	if n > 0 && n < len(l.rows) {
		n-- // a place for the rule
		if l.rows[n].call != nil {
			l.rows[n] = row{cycle: l.rows[n+1].cycle}
			l.matched--
		}
	}
	if n == 0 {
		return
	}
	for _, r := range l.rows[:n] {
		if r.call != nil {
			l.matched--
		}
	}
	clear(l.rows[:n]) // the array below lives on until it grows
	l.rows = l.rows[n:]
	l.cursor = max(l.cursor-n, 0)
	for cycle := range l.starts {
		if l.next == nil && len(l.rows) > 0 && cycle < l.rows[0].cycle { // a scan may list earlier ones
			delete(l.starts, cycle)
		}
	}
	l.settle()
}

// settle puts the cursor on a call: the newest one while following.
func (l *callList) settle() {
	switch {
	case len(l.rows) == 0:
		l.cursor = -1
	case l.follow:
		l.cursor = len(l.rows) - 1
	default:
		l.cursor = max(0, min(l.cursor, len(l.rows)-1))
		if l.rows[l.cursor].call == nil {
			l.cursor++ // below a rule there is a call
		}
	}
}

// setPaused freezes the rows, or takes in what came meanwhile.
func (l *callList) setPaused(j *journal.Journal, paused bool) {
	if paused == l.paused {
		return
	}
	if paused {
		l.held = l.seen
	} else {
		first, last := j.Bounds()
		l.take(j, l.held, l.seen)
		l.trim(first)
		if l.waiting = 0; last > 0 {
			l.total = int(last - first + 1)
		}
	}
	l.paused = paused
	if again := l.next; again != nil {
		l.next = nil // what counts as waiting has changed
		l.setFilter(again.filter)
	}
	l.version++
}

// selected returns the call under the cursor, or nil.
func (l *callList) selected() *journal.Call {
	if l.cursor < 0 || l.cursor >= len(l.rows) {
		return nil
	}
	return l.rows[l.cursor].call
}

// newer is how many rows stand below the cursor.
func (l *callList) newer() int { return max(0, len(l.rows)-1-l.cursor) }

// move goes n rows down, or up where n is negative, to a call. Going up ends
// following.
func (l *callList) move(n int) {
	if len(l.rows) == 0 {
		return
	}
	if n < 0 {
		l.follow = false
	}
	at := max(0, min(l.cursor+n, len(l.rows)-1))
	if l.rows[at].call == nil {
		if n < 0 && at > 0 {
			at--
		} else {
			at++
		}
	}
	l.cursor = at
}

// moveTo goes to the call with that number, or the last one before it.
func (l *callList) moveTo(seq uint64) {
	l.follow = false
	at := 0
	for i, r := range l.rows {
		if r.call != nil && r.call.Seq <= seq {
			at = i
		}
	}
	l.cursor = at
	l.settle()
}

// toEnd goes to the newest call and follows.
func (l *callList) toEnd() {
	l.follow = true
	l.settle()
}
