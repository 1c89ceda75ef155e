package scim

import (
	"encoding/json"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// anyName draws a member's name, some of which need escapes.
func anyName() *rapid.Generator[string] {
	return rapid.OneOf(rapid.StringMatching(`[a-zA-Z$][a-zA-Z0-9_-]{0,8}`), rapid.String())
}

// anyValue draws a JSON tree of at most that depth. Names in one object differ
// by more than case.
func anyValue(depth int) *rapid.Generator[*Value] {
	return rapid.Custom(func(t *rapid.T) *Value {
		kinds := 5
		if depth == 0 {
			kinds = 3
		}
		switch rapid.IntRange(0, kinds).Draw(t, "kind") {
		case 0:
			return &Value{}
		case 1:
			return NewBool(rapid.Bool().Draw(t, "bool"))
		case 2:
			return NewInt(rapid.Int64().Draw(t, "int"))
		case 3:
			return NewString(rapid.String().Draw(t, "string"))
		case 4:
			return NewArray(rapid.SliceOfN(anyValue(depth-1), 0, 4).Draw(t, "array")...)
		}
		v := NewObject()
		for _, name := range rapid.SliceOfN(anyName(), 0, 5).Draw(t, "names") {
			v.Set(name, anyValue(depth-1).Draw(t, "member"))
		}
		return v
	})
}

func TestValueSurvivesRenderAndParse(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		v := anyValue(3).Draw(t, "value")
		text := v.String()
		if !json.Valid([]byte(text)) {
			t.Fatalf("rendered %s, which is not JSON", text)
		}
		again, err := Parse([]byte(text))
		if err != nil {
			t.Fatalf("Parse(%s): %v", text, err)
		}
		if !Equal(v, again) || again.String() != text {
			t.Fatalf("%s became %s", text, again)
		}
	})
}

func TestValueCloneSharesNothing(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		v := anyValue(3).Draw(t, "value")
		before := v.String()
		c := v.Clone()
		if !Equal(v, c) {
			t.Fatalf("the clone of %s is %s", v, c)
		}
		scramble(c)
		if v.String() != before {
			t.Fatalf("changing the clone made %s of %s", v, before)
		}
	})
}

// scramble changes every node below v.
func scramble(v *Value) {
	for c := range v.children() {
		scramble(c)
		c.name += "x"
		c.kind, c.text = Bool, "true"
		c.head, c.tail = nil, nil
	}
	v.head, v.tail = nil, nil
}

func TestValueEqualLooksAtMeaningAndNotAtOrderOrCase(t *testing.T) {
	tests := map[string]struct {
		a, b string
		want bool
	}{
		"members in another order":         {`{"a":1,"b":2,"c":3}`, `{"c":3,"a":1,"b":2}`, true},
		"names in another case":            {`{"userName":"x"}`, `{"USERNAME":"x"}`, true},
		"one member more":                  {`{"a":1}`, `{"a":1,"b":2}`, false},
		"one member less":                  {`{"a":1,"b":2}`, `{"a":1}`, false},
		"another name":                     {`{"a":1}`, `{"b":1}`, false},
		"elements in another order":        {`[1,2]`, `[2,1]`, false},
		"one element more":                 {`[1]`, `[1,2]`, false},
		"a string with and without escape": {`"caf\u00e9 \/"`, `"café /"`, true},
		"strings in another case":          {`"a"`, `"A"`, false},
		"a number and its text":            {`1`, `"1"`, false},
		"nested":                           {`{"a":[{"b":null}]}`, `{"A":[{"B":null}]}`, true},
		"null and null":                    {`null`, `null`, true},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			a, b := mustParse(t, tt.a), mustParse(t, tt.b)
			if Equal(a, b) != tt.want || Equal(b, a) != tt.want {
				t.Errorf("Equal(%s, %s) = %t, and %t the other way round; want %t", a, b, Equal(a, b), Equal(b, a), tt.want)
			}
		})
	}
	if !Equal(nil, mustParse(t, "null")) {
		t.Error("an absent value does not equal null")
	}
}

func TestValueMutation(t *testing.T) {
	tests := map[string]struct {
		in, want string
		do       func(v *Value)
	}{
		"Set keeps the place and takes the new spelling": {`{"A":1,"b":2}`, `{"a":"x","b":2}`, func(v *Value) { v.Set("a", NewString("x")) }},
		"Set appends what is new":                        {`{"a":1}`, `{"a":1,"b":true}`, func(v *Value) { v.Set("b", NewBool(true)) }},
		"Set with nil sets null":                         {`{"a":1}`, `{"a":null}`, func(v *Value) { v.Set("a", nil) }},
		"Delete of the only member":                      {`{"a":1}`, `{}`, func(v *Value) { v.Delete("A") }},
		"Delete of the first, then Set":                  {`{"a":1,"b":2}`, `{"b":2,"c":3}`, func(v *Value) { v.Delete("a"); v.Set("c", NewInt(3)) }},
		"Delete of the last, then Set":                   {`{"a":1,"b":2}`, `{"a":1,"c":3}`, func(v *Value) { v.Delete("b"); v.Set("c", NewInt(3)) }},
		"Delete of what is not there":                    {`{"a":1}`, `{"a":1}`, func(v *Value) { v.Delete("b") }},
		"DeleteFunc on elements":                         {`[1,2,3,4]`, `[2,4,5]`, func(v *Value) { deleteOdd(v); v.Append(NewInt(5)) }},
		"link takes a node out of a middle":              {`[1,2,3]`, `[1]`, func(v *Value) { n := v.firstChild(); v.head, v.tail = nil, nil; v.link(n) }},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			v := mustParse(t, tt.in)
			tt.do(v)
			if diff := cmp.Diff(tt.want, v.String()); diff != "" {
				t.Errorf("-want +got\n%s", diff)
			}
		})
	}
}

func deleteOdd(v *Value) {
	v.DeleteFunc(func(c *Value) bool {
		n, _ := strconv.Atoi(c.Text())
		return n%2 == 1
	})
}

func TestValueReadsNilAsNull(t *testing.T) {
	var v *Value
	if v.Kind() != Null || v.Text() != "" || v.Name() != "" || v.Len() != 0 || v.Get("a") != nil || v.IsTrue() || !v.IsEmpty() {
		t.Error("a nil value does not read as null")
	}
	if v.String() != "null" || v.Clone() != nil || v.Delete("a") || v.DeleteFunc(nil) != 0 {
		t.Error("a nil value does not act as null")
	}
	for range v.Members() {
		t.Error("a nil value has members")
	}
	for range v.Elements() {
		t.Error("a nil value has elements")
	}
}

func TestValueElements(t *testing.T) {
	tests := map[string]string{`[1,2]`: "1,2", `[]`: "", `null`: "", `"x"`: `"x"`, `{"a":1}`: `{"a":1}`}
	for in, want := range tests {
		var got []string
		for e := range mustParse(t, in).Elements() {
			got = append(got, e.String())
		}
		if strings.Join(got, ",") != want {
			t.Errorf("the elements of %s are %q, want %s", in, got, want)
		}
	}
}

func TestValueElementsStopsWhereTheLoopDoes(t *testing.T) {
	n := 0
	for range mustParse(t, `[1,2,3]`).Elements() {
		n++
		break
	}
	if n != 1 {
		t.Errorf("went on to element %d after break", n)
	}
}

func TestNewStringReplacesInvalidUTF8(t *testing.T) {
	for in, want := range map[string]string{
		"a\xffb":       `"a` + "\uFFFD" + `b"`,
		"tab\tquote\"": `"tab\tquote\""`,
		"bell\a":       `"bell\u0007"`,
		"é\u2028🙂\x7f": `"é` + "\u2028🙂\x7f" + `"`,
	} {
		if got := NewString(in).String(); got != want {
			t.Errorf("NewString(%q) renders %s, want %s", in, got, want)
		}
	}
}

// mustParse parses a document that a test is sure of.
func mustParse(tb rapid.TB, text string) *Value {
	tb.Helper()
	v, err := Parse([]byte(text))
	if err != nil {
		tb.Fatalf("Parse(%s): %v", text, err)
	}
	return v
}
