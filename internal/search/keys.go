package search

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"airmock/internal/entra"
	"airmock/internal/journal"
	"airmock/internal/nearest"
	"airmock/internal/scim"
)

// key makes the test of a value behind a key, or says what would be right.
type key func(v value, s Setting) (test, error)

// keys are the keys, in the order in which errors list them.
var keys = []struct {
	name string
	make key
}{
	{"op", opTest},
	{"status", statusTest},
	{"user", touches("User", scim.EndpointUsers)},
	{"group", touches("Group", scim.EndpointGroups)},
	{"id", idTest},
	{"path", pathTest},
	{"method", methodTest},
	{"quirk", quirkTest},
	{"fault", faultTest},
	{"cycle", cycleTest},
	{"token", tokenTest},
	{"after", afterTest},
	{"before", beforeTest},
}

// looksInTexts reports whether w holds where one text is within another. Such
// words narrow as they are typed.
func (w word) looksInTexts() bool {
	if len(w.values) != 1 || w.values[0].pattern.hasStar() {
		return false
	}
	if !w.hasKey {
		return !w.values[0].isComparison()
	}
	return slices.Contains([]string{"user", "group", "id", "path"}, strings.ToLower(w.key))
}

// term makes the condition that w is.
func (w word) term(s Setting) (term, error) {
	makeTest, err := w.makeTest()
	if err != nil {
		return term{}, err
	}
	t := term{word: w, id: w.raw}
	var any []test
	for _, v := range w.values {
		test, err := makeTest(v, s)
		if err != nil && len(w.values) > 1 {
			err = fmt.Errorf("%q: %w", v.text, err)
		}
		if err != nil {
			return term{}, err
		}
		any = append(any, test)
	}
	t.test = any[0]
	if len(any) > 1 {
		t.test = func(s *subject) bool {
			return slices.ContainsFunc(any, func(holds test) bool { return holds(s) })
		}
	}
	if k := strings.ToLower(w.key); k == "after" || k == "before" {
		t.id += s.Now.String() // 10m means another moment each time
	}
	return t, nil
}

// makeTest returns what makes the tests of the values of w.
func (w word) makeTest() (key, error) {
	if !w.hasKey {
		return wordTest, nil
	}
	var names []string
	for _, k := range keys {
		if !strings.EqualFold(k.name, w.key) {
			names = append(names, k.name)
			continue
		}
		if len(w.values) == 0 {
			return nil, errors.New("a value is missing behind the colon")
		}
		return k.make, nil
	}
	all := "; there are " + strings.Join(names, ", ") + "; in quotes it is text"
	return nil, errors.New("no such key" + cmp.Or(nearest.Hint(w.key, names), all))
}

// isComparison reports whether a word is about how long a call took.
func (v value) isComparison() bool {
	return !v.quoted && (v.text[0] == '>' || v.text[0] == '<')
}

func wordTest(v value, _ Setting) (test, error) {
	if v.isComparison() {
		return durationTest(v.text)
	}
	return func(s *subject) bool { return s.mentions(v.pattern) }, nil
}

// opTest is the key of the operations that there are on the tenant. A part of a
// bulk request is also of the operation bulk.
func opTest(v value, s Setting) (test, error) {
	name := lowerSafe(v.text)
	if s.Catalog.KnownPattern(name) {
		return func(s *subject) bool {
			return s.Operation.Matches(name) || s.part > 0 && s.whole.Operation.Matches(name)
		}, nil
	}
	hint := "; all of a kind are user.*"
	for _, family := range []string{name + ".*", "*." + name} {
		if s.Catalog.KnownPattern(family) {
			return nil, fmt.Errorf("no such operation; did you mean %q?", family)
		}
	}
	if near := s.Catalog.NearestOperation(name); near != "" {
		hint = fmt.Sprintf("; did you mean %q?", near)
	}
	return nil, errors.New("no such operation" + hint)
}

// statusTest takes 404, 4xx, 40*, a comparison, and lost. A call that got no
// answer has no status, and none that could be compared.
func statusTest(v value, _ Setting) (test, error) {
	lower := strings.ToLower(v.text)
	wrong := errors.New("a status is 404, 4xx, >=400 or lost" + nearest.Hint(lower, []string{"lost"}))
	switch {
	case lower == "lost" || lower == "0": // JSON has 0
		return func(s *subject) bool { return s.Status == 0 }, nil
	case len(lower) == 3 && lower[1:] == "xx" && lower[0] >= '1' && lower[0] <= '5':
		class := int(lower[0] - '0')
		return func(s *subject) bool { return s.Status/100 == class }, nil
	case v.pattern.hasStar():
		if strings.Trim(lower, "*0123456789") != "" {
			return nil, wrong
		}
		return func(s *subject) bool { return s.Status != 0 && v.pattern.fits(strconv.Itoa(s.Status)) }, nil
	}
	test, limit, err := numberTest(v.text)
	if err != nil || limit < 100 || limit > 599 && !strings.ContainsAny(lower, "<>") {
		return nil, wrong
	}
	return func(s *subject) bool { return s.Status != 0 && test(s.Status) }, nil
}

func cycleTest(v value, _ Setting) (test, error) {
	holds, limit, err := numberTest(v.text)
	if err != nil || limit < 0 {
		return nil, errors.New("a cycle is 3 or >=3")
	}
	return func(s *subject) bool { return holds(s.whole.Cycle) }, nil
}

func methodTest(v value, _ Setting) (test, error) {
	methods := []string{"GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"}
	if !slices.Contains(methods, strings.ToUpper(v.text)) {
		return nil, errors.New("no such method" + nearest.Hint(v.text, methods))
	}
	return func(s *subject) bool { return strings.EqualFold(s.Method, v.text) }, nil
}

// quirkTest takes the name of a quirk, or a part of it.
func quirkTest(v value, _ Setting) (test, error) {
	fits := func(q scim.Quirk) bool { return v.pattern.fits(string(q)) }
	if known := entra.Quirks(); !slices.ContainsFunc(known, fits) {
		var names []string
		for _, q := range known {
			names = append(names, string(q))
		}
		for _, name := range names { // those who know a word of it
			names = append(names, strings.Split(name, "-")...)
		}
		return nil, errors.New("no such quirk" + cmp.Or(nearest.Hint(v.text, names), "; any is quirk:*"))
	}
	return func(s *subject) bool {
		return slices.ContainsFunc(s.Quirks, fits) || s.part > 0 && slices.ContainsFunc(s.whole.Quirks, fits)
	}, nil
}

// faultTest takes the id of a rule, or what is in its text.
func faultTest(v value, _ Setting) (test, error) {
	return func(s *subject) bool {
		f := s.whole.Fault
		if s.Fault != nil {
			f = s.Fault
		}
		return f != nil && (strings.EqualFold(f.Rule, v.text) ||
			v.pattern.fits(f.Kind) || v.pattern.fits(f.Text) || v.pattern.fits(f.Detail))
	}, nil
}

// tokenTest takes the name of a token, or what became of it.
func tokenTest(v value, _ Setting) (test, error) {
	verdict := journal.Auth(strings.ToLower(v.text))
	return func(s *subject) bool {
		c := s.whole
		return c.Token != "" && v.pattern.fits(c.Token) || c.Auth != "" && c.Auth == verdict
	}, nil
}

func idTest(v value, _ Setting) (test, error) {
	fits := func(id string) bool { return id != "" && v.pattern.fits(id) }
	return func(s *subject) bool {
		return fits(s.Target.ID) || s.Effect != nil && fits(s.Effect.ID)
	}, nil
}

// pathTest looks at the path with its query. With a star the pattern is of the
// whole path, or of what is below the base path, each with the query or
// without.
func pathTest(v value, _ Setting) (test, error) {
	holds := func(c *journal.Call) bool {
		if !v.pattern.hasStar() {
			return v.pattern.fits(c.Path + "?" + c.Query)
		}
		below := strings.TrimPrefix(c.Path, c.Target.Base)
		return v.pattern.fits(below) || v.pattern.fits(c.Path) ||
			v.pattern.fits(below+"?"+c.Query) || v.pattern.fits(c.Path+"?"+c.Query)
	}
	return func(s *subject) bool { return holds(s.Call) || s.part > 0 && holds(s.whole) }, nil
}

// touches makes the key of the resources of a type that a call asks for or
// changes, by what names them. Members of groups are users, nearly always.
func touches(typ string, endpoint scim.Endpoint) key {
	return func(v value, _ Setting) (test, error) {
		fits := v.pattern.fits
		return func(s *subject) bool {
			if s.Target.Endpoint == endpoint && (fits(s.Target.ID) || v.pattern.fitsFilter(s.Filter)) {
				return true
			}
			e := s.Effect
			switch {
			case e == nil:
				return false
			case e.Type == typ && (fits(e.Name) || fits(e.ID)):
				return true
			case typ == "Group":
				return slices.ContainsFunc(e.Left, fits)
			}
			return slices.ContainsFunc(e.Added, fits) || slices.ContainsFunc(e.Removed, fits) || slices.ContainsFunc(e.Unlinked, fits)
		}, nil
	}
}

// fitsFilter is fits for a filter of SCIM: with a star, the pattern is of one of
// the texts in its quotes.
func (p pattern) fitsFilter(filter string) bool {
	if filter == "" || !p.hasStar() {
		return filter != "" && p.fits(filter)
	}
	for _, rest, found := strings.Cut(filter, `"`); found; _, rest, found = strings.Cut(rest, `"`) {
		end := 0
		for end < len(rest) && rest[end] != '"' {
			if rest[end] == '\\' {
				end++
			}
			end++
		}
		end = min(end, len(rest))
		if p.fits(rest[:end]) {
			return true
		}
		rest = rest[min(end+1, len(rest)):]
	}
	return false
}
