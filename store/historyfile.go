package store

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"time"
)

const (
	historyFileName = "history.log"
	// historyHead begins the file. A change that an older airmock would misread
	// gets the next number.
	historyHead = "airmock history 1\n"
)

// The pace of the writing. What is new is written each historyPace, a bounded
// part of it at a time, so that under a flood of changes the writing takes a
// bounded part of the machine, and lags; what is dropped meanwhile is never
// written.
const (
	historyPace    = 100 * time.Millisecond
	historyRound   = 4 << 20          // bytes in a round
	historySync    = 10               // rounds from one sync to the next
	historyRetry   = 5 * time.Second  // after the disk refused
	historySlack   = 16 << 20         // bytes in the file that need not count
	historyReserve = uint64(64) << 20 // bytes of the disk that are left to the tenant's data
)

// historyFile keeps a history in history.log, for the next start, and the
// versions in it off the memory. Steps are appended in their order. What the
// bounds drop stays where it is until the file is written anew: whoever reads
// the steps again, in order, drops the same.
//
// Nobody waits for it: a kill costs what was not written, about the last tenth
// of a second, and a power cut about a second. A goroutine owns it, from open to
// close; others only read.
type historyFile struct {
	history *history
	path    string
	noSync  bool
	warn    func(string)

	place sync.RWMutex // held for reading from a step's offset to its bytes
	file  *os.File
	size  int64 // of the file: where the next step goes

	buffer []byte
	dirty  bool // written and not synced
	stale  bool // has to be written anew: it is damaged, a sync failed, or writing it anew did
	failed bool // the disk refused the last time, which was told

	stop, done chan struct{}
}

// openHistory reads the file into h, which is empty, and starts to write to it.
// A file that is no history is moved aside, which is told.
func openHistory(h *history, o Options) (*historyFile, error) {
	f := &historyFile{
		history: h, path: filepath.Join(o.Dir, historyFileName), noSync: o.Sync == SyncNever, warn: o.Warn,
		stop: make(chan struct{}), done: make(chan struct{}),
	}
	if err := os.Remove(f.path + tempSuffix); err != nil && !errors.Is(err, os.ErrNotExist) {
		return nil, fmt.Errorf("remove what an interrupted rewriting left: %w", err)
	}
	data, err := os.ReadFile(f.path)
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		return nil, err
	}
	if len(data) > 0 && !startsAs(data, historyHead) {
		aside, err := SetAside(f.path, o.Now())
		if err != nil {
			return nil, fmt.Errorf("move %s aside, which is no history of this airmock's: %w", f.path, err)
		}
		f.warn(fmt.Sprintf("%s is no history, or one of a newer airmock; it was moved to %s, and earlier versions of resources are not known", f.path, aside))
		data = nil
	}
	if f.file, err = os.OpenFile(f.path, os.O_RDWR|os.O_CREATE, 0o600); err != nil {
		return nil, err
	}
	if err := f.load(data); err != nil {
		return nil, errors.Join(err, f.file.Close())
	}
	go f.run()
	return f, nil
}

// startsAs reports whether data begins with head, or is the beginning of it.
func startsAs(data []byte, head string) bool {
	n := min(len(data), len(head))
	return string(data[:n]) == head[:n]
}

// load takes in the steps that data has, which is the whole file. Damage costs
// the steps that it is in; an unfinished step at the end is cut off.
func (f *historyFile) load(data []byte) error {
	h := f.history
	h.mu.Lock()
	defer h.mu.Unlock()
	h.wake = make(chan struct{}, 1)
	f.size = int64(len(historyHead))
	if len(data) < len(historyHead) {
		_, err := f.file.WriteAt([]byte(historyHead), 0)
		return err
	}
	damaged := int64(0)
	for s := range steps(data, len(historyHead)) {
		damaged += s.offset - f.size
		f.size = s.offset + int64(s.length)
		h.add(&s.step, s.image)
	}
	if damaged > 0 {
		f.stale = true
		f.warn(fmt.Sprintf("%d bytes of %s are damaged: the earlier versions of resources in them are not known any more", damaged, f.path))
	}
	return f.file.Truncate(f.size)
}

// run writes until close, and then what is left.
func (f *historyFile) run() {
	defer close(f.done)
	for {
		select {
		case <-f.stop:
			f.finish()
			return
		case <-f.history.wake:
		}
		for round := 1; f.dirty || f.history.behind(); round++ {
			if f.pause(historyPace) {
				break
			}
			err := f.round()
			if err == nil && f.dirty && round%historySync == 0 {
				err = f.sync()
			}
			f.tell(err)
			if err != nil && f.pause(historyRetry) {
				break
			}
		}
	}
}

// pause waits, but not for longer than until close.
func (f *historyFile) pause(d time.Duration) (stopped bool) {
	select {
	case <-f.stop:
		return true
	case <-time.After(d):
		return false
	}
}

// close writes what is left, and closes the file: a store that is closed has no
// history beyond what it can still read.
func (f *historyFile) close() {
	if f != nil {
		close(f.stop)
		<-f.done
	}
}

func (f *historyFile) finish() {
	var err error
	for f.history.behind() && err == nil {
		err = f.round()
	}
	if err == nil && f.dirty {
		err = f.sync()
	}
	f.place.Lock()
	defer f.place.Unlock()
	f.tell(errors.Join(err, f.file.Close()))
}

// behind reports whether the file is not what the history is.
func (h *history) behind() bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.unwritten != nil || h.forgotten
}

// round writes the next steps, by one write.
func (f *historyFile) round() error {
	free, err := freeBytes(filepath.Dir(f.path))
	if err == nil && free < historyReserve {
		err = fmt.Errorf("the disk has %d MiB left, and the last %d are for the tenant's data", free>>20, historyReserve>>20)
	}
	if err != nil {
		return err
	}
	next := f.history.next()
	lengths := make([]int, len(next))
	f.buffer = f.buffer[:0]
	for i, s := range next {
		start := len(f.buffer)
		if f.buffer, err = s.append(f.buffer); err != nil {
			return err
		}
		lengths[i] = len(f.buffer) - start
	}
	if _, err := f.file.WriteAt(f.buffer, f.size); err != nil {
		return errors.Join(err, f.file.Truncate(f.size))
	}
	f.dirty = !f.noSync
	f.size = f.history.wrote(next, f.size, lengths)
	return f.shrink()
}

// next returns the oldest steps that are not in the file.
func (h *history) next() []*step {
	h.mu.Lock()
	defer h.mu.Unlock()
	var next []*step
	bytes := int64(0)
	for s := h.unwritten; s != nil && bytes < historyRound; s = s.next {
		next = append(next, s)
		bytes += s.size
	}
	return next
}

// wrote notes that steps are in the file now, from offset on, and lets go of
// their versions. It returns where the file ends.
func (h *history) wrote(steps []*step, offset int64, lengths []int) (end int64) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for i, s := range steps {
		s.before, s.offset, s.length = nil, offset, lengths[i]
		offset += int64(s.length)
		if !s.gone {
			h.written += int64(s.length)
		}
	}
	for h.unwritten != nil && h.unwritten.offset > 0 {
		h.unwritten = h.unwritten.next
	}
	return offset
}

func (f *historyFile) sync() error {
	err := f.file.Sync()
	f.dirty, f.stale = false, f.stale || err != nil
	return err
}

// tell says that the disk refuses, once, and once that it does no longer.
func (f *historyFile) tell(err error) {
	switch {
	case err != nil && !f.failed:
		f.warn(fmt.Sprintf("earlier versions of resources cannot be kept for after a restart: %v", err))
	case err == nil && f.failed:
		f.warn(fmt.Sprintf("earlier versions of resources are kept in %s again", f.path))
	}
	f.failed = err != nil
}

// shrink writes the file anew where most of it is what was dropped since. At
// every instant there is a whole file under the name.
func (f *historyFile) shrink() error {
	f.history.mu.Lock()
	live, forgotten := f.history.written, f.history.forgotten
	f.history.mu.Unlock()
	if !f.stale && !forgotten && f.size <= 2*live+historySlack {
		return nil
	}
	temp := f.path + tempSuffix
	moved, offsets, size, err := f.copyTo(temp)
	if err != nil {
		f.stale = true // a history that was forgotten still is to be
		return errors.Join(fmt.Errorf("write %s anew: %w", f.path, err), os.Remove(temp))
	}
	f.place.Lock()
	defer f.place.Unlock()
	// Windows renames no file that is open, and onto none.
	_ = f.file.Close() // what it has was copied
	renaming := os.Rename(temp, f.path)
	f.file, err = os.OpenFile(f.path, os.O_RDWR, 0o600)
	if err := errors.Join(renaming, err); err != nil {
		f.stale = true
		return fmt.Errorf("put a new %s in place: %w", f.path, err)
	}
	if err = syncDir(filepath.Dir(f.path)); err != nil {
		err = fmt.Errorf("put a new %s in place: %w", f.path, err)
	}
	f.size, f.stale, f.dirty = size, err != nil, false // of what was forgotten meanwhile, the history knows
	f.history.mu.Lock()
	defer f.history.mu.Unlock()
	for i, s := range moved {
		s.offset = offsets[i]
	}
	return err
}

// copyTo writes a file with the steps that are kept, and returns them, and where
// each is in it.
func (f *historyFile) copyTo(path string) (kept []*step, offsets []int64, size int64, err error) {
	out, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return nil, nil, 0, err
	}
	defer func() { err = errors.Join(err, out.Close()) }()
	h := f.history
	h.mu.Lock()
	for s := h.oldest; s != h.unwritten; s = s.next {
		kept = append(kept, s)
	}
	h.forgotten = false
	h.mu.Unlock()
	if _, err := out.WriteString(historyHead); err != nil {
		return nil, nil, 0, err
	}
	size = int64(len(historyHead))
	for left := kept; len(left) > 0; left = kept[len(offsets):] {
		run, length := adjacent(left) // this goroutine alone moves steps
		f.buffer = slices.Grow(f.buffer[:0], length)[:length]
		if _, err := f.file.ReadAt(f.buffer, run[0].offset); err != nil {
			return nil, nil, 0, err
		}
		if _, err := out.Write(f.buffer); err != nil {
			return nil, nil, 0, err
		}
		for _, s := range run {
			offsets = append(offsets, size+s.offset-run[0].offset)
		}
		size += int64(length)
	}
	return kept, offsets, size, out.Sync()
}

// adjacent returns the first of steps that follow each other in the file, up to
// what a round writes, and how many bytes they have.
func adjacent(steps []*step) (run []*step, length int) {
	for i, s := range steps {
		if i > 0 && (s.offset != steps[0].offset+int64(length) || length+s.length > historyRound) {
			return steps[:i], length
		}
		length += s.length
	}
	return steps, length
}
