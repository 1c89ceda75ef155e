package scim

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestPatchOfAGroup(t *testing.T) {
	ids := func(kind MemberOpKind, ids ...string) MemberOp {
		op := MemberOp{Kind: kind}
		for _, id := range ids {
			op.Members = append(op.Members, Member{Value: id})
		}
		return op
	}
	tests := []struct {
		name, ops string
		want      []MemberOp
		body      string
		quirks    []Quirk
	}{
		{"add a list", `{"op":"Add","path":"members","value":[{"$ref":null,"value":"1"},{"value":"2"}]}`, []MemberOp{ids(MembersAdd, "1", "2")}, "", nil},
		{"add one object", `{"op":"add","path":"members","value":{"value":"1"}}`, []MemberOp{ids(MembersAdd, "1")}, "", nil},
		{"add bare texts", `{"op":"add","path":"members","value":["1","2"]}`, []MemberOp{ids(MembersAdd, "1", "2")}, "", []Quirk{QuirkMemberAsString}},
		{"add one bare text", `{"op":"add","path":"members","value":"1"}`, []MemberOp{ids(MembersAdd, "1")}, "", []Quirk{QuirkMemberAsString}},
		{"add none", `{"op":"add","path":"members","value":[]}`, nil, "", nil},
		{"add without a path", `{"op":"add","value":{"members":[{"value":"1"}]}}`, []MemberOp{ids(MembersAdd, "1")}, "", []Quirk{}},
		{"add by the core URN", `{"op":"add","path":"` + URNGroup + `:members","value":[{"value":"1"}]}`, []MemberOp{ids(MembersAdd, "1")}, "", []Quirk{}},
		{"remove with a value list removes those only", `{"op":"Remove","path":"members","value":[{"$ref":null,"value":"1"}]}`, []MemberOp{ids(MembersRemove, "1")}, "",
			[]Quirk{QuirkOpCapitalised, QuirkRemoveWithValue, QuirkNullSent}},
		{"remove with an empty value list removes none", `{"op":"remove","path":"members","value":[]}`, nil, "", []Quirk{QuirkRemoveWithValue}},
		{"remove by filter with a value too", `{"op":"remove","path":"members[value eq \"1\"]","value":[{"value":"2"}]}`, []MemberOp{ids(MembersRemove, "1")}, "", []Quirk{QuirkRemoveWithValue}},
		{"remove by filter", `{"op":"remove","path":"members[value eq \"1\"]"}`, []MemberOp{ids(MembersRemove, "1")}, "", []Quirk{}},
		{"remove by filters", `{"op":"remove","path":"members[value eq \"1\" or value eq \"2\" or (value eq \"3\")]"}`, []MemberOp{ids(MembersRemove, "1", "2", "3")}, "", []Quirk{}},
		{"remove all", `{"op":"remove","path":"members"}`, []MemberOp{ids(MembersReplace)}, "", []Quirk{}},
		{"replace", `{"op":"replace","path":"members","value":[{"value":"1"}]}`, []MemberOp{ids(MembersReplace, "1")}, "", []Quirk{}},
		{"replace with none", `{"op":"replace","path":"members","value":[]}`, []MemberOp{ids(MembersReplace)}, "", []Quirk{}},
		{"replace with null", `{"op":"replace","path":"members","value":null}`, []MemberOp{ids(MembersReplace)}, "", nil},
		{"replace by filter", `{"op":"replace","path":"members[value eq \"1\"]","value":{"value":"2"}}`, []MemberOp{ids(MembersRemove, "1"), ids(MembersAdd, "2")}, "", []Quirk{}},
		{"add by filter", `{"op":"add","path":"members[value eq \"1\"]","value":{"value":"1"}}`, []MemberOp{ids(MembersRemove, "1"), ids(MembersAdd, "1")}, "", []Quirk{}},
		{"mixed, in order", `{"op":"add","path":"members","value":[{"value":"1"}]},{"op":"replace","path":"displayName","value":"New"},` +
			`{"op":"remove","path":"members[value eq \"1\"]"},{"op":"add","path":"members","value":[{"value":"2"}]}`,
			[]MemberOp{ids(MembersAdd, "1"), ids(MembersRemove, "1"), ids(MembersAdd, "2")}, `{"externalId":"x","displayName":"New"}`, []Quirk{}},
		{"a whole group as it was read", `{"op":"replace","value":{"schemas":["` + URNGroup + `"],"id":"g","displayName":"New","externalId":"y","members":[{"value":"1"}]}}`,
			[]MemberOp{ids(MembersReplace, "1")}, `{"externalId":"y","displayName":"New"}`, []Quirk{QuirkReadOnlySent}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			const group = `{"externalId":"x","displayName":"Old"}`
			r := &Reading{}
			draft, err := patched(groupType(t), mustParse(t, group), tt.ops, r)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tt.want, draft.Members); diff != "" {
				t.Errorf("members (-want +got):\n%s", diff)
			}
			want := tt.body
			if want == "" {
				want = group
			}
			if draft.Body.String() != want {
				t.Errorf("body %s, want %s", draft.Body, want)
			}
			if tt.quirks != nil && !slices.Equal(tt.quirks, r.Quirks()) {
				t.Errorf("quirks %v, want %v", r.Quirks(), tt.quirks)
			}
		})
	}
}

func TestPatchRemovesMembersByAFilterThatOnlyTheStoreCanEvaluate(t *testing.T) {
	draft, err := patched(groupType(t), mustParse(t, `{"displayName":"G"}`), `{"op":"remove","path":"members[type eq \"Group\" and not (value eq \"1\")]"}`, &Reading{})
	if err != nil {
		t.Fatal(err)
	}
	if len(draft.Members) != 1 || draft.Members[0].Kind != MembersRemoveWhere {
		t.Fatalf("members %+v, want one MembersRemoveWhere", draft.Members)
	}
	for member, want := range map[string]bool{
		`{"value":"1","type":"Group","display":"A"}`: false,
		`{"value":"2","type":"Group","display":"A"}`: true,
		`{"value":"2","type":"User","display":"A"}`:  false,
	} {
		if got := Match(draft.Members[0].Where, mustParse(t, member)); got != want {
			t.Errorf("%s: %t, want %t", member, got, want)
		}
	}
}

func TestPatchOfAGroupErrors(t *testing.T) {
	tests := []struct {
		ops      string
		wantType ErrorType
		want     string
	}{
		{`{"op":"add","path":"members","value":[{"value":"1"},{"display":"x"}]}`, InvalidValue, `a member has no value`},
		{`{"op":"add","path":"members","value":[{"value":""}]}`, InvalidValue, `a member has no value`},
		{`{"op":"add","path":"members","value":[7]}`, InvalidValue, `members[0]`},
		{`{"op":"replace","path":"members[value eq \"1\"].value","value":"2"}`, Mutability, `immutable`},
		{`{"op":"replace","path":"members[value eq \"1\"]","value":{"display":"x"}}`, InvalidValue, `a member has no value`},
		{`{"op":"replace","path":"members"}`, InvalidValue, `value is missing`},
	}
	for _, tt := range tests {
		_, err := patched(groupType(t), mustParse(t, `{"displayName":"G"}`), tt.ops, &Reading{})
		wantError(t, tt.ops, err, tt.wantType, tt.want)
	}
}
