package scim

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

const projected = `{"schemas":["` + URNUser + `","` + URNEnterprise + `"],"id":"1","externalId":"e","userName":"u",` +
	`"name":{"familyName":"F","givenName":"G"},"emails":[{"value":"a","type":"work"},{"value":"b"}],"groups":[{"value":"g","display":"G"}],"shoeSize":42,` +
	`"` + URNEnterprise + `":{"department":"d","manager":{"value":"m","displayName":"Jo"}},"` + acmeURN + `":{"tag":"x","level":3},` +
	`"meta":{"resourceType":"User","version":"W/\"1\""}}`

func TestProjectionOnAUser(t *testing.T) {
	const head = `{"schemas":["` + URNUser + `","` + URNEnterprise + `"],"id":"1"`
	tests := map[string]struct{ attributes, excluded, want string }{
		"nothing asked":                   {"", "", projected},
		"blanks and commas alone":         {" , ,", "", projected},
		"one attribute":                   {"userName", "", head + `,"userName":"u"}`},
		"names in any case, with blanks":  {" USERNAME , externalid", "", head + `,"externalId":"e","userName":"u"}`},
		"id itself":                       {"id", "", head + `}`},
		"a name that nobody has":          {"shirtSize", "", head + `}`},
		"a name that no schema has":       {"SHOESIZE", "", head + `,"shoeSize":42}`},
		"a whole complex attribute":       {"name", "", head + `,"name":{"familyName":"F","givenName":"G"}}`},
		"a sub-attribute":                 {"name.givenName", "", head + `,"name":{"givenName":"G"}}`},
		"a sub-attribute of a list":       {"emails.TYPE", "", head + `,"emails":[{"type":"work"}]}`},
		"a sub-attribute nobody has":      {"emails.display", "", head + `}`},
		"an attribute and a part of it":   {"name,name.givenName", "", head + `,"name":{"familyName":"F","givenName":"G"}}`},
		"by the core schema's URN":        {URNUser + ":userName," + URNUser + ":name.givenName", "", head + `,"userName":"u","name":{"givenName":"G"}}`},
		"an extension's attribute":        {URNEnterprise + ":department", "", head + `,"` + URNEnterprise + `":{"department":"d"}}`},
		"an extension's sub-attribute":    {URNEnterprise + ":manager.value", "", head + `,"` + URNEnterprise + `":{"manager":{"value":"m"}}}`},
		"an extension's, without its URN": {"manager", "", head + `,"` + URNEnterprise + `":{"manager":{"value":"m","displayName":"Jo"}}}`},
		"a whole extension":               {URNEnterprise, "", head + `,"` + URNEnterprise + `":{"department":"d","manager":{"value":"m","displayName":"Jo"}}}`},
		"a client's own extension":        {acmeURN, "", head + `,"` + acmeURN + `":{"tag":"x","level":3}}`},
		"a part of it":                    {acmeURN + ":tag", "", head + `,"` + acmeURN + `":{"tag":"x"}}`},
		"meta in part":                    {"meta.version", "", head + `,"meta":{"version":"W/\"1\""}}`},
		"password is never returned":      {"password,userName", "", head + `,"userName":"u"}`},

		"without some": {"", "emails,groups,name.familyName,meta,shoeSize," + acmeURN + "," + URNEnterprise + ":manager",
			head + `,"externalId":"e","userName":"u","name":{"givenName":"G"},"` + URNEnterprise + `":{"department":"d"}}`},
		"without an extension": {"", URNEnterprise + "," + acmeURN + ":tag,emails,groups,meta,name,shoeSize",
			head + `,"externalId":"e","userName":"u","` + acmeURN + `":{"level":3}}`},
		"without all of the core schema":   {"", URNUser + "," + acmeURN, head + `,"` + URNEnterprise + `":{"department":"d","manager":{"value":"m","displayName":"Jo"}}}`},
		"without what is always returned":  {"userName", "id,schemas", head + `,"userName":"u"}`},
		"without all parts of something":   {"name,userName", "name.givenName,name.familyName", head + `,"userName":"u"}`},
		"both: asked for, then reduced":    {"userName,name", "name.familyName,emails", head + `,"userName":"u","name":{"givenName":"G"}}`},
		"both: asked for and taken away":   {"userName,emails", "emails", head + `,"userName":"u"}`},
		"both: a part of what is excluded": {"name.givenName", "name", head + `}`},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			p, err := userType(t).ParseProjection(tt.attributes, tt.excluded)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tt.want, p.Apply(mustParse(t, projected)).String()); diff != "" {
				t.Errorf("-want +got\n%s", diff)
			}
			if p.IsDefault() != (tt.want == projected) {
				t.Errorf("IsDefault is %t", p.IsDefault())
			}
		})
	}
}

func TestProjectionIncludes(t *testing.T) {
	tests := []struct {
		attributes, excluded, name string
		want                       bool
	}{
		{"", "", "members", true},
		{"", "members", "members", false},
		{"", "MEMBERS", "members", false},
		{"", "members.display", "members", true},
		{"displayName", "", "members", false},
		{"members", "", "Members", true},
		{"members.value", "", "members", true},
		{"members.value", "members", "members", false},
		{"displayName", "", "id", true},
		{"", "id", "id", true},
		{"", "displayName", "whatever", true},
		{URNGroup, "", "members", true},
	}
	for _, tt := range tests {
		p, err := groupType(t).ParseProjection(tt.attributes, tt.excluded)
		if err != nil {
			t.Fatal(err)
		}
		if got := p.Includes(tt.name); got != tt.want {
			t.Errorf("attributes=%s, excludedAttributes=%s: Includes(%s) = %t", tt.attributes, tt.excluded, tt.name, got)
		}
	}
	var none *Projection
	if !none.IsDefault() || !none.Includes("members") || !new(Projection).IsDefault() || !new(Projection).Includes("members") {
		t.Error("no projection is not the default one")
	}
	if v := mustParse(t, projected); none.Apply(v) != v {
		t.Error("no projection changed the resource")
	}
}

func TestProjectionRefusesWhatCannotBeAName(t *testing.T) {
	for _, text := range []string{`userName emails`, `emails[type eq "work"]`, `"userName"`, `a=b`} {
		_, err := userType(t).ParseProjection(text, "")
		wantRefusal(t, err, InvalidValue, "attributes holds")
		_, err = userType(t).ParseProjection("", text)
		wantRefusal(t, err, InvalidValue, "excludedAttributes holds")
	}
}

func TestProjectionHonoursReturned(t *testing.T) {
	s, err := ParseSchema([]byte(`{"id":"urn:acme:2.0:Device","attributes":[
		{"name":"serial","returned":"always"},
		{"name":"log","returned":"request"},
		{"name":"pin","returned":"never"},
		{"name":"owner","type":"complex","subAttributes":[{"name":"value","returned":"always"},{"name":"note"},{"name":"history","returned":"request"}]}]}`))
	if err != nil {
		t.Fatal(err)
	}
	rt := &ResourceType{Name: "Device", Schema: s}
	const device = `{"id":"1","serial":"s","log":"l","pin":"p","owner":{"value":"v","note":"n","history":"h"}}`
	tests := []struct{ attributes, excluded, want string }{
		{"", "", `{"id":"1","serial":"s","owner":{"value":"v","note":"n"}}`},
		{"log", "", `{"id":"1","serial":"s","log":"l"}`},
		{"pin", "", `{"id":"1","serial":"s"}`},
		{"owner.note", "", `{"id":"1","serial":"s","owner":{"value":"v","note":"n"}}`},
		{"owner.history", "", `{"id":"1","serial":"s","owner":{"value":"v","history":"h"}}`},
		{"", "serial,owner.value,owner.note", `{"id":"1","serial":"s","owner":{"value":"v"}}`},
	}
	for _, tt := range tests {
		p, err := rt.ParseProjection(tt.attributes, tt.excluded)
		if err != nil {
			t.Fatal(err)
		}
		if got := p.Apply(mustParse(t, device)).String(); got != tt.want {
			t.Errorf("attributes=%s, excludedAttributes=%s: %s, want %s", tt.attributes, tt.excluded, got, tt.want)
		}
		if p.IsDefault() {
			t.Error("a projection that hides something calls itself the default")
		}
	}
}
