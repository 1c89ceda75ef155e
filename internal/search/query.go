// Package search is the query language over calls: that of the Live page, of
// airmock calls and airmock wait, and of the control API.
//
// A query is a list of words and keys with values, which must all hold:
//
//	words "two words"           in the story, the path, names, ids, an error
//	op:user.create op:user.*    the operation, or a family of them
//	status:404 status:4xx status:>=400 status:lost
//	user:kim group:eng          who is asked for or changed, by name or id
//	id:9f2c path:/Users method:patch quirk:active fault:503
//	token:azure token:expired   the token's name, or what was wrong with it
//	cycle:3 cycle:>=3
//	after:10m after:21:04 before:2026-11-22T21:04:11Z
//	>500ms <=2s                 how long it took
//	!term                       not so
//	a|b                         one of them
//	*                           anything: user:a.kim@*
//
// Case is ignored. Without a star a value is looked for within names and paths;
// with one it is the whole name or path. In quotes blanks, colons, stars and
// bars are text, and \" is a quote.
//
// Each operation of a bulk request has its own operation, status, method, path
// and people, and all other things of the request, whose operation and path are
// also its own. A query selects a bulk request where one of its operations, or
// the request by itself, has everything that is asked for, and none has what is
// not to be. So !x selects exactly what x does not.
package search

import (
	"fmt"
	"strings"
	"time"
	"unicode/utf8"

	"airmock/internal/journal"
	"airmock/internal/scim"
)

// Query selects calls. The zero value selects all.
type Query struct {
	terms []term
}

// Setting is what a query is read in.
type Setting struct {
	Catalog *scim.Catalog // what the tenant offers; nil for the standard one
	Now     time.Time     // from which after:10m counts back; its location is that of after:21:04
}

// term is one condition.
type term struct {
	word
	id   string // the same for terms that mean the same
	test test
}

// test looks at one operation: a call, or a part of a bulk request.
type test func(*subject) bool

// Error says which word of a query cannot be read.
type Error struct {
	Word   string // as it was written
	Column int    // where it begins, in characters, from 1
	Reason string
}

func (e *Error) Error() string {
	return fmt.Sprintf("%s: %s (at column %d)", e.Word, e.Reason, e.Column)
}

// Parse reads a query. Words that cannot be read are left out, as they are
// often only half typed; the error, an *Error, is about the first.
func Parse(text string, s Setting) (q Query, err error) {
	for _, w := range split(text) {
		t, wrong := w.term(s)
		switch {
		case wrong == nil:
			q.terms = append(q.terms, t)
		case err == nil:
			err = &Error{Word: w.raw, Column: utf8.RuneCountInString(text[:w.at]) + 1, Reason: wrong.Error()}
		}
	}
	return q, err
}

// Empty reports whether the query selects all.
func (q Query) Empty() bool { return len(q.terms) == 0 }

// Match reports whether the query selects c.
func (q Query) Match(c *journal.Call) bool { return q.MatchIn(nil, c) }

// MatchIn is Match for who asks more often: texts keeps what is dear to make.
func (q Query) MatchIn(texts *Texts, c *journal.Call) bool {
	if len(q.terms) == 0 {
		return true
	}
	s := &subject{Call: c, whole: c, texts: texts}
	found := false
	for i := -1; i < len(c.Parts); i++ {
		if i >= 0 {
			s.Call, s.part = c.Parts[i], i+1
		}
		wanted := !found
		for _, t := range q.terms {
			switch {
			case t.not && t.test(s):
				return false
			case !t.not && wanted:
				wanted = t.test(s)
			}
		}
		found = found || wanted
	}
	return found
}

// Narrows reports whether q selects nothing that wide does not, as far as that
// can be seen from the words: whoever has what wide selects need look no
// further.
func (q Query) Narrows(wide Query) bool {
	for _, w := range wide.terms {
		if !q.implies(w) {
			return false
		}
	}
	return true
}

func (q Query) implies(w term) bool {
	for _, t := range q.terms {
		if t.id == w.id || t.within(w.word) {
			return true
		}
	}
	return false
}

// within reports whether what holds for w holds for v: both look for a text in
// texts, and a longer one is in fewer.
func (w word) within(v word) bool {
	if w.not != v.not || !strings.EqualFold(w.key, v.key) || !w.looksInTexts() || !v.looksInTexts() {
		return false
	}
	long, short := w.values[0].pattern[0], v.values[0].pattern[0]
	if w.not {
		long, short = short, long
	}
	return strings.Contains(long, short)
}
