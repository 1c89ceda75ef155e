package cli

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
)

// editText lets the user edit a text in $VISUAL or $EDITOR, as a file of that
// name which nobody else can read, and returns what is left in it.
func (p *program) editText(ctx context.Context, name string, text []byte) (edited []byte, err error) {
	editor := cmp.Or(p.env.get("VISUAL"), p.env.get("EDITOR"))
	if editor == "" {
		return nil, errors.New("no editor is known; name one in the environment's EDITOR, such as EDITOR=nano")
	}
	dir, err := os.MkdirTemp("", "airmock-")
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	file := filepath.Join(dir, name)
	if err := os.WriteFile(file, text, 0o600); err != nil {
		return nil, err
	}
	if err := p.runEditor(ctx, editor, file); err != nil {
		return nil, fmt.Errorf("the editor %s failed, and nothing was done: %w", editor, err)
	}
	return os.ReadFile(file)
}

// runEditor runs the editor, which may be a command with arguments, as git reads
// it too.
func (p *program) runEditor(ctx context.Context, editor, file string) error {
	cmd := exec.CommandContext(ctx, "sh", "-c", editor+` "$1"`, "sh", file)
	if runtime.GOOS == "windows" {
		words := append(strings.Fields(editor), file)
		cmd = exec.CommandContext(ctx, words[0], words[1:]...)
	}
	cmd.Env = p.env
	cmd.Stdin, cmd.Stdout, cmd.Stderr = p.stdin, p.stdout, p.stderr
	return cmd.Run()
}
