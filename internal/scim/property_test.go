package scim

import (
	"encoding/json"
	"fmt"
	"testing"

	"pgregory.net/rapid"
)

func TestAnyResourceSurvivesParseAndRender(t *testing.T) {
	types := fuzzTypes(t)
	rapid.Check(t, func(t *rapid.T) {
		text, _ := naiveResource(t)
		doc := mustParse(t, string(text))
		doc.Set("userName", NewString("u"))
		for _, name := range rapid.SliceOfN(anyName(), 0, 3).Draw(t, "unknown") {
			doc.Set(name, anyValue(2).Draw(t, "value"))
		}
		doc = shuffle(t, doc)
		checkRendered(t, doc)
		rt := rapid.SampledFrom(types).Draw(t, "type")
		fuzzResource(t, rt, doc, rapid.SampledFrom([]Profile{Entra, RFC}).Draw(t, "profile"))
	})
}

// anyQualified draws a name behind something that is, or resembles, the URN of a
// schema.
func anyQualified() *rapid.Generator[string] {
	urns := rapid.SampledFrom([]string{
		"", URNUser, URNGroup, URNEnterprise, typoURN, acmeURN, URNEnterprise + ":manager", "urn:x:2.0:y", "urn:x", "x",
		"urn:ietf:params:scim:schemas:core:2.0User", "URN:ietf:params:scim:schemas:extension:enterprise:2.0:user",
	})
	separators := rapid.SampledFrom([]string{":", ":", ".", "::", ":.", ".:", ""})
	names := rapid.SampledFrom([]string{
		"a", "A", "a:b", "a.b", "a.b.c", ":a", "2.0:x:y", "urn:x:2.0:y:z", URNEnterprise + ":department", "manager", "manager:value", "manager.value",
		"name.givenName", "emails.value", "userName", "schemas", "id", "meta", "groups", "active",
	})
	return rapid.Custom(func(t *rapid.T) string {
		return urns.Draw(t, "URN") + separators.Draw(t, "separator") + names.Draw(t, "name")
	})
}

func TestWhatStandsBehindAnyURNReadsBackAsItIsStored(t *testing.T) {
	types := fuzzTypes(t)
	values := rapid.SampledFrom([]string{
		`"m"`, `1`, `true`, `null`, `[]`, `[""]`, `{}`, `{"a":1}`, `{"r":[""]}`, `{"value":"m"}`, `[{"value":"m"}]`, `{"a:b":{"c":1}}`, `{"urn:x:2.0:y:z":1}`,
	})
	rapid.Check(t, func(t *rapid.T) {
		text := `{"userName":"u","displayName":"d"`
		for _, name := range rapid.SliceOfN(anyQualified(), 1, 3).Draw(t, "names") {
			text += `,"` + name + `":` + values.Draw(t, "value")
		}
		doc, err := Parse([]byte(text + "}"))
		if err != nil {
			return // the same name twice
		}
		rt, profile := rapid.SampledFrom(types).Draw(t, "type"), rapid.SampledFrom([]Profile{Entra, RFC}).Draw(t, "profile")
		fuzzResource(t, rt, doc, profile)
		ops := mustParse(t, `{"schemas":["`+URNPatchOp+`"],"Operations":[{"op":"add","value":`+text+`}}]}`)
		fuzzPatch(t, rt, ops, profile)
	})
}

// anyGadgetOp draws an operation of a PATCH on a gadget.
func anyGadgetOp(t *rapid.T, op string) string {
	a := rapid.SampledFrom(naiveTop).Draw(t, "attribute")
	path, value := a.name, naiveValue(t, a.typ)
	switch rapid.IntRange(0, 8).Draw(t, "target") {
	case 0:
		path, value = "maker", naiveObject(t, naiveMaker)
		value.(map[string]any)["name"] = "m" // which is required
	case 1:
		path, value = "maker.since", naiveValue(t, "dateTime")
	case 2:
		path, value = "parts", []any{naiveObject(t, naiveParts), naiveObject(t, naiveParts)}
	case 3:
		path, value = `parts[value eq "p"]`, naiveObject(t, naiveParts[1:])
	case 4:
		path, value = `parts[type eq "x"].weight`, naiveValue(t, "decimal")
	case 5:
		path, value = naiveLab, naiveObject(t, naiveExt)
	case 6:
		path, value = naiveLab+":boss.value", naiveValue(t, "string")
	case 7:
		path, value = "", map[string]any{"count": naiveValue(t, "integer"), naiveLab: naiveObject(t, naiveExt), "sizes": []any{naiveValue(t, "integer")}}
	}
	members := map[string]any{"op": op, "value": value}
	if path != "" {
		members["path"] = path
	}
	if op == "remove" {
		delete(members, "value")
		members["path"] = rapid.SampledFrom([]string{
			a.name, "maker", "parts", `parts[value eq "p"]`, `parts[type eq "x"].weight`, "parts.weight", naiveLab, naiveLab + ":room", `tags[value eq "a"]`, "sizes",
		}).Draw(t, "path")
	}
	text, err := json.Marshal(members)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// RFC 7644 section 3.5.2.1: adding what is there changes nothing; section
// 3.5.2.3: replacing with what is there neither. What is gone can be removed
// again in the Entra profile.
func TestAnOperationAppliedTwiceGivesWhatItGaveOnce(t *testing.T) {
	gadget := fuzzTypes(t)[2]
	rapid.Check(t, func(t *rapid.T) {
		text, _ := naiveResource(t)
		if rapid.Bool().Draw(t, "as it stands") {
			text = []byte(fuzzBodies["Gadget"])
		}
		draft, err := gadget.ReadResource(mustParse(t, string(text)), &Reading{})
		if err != nil {
			t.Skip(err) // a maker without its name
		}
		op := anyGadgetOp(t, rapid.SampledFrom([]string{"add", "replace", "remove"}).Draw(t, "op"))
		once, err := patched(gadget, draft.Body, op, &Reading{})
		if err != nil {
			checkRefusal(t, op, err)
			return
		}
		want := once.Body.String()
		checkBody(t, gadget, op, want)
		twice, err := patched(gadget, once.Body, op, &Reading{})
		if err != nil {
			t.Fatalf("%s a second time, on %s: %v", op, want, err)
		}
		if got := twice.Body.String(); got != want {
			t.Fatalf("%s makes\n%s once and\n%s twice", op, want, got)
		}
	})
}

func TestAPatchMakesTheSameOfWhatIsParsedAndWhatIsStored(t *testing.T) {
	gadget := fuzzTypes(t)[2]
	rapid.Check(t, func(t *rapid.T) {
		ops := anyGadgetOp(t, "add")
		for range rapid.IntRange(0, 3).Draw(t, "more") {
			ops += "," + anyGadgetOp(t, rapid.SampledFrom([]string{"add", "replace", "remove"}).Draw(t, "op"))
		}
		doc := mustParse(t, fmt.Sprintf(`{"schemas":[%q],"Operations":[%s]}`, URNPatchOp, ops))
		fuzzPatch(t, gadget, doc, rapid.SampledFrom([]Profile{Entra, RFC}).Draw(t, "profile"))
	})
}
