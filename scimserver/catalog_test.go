package scimserver_test

import (
	"fmt"
	"net/url"
	"strings"
	"testing"

	"airmock/internal/scim"
	"airmock/scimserver"
)

const (
	urnDevice = "urn:acme:2.0:Device"
	urnAcme   = "urn:acme:2.0:User"
	urnLab    = "urn:acme:2.0:Lab"
)

// deviceSchemas has an attribute of every type, and one of every
// characteristic.
const deviceSchemas = `[
{"id":"` + urnDevice + `","attributes":[
	{"name":"displayName","required":true},
	{"name":"text"},
	{"name":"exact","caseExact":true},
	{"name":"count","type":"integer"},
	{"name":"weight","type":"decimal"},
	{"name":"on","type":"boolean"},
	{"name":"seen","type":"dateTime"},
	{"name":"cert","type":"binary"},
	{"name":"link","type":"reference","referenceTypes":["external"]},
	{"name":"owner","type":"complex","subAttributes":[
		{"name":"value","required":true},
		{"name":"$ref","type":"reference","referenceTypes":["User"]}]},
	{"name":"site","type":"complex","subAttributes":[
		{"name":"code","required":true,"mutability":"immutable"},
		{"name":"room"}]},
	{"name":"tags","multiValued":true},
	{"name":"sizes","type":"integer","multiValued":true},
	{"name":"stamps","type":"dateTime","multiValued":true},
	{"name":"ports","type":"complex","multiValued":true,"subAttributes":[
		{"name":"value","required":true,"uniqueness":"server"},
		{"name":"type"},
		{"name":"number","type":"integer"},
		{"name":"maker","mutability":"immutable"},
		{"name":"primary","type":"boolean"}]},
	{"name":"serial","mutability":"immutable"},
	{"name":"born","type":"dateTime","mutability":"immutable"},
	{"name":"marks","multiValued":true,"mutability":"immutable"},
	{"name":"state","mutability":"readOnly"},
	{"name":"pin","mutability":"writeOnly"},
	{"name":"key","returned":"never"},
	{"name":"log","returned":"request"},
	{"name":"model","returned":"always"},
	{"name":"asset","uniqueness":"server"},
	{"name":"code","uniqueness":"global","caseExact":true},
	{"name":"color","canonicalValues":["red","green"]}]},
{"id":"` + urnLab + `","attributes":[
	{"name":"bench","type":"integer","required":true,"uniqueness":"server"},
	{"name":"frozen","mutability":"immutable"}]},
{"id":"` + urnAcme + `","attributes":[
	{"name":"badge","type":"integer","uniqueness":"server"},
	{"name":"hired","mutability":"immutable"}]}]`

const deviceTypes = `[{"name":"Device","endpoint":"/Devices","schema":"` + urnDevice + `",
	"schemaExtensions":[{"schema":"` + urnLab + `","required":false}]},
	{"name":"Lab","endpoint":"/Labs","schema":"` + urnDevice + `","schemaExtensions":[{"schema":"` + urnLab + `","required":true}]}]`

func deviceCatalog(t *testing.T) *scim.Catalog {
	t.Helper()
	schemas, err := scim.ReadSchemas("schemas.json", []byte(deviceSchemas))
	if err != nil {
		t.Fatal(err)
	}
	types, err := scim.ReadResourceTypes("types.json", []byte(deviceTypes))
	if err != nil {
		t.Fatal(err)
	}
	c, err := scim.StandardCatalog().With(schemas, types)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// newDevices starts a tenant with devices.
func newDevices(t *testing.T, profile scim.Profile) *fixture {
	t.Helper()
	return newFixture(t, func(o *scimserver.Options) { o.Profile, o.Catalog = profile, deviceCatalog(t) })
}

// device is the body of a device with those attributes beside the required.
func device(attributes string) string {
	schemas := `"` + urnDevice + `"`
	if strings.Contains(attributes, urnLab) {
		schemas += `,"` + urnLab + `"`
	}
	if attributes != "" {
		attributes = "," + attributes
	}
	return `{"schemas":[` + schemas + `],"displayName":"pump"` + attributes + `}`
}

func TestATypeFromAFileIsDiscoverable(t *testing.T) {
	f := newDevices(t, scim.RFC)
	a := f.do("GET", "/ResourceTypes/Device", "")
	a.wantStatus(200)
	a.wantAt("endpoint", `"/Devices"`)
	a.wantAt("schema", `"`+urnDevice+`"`)
	a.wantAt("schemaExtensions/0/schema", `"`+urnLab+`"`)
	f.do("GET", "/ResourceTypes", "").wantAt("totalResults", "4")
	f.do("GET", "/Schemas", "").wantAt("totalResults", "6")
	a = f.do("GET", "/Schemas/"+urnDevice, "")
	a.wantAt("attributes/0/name", `"displayName"`)
	a.wantAt("attributes/0/required", "true")
	f.do("GET", "/ResourceTypes/User", "").wantAt("schemaExtensions/1/schema", `"`+urnAcme+`"`)
	a = f.do("DELETE", "/Devices", "")
	a.wantStatus(405)
	a.wantHeader("Allow", "GET, HEAD, POST")
}

func TestADeviceLivesAsUsersDo(t *testing.T) {
	for _, profile := range []scim.Profile{scim.Entra, scim.RFC} {
		f := newDevices(t, profile)
		a := f.do("POST", "/devices", device(`"text":"A","count":3,"`+urnLab+`":{"bench":7}`))
		a.wantStatus(201)
		a.wantAt("meta/resourceType", `"Device"`)
		a.wantAt("schemas", `["`+urnDevice+`","`+urnLab+`"]`)
		a.wantHeader("Location", f.url+"/Devices/1")
		if a.call.Operation != "device.create" || a.call.Effect.Name != "pump" {
			t.Errorf("the call is %s on %+v", a.call.Operation, a.call.Effect)
		}
		a = f.do("PATCH", "/Devices/1", patchBody(`{"op":"replace","path":"count","value":4},{"op":"add","path":"tags","value":["x","y"]},{"op":"replace","path":"`+urnLab+`:bench","value":8}`))
		a.wantStatus(200)
		a.wantAt("count", "4")
		a.wantAt("tags", `["x","y"]`)
		a.wantAt(urnLab, `{"bench":8}`)
		a = f.do("GET", "/Devices?filter=count+gt+3+and+tags+eq+%22Y%22+and+"+urnLab+":bench+eq+8", "")
		a.wantAt("totalResults", "1")
		f.do("GET", "/Devices?filter=displayName+eq+%22PUMP%22", "").wantAt("totalResults", "1")
		f.do("GET", "/Devices?filter=exact+eq+%22a%22", "").wantAt("totalResults", "0")
		a = f.do("PUT", "/Devices/1", device(`"count":5`))
		a.wantStatus(200)
		a.wantAt("tags", "")
		a.wantAt(urnLab, "")
		a.wantAt("groups", "")
		f.do("GET", "/Users/1", "").wantError(404, "", "it belongs to a Device")
		if a = f.do("GET", "/Devices", ""); a.call.Operation != "device.list" {
			t.Errorf("operation %s", a.call.Operation)
		}
		f.do("DELETE", "/Devices/1", "").wantStatus(204)
		f.do("GET", "/Devices/1", "").wantError(404, "", "no Device has the id")
	}
}

// A device's owner is a link as a user's manager is.
func TestAnOwnerIsALink(t *testing.T) {
	for _, profile := range []scim.Profile{scim.Entra, scim.RFC} {
		f := newDevices(t, profile)
		user := f.createUser("owner")
		a := f.do("POST", "/Devices", device(`"owner":{"value":"`+user+`","$ref":"https://example.com/Users/`+user+`"}`))
		a.wantAt("owner", `{"value":"`+user+`","$ref":"`+f.url+`/Users/`+user+`"}`)
		id := a.json().Get("id").Text()
		f.do("GET", "/Devices?filter="+url.QueryEscape(`owner.$ref eq "`+f.url+`/Users/`+user+`"`), "").wantAt("totalResults", "1")
		f.do("GET", "/Devices?filter="+url.QueryEscape(`owner eq "`+user+`"`), "").wantAt("totalResults", "1")
		f.do("DELETE", "/Users/"+user, "").wantStatus(204)
		gone := f.do("GET", "/Devices/"+id, "")
		gone.wantAt("owner", "")
		gone.wantAt("meta/version", `"W/\"2\""`)
	}
}

func TestADeviceCanBeAMember(t *testing.T) {
	f := newDevices(t, scim.Entra)
	id := f.must("POST", "/Devices", device(""))
	group := f.createGroup("g", id)
	a := f.do("GET", "/Groups/"+group, "")
	a.wantAt("members/0/type", `"Device"`)
	a.wantAt("members/0/$ref", `"`+f.url+`/Devices/`+id+`"`)
	f.do("DELETE", "/Devices/"+id, "").wantStatus(204)
	f.do("GET", "/Groups/"+group, "").wantAt("members", "[]")
}

func TestDevicesAreSearchedSortedAndPagedAsUsersAre(t *testing.T) {
	f := newDevices(t, scim.RFC)
	f.must("POST", "/Users", `{"schemas":["`+scim.URNUser+`"],"userName":"u"}`)
	for _, count := range []string{"10", "9", "1"} {
		f.must("POST", "/Devices", device(`"count":`+count))
	}
	const search = `{"schemas":["urn:ietf:params:scim:api:messages:2.0:SearchRequest"],"filter":"count gt 1","sortBy":"count"}`
	a := f.do("POST", "/Devices/.search", search)
	a.wantAt("totalResults", "2")
	a.wantAt("Resources/0/count", "9")
	a.wantAt("Resources/1/count", "10")
	f.do("GET", "/", "").wantAt("totalResults", "4")
	f.do("GET", "/?filter=meta.resourceType+eq+%22Device%22", "").wantAt("totalResults", "3")
	f.do("GET", "/Devices?sortBy=count&sortOrder=descending&count=1", "").wantAt("Resources/0/count", "10")
}

func TestDevicesComeInBulk(t *testing.T) {
	f := newDevices(t, scim.RFC)
	a := f.do("POST", "/Bulk", `{"schemas":["urn:ietf:params:scim:api:messages:2.0:BulkRequest"],"Operations":[
		{"method":"POST","path":"/Devices","bulkId":"a","data":`+device(`"asset":"A","serial":"s"`)+`},
		{"method":"POST","path":"/Devices","bulkId":"b","data":`+device(`"asset":"a"`)+`},
		{"method":"POST","path":"/Groups","bulkId":"g","data":{"schemas":["`+scim.URNGroup+`"],"displayName":"g","members":[{"value":"bulkId:a"}]}},
		{"method":"PUT","path":"/Devices/bulkId:a","data":`+device(`"serial":"t"`)+`}]}`)
	a.wantStatus(200)
	for i, want := range []string{`"201"`, `"409"`, `"201"`, `"400"`} {
		a.wantAt(fmt.Sprintf("Operations/%d/status", i), want)
	}
	a.wantAt("Operations/3/response/scimType", `"mutability"`)
	if op := a.call.Parts[0].Operation; op != "device.create" {
		t.Errorf("its operation is %s", op)
	}
}

// The members of a resource that name each other come into being in one go.
func TestDevicesOfOneBulkRequestHoldUniqueValues(t *testing.T) {
	f := newDevices(t, scim.RFC)
	group := func(id, other string) string {
		return `{"method":"POST","path":"/Groups","bulkId":"` + id + `","data":{"schemas":["` + scim.URNGroup + `"],"displayName":"` + id + `","members":[{"value":"bulkId:` + other + `"},{"value":"bulkId:d` + id + `"}]}}`
	}
	one := func(id string) string {
		return `{"method":"POST","path":"/Devices","bulkId":"d` + id + `","data":` + device(`"asset":"same"`) + `}`
	}
	a := f.do("POST", "/Bulk", `{"schemas":["urn:ietf:params:scim:api:messages:2.0:BulkRequest"],"Operations":[`+
		group("x", "y")+`,`+group("y", "x")+`,`+one("x")+`,`+one("y")+`]}`)
	a.wantStatus(200)
	if n := strings.Count(a.body, `"409"`); n == 0 {
		t.Errorf("both devices have one asset: %s", a.body)
	}
	f.do("GET", "/Devices?filter=asset+eq+%22same%22", "").wantAt("totalResults", "1")
}
