package store

import (
	"errors"
	"fmt"
	"os"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/tidwall/buntdb"
)

// disk takes batches. It is the file of a tenant, or nothing for one that is
// kept in memory.
type disk interface {
	// write stores ws in order. On an error, none of them is stored, as far as
	// the disk lets that be known.
	write(ws []write) error
	sync() error
	close() error
}

// noDisk keeps nothing.
type noDisk struct{}

func (noDisk) write([]write) error { return nil }
func (noDisk) sync() error         { return nil }
func (noDisk) close() error        { return nil }

// bunt is tenant.db. BuntDB writes, and this type syncs through a descriptor
// of its own: BuntDB's own syncing holds its lock meanwhile and drops errors.
type bunt struct {
	db     *buntdb.DB
	file   *os.File // for fsync
	always bool     // sync before write returns
	dirty  atomic.Bool
	undo   []write // puts back what a failed sync left in doubt
	broken error   // BuntDB panicked with its lock held and must not be called again
	stop   chan struct{}
	syncer sync.WaitGroup
}

// write commits ws as one transaction. What it stored but could not sync is
// taken back by the next write that succeeds.
func (d *bunt) write(ws []write) (err error) {
	if d.broken != nil {
		return d.broken
	}
	defer func() {
		if r := recover(); r != nil {
			d.broken = fmt.Errorf("buntdb gave up on %s, restart airmock: %v", d.file.Name(), r)
			err = d.broken
		}
	}()
	ws = append(d.undo[:len(d.undo):len(d.undo)], ws...)
	var before []write
	err = d.db.Update(func(tx *buntdb.Tx) (err error) {
		before, err = setAll(tx, ws)
		return err
	})
	if err != nil {
		return fmt.Errorf("write to %s: %w", d.file.Name(), err)
	}
	d.dirty.Store(true)
	if !d.always {
		return nil
	}
	d.undo = append(before, d.undo...)
	if err := d.sync(); err != nil {
		return err
	}
	d.undo = nil
	return nil
}

// setAll makes the changes and returns the ones that would take them back. A
// panic becomes an error, as BuntDB commits half a transaction on one.
func setAll(tx *buntdb.Tx, ws []write) (before []write, err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("buntdb panicked: %v", r)
		}
	}()
	for _, w := range ws {
		var old string
		if w.value == "" {
			old, err = tx.Delete(w.key)
		} else {
			old, _, err = tx.Set(w.key, w.value, nil)
		}
		if err != nil && !errors.Is(err, buntdb.ErrNotFound) {
			return nil, err
		}
		before = append(before, write{w.key, old})
	}
	slices.Reverse(before)
	return before, nil
}

func (d *bunt) sync() error {
	d.dirty.Store(false)
	if err := d.file.Sync(); err != nil {
		d.dirty.Store(true)
		return fmt.Errorf("sync %s: %w", d.file.Name(), err)
	}
	return nil
}

// startSyncing syncs each interval what was written since the last time, off
// the writer's way, until close. An error is told to failed: what it concerns
// was answered already, and only later writes can be refused.
func (d *bunt) startSyncing(interval time.Duration, failed func(error)) {
	d.syncer.Go(func() { d.syncEvery(interval, failed) })
}

func (d *bunt) syncEvery(interval time.Duration, failed func(error)) {
	tick := time.NewTicker(interval)
	defer tick.Stop()
	for {
		select {
		case <-d.stop:
			return
		case <-tick.C:
		}
		if !d.dirty.Load() {
			continue
		}
		if err := d.sync(); err != nil {
			failed(err)
		}
	}
}

// close ends the syncing, syncs a last time and closes the file.
func (d *bunt) close() error {
	close(d.stop)
	d.syncer.Wait()
	err := d.sync()
	if d.broken == nil {
		err = errors.Join(err, d.db.Close())
	}
	return errors.Join(err, d.file.Close())
}
