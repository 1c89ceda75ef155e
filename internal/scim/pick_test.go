package scim

import (
	"fmt"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// pickText has what could mislead somebody who looks for quotes and brackets.
var pickText = rapid.OneOf(rapid.String(), rapid.SampledFrom([]string{`"`, `\`, `\\"`, `{`, `]}`, `,"a":1`, "\u2028", ""}))

func pickValue(depth int) *rapid.Generator[*Value] {
	return rapid.Custom(func(t *rapid.T) *Value {
		most := 5
		if depth == 0 {
			most = 3
		}
		switch rapid.IntRange(0, most).Draw(t, "kind") {
		case 0:
			return NewString(pickText.Draw(t, "text"))
		case 1:
			return NewInt(rapid.Int64().Draw(t, "number"))
		case 2:
			return NewBool(rapid.Bool().Draw(t, "boolean"))
		case 3:
			return &Value{}
		case 4:
			return NewArray(rapid.SliceOfN(pickValue(depth-1), 0, 3).Draw(t, "list")...)
		}
		v := NewObject()
		for i := range rapid.IntRange(0, 3).Draw(t, "members") {
			v.Set(fmt.Sprint(i, pickText.Draw(t, "name")), pickValue(depth-1).Draw(t, "member"))
		}
		return v
	})
}

func TestAPickerGivesTheMembersOfTheWhole(t *testing.T) {
	user := StandardCatalog().Type("User")
	rapid.Check(t, func(t *rapid.T) {
		body := NewObject()
		names := []string{"userName", "name", "emails", "a", "b", `q"`, `\`, URNEnterprise}
		for _, name := range rapid.SliceOfDistinct(rapid.SampledFrom(names), rapid.ID[string]).Draw(t, "names") {
			body.Set(name, pickValue(2).Draw(t, name))
		}
		image, _ := user.Image(body, Meta{ID: pickText.Draw(t, "id"), Created: time.Now(), LastModified: time.Now(), Version: 1})
		picked := rapid.SliceOfN(rapid.SampledFrom(append(names, "USERNAME", "meta", "Schemas", "nonsense")), 0, 4).Draw(t, "picked")
		got, err := NewPicker(picked...).Parse(user, image)
		if err != nil {
			t.Fatal(err)
		}
		whole, err := user.ParseImage(image)
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range picked {
			if !Equal(got.Get(name), whole.Get(name)) {
				t.Errorf("%s is %s, want %s, in %s", name, got.Get(name), whole.Get(name), image)
			}
		}
	})
}

func TestAPickerDoesNotHideDamage(t *testing.T) {
	user := StandardCatalog().Type("User")
	image, _ := user.Image(NewObject(), Meta{ID: `a"\`, Created: time.Unix(0, 0), LastModified: time.Unix(0, 0), Version: 1})
	for n := range image {
		if v, err := NewPicker("id", "meta").Parse(user, image[:n]); err == nil {
			t.Errorf("%q is taken for %s", image[:n], v)
		}
	}
	rapid.Check(t, func(t *rapid.T) { // it ends, and does not panic
		_, _ = NewPicker("a").Parse(user, rapid.SliceOf(rapid.SampledFrom([]byte(`{}[]",:\a1 `))).Draw(t, "image"))
	})
}
