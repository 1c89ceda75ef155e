package search

import (
	"strings"

	"airmock/internal/entra"
	"airmock/internal/journal"
	"airmock/internal/safetext"
)

// subject is an operation under test: a call, or a part of a bulk request.
type subject struct {
	*journal.Call               // the part, or the whole
	whole         *journal.Call // the call
	part          int           // 0 for the whole, 1 for the first part
	texts         *Texts        // may be nil
	all           []string      // the texts of the whole and its parts, once they are made
}

// mentions reports whether the pattern is in what people read of the
// operation, or of the whole request.
func (s *subject) mentions(p pattern) bool {
	if s.all == nil {
		text := s.texts.of(s.whole)
		if len(s.whole.Parts) == 0 {
			return p.in(text)
		}
		s.all = strings.Split(text, partMark)
	}
	return p.in(s.all[s.part]) || s.part > 0 && p.in(s.all[0])
}

const (
	pieceMark = "\n"   // between the texts of an operation, so that nothing is found across two
	partMark  = "\x00" // between the operations of a bulk request
)

// textOf returns the text of a call in which words are looked for, in lower
// case. As it is safe for a terminal, the marks are in none of its pieces.
func textOf(c *journal.Call) string {
	var b builder
	b.call(c)
	for _, part := range c.Parts {
		b.all.WriteString(partMark)
		b.from = b.all.Len()
		b.call(part)
	}
	return b.all.String()
}

// builder gathers the text of a call.
type builder struct {
	all  strings.Builder
	from int // where the operation begins
}

func (b *builder) call(c *journal.Call) {
	b.add(entra.Tell(c).Text)
	b.add(c.Path)
	b.add(string(c.Operation))
	b.add(c.Error)
	b.add(c.Filter)
	b.add(c.Target.ID)
	if e := c.Effect; e != nil {
		b.add(e.Name)
		b.add(e.ID)
		for _, names := range [][]string{e.Added, e.Removed, e.Left, e.Unlinked} {
			for _, name := range names {
				b.add(name)
			}
		}
	}
}

// add adds a piece, unless it is there already: stories hold names, and paths
// ids.
func (b *builder) add(piece string) {
	piece = lowerSafe(piece)
	if strings.Contains(b.all.String()[b.from:], piece) {
		return
	}
	b.all.WriteString(pieceMark)
	b.all.WriteString(piece)
}

// Holds reports whether text has the lower-case word in it, in any case. Both
// are compared as they are shown, as that is what people read and copy.
func Holds(text, word string) bool { return strings.Contains(lowerSafe(text), word) }

func lowerSafe(text string) string { return strings.ToLower(safetext.Line(text)) }

// maxTexts bounds what Texts keeps, in bytes. 100,000 calls take about a third.
const maxTexts = 64 << 20

// textChunk is how many calls are kept, and forgotten, together.
const textChunk = 512

// Texts keeps the texts of calls in which words are looked for, made when they
// are first asked for, up to 64 MiB; calls are known by their number. The zero
// value keeps none yet. It is not safe for concurrent use.
type Texts struct {
	chunks map[uint64]*[textChunk]string // by number, divided
	bytes  int
}

// of returns the text of c, which it keeps. A nil t keeps nothing.
func (t *Texts) of(c *journal.Call) string {
	if t == nil || c.Seq == 0 {
		return textOf(c)
	}
	kept := t.chunks[c.Seq/textChunk]
	if kept != nil && kept[c.Seq%textChunk] != "" {
		return kept[c.Seq%textChunk]
	}
	text := textOf(c)
	if t.bytes+len(text) > maxTexts {
		return text
	}
	if kept == nil {
		kept = new([textChunk]string)
		if t.chunks == nil {
			t.chunks = make(map[uint64]*[textChunk]string)
		}
		t.chunks[c.Seq/textChunk] = kept
	}
	kept[c.Seq%textChunk] = text
	t.bytes += len(text)
	return text
}

// Forget lets go of the texts of calls with numbers below first, but for those
// of the last few of them.
func (t *Texts) Forget(first uint64) {
	for n, kept := range t.chunks {
		if n >= first/textChunk {
			continue
		}
		for _, text := range kept {
			t.bytes -= len(text)
		}
		delete(t.chunks, n)
	}
}
