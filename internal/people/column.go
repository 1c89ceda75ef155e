package people

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"airmock/internal/scim"
)

// shape is how the values of a column are written.
type shape uint8

const (
	shapeAny     shape = iota // of an attribute that no schema knows, see anyCell
	shapeText                 // a text
	shapeScalar               // a number or true, false
	shapeList                 // several scalars, see listCell
	shapeComplex              // a complex value as JSON, or its sub-attribute value
	shapeIgnored              // what the server itself says of a resource
)

// column is where the cells below a heading belong in a resource. Its heading
// is the path of an attribute as a PATCH has it (RFC 7644 section 3.5.2), such
// as name.givenName, emails[type eq "work"].value or, of an extension, with or
// without its URN, department. What no path can name is a JSON array of the
// names on the way to it.
type column struct {
	path  []string        // names of the members on the way: the extension's URN, the attribute, its sub-attribute
	kind  string          // the type of the value that is meant, of several
	def   *scim.Attribute // of the cells; nil where no schema knows it
	multi bool            // whether the attribute holds several values
	shape shape
}

// parseHeading reads a heading of resources of type rt.
func parseHeading(rt *scim.ResourceType, heading string) (column, error) {
	if list := jsonOf(heading, scim.Array); list.Len() > 0 {
		return literalColumn(list)
	}
	path, err := rt.ParsePath(heading, &scim.Reading{})
	if err != nil {
		return column{}, err
	}
	c := column{def: path.Def}
	if path.URN != "" {
		c.path = append(c.path, path.URN)
	}
	if path.Name == "" {
		return column{}, fmt.Errorf("%s names a schema; add a colon and one of its attributes", heading)
	}
	c.path = append(c.path, path.Name)
	top := attributeOf(rt, path.URN, path.Name)
	c.multi = top != nil && top.MultiValued
	if path.Filter != nil {
		_, single := path.Filter.(*scim.Compare)
		c.kind, _ = scim.EqualityOn(path.Filter, "type")
		if !single || c.kind == "" || path.Sub == "" || !c.multi {
			return column{}, errors.New(`of several values a heading names one by its type, as in emails[type eq "work"].value`)
		}
	}
	switch {
	case path.Sub != "" && (c.multi && c.kind == "" || top != nil && top.Type != "complex"):
		return column{}, fmt.Errorf(`%s has several values; name one by its type, as in %[1]s[type eq "work"].%s`, path.Name, path.Sub)
	case path.Sub != "":
		c.path = append(c.path, path.Sub)
	}
	c.shape = shapeOf(rt, &path)
	return c, nil
}

// literalColumn is the column of a heading that lists names.
func literalColumn(list *scim.Value) (column, error) {
	var c column
	for name := range list.Elements() {
		if name.Kind() != scim.String || len(c.path) == 3 {
			return column{}, errors.New("a heading in brackets is a list of at most three names")
		}
		c.path = append(c.path, name.Text())
	}
	return c, nil
}

func shapeOf(rt *scim.ResourceType, path *scim.Path) shape {
	def := path.Def
	switch {
	case path.URN == "" && isOfServer(rt, path.Name):
		return shapeIgnored
	case def == nil:
		return shapeAny
	case def.Type == "complex":
		return shapeComplex
	case path.Sub != "" && def.MultiValued:
		return shapeAny
	case def.MultiValued:
		return shapeList
	}
	switch def.Type {
	case "boolean", "integer", "decimal":
		return shapeScalar
	}
	return shapeText
}

// isOfServer reports whether a top-level attribute is for the reader of a file
// only: what it says is derived from elsewhere.
func isOfServer(rt *scim.ResourceType, name string) bool {
	return name == "meta" || name == "schemas" || name == "groups" && rt.HasGroups()
}

// attributeOf returns the definition of an attribute of the core schema, or of
// the extension with that URN; nil where there is none.
func attributeOf(rt *scim.ResourceType, urn, name string) *scim.Attribute {
	if urn == "" {
		return rt.Schema.Attribute(name)
	}
	for _, ext := range rt.Extensions {
		if strings.EqualFold(ext.Schema.ID, urn) {
			return ext.Schema.Attribute(name)
		}
	}
	return nil
}

// put gives the resource doc the value that stands in a cell.
func (c *column) put(doc *scim.Value, cell string) {
	if c.shape == shapeIgnored {
		return
	}
	at := doc
	for i, name := range c.path[:len(c.path)-1] {
		at = c.step(at, name, i == len(c.path)-2)
	}
	name, value := c.path[len(c.path)-1], c.value(cell)
	if old := at.Get(name); old.Kind() == scim.Object && value.Kind() == scim.Object {
		for part, v := range value.Members() {
			old.Set(part, v)
		}
		return
	}
	at.Set(name, value)
}

// step goes to the member name of at, or of a multi-valued one to the value of
// the column's type.
func (c *column) step(at *scim.Value, name string, last bool) *scim.Value {
	list := last && c.kind != ""
	if kind := at.Get(name).Kind(); list && kind != scim.Array {
		at.Set(name, scim.NewArray())
	} else if !list && kind != scim.Object {
		at.Set(name, scim.NewObject())
	}
	at = at.Get(name)
	if !list {
		return at
	}
	for range 2 {
		for e := range at.Elements() {
			if e.Get("type").Text() == c.kind {
				return e
			}
		}
		fresh := scim.NewObject()
		fresh.Set("type", scim.NewString(c.kind))
		at.Append(fresh) // a copy, which the second look finds
	}
	return at
}

// value reads a cell.
func (c *column) value(cell string) *scim.Value {
	switch c.shape {
	case shapeText:
		return scim.NewString(cell)
	case shapeScalar:
		for _, text := range []string{cell, strings.ToLower(cell)} { // spreadsheets write TRUE
			if v, err := scim.Parse([]byte(text)); err == nil {
				return v
			}
		}
		return scim.NewString(cell) // the reading of the row says what is wrong with it
	case shapeList:
		return c.list(cell)
	case shapeComplex:
		return c.complex(cell)
	}
	return anyOf(cell)
}

// list reads the values of a multi-valued attribute that has no sub-attributes.
func (c *column) list(cell string) *scim.Value {
	list := listOf(cell)
	if c.def.Type == "string" || c.def.Type == "reference" {
		return list
	}
	typed := scim.NewArray()
	one := column{shape: shapeScalar}
	for v := range list.Elements() {
		if v.Kind() == scim.String && slices.Contains([]string{"boolean", "integer", "decimal"}, c.def.Type) {
			v = one.value(v.Text())
		}
		typed.Append(v)
	}
	return typed
}

// complex reads the values of a complex attribute: JSON, or what its values have
// as value, such as the ids of members.
func (c *column) complex(cell string) *scim.Value {
	if v := jsonOf(cell, scim.Object); v != nil {
		return v
	}
	if !c.multi || c.kind != "" {
		v := scim.NewObject()
		v.Set("value", scim.NewString(cell))
		return v
	}
	list := scim.NewArray()
	for v := range listOf(cell).Elements() {
		if v.Kind() == scim.Object {
			list.Append(v)
			continue
		}
		one := scim.NewObject()
		one.Set("value", v)
		list.Append(one)
	}
	return list
}
