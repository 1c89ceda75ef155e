package store

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"hash/crc32"
	"io"
	"strings"
	"time"
)

// A snapshot is a line of JSON that says what it is, the records as tenant.db
// has them, in the order of their keys, and a line that ends it:
//
//	{"airmock":"snapshot","version":1,"format":1,"taken":"…","records":3,"counts":{…}}
//	*3␍␊$3␍␊set␍␊$38␍␊u:…
//	{"airmock":"end","records":3,"bytes":4711,"crc":"0a1b2c3d"}
//
// crc is the CRC-32C of the bytes before the last line. Each record has its own
// checksum too, so that damage has an offset.
const (
	snapshotVersion = 1
	maxMarkLine     = 4096 // bytes
)

// SnapshotInfo says what a snapshot holds.
type SnapshotInfo struct {
	Taken   time.Time `json:"taken"`
	Records int       `json:"records"` // of all kinds, those that no count is about too
	Counts  Counts    `json:"counts"`
}

// Counts is how much there is of each kind.
type Counts struct {
	Users       int `json:"users"`
	Groups      int `json:"groups"`
	Memberships int `json:"memberships"`
	Tokens      int `json:"tokens"` // revoked and expired ones too
	Custom      int `json:"custom"` // resources of other types, those that the catalog does not have too
}

// add counts the record of a key.
func (c *Counts) add(key string) {
	switch kinds[kindOf(key)].prefix {
	case userPrefix:
		c.Users++
	case groupPrefix:
		c.Groups++
	case memberPrefix:
		c.Memberships++
	case tokenPrefix:
		c.Tokens++
	case otherPrefix:
		c.Custom++
	}
}

// String returns the counts in words: "3 users, 1 group, 0 tokens"; of what not
// every tenant has, those that are not 0.
func (c Counts) String() string {
	var words []string
	for _, kind := range []struct {
		n         int
		one, many string
		always    bool
	}{
		{c.Users, "user", "users", true},
		{c.Groups, "group", "groups", true},
		{c.Memberships, "membership", "memberships", false},
		{c.Custom, "custom resource", "custom resources", false},
		{c.Tokens, "token", "tokens", true},
	} {
		switch {
		case kind.n == 1:
			words = append(words, "1 "+kind.one)
		case kind.n > 1 || kind.always:
			words = append(words, fmt.Sprintf("%d %s", kind.n, kind.many))
		}
	}
	return strings.Join(words, ", ")
}

// The first and the last line of a snapshot.
type (
	snapshotHead struct {
		Airmock string `json:"airmock"`
		Version int    `json:"version"` // of the layout of the file
		Format  int    `json:"format"`  // of the records, as keyFormat has it
		SnapshotInfo
	}
	snapshotEnd struct {
		Airmock string `json:"airmock"`
		Records int    `json:"records"`
		Bytes   int64  `json:"bytes"` // before this line
		CRC     string `json:"crc"`
	}
)

// Snapshot is the state of a tenant at one instant.
type Snapshot struct {
	info    SnapshotInfo
	records []pair
}

// Snapshot takes a snapshot at one instant of the writer's order: it has
// everything that was answered before, and nothing else. Reads and writes go
// on meanwhile and after, but for the moment in which the writer notes where
// the records are.
func (s *Store) Snapshot(ctx context.Context) (*Snapshot, error) {
	w := s.writer.Load()
	if w == nil {
		return nil, ErrClosed
	}
	shot := &Snapshot{}
	err := w.pause(ctx, func() (err error) {
		w.flushTokens()
		shot.info.Taken = w.now().UTC().Truncate(time.Millisecond)
		shot.records, err = w.disk.records()
		return err
	})
	if err != nil {
		return nil, err
	}
	shot.info.Records = len(shot.records)
	for _, r := range shot.records {
		shot.info.Counts.add(r.key)
	}
	return shot, nil
}

// Info says what the snapshot holds.
func (s *Snapshot) Info() SnapshotInfo { return s.info }

// WriteTo writes the snapshot as a file that Restore takes. What it wrote
// where it fails is recognised as cut short.
func (s *Snapshot) WriteTo(out io.Writer) (int64, error) {
	sum := &summer{out: out}
	w := bufio.NewWriterSize(sum, 1<<20)
	head := snapshotHead{Airmock: "snapshot", Version: snapshotVersion, Format: currentFormat, SnapshotInfo: s.info}
	if err := writeMark(w, head); err != nil {
		return sum.n, err
	}
	for _, r := range s.records {
		if err := writeSet(w, r.key, bytesOf(r.value)); err != nil {
			return sum.n, err
		}
	}
	if err := w.Flush(); err != nil {
		return sum.n, err
	}
	err := writeMark(w, snapshotEnd{"end", len(s.records), sum.n, crcText(sum.crc)})
	if err == nil {
		err = w.Flush()
	}
	return sum.n, err
}

func writeMark(w io.Writer, mark any) error {
	line, err := json.Marshal(mark)
	if err != nil {
		return fmt.Errorf("write the snapshot: %w", err)
	}
	_, err = w.Write(append(line, '\n'))
	return err
}

func crcText(crc uint32) string { return fmt.Sprintf("%0*x", crcDigits, crc) }

// summer counts and sums up what is written.
type summer struct {
	out io.Writer
	n   int64
	crc uint32
}

func (s *summer) Write(p []byte) (int, error) {
	n, err := s.out.Write(p)
	s.n += int64(n)
	s.crc = crc32.Update(s.crc, crc32.MakeTable(crc32.Castagnoli), p[:n])
	return n, err
}
