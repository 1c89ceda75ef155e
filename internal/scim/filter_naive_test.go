package scim

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math/big"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// What follows is a second, naive implementation of filters, which the first is
// held against: a filter is its text and a function of what encoding/json makes
// of a resource, which is of the type gadgetSchema with the extension labSchema.
type naiveFilter struct {
	text string
	eval func(doc map[string]any) bool
}

// naiveAttr is an attribute or sub-attribute and how to find its values, of
// which nil is one that is missing.
type naiveAttr struct {
	name  string
	typ   string
	exact bool
	get   func(doc map[string]any) []any
}

const naiveLab = "urn:acme:2.0:Lab"

var (
	naiveMaker = []naiveAttr{{name: "name", typ: "string"}, {name: "since", typ: "dateTime"}, {name: "rank", typ: "integer"}}
	naiveParts = []naiveAttr{
		{name: "value", typ: "string", exact: true}, {name: "type", typ: "string"}, {name: "primary", typ: "boolean"},
		{name: "weight", typ: "decimal"}, {name: "made", typ: "dateTime"},
	}
	naiveBoss = []naiveAttr{{name: "value", typ: "string"}, {name: "since", typ: "dateTime"}}
	naiveTop  = []naiveAttr{
		{name: "displayName", typ: "string"}, {name: "code", typ: "string", exact: true}, {name: "on", typ: "boolean"},
		{name: "weight", typ: "decimal"}, {name: "count", typ: "integer"}, {name: "built", typ: "dateTime"},
		{name: "key", typ: "binary", exact: true}, {name: "home", typ: "reference", exact: true},
		{name: "tags", typ: "string"}, {name: "sizes", typ: "integer"},
	}
	naiveExt = []naiveAttr{{name: "room", typ: "string"}, {name: "level", typ: "integer"}}
)

// listOf returns the values of a member that has one, several or none.
func listOf(v any) []any {
	switch v := v.(type) {
	case nil:
		return nil
	case []any:
		return v
	}
	return []any{v}
}

// naiveMember is the attribute a in the object that is the top-level member with
// that name, or in each of several.
func naiveMember(top string, a naiveAttr) naiveAttr {
	sub := a.name
	a.get = func(doc map[string]any) []any {
		var values []any
		for _, v := range listOf(doc[top]) {
			values = append(values, v.(map[string]any)[sub])
		}
		return values
	}
	return a
}

// naiveAttrs lists all that a filter can name.
func naiveAttrs() []naiveAttr {
	var all []naiveAttr
	for _, a := range naiveTop {
		a.get = func(doc map[string]any) []any { return listOf(doc[a.name]) }
		all = append(all, a)
	}
	for top, subs := range map[string][]naiveAttr{"maker": naiveMaker, "parts": naiveParts} {
		for _, a := range subs {
			a = naiveMember(top, a)
			a.name = top + "." + a.name
			all = append(all, a)
		}
	}
	value := naiveMember("parts", naiveParts[0])
	value.name = "parts" // compares its value
	all = append(all, value)
	for _, a := range naiveExt {
		a = naiveMember(naiveLab, a)
		a.name = naiveLab + ":" + a.name
		all = append(all, a)
	}
	for _, a := range naiveBoss {
		get := func(doc map[string]any) []any {
			lab, _ := doc[naiveLab].(map[string]any)
			boss, _ := lab["boss"].(map[string]any)
			return []any{boss[a.name]}
		}
		all = append(all, naiveAttr{naiveLab + ":boss." + a.name, a.typ, a.exact, get})
	}
	slices.SortFunc(all, func(a, b naiveAttr) int { return strings.Compare(a.name, b.name) })
	return all
}

// naiveValue draws a value of a type, of few, so that they meet.
func naiveValue(t *rapid.T, typ string) any {
	pick := func(texts ...string) string { return rapid.SampledFrom(texts).Draw(t, typ) }
	switch typ {
	case "boolean":
		return rapid.Bool().Draw(t, typ)
	case "decimal":
		return json.Number(pick("0", "-1", "1", "1.0", "1.50", "15e-1", "1e2", "100", "99999999999999999999", "0.1", "1E-1"))
	case "integer":
		return json.Number(pick("0", "-1", "1", "2", "10", "99999999999999999999"))
	case "dateTime":
		return pick("2011-05-13T04:42:34Z", "2011-05-13T05:42:34+01:00", "2011-05-13T04:42:34", "2011-05-13T04:42:34.5Z", "2012-01-01T00:00:00Z")
	case "binary":
		return pick("AQID", "aqid", "AQIDBA==")
	case "reference":
		return pick("http://a/b", "http://A/b", "../c")
	}
	return pick("a", "A", "ab", "AB", "b", "ba", `q"uote`, "ü", "Ü", "a b", `back\slash`, "(", "x] and y")
}

// naiveObject draws an object with some of the attributes.
func naiveObject(t *rapid.T, attrs []naiveAttr) map[string]any {
	object := make(map[string]any)
	for _, a := range attrs {
		if !rapid.Bool().Draw(t, "has "+a.name) {
			continue
		}
		if object[a.name] = naiveValue(t, a.typ); a.name == "tags" || a.name == "sizes" {
			object[a.name] = rapid.SliceOfN(rapid.Custom(func(t *rapid.T) any { return naiveValue(t, a.typ) }), 0, 3).Draw(t, a.name)
		}
	}
	return object
}

// naiveResource draws a resource, as JSON and as what encoding/json makes of it.
func naiveResource(t *rapid.T) (text []byte, doc map[string]any) {
	doc = naiveObject(t, naiveTop)
	if rapid.Bool().Draw(t, "has maker") {
		doc["maker"] = naiveObject(t, naiveMaker)
	}
	var parts []any
	for range rapid.IntRange(0, 3).Draw(t, "parts") {
		parts = append(parts, naiveObject(t, naiveParts))
	}
	if len(parts) > 0 {
		doc["parts"] = parts
	}
	if rapid.Bool().Draw(t, "has lab") {
		lab := naiveObject(t, naiveExt)
		if rapid.Bool().Draw(t, "has boss") {
			lab["boss"] = naiveObject(t, naiveBoss)
		}
		doc[naiveLab] = lab
	}
	text, err := json.Marshal(doc)
	if err != nil {
		t.Fatal(err)
	}
	dec := json.NewDecoder(bytes.NewReader(text))
	dec.UseNumber()
	doc = nil
	if err := dec.Decode(&doc); err != nil {
		t.Fatal(err)
	}
	return text, doc
}

// anyCase writes a name or an operator as somebody might.
func anyCase(t *rapid.T, s string) string {
	return rapid.SampledFrom([]string{s, s, strings.ToUpper(s), strings.ToLower(s)}).Draw(t, "spelling")
}

// naiveOps are the operators that a type has an order or a text for.
func naiveOps(typ string) []string {
	switch typ {
	case "boolean":
		return []string{"eq", "ne", "pr"}
	case "integer", "decimal":
		return []string{"eq", "ne", "gt", "ge", "lt", "le", "pr"}
	case "binary":
		return []string{"eq", "ne", "co", "sw", "ew", "pr"}
	}
	return []string{"eq", "ne", "co", "sw", "ew", "gt", "ge", "lt", "le", "pr"}
}

// naiveComparison draws a comparison of one attribute.
func naiveComparison(t *rapid.T, attrs []naiveAttr) naiveFilter {
	a := rapid.SampledFrom(attrs).Draw(t, "attribute")
	op := rapid.SampledFrom(naiveOps(a.typ)).Draw(t, "op")
	text := anyCase(t, a.name) + " " + anyCase(t, op)
	var want any
	switch {
	case op == "pr":
	case (op == "eq" || op == "ne") && rapid.IntRange(0, 9).Draw(t, "null") == 0:
		text += " null"
	default:
		want = naiveValue(t, a.typ)
		literal, _ := json.Marshal(want)
		text += rapid.SampledFrom([]string{" ", "  "}).Draw(t, "blanks") + string(literal)
	}
	if a.name == "parts" && op == "pr" { // any part that says anything
		return naiveFilter{text, func(doc map[string]any) bool {
			return slices.ContainsFunc(listOf(doc["parts"]), func(v any) bool { return len(v.(map[string]any)) > 0 })
		}}
	}
	return naiveFilter{text, func(doc map[string]any) bool {
		values := a.get(doc)
		if len(values) == 0 {
			values = []any{nil} // unassigned
		}
		_, compares := want.(bool)
		return slices.ContainsFunc(values, func(v any) bool {
			if v == nil && compares && (a.name == "primary" || a.name == "parts.primary" && doc["parts"] != nil) {
				v = false // RFC 7643 section 2.4: what does not say that it is primary is not
			}
			return naiveHolds(op, a, v, want)
		})
	}}
}

// naiveHolds compares one value; nil is one that is missing, or null.
func naiveHolds(op string, a naiveAttr, v, want any) bool {
	switch {
	case op == "pr":
		return v != nil && v != ""
	case v == nil || want == nil:
		return (op == "eq") == (v == nil && want == nil) && (op == "eq" || op == "ne")
	}
	var c int
	switch v := v.(type) {
	case bool:
		return (v == want) == (op == "eq")
	case json.Number:
		x, _ := new(big.Rat).SetString(string(v))
		y, _ := new(big.Rat).SetString(string(want.(json.Number)))
		c = x.Cmp(y)
	case string:
		x, y := v, want.(string)
		if !a.exact {
			x, y = strings.ToLower(x), strings.ToLower(y)
		}
		switch op {
		case "co":
			return strings.Contains(x, y)
		case "sw":
			return strings.HasPrefix(x, y)
		case "ew":
			return strings.HasSuffix(x, y)
		}
		if c = strings.Compare(x, y); a.typ == "dateTime" {
			c = naiveInstant(v).Compare(naiveInstant(want.(string)))
		}
	}
	return map[string]bool{"eq": c == 0, "ne": c != 0, "gt": c > 0, "ge": c >= 0, "lt": c < 0, "le": c <= 0}[op]
}

func naiveInstant(s string) time.Time {
	if t, err := time.Parse(time.RFC3339, s); err == nil {
		return t
	}
	t, err := time.Parse(time.RFC3339, s+"Z")
	if err != nil {
		panic(fmt.Sprintf("%s is no instant", s)) // a mistake of naiveValue
	}
	return t
}

// naiveAny draws a filter over these attributes; values draws one of values
// selected by brackets, nil within brackets. An or of ands of terms needs no
// parentheses.
func naiveAny(t *rapid.T, attrs []naiveAttr, values func(*rapid.T) naiveFilter, depth int) naiveFilter {
	var ors []naiveFilter
	for range rapid.SampledFrom([]int{1, 1, 2, 3}).Draw(t, "ors") {
		var ands []naiveFilter
		for range rapid.SampledFrom([]int{1, 1, 2, 3}).Draw(t, "ands") {
			ands = append(ands, naiveTerm(t, attrs, values, depth))
		}
		ors = append(ors, joined(t, "and", ands, func(eval func(naiveFilter) bool) bool {
			return !slices.ContainsFunc(ands, func(f naiveFilter) bool { return !eval(f) })
		}))
	}
	return joined(t, "or", ors, func(eval func(naiveFilter) bool) bool { return slices.ContainsFunc(ors, eval) })
}

func joined(t *rapid.T, op string, parts []naiveFilter, hold func(func(naiveFilter) bool) bool) naiveFilter {
	texts := make([]string, len(parts))
	for i, p := range parts {
		texts[i] = p.text
	}
	return naiveFilter{strings.Join(texts, " "+anyCase(t, op)+" "), func(doc map[string]any) bool {
		return hold(func(f naiveFilter) bool { return f.eval(doc) })
	}}
}

func naiveTerm(t *rapid.T, attrs []naiveAttr, values func(*rapid.T) naiveFilter, depth int) naiveFilter {
	switch kind := rapid.IntRange(0, 9).Draw(t, "term"); {
	case kind == 0 && depth > 0:
		x := naiveAny(t, attrs, values, depth-1)
		return naiveFilter{"( " + x.text + ")", x.eval}
	case kind == 1 && depth > 0:
		x := naiveAny(t, attrs, values, depth-1)
		return naiveFilter{anyCase(t, "not") + " (" + x.text + ")", func(doc map[string]any) bool { return !x.eval(doc) }}
	case kind < 5 && values != nil:
		return values(t)
	}
	return naiveComparison(t, attrs)
}

// naiveSelected draws a filter with brackets, or Entra's form of it.
func naiveSelected(t *rapid.T) naiveFilter {
	top := rapid.SampledFrom([]string{"parts", "maker", "tags", "sizes"}).Draw(t, "values")
	subs := map[string][]naiveAttr{
		"parts": naiveParts, "maker": naiveMaker, "tags": {{name: "value", typ: "string"}}, "sizes": {{name: "value", typ: "integer"}},
	}[top]
	own := make([]naiveAttr, len(subs))
	for i, a := range subs {
		a.get = func(element map[string]any) []any { return listOf(element[a.name]) }
		own[i] = a
	}
	inner := naiveAny(t, own, nil, 1)
	text, eval := anyCase(t, top)+"["+inner.text+"]", inner.eval
	if top == "parts" && rapid.Bool().Draw(t, "as Entra writes it") {
		behind := naiveComparison(t, own)
		text += "." + behind.text
		eval = func(element map[string]any) bool { return inner.eval(element) && behind.eval(element) }
	}
	return naiveFilter{text, func(doc map[string]any) bool {
		return slices.ContainsFunc(listOf(doc[top]), func(v any) bool {
			element, ok := v.(map[string]any)
			if !ok {
				element = map[string]any{"value": v}
			}
			return eval(element)
		})
	}}
}

func TestFilterEvaluationAgreesWithANaiveSecondImplementation(t *testing.T) {
	gadget := fuzzTypes(t)[2]
	attrs := naiveAttrs()
	rapid.Check(t, func(t *rapid.T) {
		text, doc := naiveResource(t)
		f := naiveAny(t, attrs, naiveSelected, 2)
		e, err := gadget.ParseFilter(f.text, &Reading{})
		if err != nil {
			t.Fatalf("%s: %v", f.text, err)
		}
		parsed, err := Parse(text)
		if err != nil {
			t.Fatal(err)
		}
		stored, err := parseStored(text)
		if err != nil {
			t.Fatal(err)
		}
		want := f.eval(doc)
		if got, onStored := Match(e, parsed), Match(e, stored); got != want || onStored != want {
			t.Fatalf("%s on %s: got %t, and %t on what is stored, want %t", f.text, text, got, onStored, want)
		}
	})
}
