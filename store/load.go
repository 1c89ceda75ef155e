package store

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/tidwall/buntdb"
)

// loader reads the records of a file into a model that nobody sees yet.
type loader struct {
	model    *model
	tx       records
	path     string                          // of the file, for errors
	locate   func(key string) (int64, error) // where in it a record is; -1 for nowhere
	warn     func(string)
	orphaned []write         // deletes the memberships whose group or member is gone
	unknown  map[string]int  // how many resources there are of each type that the catalog does not have
	hidden   map[string]bool // their ids
}

// load reads db into m. The error names the record that cannot be read.
// Memberships without their group or member, which a kill between the bytes of
// a deletion leaves behind, are not loaded; the writes that delete them are
// returned. A userName, or another unique value, that two resources have, which a
// kill can leave too, is reported and left alone: either could be the one that
// was acknowledged. So are the resources of types that the catalog does not
// have.
func load(ctx context.Context, db *buntdb.DB, path string, m *model, warn func(string)) ([]write, error) {
	l := newLoader(m, path, warn)
	err := db.View(func(tx *buntdb.Tx) error {
		l.tx = tx
		return l.load(ctx)
	})
	return l.orphaned, err
}

func newLoader(m *model, path string, warn func(string)) *loader {
	return &loader{
		model: m, path: path, warn: warn,
		locate:  func(key string) (int64, error) { return offsetOf(path, key) },
		unknown: make(map[string]int), hidden: make(map[string]bool),
	}
}

// load reads everything, and tells what was found that should not be.
func (l *loader) load(ctx context.Context) error {
	for _, t := range l.model.tables {
		err := l.each(ctx, t.prefix, func(id string, rec record) error { return l.resource(t, id, rec) })
		if err != nil {
			return err
		}
	}
	if err := l.each(ctx, otherPrefix, l.otherType); err != nil {
		return err
	}
	if err := l.each(ctx, memberPrefix, l.membership); err != nil {
		return err
	}
	if err := l.each(ctx, tokenPrefix, l.token); err != nil {
		return err
	}
	l.report()
	return nil
}

// each calls fn with every record whose key starts with prefix.
func (l *loader) each(ctx context.Context, prefix string, fn func(rest string, rec record) error) error {
	var failed error
	n := 0
	err := l.tx.AscendGreaterOrEqual("", prefix, func(key, value string) bool {
		rest, ok := strings.CutPrefix(key, prefix)
		if !ok {
			return false
		}
		if n++; n%scanChunk == 0 && ctx.Err() != nil {
			failed = ctx.Err()
			return false
		}
		rec, err := decodeRecord(key, value)
		if err == nil {
			err = fn(rest, rec)
		}
		if err != nil {
			failed = l.damaged(key, err)
		}
		return failed == nil
	})
	if err != nil {
		return fmt.Errorf("read %s: %w", l.path, err)
	}
	return failed
}

// damaged is the error for a record that BuntDB read and that is wrong.
func (l *loader) damaged(key string, wrong error) error {
	at, err := l.locate(key)
	if err != nil || at < 0 {
		return errors.Join(fmt.Errorf("record %q in %s is damaged: %w", key, l.path, wrong), err)
	}
	return &DamageError{Path: l.path, Offset: at, What: fmt.Sprintf("the record %q is wrong: %v", key, wrong)}
}

func (l *loader) resource(t *table, id string, rec record) error {
	r, err := t.load(id, rec)
	if err != nil {
		return err
	}
	if _, taken := t.order.Get(r.Seq); taken {
		return fmt.Errorf("its sequence number %d belongs to another %s", r.Seq, t.rt.Name)
	}
	l.model.put(r)
	return nil
}

// otherType looks for the resources of types that the catalog does not have.
// Their sequence numbers stay taken, so that they can come back.
func (l *loader) otherType(key string, rec record) error {
	typ, id, ok := strings.Cut(key, ":")
	if !ok {
		return fmt.Errorf("its key names no type and id")
	}
	for _, t := range l.model.tables {
		if t.prefix == otherPrefix+typ+":" {
			return nil // loaded already
		}
	}
	l.unknown[typ]++
	l.hidden[id] = true
	l.model.lastSeq = max(l.model.lastSeq, rec.seq)
	return nil
}

func (l *loader) membership(pair string, rec record) error {
	group, member, ok := strings.Cut(pair, ":")
	if !ok {
		return fmt.Errorf("its key names no group and member")
	}
	g, n := l.model.byID[group], l.model.byID[member]
	if l.hidden[group] || l.hidden[member] {
		l.model.lastSeq = max(l.model.lastSeq, rec.seq)
		return nil
	}
	if g == nil || n == nil || !g.res.Load().Type.HasMembers() {
		l.orphaned = append(l.orphaned, write{key: memberPrefix + pair})
		return nil
	}
	if _, taken := g.members.order.Get(rec.seq); taken {
		return fmt.Errorf("its sequence number %d belongs to another member", rec.seq)
	}
	l.model.link(group, member, rec.seq)
	return nil
}

func (l *loader) token(hexHash string, rec record) error {
	t, err := decodeToken(hexHash, rec)
	if err != nil {
		return err
	}
	l.model.tokens.put(t)
	l.model.lastSeq = max(l.model.lastSeq, t.seq)
	return nil
}

// report tells what was found that should not be.
func (l *loader) report() {
	if n := len(l.orphaned); n > 0 {
		l.warn(fmt.Sprintf("%s: dropped %d memberships whose group or member is gone, such as %s", l.path, n, l.orphaned[0].key))
	}
	for _, t := range l.model.tables {
		l.reportDuplicates(t)
	}
	for _, typ := range slices.Sorted(maps.Keys(l.unknown)) {
		l.warn(fmt.Sprintf("%s: %d resources of the type %q are left as they are: the tenant has no such type now; they are back when it has (--resource-type)",
			l.path, l.unknown[typ], typ))
	}
}
