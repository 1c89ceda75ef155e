package store

import (
	"context"
	"time"

	"github.com/tidwall/btree"
)

// memory is the disk of a tenant that keeps nothing on one. It has the records
// for those who want all of them: a snapshot, or who restores one.
type memory struct{ byKey btree.Map[string, string] }

func (d *memory) write(ws []write) error {
	for _, w := range ws {
		if w.value == "" {
			d.byKey.Delete(w.key)
		} else {
			d.byKey.Set(w.key, w.value)
		}
	}
	return nil
}

func (d *memory) sync() error     { return nil }
func (d *memory) probe(int) error { return nil }
func (d *memory) close() error    { return nil }

func (d *memory) records() ([]pair, error) {
	all := make([]pair, 0, d.byKey.Len())
	d.byKey.Scan(func(key, value string) bool {
		all = append(all, pair{key, value})
		return true
	})
	return all, nil
}

// AscendGreaterOrEqual is that of a BuntDB transaction.
func (d *memory) AscendGreaterOrEqual(_, pivot string, fn func(key, value string) bool) error {
	d.byKey.Ascend(pivot, fn)
	return nil
}

// Len is that of a BuntDB transaction.
func (d *memory) Len() (int, error) { return d.byKey.Len(), nil }

func (d *memory) stage(time.Time) (stage, error) { return &memory{}, nil }

func (d *memory) put(key, value string) error {
	d.byKey.Set(key, value)
	return nil
}

func (d *memory) finish() error { return nil }
func (d *memory) discard()      {}

func (d *memory) adopt(ctx context.Context, next stage, load func(context.Context, records) error) error {
	staged := next.(*memory)
	if err := load(ctx, staged); err != nil {
		return err
	}
	d.byKey = staged.byKey
	return nil
}
