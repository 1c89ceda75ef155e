package store

import (
	"bufio"
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
)

// kinds are the records that a repair counts, by the start of their keys.
var kinds = [...]struct{ prefix, name string }{
	{userPrefix, "users"}, {groupPrefix, "groups"}, {memberPrefix, "memberships"},
	{tokenPrefix, "tokens"}, {otherPrefix, "custom types"}, {"", "other"},
}

// kindOf is the place in kinds of a key.
func kindOf(key string) int {
	return slices.IndexFunc(kinds[:], func(k struct{ prefix, name string }) bool { return strings.HasPrefix(key, k.prefix) })
}

// salvage is what can be read of a damaged file: for each key the place of its
// last readable value, which stays in the file.
type salvage struct {
	path     string
	size     int64
	values   map[string]place
	broken   map[string]bool // keys whose last version cannot be read
	format   string          // the value of keyFormat
	dangling int             // memberships without their group or member
	damage   []DamagedPart
	places   int
}

// place is where a value is in the file.
type place struct{ offset, size int64 }

// salvageFile reads the file at path and does not change it. progress is told
// how much of it is read, from 0 to 1.
func salvageFile(ctx context.Context, path string, progress func(float64)) (*salvage, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	s := &salvage{path: path, size: info.Size(), values: make(map[string]place), broken: make(map[string]bool)}
	n := 0
	err = eachBlock(path, func(b block) error {
		if n++; n%scanChunk == 0 {
			progress(float64(b.offset) / float64(s.size))
		}
		s.take(b)
		return ctx.Err()
	})
	s.dropDangling()
	return s, err
}

// take reads one block.
func (s *salvage) take(b block) {
	c, ok := b.command()
	if !ok {
		s.search(b, "a record that is cut off, or has a wrong length")
		return
	}
	switch err := c.check(); {
	case c.deletes:
		s.forget(c.key)
	case err != nil:
		s.broken[c.key] = true
		s.search(b, "a record whose content is wrong: "+err.Error())
		return
	default:
		s.keep(c.key, c.value, b.offset+int64(c.size-len(crlf)-len(c.value)))
	}
	if rest := b.data[c.size:]; len(rest) > 0 {
		s.search(block{b.offset + int64(c.size), rest}, "no record")
	}
}

const (
	crlf   = "\r\n"
	maxKey = 1 << 10 // bytes; no key is longer
)

// check says what is wrong with a record that is whole. Only the values of
// plain keys have no checksum.
func (c command) check() error {
	if c.deletes || strings.HasPrefix(c.key, plainPrefix) {
		return nil
	}
	_, err := decodeRecord(c.key, c.value)
	return err
}

func (s *salvage) keep(key, value string, offset int64) {
	delete(s.broken, key)
	if key == keyFormat {
		s.format = value
		return
	}
	s.values[key] = place{offset, int64(len(value))}
}

func (s *salvage) forget(key string) {
	delete(s.values, key)
	delete(s.broken, key)
}

// search looks for records in bytes that are damaged. It does not go by
// lengths: neither keys nor values have a line's end inside, so each is a line,
// and a checksum says which two belong together.
func (s *salvage) search(b block, what string) {
	d := DamagedPart{Offset: b.offset, Bytes: int64(len(b.data)), What: what}
	if len(bytes.Trim(b.data, "\x00")) == 0 {
		d.What = "zeros"
	}
	saved, lost := "", ""
	at, rest := b.offset, b.data
	for len(rest) > 0 {
		line, behind, _ := bytes.Cut(rest, []byte(crlf))
		key := ""
		if len(line) <= maxKey {
			key = string(line)
		}
		known := kinds[kindOf(key)].prefix != ""
		switch value, skipped, ok := valueOf(key, behind); {
		case ok:
			s.keep(key, value, at+int64(len(line)+len(crlf)+skipped))
			saved = cmp.Or(saved, key)
		case known && s.values[key].size > 0 && bytes.HasPrefix(b.data, []byte(frameDel)):
			s.forget(key) // a deletion has no checksum, but the key is one that was there
			saved = cmp.Or(saved, key)
		case known:
			s.broken[key] = true
			lost = cmp.Or(lost, key)
		}
		at, rest = at+int64(len(rest)-len(behind)), behind
	}
	d.Key, d.Saved = cmp.Or(lost, saved), saved != "" && lost == ""
	if s.places++; len(s.damage) < maxDamageListed {
		s.damage = append(s.damage, d)
	}
}

// valueOf returns the value of key, if data has it with the right checksum
// behind the line of its length, which is skipped.
func valueOf(key string, data []byte) (value string, skipped int, ok bool) {
	length, data, ok := bytes.Cut(data, []byte(crlf))
	line, _, _ := bytes.Cut(data, []byte(crlf))
	if !ok || key == "" || bytes.IndexByte(line, '\n') < 0 {
		return "", 0, false
	}
	value = string(line)
	_, err := decodeRecord(key, value)
	return value, len(length) + len(crlf), err == nil
}

// dropDangling drops the memberships whose group or member is not there.
func (s *salvage) dropDangling() {
	there := make(map[string]bool)
	for key := range s.values {
		switch prefix := kinds[kindOf(key)].prefix; prefix {
		case userPrefix, groupPrefix:
			there[key[len(prefix):]] = true
		case otherPrefix:
			_, id, _ := strings.Cut(key[len(prefix):], ":")
			there[id] = true
		}
	}
	for key := range s.values {
		pair, ok := strings.CutPrefix(key, memberPrefix)
		group, member, _ := strings.Cut(pair, ":")
		if ok && !(there[group] && there[member]) {
			s.forget(key)
			s.dangling++
		}
	}
}

// report counts.
func (s *salvage) report() *RepairReport {
	r := &RepairReport{
		From: s.path, Bytes: s.size, Kinds: make([]KindCount, len(kinds)),
		Damage: s.damage, Places: s.places, Dangling: s.dangling,
	}
	for i, k := range kinds {
		r.Kinds[i].Kind = k.name
	}
	for key := range s.values {
		r.Kinds[kindOf(key)].Kept++
	}
	for key := range s.broken {
		if _, kept := s.values[key]; kept {
			r.Kinds[kindOf(key)].Older++
		} else if !strings.HasPrefix(key, plainPrefix) {
			r.Kinds[kindOf(key)].Lost++
		}
	}
	r.Kinds[kindOf(memberPrefix)].Lost += s.dangling
	return r
}

// writeFile writes what was salvaged to a new file, in the order in which it
// was written once, and makes it durable.
func (s *salvage) writeFile(ctx context.Context, path, format string, progress func(float64)) (err error) {
	from, err := os.Open(s.path)
	if err != nil {
		return err
	}
	defer from.Close()
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, f.Sync(), f.Close()) }()
	w := bufio.NewWriterSize(f, 1<<20)
	writeSet(w, keyFormat, []byte(format))
	keys := slices.SortedFunc(maps.Keys(s.values), func(a, b string) int { return cmp.Compare(s.values[a].offset, s.values[b].offset) })
	var value []byte
	for i, key := range keys {
		if i%scanChunk == 0 {
			progress(float64(i) / float64(len(keys)))
			if err := ctx.Err(); err != nil {
				return err
			}
		}
		at := s.values[key]
		value = slices.Grow(value[:0], int(at.size))[:at.size]
		if _, err := from.ReadAt(value, at.offset); err != nil {
			return err
		}
		if err := writeSet(w, key, value); err != nil {
			return err
		}
	}
	return w.Flush()
}

// writeSet writes a record as BuntDB does.
func writeSet(w *bufio.Writer, key string, value []byte) error {
	fmt.Fprintf(w, "%s$%d\r\n%s\r\n$%d\r\n", frameSet, len(key), key, len(value))
	_, err := w.Write(value)
	if err == nil {
		_, err = w.WriteString(crlf)
	}
	return err // a bufio.Writer keeps its first
}
