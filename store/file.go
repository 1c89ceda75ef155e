package store

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/tidwall/buntdb"
)

// File is a BuntDB file beside a tenant's own, for what is not worth a
// tenant's guarantees: an unfinished record at its end is cut off, and nobody
// waits for a sync. Otherwise it is opened and written with the same care. Its
// methods are for one goroutine at a time.
type File struct {
	path   string
	db     *buntdb.DB
	file   *os.File // for fsync; BuntDB's own holds its lock meanwhile
	broken error    // BuntDB must not be called again
}

// FormatError is returned for a file whose format is not one to be read.
type FormatError struct {
	Path   string
	Format int // 0 for a file that says none
	Newest int // that can be read
}

func (e *FormatError) Error() string {
	if e.Format == 0 {
		return fmt.Sprintf("%s does not say which format of airmock's it has", e.Path)
	}
	return fmt.Sprintf("%s has format %d, of a newer airmock; this one reads up to format %d", e.Path, e.Format, e.Newest)
}

// SetAside gives a file that cannot be used another name, which it returns.
func SetAside(path string, now time.Time) (aside string, err error) {
	aside = fmt.Sprintf("%s.damaged-%s", path, now.UTC().Format("20060102T150405.000Z"))
	return aside, os.Rename(path, aside)
}

// OpenFile opens the file at path, which it makes if missing and gives the
// record newFormat, such as {"format":1}. The error is a *DamageError or a
// *FormatError where the file cannot be used as it is.
func OpenFile(path, newFormat string) (_ *File, err error) {
	if err := os.Remove(path + tempSuffix); err != nil && !errors.Is(err, os.ErrNotExist) {
		return nil, fmt.Errorf("remove what an interrupted rewriting left: %w", err)
	}
	f := &File{path: path}
	defer func() {
		if err != nil {
			err = errors.Join(err, f.release())
		}
	}()
	if f.file, err = os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600); err != nil {
		return nil, err
	}
	l, err := inspect(f.file)
	newest, _ := parseFormat(newFormat)
	if n, ok := parseFormat(l.format); l.records > 0 && (!ok || n > newest) {
		return nil, &FormatError{Path: path, Format: n, Newest: newest}
	}
	if err != nil {
		return nil, err
	}
	if err := f.file.Truncate(l.end); err != nil {
		return nil, fmt.Errorf("cut the unfinished end off %s: %w", path, err)
	}
	if f.db, err = openBunt(path); err != nil {
		return nil, &DamageError{Path: path, What: fmt.Sprintf("begins what BuntDB cannot read: %v", err)}
	}
	if l.records > 0 {
		return f, nil
	}
	return f, errors.Join(f.Write(map[string]string{keyFormat: newFormat}), f.Sync(), syncDir(filepath.Dir(path)))
}

// Each calls fn with every key that begins with prefix, in order, until fn
// returns false.
func (f *File) Each(prefix string, fn func(key, value string) bool) error {
	if f.broken != nil {
		return f.broken
	}
	return f.db.View(func(tx *buntdb.Tx) error {
		return tx.AscendGreaterOrEqual("", prefix, func(key, value string) bool {
			return strings.HasPrefix(key, prefix) && fn(key, value)
		})
	})
}

// Write sets the keys of changes to their values; "" deletes a key. Keys and
// values must have no carriage return. After an error nothing has changed.
func (f *File) Write(changes map[string]string) (err error) {
	if f.broken != nil {
		return f.broken
	}
	defer f.mayBreak(&err)
	ws := make([]write, 0, len(changes))
	for key, value := range changes {
		ws = append(ws, write{key, value})
	}
	err = f.db.Update(func(tx *buntdb.Tx) error {
		_, err := setAll(tx, ws)
		return err
	})
	if err != nil {
		return fmt.Errorf("write to %s: %w", f.path, err)
	}
	return nil
}

// mayBreak makes a panic of BuntDB's an error, for good: it panics with its
// lock held.
func (f *File) mayBreak(err *error) {
	if r := recover(); r != nil {
		f.broken = fmt.Errorf("buntdb gave up on %s: %v", f.path, r)
		*err = f.broken
	}
}

// Sync waits until the disk has what was written. After an error only Rewrite
// makes sure of that: the system forgets which pages it could not write.
func (f *File) Sync() error {
	if f.broken != nil {
		return f.broken
	}
	if err := f.file.Sync(); err != nil {
		return fmt.Errorf("sync %s: %w", f.path, err)
	}
	return nil
}

// Size returns the size of the file in bytes: BuntDB appends, also what
// replaces a value.
func (f *File) Size() (int64, error) {
	if f.broken != nil {
		return 0, f.broken
	}
	info, err := f.file.Stat()
	if err != nil {
		return 0, err
	}
	return info.Size(), nil
}

// Free returns how many bytes can still be written to the file's disk.
func (f *File) Free() (uint64, error) { return freeBytes(filepath.Dir(f.path)) }

// Rewrite replaces the file by one that has each key once. At every instant
// there is a whole file under the name, on the disk too. Unlike BuntDB's
// Shrink it neither sleeps nor panics where the new file cannot be opened.
func (f *File) Rewrite() error {
	if f.broken != nil {
		return f.broken
	}
	temp := f.path + tempSuffix
	if err := f.save(temp); err != nil {
		return errors.Join(fmt.Errorf("write %s anew: %w", f.path, err), os.Remove(temp))
	}
	// Windows renames no file that is open.
	err := errors.Join(f.release(), os.Rename(temp, f.path), syncDir(filepath.Dir(f.path)))
	if err == nil {
		f.file, err = os.OpenFile(f.path, os.O_RDWR, 0)
	}
	if err == nil {
		f.db, err = openBunt(f.path)
	}
	if err != nil {
		f.broken = fmt.Errorf("open %s, which was written anew: %w", f.path, err)
		return errors.Join(f.broken, f.release())
	}
	return nil
}

func (f *File) save(path string) error {
	out, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return err
	}
	return errors.Join(f.db.Save(out), out.Sync(), out.Close())
}

// Close syncs and closes the file.
func (f *File) Close() error {
	if f.broken != nil {
		return f.release()
	}
	return errors.Join(f.Sync(), f.release())
}

// release closes what is open.
func (f *File) release() error {
	var err error
	if f.db != nil && f.broken == nil { // one that panicked has its lock held
		err = f.db.Close()
	}
	f.db = nil
	if f.file != nil {
		err = errors.Join(err, f.file.Close())
	}
	f.file = nil
	return err
}
