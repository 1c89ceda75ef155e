package tui

import (
	"slices"
	"time"

	tea "charm.land/bubbletea/v2"

	"airmock/internal/journal"
	"airmock/internal/search"
)

// scanSlice is how long a scan keeps the screen waiting at once, half a frame.
// The next key is taken between two slices.
const scanSlice = 8 * time.Millisecond

// scanChunk is how many calls are tested between two looks at the clock.
const scanChunk = 32

// scan chooses the rows of a list for another filter, in slices of time. The
// list keeps its rows until it is through.
type scan struct {
	choice
	within  []row  // what is gone through first: the rows that a wider filter left
	seen    uint64 // then the calls above this
	waiting int    // matches that came while paused
}

// setFilter begins to choose the rows again. A filter that narrows the one in
// force looks at its rows alone, and one that narrows that of a scan, as the next
// key mostly does, goes on where that one is.
func (l *callList) setFilter(f search.Query) {
	s := &scan{choice: choice{filter: f}}
	switch before := l.next; {
	case before != nil && before.waiting == 0 && f.Narrows(before.filter):
		s.within, s.seen = slices.Concat(before.rows, before.within), before.seen
	case f.Narrows(l.filter):
		s.within, s.seen = l.rows, l.shown()
	}
	if l.next = s; f.Empty() {
		l.texts = search.Texts{}
	}
}

// shown is the newest call that rows were chosen from.
func (l *callList) shown() uint64 {
	if l.paused {
		return l.held
	}
	return l.seen
}

// step goes on with the scan until it is through or more, which is asked now
// and then, says no. It reports whether something is left to do.
func (l *callList) step(j *journal.Journal, more func() bool) bool {
	if l.next == nil {
		return false
	}
	s, restored, tested := l.next, j.Restored(), 0
	goOn := func() bool {
		tested++
		return tested%scanChunk != 0 || more()
	}
	for len(s.within) > 0 {
		c := s.within[0].call // nil for rules, and for calls that have fallen out
		s.within = s.within[1:]
		if c != nil && s.filter.MatchIn(&l.texts, c) {
			s.add(c, restored)
		}
		if !goOn() {
			return true
		}
	}
	for c := range callsAfter(j, s.seen, l.seen) {
		s.seen = c.Seq
		l.began(c)
		if s.filter.MatchIn(&l.texts, c) {
			if c.Seq <= l.shown() {
				s.add(c, restored)
			} else {
				s.waiting++
			}
		}
		if !goOn() {
			return true
		}
	}
	l.swap(j)
	return false
}

// swap shows what the scan has chosen. The cursor stays on its call, or goes to
// the one before it that is left.
func (l *callList) swap(j *journal.Journal) {
	at := uint64(0)
	if c := l.selected(); c != nil {
		at = c.Seq
	}
	l.choice, l.waiting, l.next = l.next.choice, l.next.waiting, nil
	if first, _ := j.Bounds(); !l.paused {
		l.trim(first)
	}
	l.settle()
	if !l.follow {
		l.moveTo(at)
	}
	l.version++
}

// scanOnMsg is the turn of the next slice of a scan.
type scanOnMsg struct{}

// scanOn runs a slice of the scan, and asks for the next one where it is not
// through.
func (p *livePage) scanOn() tea.Cmd {
	if p.scanning {
		return nil // its turn comes
	}
	end := p.env.now().Add(scanSlice)
	p.scanning = p.list.step(p.env.tenant.Journal(), func() bool { return p.env.now().Before(end) })
	if !p.scanning {
		return nil
	}
	return send(scanOnMsg{})
}
