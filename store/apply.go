package store

import (
	"context"

	"airmock/internal/scim"
)

// Put is one of several writes that are handed in together.
type Put struct {
	Type *scim.ResourceType
	ID   string // where New, one from NewID
	New  bool   // the resource is to be created
	// Edit is as Update's; cur is nil where New.
	Edit func(cur *Resource) (scim.Draft, error)
	// Try only works out what the write would change.
	Try bool
}

// Outcome is what became of a Put, with the errors of Create and Update.
type Outcome struct {
	Change Change
	Err    error
}

// Apply hands several writes to the writer in this order, each of which
// succeeds or fails by itself, as those of Create and Update do. Many writes at
// once cost far less than one after the other: they share batches. Where ctx
// ends, those that the writer has not looked at are not stored.
func (s *Store) Apply(ctx context.Context, puts []Put) []Outcome {
	return s.applyTo(ctx, puts, func(b *batch, d *delta, p *Put) (Change, error) {
		change, err := p.plan(b, d)
		if p.Try {
			*d = delta{}
		}
		return change, err
	})
}

// plan works out what the write changes.
func (p *Put) plan(b *batch, d *delta) (Change, error) {
	t, err := b.model.table(p.Type)
	if err != nil {
		return Change{}, err
	}
	if !p.New {
		return planUpdate(b, d, t, p.ID, p.Edit)
	}
	draft, err := p.Edit(nil)
	if err != nil {
		return Change{}, err
	}
	return planCreate(b, d, t, p.ID, draft)
}

func (s *Store) applyTo(ctx context.Context, puts []Put, plan func(*batch, *delta, *Put) (Change, error)) []Outcome {
	out := make([]Outcome, len(puts))
	w := s.writer.Load()
	if w == nil {
		for i := range out {
			out[i].Err = ErrClosed
		}
		return out
	}
	planned := make([]Change, len(puts)) // the writer may still be at one whose caller has given up
	plans := make([]func(*batch, *delta) error, len(puts))
	for i := range puts {
		plans[i] = func(b *batch, d *delta) (err error) {
			planned[i], err = plan(b, d, &puts[i])
			return err
		}
	}
	for i, err := range w.submitAll(ctx, plans) {
		if out[i].Err = err; err == nil {
			out[i].Change = planned[i]
		}
	}
	return out
}

// submitAll is submit for several plans, which the writer takes in this order.
func (w *writer) submitAll(ctx context.Context, plans []func(*batch, *delta) error) []error {
	errs := make([]error, len(plans))
	ops := make([]*op, len(plans))
	for i, plan := range plans {
		ops[i] = w.newOp(ctx, plan)
		if errs[i] = w.enqueue(ops[i]); errs[i] != nil {
			ops[i] = nil
		}
	}
	for i, o := range ops {
		if o == nil {
			continue
		}
		select {
		case <-o.done:
			errs[i] = o.err
		case <-ctx.Done():
			errs[i] = ctx.Err()
		}
	}
	return errs
}

// Rehearsal is the state as writes would leave it that are only tried. Its
// writes see those before them, are checked as real ones are, and change
// nothing. It is for one caller at a time.
type Rehearsal struct {
	store *Store
	batch *batch // nil before the first write; the writer's while one is under way
}

// Rehearse begins a rehearsal.
func (s *Store) Rehearse() *Rehearsal { return &Rehearsal{store: s} }

// Apply is Store.Apply without consequences.
func (r *Rehearsal) Apply(ctx context.Context, puts []Put) []Outcome {
	return r.store.applyTo(ctx, puts, func(b *batch, d *delta, p *Put) (Change, error) {
		if r.batch == nil || r.batch.model != b.model {
			r.batch = newBatch(b.model)
		}
		tried := delta{at: d.at, lastSeq: r.batch.lastSeq}
		change, err := p.plan(r.batch, &tried)
		if err == nil && !p.Try {
			r.batch.add(tried)
			r.batch.deltas, r.batch.writes, r.batch.size = nil, nil, 0 // these never reach a disk
		}
		return change, err
	})
}

// Lookup is Store.Lookup in the rehearsed state.
func (r *Rehearsal) Lookup(id string) (*Resource, error) {
	if r.batch != nil {
		if res := r.batch.resources[id]; res != nil {
			return res, nil
		}
	}
	return r.store.Lookup(id)
}
