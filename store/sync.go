package store

import (
	"context"
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
	// probe finds out whether the disk takes writes again, of so many bytes. It
	// ends what a failed write or sync left in doubt.
	probe(room int) error
	close() error

	// records returns what is stored, in the order of the keys.
	records() ([]pair, error)
	// stage begins a state that can replace the one that is stored. It may be
	// called, and the stage used, beside the writer.
	stage(now time.Time) (stage, error)
	// adopt puts a finished stage in the place of what is stored, all at once,
	// and durably. Before it is certain, load reads the records that come. On an
	// error, what was stored is.
	adopt(ctx context.Context, next stage, load func(context.Context, records) error) error
}

// stage is a state that is not stored yet.
type stage interface {
	put(key, value string) error
	// finish makes it durable. Nothing can be put behind it.
	finish() error
	// discard ends a stage that did not replace anything. After one that did it
	// does nothing.
	discard()
}

// records is a transaction of BuntDB's, as far as loading needs one.
type records interface {
	AscendGreaterOrEqual(index, pivot string, fn func(key, value string) bool) error
	Len() (int, error)
}

// bunt is tenant.db. BuntDB writes, and this type syncs through a descriptor
// of its own: BuntDB's own syncing holds its lock meanwhile and drops errors.
// All methods are the writer's, but for the syncing each second and the
// compaction.
type bunt struct {
	path    string
	db      *buntdb.DB
	always  bool         // sync before write returns
	live    atomic.Int64 // bytes of the records that count; the rest of the file is their past
	dirty   atomic.Bool
	doubted atomic.Bool           // a sync failed, and the file was not written anew since
	broken  atomic.Pointer[error] // BuntDB panicked and must not be called again; nil while it has not
	undo    []write               // puts back what a failed sync left in doubt

	stop      chan struct{}
	syncer    sync.WaitGroup
	compactor sync.WaitGroup
	early     sync.WaitGroup // see syncEarly

	replacing sync.Mutex                  // held while the file is replaced, or changed behind BuntDB's back
	old       atomic.Pointer[os.FileInfo] // of the file that is being replaced, until the new one is settled

	fileMu    sync.Mutex
	file      *os.File // for fsync
	shareless bool     // whether no file can be replaced that is open; see replacesOpenFiles
}

// write commits ws as one transaction. What it stored but could not sync is
// taken back, if need be by the next write that succeeds.
func (d *bunt) write(ws []write) (err error) {
	if err := d.isBroken(); err != nil {
		return err
	}
	defer d.mayBreak(&err)
	before, err := d.update(append(d.undo[:len(d.undo):len(d.undo)], ws...))
	if err != nil {
		return err
	}
	d.dirty.Store(true)
	if !d.always {
		return nil
	}
	d.undo = append(before, d.undo...)
	if err := d.sync(); err != nil {
		if _, undoErr := d.update(d.undo); undoErr == nil { // so that a kill leaves nothing of it
			d.undo = nil
		}
		return err
	}
	d.undo = nil
	return nil
}

// errReplaced is why a transaction did nothing, see settle.
var errReplaced = errors.New("the file was replaced")

// update commits ws and returns the changes that would take them back.
func (d *bunt) update(ws []write) (before []write, err error) {
	for {
		err = d.db.Update(func(tx *buntdb.Tx) (err error) {
			if d.isReplaced() {
				return errReplaced
			}
			before, err = setAll(tx, ws)
			return err
		})
		if !errors.Is(err, errReplaced) {
			break
		}
		if err := d.settle(); err != nil {
			return nil, err
		}
	}
	if err != nil {
		return nil, fmt.Errorf("write to %s: %w", d.path, err)
	}
	d.live.Add(sizeOfAll(ws) - sizeOfAll(before))
	return before, nil
}

// errBroken is part of an error after which only a new start writes again. It
// loses nothing: the file, or its backup, has what was acknowledged.
var errBroken = errors.New("restart airmock to write again, nothing is lost")

// mayBreak makes a panic of BuntDB's an error, for good.
func (d *bunt) mayBreak(err *error) {
	if r := recover(); r != nil {
		*err = fmt.Errorf("buntdb gave up on %s: %v; %w", d.path, r, errBroken)
		d.broken.Store(err)
	}
}

// isBroken returns why BuntDB must not be called, or nil.
func (d *bunt) isBroken() error {
	if err := d.broken.Load(); err != nil {
		return *err
	}
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

// sync makes durable what was written. After one that failed it writes the
// whole file anew: the system forgets which of its pages did not reach the
// disk, so that the next fsync would succeed without them.
func (d *bunt) sync() error {
	if !d.doubted.Load() {
		return d.fsync()
	}
	d.replacing.Lock()
	defer d.replacing.Unlock()
	return d.endDoubt()
}

// endDoubt writes the whole file anew. The caller holds replacing.
func (d *bunt) endDoubt() error {
	if err := d.isBroken(); err != nil {
		return err
	}
	d.doubted.Store(false) // a sync that fails from here on is a new doubt
	_ = d.keepOld()        // a file system without hard links must do without
	if err := d.replace(); err != nil {
		d.doubted.Store(true)
		return fmt.Errorf("write %s anew: %w", d.path, err)
	}
	return nil
}

// probe tries the room first, then takes back what a failed sync left in doubt,
// and syncs.
func (d *bunt) probe(room int) (err error) {
	if err := d.isBroken(); err != nil {
		return err
	}
	defer d.mayBreak(&err)
	if !d.replacing.TryLock() {
		return fmt.Errorf("%s is being compacted", d.path)
	}
	defer d.replacing.Unlock()
	if err := d.tryRoom(room); err != nil && !d.doubted.Load() {
		return fmt.Errorf("try to write to %s: %w", d.path, err)
	}
	if len(d.undo) > 0 {
		if _, err := d.update(d.undo); err != nil {
			return err
		}
		d.undo = nil
	}
	if d.doubted.Load() {
		return d.endDoubt()
	}
	return errors.Join(d.settle(), d.fsync())
}

// tryRoom writes zeros behind the records and cuts them off again. A record
// would find a little room on a disk that is full for all others, and stay in
// the file. Should a kill come in between, preflight knows zeros at the end.
func (d *bunt) tryRoom(room int) error {
	info, err := d.file.Stat()
	if err != nil {
		return err
	}
	_, err = d.file.WriteAt(make([]byte, room), info.Size())
	if err == nil {
		err = d.fsync() // some file systems find out only now
	}
	return errors.Join(err, d.file.Truncate(info.Size()))
}

func (d *bunt) fsync() error {
	d.fileMu.Lock()
	defer d.fileMu.Unlock()
	d.dirty.Store(false)
	if err := d.file.Sync(); err != nil {
		d.dirty.Store(true)
		d.doubted.Store(true)
		return fmt.Errorf("sync %s: %w", d.path, err)
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
		if !d.dirty.Load() || d.doubted.Load() { // the writer ends a doubt
			continue
		}
		if err := d.fsync(); err != nil {
			failed(err)
		}
	}
}

// close ends the syncing, syncs a last time and closes the file. A compaction
// that is writing the new file gives up.
func (d *bunt) close() error {
	close(d.stop)
	d.syncer.Wait()
	err := d.sync()
	if d.isBroken() == nil {
		err = errors.Join(err, d.db.Close())
	}
	d.compactor.Wait()
	return errors.Join(err, d.file.Close())
}
