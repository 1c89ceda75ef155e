package scim

import (
	"slices"
	"testing"

	"pgregory.net/rapid"
)

// A Raw says of a value what the Value that is parsed from it says.
func TestRawAnswersAsValuesDo(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		object := NewObject()
		for _, name := range rapid.SliceOfN(rapid.StringMatching(`[a-zA-Z$:.][a-zA-Z0-9_-]{0,8}`), 0, 6).Draw(t, "names") {
			object.Set(name, anyValue(3).Draw(t, name))
		}
		image := object.AppendJSON(nil)
		parsed, err := Parse(image)
		if err != nil {
			t.Skip("two names that are one")
		}
		names := []string{"no such name"}
		for name := range parsed.Members() {
			names = append(names, name)
		}
		found := make([]Raw, len(names))
		if !PickMembers(found, image, names) {
			t.Fatalf("%s is taken for no image", image)
		}
		for i, name := range names {
			sameAnswers(t, found[i], parsed.Get(name))
			sameAnswers(t, Raw(image).Get(name), parsed.Get(name))
		}
	})
}

func sameAnswers(t *rapid.T, raw Raw, v *Value) {
	t.Helper()
	value, ok := raw.Bool()
	switch {
	case raw.Text() != v.Text(), ok != (v.Kind() == Bool), value != v.IsTrue(), raw.IsEmpty() != v.IsEmpty(), raw.IsObject() != (v.Kind() == Object):
		t.Fatalf("%s is another value than %s", raw, v.AppendJSON(nil))
	}
	elements := slices.Collect(v.Elements())
	raws := slices.Collect(raw.Elements())
	if len(raws) != len(elements) {
		t.Fatalf("%s has %d elements, and %s has %d", raw, len(raws), v.AppendJSON(nil), len(elements))
	}
	for i := range raws {
		if v.Kind() == Array { // anything else is its own element
			sameAnswers(t, raws[i], elements[i])
		}
	}
}

func TestPickMembersRefusesWhatIsNoImage(t *testing.T) {
	for _, text := range []string{"", "[]", `{"userName"`, `{"userName":"x"`, `{userName:"x"}`, `"x"`, `{"userName":}`} {
		if found := make([]Raw, 1); PickMembers(found, []byte(text), []string{"userName"}) {
			t.Errorf("%q is taken for an image, with %q", text, found)
		}
	}
}
