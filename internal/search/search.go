// Package search is the query language over calls: that of the Live page, of
// airmock calls, and of the control API.
package search

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"airmock/internal/entra"
	"airmock/internal/journal"
	"airmock/internal/nearest"
	"airmock/internal/safetext"
	"airmock/internal/scim"
)

// Query selects calls. It is a list of terms that must all hold:
//
//	words "two words"         in story, path, operation, names, ids or error
//	status:404 status:4xx status:>=400 status:lost
//	op:user.create op:user.*  user:kim group:eng id:9f2c path:/Users
//	method:patch quirk:active fault:503 cycle:3
//	>500ms <=2s               how long it took
//	!term                     not so
//
// The zero value selects all calls.
type Query struct {
	terms []term
}

// term is one condition.
type term struct {
	not  bool
	test func(*subject) bool
}

// subject is a call under test, with what is dear to compute.
type subject struct {
	*journal.Call
	told  bool
	story string
}

func (s *subject) Story() string {
	if !s.told {
		s.told, s.story = true, entra.Tell(s.Call).Text
	}
	return s.story
}

// Error says which word of a query cannot be read.
type Error struct {
	Word   string // as it was written
	Reason string
}

func (e *Error) Error() string { return e.Word + ": " + e.Reason }

// Parse reads a query over the calls of a tenant that offers c. Words that cannot be read are left out, as they
// are often only half typed; the error, a *Error, is about the first.
func Parse(text string, c *scim.Catalog) (f Query, err error) {
	for _, w := range split(text) {
		test, wrong := w.test(c)
		switch {
		case wrong == nil:
			f.terms = append(f.terms, term{not: w.not, test: test})
		case err == nil:
			err = &Error{Word: w.raw, Reason: wrong.Error()}
		}
	}
	return f, err
}

// Empty reports whether the query selects all.
func (f Query) Empty() bool { return len(f.terms) == 0 }

// Match reports whether the query selects c.
func (f Query) Match(c *journal.Call) bool {
	s := &subject{Call: c}
	for _, t := range f.terms {
		if t.test(s) == t.not {
			return false
		}
	}
	return true
}

// word is one word of a query.
type word struct {
	raw   string
	not   bool
	colon int // of the key's end in text; -1 where there is no key
	text  string
}

// split splits a query at blanks that are not in quotes. A quote that
// does not end runs to the end of the text, as it does while being typed.
func split(text string) []word {
	var all []word
	for i := 0; i < len(text); {
		if text[i] == ' ' {
			i++
			continue
		}
		w, size := nextWord(text[i:])
		i += size
		if w.text != "" {
			all = append(all, w)
		}
	}
	return all
}

// nextWord reads the word at the start of text and returns its size.
func nextWord(text string) (word, int) {
	w := word{colon: -1}
	var b strings.Builder
	quoted := false
	i := 0
	if text[0] == '!' {
		w.not = true
		i++
	}
	for ; i < len(text) && (quoted || text[i] != ' '); i++ {
		switch {
		case text[i] == '"':
			quoted = !quoted
			if w.colon < 0 {
				w.colon = -2 // what follows a quote is no key
			}
			continue
		case text[i] == ':' && w.colon == -1:
			w.colon = b.Len()
		}
		b.WriteByte(text[i])
	}
	w.raw, w.text = text[:i], b.String()
	return w, i
}

// key makes the test of key:value, or says what would be right.
type key func(value string) (func(*subject) bool, error)

func keys(c *scim.Catalog) map[string]key {
	return map[string]key{
		"op":     opTest(c),
		"status": statusTest,
		"cycle":  cycleTest,
		"method": methodTest,
		"quirk":  quirkTest,
		"fault":  faultTest,
		"path":   textTest(func(s *subject) []string { return paths(s.Call) }),
		"id":     textTest(func(s *subject) []string { return ids(s.Call) }),
		"user":   textTest(func(s *subject) []string { return touched(s.Call, "User", scim.EndpointUsers) }),
		"group":  textTest(func(s *subject) []string { return touched(s.Call, "Group", scim.EndpointGroups) }),
	}
}

// keyNames are the keys of keys in the order in which errors list them.
func keyNames() []string {
	return []string{"op", "status", "user", "group", "id", "path", "method", "quirk", "fault", "cycle"}
}

func (w word) test(c *scim.Catalog) (func(*subject) bool, error) {
	if w.colon >= 0 {
		return w.keyTest(w.text[:w.colon], w.text[w.colon+1:], c)
	}
	if w.colon == -1 && (w.text[0] == '>' || w.text[0] == '<') {
		return durationTest(w.text)
	}
	word := lowerSafe(w.text)
	return func(s *subject) bool { return mentions(s, word) }, nil
}

func (w word) keyTest(key, value string, c *scim.Catalog) (func(*subject) bool, error) {
	makeTest, known := keys(c)[strings.ToLower(key)]
	switch {
	case !known:
		return nil, errors.New("no such key" + cmp.Or(nearest.Hint(key, keyNames()), "; in quotes it is text"))
	case value == "":
		return nil, errors.New("a value is missing behind the colon")
	}
	return makeTest(value)
}

// mentions reports whether a call has the lower-case word anywhere that
// people look.
func mentions(s *subject, word string) bool {
	has := func(text string) bool { return Holds(text, word) }
	for c := range s.All() {
		if has(c.Path) || has(string(c.Operation)) || has(c.Error) || has(c.Filter) {
			return true
		}
		if e := c.Effect; e != nil && (has(e.Name) || slices.ContainsFunc(e.Added, has) || slices.ContainsFunc(e.Removed, has)) {
			return true
		}
	}
	return slices.ContainsFunc(ids(s.Call), has) || has(s.Story())
}

// Holds reports whether text has the lower-case word in it, in any case. Both
// are compared as they are shown, as that is what people read and copy.
func Holds(text, word string) bool { return strings.Contains(lowerSafe(text), word) }

func lowerSafe(text string) string { return strings.ToLower(safetext.Line(text)) }

// paths returns the paths that a call names.
func paths(call *journal.Call) []string {
	var out []string
	for c := range call.All() {
		out = append(out, c.Path+"?"+c.Query)
	}
	return out
}

// ids returns the ids that a call is about, and for a bulk request those that
// its operations are about.
func ids(call *journal.Call) []string {
	var out []string
	for c := range call.All() {
		out = append(out, c.Target.ID)
		if c.Effect != nil && c.Effect.ID != c.Target.ID {
			out = append(out, c.Effect.ID)
		}
	}
	return out
}

// touched returns the texts that name the resources of a type that a call
// asks for or changes. Members of groups are users, nearly always.
func touched(call *journal.Call, typ string, endpoint scim.Endpoint) []string {
	var out []string
	for c := range call.All() {
		if c.Target.Endpoint == endpoint {
			out = append(out, c.Filter, c.Target.ID)
		}
		e := c.Effect
		if e == nil {
			continue
		}
		if e.Type == typ {
			out = append(out, e.Name, e.ID)
		}
		if typ == "User" {
			out = append(out, e.Added...)
			out = append(out, e.Removed...)
		}
	}
	return out
}

// textTest makes a key that looks for its value in the texts of a call.
func textTest(texts func(*subject) []string) key {
	return func(value string) (func(*subject) bool, error) {
		value = lowerSafe(value)
		return func(s *subject) bool {
			return slices.ContainsFunc(texts(s), func(t string) bool { return Holds(t, value) })
		}, nil
	}
}

// opTest makes the key of the operations that there are on a tenant which
// offers c.
func opTest(c *scim.Catalog) key {
	return func(value string) (func(*subject) bool, error) {
		value = lowerSafe(value)
		if c.KnownPattern(value) {
			return func(s *subject) bool { return s.Operation.Matches(value) }, nil
		}
		hint := "; all of a kind are user.*"
		if near := c.NearestOperation(value); near != "" {
			hint = fmt.Sprintf("; did you mean %q?", near)
		}
		return nil, errors.New("no such operation" + hint)
	}
}

func methodTest(value string) (func(*subject) bool, error) {
	methods := []string{"GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"}
	if !slices.Contains(methods, strings.ToUpper(value)) {
		return nil, errors.New("no such method" + nearest.Hint(value, methods))
	}
	return func(s *subject) bool { return strings.EqualFold(s.Method, value) }, nil
}

// quirkTest and faultTest take * for any.
func quirkTest(value string) (func(*subject) bool, error) {
	value = lowerSafe(value)
	return func(s *subject) bool {
		return slices.ContainsFunc(s.Quirks, func(q scim.Quirk) bool { return value == "*" || Holds(string(q), value) })
	}, nil
}

func faultTest(value string) (func(*subject) bool, error) {
	value = lowerSafe(value)
	return func(s *subject) bool {
		f := s.Fault
		return f != nil && (value == "*" || strings.EqualFold(f.Rule, value) ||
			Holds(f.Kind, value) || Holds(f.Text, value) || Holds(f.Detail, value))
	}, nil
}

func statusTest(value string) (func(*subject) bool, error) {
	lower := strings.ToLower(value)
	if lower == "lost" {
		return func(s *subject) bool { return s.Status == 0 }, nil
	}
	if len(lower) == 3 && lower[1:] == "xx" && lower[0] >= '1' && lower[0] <= '5' {
		class := int(lower[0] - '0')
		return func(s *subject) bool { return s.Status/100 == class }, nil
	}
	test, err := numberTest(value)
	if err != nil {
		return nil, errors.New("a status is 404, 4xx, >=400 or lost")
	}
	return func(s *subject) bool { return test(s.Status) }, nil
}

func cycleTest(value string) (func(*subject) bool, error) {
	test, err := numberTest(value)
	if err != nil {
		return nil, errors.New("a cycle is 3 or >=3")
	}
	return func(s *subject) bool { return test(s.Cycle) }, nil
}

func durationTest(text string) (func(*subject) bool, error) {
	op, rest := splitComparison(text)
	limit, err := time.ParseDuration(rest)
	if err != nil {
		return nil, errors.New("a duration is >500ms or <=2s")
	}
	return func(s *subject) bool { return compare(op, s.Duration, limit) }, nil
}

func numberTest(text string) (func(int) bool, error) {
	op, rest := splitComparison(text)
	limit, err := strconv.Atoi(rest)
	if err != nil {
		return nil, err
	}
	return func(n int) bool { return compare(op, n, limit) }, nil
}

// splitComparison splits ">=400" into operator and operand; "400" has "=".
func splitComparison(text string) (op, rest string) {
	for _, op := range []string{">=", "<=", ">", "<", "="} {
		if rest, ok := strings.CutPrefix(text, op); ok {
			return op, rest
		}
	}
	return "=", text
}

func compare[T int | time.Duration](op string, a, b T) bool {
	switch op {
	case ">=":
		return a >= b
	case "<=":
		return a <= b
	case ">":
		return a > b
	case "<":
		return a < b
	}
	return a == b
}
