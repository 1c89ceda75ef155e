package scimserver_test

import (
	"testing"

	"airmock/internal/scim"
	"airmock/scimserver"
)

// hidingSchemas have attributes that are returned on request alone, and do so
// with members and groups.
const hidingSchemas = `[
{"id":"` + urnAcme + `","attributes":[
	{"name":"log","returned":"request"},
	{"name":"logs","returned":"request","multiValued":true},
	{"name":"site","type":"complex","subAttributes":[{"name":"code"},{"name":"room","returned":"request"}]},
	{"name":"ports","type":"complex","multiValued":true,"subAttributes":[{"name":"value"},{"name":"number","returned":"request"}]}]},
{"id":"` + scim.URNUser + `","attributes":[
	{"name":"groups","type":"complex","multiValued":true,"mutability":"readOnly","returned":"request","subAttributes":[{"name":"value"}]}]},
{"id":"` + scim.URNGroup + `","attributes":[
	{"name":"members","type":"complex","multiValued":true,"returned":"request","subAttributes":[{"name":"value"}]}]}]`

func newHiding(t *testing.T) *fixture {
	t.Helper()
	schemas, err := scim.ReadSchemas("hiding.json", []byte(hidingSchemas))
	if err != nil {
		t.Fatal(err)
	}
	catalog, err := scim.StandardCatalog().With(schemas, nil)
	if err != nil {
		t.Fatal(err)
	}
	return newFixture(t, func(o *scimserver.Options) { o.Catalog = catalog })
}

// TestAWriteIsAnsweredWithWhatItNamed holds what RFC 7643 section 7 says of
// "returned": "request" besides the parameter attributes.
func TestAWriteIsAnsweredWithWhatItNamed(t *testing.T) {
	const acme = urnAcme
	all := `{"log":"l","logs":["a"],"site":{"code":"c","room":"r"},"ports":[{"value":"p","number":"1"}]}`
	user := func(attributes string) string { return `{"userName":"a","` + acme + `":` + attributes + `}` }
	tests := []struct{ name, method, query, body, want string }{
		{"read", "GET", "", "", `{"site":{"code":"c"},"ports":[{"value":"p"}]}`},
		{"put all", "PUT", "", user(all), all},
		{"put one", "PUT", "", user(`{"log":"m","site":{"code":"c"}}`), `{"log":"m","site":{"code":"c"}}`},
		{"put without", "PUT", "", user(`{"site":{"code":"d"}}`), `{"site":{"code":"d"}}`},
		{"put with others asked for", "PUT", "?attributes=userName", user(all), ``},
		{"put with it not wanted", "PUT", "?excludedAttributes=" + acme + ":log", user(`{"log":"m","logs":["a"]}`), `{"logs":["a"]}`},
		{"patch one", "PATCH", "", patchBody(`{"op":"replace","path":"` + acme + `:log","value":"m"}`), `{"log":"m","site":{"code":"c"},"ports":[{"value":"p"}]}`},
		{"patch one of several values", "PATCH", "", patchBody(`{"op":"add","path":"` + acme + `:logs","value":["b"]}`), `{"logs":["a","b"],"site":{"code":"c"},"ports":[{"value":"p"}]}`},
		{"patch a sub-attribute", "PATCH", "", patchBody(`{"op":"replace","path":"` + acme + `:site.room","value":"s"}`), `{"site":{"code":"c","room":"s"},"ports":[{"value":"p"}]}`},
		{"patch beside it", "PATCH", "", patchBody(`{"op":"replace","path":"` + acme + `:site.code","value":"d"}`), `{"site":{"code":"d"},"ports":[{"value":"p"}]}`},
		{"patch within", "PATCH", "", patchBody(`{"op":"replace","path":"` + acme + `:ports[value eq \"p\"].number","value":"2"}`), `{"site":{"code":"c"},"ports":[{"value":"p","number":"2"}]}`},
		{"patch without a path", "PATCH", "", patchBody(`{"op":"add","value":{"` + acme + `":{"log":"m"}}}`), `{"log":"m","site":{"code":"c"},"ports":[{"value":"p"}]}`},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			f := newHiding(t)
			f.do("POST", "/Users", user(all)).wantAt(acme, all)
			f.do(test.method, "/Users/1"+test.query, test.body).wantAt(acme, test.want)
		})
	}
}

func TestMembersAndGroupsMayBeShownOnRequestAlone(t *testing.T) {
	f := newHiding(t)
	f.createUser("a")
	f.do("POST", "/Groups", `{"displayName":"g","members":[{"value":"1"}]}`).wantAt("members/0/value", `"1"`)
	f.do("GET", "/Groups/2", "").wantAt("members", ``)
	f.do("GET", "/Groups/2?attributes=members", "").wantAt("members/0/value", `"1"`)
	f.do("GET", "/Groups?filter=members+eq+%221%22", "").wantAt("totalResults", `1`)
	f.do("GET", "/Users/1", "").wantAt("groups", ``)
	f.do("GET", "/Users/1?attributes=groups", "").wantAt("groups/0/value", `"2"`)
	f.do("PATCH", "/Groups/2", patchBody(`{"op":"replace","path":"displayName","value":"h"}`), "Prefer", "return=representation").wantAt("members", ``)
	f.do("PATCH", "/Groups/2", patchBody(`{"op":"add","path":"members","value":[{"value":"1"}]}`), "Prefer", "return=representation").wantAt("members/0/value", `"1"`)
}
