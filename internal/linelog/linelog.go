// Package linelog is the plain face of a tenant: each call as one line of text
// for people, or as one JSON object for programs.
package linelog

import (
	"context"
	"fmt"
	"io"
	"strconv"
	"time"

	"airmock/internal/entra"
	"airmock/internal/journal"
)

// Format is what a Logger writes of each call.
type Format string

// The formats. They are the values of the flag --log.
const (
	Text Format = "text" // a line for people, see Line
	JSON Format = "json" // an object, see entra.AppendCall
	None Format = "none" // nothing
)

// Options say how a Logger writes.
type Options struct {
	Format   Format         // "": Text
	Location *time.Location // of the times in lines; nil: time.Local
	Color    bool           // whether lines are coloured: the writer is a terminal, and NO_COLOR is unset
}

// batch is how many calls are taken from the journal at once.
const batch = 64

// Logger writes the calls of a journal. It follows the journal at its own pace:
// where the writer is so slow that the journal drops calls in the meantime, it
// says how many, and no call ever waits for it.
type Logger struct {
	w    io.Writer
	form form
	buf  []byte
	seq  uint64 // of the last call that was written
}

// form appends to dst what stands for a call, and for calls that were missed.
type form struct {
	call   func(dst []byte, c *journal.Call) []byte
	missed func(dst []byte, n int) []byte
}

// New returns a logger that writes to w.
func New(w io.Writer, o Options) *Logger {
	if o.Location == nil {
		o.Location = time.Local
	}
	return &Logger{w: w, form: formOf(o)}
}

func formOf(o Options) form {
	switch o.Format {
	case None:
		return form{}
	case JSON:
		return form{
			call:   func(dst []byte, c *journal.Call) []byte { return append(entra.AppendCall(dst, c), '\n') },
			missed: appendMissedJSON,
		}
	}
	return form{
		call: func(dst []byte, c *journal.Call) []byte {
			return append(rowOf(c).append(dst, o.Location, o.Color), '\n')
		},
		missed: appendMissed,
	}
}

func appendMissed(dst []byte, n int) []byte {
	if n == 1 {
		return append(dst, "… 1 call dropped\n"...)
	}
	return fmt.Appendf(dst, "… %d calls dropped\n", n)
}

func appendMissedJSON(dst []byte, n int) []byte {
	dst = append(dst, `{"missed":`...)
	return append(strconv.AppendInt(dst, int64(n), 10), '}', '\n')
}

// Run writes each call of j that it has not written yet, and each that comes,
// until ctx ends; then it writes what is in the journal by that time and
// returns nil. A failing writer ends it at once with that error.
//
// Run may be called again, one at a time: calls that complete while a server
// closes are written by one more Run with a context that has ended.
func (l *Logger) Run(ctx context.Context, j *journal.Journal) error {
	if l.form.call == nil {
		<-ctx.Done()
		return nil
	}
	l.seq = max(l.seq, j.Restored()) // the process that made those wrote them
	watcher := j.Watch()
	defer watcher.Close()
	for {
		if err := l.write(j); err != nil {
			return err
		}
		select {
		case <-watcher.C:
		case <-ctx.Done():
			return l.write(j)
		}
	}
}

// write writes the calls that are in the journal now. Those that come
// meanwhile are left for the next time, so that it ends.
func (l *Logger) write(j *journal.Journal) error {
	for _, last := j.Bounds(); l.seq < last; {
		calls, missed := j.Since(l.seq, batch)
		l.buf = l.buf[:0]
		if missed > 0 {
			l.buf = l.form.missed(l.buf, missed)
		}
		for _, c := range calls {
			l.buf = l.form.call(l.buf, c)
			l.seq = c.Seq
		}
		if _, err := l.w.Write(l.buf); err != nil {
			return fmt.Errorf("write the log of calls: %w", err)
		}
	}
	return nil
}
