package store

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"strconv"
	"time"
)

// A step in the file is a frame of fixed length,
//
//	\nstep <crc> <length>\n
//
// both in 8 hex digits, and so many bytes: a note in JSON on one line, and the
// image of the version that the step replaced. crc is the CRC-32C of the length
// and of what follows. The frame's first bytes are in no image and no note, as
// JSON has no raw line feed in a text, so that behind damage the next step is
// found.
const (
	stepMark  = "\nstep "
	stepFrame = len(stepMark) + crcDigits + 1 + 8 + 1
	maxStep   = 64 << 20 // bytes; what claims to be larger is damaged
)

// stepNote is what a step is beside the image.
type stepNote struct {
	ID        string   `json:"id"`
	Type      string   `json:"type"`
	Deleted   bool     `json:"deleted,omitempty"`
	At        int64    `json:"at"`             // as all times but Call, in Unix milliseconds
	Call      int64    `json:"call,omitempty"` // in Unix nanoseconds
	Operation string   `json:"operation,omitempty"`
	Added     []string `json:"added,omitempty"`
	Removed   []string `json:"removed,omitempty"`
	AddedN    int      `json:"addedN,omitempty"`
	RemovedN  int      `json:"removedN,omitempty"`
	Seq       uint64   `json:"seq"` // from here on, of the version before; see Resource
	Version   uint64   `json:"version"`
	Created   int64    `json:"created"`
	Modified  int64    `json:"modified"`
	Tail      int      `json:"tail"`
}

// append appends a step that has its version before at hand.
func (s *step) append(dst []byte) ([]byte, error) {
	r := s.before
	note := stepNote{
		ID: s.id, Type: s.kind, Deleted: s.deleted, At: s.at.UnixMilli(), Operation: s.origin.Operation,
		Added: s.added, Removed: s.removed, AddedN: s.addedN, RemovedN: s.removedN,
		Seq: r.Seq, Version: r.Version, Created: r.Created.UnixMilli(), Modified: r.LastModified.UnixMilli(), Tail: int(r.Tail),
	}
	if !s.origin.Call.IsZero() {
		note.Call = s.origin.Call.UnixNano()
	}
	head, err := json.Marshal(note)
	if err != nil {
		return dst, fmt.Errorf("render a step of the history: %w", err)
	}
	dst = append(dst, stepMark...)
	at := len(dst)
	dst = append(dst, "00000000 "...)
	dst = appendHex(dst, len(head)+1+len(r.Image))
	dst = append(append(append(append(dst, '\n'), head...), '\n'), r.Image...)
	appendHex(dst[:at], int(checksum("", dst[at+crcDigits:], nil)))
	return dst, nil
}

// appendHex appends n in 8 hex digits.
func appendHex(dst []byte, n int) []byte {
	const digits = "0123456789abcdef"
	for shift := 28; shift >= 0; shift -= 4 {
		dst = append(dst, digits[n>>shift&15])
	}
	return dst
}

// readStep reads the step at the beginning of data, which may go on behind it.
// The image shares data's memory.
func readStep(data []byte) (length int, note stepNote, image []byte, err error) {
	if len(data) < stepFrame || string(data[:len(stepMark)]) != stepMark {
		return 0, note, nil, errors.New("no step begins there")
	}
	frame := data[len(stepMark):stepFrame]
	sum, sumErr := strconv.ParseUint(string(frame[:crcDigits]), 16, 32)
	n, lenErr := strconv.ParseUint(string(frame[crcDigits+1:crcDigits+9]), 16, 32)
	if err := errors.Join(sumErr, lenErr); err != nil || n > maxStep || int(n) > len(data)-stepFrame {
		return 0, note, nil, errors.New("its frame is damaged")
	}
	length = stepFrame + int(n)
	if checksum("", data[len(stepMark)+crcDigits:length], nil) != uint32(sum) {
		return 0, note, nil, errors.New("its checksum is wrong")
	}
	head, image, ok := bytes.Cut(data[stepFrame:length], []byte("\n"))
	if !ok {
		return 0, note, nil, errors.New("it has no image")
	}
	return length, note, image, json.Unmarshal(head, &note)
}

// found is a step in a file.
type found struct {
	step
	image int // bytes in the image of the version before
}

// steps iterates over the steps in data from an offset on, past what is damaged.
func steps(data []byte, from int) iter.Seq[*found] {
	return func(yield func(*found) bool) {
		for from < len(data) {
			length, note, image, err := readStep(data[from:])
			if err != nil {
				next := bytes.Index(data[from+1:], []byte(stepMark))
				if next < 0 {
					return
				}
				from += 1 + next
				continue
			}
			s := &found{step: note.step(), image: len(image)}
			s.offset, s.length = int64(from), length
			if !yield(s) {
				return
			}
			from += length
		}
	}
}

func (n *stepNote) step() step {
	s := step{
		id: n.ID, kind: n.Type, version: n.Version + 1, deleted: n.Deleted,
		at: time.UnixMilli(n.At).UTC(), origin: Origin{Operation: n.Operation},
		added: n.Added, removed: n.Removed, addedN: n.AddedN, removedN: n.RemovedN,
	}
	if n.Call != 0 {
		s.origin.Call = time.Unix(0, n.Call).UTC()
	}
	return s
}

// read returns the version that a step replaced, from the file.
func (f *historyFile) read(s *step, t *table) (*Resource, error) {
	data := make([]byte, s.length)
	_, err := f.file.ReadAt(data, s.offset)
	var note stepNote
	var image []byte
	if err == nil {
		_, note, image, err = readStep(data)
	}
	if err != nil {
		return nil, fmt.Errorf("read the version before %d in %s at byte %d: %w", s.version, f.path, s.offset, err)
	}
	return t.reader().load(s.id, record{
		seq: note.Seq, version: note.Version, tail: note.Tail, body: image,
		created: time.UnixMilli(note.Created).UTC(), modified: time.UnixMilli(note.Modified).UTC(),
	})
}
