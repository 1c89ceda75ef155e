package scim

import (
	"bytes"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"
)

const urnCare = "urn:example:care:2.0:User"

// careType is User with an extension that has links of several kinds.
func careType(t testing.TB) *ResourceType {
	t.Helper()
	sub := func(name, more string) string {
		return fmt.Sprintf(`{"name":%q,"type":"string"%s}`, name, more)
	}
	ref := func(types string) string {
		return `{"name":"$ref","type":"reference","referenceTypes":[` + types + `]}`
	}
	complex := func(name string, many bool, subs ...string) string {
		return fmt.Sprintf(`{"name":%q,"type":"complex","multiValued":%t,"subAttributes":[%s]}`, name, many, strings.Join(subs, ","))
	}
	s, err := ParseSchema([]byte(`{"id":"` + urnCare + `","name":"Care","attributes":[` + strings.Join([]string{
		complex("owners", true, sub("value", ""), ref(`"User"`), sub("display", `,"mutability":"readOnly"`), sub("role", "")),
		complex("site", false, sub("value", ""), ref(`"external"`)),
		complex("note", false, sub("value", "")),
	}, ",") + `]}`))
	if err != nil {
		t.Fatal(err)
	}
	rt := *userType(t)
	rt.Extensions = append([]Extension{{Schema: s}}, rt.Extensions...)
	return &rt
}

func TestWhichAttributesAreLinks(t *testing.T) {
	names := func(rt *ResourceType) []string {
		var names []string
		for _, p := range rt.LinkAttributes() {
			names = append(names, p.String())
		}
		return names
	}
	if diff := cmp.Diff([]string{urnCare + ":owners", URNEnterprise + ":manager"}, names(careType(t))); diff != "" {
		t.Errorf("a user's: %s", diff)
	}
	if got := names(groupType(t)); got != nil {
		t.Errorf("a group has the links %v; its members are records of their own", got)
	}
}

func TestReferencesAreReadByTheirIDs(t *testing.T) {
	manager := func(v string) string { return `"` + URNEnterprise + `":{"manager":` + v + `}` }
	owners := func(v string) string { return `"` + urnCare + `":{"owners":` + v + `}` }
	stored := manager(`{"value":"7"}`)
	tests := []struct {
		name, sent, want string
		quirks           []Quirk
		refused          string // in the RFC profile; "" where it is taken
	}{
		{"an address that says the same", manager(`{"value":"7","$ref":"../Users/7"}`), stored, nil, ""},
		{"what an answer showed", manager(`{"value":"7","$ref":"https://x.example/scim/Users/7","displayName":"Boss"}`), stored, []Quirk{QuirkReadOnlySent}, ""},
		{"an address of an id with escapes", manager(`{"value":"a b","$ref":"https://x.example/Users/a%20b"}`), manager(`{"value":"a b"}`), nil, ""},
		{"an address with a slash and a query", manager(`{"value":"7","$ref":"https://x.example/Users/7/?a=/8#/9"}`), stored, nil, ""},
		{"no address", manager(`{"value":"7","$ref":null}`), stored, []Quirk{QuirkNullSent}, ""},
		{"an address alone", manager(`{"$ref":"https://x.example/Users/7"}`), stored, []Quirk{QuirkRefWithoutValue}, `manager has no value, which names the resource that $ref leads to; send {"value":"7"}`},
		{"an address and null", manager(`{"value":null,"$ref":"https://x.example/Users/7"}`), stored, []Quirk{QuirkRefWithoutValue}, `manager has no value`},
		{"an address of another", manager(`{"value":"7","$ref":"https://x.example/Users/8"}`), stored, []Quirk{QuirkRefContradicts}, `manager.value is "7" and .$ref leads to "8"`},
		{"many, the same", owners(`[{"value":"1","$ref":"/Users/1","role":"r"},{"value":"2"}]`), owners(`[{"value":"1","role":"r"},{"value":"2"}]`), nil, ""},
		{"many, one by its address", owners(`[{"value":"1"},{"$ref":"/Users/2"}]`), owners(`[{"value":"1"},{"value":"2"}]`), []Quirk{QuirkRefWithoutValue}, `owners[1] has no value`},
		{"an address elsewhere stays", `"` + urnCare + `":{"site":{"value":"hq","$ref":"https://hq.example/map"}}`, `"` + urnCare + `":{"site":{"value":"hq","$ref":"https://hq.example/map"}}`, nil, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			doc := func() *Value {
				return mustParse(t, `{"schemas":["`+URNUser+`","`+urnCare+`","`+URNEnterprise+`"],"userName":"kim",`+tt.sent+`}`)
			}
			r := &Reading{}
			draft, err := careType(t).ReadResource(doc(), r)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(`{"userName":"kim",`+tt.want+`}`, draft.Body.String()); diff != "" {
				t.Error(diff)
			}
			if diff := cmp.Diff(tt.quirks, r.Quirks()); diff != "" {
				t.Errorf("quirks: %s", diff)
			}
			_, err = careType(t).ReadResource(doc(), &Reading{Profile: RFC})
			if tt.refused == "" {
				if err != nil {
					t.Errorf("by the book: %v", err)
				}
				return
			}
			wantError(t, tt.sent, err, InvalidValue, tt.refused)
		})
	}
}

func TestMembersAreReadByTheirIDs(t *testing.T) {
	read := func(members string, p Profile) ([]MemberOp, error) {
		draft, err := groupType(t).ReadResource(mustParse(t, `{"schemas":["`+URNGroup+`"],"displayName":"g","members":`+members+`}`), &Reading{Profile: p})
		return draft.Members, err
	}
	const byAddress = `[{"$ref":"https://x.example/Users/1"}]`
	ops, err := read(byAddress, Entra)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]MemberOp{{Kind: MembersReplace, Members: []Member{{Value: "1"}}}}, ops); diff != "" {
		t.Error(diff)
	}
	_, err = read(byAddress, RFC)
	wantError(t, byAddress, err, InvalidValue, "members[0] has no value")
	if _, err := read(`[{"value":"1","$ref":"../Users/1","type":"Group","display":"x"}]`, RFC); err != nil {
		t.Errorf("what an answer showed, and labels that are not true: %v", err)
	}

	for op, want := range map[string]MemberOp{
		`{"op":"add","path":"members","value":[{"$ref":"/Users/1"}]}`:                 {Kind: MembersAdd, Members: []Member{{Value: "1"}}},
		`{"op":"remove","path":"members","value":[{"$ref":"/Users/1","value":"1"}]}`:  {Kind: MembersRemove, Members: []Member{{Value: "1"}}},
		`{"op":"remove","path":"members[$ref eq \"https://x.example/Users/1\"]"}`:     {Kind: MembersRemove, Members: []Member{{Value: "1"}}},
		`{"op":"remove","path":"members[$ref eq \"/Users/1\" or value eq \"2\"]"}`:    {Kind: MembersRemove, Members: []Member{{Value: "1"}, {Value: "2"}}},
		`{"op":"replace","value":{"members":[{"value":"1","$ref":"../Users/1"}]}}`:    {Kind: MembersReplace, Members: []Member{{Value: "1"}}},
		`{"op":"add","path":"members","value":{"$ref":null,"value":"1","type":"Us"}}`: {Kind: MembersAdd, Members: []Member{{Value: "1"}}},
	} {
		draft, err := patched(groupType(t), mustParse(t, `{"displayName":"g"}`), op, &Reading{})
		if err != nil {
			t.Errorf("%s: %v", op, err)
			continue
		}
		if diff := cmp.Diff([]MemberOp{want}, draft.Members); diff != "" {
			t.Errorf("%s: %s", op, diff)
		}
	}
}

func TestPatchOfLinks(t *testing.T) {
	const before = `{"userName":"kim","` + urnCare + `":{"owners":[{"value":"1","role":"r"},{"value":"2"}]},"` + URNEnterprise + `":{"manager":{"value":"7"}}}`
	manager, owners := URNEnterprise+":manager", urnCare+":owners"
	tests := []struct {
		name, op, owners, manager string // "" where it stays
		quirks                    []Quirk
		refused                   string // in the RFC profile; "" where it is taken
	}{
		{"the same with its address", `{"op":"replace","path":"` + manager + `","value":{"value":"7","$ref":"../Users/7"}}`, "", "", nil, ""},
		{"another with its address", `{"op":"replace","path":"` + manager + `","value":{"value":"8","$ref":"../Users/8"}}`, "", `{"value":"8"}`, nil, ""},
		{"its address alone", `{"op":"add","path":"` + manager + `","value":{"$ref":"../Users/8"}}`, "", `{"value":"8"}`, []Quirk{QuirkRefWithoutValue}, "has no value"},
		{"a name that is the service's to say", `{"op":"replace","path":"` + manager + `","value":{"displayName":"Boss"}}`, "", "", []Quirk{QuirkReadOnlySent}, ""},
		{"the address as the path", `{"op":"replace","path":"` + manager + `.$ref","value":"https://x.example/Users/8"}`, "", `{"value":"8"}`, []Quirk{QuirkRefWithoutValue}, "manager.$ref follows from the value beside it; send the id \"8\" as manager.value"},
		{"the address as the path, the same", `{"op":"add","path":"` + manager + `.$ref","value":"https://x.example/Users/7"}`, "", "", []Quirk{QuirkRefWithoutValue}, "follows from the value"},
		{"one of many leads elsewhere", `{"op":"replace","path":"` + owners + `[value eq \"1\"]","value":{"value":"3","$ref":"../Users/3"}}`, `[{"value":"3","role":"r"},{"value":"2"}]`, "", nil, ""},
		{"one of many by its address", `{"op":"replace","path":"` + owners + `[value eq \"1\"].$ref","value":"../Users/3"}`, `[{"value":"3","role":"r"},{"value":"2"}]`, "", []Quirk{QuirkRefWithoutValue}, "follows from the value"},
		{"one more", `{"op":"add","path":"` + owners + `","value":[{"value":"3","$ref":"../Users/3"},{"value":"2","$ref":"../Users/2"}]}`, `[{"value":"1","role":"r"},{"value":"2"},{"value":"3"}]`, "", nil, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			r := &Reading{}
			draft, err := patched(careType(t), mustParse(t, before), tt.op, r)
			if err != nil {
				t.Fatal(err)
			}
			want := mustParse(t, before)
			if tt.owners != "" {
				want.Get(urnCare).Set("owners", mustParse(t, tt.owners))
			}
			if tt.manager != "" {
				want.Get(URNEnterprise).Set("manager", mustParse(t, tt.manager))
			}
			if diff := cmp.Diff(want.String(), draft.Body.String()); diff != "" {
				t.Error(diff)
			}
			if diff := cmp.Diff(tt.quirks, r.Quirks()); diff != "" {
				t.Errorf("quirks: %s", diff)
			}
			_, err = patched(careType(t), mustParse(t, before), tt.op, &Reading{Profile: RFC})
			if tt.refused == "" {
				if err != nil {
					t.Errorf("by the book: %v", err)
				}
				return
			}
			wantError(t, tt.op, err, InvalidValue, tt.refused)
		})
	}
	for op, want := range map[string]ErrorType{
		`{"op":"remove","path":"` + manager + `.$ref"}`:                             Mutability,
		`{"op":"replace","path":"` + manager + `.$ref","value":null}`:               Mutability,
		`{"op":"replace","path":"` + manager + `.$ref","value":7}`:                  InvalidValue,
		`{"op":"replace","path":"` + manager + `.$ref","value":"/"}`:                InvalidValue,
		`{"op":"replace","path":"` + manager + `","value":{"value":"7","$ref":{}}}`: InvalidValue,
	} {
		_, err := patched(careType(t), mustParse(t, before), op, &Reading{})
		wantError(t, op, err, want, "$ref")
	}
}

func TestLinksAreFoundWhereTheyEnd(t *testing.T) {
	const tricky = `\"}]{[,:\\`
	rt := careType(t)
	attrs := rt.LinkAttributes()
	rapid.Check(t, func(rt2 *rapid.T) {
		text := rapid.SampledFrom([]string{"a", tricky, `"manager":{"value":"x"}`, "ü}", ""})
		object := NewObject()
		object.Set("userName", NewString("u"+text.Draw(rt2, "userName")))
		object.Set("manager", mustParse(t, `{"value":"a decoy","owners":[{"value":"another"}]}`))
		var want []string
		care := NewObject()
		if n := rapid.IntRange(0, 3).Draw(rt2, "owners"); n > 0 {
			owners := NewArray()
			for i := range n {
				o := NewObject()
				if id := text.Draw(rt2, "owner"); id != "" {
					id += fmt.Sprint(i)
					want = append(want, id)
					o.Set("value", NewString(id))
				}
				o.Set("role", NewString("r"+text.Draw(rt2, "role")))
				owners.Append(o)
			}
			care.Set("note", mustParse(t, `{"value":"n"}`))
			care.Set("owners", owners)
			object.Set(urnCare, care)
		}
		if id := text.Draw(rt2, "manager"); id != "" {
			want = append(want, id)
			m, ext := NewObject(), NewObject()
			m.Set("value", NewString(id))
			ext.Set("department", NewString(text.Draw(rt2, "department")))
			ext.Set("manager", m)
			object.Set(URNEnterprise, ext)
		}
		rt.tidy(object)
		image, _ := rt.Image(object, testMeta)
		body, err := rt.Body(image)
		if err != nil {
			rt2.Fatal(err)
		}
		var got []string
		marked, at := []byte(nil), 0
		for _, l := range FindLinks(attrs, body, image) {
			got = append(got, l.ID)
			marked = append(append(marked, image[at:l.End]...), `,"mark":1`...)
			at = l.End
		}
		if diff := cmp.Diff(want, got, cmpopts.EquateEmpty()); diff != "" {
			rt2.Fatalf("%s\n%s", diff, image)
		}
		marks := 0
		v := mustParse(t, string(append(marked, image[at:]...)))
		for _, p := range attrs {
			for e := range p.find(v).Elements() {
				if e.Get("mark") != nil {
					marks++
				}
			}
		}
		if marks != len(want) {
			rt2.Fatalf("%d of %d marks are inside of their links: %s", marks, len(want), v)
		}
	})
}

func TestDamagedImagesHaveNoLinksAndDoNoHarm(t *testing.T) {
	rt := careType(t)
	whole, _ := rt.Image(mustParse(t, `{"userName":"k\"m","`+urnCare+`":{"owners":[{"value":"1"}]},"`+URNEnterprise+`":{"manager":{"value":"7"}}}`), testMeta)
	body, err := rt.Body(whole)
	if err != nil {
		t.Fatal(err)
	}
	for n := range whole {
		FindLinks(rt.LinkAttributes(), body, whole[:n])
		FindLinks(rt.LinkAttributes(), body, bytes.Replace(whole, whole[n:n+1], []byte(`{`), 1))
	}
}

func TestUnlinkTakesOutOneID(t *testing.T) {
	rt := careType(t)
	const body = `{"userName":"kim","` + urnCare + `":{"owners":[{"value":"1"},{"value":"2","role":"r"},{"value":"1","role":"x"}]},"` + URNEnterprise + `":{"department":"d","manager":{"value":"1"}}}`
	for id, want := range map[string]string{
		"1": `{"userName":"kim","` + urnCare + `":{"owners":[{"value":"2","role":"r"}]},"` + URNEnterprise + `":{"department":"d"}}`,
		"2": `{"userName":"kim","` + urnCare + `":{"owners":[{"value":"1"},{"value":"1","role":"x"}]},"` + URNEnterprise + `":{"department":"d","manager":{"value":"1"}}}`,
		"3": body,
	} {
		v := mustParse(t, body)
		rt.Unlink(rt.LinkAttributes(), v, id)
		if diff := cmp.Diff(want, v.String()); diff != "" {
			t.Errorf("%s: %s", id, diff)
		}
	}
	last := mustParse(t, `{"userName":"kim","`+URNEnterprise+`":{"manager":{"value":"1"}}}`)
	if rt.Unlink(rt.LinkAttributes(), last, "1"); last.String() != `{"userName":"kim"}` {
		t.Errorf("an extension without anything in it is left: %s", last)
	}
}
