package callsfile

import (
	"errors"
	"fmt"
	"slices"
	"time"
)

// The pace of the writing. What is new is gathered for gatherTime, or until a
// chunk is full, which is looked at each gatherStep. A round takes so many
// calls and bytes at most, and while restCalls or more come in a restStep it
// is followed by a rest of so many times as long, so that under a flood of calls
// the writing takes a small part of the machine, and lags.
const (
	gatherTime = time.Second
	gatherStep = 100 * time.Millisecond
	roundCalls = 256
	roundBytes = 4 << 20
	restTimes  = 39
	restMost   = 2 * time.Second
	restStep   = 25 * time.Millisecond
	restCalls  = 8
	syncTime   = time.Second
	retryTime  = 5 * time.Second // after the disk refused
)

// state is what the file holds. A round makes the next one, which counts once
// the disk has taken it.
type state struct {
	seq  uint64 // the last call that is written
	open chunk  // the newest chunk, to which calls are added
	live []slot // the chunks that are in the file, oldest first; the newest may be the open one
	size int64  // of live, in bytes
}

// slot is a key of the file.
type slot struct {
	key  string
	size int64 // of its record, in bytes
}

func slotOf(key, value string) slot {
	const frame = 40 // what BuntDB writes around a key and a value
	return slot{key, int64(frame + len(key) + len(value))}
}

// add notes a chunk that is in the file, in place of the one that had its key.
func (s *state) add(k slot) {
	s.remove(k.key)
	s.live = append(s.live, k)
	s.size += k.size
}

func (s *state) remove(key string) {
	if i := slices.IndexFunc(s.live, func(k slot) bool { return k.key == key }); i >= 0 {
		s.size -= s.live[i].size
		s.live = slices.Delete(s.live, i, i+1)
	}
}

// run writes until Close, and then what is left.
func (f *File) run() {
	defer close(f.done)
	watcher := f.opts.Journal.Watch()
	defer watcher.Close()
	ready := make(chan struct{})
	close(ready)
	var due <-chan time.Time // of the next sync; nil while nothing needs one
	for {
		var work <-chan struct{}
		if f.pending() > 0 {
			work = ready
		}
		select {
		case <-f.stop:
			f.finish()
			return
		case <-watcher.C:
		case <-due:
			due = nil
			if err := f.sync(); err != nil {
				f.tell(err)
			}
		case <-work:
			f.gather()
			start := time.Now()
			f.tell(f.round())
			if f.failed {
				f.pause(retryTime)
				continue
			}
			f.rest(min(restTimes*time.Since(start), restMost))
			if due == nil && !f.opts.NoSync {
				due = time.After(syncTime)
			}
		}
	}
}

// pending returns how many calls are not written.
func (f *File) pending() uint64 {
	_, last := f.opts.Journal.Bounds()
	return last - min(last, f.seq)
}

// gather waits for more calls.
func (f *File) gather() {
	for waited := time.Duration(0); waited < gatherTime && f.pending() < chunkCalls; waited += gatherStep {
		if stopped := f.pause(gatherStep); stopped {
			return
		}
	}
}

// rest waits for as long as calls keep coming, at most for d. Clients that wait for
// the disk come in bursts, so one step without calls is no end.
func (f *File) rest(d time.Duration) {
	for quiet := 0; d > 0 && quiet < 2; d -= restStep {
		_, before := f.opts.Journal.Bounds()
		if stopped := f.pause(min(d, restStep)); stopped {
			return
		}
		quiet++
		if _, last := f.opts.Journal.Bounds(); last-before >= restCalls {
			quiet = 0
		}
	}
}

// pause waits, but not for longer than until Close.
func (f *File) pause(d time.Duration) (stopped bool) {
	select {
	case <-f.stop:
		return true
	case <-time.After(d):
		return false
	}
}

// finish writes what is left, and closes the file. Calls that come meanwhile
// are not waited for.
func (f *File) finish() {
	var err error
	for _, last := f.opts.Journal.Bounds(); f.seq < last && err == nil; {
		err = f.round()
	}
	f.tell(errors.Join(err, f.file.Close()))
}

// round writes the next calls: full chunks, and the one to which more will be
// added.
func (f *File) round() error {
	if err := f.room(); err != nil {
		return err
	}
	calls, missed := f.opts.Journal.Since(f.seq, roundCalls)
	next := f.state
	if missed > 0 {
		f.tellMissed(missed, calls[0].Seq)
		next.open = chunk{number: next.open.number + 1} // calls of a chunk follow each other
	}
	for written := 0; len(calls) > 0 && written < roundBytes; {
		before := len(next.open.data)
		for len(calls) > 0 && !next.open.full() {
			next.open = next.open.with(calls[0])
			next.seq = calls[0].Seq
			calls = calls[1:]
		}
		written += len(next.open.data) - before
		if err := f.put(next); err != nil {
			return err
		}
		next = f.state
	}
	return f.shrink()
}

// room refuses where the last of the disk would be written to, which is for the
// tenant's own data.
func (f *File) room() error {
	free, err := f.file.Free()
	if err == nil && free < f.opts.Reserve {
		err = fmt.Errorf("the disk has %d MiB left, and the last %d are for the tenant's data", free>>20, f.opts.Reserve>>20)
	}
	return err
}

// put writes the open chunk of next, which is the state from then on. It is one
// transaction for one chunk: BuntDB writes what is in one in any order, and
// after a kill in between there must be no chunk without those before it.
func (f *File) put(next state) error {
	key := next.open.key(f.slots)
	value := next.open.encode(key)
	changes := map[string]string{key: value}
	next.live = slices.Clone(next.live)
	next.add(slotOf(key, value))
	for len(next.live) > 1 && (len(next.live) > f.slots || next.size > f.opts.MaxBytes*3/8) {
		oldest := next.live[0]
		changes[oldest.key] = ""
		next.remove(oldest.key)
	}
	if err := f.file.Write(changes); err != nil {
		return err
	}
	f.state = next
	if next.open.full() {
		f.open = chunk{number: next.open.number + 1, data: next.open.data[:0]}
	}
	return nil
}

// shrink writes the file anew where most of it is what was replaced since. As 3/8
// of MaxBytes are live at most, the file stays below them, but for what one
// round adds.
func (f *File) shrink() error {
	size, err := f.file.Size()
	if err != nil {
		return err
	}
	if !f.stale && size <= 2*f.size+f.opts.MaxBytes/4 {
		return nil
	}
	if err := f.file.Rewrite(); err != nil {
		return err
	}
	f.stale = false
	return nil
}

func (f *File) sync() error {
	err := f.file.Sync()
	f.stale = f.stale || err != nil
	return err
}

// tell says that the disk refuses, once, and once that it does no longer.
func (f *File) tell(err error) {
	switch {
	case err != nil && !f.failed:
		f.opts.Warn(fmt.Sprintf("calls cannot be kept for after a restart: %v", err))
	case err == nil && f.failed:
		f.opts.Warn(fmt.Sprintf("calls are kept in %s again", f.path))
	}
	f.failed = err != nil
}

// tellMissed says once that calls were dropped before they were written. A
// restart restores only what is without gaps.
func (f *File) tellMissed(n int, first uint64) {
	if !f.behind {
		f.behind = true
		f.opts.Warn(fmt.Sprintf("calls came faster than %s takes them: %d are not kept, and after a restart the journal begins with call %d or later", f.path, n, first))
	}
}
