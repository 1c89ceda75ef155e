package store

import (
	"cmp"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"time"

	"github.com/tidwall/buntdb"
)

// The file is a log, so it grows with every change. It is compacted, written
// anew without what no longer counts, once it is large and most of it is that.
const (
	compactMin      = 64 << 20 // bytes
	compactFactor   = 2        // times the bytes that count
	compactInterval = time.Second
	compactRetry    = time.Hour
	compactRest     = 10 // times what the last one took
)

// compaction says when a file is compacted.
type compaction struct {
	min      int64         // bytes that a file has at least; 0: compactMin
	interval time.Duration // between two looks at it; 0: compactInterval
	retry    time.Duration // after one that failed; 0: compactRetry
	rest     int           // after one, as a multiple of what it took; 0: compactRest
}

// startCompacting looks at the file now and then, and compacts it where that is
// worth it, beside the writer, until close. A compaction that failed leaves
// everything as it was, is told to warn once, and is tried again much later;
// one that put the file in doubt is also told to failed, as by startSyncing.
func (d *bunt) startCompacting(c compaction, warn func(string), failed func(error)) {
	c.min = cmp.Or(c.min, compactMin)
	c.interval = cmp.Or(c.interval, compactInterval)
	c.retry = cmp.Or(c.retry, compactRetry)
	c.rest = cmp.Or(c.rest, compactRest)
	d.compactor.Go(func() { d.compactEvery(c, warn, failed) })
}

func (d *bunt) compactEvery(c compaction, warn func(string), failed func(error)) {
	told := false
	for wait := c.interval; d.runsFor(wait); {
		wait = c.interval
		if !d.isBloated(c.min) {
			continue
		}
		start := time.Now()
		err := d.compact()
		switch {
		case err == nil:
			told = false
			wait = max(wait, time.Duration(c.rest)*time.Since(start)) // many writes bloat it again at once
		case errors.Is(err, buntdb.ErrDatabaseClosed): // close did not wait for it
		default:
			if d.doubted.Load() || d.isBroken() != nil {
				failed(err)
			}
			if !told {
				warn(d.notCompacted(err, c.retry))
			}
			told, wait = true, c.retry
		}
	}
}

// notCompacted says what a compaction that failed means.
func (d *bunt) notCompacted(err error, retry time.Duration) string {
	switch {
	case d.isBroken() != nil:
		return fmt.Sprintf("%s is not compacted, and takes no writes, until the next start: %v", d.path, err)
	case d.doubted.Load():
		return fmt.Sprintf("%s could not be compacted, and takes no writes until it is written anew: %v", d.path, err)
	}
	return fmt.Sprintf("%s could not be compacted and keeps growing: %v; the next try is in %v", d.path, err, retry)
}

// runsFor waits, and is false where close comes first.
func (d *bunt) runsFor(wait time.Duration) bool {
	timer := time.NewTimer(wait)
	defer timer.Stop()
	select {
	case <-d.stop:
		return false
	case <-timer.C:
		return true
	}
}

// isBloated reports whether a compaction is worth it, and possible.
func (d *bunt) isBloated(least int64) bool {
	if d.doubted.Load() || d.isBroken() != nil {
		return false
	}
	info, err := os.Stat(d.path)
	return err == nil && info.Size() > least && info.Size() > compactFactor*d.live.Load()
}

// compact writes the file anew while reads and writes go on. Nothing is done
// where the disk has no room for it, or the file system no second names.
func (d *bunt) compact() error {
	d.replacing.Lock()
	defer d.replacing.Unlock()
	need := d.live.Load() / 10 * 11
	free, err := freeBytes(filepath.Dir(d.path))
	if err != nil {
		return fmt.Errorf("find out the free space: %w", err)
	}
	if free < uint64(need) {
		return fmt.Errorf("the disk has %d MB free, and %d MB are needed for a new file beside the old one", free>>20, need>>20+1)
	}
	if err := d.keepOld(); err != nil {
		return fmt.Errorf("%w; it is not compacted without, as a power cut could lose it; when the tenant is stopped, a compact copy is written by: %s --force",
			err, repairCommand(filepath.Dir(d.path)))
	}
	return d.replace()
}

// keepOld gives the file a second name, under which settleCompaction finds it.
func (d *bunt) keepOld() error {
	if d.old.Load() != nil {
		return nil // one that is safer than the file
	}
	backup := d.path + backupSuffix
	if err := remove(backup); err != nil {
		return err
	}
	if err := os.Link(d.path, backup); err != nil {
		return fmt.Errorf("give the file a second name: %w", err)
	}
	if err := syncDir(filepath.Dir(d.path)); err != nil {
		return errors.Join(err, remove(backup))
	}
	return nil
}

// replace makes BuntDB replace the file by one with what it has in memory. The
// caller holds replacing.
func (d *bunt) replace() error {
	if d.old.Load() == nil {
		old, err := identify(d.path)
		if err != nil {
			return err
		}
		d.old.Store(&old)
	}
	err := d.shrink()
	if d.isReplaced() {
		return errors.Join(err, d.settle())
	}
	d.old.Store(nil)
	return errors.Join(err, remove(d.path+backupSuffix))
}

// identify returns what os.SameFile needs. Windows would look at a file that was
// not open only when it is asked, and find another one.
func identify(path string) (os.FileInfo, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	info, err := f.Stat()
	return info, errors.Join(err, f.Close())
}

// isReplaced reports whether BuntDB has replaced the file, which it does at an
// instant that it does not tell, and the new one is not settled. That cannot
// change while BuntDB lets nobody write.
func (d *bunt) isReplaced() bool {
	old := d.old.Load()
	if old == nil {
		return false
	}
	now, err := os.Stat(d.path)
	return err != nil || !os.SameFile(*old, now)
}

// settle makes a new file safe and ends what the old one is there for. Nothing
// is written to the new one before: until then the backup has everything that
// was acknowledged, and from then on the new file does.
func (d *bunt) settle() error {
	d.fileMu.Lock()
	defer d.fileMu.Unlock()
	if !d.isReplaced() {
		return nil // the writer or the compaction has done it, whoever came first
	}
	dir := filepath.Dir(d.path)
	file, err := os.OpenFile(d.path, os.O_RDWR, 0)
	if err != nil {
		return err
	}
	if err := errors.Join(file.Sync(), syncDir(dir)); err != nil {
		d.doubted.Store(true)
		return errors.Join(fmt.Errorf("sync the compacted %s: %w", d.path, err), file.Close())
	}
	_ = d.file.Close() // of the backup
	d.file = file
	if err := errors.Join(remove(d.path+backupSuffix), syncDir(dir)); err != nil {
		return err
	}
	d.old.Store(nil)
	return nil
}

// replacesOpenFiles is whether the system gives a file's name to another one
// while somebody has it open.
const replacesOpenFiles = runtime.GOOS != "windows"

func (d *bunt) shrink() (err error) {
	defer d.mayBreak(&err)
	if d.shareless {
		d.fileMu.Lock()
		defer d.fileMu.Unlock()
		_ = d.file.Close()
		defer func() {
			if file, openErr := os.OpenFile(d.path, os.O_RDWR, 0); openErr == nil {
				d.file = file // otherwise the next sync fails
			}
		}()
		return d.db.Shrink()
	}
	defer d.syncEarly()()
	return d.db.Shrink()
}

// syncEarly syncs the new file while it is written, so that little is left when
// it takes the place of the old one and writes wait for that. The function that
// it returns ends that.
func (d *bunt) syncEarly() (end func()) {
	done := make(chan struct{})
	d.early.Go(func() {
		tick := time.NewTicker(earlyInterval)
		defer tick.Stop()
		for {
			select {
			case <-done:
				return
			case <-tick.C:
				_ = syncFile(d.path + tempSuffix) // there is none yet, or what fails here fails again
			}
		}
	})
	return func() {
		close(done)
		d.early.Wait()
	}
}

const earlyInterval = 50 * time.Millisecond

// liveBytes is how large the file would be with nothing in it but what counts.
func liveBytes(db *buntdb.DB) (n int64, err error) {
	err = db.View(func(tx *buntdb.Tx) error {
		return tx.Ascend("", func(key, value string) bool {
			n += sizeOf(key, value)
			return true
		})
	})
	return n, err
}

// sizeOf is how many bytes a record takes in the file; 0 for one that is not
// there.
func sizeOf(key, value string) int64 {
	if value == "" {
		return 0
	}
	return int64(frameLen) + textSize(key) + textSize(value)
}

func textSize(text string) int64 {
	return int64(len("$") + len(strconv.Itoa(len(text))) + len(crlf) + len(text) + len(crlf))
}

func sizeOfAll(ws []write) (n int64) {
	for _, w := range ws {
		n += sizeOf(w.key, w.value)
	}
	return n
}

// remove removes a file that may not be there.
func remove(path string) error {
	if err := os.Remove(path); err != nil && !errors.Is(err, os.ErrNotExist) {
		return err
	}
	return nil
}
