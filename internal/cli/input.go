package cli

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
)

// input is a file that is being read, or stdin.
type input struct {
	in   io.Reader
	file *os.File // nil for stdin
	size int64    // 0 where it is unknown
	read int64
	bar  *progress
}

// openInput opens the file with that name, or for - stdin, which ends with ctx.
func (p *program) openInput(ctx context.Context, name string) (*input, error) {
	bar := newProgress(p.stderr, "reading")
	if name == "-" {
		return &input{in: untilDone(ctx, p.stdin), bar: bar}, nil
	}
	file, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	info, err := file.Stat()
	if err == nil && info.IsDir() {
		err = fmt.Errorf("%s is a directory; name a file", name)
	}
	if err != nil {
		return nil, errors.Join(err, file.Close())
	}
	return &input{in: file, file: file, size: info.Size(), bar: bar}, nil
}

func (f *input) Read(p []byte) (int, error) {
	n, err := f.in.Read(p)
	f.read += int64(n)
	if f.size > 0 {
		f.bar.show(float64(f.read) / float64(f.size))
	}
	return n, err
}

// head returns the beginning of the file, which is read again after it.
func (f *input) head() ([]byte, error) {
	in := bufio.NewReaderSize(f.in, 64<<10)
	f.in = in
	head, err := in.Peek(in.Size())
	if errors.Is(err, io.EOF) {
		err = nil
	}
	return head, err
}

// rewind goes back to the start.
func (f *input) rewind() error {
	if f.file == nil {
		return errors.New("stdin cannot be read twice, as it must be here; import a file")
	}
	f.read, f.in = 0, f.file
	_, err := f.file.Seek(0, io.SeekStart)
	return err
}

func (f *input) close() {
	if f.file != nil {
		_ = f.file.Close()
	}
}

// untilDone reads what in has to say until ctx ends, even where in says nothing
// any more, as a terminal at which nobody types. Its goroutine ends with in, or
// with the program.
func untilDone(ctx context.Context, in io.Reader) io.Reader {
	out, write := io.Pipe()
	go func() {
		_, err := io.Copy(write, in)
		_ = write.CloseWithError(err)
	}()
	context.AfterFunc(ctx, func() { _ = out.CloseWithError(ctx.Err()) })
	return out
}
