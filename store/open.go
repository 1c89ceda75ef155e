package store

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/tidwall/buntdb"
	"golang.org/x/sync/errgroup"
)

const (
	dataFile = "tenant.db"

	currentFormat = 1    // of the records; a change that an older airmock would misread gets the next number
	maxFormat     = 4096 // bytes in the value of keyFormat, at most
	syncInterval  = time.Second
)

// formatRecord is the value of keyFormat. It is plain JSON, without the header
// that other records have, so that any airmock can read it.
type formatRecord struct {
	Format  int       `json:"format"`
	Created time.Time `json:"created"`
}

// DataSize returns the size of the data file in dir, in bytes; 0 where there is none.
func DataSize(dir string) int64 {
	info, err := os.Stat(filepath.Join(dir, dataFile))
	if err != nil {
		return 0
	}
	return info.Size()
}

// Lock takes the data directory without reading it, so that a command can
// refuse early where another airmock runs. Open does it too.
func (s *Store) Lock() error {
	s.life.Lock()
	defer s.life.Unlock()
	return s.acquire()
}

func (s *Store) acquire() (err error) {
	if s.opts.Memory || s.lock != nil {
		return nil
	}
	s.lock, err = lockDir(s.opts.Dir)
	return err
}

// Open locks the directory, reads the data and starts the writer. It can be
// called once; after an error nothing is held.
func (s *Store) Open(ctx context.Context) error {
	s.life.Lock()
	defer s.life.Unlock()
	if s.writer.Load() != nil {
		return errors.New("store: it was opened before; make a new one")
	}
	if !slices.Contains([]SyncPolicy{SyncSecond, SyncAlways, SyncNever}, s.opts.Sync) {
		return fmt.Errorf("store: there is no sync policy %q; take %s, %s or %s", s.opts.Sync, SyncSecond, SyncAlways, SyncNever)
	}
	if err := s.acquire(); err != nil {
		return err
	}
	if err := s.start(ctx); err != nil {
		return errors.Join(err, s.release())
	}
	return nil
}

// start loads the data and then lets readers and writers at it.
func (s *Store) start(ctx context.Context) error {
	m := newModel(s.opts.Catalog)
	if s.opts.Memory {
		s.disk = &memory{}
		s.serve(m)
		return nil
	}
	file, err := openDisk(ctx, s.opts, m)
	if err != nil {
		return err
	}
	s.disk = file
	if s.historyFile, err = openHistory(s.history, s.opts); err != nil { // which is worth less than to start
		s.opts.Warn(fmt.Sprintf("earlier versions of resources are not kept for after a restart: %v", err))
	}
	w := s.serve(m)
	if s.opts.Sync == SyncSecond {
		file.startSyncing(syncInterval, w.fail)
	}
	file.startCompacting(s.opts.compaction, s.opts.Warn, w.fail)
	return nil
}

func (s *Store) serve(m *model) *writer {
	w := newWriter(m, s.history, s.disk, s.opts)
	s.show(m)
	s.writer.Store(w)
	go w.run()
	return w
}

// show lets readers see m. Whoever watches the revision sees it go on.
func (s *Store) show(m *model) {
	m.revision = s.model.Load().revision
	s.model.Store(m)
	m.revision.Add(1)
}

// Close waits for accepted writes, syncs and unlocks. Closing twice, or what is
// not open, does no harm.
func (s *Store) Close() error {
	s.life.Lock()
	defer s.life.Unlock()
	var err error
	if s.disk != nil {
		s.writer.Load().close()
		s.historyFile.close()
		err = s.disk.close()
		s.disk = nil
	}
	return errors.Join(err, s.release())
}

func (s *Store) release() error {
	if s.lock == nil {
		return nil
	}
	err := unlockDir(s.lock)
	s.lock = nil
	return err
}

// openDisk opens the data file in dir and reads it into m.
func openDisk(ctx context.Context, o Options, m *model) (_ *bunt, err error) {
	path := filepath.Join(o.Dir, dataFile)
	if err := removeStages(path); err != nil {
		return nil, err
	}
	if err := settleCompaction(path, o.Now(), o.Warn); err != nil {
		return nil, err
	}
	file, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, withRemedy(fmt.Errorf("open the data file: %w", err), "make it readable and writable for this user, or choose another data directory")
	}
	d := &bunt{path: path, file: file, always: o.Sync == SyncAlways, stop: make(chan struct{}), shareless: !replacesOpenFiles}
	defer func() {
		if err != nil {
			err = errors.Join(err, d.abandon())
		}
	}()
	l, err := saveTail(path, o.Now(), o.Warn)
	if err != nil {
		return nil, err
	}
	if d.db, err = openBunt(path); err != nil {
		return nil, fmt.Errorf("open %s: %w", path, err)
	}
	if l.records == 0 {
		if err := d.create(o.Now()); err != nil {
			return nil, err
		}
	}
	o.Progress(readShare)
	counting := new(errgroup.Group)
	counting.Go(func() error {
		live, err := liveBytes(d.db)
		d.live.Store(live)
		return err
	})
	orphaned, err := load(ctx, d.db, path, m, o)
	if err := errors.Join(err, counting.Wait()); err != nil {
		return nil, err
	}
	if len(orphaned) == 0 {
		return d, nil
	}
	if err := d.write(orphaned); err != nil { // a full disk can still be read
		o.Warn(fmt.Sprintf("the dropped memberships stay in the file until the next start: %v", err))
	}
	return d, nil
}

// abandon closes what a failed opening leaves open.
func (d *bunt) abandon() error {
	var err error
	if d.db != nil {
		err = d.db.Close()
	}
	return errors.Join(err, d.file.Close())
}

// openBunt opens a data file with BuntDB's own syncing and compaction off: the
// one stalls readers, the other is not safe against a power cut. A file that
// makes BuntDB panic is an error.
func openBunt(path string) (db *buntdb.DB, err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("the file is damaged: %v", r)
		}
	}()
	if db, err = buntdb.Open(path); err != nil {
		return nil, err
	}
	var c buntdb.Config
	if err := db.ReadConfig(&c); err != nil {
		return nil, errors.Join(err, db.Close())
	}
	// Only what is read may be set: a zero AutoShrinkPercentage would rewrite
	// the file each second.
	c.SyncPolicy = buntdb.Never
	c.AutoShrinkDisabled = true
	if err := db.SetConfig(c); err != nil {
		return nil, errors.Join(err, db.Close())
	}
	return db, nil
}

// checkFormat refuses a file that is not ours to read. Only an empty one needs
// no format.
func checkFormat(path string, l layout) error {
	if l.records == 0 {
		return nil
	}
	n, ok := parseFormat(l.format)
	switch {
	case !ok:
		return fmt.Errorf("%s does not say which format of airmock's it has (%s is %.40q): it is another program's, or damaged; choose another data directory, or save what can be read into a new one: %s",
			path, keyFormat, l.format, repairCommand(filepath.Dir(path)))
	case n > currentFormat:
		return newerFormat(path, n)
	}
	return nil
}

// parseFormat reads a value of keyFormat. It is false for what is none.
func parseFormat(value string) (int, bool) {
	var f formatRecord
	err := json.Unmarshal([]byte(value), &f)
	return f.Format, err == nil && f.Format > 0
}

func newerFormat(path string, n int) error {
	return fmt.Errorf("%s has format %d, of a newer airmock; this one reads up to format %d: update airmock, or choose another data directory", path, n, currentFormat)
}

// create writes the first record, and makes the file's own entry durable.
func (d *bunt) create(now time.Time) error {
	value, err := newFormat(now)
	if err != nil {
		return err
	}
	if err := d.write([]write{{keyFormat, value}}); err != nil {
		return err
	}
	if err := d.sync(); err != nil {
		return err
	}
	return syncDir(filepath.Dir(d.path))
}

// newFormat is the value of keyFormat for a file that is made now.
func newFormat(now time.Time) (string, error) {
	value, err := json.Marshal(formatRecord{currentFormat, now.UTC()})
	if err != nil {
		return "", fmt.Errorf("write the format: %w", err)
	}
	return string(value), nil
}
