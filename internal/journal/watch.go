package journal

import "slices"

// Watch returns a watcher: C has a value whenever calls came since it was last
// received from, however many. Look at the journal once after Watch, then
// after each receive. Close it.
func (j *Journal) Watch() *Watcher {
	c := make(chan struct{}, 1)
	w := &Watcher{C: c, c: c, journal: j}
	j.mu.Lock()
	defer j.mu.Unlock()
	j.watchers = append(j.watchers, w)
	return w
}

// Watcher is somebody who looks at a journal.
type Watcher struct {
	C <-chan struct{} // closed by Close

	c       chan struct{}
	journal *Journal
}

// Close ends the watching and closes C. Closing twice does no harm.
func (w *Watcher) Close() {
	w.journal.mu.Lock()
	defer w.journal.mu.Unlock()
	if i := slices.Index(w.journal.watchers, w); i >= 0 {
		w.journal.watchers = slices.Delete(w.journal.watchers, i, i+1)
		close(w.c)
	}
}

// wake leaves a value in C, unless the last one is still there. The journal's
// lock is held, so C is not closed meanwhile.
func (w *Watcher) wake() {
	select {
	case w.c <- struct{}{}:
	default:
	}
}
