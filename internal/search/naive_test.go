package search

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"airmock/internal/entra"
	"airmock/internal/journal"
	"airmock/internal/journal/journaltest"
	"airmock/internal/scim"
)

// naiveTerm is a condition as its sentence in the documentation says it.
type naiveTerm struct {
	not    bool
	key    string // "" for a word
	values []string
}

func (n naiveTerm) String() string {
	text := strings.Join(n.values, "|")
	if n.key != "" {
		text = n.key + ":" + text
	}
	if n.not {
		text = "!" + text
	}
	return text
}

// selects goes through all operations for each condition.
func selects(terms []naiveTerm, c *journal.Call) bool {
	found := false
	for part := range c.All() {
		all := true
		for _, n := range terms {
			holds := n.holds(part, c)
			if n.not && holds {
				return false
			}
			all = all && (n.not || holds)
		}
		found = found || all
	}
	return found
}

func (n naiveTerm) holds(part, whole *journal.Call) bool {
	for _, v := range n.values {
		if naiveValue(n.key, v, part, whole) {
			return true
		}
	}
	return false
}

// naiveValue looks at a value of an operation, and at the same of the request
// where they share it.
func naiveValue(key, value string, part, whole *journal.Call) bool {
	switch key {
	case "status":
		return part.Status != 0 && naiveNumber(value, part.Status)
	case "cycle":
		return naiveNumber(value, whole.Cycle)
	case "op":
		for _, o := range []scim.Operation{part.Operation, whole.Operation} {
			for _, name := range append(o.Families(), o) {
				if naiveGlob(value, string(name), true) {
					return true
				}
			}
		}
		return false
	}
	for _, text := range naiveTexts(key, part, whole) {
		if naiveGlob(value, text, key != "" && strings.Contains(value, "*")) {
			return true
		}
	}
	return false
}

func naiveTexts(key string, part, whole *journal.Call) []string {
	var texts []string
	for _, c := range []*journal.Call{part, whole} {
		var names []string
		e := c.Effect
		if e == nil {
			e = &journal.Effect{}
		}
		names = append(append(append(names, e.Added...), e.Removed...), e.Unlinked...)
		below := strings.TrimPrefix(c.Path, c.Target.Base)
		switch key {
		case "":
			texts = append(texts, entra.Tell(c).Text, c.Path, string(c.Operation), c.Error, c.Filter, c.Target.ID, e.Name, e.ID)
			texts = append(append(texts, names...), e.Left...)
		case "path":
			texts = append(texts, c.Path+"?"+c.Query, below+"?"+c.Query, c.Path, below)
		case "quirk":
			for _, q := range c.Quirks {
				texts = append(texts, string(q))
			}
		case "id":
			for _, id := range []string{c.Target.ID, e.ID} {
				if id != "" {
					texts = append(texts, id)
				}
			}
		case "user":
			if c.Target.Endpoint == scim.EndpointUsers {
				texts = append(texts, c.Target.ID, c.Filter)
				if quoted := regexp.MustCompile(`"(.*)"`).FindStringSubmatch(c.Filter); quoted != nil {
					texts = append(texts, quoted[1])
				}
			}
			if c.Effect != nil && e.Type == "User" {
				texts = append(texts, e.Name, e.ID)
			}
			texts = append(texts, names...)
		}
	}
	return texts
}

func naiveGlob(pattern, text string, whole bool) bool {
	expr := strings.ReplaceAll(regexp.QuoteMeta(pattern), `\*`, `.*`)
	if whole {
		expr = "^" + expr + "$"
	}
	return regexp.MustCompile("(?is)" + expr).MatchString(text)
}

func naiveNumber(value string, n int) bool {
	limit, _ := strconv.Atoi(strings.TrimLeft(value, "<>="))
	switch strings.TrimRight(value, "0123456789") {
	case ">":
		return n > limit
	case ">=":
		return n >= limit
	case "<":
		return n < limit
	case "<=":
		return n <= limit
	}
	return n == limit
}

// drawTerms draws conditions that often hold for the calls of drawCall.
func drawTerms(t *rapid.T) []naiveTerm {
	values := map[string]*rapid.Generator[string]{
		"":       rapid.StringMatching(`[a-c*@.]{0,3}[a-c@/][a-c*]?|create|bulk|cr\*te`),
		"user":   rapid.StringMatching(`\*?[a-c]{1,2}\*?|\*|[a-c]\*@\*|userName`),
		"path":   rapid.SampledFrom([]string{"/Users", "*/Users", "/users/*", "/Bulk", "*a*", "filter=", "/0/*"}),
		"id":     rapid.SampledFrom([]string{"9f2c", "9f2c*", "*", "id-of-a", "id-of-*a"}),
		"op":     rapid.SampledFrom([]string{"user.*", "*", "bulk", "user.create", "user.patch", "USER.delete", "*.query", "group.*"}),
		"quirk":  rapid.SampledFrom([]string{"active", "*", "op-*", "-as-", "null-sent"}),
		"status": rapid.StringMatching(`(<|>|<=|>=|=)?(200|201|404|503)`),
		"cycle":  rapid.StringMatching(`(<|>|<=|>=|=)?[0-3]`),
	}
	return rapid.SliceOfN(rapid.Custom(func(t *rapid.T) naiveTerm {
		key := rapid.SampledFrom([]string{"", "", "user", "path", "id", "op", "quirk", "status", "cycle"}).Draw(t, "key")
		return naiveTerm{
			not: rapid.Bool().Draw(t, "not"), key: key,
			values: rapid.SliceOfN(values[key], 1, 2).Draw(t, "values"),
		}
	}), 0, 3).Draw(t, "terms")
}

func drawCall(t *rapid.T) *journal.Call {
	name := rapid.StringMatching(`[a-c]{1,3}(@[a-c])?`).Draw(t, "name")
	var c *journal.Call
	switch rapid.IntRange(0, 5).Draw(t, "kind") {
	case 0:
		c = journaltest.Create(name, start)
	case 1:
		c = journaltest.Lookup(name, start)
	case 2:
		c = journaltest.Disable(name, start)
	case 3:
		c = journaltest.Faulty(start)
		c.Effect = &journal.Effect{Type: "Group", ID: "g", Name: "Eng", Change: "updated", Added: []string{name, "cc"}, AddedN: 2}
	default:
		c = journaltest.Bulk(name, "9f2c"+name, start)
	}
	c.Cycle = rapid.IntRange(1, 3).Draw(t, "cycle")
	c.Seq = uint64(rapid.IntRange(1, 2*textChunk).Draw(t, "seq"))
	return c
}

func parseTerms(t *rapid.T, terms []naiveTerm) Query {
	text := ""
	for _, n := range terms {
		text += fmt.Sprint(n, " ")
	}
	q, err := Parse(text, Setting{Now: start})
	if err != nil {
		t.Fatal(err)
	}
	return q
}

func TestQueriesSelectWhatANaiveSecondImplementationSelects(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		terms := drawTerms(t)
		q := parseTerms(t, terms)
		texts := new(Texts)
		for range 4 {
			c := drawCall(t)
			want := selects(terms, c)
			if got := q.Match(c); got != want {
				t.Fatalf("%v on %s of %v: %t, want %t", terms, c.Operation, c.Effect, got, want)
			}
			c.Seq += uint64(len(texts.chunks)) * 4 * textChunk // no number twice
			for range 2 {                                      // the second time the text is there
				if q.MatchIn(texts, c) != want {
					t.Fatalf("%v on %s: with kept texts not %t", terms, c.Operation, want)
				}
			}
		}
	})
}

func TestWhatANarrowerQuerySelectsTheWiderDoes(t *testing.T) {
	narrower := 0
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.StringMatching(`!?(user:|path:|)[ab*]{1,2}( !?(op:user.\*|user:a\*?|[abc]|[ab]\|b|status:>200))?`).Draw(t, "query")
		more := text + rapid.StringMatching(`[abc*|]{0,2}( [abc]+| cycle:1)?`).Draw(t, "more")
		wide, err := Parse(text, Setting{})
		if err != nil {
			return
		}
		narrow, _ := Parse(more, Setting{})
		if !narrow.Narrows(wide) {
			return
		}
		narrower++
		for range 4 {
			if c := drawCall(t); narrow.Match(c) && !wide.Match(c) {
				t.Fatalf("%q is to narrow %q, but selects %s of %v", more, text, c.Operation, c.Effect)
			}
		}
	})
	if narrower == 0 {
		t.Error("nothing was narrower")
	}
}

func TestTypingNarrows(t *testing.T) {
	for _, tt := range []struct {
		wide, narrow string
		want         bool
	}{
		{"", "simon", true},
		{"sim", "simon", true},
		{"simon", "sim", false},
		{"simon", "simon status:404", true},
		{"simon status:404", "simon", false},
		{"!simon", "!sim", true},
		{"!sim", "!simon", false},
		{"user:a", "user:a.kim", true},
		{"user:a", "USER:a.kim", true},
		{"user:a", "group:ab", false},
		{"user:a.kim", "user:a.kim@*", false},
		{"a", "a|b", false},
		{"op:user.*", "op:user.create", false},
		{"op:user.*", "kim op:user.*", true},
		{">5ms", ">50ms", false},
		{`"a b"`, `"a b c"`, true},
	} {
		wide, _ := Parse(tt.wide, Setting{})
		narrow, _ := Parse(tt.narrow, Setting{})
		if got := narrow.Narrows(wide); got != tt.want {
			t.Errorf("%q narrows %q: %t", tt.narrow, tt.wide, got)
		}
	}
	early, _ := Parse("before:10m", Setting{Now: start})
	late, _ := Parse("before:10m", Setting{Now: start.Add(time.Minute)})
	if late.Narrows(early) {
		t.Error("ten minutes ago is another time a minute later")
	}
}

func TestTextsAreBoundedAndForgotten(t *testing.T) {
	q, _ := Parse("simon", Setting{})
	texts := new(Texts)
	call := func(seq uint64, name string) *journal.Call {
		c := journaltest.Create(name, start)
		c.Seq = seq
		return c
	}
	long := strings.Repeat("simon", 1<<20)
	for seq := range uint64(20) {
		if !q.MatchIn(texts, call(seq*textChunk+1, long)) {
			t.Fatal("not found")
		}
	}
	if texts.bytes > maxTexts || texts.bytes < maxTexts/2 {
		t.Errorf("%d bytes are kept", texts.bytes)
	}
	texts.Forget(20 * textChunk)
	if texts.bytes != 0 || len(texts.chunks) != 0 {
		t.Errorf("%d bytes are left in %d chunks", texts.bytes, len(texts.chunks))
	}
}
