package scimserver

import (
	"net/http"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"airmock/internal/scim"
	"airmock/store"
)

func TestListsAreSplitAtTheirCommas(t *testing.T) {
	tests := []struct {
		values []string
		want   []string
	}{
		{nil, nil},
		{[]string{""}, nil},
		{[]string{" , ,"}, nil},
		{[]string{"a, b ,c"}, []string{"a", "b", "c"}},
		{[]string{"a", "b"}, []string{"a", "b"}},
		{[]string{`"a,b", c`}, []string{`"a,b"`, "c"}},
		{[]string{`"a\",b", c`}, []string{`"a\",b"`, "c"}},
		{[]string{`"a, b`}, []string{`"a, b`}},
		{[]string{`a\, b`}, []string{`a\`, "b"}},
	}
	for _, test := range tests {
		if got := listItems(test.values); !slices.Equal(got, test.want) {
			t.Errorf("%q is %q, want %q", test.values, got, test.want)
		}
	}
}

// A version is in a list of entity tags exactly where one of them is its own,
// however it is spelled and whatever stands beside it.
func TestAVersionIsFoundAmongEntityTags(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		cur := &store.Resource{Version: rapid.Uint64Range(1, 20).Draw(t, "version")}
		versions := rapid.SliceOfN(rapid.Uint64Range(1, 20), 1, 5).Draw(t, "versions")
		var items []string
		for _, v := range versions {
			tag := scim.Meta{Version: v}.ETag()
			strong := strings.TrimPrefix(tag, "W/")
			items = append(items, rapid.SampledFrom([]string{tag, strong, strings.Trim(strong, `"`)}).Draw(t, "tag"))
			items = append(items, rapid.SampledFrom([]string{"", `W/"x,1"`, `"0"`, "w/"}).Draw(t, "beside"))
		}
		tags := readTags([]string{strings.Join(items, rapid.SampledFrom([]string{",", ", ", " ,\t"}).Draw(t, "comma"))})
		if got, want := tags.include(cur), slices.Contains(versions, cur.Version); got != want {
			t.Fatalf("%s in %q: %t, want %t", etagOf(cur), items, got, want)
		}
	})
}

// Whatever a header says, reading it ends, and in one of the answers there are.
func FuzzHeaders(f *testing.F) {
	for _, s := range []string{
		"", "*", `W/"1", "2"`, "application/json;q=0.5, */*;q=0", `return=minimal; x="a,b", return`,
		`"\`, ";;,,==", "application/scim+json; charset=\"", "*/*;q=NaN", "text/*;q=-1,application/*;q=1e999",
	} {
		f.Add(s)
	}
	cur := &store.Resource{Type: &scim.ResourceType{Name: "User"}, Version: 1}
	f.Fuzz(func(t *testing.T, s string) {
		for _, item := range listItems([]string{s}) {
			if item == "" || item != strings.TrimSpace(item) {
				t.Errorf("the item %q", item)
			}
		}
		if m := negotiate([]string{s}); m != "" && !slices.Contains(mediaTypes[:], m) {
			t.Errorf("negotiated %q", m)
		}
		if p := preferredReturn(http.Header{"Prefer": {s}}); p != preferNothing && p != preferMinimal && p != preferRepresentation {
			t.Errorf("prefers %q", p)
		}
		tags := readTags([]string{s})
		if tags.include(cur) && !tags.given() {
			t.Errorf("%q has a tag and is not there", s)
		}
		if again := readTags([]string{s, etagOf(cur)}); !strings.Contains(s, `"`) && !again.include(cur) {
			t.Errorf("%s is lost behind %q", etagOf(cur), s)
		}
		if err := (precondition{match: tags}).checkMatch(cur); (err != nil) != (tags.given() && !tags.include(cur)) {
			t.Errorf("%q: %v", s, err)
		}
	})
}
