package search

import (
	"strings"
)

// word is one word of a query.
type word struct {
	raw    string // as it was written
	at     int    // where it begins, in bytes
	not    bool
	hasKey bool
	key    string
	values []value // one of them is to hold; none is empty
}

// value is one of the alternatives of a word.
type value struct {
	text    string // without quotes
	quoted  bool   // it began with a quote
	pattern pattern
}

// split splits a query at blanks that are not in quotes. A quote that
// does not end runs to the end of the text, as it does while being typed.
func split(text string) []word {
	var all []word
	for i := 0; i < len(text); {
		if isBlank(text[i]) {
			i++
			continue
		}
		r := reader{text: text, at: i}
		w := r.word()
		w.raw, w.at = text[i:r.at], i
		i = r.at
		if w.hasKey || len(w.values) > 0 {
			all = append(all, w)
		}
	}
	return all
}

func isBlank(c byte) bool { return c == ' ' || c == '\t' || c == '\n' || c == '\r' }

// reader reads one word of a query.
type reader struct {
	text string
	at   int
}

// word reads [!][key:][!]value[|value …].
func (r *reader) word() word {
	var w word
	w.not = r.takes('!')
	if end := r.keyEnd(); end >= 0 {
		w.hasKey, w.key = true, r.text[r.at:end]
		r.at = end + 1
		if r.takes('!') {
			w.not = !w.not
		}
	}
	for {
		if v := r.value(); v.text != "" {
			w.values = append(w.values, v)
		}
		if !r.takes('|') {
			return w
		}
	}
}

func (r *reader) takes(c byte) bool {
	if r.at < len(r.text) && r.text[r.at] == c {
		r.at++
		return true
	}
	return false
}

// keyEnd returns where the colon behind the key stands; -1 where there is no
// key. What follows a quote is none.
func (r *reader) keyEnd() int {
	n := strings.IndexAny(r.text[r.at:], ": \t\r\n\"|")
	if n < 0 || r.text[r.at+n] != ':' {
		return -1
	}
	return r.at + n
}

// value reads up to a blank or a bar that is not in quotes.
func (r *reader) value() value {
	v := value{quoted: r.at < len(r.text) && r.text[r.at] == '"'}
	var all, literal strings.Builder
	inQuotes := false
	for ; r.at < len(r.text); r.at++ {
		c := r.text[r.at]
		switch {
		case c == '"':
			inQuotes = !inQuotes
			continue
		case !inQuotes && (c == '|' || isBlank(c)):
			return v.ended(&all, &literal)
		case !inQuotes && c == '*':
			v.pattern = append(v.pattern, lowerSafe(literal.String()))
			literal.Reset()
			all.WriteByte(c)
			continue
		case inQuotes && c == '\\' && r.at+1 < len(r.text) && (r.text[r.at+1] == '"' || r.text[r.at+1] == '\\'):
			r.at++
			c = r.text[r.at]
		}
		all.WriteByte(c)
		literal.WriteByte(c)
	}
	return v.ended(&all, &literal)
}

func (v value) ended(all, literal *strings.Builder) value {
	v.text = all.String()
	v.pattern = append(v.pattern, lowerSafe(literal.String()))
	return v
}

// Quote returns text as a word or value that is nothing but text: in quotes
// where it would mean more.
func Quote(text string) string {
	if text != "" && !strings.ContainsAny(text, " \t\r\n\"|*:!<>\\") {
		return text
	}
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(text) + `"`
}

// pattern is a text in lower case, cut where a star stands for anything.
type pattern []string

// hasStar reports whether there is a star in it.
func (p pattern) hasStar() bool { return len(p) > 1 }

// fits reports whether the pattern is in text or, with a star, is the whole of
// it. Both are compared as they are shown, as that is what people read and copy.
func (p pattern) fits(text string) bool {
	text = lowerSafe(text)
	if !p.hasStar() {
		return strings.Contains(text, p[0])
	}
	text, begins := strings.CutPrefix(text, p[0])
	last := p[len(p)-1]
	if !begins || len(text) < len(last) || !strings.HasSuffix(text, last) {
		return false
	}
	return pattern(p[1 : len(p)-1]).follow(text[:len(text)-len(last)])
}

// in reports whether the pattern is somewhere in a line of text, which is in
// lower case.
func (p pattern) in(text string) bool {
	if !p.hasStar() {
		return strings.Contains(text, p[0])
	}
	for line := range strings.SplitSeq(text, pieceMark) {
		if p.follow(line) {
			return true
		}
	}
	return false
}

// follow reports whether the literals are in text, one behind the other.
func (p pattern) follow(text string) bool {
	for _, literal := range p {
		i := strings.Index(text, literal)
		if i < 0 {
			return false
		}
		text = text[i+len(literal):]
	}
	return true
}
