package scim

import (
	"bytes"
	"errors"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/go-json-experiment/json/jsontext"
	"pgregory.net/rapid"
)

// gadgetSchema has an attribute of every type, single and multi-valued, and
// most characteristics; labSchema extends it.
const gadgetSchema = `{"id":"urn:acme:2.0:Gadget","name":"Gadget","attributes":[
	{"name":"displayName"},
	{"name":"code","caseExact":true,"uniqueness":"server"},
	{"name":"on","type":"boolean"},
	{"name":"weight","type":"decimal"},
	{"name":"count","type":"integer"},
	{"name":"built","type":"dateTime"},
	{"name":"key","type":"binary","caseExact":true},
	{"name":"home","type":"reference","caseExact":true,"referenceTypes":["uri"]},
	{"name":"serial","mutability":"immutable"},
	{"name":"pin","mutability":"writeOnly","returned":"never"},
	{"name":"tags","multiValued":true},
	{"name":"sizes","type":"integer","multiValued":true},
	{"name":"maker","type":"complex","subAttributes":[{"name":"name","required":true},{"name":"since","type":"dateTime"},{"name":"rank","type":"integer"}]},
	{"name":"parts","type":"complex","multiValued":true,"subAttributes":[{"name":"value","caseExact":true},{"name":"type"},{"name":"primary","type":"boolean"},{"name":"weight","type":"decimal"},{"name":"made","type":"dateTime"}]}]}`

const labSchema = `{"id":"urn:acme:2.0:Lab","name":"Lab","attributes":[{"name":"room"},{"name":"level","type":"integer"},
	{"name":"boss","type":"complex","subAttributes":[{"name":"value"},{"name":"since","type":"dateTime"}]}]}`

// fuzzTypes are User, Group and a type from a file.
func fuzzTypes(tb testing.TB) []*ResourceType {
	tb.Helper()
	c, err := with("["+gadgetSchema+","+labSchema+"]",
		`{"name":"Gadget","endpoint":"/Gadgets","schema":"urn:acme:2.0:Gadget","schemaExtensions":[{"schema":"urn:acme:2.0:Lab"}]}`)
	if err != nil {
		tb.Fatal(err)
	}
	return c.ResourceTypes
}

// fuzzBodies are what is patched, one for each of fuzzTypes.
var fuzzBodies = map[string]string{
	"User":  patchUser,
	"Group": `{"displayName":"g","externalId":"e"}`,
	"Gadget": `{"displayName":"d","code":"C","on":true,"weight":1.50,"count":3,"built":"2011-05-13T04:42:34Z","key":"AQID","home":"http://a/b","serial":"s1",` +
		`"tags":["a","b"],"sizes":[1,2],"maker":{"name":"m","rank":1},"parts":[{"value":"p","type":"x","primary":true},{"value":"q","weight":2}]}`,
}

// checkRefusal holds what is true of every refusal: it has a scimType, says
// something, and has nothing in it that acts on whoever is shown it.
func checkRefusal(t rapid.TB, input string, err error) {
	t.Helper()
	refused, ok := errors.AsType[*Error](err)
	if !ok || refused.Type == "" || refused.Detail == "" {
		t.Fatalf("%q is refused with %v", input, err)
	}
	if strings.ContainsFunc(refused.Detail, unicode.IsControl) || !utf8.ValidString(refused.Detail) {
		t.Fatalf("%q is refused with %q", input, refused.Detail)
	}
}

func FuzzParse(f *testing.F) {
	for _, seed := range []string{
		benchUser, `{}`, `[]`, `"\ud83d\ude42"`, `{"a":{"a":[1,2.5e-7,{"":null}]}}`, `{"a":1,"a":2}`, "\xEF\xBB\xBF1", `[[[`,
		"{\"\xff\":1}", `{"a":"\u0000"}`, `{"a":"\`, `{"a":"\"`, `-`, `tru`, `01`, `{"a" :1 , }`, "\x00", "\"\x00\"", `{"a":1,"\u0061":2}`,
		"{" + manyMembers(30) + `,"kkk":1}`, strings.Repeat("[", 65) + strings.Repeat("]", 65), "{}\x00", `1e`, `-0.0E+1`, "\"\x7f\u2028\"", `"\ud800"`,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		text := bytes.TrimPrefix(data, utf8BOM)
		isJSON := jsontext.Value(text).IsValid()
		v, err := Parse(data)
		if err != nil {
			checkRefusal(t, string(data), err)
			if isJSON && withinBounds(text) {
				t.Fatalf("Parse(%q) refuses JSON: %v", data, err)
			}
			return
		}
		if !isJSON || !withinBounds(text) {
			t.Fatalf("Parse(%q) took what is not JSON, or too much of it", data)
		}
		checkRendered(t, v)
	})
}

// withinBounds reads JSON token by token, as Parse does not.
func withinBounds(text []byte) bool {
	dec := jsontext.NewDecoder(bytes.NewReader(text))
	for {
		if _, err := dec.ReadToken(); err != nil {
			return true // the end
		}
		kind, members := dec.StackIndex(dec.StackDepth())
		if dec.StackDepth() > maxDepth || kind == '{' && members > 2*maxMembers {
			return false
		}
	}
}

// checkRendered holds that v survives rendering and parsing, twice the same,
// and that it reads the same from a stored image as from a document.
func checkRendered(t rapid.TB, v *Value) {
	t.Helper()
	text := v.AppendJSON(nil)
	again, err := Parse(text)
	if err != nil || !Equal(v, again) || again.String() != string(text) {
		t.Fatalf("%q became %q: %v", text, again, err)
	}
	if v.Kind() != Object {
		return
	}
	stored, err := parseStored(text)
	if err != nil || stored.String() != string(text) || !Equal(v, stored) || stored.String() != string(text) {
		t.Fatalf("%q is stored as %q: %v", text, stored, err)
	}
}

func FuzzParseStored(f *testing.F) {
	f.Add([]byte(benchUser), 7, byte('"'))
	f.Add([]byte(`{"a":"\u0041","b":[1,true],"c":[{"d":"\\"}]}`), 6, byte('\\'))
	f.Fuzz(func(t *testing.T, data []byte, at int, to byte) {
		if len(data) > 0 {
			data = bytes.Clone(data)
			data[uint(at)%uint(len(data))] = to
		}
		v, err := parseStored(data)
		if err != nil {
			return
		}
		v.AppendJSON(nil)
		if Equal(v, v.Clone()); v.Kind() != Object { // looks into everything
			t.Fatalf("%q is a stored %s", data, v.Kind())
		}
	})
}

func FuzzFilter(f *testing.F) {
	for _, seed := range []string{
		`userName eq "bjensen"`, `emails[type eq "work" and value co "@x"].value ne x`, `not (a pr) or b.c gt 1.5e3`,
		`urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:department eq "x"`, `((((a pr))))`, `a eq "\ud83d\ude00"`,
		`urn:x:2.0:Y:z pr`, `active eq "True"`, `schemas[value eq null]`, `meta.created lt "2020-01-01T00:00:00"`,
		`weight ge 1.5 and sizes eq 2 or parts[made gt "2011-05-13T04:42:34+01:00" and not (primary eq true)]`, `key eq "AQID" and maker.rank le 1`,
	} {
		f.Add(seed)
	}
	types := fuzzTypes(f)
	f.Fuzz(func(t *testing.T, text string) {
		for _, rt := range types {
			e, err := rt.ParseFilter(text, &Reading{})
			strict, refused := rt.ParseFilter(text, &Reading{Profile: RFC})
			switch {
			case err != nil:
				checkRefusal(t, text, err)
			case refused != nil:
				checkRefusal(t, text, refused)
			}
			if refused == nil && (err != nil || strict.String() != e.String()) {
				t.Fatalf("%q reads strictly as %q, and else as %v, %v", text, strict, e, err)
			}
			if err == nil {
				checkFilter(t, rt, text, e)
			}
		}
	})
}

// checkFilter holds that e renders as what reads as the same, and matches the
// same whether a resource was parsed or stored.
func checkFilter(t *testing.T, rt *ResourceType, text string, e Expr) {
	t.Helper()
	resource := fuzzBodies[rt.Name]
	if rt.Name == "User" {
		resource = filterUser
	}
	open := mustParse(t, resource)
	matched := Match(e, open)
	stored, err := parseStored(open.AppendJSON(nil))
	if err != nil || Match(e, stored) != matched {
		t.Fatalf("%q matches %t what is parsed, and not so what is stored: %v", text, matched, err)
	}
	if len(e.String()) > maxFilterLength {
		return // names resolve to longer ones
	}
	again, err := rt.ParseFilter(e.String(), &Reading{})
	if err != nil {
		t.Fatalf("%q renders as %q, which does not parse: %v", text, e, err)
	}
	if again.String() != e.String() || Match(again, open) != matched {
		t.Fatalf("%q renders as %q, which reads as %q", text, e, again)
	}
}

func FuzzPath(f *testing.F) {
	for _, seed := range []string{
		`userName`, `emails[type eq "work"].value`, `urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:manager.value`,
		`urn:a:1.0:b`, `a:b:c.d[e pr]`, `members[value eq "1" or value eq "2"]`, `urn:ietf:params:scim:schemas:core:2.0:User`, `parts[weight gt 1].made`,
	} {
		f.Add(seed)
	}
	types := fuzzTypes(f)
	f.Fuzz(func(t *testing.T, text string) {
		for _, rt := range types {
			p, err := rt.ParsePath(text, &Reading{})
			strict, refused := rt.ParsePath(text, &Reading{Profile: RFC})
			switch {
			case err != nil:
				checkRefusal(t, text, err)
			case refused != nil:
				checkRefusal(t, text, refused)
			}
			if refused == nil && (err != nil || strict.String() != p.String()) {
				t.Fatalf("%q reads strictly as %q, and else as %q, %v", text, strict, p, err)
			}
			if err != nil || p.Name == "" || len(p.String()) > maxFilterLength {
				continue
			}
			again, err := rt.ParsePath(p.String(), &Reading{})
			if err != nil || again.String() != p.String() {
				t.Fatalf("%q reads as %q, and that as %q, %v", text, p, again, err)
			}
		}
	})
}

func FuzzPatch(f *testing.F) {
	for _, seed := range []string{
		`{"op":"Replace","path":"active","value":"False"}`,
		`{"op":"add","path":"emails[type eq \"work\"].value","value":"x"}`,
		`{"op":"replace","value":{"name.givenName":"B","emails[type eq \"w\"]":{"value":"y"}}}`,
		`{"op":"Remove","path":"members","value":[{"value":"1"},"2"]}`,
		`{"op":"remove","path":"roles[value eq \"r1\" or primary eq true].display"}`,
		`{"op":"add","path":"urn:x:2.0:Y:z.w","value":[{"a":[1,{}]}]}`,
		`{"op":"add","path":"manager","value":[{"value":""}]},{"op":"add","path":"manager.value","value":"m"}`,
		`{"op":"replace","path":"hobbies[kind eq 3].size","value":{}},{"op":"remove","path":"hobbies.size"}`,
		`{"op":"add","path":"schemas.value","value":"x"}`,
		`{"op":"replace","path":"parts[value eq \"p\"].primary","value":true},{"op":"add","path":"sizes","value":[3]}`,
		`{"op":"replace","path":"maker","value":{"since":"2011-05-13T04:42:34Z"}},{"op":"remove","path":"tags[value eq \"a\"]"}`,
	} {
		f.Add(seed)
	}
	types := fuzzTypes(f)
	f.Fuzz(func(t *testing.T, ops string) {
		for _, rt := range types {
			for _, profile := range []Profile{Entra, RFC} {
				doc, err := Parse([]byte(`{"schemas":["` + URNPatchOp + `"],"Operations":[` + ops + `]}`))
				if err != nil {
					return
				}
				fuzzPatch(t, rt, doc, profile)
			}
		}
	})
}

// fuzzPatch holds what is true of every patch that is accepted: it makes of a
// resource another that is valid, from a stored one the same as from a parsed
// one, and the same each time.
func fuzzPatch(t rapid.TB, rt *ResourceType, doc *Value, profile Profile) {
	t.Helper()
	text := doc.String()
	p, err := rt.ParsePatch(doc, &Reading{Profile: profile})
	if err != nil {
		checkRefusal(t, text, err)
		return
	}
	start := fuzzBodies[rt.Name]
	draft, err := p.Apply(mustParse(t, start), &Reading{Profile: profile})
	stored, errStored := p.Apply(mustStore(t, start), &Reading{Profile: profile})
	if err != nil {
		checkRefusal(t, text, err)
		if errStored == nil || errStored.Error() != err.Error() {
			t.Fatalf("%s is refused with %v and, on what is stored, with %v", text, err, errStored)
		}
		return
	}
	once := draft.Body.String()
	if errStored != nil || stored.Body.String() != once {
		t.Fatalf("%s makes\n%s of what is parsed and\n%s, %v of what is stored", text, once, stored.Body, errStored)
	}
	checkBody(t, rt, text, once)
}

// mustStore returns the body of a stored resource.
func mustStore(t rapid.TB, body string) *Value {
	t.Helper()
	v, err := parseStored([]byte(body))
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// checkBody holds that body, which input made, is tidy and within what a
// resource may be, and survives being stored.
func checkBody(t rapid.TB, rt *ResourceType, input, body string) {
	t.Helper()
	v := mustParse(t, body)
	if rt.tidy(v); v.String() != body {
		t.Fatalf("%s makes %s, which tidied is %s", input, body, v)
	}
	if err := rt.check(v); err != nil {
		t.Fatalf("%s makes %s: %v", input, body, err)
	}
	image, _ := rt.Image(v, testMeta)
	if _, err := Parse(image); err != nil {
		t.Fatalf("%s makes the image %s: %v", input, image, err)
	}
	again, err := rt.Body(image)
	if err != nil || again.String() != body {
		t.Fatalf("%s makes %s, which is stored as %s: %v", input, body, again, err)
	}
}

func FuzzResource(f *testing.F) {
	f.Add([]byte(benchUser))
	f.Add([]byte(`{"userName":"u","name.givenName":"","` + typoURN + `:manager":[""],"` + acmeURN + `":{"a":{"b":[]}}}`))
	f.Add([]byte(`{"userName":"u","roles":[{"value":"{\"value\":\"1\",\"primary\":\"true\"}"}],"emails":{"primary":"True"}}`))
	f.Add([]byte(`{"displayName":"g","members":["1",{"value":"2"}]}`))
	f.Add([]byte(`{"userName":"u","userNAme:":[""],"a:b":1,"urn:x:2.0:y:":2}`))
	f.Add([]byte(`{"userName":"u","` + typoURN + `:manaser:manager":[""]}`))
	f.Add([]byte(`{"userName":"u","` + typoURN + `.manaser.manager":"m"}`))
	f.Add([]byte(`{"userName":"u","` + typoURN + `::r":[""],"` + URNEnterprise + `:":{"manager":"m"}}`))
	f.Add([]byte(`{"userName":"u","` + URNUser + `:` + URNUser + `.` + URNEnterprise + `:department":"d","` + URNUser + `":{"urn:x:2.0:y:z":1}}`))
	f.Add([]byte(`{"displayName":"d","` + URNGroup + `:2.0:x:y":"m"}`))
	f.Add([]byte(fuzzBodies["Gadget"]))
	f.Add([]byte(`{"userName":"u","n:::::r":{"r":[""]},"n:::::r:r":[""]}`))
	f.Add([]byte(`{"userName":"u","n:::::r:r":[""],"n:::::r":{"r":[""]}}`))
	types := fuzzTypes(f)
	f.Fuzz(func(t *testing.T, data []byte) {
		for _, rt := range types {
			for _, profile := range []Profile{Entra, RFC} {
				doc, err := Parse(data)
				if err != nil {
					return
				}
				fuzzResource(t, rt, doc, profile)
			}
		}
	})
}

// fuzzResource holds what is true of every body that is accepted: it is tidy,
// and reading its image again gives the same one.
func fuzzResource(t rapid.TB, rt *ResourceType, doc *Value, profile Profile) {
	t.Helper()
	text := doc.String()
	draft, err := rt.ReadResource(doc, &Reading{Profile: profile})
	if err != nil {
		checkRefusal(t, text, err)
		return
	}
	checkBody(t, rt, text, draft.Body.String())
	image, _ := rt.Image(draft.Body, testMeta)
	second, err := rt.ReadResource(mustParse(t, string(image)), &Reading{Profile: profile})
	if err != nil {
		t.Fatalf("the image %q is refused: %v", image, err)
	}
	if twice, _ := rt.Image(second.Body, testMeta); string(twice) != string(image) {
		t.Fatalf("the image %q became %q", image, twice)
	}
}
