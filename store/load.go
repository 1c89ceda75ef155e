package store

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"runtime"
	"slices"
	"strings"

	"github.com/tidwall/buntdb"
	"golang.org/x/sync/errgroup"

	"airmock/internal/scim"
)

// loader reads the records of a file into a model that nobody sees yet.
type loader struct {
	model    *model
	tx       records
	path     string                          // of the file, for errors
	locate   func(key string) (int64, error) // where in it a record is; -1 for nowhere
	warn     func(string)
	progress func(done float64) // told how far it is, from 0 to 1
	done     int
	total    int
	orphaned []write         // deletes the memberships whose group or member is gone
	unknown  map[string]int  // how many resources there are of each type that the catalog does not have
	hidden   map[string]bool // their ids
}

// readShare is how much of the time that opening takes is BuntDB's, about.
const readShare = 0.4

// load reads db into m. The error names the record that cannot be read.
// Memberships without their group or member, which a kill between the bytes of
// a deletion leaves behind, are not loaded; the writes that delete them are
// returned. A userName, or another unique value, that two resources have, which a
// kill can leave too, is reported and left alone: either could be the one that
// was acknowledged. So are the resources of types that the catalog does not
// have.
func load(ctx context.Context, db *buntdb.DB, path string, m *model, o Options) ([]write, error) {
	l := newLoader(m, path, o.Warn)
	l.progress = func(done float64) { o.Progress(readShare + (1-readShare)*done) }
	err := db.View(func(tx *buntdb.Tx) error { return l.load(ctx, tx) })
	return l.orphaned, err
}

func newLoader(m *model, path string, warn func(string)) *loader {
	return &loader{
		model: m, path: path, warn: warn, progress: func(float64) {},
		locate:  func(key string) (int64, error) { return offsetOf(path, key) },
		unknown: make(map[string]int), hidden: make(map[string]bool),
	}
}

// load reads everything, and tells what was found that should not be.
func (l *loader) load(ctx context.Context, tx records) (err error) {
	l.tx = tx
	if l.total, err = tx.Len(); err != nil {
		return err
	}
	for _, t := range l.model.tables {
		if err := l.resources(ctx, t); err != nil {
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

// loadChunk is how many records are decoded at a time, and how many are loaded
// between two looks at the context: enough that handing them over takes no
// time.
const loadChunk = 4096

// pair is a record as BuntDB has it.
type pair struct{ key, value string }

// pairs calls fn with the records whose keys start with prefix, in chunks.
func (l *loader) pairs(ctx context.Context, prefix string, fn func([]pair) error) error {
	var failed error
	chunk := make([]pair, 0, loadChunk)
	flush := func() bool {
		if failed = ctx.Err(); failed == nil && len(chunk) > 0 {
			l.done += len(chunk)
			failed = fn(chunk)
			chunk = make([]pair, 0, loadChunk)
			l.progress(float64(l.done) / float64(l.total))
		}
		return failed == nil
	}
	err := l.tx.AscendGreaterOrEqual("", prefix, func(key, value string) bool {
		if !strings.HasPrefix(key, prefix) {
			return false
		}
		chunk = append(chunk, pair{key, value})
		return len(chunk) < loadChunk || flush()
	})
	if err != nil {
		return fmt.Errorf("read %s: %w", l.path, err)
	}
	if failed == nil {
		flush()
	}
	return failed
}

// each calls fn with every record whose key starts with prefix.
func (l *loader) each(ctx context.Context, prefix string, fn func(rest string, rec record) error) error {
	return l.pairs(ctx, prefix, func(chunk []pair) error {
		for _, p := range chunk {
			rec, err := decodeRecord(p.key, p.value)
			if err == nil {
				err = fn(p.key[len(prefix):], rec)
			}
			if err != nil {
				return l.damaged(p.key, err)
			}
		}
		return nil
	})
}

// damaged is the error for a record that BuntDB read and that is wrong.
func (l *loader) damaged(key string, wrong error) error {
	at, err := l.locate(key)
	if err != nil || at < 0 {
		return errors.Join(fmt.Errorf("record %q in %s is damaged: %w", key, l.path, wrong), err)
	}
	return &DamageError{Path: l.path, Offset: at, What: fmt.Sprintf("the record %q is wrong: %v", key, wrong)}
}

// resources loads a table. Its records are decoded, and its indexes built, on
// all processors, as both take longer than reading them does.
func (l *loader) resources(ctx context.Context, t *table) error {
	var chunks []*[]loaded
	decoding, ctx := errgroup.WithContext(ctx)
	decoding.SetLimit(runtime.GOMAXPROCS(0))
	err := l.pairs(ctx, t.prefix, func(chunk []pair) error {
		decoded := new([]loaded)
		chunks = append(chunks, decoded)
		decoding.Go(func() (err error) {
			*decoded, err = l.decode(t, chunk)
			return err
		})
		return nil
	})
	// What went wrong in decoding is why the reading was cancelled.
	if err := cmp.Or(decoding.Wait(), err); err != nil {
		return err
	}
	return l.fill(t, inOrder(chunks))
}

func (l *loader) decode(t *table, chunk []pair) ([]loaded, error) {
	images := t.reader()
	decoded := make([]loaded, 0, len(chunk))
	for _, p := range chunk {
		rec, err := decodeRecord(p.key, p.value)
		if err != nil {
			return nil, l.damaged(p.key, err)
		}
		r, err := images.load(p.key[len(t.prefix):], rec)
		if err != nil {
			return nil, l.damaged(p.key, err)
		}
		decoded = append(decoded, t.loaded(r))
	}
	return decoded, nil
}

// inOrder returns resources in order of creation. What is sorted is small, and
// each resource is moved once.
func inOrder(chunks []*[]loaded) []loaded {
	type place struct {
		seq uint64
		at  *loaded
	}
	var places []place
	for _, chunk := range chunks {
		places = slices.Grow(places, len(*chunk))
		for i := range *chunk {
			x := &(*chunk)[i]
			places = append(places, place{x.seq, x})
		}
	}
	slices.SortFunc(places, func(a, b place) int { return cmp.Compare(a.seq, b.seq) })
	all := make([]loaded, len(places))
	for i, p := range places {
		all[i] = *p.at
	}
	return all
}

// fill makes the model have resources, which are in order of creation, as
// putting them one by one would.
func (l *loader) fill(t *table, all []loaded) error {
	for i, x := range all {
		if i > 0 && all[i-1].seq == x.seq {
			id := x.node.res.Load().ID
			return l.damaged(t.prefix+id, fmt.Errorf("its sequence number %d belongs to another %s", x.seq, t.rt.Name))
		}
	}
	for i := range all {
		l.model.nodes.number(all[i].node)
	}
	if n := len(all); n > 0 {
		l.model.lastSeq = max(l.model.lastSeq, all[n-1].seq)
	}
	building := new(errgroup.Group)
	building.SetLimit(runtime.GOMAXPROCS(0))
	for _, add := range append(t.builders(all), l.model.builders(all)...) {
		building.Go(func() error {
			for i := range all {
				add(&all[i])
			}
			return nil
		})
	}
	return building.Wait()
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
	g, n := l.model.node(group), l.model.node(member)
	if l.hidden[group] || l.hidden[member] {
		l.model.lastSeq = max(l.model.lastSeq, rec.seq)
		return nil
	}
	if g == nil || n == nil || !g.res.Load().Type.HasMembers() {
		l.orphaned = append(l.orphaned, write{key: memberPrefix + pair})
		return nil
	}
	if g.members != nil {
		if _, taken := g.members.order.Get(rec.seq); taken {
			return fmt.Errorf("its sequence number %d belongs to another member", rec.seq)
		}
	}
	extra := string(rec.body)
	if v, err := scim.ParseExtra(extra); err != nil || v.Kind() != scim.Object {
		return fmt.Errorf("what it holds beside its key is no JSON object")
	}
	l.model.link(membership{group: group, member: member, seq: rec.seq, extra: extra})
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
