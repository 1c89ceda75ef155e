package store

import (
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
)

// DamageError is returned by Open for a data file that cannot be trusted.
// It was not opened, and nothing of its records was changed.
type DamageError struct {
	Path   string
	Offset int64  // in bytes, where the damage is
	What   string // "there should be a record and is …"
}

func (e *DamageError) Error() string {
	return fmt.Sprintf("%s is damaged: at byte %d %s; it was not opened. To save what can be read into a new directory: %s",
		e.Path, e.Offset, e.What, repairCommand(filepath.Dir(e.Path)))
}

func damagedAt(offset int64, format string, args ...any) *DamageError {
	return &DamageError{Offset: offset, What: fmt.Sprintf(format, args...)}
}

// repairCommand is what to type to repair a directory.
func repairCommand(dir string) string {
	special := strings.IndexFunc(dir, func(r rune) bool {
		return !(r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || strings.ContainsRune(`/.:_-+@`, r))
	}) >= 0
	switch {
	case !special:
	case runtime.GOOS == "windows":
		dir = `"` + dir + `"`
	default:
		dir = "'" + strings.ReplaceAll(dir, "'", `'\''`) + "'"
	}
	return "airmock repair " + dir
}

// denied reports whether the system does not let this user write.
func denied(err error) bool {
	return errors.Is(err, fs.ErrPermission) || errors.Is(err, syscall.EROFS)
}

// withRemedy adds to an error what would be right, where it is denied.
func withRemedy(err error, remedy string) error {
	if denied(err) {
		return fmt.Errorf("%w; %s", err, remedy)
	}
	return err
}
