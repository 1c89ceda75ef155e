package scimserver_test

import (
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"testing"

	"airmock/internal/scim"
	"airmock/scimserver"
)

// eachType runs test for each resource type that a tenant says it has: one as
// it is, a strict one, as nothing here departs from the RFC, and one with
// attributes and types from files. The user 1 is there already, for what refers
// to a user.
func eachType(t *testing.T, test func(d *discovered, rt resourceTypeDocument)) {
	t.Helper()
	for name, set := range map[string]func(*scimserver.Options){
		"by default":   func(*scimserver.Options) {},
		"strictly":     strict,
		"of the files": withExamples(t),
	} {
		for _, rt := range discover(t, set).types {
			t.Run(rt.Name+" "+name, func(t *testing.T) {
				d := discover(t, set)
				d.createUser("somebody@example.com")
				test(d, rt)
			})
		}
	}
}

func TestAResourceWithEveryAttributeComesBackWhole(t *testing.T) {
	eachType(t, func(d *discovered, rt resourceTypeDocument) {
		sent := d.resource(rt, 1)
		want := d.returned(sent, rt)
		created := d.create(rt, sent)
		at := rt.Endpoint + "/" + created.Get("id").Text()
		a := d.do("GET", at, "")
		d.wantResource(a, rt, http.StatusOK)
		for name, got := range map[string]*scim.Value{"the answer": created, "what is read": a.json()} {
			if !holds(got, want) {
				d.t.Errorf("%s is %s, sent was %s", name, got, want)
			}
		}
		if read := d.at(created.Get("meta").Get("location").Text()); read.body != a.body {
			d.t.Errorf("meta.location leads to %s", read.body)
		}
	})
}

func TestAResourceLivesFromCreateToDelete(t *testing.T) {
	eachType(t, func(d *discovered, rt resourceTypeDocument) {
		created := d.create(rt, d.minimal(rt, 1))
		id := created.Get("id").Text()
		at := rt.Endpoint + "/" + id

		list := d.do("GET", rt.Endpoint, "").json()
		found := 0
		for r := range list.Get("Resources").Elements() {
			if r.Get("id").Text() == id {
				found++
				d.wantDeclared(r, rt)
				if !holds(r, created) {
					d.t.Errorf("the list has %s, created was %s", r, created)
				}
			}
		}
		if found != 1 {
			d.t.Errorf("%s is in the list %d times", id, found)
		}

		// What was read may be sent back, as Okta does, with what the server
		// alone sets.
		a := d.do("PUT", at, created.String())
		d.wantResource(a, rt, http.StatusOK)
		if !scim.Equal(a.json(), created) {
			d.t.Errorf("a PUT of what is there makes %s of %s", a.body, created)
		}
		full := d.resource(rt, 2)
		for in, a := range d.attributesOf(full, rt) {
			if old := created.Get(a.Name); a.Mutability == "immutable" && old != nil {
				in.Set(a.Name, old.Clone())
			}
		}
		want := d.returned(full, rt)
		a = d.do("PUT", at, full.String())
		d.wantResource(a, rt, http.StatusOK)
		if !holds(a.json(), want) {
			d.t.Errorf("a PUT of %s makes %s", want, a.body)
		}
		if a.json().Get("meta").Get("created").Text() != created.Get("meta").Get("created").Text() {
			d.t.Errorf("a PUT changes meta.created: %s", a.body)
		}
		a = d.do("PUT", at, created.String())
		d.wantResource(a, rt, http.StatusOK)
		// The immutable attributes of an extension stay, and it with them.
		if got := a.json(); got.Len() > created.Len()+len(rt.SchemaExtensions) {
			d.t.Errorf("a PUT of %s leaves %s", created, got)
		}

		gone := d.do("DELETE", at, "")
		gone.wantStatus(http.StatusNoContent)
		if gone.body != "" {
			d.t.Errorf("204 with %q", gone.body)
		}
		for _, method := range []string{"GET", "PUT", "PATCH", "DELETE"} {
			body := ""
			switch method {
			case "PUT":
				body = d.minimal(rt, 2).String()
			case "PATCH":
				body = patchBody(`{"op":"replace","path":"displayName","value":"x"}`)
			}
			d.do(method, at, body).wantError(http.StatusNotFound, "", id)
		}
		for r := range d.do("GET", rt.Endpoint, "").json().Get("Resources").Elements() {
			if r.Get("id").Text() == id {
				d.t.Errorf("%s is still in the list", id)
			}
		}
		d.create(rt, d.minimal(rt, 1)) // its unique values are free again
	})
}

// patchable are the attributes of a type that a client may change, each with
// the path that names it.
type patchable struct {
	path string // "title", "urn:…:User:department"
	urn  string // of the extension; "" for none
	attributeDocument
}

func (d *discovered) patchable(rt resourceTypeDocument) []patchable {
	var list []patchable
	for _, a := range d.schemas[rt.Schema].Attributes {
		if a.Mutability != "readOnly" {
			list = append(list, patchable{a.Name, "", a}, patchable{rt.Schema + ":" + a.Name, "", a})
		}
	}
	for _, e := range rt.SchemaExtensions {
		for _, a := range d.schemas[e.Schema].Attributes {
			if a.Mutability != "readOnly" {
				list = append(list, patchable{e.Schema + ":" + a.Name, e.Schema, a})
			}
		}
	}
	return list
}

// of returns the attribute's value in a resource, nil for none.
func (p patchable) of(v *scim.Value) *scim.Value {
	if p.urn != "" {
		v = v.Get(p.urn)
	}
	if x := v.Get(p.Name); !x.IsEmpty() {
		return x
	}
	return nil
}

// patch sends one operation, and returns the resource as it is then read.
func (d *discovered) patch(rt resourceTypeDocument, id, op, path string, value *scim.Value) *scim.Value {
	d.t.Helper()
	operation := scim.NewObject()
	operation.Set("op", scim.NewString(op))
	operation.Set("path", scim.NewString(path))
	if value != nil {
		operation.Set("value", value.Clone())
	}
	a := d.do("PATCH", rt.Endpoint+"/"+id, patchBody(operation.String()))
	if a.StatusCode != http.StatusOK && a.StatusCode != http.StatusNoContent {
		d.t.Errorf("%s: %s %s", operation, a.Status, a.body)
	}
	read := d.do("GET", rt.Endpoint+"/"+id, "")
	d.wantResource(read, rt, http.StatusOK)
	if a.StatusCode == http.StatusOK && a.body != read.body {
		d.t.Errorf("%s answers %s, and reads as %s", operation, a.body, read.body)
	}
	return read.json()
}

func TestEveryAttributeCanBeAddedReplacedAndRemoved(t *testing.T) {
	eachType(t, func(d *discovered, rt resourceTypeDocument) {
		id := d.create(rt, d.minimal(rt, 1)).Get("id").Text()
		for _, p := range d.patchable(rt) {
			d.t.Run(p.path, func(t *testing.T) {
				outer := d.t
				d.t = t
				defer func() { d.t = outer }()
				if p.Mutability == "immutable" {
					d.wantImmutable(rt, id, p)
					return
				}
				for n, op := range []string{"add", "replace"} {
					value := d.value(p.attributeDocument, n+2)
					got := p.of(d.patch(rt, id, op, p.path, value))
					if p.Returned == "never" {
						if got != nil {
							t.Errorf("%s is returned: %s", p.path, got)
						}
					} else if !holds(got, value) {
						t.Errorf("after %s of %s: %s", op, value, got)
					}
				}
				if *p.Required || rt.Schema == scim.URNGroup && p.Name == "displayName" {
					body := patchBody(`{"op":"remove","path":"` + p.path + `"}`)
					d.do("PATCH", rt.Endpoint+"/"+id, body).wantError(http.StatusBadRequest, scim.Mutability, p.Name)
					return
				}
				if got := p.of(d.patch(rt, id, "remove", p.path, nil)); got != nil {
					t.Errorf("after the remove: %s", got)
				}
			})
		}
	})
}

// wantImmutable sets an immutable attribute, where it has no value yet, and
// checks that it stays that.
func (d *discovered) wantImmutable(rt resourceTypeDocument, id string, p patchable) {
	d.t.Helper()
	at := rt.Endpoint + "/" + id
	if p.of(d.do("GET", at, "").json()) == nil {
		if value := d.value(p.attributeDocument, 2); !holds(p.of(d.patch(rt, id, "add", p.path, value)), value) {
			d.t.Errorf("%s cannot be set", p.path)
		}
	}
	other := scim.NewObject()
	other.Set("op", scim.NewString("replace"))
	other.Set("path", scim.NewString(p.path))
	other.Set("value", d.value(p.attributeDocument, 3))
	d.do("PATCH", at, patchBody(other.String())).wantError(http.StatusBadRequest, scim.Mutability, p.Name)
	d.do("PATCH", at, patchBody(`{"op":"remove","path":"`+p.path+`"}`)).wantError(http.StatusBadRequest, scim.Mutability, p.Name)
}

func TestAnswersHoldTheAttributesThatAreAskedFor(t *testing.T) {
	eachType(t, func(d *discovered, rt resourceTypeDocument) {
		full := d.resource(rt, 1)
		id := d.create(rt, full).Get("id").Text()
		for _, p := range d.patchable(rt) {
			if p.Returned != "default" || p.of(full) == nil {
				continue
			}
			for _, query := range []string{"?attributes=" + p.path, "?excludedAttributes=" + p.path} {
				in := strings.HasPrefix(query, "?attributes")
				one := d.do("GET", rt.Endpoint+"/"+id+query, "").json()
				list := d.do("GET", rt.Endpoint+query+"&filter="+url.QueryEscape(`id eq "`+id+`"`), "").json()
				for _, got := range []*scim.Value{one, element(list.Get("Resources"), 0)} {
					if (p.of(got) != nil) != in || got.Get("id").Text() != id || got.Get("schemas") == nil {
						d.t.Errorf("%s: %s", query, got)
					}
				}
				if in && one.Get("meta") != nil {
					d.t.Errorf("%s: %s has meta", query, one)
				}
			}
		}
	})
}

func TestListsKeepTheirShape(t *testing.T) {
	eachType(t, func(d *discovered, rt resourceTypeDocument) {
		for n := range 7 {
			d.create(rt, d.minimal(rt, n))
		}
		total := d.do("GET", rt.Endpoint, "").json().Get("totalResults").String()
		tests := []struct {
			query, start, items string
		}{
			{"", "1", total},
			{"?startIndex=1&count=5", "1", "5"},
			{"?startIndex=6&count=1", "6", "1"},
			{"?startIndex=20&count=5", "20", "0"},
			{"?startIndex=0&count=2", "1", "2"},
			{"?startIndex=-3&count=2", "1", "2"},
			{"?count=0", "1", "0"},
			{"?count=-1", "1", "0"},
			{"?count=100000", "1", total},
		}
		for _, test := range tests {
			a := d.do("GET", rt.Endpoint+test.query, "")
			a.wantStatus(http.StatusOK)
			a.wantAt("schemas", `["`+scim.URNListResponse+`"]`)
			a.wantAt("totalResults", total)
			a.wantAt("startIndex", test.start)
			a.wantAt("itemsPerPage", test.items)
			if got := a.json().Get("Resources"); got.Kind() != scim.Array || strconv.Itoa(got.Len()) != test.items {
				d.t.Errorf("%s: %s", test.query, a.body)
			}
			if n := a.json().Len(); n != 5 {
				d.t.Errorf("%s has %d members: %s", test.query, n, a.body)
			}
		}
		for _, filter := range []string{`id eq "nobody"`, `displayName eq "9edf3db5-f590-4367-a7b6-d76747c0a509"`, `externalId eq "nobody"`, `meta.lastModified gt "2999-01-01T00:00:00Z"`} {
			a := d.do("GET", rt.Endpoint+"?filter="+url.QueryEscape(filter), "")
			a.wantStatus(http.StatusOK)
			a.wantAt("totalResults", "0")
			a.wantAt("Resources", "[]")
		}
		for _, filter := range []string{`id eq`, `eq "x"`, `id is "x"`, `(id pr`, `id eq "x" and`, `id eq "x`, `[`} {
			d.do("GET", rt.Endpoint+"?filter="+url.QueryEscape(filter), "").wantError(http.StatusBadRequest, scim.InvalidFilter, "")
		}
	})
}

func TestSearchesAndSortingAnswerAsListsDo(t *testing.T) {
	eachType(t, func(d *discovered, rt resourceTypeDocument) {
		for n := range 3 {
			d.create(rt, d.minimal(rt, n))
		}
		const search = `{"schemas":["urn:ietf:params:scim:api:messages:2.0:SearchRequest"],"startIndex":1,"count":100,"sortBy":"id","sortOrder":"descending"`
		want := d.do("GET", rt.Endpoint+"?sortBy=id&sortOrder=descending&count=100", "")
		want.wantStatus(http.StatusOK)
		d.do("POST", rt.Endpoint+"/.search", search+`}`).wantSame(want)
		ids := ""
		for r := range want.json().Get("Resources").Elements() {
			if id := r.Get("id").Text(); ids != "" && id > ids {
				d.t.Errorf("%s comes after %s", id, ids)
			} else {
				ids = id
			}
		}
		some := d.do("POST", rt.Endpoint+"/.search", search+`,"attributes":["displayName"],"filter":"displayName pr"}`)
		some.wantSame(d.do("GET", rt.Endpoint+"?sortBy=id&sortOrder=descending&count=100&attributes=displayName&filter=displayName+pr", ""))
		for r := range some.json().Get("Resources").Elements() {
			if r.Get("meta") != nil || r.Get("id") == nil || r.Get("displayName") == nil {
				d.t.Errorf("asked for displayName: %s", r)
			}
		}
		d.do("POST", "/.search", `{"schemas":["urn:ietf:params:scim:api:messages:2.0:SearchRequest"],"filter":"meta.resourceType eq \"`+rt.Name+`\""}`).
			wantAt("totalResults", want.at("totalResults"))
	})
}

// wantSame checks that two requests have one answer.
func (a *answer) wantSame(b *answer) {
	a.t.Helper()
	if a.StatusCode != b.StatusCode || a.body != b.body {
		a.t.Errorf("%s %s\nis not %s %s", a.Status, a.body, b.Status, b.body)
	}
}

// The token comes before everything: whoever has none learns nothing, not even
// what is wrong with the rest.
func TestEverythingWithoutATokenIs401(t *testing.T) {
	d := discover(t)
	paths := []string{"/ServiceProviderConfig", "/ResourceTypes", "/Schemas", "/Schemas/nobody", "/Bulk", "/.search", "/Me", "/Teapot", "/", "/Users?filter=("}
	for _, rt := range d.types {
		paths = append(paths, rt.Endpoint, rt.Endpoint+"/1", rt.Endpoint+"/.search")
	}
	for _, path := range paths {
		for _, method := range []string{"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "FROBNICATE"} {
			for _, token := range []string{"", "Bearer nonsense", "Basic " + secret, "Bearer"} {
				a := d.do(method, path, "{", "Authorization", token, "Accept", "text/html", "Content-Type", "text/plain")
				if method == "HEAD" {
					a.wantStatus(http.StatusUnauthorized)
				} else {
					a.wantError(http.StatusUnauthorized, "", "Secret Token")
				}
				if !strings.HasPrefix(a.Header.Get("WWW-Authenticate"), "Bearer ") {
					t.Errorf("WWW-Authenticate: %s", a.Header.Get("WWW-Authenticate"))
				}
			}
		}
	}
}

func TestCreatesThatMustFail(t *testing.T) {
	eachType(t, func(d *discovered, rt resourceTypeDocument) {
		d.do("POST", rt.Endpoint, `{"schemas":["`+rt.Schema+`"]}`).wantError(http.StatusBadRequest, scim.InvalidValue, "")
		d.do("POST", rt.Endpoint, `{"not":"a resource"}`).wantStatus(http.StatusBadRequest)
		d.create(rt, d.minimal(rt, 1))
		for _, a := range d.schemas[rt.Schema].Attributes {
			if a.Uniqueness != "server" {
				continue
			}
			again := d.do("POST", rt.Endpoint, d.minimal(rt, 1).String())
			again.wantError(http.StatusConflict, scim.Uniqueness, a.Name)
		}
	})
}
