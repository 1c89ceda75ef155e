package store

import (
	"context"
	"errors"
	"io"
	"strings"
)

// Restore replaces the whole state, tokens included, by a snapshot, with ids,
// sequence numbers, versions and times as they were. The snapshot is read to
// its end beside reads and writes; then writes wait until the new state is on
// the disk and loaded, and readers see the old one until they see the new one.
// What is wrong with the snapshot is a *SnapshotError; after any error the
// state is as it was. A kill leaves one of the two states.
func (s *Store) Restore(ctx context.Context, in io.Reader) (SnapshotInfo, error) {
	w := s.writer.Load()
	if w == nil {
		return SnapshotInfo{}, ErrClosed
	}
	r, err := newSnapshotReader(in)
	if err != nil {
		return SnapshotInfo{}, err
	}
	next, err := w.disk.stage(w.now())
	if err != nil {
		return SnapshotInfo{}, err
	}
	defer next.discard()
	if err := r.fill(ctx, next); err != nil {
		return SnapshotInfo{}, err
	}
	if err := next.finish(); err != nil {
		return SnapshotInfo{}, err
	}
	err = w.pause(ctx, func() error { return s.replace(ctx, w, next, r) })
	if err != nil {
		return SnapshotInfo{}, err
	}
	return r.head.SnapshotInfo, nil
}

// fill puts the records of a snapshot into a stage.
func (s *snapshotReader) fill(ctx context.Context, next stage) error {
	for {
		key, value, err := s.next()
		if err == io.EOF {
			return nil
		}
		if err == nil && s.records%scanChunk == 0 {
			err = ctx.Err()
		}
		if err == nil {
			err = next.put(key, value)
		}
		if err != nil {
			return err
		}
	}
}

// Reset empties the tenant: it has no resources any more, and, unless they are
// kept, no tokens. It returns what is gone. Otherwise it is as Restore.
func (s *Store) Reset(ctx context.Context, keepTokens bool) (gone Counts, err error) {
	w := s.writer.Load()
	if w == nil {
		return Counts{}, ErrClosed
	}
	err = w.pause(ctx, func() error {
		w.flushTokens()
		all, err := w.disk.records()
		if err != nil {
			return err
		}
		next, err := w.disk.stage(w.now())
		if err != nil {
			return err
		}
		defer next.discard()
		for _, r := range all {
			if !keepTokens || !strings.HasPrefix(r.key, tokenPrefix) {
				gone.add(r.key)
			} else if err := next.put(r.key, r.value); err != nil {
				return err
			}
		}
		if err := next.finish(); err != nil {
			return err
		}
		return s.replace(ctx, w, next, nil)
	})
	if err != nil {
		return Counts{}, err
	}
	return gone, nil
}

// replace makes a stage the state. It runs in the writer. from is the snapshot
// that it is made of, for errors; nil for none.
func (s *Store) replace(ctx context.Context, w *writer, next stage, from *snapshotReader) error {
	w.heal()
	if err := w.readOnly(); err != nil {
		return err
	}
	var told []string
	l := newLoader(newModel(s.opts.Catalog), "the snapshot", func(text string) { told = append(told, text) })
	err := w.disk.adopt(ctx, next, func(ctx context.Context, tx records) error {
		if from != nil {
			l.locate = func(key string) (int64, error) { return from.locate(tx, key) }
		}
		return l.load(ctx, tx)
	})
	var damage *DamageError
	if errors.As(err, &damage) {
		return &SnapshotError{Offset: damage.Offset, What: damage.What}
	}
	if err != nil {
		return err
	}
	w.model = l.model
	s.history.forget()
	s.show(l.model)
	for _, text := range told {
		s.opts.Warn(text)
	}
	_ = w.disk.write(l.orphaned) // where it fails, the next start drops them
	return nil
}

// locate returns where in the snapshot the record of a key is, of which tx has
// the same records.
func (s *snapshotReader) locate(tx records, key string) (int64, error) {
	at := s.headLen
	err := tx.AscendGreaterOrEqual("", "", func(k, value string) bool {
		if k == key {
			return false
		}
		if k != keyFormat {
			at += sizeOf(k, value)
		}
		return true
	})
	return at, err
}
