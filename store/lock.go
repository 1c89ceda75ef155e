package store

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/gofrs/flock"
)

// lockFile is locked instead of the data file, which compaction replaces. It
// holds the number of the process that has it.
const lockFile = "tenant.lock"

// lockDir makes dir and takes its lock, which the system drops with the
// process, however that ends.
func lockDir(dir string) (*flock.Flock, error) {
	const remedy = "a tenant needs a directory that it can write to: make it writable for this user, or choose another one"
	if dir == "" {
		return nil, errors.New("store: no data directory is given")
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, withRemedy(fmt.Errorf("make the data directory: %w", err), remedy)
	}
	if err := tryDir(dir); err != nil {
		return nil, withRemedy(fmt.Errorf("the data directory %s cannot be written to: %w", dir, err), remedy)
	}
	lock := flock.New(filepath.Join(dir, lockFile))
	if err := take(lock, dir); err != nil {
		return nil, withRemedy(err, remedy)
	}
	// For whoever is refused. Where it cannot be written, they are told less.
	_ = os.WriteFile(lock.Path(), []byte(strconv.Itoa(os.Getpid())+"\n"), 0o600)
	return lock, nil
}

// tryDir makes a file in dir, because compaction, a saved tail and the control
// socket will, and fail where it is too late for a clear word.
func tryDir(dir string) error {
	f, err := os.CreateTemp(dir, ".writable-*")
	if denied(err) {
		return err
	}
	if err != nil {
		return nil // what is on a full disk can still be read
	}
	return errors.Join(f.Close(), os.Remove(f.Name()))
}

func take(lock *flock.Flock, dir string) error {
	ok, err := lock.TryLock()
	if err != nil {
		return fmt.Errorf("lock the data directory: %w", err)
	}
	if !ok {
		return fmt.Errorf("another airmock is running on %s (%s holds %s there); stop it or choose another data directory", dir, holder(lock.Path()), lockFile)
	}
	return nil
}

// holder is who has the lock, as far as that is known.
func holder(path string) string {
	text, err := os.ReadFile(path)
	if pid, convErr := strconv.Atoi(strings.TrimSpace(string(text))); err == nil && convErr == nil {
		return fmt.Sprintf("process %d", pid)
	}
	return "it"
}

func unlockDir(lock *flock.Flock) error {
	_ = os.Truncate(lock.Path(), 0)
	return lock.Unlock()
}

// lockToRead takes the lock of a directory that must not be changed. Where it
// has no lock file, nobody runs there; the lock is nil then.
func lockToRead(dir string) (*flock.Flock, error) {
	path := filepath.Join(dir, lockFile)
	if _, err := os.Stat(path); errors.Is(err, os.ErrNotExist) {
		return nil, nil
	}
	lock := flock.New(path, flock.SetFlag(os.O_RDONLY))
	return lock, take(lock, dir)
}
