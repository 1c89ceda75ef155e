package store

import (
	"context"
	"iter"
	"runtime"
	"time"
)

// A query without an index looks at every resource. These bound what that does
// to everybody else.
const (
	scanChunk = 64                    // resources between two looks at the context, and taken from the model under one lock
	scanTurn  = 20 * time.Microsecond // work until whoever waits for the processor has it
	scanLong  = 1000                  // resources beyond which a query is in line: some milliseconds of work
)

// line lets as many long scans go at once as leave a processor to others. The
// rest wait for their turn, first come, first served.
type line chan struct{}

func newLine() line { return make(line, max(1, runtime.GOMAXPROCS(0)-1)) }

// enter waits until there is room, or ctx ends.
func (l line) enter(ctx context.Context) error {
	select {
	case l <- struct{}{}:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (l line) leave() { <-l }

// isLong reports whether a plan leaves many resources to look at.
func (m *model) isLong(plan []access) bool {
	m.mu.RLock()
	defer m.mu.RUnlock()
	n := 0
	for _, a := range plan {
		n += a.size()
	}
	return n > scanLong
}

// turn is what a scan works before it yields. It is measured, as a resource may
// cost a hundred times what another one does.
type turn struct{ began time.Time }

func newTurn() turn { return turn{time.Now()} }

// yield lets others have the processor where the turn is over. Go would stop
// the scan for them only after 10 ms.
func (t *turn) yield() {
	if time.Since(t.began) < scanTurn {
		return
	}
	runtime.Gosched()
	t.began = time.Now()
}

// scan yields what a plan finds in chunks, each only until the next. The lock is
// free between them, so that a long scan holds nobody up.
func (m *model) scan(a access) iter.Seq[[]*Resource] {
	return func(yield func([]*Resource) bool) {
		var nodes []*node
		var found []*Resource
		for from := uint64(0); ; from = nodes[len(nodes)-1].seq + 1 {
			m.mu.RLock()
			if nodes == nil {
				n := min(a.size(), scanChunk)
				nodes, found = make([]*node, 0, n), make([]*Resource, 0, n)
			}
			nodes = a.take(nodes[:0], from, scanChunk)
			found = appendResources(found[:0], nodes) // as the posting has them, where it is exact
			m.mu.RUnlock()
			if len(nodes) == 0 || !yield(found) || len(nodes) < scanChunk {
				return
			}
		}
	}
}
