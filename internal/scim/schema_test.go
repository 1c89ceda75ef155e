package scim

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

func TestStandardCatalogIsThatOfRFC7643(t *testing.T) {
	c := StandardCatalog()
	attributes := map[string]string{
		URNUser: "userName name displayName nickName profileUrl title userType preferredLanguage locale timezone active password" +
			" emails phoneNumbers ims photos addresses groups entitlements roles x509Certificates",
		URNGroup:      "displayName members",
		URNEnterprise: "employeeNumber costCenter organization division department manager",
	}
	if len(c.Schemas) != len(attributes) {
		t.Fatalf("%d schemas, want %d", len(c.Schemas), len(attributes))
	}
	for _, s := range c.Schemas {
		if got := strings.Join(attributeNames(s.Attributes), " "); got != attributes[s.ID] {
			t.Errorf("%s has %s\nwant %s", s.ID, got, attributes[s.ID])
		}
	}
	if rt := c.Type("User"); rt.Endpoint != "/Users" || rt.Schema.ID != URNUser || len(rt.Extensions) != 1 || rt.Extensions[0].Schema.ID != URNEnterprise {
		t.Errorf("User is %+v", rt)
	}
	if rt := c.Type("Group"); rt.Endpoint != "/Groups" || rt.Schema.ID != URNGroup || len(rt.Extensions) != 0 {
		t.Errorf("Group is %+v", rt)
	}
	if c.Type("Device") != nil {
		t.Error("there is a type Device")
	}
	if c != StandardCatalog() {
		t.Error("the catalog is loaded twice")
	}
}

func TestStandardSchemasHaveTheCharacteristicsOfRFC7643(t *testing.T) {
	tests := []struct{ attr, want string }{
		{"userName", "string single required anycase readWrite default server"},
		{"name", "complex single optional anycase readWrite default none"},
		{"name.givenName", "string single optional anycase readWrite default none"},
		{"profileUrl", "reference single optional anycase readWrite default none external"},
		{"active", "boolean single optional anycase readWrite default none"},
		{"password", "string single optional anycase writeOnly never none"},
		{"emails", "complex multi optional anycase readWrite default none"},
		{"emails.type", "string single optional anycase readWrite default none work home other"},
		{"emails.primary", "boolean single optional anycase readWrite default none"},
		{"phoneNumbers.type", "string single optional anycase readWrite default none work home mobile fax pager other"},
		{"ims.type", "string single optional anycase readWrite default none aim gtalk icq xmpp msn skype qq yahoo"},
		{"photos.value", "reference single optional anycase readWrite default none external"},
		{"photos.type", "string single optional anycase readWrite default none photo thumbnail"},
		{"addresses.postalCode", "string single optional anycase readWrite default none"},
		{"groups", "complex multi optional anycase readOnly default none"},
		{"groups.$ref", "reference single optional anycase readOnly default none User Group"},
		{"groups.type", "string single optional anycase readOnly default none direct indirect"},
		{"x509Certificates.value", "binary single optional anycase readWrite default none"},
		{"id", "string single optional exact readOnly always server"},
		{"externalId", "string single optional exact readWrite default none"},
		{"meta.lastModified", "dateTime single optional anycase readOnly default none"},
		{"meta.version", "string single optional exact readOnly default none"},
	}
	rt := userType(t)
	for _, tt := range tests {
		name, sub, dotted := strings.Cut(tt.attr, ".")
		_, def := rt.attribute("", name)
		if dotted {
			def = def.Sub(sub)
		}
		if got := characteristicsOf(def); got != tt.want {
			t.Errorf("%s is %s, want %s", tt.attr, got, tt.want)
		}
	}
}

func characteristicsOf(a *Attribute) string {
	if a == nil {
		return "unknown"
	}
	pick := func(is bool, yes, no string) string {
		if is {
			return yes
		}
		return no
	}
	words := []string{a.Type, pick(a.MultiValued, "multi", "single"), pick(a.Required, "required", "optional"),
		pick(a.CaseExact, "exact", "anycase"), a.Mutability, a.Returned, a.Uniqueness}
	return strings.Join(slices.Concat(words, a.CanonicalValues, a.ReferenceTypes), " ")
}

func TestAttributeResolvesNamesInAnyCase(t *testing.T) {
	tests := map[string]struct{ urn, name, wantURN, wantName string }{
		"core":                          {"", "USERNAME", "", "userName"},
		"core by its URN":               {strings.ToUpper(URNUser), "username", "", "userName"},
		"common":                        {"", "externalid", "", "externalId"},
		"extension":                     {URNEnterprise, "Department", URNEnterprise, "department"},
		"extension in another case":     {strings.ToLower(URNEnterprise), "manager", URNEnterprise, "manager"},
		"extension, mistyped":           {"urn:ietf:params:scim:schemas:extension:enterprise:2.0User", "manager", URNEnterprise, "manager"},
		"an extension's, as core":       {"", "department", "", ""},
		"unknown in a known extension":  {URNEnterprise, "shoeSize", URNEnterprise, ""},
		"unknown extension":             {"urn:acme:2.0:User", "userName", "urn:acme:2.0:User", ""},
		"common is not in an extension": {URNEnterprise, "externalId", URNEnterprise, ""},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			urn, def := userType(t).attribute(tt.urn, tt.name)
			got := ""
			if def != nil {
				got = def.Name
			}
			if urn != tt.wantURN || got != tt.wantName {
				t.Errorf("attribute(%q, %q) = %q, %q; want %q, %q", tt.urn, tt.name, urn, got, tt.wantURN, tt.wantName)
			}
		})
	}
}

func TestSubKnowsTheImpliedOnesOfMultiValuedAttributes(t *testing.T) {
	user, group := userType(t).Schema, groupType(t).Schema
	if def := user.Attribute("addresses").Sub("PRIMARY"); def == nil || def.Type != "boolean" {
		t.Errorf("addresses.primary is %+v", def)
	}
	if def := group.Attribute("members").Sub("display"); def == nil || def.Type != "string" {
		t.Errorf("members.display is %+v", def)
	}
	if def := user.Attribute("name").Sub("primary"); def != nil {
		t.Errorf("name.primary is %+v", def)
	}
	if def := (*Attribute)(nil).Sub("x"); def != nil {
		t.Errorf("a sub-attribute of nothing is %+v", def)
	}
}

func TestSchemaSurvivesRenderAndParse(t *testing.T) {
	for _, s := range StandardCatalog().Schemas {
		text := AppendSchema(nil, s, RFC, "https://example.com/Schemas/"+s.ID)
		again, err := ParseSchema(text)
		if err != nil {
			t.Fatal(err)
		}
		want := *s
		want.Attributes = s.shown(RFC)
		if diff := cmp.Diff(&want, again, cmpopts.IgnoreUnexported(Schema{}, Attribute{})); diff != "" {
			t.Errorf("%s -want +got\n%s", s.ID, diff)
		}
	}
}

func TestDiscoveryHoldsNothingThatStrictReadersRefuse(t *testing.T) {
	c := StandardCatalog()
	var docs [][]byte
	for _, s := range c.Schemas {
		docs = append(docs, AppendSchema(nil, s, RFC, "https://example.com/Schemas/"+s.ID))
	}
	for _, rt := range c.ResourceTypes {
		docs = append(docs, AppendResourceType(nil, rt, "https://example.com/ResourceTypes/"+rt.Name))
	}
	for _, doc := range docs {
		v := mustParse(t, string(doc))
		wantNothingEmpty(t, v, v.Get("id").Text())
		if v.Get("meta").Get("location").Text() != "https://example.com/"+v.Get("meta").Get("resourceType").Text()+"s/"+v.Get("id").Text() {
			t.Errorf("%s has meta %s", v.Get("id"), v.Get("meta"))
		}
	}
}

func wantNothingEmpty(t *testing.T, v *Value, at string) {
	t.Helper()
	if v.Kind() == Null || isEmptyText(v) || (v.Kind() == Array || v.Kind() == Object) && v.Len() == 0 {
		t.Errorf("%s is %s", at, v)
	}
	for c := range v.children() {
		wantNothingEmpty(t, c, at+"."+c.name)
	}
}

func TestAppendResourceType(t *testing.T) {
	got := string(AppendResourceType(nil, userType(t), "https://example.com/ResourceTypes/User"))
	want := `{"schemas":["urn:ietf:params:scim:schemas:core:2.0:ResourceType"],"id":"User","name":"User","description":"User Account",` +
		`"endpoint":"/Users","schema":"urn:ietf:params:scim:schemas:core:2.0:User",` +
		`"schemaExtensions":[{"schema":"urn:ietf:params:scim:schemas:extension:enterprise:2.0:User","required":false}],` +
		`"meta":{"resourceType":"ResourceType","location":"https://example.com/ResourceTypes/User"}}`
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("-want +got\n%s", diff)
	}
	if group := string(AppendResourceType(nil, groupType(t), "https://x")); strings.Contains(group, "schemaExtensions") {
		t.Errorf("Group has extensions: %s", group)
	}
}

func TestParseSchemaSaysWhatIsWrong(t *testing.T) {
	schema := func(attribute string) string {
		return `{"id":"urn:acme:2.0:User","name":"Acme","attributes":[` + attribute + `]}`
	}
	tests := map[string]struct{ in, want string }{
		"not JSON":                     {`{"id"`, "ends too early"},
		"not an object":                {`[]`, "a schema is a JSON object"},
		"no URN":                       {`{"id":"Acme","attributes":[{"name":"a"}]}`, `not "Acme"`},
		"no attributes":                {`{"id":"urn:acme:2.0:User"}`, "a list of attributes"},
		"an attribute without a name":  {schema(`{"type":"string"}`), `not ""`},
		"a name with a dot":            {schema(`{"name":"a.b"}`), `not "a.b"`},
		"an attribute that is none":    {schema(`"a"`), `not ""`},
		"a type that is none":          {schema(`{"name":"a","type":"strng"}`), "did you mean \"string\"?"},
		"a mutability that is none":    {schema(`{"name":"a","mutability":"readonly!"}`), "readWrite, readOnly, immutable, writeOnly"},
		"an unknown characteristic":    {schema(`{"name":"a","multivalue":true}`), "did you mean \"multiValued\"?"},
		"a boolean as a string":        {schema(`{"name":"a","required":"true"}`), "required must be a JSON boolean"},
		"two of one name":              {schema(`{"name":"a"},{"name":"A"}`), "A is defined twice"},
		"complex in complex":           {schema(`{"name":"a","type":"complex","subAttributes":[{"name":"b","type":"complex"}]}`), "attribute a: sub-attribute b"},
		"parts of something simple":    {schema(`{"name":"a","type":"string","subAttributes":[{"name":"b"}]}`), "belong to the type complex"},
		"a mistake in a sub-attribute": {schema(`{"name":"a","type":"complex","subAttributes":[{"name":"b","type":"x"}]}`), "attribute a: attribute b: type must be one of"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			s, err := ParseSchema([]byte(tt.in))
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("ParseSchema = %+v, %v; want an error with %q", s, err, tt.want)
			}
		})
	}
}

func TestParseSchemaFillsInTheDefaults(t *testing.T) {
	s, err := ParseSchema([]byte(`{"id":"urn:acme:2.0:User","attributes":[{"name":"badge","type":"INTEGER"}]}`))
	if err != nil {
		t.Fatal(err)
	}
	want := &Schema{ID: "urn:acme:2.0:User", Name: "User", Attributes: []*Attribute{
		{Name: "badge", Type: "integer", Mutability: "readWrite", Returned: "default", Uniqueness: "none"},
	}}
	if diff := cmp.Diff(want, s, cmpopts.IgnoreUnexported(Schema{}, Attribute{})); diff != "" {
		t.Errorf("-want +got\n%s", diff)
	}
}

func TestLookingUpAnAttributeAllocatesNothing(t *testing.T) {
	rt := userType(t)
	n := testing.AllocsPerRun(100, func() {
		rt.attribute("", "username")
		rt.attribute(URNEnterprise, "manager")
		rt.Schema.Attribute("emails").Sub("Type")
		rt.Schema.Attribute("nothing")
	})
	if n > 0 {
		t.Errorf("%v allocations", n)
	}
}
