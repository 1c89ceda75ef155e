package store

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"airmock/internal/scim"
)

// RepairOptions say how a directory is repaired.
type RepairOptions struct {
	Dir      string             // that has the damaged data file; it is only read
	To       string             // the new directory; "": Dir with -repaired behind it
	Force    bool               // write it even where nothing is wrong
	Catalog  *scim.Catalog      // the tenant's; nil: scim.StandardCatalog
	Now      func() time.Time   // nil: time.Now
	Progress func(done float64) // told now and then, from 0 to 1; nil: nobody
}

// RepairReport is what a repair found and saved.
type RepairReport struct {
	From     string        `json:"from"`           // the data file that was read
	To       string        `json:"to,omitempty"`   // the directory that was written; "" where nothing was wrong
	Bytes    int64         `json:"bytes"`          // of the file
	Kinds    []KindCount   `json:"kinds"`          // users, groups, memberships, tokens, custom types, other
	Dangling int           `json:"dangling"`       // of the lost memberships, those whose group or member is lost or deleted
	Damage   []DamagedPart `json:"damage"`         // the first of the damaged places, in order
	Places   int           `json:"damagedPlaces"`  // all of them
	Format   bool          `json:"formatReplaced"` // the file did not say its format any more
}

// KindCount counts the records of one kind.
type KindCount struct {
	Kind  string `json:"kind"`
	Kept  int    `json:"kept"`
	Older int    `json:"older"` // of those kept, in an older version, because the last one cannot be read
	Lost  int    `json:"lost"`  // known to have been there, and not kept
}

// DamagedPart is a place in the file that is no sound record.
type DamagedPart struct {
	Offset int64  `json:"offset"`
	Bytes  int64  `json:"bytes"`
	What   string `json:"what"`
	Key    string `json:"key,omitempty"` // of the record, where that can be read
	Saved  bool   `json:"saved"`         // its content was read all the same
}

// Sound reports whether nothing was wrong.
func (r *RepairReport) Sound() bool { return r.Places == 0 && r.Dangling == 0 && !r.Format }

// Lost is how many records are lost, of all kinds.
func (r *RepairReport) Lost() (n int) {
	for _, k := range r.Kinds {
		n += k.Lost
	}
	return n
}

const maxDamageListed = 100

// Repair saves every record that can be read of a directory's data file into a
// new directory, which opens. The last readable version of each key counts, and
// deletions do. The original is not changed; where a tenant runs on it, or the
// new directory holds something, nothing is done. Where nothing is wrong,
// nothing is written unless Force is set. What was begun is removed again where
// the repair fails or ctx ends.
func Repair(ctx context.Context, o RepairOptions) (_ *RepairReport, err error) {
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Progress == nil {
		o.Progress = func(float64) {}
	}
	if o.To == "" {
		o.To = filepath.Clean(o.Dir) + "-repaired"
	}
	from, err := repairSource(o.Dir)
	if err != nil {
		return nil, err
	}
	lock, err := lockToRead(o.Dir)
	if err != nil {
		return nil, err
	}
	if lock != nil {
		defer func() { err = errors.Join(err, lock.Unlock()) }()
	}
	if err := checkEmpty(o.To); err != nil {
		return nil, err
	}
	s, err := salvageFile(ctx, from, func(done float64) { o.Progress(done / 2) })
	if err != nil {
		return nil, fmt.Errorf("read the data to repair: %w", err)
	}
	report := s.report()
	format, known := parseFormat(s.format)
	if known && format > currentFormat {
		return nil, newerFormat(from, format)
	}
	report.Format = !known && s.size > 0 // an empty file is one that nobody has written to yet
	if report.Sound() && !o.Force {
		return report, nil
	}
	if len(s.values) == 0 && s.size > 0 && !known {
		return report, fmt.Errorf("%s holds no record that can be read; nothing was written", from)
	}
	if err := s.save(ctx, o); err != nil {
		return report, err
	}
	report.To = o.To
	o.Progress(1)
	return report, nil
}

// repairSource is the file to read: the data file, or what an interrupted
// compaction left of it.
func repairSource(dir string) (string, error) {
	path := filepath.Join(dir, dataFile)
	for _, candidate := range []string{path, path + backupSuffix, path + tempSuffix} {
		if info, err := os.Stat(candidate); err == nil && info.Mode().IsRegular() {
			return candidate, nil
		} else if err != nil && !errors.Is(err, os.ErrNotExist) {
			return "", fmt.Errorf("read the data to repair: %w; give the directory that has %s", err, dataFile)
		}
	}
	return "", fmt.Errorf("there is no %s in %s; give the data directory of a tenant", dataFile, dir)
}

// checkEmpty refuses a directory that holds something.
func checkEmpty(dir string) error {
	entries, err := os.ReadDir(dir)
	switch {
	case errors.Is(err, os.ErrNotExist):
		return nil
	case err != nil:
		return fmt.Errorf("look at the directory to write to: %w; choose another one", err)
	case len(entries) > 0:
		return fmt.Errorf("%s is not empty (it holds %s); nothing there is overwritten: choose another directory", dir, entries[0].Name())
	}
	return nil
}

// save writes what was salvaged into the new directory and opens that once.
func (s *salvage) save(ctx context.Context, o RepairOptions) (err error) {
	made := !exists(o.To)
	if err := os.MkdirAll(o.To, 0o700); err != nil {
		return fmt.Errorf("make the new directory: %w", err)
	}
	path := filepath.Join(o.To, dataFile)
	defer func() {
		if err == nil {
			return
		}
		for _, name := range []string{dataFile + tempSuffix, dataFile, lockFile} {
			_ = os.Remove(filepath.Join(o.To, name)) // it was empty before
		}
		if made {
			_ = os.Remove(o.To)
		}
	}()
	temp := path + tempSuffix
	format := s.format
	if _, known := parseFormat(format); !known {
		if format, err = newFormat(o.Now()); err != nil {
			return err
		}
	}
	err = s.writeFile(ctx, temp, format, func(done float64) { o.Progress((1 + done) / 2) })
	if err != nil {
		return fmt.Errorf("write the repaired data: %w", err)
	}
	if err := errors.Join(os.Rename(temp, path), syncDir(o.To), syncDir(filepath.Dir(filepath.Clean(o.To)))); err != nil {
		return fmt.Errorf("finish the repaired data: %w", err)
	}
	check := New(Options{Dir: o.To, Catalog: o.Catalog, Now: o.Now})
	if err := check.Open(ctx); err != nil {
		return fmt.Errorf("open the repaired data: %w", err)
	}
	return check.Close()
}
