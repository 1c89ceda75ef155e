package store

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"sync"
	"sync/atomic"
	"time"
)

// A batch is as large as BuntDB writes fast; beyond that its transactions slow
// down, and a kill between their bytes tears more.
const (
	maxBatchOps   = 128
	maxBatchBytes = 4 << 20
)

// How often the writer looks after itself.
const (
	healInterval  = time.Second
	flushInterval = 30 * time.Second
)

const (
	// crowdLasts is how many batches with a single operation it takes after one
	// with several until a client is thought to be on its own.
	crowdLasts = 16
	// patience is how long letting others go first may take. Where it takes longer,
	// the processors are busy with something else, and nobody is waited for in so
	// many batches as impatience says.
	patience   = time.Millisecond
	impatience = 256
)

// minProbe is the room for the frames of a batch, and some.
const minProbe = 64 << 10

// op is an operation on its way through the writer: a plan, which shares a
// batch with others, or what is done between two batches.
type op struct {
	ctx     context.Context
	origin  Origin
	plan    func(*batch, *delta) error
	between func() error
	err     error // the answer, set before done is closed
	done    chan struct{}
}

// writer is the one goroutine that changes the state. It takes operations in
// batches: plans each against the state and the batch before it, gives the
// batch to the disk, then to the model, and only then answers.
type writer struct {
	model   *model
	history *history
	disk    disk
	now     func() time.Time
	origin  func(context.Context) Origin
	warn    func(string)

	gate   sync.RWMutex // held for reading while an operation is handed over
	closed bool         // guarded by gate
	ops    chan *op
	idle   chan struct{} // closed when the writer has returned

	crowd   int                   // for how many batches more others are thought to be on their way; below 0, for how many nobody is waited for
	refused int                   // bytes in the batch that the disk refused last
	failure atomic.Pointer[error] // why the disk takes no writes; nil while it does
}

func newWriter(m *model, h *history, d disk, o Options) *writer {
	return &writer{
		model: m, history: h, disk: d, now: o.Now, origin: o.Origin, warn: o.Warn,
		ops:  make(chan *op, maxBatchOps),
		idle: make(chan struct{}),
	}
}

// submit runs plan in the writer and waits for its answer. Where ctx ends
// before the writer has looked at the operation, nothing happens; where it ends
// later, the operation may still be stored. plan must not share variables with
// the caller except for reading them after a nil error.
func (w *writer) submit(ctx context.Context, plan func(*batch, *delta) error) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	o := w.newOp(ctx, plan)
	if err := w.enqueue(o); err != nil {
		return err
	}
	select {
	case <-o.done:
		return o.err
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (w *writer) newOp(ctx context.Context, plan func(*batch, *delta) error) *op {
	return &op{ctx: ctx, origin: w.origin(ctx), plan: plan, done: make(chan struct{})}
}

// pause runs fn in the writer at an instant at which everything that was
// answered is stored and nothing else is. It waits for fn, however ctx ends,
// but where that ends first fn is not run.
func (w *writer) pause(ctx context.Context, fn func() error) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	o := &op{ctx: ctx, between: fn, done: make(chan struct{})}
	if err := w.enqueue(o); err != nil {
		return err
	}
	<-o.done
	return o.err
}

func (w *writer) enqueue(o *op) error {
	w.gate.RLock()
	defer w.gate.RUnlock()
	if w.closed {
		return ErrClosed
	}
	select {
	case w.ops <- o:
		return nil
	case <-o.ctx.Done():
		return o.ctx.Err()
	}
}

// close refuses new operations and waits for those that were accepted.
func (w *writer) close() {
	w.gate.Lock()
	if !w.closed {
		w.closed = true
		close(w.ops)
	}
	w.gate.Unlock()
	<-w.idle
}

func (w *writer) run() {
	defer close(w.idle)
	heal, flush := time.NewTicker(healInterval), time.NewTicker(flushInterval)
	defer heal.Stop()
	defer flush.Stop()
	for {
		select {
		case o, ok := <-w.ops:
			if !ok {
				w.flushTokens()
				return
			}
			w.take(o)
		case <-heal.C:
			w.heal()
		case <-flush.C:
			w.flushTokens()
		}
	}
}

// take answers first and what else is waiting, as one batch.
func (w *writer) take(first *op) {
	b := newBatch(w.model)
	var taken []*op
	o := first
	for o != nil && o.between == nil {
		o.err = w.try(b, o)
		taken = append(taken, o)
		if len(taken) == maxBatchOps || b.size >= maxBatchBytes {
			o = nil
			break
		}
		o = w.next()
	}
	w.count(len(taken))
	err := w.commit(b)
	for _, o := range taken {
		if err != nil {
			o.err = err // also what failed may have failed on what was not stored
		}
		close(o.done)
	}
	if o != nil {
		o.err = w.doBetween(o)
		close(o.done)
	}
}

// count notes how many operations a batch had.
func (w *writer) count(taken int) {
	switch {
	case w.crowd < 0:
		w.crowd++
	case taken > 1:
		w.crowd = crowdLasts
	case w.crowd > 0:
		w.crowd--
	}
}

// doBetween runs what is done between two batches.
func (w *writer) doBetween(o *op) (err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("store: the operation panicked: %v", r)
		}
	}()
	if err := o.ctx.Err(); err != nil {
		return err
	}
	return o.between()
}

// next returns an operation that is waiting, or nil. A batch costs a write to the
// file, however small it is, so under load those who are about to hand over an
// operation go first. A client on its own waits for nobody.
func (w *writer) next() *op {
	o := w.waiting()
	if o == nil && w.crowd > 0 {
		began := time.Now()
		runtime.Gosched()
		if time.Since(began) > patience {
			w.crowd = -impatience
		}
		o = w.waiting()
	}
	return o
}

// waiting takes an operation that is waiting, or returns nil.
func (w *writer) waiting() *op {
	select {
	case o := <-w.ops: // nil once the channel is closed
		return o
	default:
		return nil
	}
}

// try plans one operation. Whatever goes wrong, the batch is as it was.
func (w *writer) try(b *batch, o *op) (err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("store: the operation panicked, and nothing was stored: %v", r)
		}
	}()
	if err := o.ctx.Err(); err != nil {
		return err
	}
	d := delta{at: w.now().UTC().Truncate(time.Millisecond), origin: o.origin, firstSeq: b.lastSeq, lastSeq: b.lastSeq}
	if err := o.plan(b, &d); err != nil {
		return err
	}
	b.add(d)
	return nil
}

// commit stores a batch and shows it to readers. On an error nothing of it is
// visible.
func (w *writer) commit(b *batch) error {
	if len(b.writes) == 0 {
		return nil
	}
	w.heal()
	if err := w.readOnly(); err != nil {
		return err
	}
	if err := w.disk.write(b.writes); err != nil {
		w.refused = b.size
		w.fail(err)
		return w.readOnly()
	}
	for i := range b.deltas {
		w.history.record(&b.deltas[i])
	}
	b.apply()
	return nil
}

// fail makes the tenant read-only.
func (w *writer) fail(err error) {
	if w.failure.Swap(&err) == nil {
		w.warn(fmt.Sprintf("the tenant is READ-ONLY, and answers writes with 507, because its disk refused one: %s", readOnlyReason(err)))
	}
}

// readOnlyReason says what made the tenant read-only, and what ends it.
func readOnlyReason(cause error) string {
	if errors.Is(cause, errBroken) {
		return cause.Error() // which says it
	}
	return fmt.Sprintf("%v; it tries again each second", cause)
}

// readOnly returns why the tenant takes no writes, or nil.
func (w *writer) readOnly() error {
	if cause := w.failure.Load(); cause != nil {
		return fmt.Errorf("%w: %w", ErrReadOnly, *cause)
	}
	return nil
}

// heal ends a read-only spell once the disk has room again for what it refused.
func (w *writer) heal() {
	cause := w.failure.Load()
	if cause == nil {
		return
	}
	if err := w.disk.probe(w.refused + minProbe); err != nil {
		w.fail(err)
		return
	}
	if w.failure.CompareAndSwap(cause, nil) { // a sync that failed meanwhile still counts
		w.warn("the disk takes writes again; the tenant is no longer read-only")
	}
}

// flushTokens stores when tokens were last used.
func (w *writer) flushTokens() {
	b := newBatch(w.model)
	b.add(delta{tokens: w.model.tokens.unsaved()})
	_ = w.commit(b) // what failed is still unsaved, and readOnly tells why
}
