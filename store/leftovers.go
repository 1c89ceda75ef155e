package store

import (
	"errors"
	"fmt"
	"hash/maphash"
	"os"
	"path/filepath"
	"time"
)

// What a compaction has beside the data file while it runs: another name for
// the file as it was, until the new one is safe on the disk, and the new one
// until it is complete.
const (
	backupSuffix = ".bak"
	tempSuffix   = ".tmp"
)

// settleCompaction ends what a compaction left that was interrupted, so that
// path is the file to open. Where that cannot be trusted and the backup can,
// both are kept and the backup takes its place.
func settleCompaction(path string, now time.Time, warn func(string)) error {
	backup, temp := path+backupSuffix, path+tempSuffix
	switch {
	case exists(backup):
		if err := settleBackup(path, backup, now, warn); err != nil {
			return err
		}
	case !exists(path) && exists(temp):
		return fmt.Errorf("%s is missing, but %s is there, which a compaction or a repair was writing when it was interrupted; to save what it holds into a new directory: %s",
			path, temp, repairCommand(filepath.Dir(path)))
	}
	if err := remove(temp); err != nil {
		return fmt.Errorf("remove what an interrupted compaction left: %w", err)
	}
	return nil
}

// settleBackup decides between the file and its backup. Nothing is written to a
// new file before its backup is gone, so the backup has everything, and the new
// file may be cut short by a power cut. Only where the file knows something
// that the backup does not, this one was left behind and is old.
func settleBackup(path, backup string, now time.Time, warn func(string)) error {
	a, errA := os.Stat(path)
	b, errB := os.Stat(backup)
	switch {
	case errors.Is(errA, os.ErrNotExist):
		return takeBackup(path, backup, path+" is missing", now, warn)
	case errA != nil || errB != nil:
		return errors.Join(errA, errB)
	case os.SameFile(a, b): // the compaction had not replaced the file yet
		return dropBackup(path, backup)
	}
	wrong, err := damageOf(path)
	if err != nil {
		return err
	}
	if wrong != "" {
		return takeBackup(path, backup, wrong, now, warn)
	}
	if wrong, err = damageOf(backup); err != nil {
		return err
	}
	if wrong != "" {
		kept, err := setAside(backup, now)
		if err == nil {
			warn(fmt.Sprintf("%s; it is kept as %s; the tenant continues with the file that a compaction made of it, which may lack the last changes before a power cut", wrong, kept))
		}
		return err
	}
	newer, err := isNewer(path, backup)
	if err != nil {
		return err
	}
	if newer {
		return dropBackup(path, backup)
	}
	return takeBackup(path, backup, "", now, warn)
}

func dropBackup(path, backup string) error {
	// A power cut must not find neither of them whole.
	if err := syncFile(path); err != nil {
		return err
	}
	return errors.Join(os.Remove(backup), syncDir(filepath.Dir(path)))
}

// takeBackup puts the backup in the place of the file. A file with which
// something is wrong is kept.
func takeBackup(path, backup, wrong string, now time.Time, warn func(string)) error {
	broken, err := damageOf(backup)
	if err != nil {
		return err
	}
	switch {
	case broken != "":
		return fmt.Errorf("%s, and %s, which is its copy from before a compaction that was interrupted; to save what can be read into a new directory: %s",
			wrong, broken, repairCommand(filepath.Dir(path)))
	case wrong != "" && exists(path):
		kept, err := setAside(path, now)
		if err != nil {
			return err
		}
		wrong += "; it is kept as " + kept
	}
	if err := errors.Join(os.Rename(backup, path), syncDir(filepath.Dir(path))); err != nil {
		return fmt.Errorf("take the file from before a compaction: %w", err)
	}
	if wrong != "" {
		warn(wrong + "; the tenant continues with the file from before the compaction that was interrupted")
	}
	return nil
}

// setAside keeps a damaged file under another name.
func setAside(path string, now time.Time) (kept string, err error) {
	kept = fmt.Sprintf("%s.damaged-%s", path, stamp(now))
	if err := os.Rename(path, kept); err != nil {
		return "", fmt.Errorf("keep the damaged file: %w", err)
	}
	return kept, nil
}

// damageOf says what is wrong with the structure of a file, or "".
func damageOf(path string) (string, error) {
	var damage *DamageError
	_, err := inspectPath(path)
	if errors.As(err, &damage) {
		return fmt.Sprintf("%s is damaged: at byte %d %s", path, damage.Offset, damage.What), nil
	}
	return "", err
}

// isNewer reports whether path has a record, or a deletion, that backup never
// had.
func isNewer(path, backup string) (newer bool, err error) {
	seed := maphash.MakeSeed()
	hash := func(c command) uint64 { return maphash.Comparable(seed, [2]string{c.key, c.value}) }
	known := make(map[uint64]bool)
	err = eachCommand(backup, func(c command) { known[hash(c)] = true })
	if err != nil {
		return false, err
	}
	err = eachCommand(path, func(c command) {
		newer = newer || c.check() == nil && !known[hash(c)]
	})
	return newer, err
}

// eachCommand calls fn with the whole records of a file, in order.
func eachCommand(path string, fn func(command)) error {
	return eachBlock(path, func(b block) error {
		if c, ok := b.command(); ok {
			fn(c)
		}
		return nil
	})
}

func inspectPath(path string) (layout, error) {
	f, err := os.Open(path)
	if err != nil {
		return layout{}, err
	}
	defer f.Close()
	return inspect(f)
}

func syncFile(path string) error {
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close())
}

func exists(path string) bool {
	_, err := os.Lstat(path)
	return err == nil
}
