package scimserver_test

import (
	"fmt"
	"iter"
	"net/http"
	"slices"
	"time"

	"airmock/internal/scim"
)

// resource returns a resource with a value for every attribute that a client
// may set. n makes its values differ from others'.
func (d *discovered) resource(rt resourceTypeDocument, n int) *scim.Value {
	v := scim.NewObject()
	urns := scim.NewArray(scim.NewString(rt.Schema))
	v.Set("schemas", urns)
	d.fill(v, d.schemas[rt.Schema].Attributes, n)
	for _, e := range rt.SchemaExtensions {
		x := scim.NewObject()
		d.fill(x, d.schemas[e.Schema].Attributes, n)
		v.Set(e.Schema, x)
		urns.Append(scim.NewString(e.Schema))
	}
	return v
}

func (d *discovered) fill(v *scim.Value, attributes []attributeDocument, n int) {
	for _, a := range attributes {
		if a.Mutability != "readOnly" {
			v.Set(a.Name, d.value(a, n))
		}
	}
}

// value returns a value for an attribute. References lead to the user 1.
func (d *discovered) value(a attributeDocument, n int) *scim.Value {
	var v *scim.Value
	switch a.Type {
	case "complex":
		v = scim.NewObject()
		d.fill(v, a.SubAttributes, n)
		if v.Get("$ref") != nil {
			v.Set("value", scim.NewString("1"))
		}
		if v.Get("$ref") != nil && v.Get("type") != nil {
			v.Set("type", scim.NewString("User"))
		}
	case "boolean":
		v = scim.NewBool(true)
	case "integer", "decimal":
		v = scim.NewInt(int64(n))
	case "dateTime":
		v = scim.NewString(fmt.Sprintf("2026-11-%02dT21:04:11Z", n))
	case "binary":
		v = scim.NewString([]string{"AQID", "BAUG", "BwgJ"}[n%3])
	case "reference":
		v = scim.NewString(d.url + "/Users/1")
		if slices.ContainsFunc(a.ReferenceTypes, func(s string) bool { return s == "external" || s == "uri" }) {
			v = scim.NewString(fmt.Sprintf("https://example.com/%s/%d", a.Name, n))
		}
	default:
		v = scim.NewString(fmt.Sprintf("%s %d", a.Name, n))
		if len(a.CanonicalValues) > 0 {
			v = scim.NewString(a.CanonicalValues[n%len(a.CanonicalValues)])
		}
	}
	if *a.MultiValued {
		return scim.NewArray(v)
	}
	return v
}

// holds reports whether got has all that want has, as a client reads it: it may
// have more.
func holds(got, want *scim.Value) bool {
	switch {
	case want.Kind() == scim.Object:
		for name, w := range want.Members() {
			g := got.Get(name)
			if g == nil && name == "$ref" {
				continue // the value says the same
			}
			if g == nil || !holds(g, w) {
				return false
			}
		}
		return got.Kind() == scim.Object
	case want.Kind() == scim.Array:
		for w := range want.Elements() {
			found := false
			for g := range got.Elements() {
				found = found || holds(g, w)
			}
			if !found {
				return false
			}
		}
		return got.Kind() == scim.Array && got.Len() == want.Len()
	}
	return scim.Equal(got, want)
}

// wantResource checks an answer that is one resource, in itself.
func (d *discovered) wantResource(a *answer, rt resourceTypeDocument, status int) {
	d.t.Helper()
	a.wantStatus(status)
	a.wantHeader("Content-Type", "application/scim+json")
	v := a.json()
	meta := v.Get("meta")
	id := v.Get("id").Text()
	if id == "" || meta.Get("resourceType").Text() != rt.Name || meta.Get("location").Text() != d.url+rt.Endpoint+"/"+id {
		d.t.Errorf("id or meta in %s", a.body)
	}
	a.wantHeader("ETag", meta.Get("version").Text())
	for _, name := range []string{"created", "lastModified"} {
		if _, err := time.Parse(time.RFC3339, meta.Get(name).Text()); err != nil {
			d.t.Errorf("meta.%s: %v", name, err)
		}
	}
	a.wantHeader("Location", meta.Get("location").Text())
	d.wantDeclared(v, rt)
	wantNoNulls(d.t, v)
}

// wantDeclared checks that a resource has no attribute that its schemas do not
// have, none that is never returned, and lists its schemas.
func (d *discovered) wantDeclared(v *scim.Value, rt resourceTypeDocument) {
	d.t.Helper()
	var urns []string
	for e := range v.Get("schemas").Elements() {
		urns = append(urns, e.Text())
	}
	if len(urns) == 0 || urns[0] != rt.Schema {
		d.t.Errorf("schemas are %q", urns)
	}
	for name, m := range v.Members() {
		if slices.Contains([]string{"schemas", "id", "externalId", "meta"}, name) {
			continue
		}
		if s, ok := d.schemas[name]; ok {
			if !slices.Contains(urns, name) {
				d.t.Errorf("schemas are %q, without %s", urns, name)
			}
			d.wantOf(m, s.Attributes)
			continue
		}
		d.wantOf(only(name, m), d.schemas[rt.Schema].Attributes)
	}
}

func only(name string, m *scim.Value) *scim.Value {
	v := scim.NewObject()
	v.Set(name, m.Clone())
	return v
}

func (d *discovered) wantOf(v *scim.Value, attributes []attributeDocument) {
	d.t.Helper()
	for name, m := range v.Members() {
		i := slices.IndexFunc(attributes, func(a attributeDocument) bool { return a.Name == name })
		if i < 0 && name == "display" && d.isStrict { // of a member: RFC 7643 section 2.4 has it, 8.7.1 does not
			continue
		}
		if i < 0 || attributes[i].Returned == "never" {
			d.t.Errorf("%s is no attribute to be returned: %s", name, v)
			continue
		}
		a := attributes[i]
		if (m.Kind() == scim.Array) != *a.MultiValued {
			d.t.Errorf("%s is %s", name, m)
		}
		if a.Type != "complex" {
			continue
		}
		if m.Kind() == scim.Object {
			d.wantOf(m, a.SubAttributes)
		}
		for e := range m.Elements() {
			d.wantOf(e, a.SubAttributes)
		}
	}
}

// returned returns what of a resource a client gets back.
func (d *discovered) returned(v *scim.Value, rt resourceTypeDocument) *scim.Value {
	v = v.Clone()
	for at, a := range d.attributesOf(v, rt) {
		if a.Returned == "never" {
			at.Delete(a.Name)
		}
	}
	return v
}

// attributesOf yields the attributes of a type, each with the object that holds
// it in v; those of extensions that v lacks are left out.
func (d *discovered) attributesOf(v *scim.Value, rt resourceTypeDocument) iter.Seq2[*scim.Value, attributeDocument] {
	return func(yield func(*scim.Value, attributeDocument) bool) {
		for _, a := range d.schemas[rt.Schema].Attributes {
			if !yield(v, a) {
				return
			}
		}
		for _, e := range rt.SchemaExtensions {
			for _, a := range d.schemas[e.Schema].Attributes {
				if x := v.Get(e.Schema); x != nil && !yield(x, a) {
					return
				}
			}
		}
	}
}

// create posts a resource and returns it as it was answered.
func (d *discovered) create(rt resourceTypeDocument, v *scim.Value) *scim.Value {
	d.t.Helper()
	a := d.do("POST", rt.Endpoint, v.String())
	d.wantResource(a, rt, http.StatusCreated)
	return a.json()
}

// minimal returns a resource with what is required alone, and with what tells
// it from others.
func (d *discovered) minimal(rt resourceTypeDocument, n int) *scim.Value {
	v := scim.NewObject()
	v.Set("schemas", scim.NewArray(scim.NewString(rt.Schema)))
	for _, a := range d.schemas[rt.Schema].Attributes {
		// RFC 7643 section 4.2 requires a group's displayName, although its
		// schema in section 8.7.1 does not say so.
		if *a.Required || rt.Schema == scim.URNGroup && a.Name == "displayName" {
			v.Set(a.Name, d.value(a, n))
		}
	}
	return v
}
