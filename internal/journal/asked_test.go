package journal

import (
	"slices"
	"testing"
)

func TestTheMembersThatAPATCHAsksForAreNamed(t *testing.T) {
	names := map[string]string{"1": "ada", "2": "ben"}
	nameOf := func(id string) string { return names[id] }
	tests := []struct {
		name, operations string
		added, removed   []string
	}{
		{"a list of objects", `{"op":"Add","path":"members","value":[{"value":"1"},{"$ref":null,"value":"2"}]}`, []string{"ada", "ben"}, nil},
		{"a list of texts", `{"op":"add","path":"members","value":["1"]}`, []string{"ada"}, nil},
		{"one text", `{"op":"Remove","path":"members","value":"2"}`, nil, []string{"ben"}},
		{"one object", `{"op":"remove","path":"Members","value":{"value":"2"}}`, nil, []string{"ben"}},
		{"a path that selects", `{"op":"remove","path":"members[value eq \"1\"]"}`, nil, []string{"ada"}},
		{"no path", `{"op":"add","value":{"members":[{"value":"1"}]}}`, []string{"ada"}, nil},
		{"several operations", `{"op":"add","path":"members","value":["1"]},{"op":"remove","path":"members","value":["2"]}`, []string{"ada"}, []string{"ben"}},
		{"one whom nobody knows", `{"op":"add","path":"members","value":["9"]}`, []string{"9"}, nil},
		{"all of them", `{"op":"remove","path":"members"}`, nil, nil},
		{"another attribute", `{"op":"replace","path":"displayName","value":"members"}`, nil, nil},
		{"what is no operation", `7,null,{"path":"members","value":[[],7,{}]}`, nil, nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var e Effect
			e.NameAsked([]byte(`{"Operations":[`+tt.operations+`]}`), nameOf)
			if !slices.Equal(e.Added, tt.added) || !slices.Equal(e.Removed, tt.removed) || e.AddedN+e.RemovedN != 0 {
				t.Errorf("got +%v -%v, want +%v -%v", e.Added, e.Removed, tt.added, tt.removed)
			}
		})
	}
}

func TestMembersThatMovedAreNotAskedFor(t *testing.T) {
	e := Effect{AddedN: 1, Added: []string{"ada"}}
	e.NameAsked([]byte(`{"Operations":[{"op":"add","path":"members","value":["2"]}]}`), func(string) string { return "ben" })
	if !slices.Equal(e.Added, []string{"ada"}) {
		t.Errorf("got %v", e.Added)
	}
}
