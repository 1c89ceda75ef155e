package store

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/tidwall/buntdb"
)

// stageSuffix begins what is behind the data file's name in that of a stage.
const stageSuffix = ".restore-"

// stagedFile is a data file that is written beside the tenant's.
type stagedFile struct {
	path string
	file *os.File
	w    *bufio.Writer
}

func (d *bunt) stage(now time.Time) (stage, error) {
	format, err := newFormat(now)
	if err != nil {
		return nil, err
	}
	f, err := os.CreateTemp(filepath.Dir(d.path), filepath.Base(d.path)+stageSuffix+"*")
	if err != nil {
		return nil, fmt.Errorf("make a new data file: %w", err)
	}
	s := &stagedFile{path: f.Name(), file: f, w: bufio.NewWriterSize(f, 1<<20)}
	return s, s.put(keyFormat, format)
}

func (s *stagedFile) put(key, value string) error {
	if err := writeSet(s.w, key, bytesOf(value)); err != nil {
		return fmt.Errorf("write the new data file: %w", err)
	}
	return nil
}

// finish also reads the file as opening will, so that what takes the place of
// the data file is never one that could not be opened.
func (s *stagedFile) finish() error {
	if err := errors.Join(s.w.Flush(), s.file.Sync(), s.file.Close()); err != nil {
		return fmt.Errorf("write the new data file: %w", err)
	}
	l, err := inspectPath(s.path)
	if err == nil && l.end != l.size {
		err = errors.New("it is not whole")
	}
	if err != nil {
		return fmt.Errorf("check the new data file: %w", err)
	}
	return nil
}

func (s *stagedFile) discard() {
	_ = s.file.Close() // closed already, where it was finished
	_ = os.Remove(s.path)
}

// removeStages removes what a kill left of stages.
func removeStages(path string) error {
	dir := filepath.Dir(path)
	entries, err := os.ReadDir(dir)
	if err != nil {
		return fmt.Errorf("look for what an interrupted restore left: %w", err)
	}
	for _, e := range entries {
		if strings.HasPrefix(e.Name(), filepath.Base(path)+stageSuffix) {
			if err := remove(filepath.Join(dir, e.Name())); err != nil {
				return fmt.Errorf("remove what an interrupted restore left: %w", err)
			}
		}
	}
	return nil
}

// records reads what BuntDB has in memory, which shares its bytes. What a sync
// left in doubt was not acknowledged and is as it was before.
func (d *bunt) records() (all []pair, err error) {
	if err := d.isBroken(); err != nil {
		return nil, err
	}
	defer d.mayBreak(&err)
	undo := make(map[string]string)
	for _, w := range d.undo {
		undo[w.key] = w.value
	}
	err = d.db.View(func(tx *buntdb.Tx) error {
		n, err := tx.Len()
		if err != nil {
			return err
		}
		all = make([]pair, 0, n)
		return tx.Ascend("", func(key, value string) bool {
			if _, ok := undo[key]; !ok && key != keyFormat {
				all = append(all, pair{key, value})
			}
			return true
		})
	})
	if len(undo) == 0 {
		return all, err
	}
	for key, value := range undo {
		if value != "" && key != keyFormat {
			all = append(all, pair{key, value})
		}
	}
	slices.SortFunc(all, func(a, b pair) int { return strings.Compare(a.key, b.key) })
	return all, err
}

// adopt gives the file's name to a stage. Nothing is written meanwhile, so a
// kill leaves one of the two, whole, whichever settleCompaction takes; and what
// follows is written when only the new one is left.
func (d *bunt) adopt(ctx context.Context, next stage, load func(context.Context, records) error) (err error) {
	if err := d.isBroken(); err != nil {
		return err
	}
	d.replacing.Lock()
	defer d.replacing.Unlock()
	if err := d.settle(); err != nil {
		return err
	}
	oldDB, oldFile := d.db, d.file
	dir, backup := filepath.Dir(d.path), d.path+backupSuffix
	if err := d.keepOld(); err != nil {
		if err := os.Rename(d.path, backup); err != nil { // a file system without hard links
			return fmt.Errorf("keep the data file until the new one is safe: %w", err)
		}
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, d.putBack(backup))
		}
	}()
	if d.shareless {
		d.closeFiles(oldDB, oldFile)
	}
	if err := os.Rename(next.(*stagedFile).path, d.path); err != nil {
		return fmt.Errorf("put the new data file in its place: %w", err)
	}
	if err := syncDir(dir); err != nil {
		return fmt.Errorf("put the new data file in its place: %w", err)
	}
	db, live, err := openLoaded(ctx, d.path, load)
	if err != nil {
		return err
	}
	file, err := os.OpenFile(d.path, os.O_RDWR, 0)
	if err == nil {
		err = os.Remove(backup)
	}
	if err != nil {
		if file != nil {
			_ = file.Close()
		}
		return errors.Join(fmt.Errorf("take the new data file: %w", err), db.Close())
	}
	_ = syncDir(dir) // without it, a power cut may bring the backup back, beside a file that knows more
	d.use(db, file, live)
	if !d.shareless {
		d.closeFiles(oldDB, oldFile)
	}
	return nil
}

// use makes db the one that is written to, and file what is synced.
func (d *bunt) use(db *buntdb.DB, file *os.File, live int64) {
	d.fileMu.Lock()
	defer d.fileMu.Unlock()
	d.db, d.file = db, file
	d.live.Store(live)
	d.dirty.Store(false)
	d.undo = nil
}

// closeFiles closes a file that is not needed any more, so what goes wrong does
// not matter.
func (d *bunt) closeFiles(db *buntdb.DB, file *os.File) {
	d.fileMu.Lock() // a sync may be at it
	defer d.fileMu.Unlock()
	_, _ = db.Close(), file.Close()
}

// putBack ends a replacement that failed. Where it fails too, nothing can be
// written until the next start, which finds the backup.
func (d *bunt) putBack(backup string) (err error) {
	defer func() {
		if err != nil {
			err = fmt.Errorf("put %s back: %w; %w", d.path, err, errBroken)
			d.broken.Store(&err)
		}
	}()
	// Two names of one file are no work for a rename, which leaves both.
	if err := errors.Join(os.Rename(backup, d.path), remove(backup), syncDir(filepath.Dir(d.path))); err != nil {
		return err
	}
	if !d.shareless {
		return nil // it was never closed
	}
	db, err := openBunt(d.path)
	if err != nil {
		return err
	}
	file, err := os.OpenFile(d.path, os.O_RDWR, 0)
	if err != nil {
		return errors.Join(err, db.Close())
	}
	d.use(db, file, d.live.Load())
	return nil
}

// openLoaded opens a data file and lets load read it.
func openLoaded(ctx context.Context, path string, load func(context.Context, records) error) (_ *buntdb.DB, live int64, err error) {
	db, err := openBunt(path)
	if err != nil {
		return nil, 0, fmt.Errorf("open %s: %w", path, err)
	}
	if live, err = liveBytes(db); err == nil {
		err = db.View(func(tx *buntdb.Tx) error { return load(ctx, tx) })
	}
	if err != nil {
		return nil, 0, errors.Join(err, db.Close())
	}
	return db, live, nil
}
