// Package callsfile keeps the journal across restarts, in calls.db.
//
// It pulls from the journal by number, as every observer does: a call waits for
// nothing here. What the disk does not take, or not fast enough, is not kept,
// and the tenant goes on.
package callsfile

import (
	"cmp"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"sync"
	"time"

	"airmock/internal/journal"
	"airmock/store"
)

const (
	fileName = "calls.db"

	format = 1 // of the chunks; a change that an older airmock would misread gets the next number
)

// Options are the parts of a File.
type Options struct {
	Dir      string           // where calls.db is; it is locked by who asks
	Journal  *journal.Journal // empty; what the file has is restored into it
	NoSync   bool             // leave it to the system when what is written reaches the disk
	MaxCalls int              // that are kept; 0: 10,000, as in a Journal
	MaxBytes int64            // of the file; 0: 64 MiB
	Reserve  uint64           // bytes of the disk that are left to others; 0: 64 MiB
	Now      func() time.Time // nil: time.Now
	Warn     func(string)     // told what is lost, in one line each; nil: nobody
}

// File is calls.db and the goroutine that writes it.
type File struct {
	opts  Options
	path  string
	slots int
	file  *store.File

	state
	stale  bool // a sync failed, so that the file has to be written anew
	failed bool // the disk refused the last time, which was told
	behind bool // it was told that calls were dropped before they were written

	stop chan struct{}
	done chan struct{}
	once sync.Once
}

// Open restores the calls of the file into the journal, and starts to write
// those that come. A file that cannot be used is moved aside, which is told to
// Warn. After an error nothing is kept.
func Open(o Options) (*File, error) {
	f, err := open(o)
	if err != nil {
		return nil, err
	}
	go f.run()
	return f, nil
}

func open(o Options) (*File, error) {
	if o.MaxCalls <= 0 {
		o.MaxCalls = 10_000
	}
	if o.MaxBytes <= 0 {
		o.MaxBytes = 64 << 20
	}
	if o.Reserve == 0 {
		o.Reserve = 64 << 20
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Warn == nil {
		o.Warn = func(string) {}
	}
	f := &File{
		opts: o, path: filepath.Join(o.Dir, fileName),
		slots: (o.MaxCalls+chunkCalls-1)/chunkCalls + 1, // the newest may have a single call
		state: state{open: chunk{number: 1}},
		stop:  make(chan struct{}), done: make(chan struct{}),
	}
	return f, f.load()
}

// Close writes the calls that are in the journal now, and closes the file.
// Closing twice does no harm.
func (f *File) Close() {
	f.once.Do(func() { close(f.stop) })
	<-f.done
}

// load opens the file and restores its calls. A file that is damaged, in its
// structure or in a chunk, is moved aside, and what could be read of it is
// written into a new one.
func (f *File) load() (err error) {
	f.file, err = f.openFile()
	if reason := unusable(err); reason != "" {
		return f.startAnew(reason)
	}
	if err != nil {
		return err
	}
	found, damage := f.read()
	var calls []*journal.Call
	for _, k := range lastRun(found) {
		calls = append(calls, k.calls...)
	}
	if err := f.opts.Journal.Restore(calls); err != nil {
		damage, calls = err, nil
	}
	if damage != nil {
		if len(calls) > 0 {
			f.seq = calls[0].Seq - 1
		}
		f.file.Close()
		return f.startAnew(damage.Error())
	}
	f.resume(found)
	return nil
}

func (f *File) openFile() (*store.File, error) {
	return store.OpenFile(f.path, fmt.Sprintf(`{"format":%d,"created":%q}`, format, f.opts.Now().UTC().Format(time.RFC3339)))
}

// unusable says why a file has to be moved aside; "" where err is another one.
func unusable(err error) string {
	var damage *store.DamageError
	var newer *store.FormatError
	switch {
	case errors.As(err, &damage):
		return fmt.Sprintf("at byte %d %s", damage.Offset, damage.What)
	case errors.As(err, &newer) && newer.Format > 0:
		return fmt.Sprintf("it has format %d, of a newer airmock, and this one reads up to format %d", newer.Format, newer.Newest)
	case errors.As(err, &newer):
		return "it does not say which format it has"
	}
	return ""
}

// startAnew moves the file aside and makes another one.
func (f *File) startAnew(reason string) (err error) {
	aside, err := store.SetAside(f.path, f.opts.Now())
	if err != nil {
		return fmt.Errorf("move %s aside, which cannot be used (%s): %w", f.path, reason, err)
	}
	restored := "no calls of earlier starts are shown"
	if first, last := f.opts.Journal.Bounds(); last > 0 {
		restored = fmt.Sprintf("the calls %d to %d could be read and are kept", first, last)
	}
	f.opts.Warn(fmt.Sprintf("%s cannot be used: %s; it was moved to %s, and %s", f.path, reason, aside, restored))
	f.file, err = f.openFile()
	return err
}

// loaded is a chunk as it was read.
type loaded struct {
	chunk
	slot
	calls []*journal.Call
}

// read returns the chunks of the file in the order of their numbers, and the
// first damage among them.
func (f *File) read() (found []loaded, damage error) {
	err := f.file.Each(keyPrefix, func(key, value string) bool {
		k, calls, err := decodeChunk(key, value)
		if err != nil {
			damage = cmp.Or(damage, fmt.Errorf("the record %q is damaged: %w", key, err))
			return true
		}
		found = append(found, loaded{k, slotOf(key, value), calls})
		return true
	})
	slices.SortFunc(found, func(a, b loaded) int { return cmp.Compare(a.number, b.number) })
	return found, cmp.Or(damage, err)
}

// lastRun returns the newest chunks as far back as no call is missing between
// them.
func lastRun(found []loaded) []loaded {
	for i := len(found) - 1; i > 0; i-- {
		if before := found[i-1]; before.first+uint64(before.n) != found[i].first {
			return found[i:]
		}
	}
	return found
}

// resume goes on where the file ends.
func (f *File) resume(found []loaded) {
	for _, k := range found {
		f.add(k.slot)
	}
	if len(found) == 0 {
		return
	}
	last := found[len(found)-1]
	f.seq = last.first + uint64(last.n) - 1
	f.open = last.chunk
	if last.full() {
		f.open = chunk{number: last.number + 1}
	}
}
