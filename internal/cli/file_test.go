package cli

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestAFileIsWrittenWholeOrNotAtAll(t *testing.T) {
	broken := errors.New("broken")
	tests := []struct {
		name   string
		before string // "" for no file
		force  bool
		fails  error
		want   string
		says   string
	}{
		{"a new file", "", false, nil, "new", ""},
		{"a new file that breaks off", "", false, broken, "", "broken"},
		{"one that exists", "old", false, nil, "old", "nothing is overwritten without --force"},
		{"one that exists, with force", "old", true, nil, "new", ""},
		{"one that exists, with force, and breaks off", "old", true, broken, "old", "broken"},
		{"a new file, with force", "", true, nil, "new", ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			dir := t.TempDir()
			path := filepath.Join(dir, "file")
			if tt.before != "" {
				if err := os.WriteFile(path, []byte(tt.before), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			err := writeWhole(path, tt.force, func(w io.Writer) error {
				_, err := io.WriteString(w, "new")
				return errors.Join(err, tt.fails)
			})
			if (err != nil) != (tt.says != "") || err != nil && !strings.Contains(err.Error(), tt.says) {
				t.Errorf("the error is %v, want %q", err, tt.says)
			}
			got, _ := os.ReadFile(path)
			left, _ := os.ReadDir(dir)
			if string(got) != tt.want || len(left) > 1 || len(left) == 1 && tt.want == "" {
				t.Errorf("the file has %q, and %d files are there", got, len(left))
			}
		})
	}
}

func TestAFileThatComesMeanwhileIsNotOverwritten(t *testing.T) {
	path := filepath.Join(t.TempDir(), "file")
	err := writeWhole(path, false, func(io.Writer) error { return os.WriteFile(path, []byte("theirs"), 0o600) })
	if got, _ := os.ReadFile(path); string(got) != "theirs" || err == nil {
		t.Errorf("the file has %q, and the error is %v", got, err)
	}
}

func TestWhatIsNoFileIsNotReplaced(t *testing.T) {
	dir := t.TempDir()
	real, link := filepath.Join(dir, "real"), filepath.Join(dir, "link")
	if err := errors.Join(os.WriteFile(real, nil, 0o600), os.Symlink(real, link)); err != nil {
		t.Skip(err)
	}
	write := func(w io.Writer) error { _, err := io.WriteString(w, "new"); return err }
	if err := writeWhole(link, true, write); err != nil {
		t.Error(err)
	}
	if got, _ := os.ReadFile(real); string(got) != "new" {
		t.Errorf("behind the link is %q", got)
	}
	for _, path := range []string{dir, os.DevNull} {
		if err := writeWhole(path, true, write); err == nil {
			t.Errorf("%s was replaced", path)
		}
	}
}
