package session

import (
	"bufio"
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"io"
	"net/url"
	"slices"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"airmock/internal/journal"
	"airmock/internal/scim"
)

// Bounds of a file that is read.
const (
	maxValue = 16 << 20  // one call, in bytes; a viewer's own HAR may have pictures in it
	maxCalls = 100_000   //
	maxBytes = 256 << 20 // all calls that are kept, in bytes as they are written
)

// sniffed is how much of a file Sniff looks at, in bytes.
const sniffed = 64 << 10

// Session is what a file holds.
type Session struct {
	Format  Format
	Calls   []*journal.Call // with rising numbers, which may have gaps
	Origin  string          // scheme and host of the calls where the file tells it, which HAR does; or ""
	Skipped int             // exchanges that are no calls of a SCIM service
	Missed  int             // calls that a log had dropped
}

// Sniff reports which form of a session a file has that begins with head, of
// which the first 64 KiB are enough; "" for none.
func Sniff(head []byte) Format {
	dec := jsontext.NewDecoder(bytes.NewReader(trimBOM(head[:min(len(head), sniffed)])), jsontext.AllowInvalidUTF8(true), jsontext.AllowDuplicateNames(true))
	if token, err := dec.ReadToken(); err != nil || token.Kind() != '{' {
		return ""
	}
	seen := map[string]bool{}
	for {
		name, err := dec.ReadToken()
		if err != nil || name.Kind() != '"' {
			return ""
		}
		key := name.String()
		seen[key] = true
		switch {
		case key == "log" && dec.PeekKind() == '{':
			return HAR
		case seen["seq"] && seen["time"], seen["durationMs"], key == "missed":
			return NDJSON
		}
		if dec.SkipValue() != nil {
			return ""
		}
	}
}

// Read reads a session in HAR, of airmock or of others, or in NDJSON, which
// airmock calls --json and --log json write too. Secrets are redacted as on
// recording. An error says the line and the column.
func Read(r io.Reader, catalog *scim.Catalog) (*Session, error) {
	in := bufio.NewReaderSize(r, sniffed)
	head, _ := in.Peek(sniffed) // reading has the error
	_, _ = in.Discard(len(head) - len(trimBOM(head)))
	f := &file{source: &source{in: in, limit: maxValue}, catalog: catalog, redact: journal.NewRedactor(catalog)}
	f.dec = jsontext.NewDecoder(f.source, jsontext.AllowInvalidUTF8(true), jsontext.AllowDuplicateNames(true))
	f.Format = Sniff(head)
	var err error
	switch f.Format {
	case HAR:
		err = f.readHAR()
	case NDJSON:
		err = f.readNDJSON()
	default:
		return nil, errors.New("this is no session: neither HAR, which is an object with a log, nor NDJSON, an object with seq and time on each line")
	}
	if err == nil {
		err = f.order()
	}
	if err != nil {
		return nil, err
	}
	return &f.Session, nil
}

func trimBOM(data []byte) []byte { return bytes.TrimPrefix(data, []byte("\xEF\xBB\xBF")) }

// file is a file that is being read.
type file struct {
	Session
	source  *source
	dec     *jsontext.Decoder
	catalog *scim.Catalog
	redact  *journal.Redactor
	bytes   int
	lines   []int // of the calls, for errors
}

func (f *file) readNDJSON() error {
	for {
		value, err := f.value()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return f.wrong(err, 0)
		}
		form, c, err := readForm(value, f.catalog)
		if err != nil {
			return f.wrong(err, f.dec.InputOffset()-int64(len(value)))
		}
		f.Missed += form.Missed
		if err := f.keep(c, len(value)); err != nil {
			return err
		}
	}
}

// readHAR reads log.entries, wherever in the file it is, and skips the rest.
func (f *file) readHAR() error {
	found := false
	err := f.object(func(name string) error {
		if name != "log" {
			return f.dec.SkipValue()
		}
		return f.object(func(name string) error {
			if name != "entries" {
				return f.dec.SkipValue()
			}
			found = true
			return f.array(f.entry)
		})
	})
	if err == nil {
		if _, err = f.dec.ReadToken(); err == nil {
			err = errors.New("there is more behind the end of the HAR")
		} else if errors.Is(err, io.EOF) {
			err = nil
		}
	}
	if err == nil && !found {
		err = errors.New("the log has no entries")
	}
	if err != nil {
		return f.wrong(err, 0)
	}
	return nil
}

// object reads an object. member reads the value of the member with that name.
func (f *file) object(member func(name string) error) error {
	return f.nested('{', func() error {
		name, err := f.dec.ReadToken()
		if err != nil {
			return err
		}
		return member(name.String())
	})
}

func (f *file) array(element func() error) error { return f.nested('[', element) }

func (f *file) nested(open jsontext.Kind, inner func() error) error {
	if kind := f.dec.PeekKind(); kind != open && kind != jsontext.KindInvalid {
		return f.at(fmt.Errorf("there should be a %c", byte(open)), f.dec.InputOffset())
	}
	if _, err := f.dec.ReadToken(); err != nil {
		return err
	}
	for f.dec.PeekKind() != open+2 { // ']' and '}' are two behind '[' and '{'
		if err := inner(); err != nil {
			return err
		}
	}
	_, err := f.dec.ReadToken()
	return err
}

// entry reads an entry of a HAR.
func (f *file) entry() error {
	value, err := f.value()
	if err != nil {
		return err
	}
	start := f.dec.InputOffset() - int64(len(value))
	var e harEntry
	if err := json.Unmarshal(value, &e, jsontext.AllowInvalidUTF8(true), jsontext.AllowDuplicateNames(true)); err != nil {
		return f.at(err, start)
	}
	c, err := f.callOf(&e)
	if err != nil {
		return f.at(err, start)
	}
	if c == nil {
		f.Skipped++
		return nil
	}
	if u, err := url.Parse(e.Request.URL); err == nil && u.Host != "" {
		f.Origin = cmp.Or(f.Origin, u.Scheme+"://"+u.Host)
	}
	return f.keep(c, len(value))
}

// callOf returns the call of an entry, or nil where it is none of SCIM.
func (f *file) callOf(e *harEntry) (*journal.Call, error) {
	told, err := e.form()
	if err != nil {
		return nil, err
	}
	if len(e.Airmock) > 0 {
		if err := json.Unmarshal(e.Airmock, told); err != nil {
			return nil, fmt.Errorf("its member _airmock: %w", err)
		}
	} else if base, ok := baseOf(told.Path, f.catalog); ok {
		told.Base = base
	} else {
		return nil, nil
	}
	c := told.call(f.catalog)
	if err := complete(c, told.Exact); err != nil {
		return nil, fmt.Errorf("its member exact: %w", err)
	}
	return c, sane(c)
}

// value reads a value, which must not be too long.
func (f *file) value() (jsontext.Value, error) {
	f.source.begin(f.dec.InputOffset())
	return f.dec.ReadValue()
}

// keep takes a call, if it is one.
func (f *file) keep(c *journal.Call, size int) error {
	if c == nil {
		return nil
	}
	f.bytes += size
	line, _ := f.source.position(f.dec.InputOffset())
	if len(f.Calls) == maxCalls || f.bytes > maxBytes {
		return fmt.Errorf("line %d: this is too much to look at: %d calls are read at most, and %d MiB; export fewer, with a QUERY or --cycle", line, maxCalls, maxBytes>>20)
	}
	f.redact.Call(c)
	f.Calls = append(f.Calls, c)
	f.lines = append(f.lines, line)
	return nil
}

// order puts the calls in the order of their numbers. Where not all have one, as
// in HAR of others, they are numbered in the order in which they began.
func (f *file) order() error {
	if slices.ContainsFunc(f.Calls, func(c *journal.Call) bool { return c.Seq == 0 }) {
		slices.SortStableFunc(f.Calls, func(a, b *journal.Call) int { return a.Time.Compare(b.Time) })
		for i, c := range f.Calls {
			c.Seq = uint64(i + 1)
		}
	} else {
		lines := make(map[uint64]int, len(f.Calls))
		for i, c := range f.Calls {
			if first, twice := lines[c.Seq]; twice {
				return fmt.Errorf("line %d: call %d is there already, in line %d; a session has each once", f.lines[i], c.Seq, first)
			}
			lines[c.Seq] = f.lines[i]
		}
		slices.SortStableFunc(f.Calls, func(a, b *journal.Call) int { return cmp.Compare(a.Seq, b.Seq) })
	}
	f.cycles()
	return nil
}

// cycles gives a cycle to calls that have none, as recording would have.
func (f *file) cycles() {
	cycle, end := 0, time.Time{}
	for _, c := range f.Calls {
		if c.Cycle != 0 {
			cycle = c.Cycle
		} else {
			if cycle == 0 || c.Time.Sub(end) > journal.CycleGap {
				cycle++
			}
			c.Cycle = cycle
		}
		if done := c.Time.Add(c.Duration); done.After(end) {
			end = done
		}
	}
}
