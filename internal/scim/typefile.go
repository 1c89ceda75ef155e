package scim

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"strings"
)

// ResourceTypeSpec is a resource type as a file defines it: with the URNs of
// its schemas, which a catalog has to know. See Catalog.With.
type ResourceTypeSpec struct {
	Name        string // "Device"
	Endpoint    string // "/Devices"
	Description string
	Schema      string // URN
	Extensions  []ExtensionSpec

	from string // the file and the place in it, for errors
}

// ExtensionSpec is a schema that a resource type carries beside its own.
type ExtensionSpec struct {
	Schema   string // URN
	Required bool
}

var (
	typeMembers      = []string{"schemas", "id", "name", "description", "endpoint", "schema", "schemaExtensions", "meta"}
	extensionMembers = []string{"schema", "required"}
)

// readResourceType reads a resource type in the JSON form of RFC 7643 section 6,
// which is what /ResourceTypes answers with. The error names what is wrong and what
// would be right.
func readResourceType(doc *Value) (ResourceTypeSpec, error) {
	none := ResourceTypeSpec{}
	if doc.Kind() != Object {
		return none, fmt.Errorf("a resource type is a JSON object, not %s", describe(doc))
	}
	if doc.Get("endpoint") == nil && doc.Get("attributes") != nil {
		return none, fmt.Errorf("%s is a schema, not a resource type; give its file with --schema", brief(doc.Get("id")))
	}
	f := fields{of: doc}
	spec := ResourceTypeSpec{
		Name:        f.text("name"),
		Description: f.text("description"),
		Schema:      f.text("schema"),
	}
	if spec.Name == "" {
		spec.Name = f.text("id")
	}
	if !isAttributeName(spec.Name) || spec.Name[0] == '$' || len(spec.Name) > 64 {
		f.fail(`name must be a letter with letters, digits, _ or - behind it, such as "Device", not %s`, brief(doc.Get("name")))
	}
	if !isURN(spec.Schema) {
		f.fail("schema must be the URN of the resources' schema, not %s", brief(doc.Get("schema")))
	}
	var err error
	if spec.Endpoint, err = readEndpoint(f.text("endpoint")); err != nil {
		f.errs = append(f.errs, err)
	}
	for ext := range f.get("schemaExtensions", Array).Elements() {
		x := fields{of: ext}
		e := ExtensionSpec{Schema: x.text("schema"), Required: x.boolean("required")}
		if !isURN(e.Schema) {
			x.fail("schema must be the URN of a schema, not %s", brief(ext.Get("schema")))
		}
		x.noTypos(extensionMembers, "a member of a schema extension")
		spec.Extensions = append(spec.Extensions, e)
		if err := x.err(); err != nil {
			f.fail("schemaExtensions: %w", err)
		}
	}
	f.noTypos(typeMembers, "a member of a resource type")
	if f.err() != nil {
		return none, fmt.Errorf("resource type %s: %w", excerpt(spec.Name), f.err())
	}
	return spec, nil
}

// readEndpoint reads the path of a resource type's resources, which is relative
// to the base path. Servers are known to answer with the whole address.
func readEndpoint(text string) (string, error) {
	path := text
	if scheme := strings.Index(path, "://"); scheme >= 0 {
		path = path[strings.LastIndexByte(path, '/'):]
	}
	path = strings.Trim(path, "/")
	plain := func(c rune) bool {
		return 'a' <= c|0x20 && c|0x20 <= 'z' || '0' <= c && c <= '9' || c == '-' || c == '_'
	}
	if path == "" || len(path) > 64 || strings.ContainsFunc(path, func(c rune) bool { return !plain(c) }) {
		return "", fmt.Errorf(`endpoint must be one segment of letters, digits, - and _, such as "/Devices", not %s`, excerpt(text))
	}
	return "/" + path, nil
}

// ownNames are the names of what describes the service itself. Servers list it among
// their resource types and schemas (RFC 7643 section 8.7.2), and this one has
// its own.
var ownNames = []string{"ServiceProviderConfig", "ResourceType", "Schema"}

func isOwn(urn string) bool {
	name, core := strings.CutPrefix(urn, "urn:ietf:params:scim:schemas:core:2.0:")
	return core && slices.Contains(ownNames, name) || strings.HasPrefix(urn, "urn:ietf:params:scim:api:messages:")
}

// ReadSchemas reads the schemas in a file: one, a JSON array of them, or what
// GET /Schemas answers with. Those of the protocol itself are left out. The
// error names the file and the place.
func ReadSchemas(file string, data []byte) ([]*Schema, error) {
	var schemas []*Schema
	err := readItems(file, data, func(from string, doc *Value) error {
		if isOwn(doc.Get("id").Text()) {
			return nil
		}
		s, err := readSchema(doc)
		if err == nil {
			s.from = from
			schemas = append(schemas, s)
		}
		return err
	})
	return schemas, err
}

// ReadResourceTypes reads the resource types in a file: one, a JSON array of
// them, or what GET /ResourceTypes answers with. Those of the protocol itself
// are left out. The error names the file and the place.
func ReadResourceTypes(file string, data []byte) ([]ResourceTypeSpec, error) {
	var types []ResourceTypeSpec
	err := readItems(file, data, func(from string, doc *Value) error {
		if isOwn(doc.Get("schema").Text()) {
			return nil
		}
		spec, err := readResourceType(doc)
		spec.from = from
		types = append(types, spec)
		return err
	})
	return types, err
}

// readItems calls read with each object that a file holds, and where it is.
func readItems(file string, data []byte, read func(from string, doc *Value) error) error {
	if len(bytes.TrimSpace(data)) == 0 {
		return fmt.Errorf("%s: the file is empty; it has to hold a JSON object", file)
	}
	doc, err := Parse(data)
	if err != nil {
		refusal, ok := errors.AsType[*Error](err)
		if !ok {
			return fmt.Errorf("%s: %w", file, err)
		}
		return fmt.Errorf("%s: %s", file, strings.Replace(refusal.Detail, "the body", "the file", 1))
	}
	list, at := doc, ""
	switch resources := doc.Get("Resources"); {
	case doc.Kind() == Object && resources == nil:
		return located(file, read(file, doc))
	case doc.Kind() == Object:
		list, at = resources, "Resources"
	}
	if list.Kind() != Array {
		return fmt.Errorf("%s: it holds %s; an object, an array of objects, or a ListResponse would be right", file, describe(list))
	}
	i := 0
	for item := range list.Elements() {
		from := fmt.Sprintf("%s, %s[%d]", file, at, i)
		if err := located(from, read(from, item)); err != nil {
			return err
		}
		i++
	}
	return nil
}

func located(from string, err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("%s: %w", from, err)
}
