package store

import (
	"errors"
	"fmt"
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
	if err := os.Remove(temp); err != nil && !errors.Is(err, os.ErrNotExist) {
		return fmt.Errorf("remove what an interrupted compaction left: %w", err)
	}
	return nil
}

func settleBackup(path, backup string, now time.Time, warn func(string)) error {
	wrong, err := distrust(path, backup)
	if err != nil {
		return err
	}
	if wrong == "" {
		// A power cut must not find neither of them whole.
		if err := syncFile(path); err != nil {
			return err
		}
		return errors.Join(os.Remove(backup), syncDir(filepath.Dir(path)))
	}
	if _, err := inspectPath(backup); err != nil {
		return fmt.Errorf("%s; its copy from before a compaction cannot be used either: %w", wrong, err)
	}
	kept := ""
	if exists(path) {
		kept = fmt.Sprintf("%s.damaged-%s", path, stamp(now))
		if err := os.Rename(path, kept); err != nil {
			return fmt.Errorf("keep the damaged file: %w", err)
		}
		wrong += "; it is kept as " + kept
	}
	if err := errors.Join(os.Rename(backup, path), syncDir(filepath.Dir(path))); err != nil {
		return fmt.Errorf("take the file from before a compaction: %w", err)
	}
	warn(wrong + "; the tenant continues with the file from before the compaction that was interrupted")
	return nil
}

// distrust says what is wrong with the file at path, or "". A file that a power
// cut cut short is sound in its structure, so it must also know each record
// that the backup has.
func distrust(path, backup string) (wrong string, err error) {
	a, errA := os.Stat(path)
	b, errB := os.Stat(backup)
	switch {
	case errors.Is(errA, os.ErrNotExist):
		return path + " is missing", nil
	case errA != nil || errB != nil:
		return "", errors.Join(errA, errB)
	case os.SameFile(a, b):
		return "", nil // the compaction had not replaced the file yet
	}
	var damage *DamageError
	if _, err := inspectPath(path); errors.As(err, &damage) {
		return fmt.Sprintf("%s is damaged: at byte %d %s", path, damage.Offset, damage.What), nil
	} else if err != nil {
		return "", err
	}
	key, err := missingFrom(path, backup)
	if err != nil || key == "" {
		return "", err
	}
	return fmt.Sprintf("%s is cut short: it says nothing of %q", path, key), nil
}

// missingFrom returns a key that backup has and path does not mention, or "".
func missingFrom(path, backup string) (string, error) {
	keys := make(map[string]bool)
	err := eachBlock(backup, func(b block) error {
		if c, ok := b.command(); ok {
			keys[c.key] = true
			if c.deletes {
				delete(keys, c.key)
			}
		}
		return nil
	})
	if err != nil || len(keys) == 0 {
		return "", err
	}
	err = eachBlock(path, func(b block) error {
		if c, ok := b.command(); ok {
			delete(keys, c.key)
		}
		return nil
	})
	for key := range keys {
		return key, err
	}
	return "", err
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
