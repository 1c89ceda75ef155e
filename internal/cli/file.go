package cli

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
)

// writeWhole writes a file beside its place and puts it there when it is
// complete and on the disk, so that it is whole or not there. What exists is
// overwritten with force only, and then it must be a file.
func writeWhole(path string, force bool, write func(io.Writer) error) (err error) {
	switch info, err := os.Stat(path); {
	case errors.Is(err, fs.ErrNotExist):
	case err != nil:
		return err
	case info.IsDir():
		return fmt.Errorf("%s is a directory; name a file in it", path)
	case !info.Mode().IsRegular():
		return fmt.Errorf("%s is no file that can be replaced; write to - and redirect that", path)
	case !force:
		return exists(path)
	default:
		if path, err = filepath.EvalSymlinks(path); err != nil {
			return err
		}
	}
	dir := filepath.Dir(path)
	tmp, err := os.CreateTemp(dir, "."+filepath.Base(path)+".*")
	if err != nil {
		return err
	}
	defer os.Remove(tmp.Name()) // it has no such name any more where all went well
	if err := errors.Join(write(tmp), tmp.Sync(), tmp.Close()); err != nil {
		return err
	}
	if !force {
		switch err := os.Link(tmp.Name(), path); { // unlike a rename, it overwrites nothing that came meanwhile
		case errors.Is(err, fs.ErrExist):
			return exists(path)
		case err == nil:
			syncDir(dir)
			return nil
		}
	}
	if err := os.Rename(tmp.Name(), path); err != nil {
		return err
	}
	syncDir(dir)
	return nil
}

func exists(path string) error {
	return fmt.Errorf("%s exists, and nothing is overwritten without --force", path)
}

// syncDir makes a new name durable, where the system can do that.
func syncDir(dir string) {
	if d, err := os.Open(dir); err == nil {
		_ = d.Sync()
		_ = d.Close()
	}
}
