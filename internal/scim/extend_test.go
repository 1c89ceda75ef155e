package scim

import (
	"slices"
	"strings"
	"testing"
)

// with is the standard catalog with schemas and resource types from files.
func with(schemas, types string) (*Catalog, error) {
	var s []*Schema
	var rt []ResourceTypeSpec
	var err error
	if schemas != "" {
		if s, err = ReadSchemas("s.json", []byte(schemas)); err != nil {
			return nil, err
		}
	}
	if types != "" {
		if rt, err = ReadResourceTypes("t.json", []byte(types)); err != nil {
			return nil, err
		}
	}
	return StandardCatalog().With(s, rt)
}

func mustWith(t *testing.T, schemas, types string) *Catalog {
	t.Helper()
	c, err := with(schemas, types)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// outline names a catalog's types with their extensions, those that are
// required with a bang.
func outline(c *Catalog) string {
	var parts []string
	for _, rt := range c.ResourceTypes {
		part := rt.Name + rt.Endpoint + "=" + rt.Schema.Name
		for _, e := range rt.Extensions {
			part += "+" + e.Schema.Name
			if e.Required {
				part += "!"
			}
		}
		parts = append(parts, part)
	}
	return strings.Join(parts, " ")
}

const (
	deviceSchema = `{"id":"urn:acme:2.0:Device","name":"Device","attributes":[{"name":"displayName"},{"name":"serial","uniqueness":"server"}]}`
	deviceType   = `{"name":"Device","endpoint":"/Devices","schema":"urn:acme:2.0:Device"}`
	standard     = "User/Users=User+EnterpriseUser Group/Groups=Group"
)

func TestWithAddsSchemasAndTypes(t *testing.T) {
	tests := []struct{ name, schemas, types, want string }{
		{"nothing", "", "", standard},
		{"a schema that no type names extends User", `{"id":"urn:acme:2.0:Badge","attributes":[{"name":"a"}]}`, "", "User/Users=User+EnterpriseUser+Badge Group/Groups=Group"},
		{"or the type that its URN ends in", `{"id":"urn:acme:2.0:group","name":"G","attributes":[{"name":"a"}]}`, "", "User/Users=User+EnterpriseUser Group/Groups=Group+G"},
		{"even one that comes with it", `[` + deviceSchema + `,{"id":"urn:lab:2.0:Device","name":"Lab","attributes":[]}]`, deviceType, standard + " Device/Devices=Device+Lab"},
		{"a type", deviceSchema, deviceType, standard + " Device/Devices=Device"},
		{"a list of types", deviceSchema, `[` + deviceType + `,{"name":"Box","endpoint":"Boxes","schema":"urn:acme:2.0:device"}]`, standard + " Device/Devices=Device Box/Boxes=Device"},
		{"a type with an extension", `[` + deviceSchema + `,{"id":"urn:lab","name":"Lab","attributes":[{"name":"a"}]}]`, `{"name":"Device","endpoint":"/Devices","schema":"urn:acme:2.0:Device","schemaExtensions":[{"schema":"urn:LAB","required":true}]}`, standard + " Device/Devices=Device+Lab!"},
		{"User gets extensions", `{"id":"urn:lab","name":"Lab","attributes":[{"name":"a"}]}`, `{"name":"user","endpoint":"/Users","schema":"` + URNUser + `","schemaExtensions":[{"schema":"urn:lab","required":true}]}`, "User/Users=User+EnterpriseUser+Lab! Group/Groups=Group"},
		{"User's extension becomes required", "", `{"name":"User","endpoint":"https://example.com/scim/v2/Users","schema":"` + URNUser + `","schemaExtensions":[{"schema":"` + URNEnterprise + `","required":true}]}`, "User/Users=User+EnterpriseUser! Group/Groups=Group"},
		{"the same type twice is one", deviceSchema, `[` + deviceType + `,` + deviceType + `]`, standard + " Device/Devices=Device"},
		{"what a server says of itself is left out",
			`{"schemas":["` + URNListResponse + `"],"totalResults":2,"Resources":[{"id":"` + URNSchema + `","attributes":[{"name":"a","type":"complex","subAttributes":[{"name":"b","type":"complex"}]}]},` + deviceSchema + `]}`,
			`{"schemas":["` + URNListResponse + `"],"totalResults":2,"Resources":[{"name":"ServiceProviderConfig","endpoint":"/ServiceProviderConfig","schema":"` + URNConfig + `"},` + deviceType + `]}`,
			standard + " Device/Devices=Device"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			c := mustWith(t, tt.schemas, tt.types)
			if got := outline(c); got != tt.want {
				t.Errorf("%s, want %s", got, tt.want)
			}
			if got := outline(StandardCatalog()); got != standard {
				t.Errorf("the standard catalog became %s", got)
			}
		})
	}
}

func TestWithSaysWhatIsWrong(t *testing.T) {
	user := func(attribute string) string { return `{"id":"` + URNUser + `","attributes":[` + attribute + `]}` }
	tests := []struct{ name, schemas, types, want string }{
		{"an empty file", " ", "", "s.json: the file is empty"},
		{"no JSON", `{"id"`, "", "s.json: the file is not valid JSON"},
		{"a number", `1`, "", "s.json: it holds a number"},
		{"the second of a list", `[` + deviceSchema + `,{"id":"urn:x","attributes":[{"name":"a","retuned":"never"}]}]`, "", `s.json, [1]: schema urn:x: attribute a: "retuned" is not a characteristic of an attribute; did you mean "returned"?`},
		{"the first of a download", `{"Resources":[{"id":"urn:x","attributes":[{"name":"a","unique":true}]}]}`, "", `s.json, Resources[0]: schema urn:x: attribute a: "unique" is not`},
		{"several mistakes in one", `{"id":"urn:x","attributes":[{"name":"a","type":"int","required":"yes"}]}`, "", `type must be one of string, boolean, decimal, integer, dateTime, binary, reference, complex, not "int"; did you mean "integer"?; required must be a JSON boolean`},
		{"a mistyped member of a schema", `{"id":"urn:x","atributes":[]}`, "", `schema urn:x: "atributes" is not a member of a schema; did you mean "attributes"?`},
		{"an attribute without a name", `{"id":"urn:x","attributes":[{"name":"a"},{"type":"string"}]}`, "", `the name of the attribute at [1] must be a letter`},
		{"no list of attributes", `{"id":"urn:x","attributes":{}}`, "", "attributes is an object; it must be a list"},
		{"a type where a schema is wanted", deviceType, "", `"Device" is a resource type, not a schema; give its file with --resource-type`},
		{"a schema where a type is wanted", "", deviceSchema, `is a schema, not a resource type; give its file with --schema`},
		{"an attribute that the service needs, of another type", user(`{"name":"username","type":"integer"}`), "", "s.json: schema " + URNUser + ": attribute userName: the service relies on its type string; it cannot be integer"},
		{"of another multiplicity", user(`{"name":"active","type":"boolean","multiValued":true}`), "", "attribute active: the service relies on multiValued false"},
		{"kept from it", user(`{"name":"displayName","returned":"never"}`), "", "attribute displayName: the service needs its value"},
		{"a common attribute of another type", user(`{"name":"id","type":"integer"}`), "", "attribute id: the service relies on its type string"},
		{"a common attribute of a new type", `{"id":"urn:acme:2.0:Device","attributes":[{"name":"externalId","multiValued":true}]}`, deviceType, "s.json: schema urn:acme:2.0:Device: attribute externalId: the service relies on multiValued false"},
		{"no name", "", `{"endpoint":"/Devices","schema":"urn:x"}`, `name must be a letter`},
		{"no endpoint", "", `{"name":"Device","schema":"urn:x"}`, `endpoint must be one segment of letters, digits, - and _, such as "/Devices", not ""`},
		{"two segments", "", `{"name":"Device","endpoint":"/a/b","schema":"urn:x"}`, `endpoint must be one segment`},
		{"no schema", "", `{"name":"Device","endpoint":"/Devices"}`, `schema must be the URN`},
		{"a mistyped member", "", `{"name":"Device","endpoint":"/Devices","schema":"urn:x","schemaExtension":[]}`, `did you mean "schemaExtensions"?`},
		{"a mistyped member of an extension", "", `{"name":"Device","endpoint":"/Devices","schema":"urn:x","schemaExtensions":[{"schema":"urn:y","requird":true}]}`, `schemaExtensions: "requird" is not a member of a schema extension; did you mean "required"?`},
		{"an unknown schema", "", deviceType, `t.json: resource type Device: there is no schema "urn:acme:2.0:Device"; give its file with --schema`},
		{"an unknown extension", deviceSchema, `[{"name":"Device","endpoint":"/Devices","schema":"urn:acme:2.0:Device","schemaExtensions":[{"schema":"urn:y"}]}]`, `t.json, [0]: resource type Device: there is no schema "urn:y"`},
		{"its own schema as an extension", deviceSchema, `{"name":"Device","endpoint":"/Devices","schema":"urn:acme:2.0:Device","schemaExtensions":[{"schema":"urn:acme:2.0:Device"}]}`, `it cannot be an extension too`},
		{"an endpoint of the protocol", deviceSchema, `{"name":"Device","endpoint":"/bulk","schema":"urn:acme:2.0:Device"}`, `the endpoint /Bulk is one of the protocol; choose another, such as /Devices`},
		{"a taken endpoint", deviceSchema, `{"name":"Device","endpoint":"/USERS","schema":"urn:acme:2.0:Device"}`, `the endpoint /Users is that of User`},
		{"another schema for User", deviceSchema, `{"name":"User","endpoint":"/Users","schema":"urn:acme:2.0:Device"}`, `User has the schema ` + URNUser},
		{"another endpoint for User", "", `{"name":"User","endpoint":"/People","schema":"` + URNUser + `"}`, `User is at /Users, not at /People`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			c, err := with(tt.schemas, tt.types)
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("With = %v, %v; want an error with %q", c, err, tt.want)
			}
		})
	}
}

// A real tenant's answers hold more, and other, than the RFC has.
func TestWhatRealServersAnswerIsTaken(t *testing.T) {
	c := mustWith(t, `{"schemas":["`+URNListResponse+`"],"totalResults":2,"itemsPerPage":2,"startIndex":1,"Resources":[
		{"schemas":["`+URNSchema+`"],"id":"`+URNUser+`","name":"User","meta":{"resourceType":"Schema"},"vendorVersion":3,"attributes":[
			{"name":"id","type":"string","mutability":"readOnly","returned":"always","uniqueness":"global","displayName":"Id","vendorSearchable":true},
			{"name":"schemas","type":"string","multiValued":true},
			{"name":"meta","type":"complex","subAttributes":[{"name":"location"}]},
			{"name":"externalId","type":"string","caseExact":true,"required":true,"description":null},
			{"name":"userName","type":"String","required":true,"uniqueness":"server","caseExact":true,"mutability":"immutable","canonicalValues":[]},
			{"name":"groups","type":"complex","multiValued":true,"mutability":"readWrite","subAttributes":[{"name":"value","type":"string"}]},
			{"name":"shirt","type":"string","canonicalValues":[{"value":"S"},"M"]}]},
		{"id":"`+URNGroup+`","attributes":[
			{"name":"displayName","type":"string","required":true,"uniqueness":"server"},
			{"name":"members","type":"complex","multiValued":true,"required":true,"subAttributes":[{"name":"value","mutability":"readOnly"}]}]},
		{"id":"`+URNEnterprise+`","attributes":[
			{"name":"manager","type":"complex","required":true,"subAttributes":[{"name":"value","uniqueness":"global"}]}]}]}`, "")
	user, group := c.Type("User"), c.Type("Group")
	for _, name := range []string{"id", "schemas", "meta"} {
		if user.Schema.Attribute(name) != nil {
			t.Errorf("%s became an attribute of the core schema", name)
		}
	}
	if def := user.core("userName"); !def.CaseExact || def.Type != "string" {
		t.Errorf("userName is %+v", def)
	}
	if def := user.core("groups"); !def.isReadOnly() || def.Sub("type") == nil {
		t.Errorf("groups is %+v", def)
	}
	if def := user.core("shirt"); !slices.Equal(def.CanonicalValues, []string{"M"}) {
		t.Errorf("shirt is %+v", def)
	}
	if def := group.core("members"); def.Required || def.Sub("value").isReadOnly() || def.Sub("$ref") == nil {
		t.Errorf("members is %+v", def)
	}
	r := &Reading{}
	if _, err := user.ReadResource(mustParse(t, `{"userName":"a"}`), r); err == nil || !strings.Contains(err.Error(), "externalId is required") {
		t.Errorf("a user without externalId: %v", err)
	}
	draft, err := group.ReadResource(mustParse(t, `{"displayName":"g","members":[{"value":"1"}]}`), r)
	if err != nil || len(draft.Members[0].Members) != 1 {
		t.Errorf("a group with a member: %+v, %v", draft, err)
	}
}

func TestTheTypesOfACatalogHaveOperations(t *testing.T) {
	c := mustWith(t, deviceSchema, deviceType)
	filter := `serial eq "8f14e45f-ceea-467f-a8a0-1f2d3c4b5a69"` // no probe: nobody provisions devices
	tests := []struct {
		method, path, filter string
		want                 Operation
	}{
		{"POST", "/scim/devices", "", "device.create"},
		{"GET", "/scim/Devices/1", "", "device.get"},
		{"GET", "/scim/Devices", "", "device.list"},
		{"GET", "/scim/Devices", filter, "device.query"},
		{"PUT", "/scim/Devices/1", "", "device.replace"},
		{"PATCH", "/scim/Devices/1", "", "device.patch"},
		{"DELETE", "/scim/DEVICES/1", "", "device.delete"},
		{"POST", "/scim/Devices/.search", "", OpSearch},
		{"DELETE", "/scim/Devices", "", OpUnknown},
		{"POST", "/scim/Users", "", OpUserCreate},
	}
	known := c.Operations()
	for _, tt := range tests {
		target := TargetOf(tt.path, []string{"/scim"}, c)
		got := OperationOf(&Request{Method: tt.method, Target: target, Filter: tt.filter, Catalog: c})
		if got != tt.want || !slices.Contains(known, got) {
			t.Errorf("%s %s is %s, want %s", tt.method, tt.path, got, tt.want)
		}
	}
	if target := TargetOf("/scim/Devices", []string{"/scim"}, nil); target.Endpoint != EndpointNone {
		t.Errorf("without the catalog it is %+v", target)
	}
	for _, pattern := range []string{"device.create", "device.*", "*.patch", "DEVICE.get"} {
		if !c.KnownPattern(pattern) {
			t.Errorf("%s is unknown", pattern)
		}
	}
	for _, pattern := range []string{"device.disable", "devices.get"} {
		if c.KnownPattern(pattern) {
			t.Errorf("%s is known", pattern)
		}
	}
	if got := c.NearestOperation("devise.create"); got != "device.create" {
		t.Errorf("the nearest is %s", got)
	}
	if got := Operation("device.create").OtherType() + Operation("user.create").OtherType() + Operation("discovery.config").OtherType(); got != "device" {
		t.Errorf("other types are %q", got)
	}
}

func TestTheUniqueAttributesAreThoseThatSchemasName(t *testing.T) {
	c := mustWith(t, `[{"id":"urn:acme:2.0:Device","attributes":[
		{"name":"serial","uniqueness":"server"},
		{"name":"mails","type":"complex","multiValued":true,"uniqueness":"global","subAttributes":[{"name":"value","uniqueness":"server"},{"name":"tag","uniqueness":"global"}]},
		{"name":"made","uniqueness":"server","mutability":"readOnly"},
		{"name":"pin","uniqueness":"server","returned":"never"},
		{"name":"plain"}]},
		{"id":"urn:acme:2.0:User","attributes":[{"name":"badge","uniqueness":"server"}]}]`, deviceType)
	names := func(rt *ResourceType) (all []string) {
		for _, p := range rt.UniqueAttributes() {
			all = append(all, p.String())
		}
		return all
	}
	if got := names(c.Type("Device")); !slices.Equal(got, []string{"serial", "mails.value", "mails.tag"}) {
		t.Errorf("of a Device: %q", got)
	}
	if got := names(c.Type("User")); !slices.Equal(got, []string{"userName", "urn:acme:2.0:User:badge"}) {
		t.Errorf("of a User: %q", got)
	}
	if got := names(StandardCatalog().Type("Group")); len(got) > 0 {
		t.Errorf("of a Group: %q", got)
	}
}

func TestNameOfTakesWhatThereIs(t *testing.T) {
	c := mustWith(t, deviceSchema, deviceType)
	tests := []struct{ typ, body, want string }{
		{"User", `{"displayName":"d","userName":"u"}`, "u"},
		{"Group", `{"displayName":"d","userName":"u"}`, "d"},
		{"Device", `{"displayName":"d","name":"n","userName":"u"}`, "d"},
		{"Device", `{"displayName":"","name":"n"}`, "n"},
		{"Device", `{"name":{"formatted":"f"},"userName":"u"}`, "u"},
		{"Device", `{"serial":"s"}`, ""},
	}
	for _, tt := range tests {
		if got := c.Type(tt.typ).NameOf(mustParse(t, tt.body)); got != tt.want {
			t.Errorf("the name of the %s %s is %q, want %q", tt.typ, tt.body, got, tt.want)
		}
	}
}

func TestAKeyIsTheSameForTheSameValue(t *testing.T) {
	tests := []struct {
		typ, x, y string
		same      bool
	}{
		{"dateTime", `"2026-01-01T00:00:00Z"`, `"2026-01-01T01:00:00.000+01:00"`, true},
		{"dateTime", `"2026-01-01T00:00:00Z"`, `"2026-01-01T00:00:00.001Z"`, false},
		{"decimal", `1.50`, `15e-1`, true},
		{"decimal", `-0`, `0`, true},
		{"decimal", `1`, `-1`, false},
		{"integer", `10`, `1`, false},
		{"string", `"a"`, `"\u0061"`, true},
		{"boolean", `true`, `false`, false},
	}
	for _, tt := range tests {
		a := &Attribute{Type: tt.typ}
		x, y := a.Key(mustParse(t, tt.x)), a.Key(mustParse(t, tt.y))
		if (x == y) != tt.same {
			t.Errorf("%s and %s have the keys %q and %q", tt.x, tt.y, x, y)
		}
	}
}

func FuzzCatalogFiles(f *testing.F) {
	f.Add(deviceSchema, deviceType)
	f.Add(`[`+deviceSchema+`,{"id":"urn:lab:2.0:User","attributes":[{"name":"a","type":"complex","subAttributes":[{"name":"value"}]}]}]`, `[`+deviceType+`]`)
	f.Add(`{"Resources":[{"id":"`+URNUser+`","attributes":[{"name":"id"},{"name":"userName"}]}]}`, `{"Resources":[]}`)
	f.Fuzz(func(t *testing.T, schemas, types string) {
		c, err := with(schemas, types)
		if err != nil {
			return
		}
		seen := make(map[string]bool)
		for _, rt := range c.ResourceTypes {
			key := strings.ToLower(rt.Endpoint)
			if rt.Schema == nil || seen[key] || c.TypeAt(Endpoint(rt.Endpoint[1:])) != rt {
				t.Errorf("the type %+v", rt)
			}
			seen[key] = true
		}
		for _, s := range c.Schemas {
			if _, err := ParseSchema(AppendSchema(nil, s, RFC, "")); err != nil {
				t.Errorf("what it tells of %s is wrong: %v", s.ID, err)
			}
		}
		for _, op := range c.Operations() {
			if !c.KnownPattern(string(op)) {
				t.Errorf("the operation %s is unknown", op)
			}
		}
	})
}
