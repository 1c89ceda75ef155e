package scim

import (
	"fmt"
	"slices"
	"strings"

	"airmock/internal/nearest"
)

// ParseSchema reads a schema in the JSON form of RFC 7643 section 7, which is
// what /Schemas answers with. Characteristics that are left out have the
// defaults of section 2.2. The error names the attribute and what would be
// right.
func ParseSchema(data []byte) (*Schema, error) {
	doc, err := Parse(data)
	if err != nil {
		return nil, err
	}
	return readSchema(doc)
}

func readSchema(doc *Value) (_ *Schema, err error) {
	if doc.Kind() != Object {
		return nil, fmt.Errorf("a schema is a JSON object, not %s", describe(doc))
	}
	if doc.Get("attributes") == nil && doc.Get("endpoint") != nil {
		return nil, fmt.Errorf("%s is a resource type, not a schema; give its file with --resource-type", brief(doc.Get("name")))
	}
	s := &Schema{
		ID:          doc.Get("id").Text(),
		Name:        doc.Get("name").Text(),
		Description: doc.Get("description").Text(),
	}
	if !isURN(s.ID) {
		return nil, fmt.Errorf("id must be the schema's URN, such as %q, not %s", "urn:ietf:params:scim:schemas:extension:acme:2.0:User", brief(doc.Get("id")))
	}
	if s.Name == "" {
		s.Name = s.ID[strings.LastIndexByte(s.ID, ':')+1:]
	}
	f := fields{of: doc}
	if f.noTypos(schemaMembers, "a member of a schema"); f.err() != nil {
		return nil, fmt.Errorf("schema %s: %w", s.ID, f.err())
	}
	attrs := doc.Get("attributes")
	if attrs.Kind() != Array {
		return nil, fmt.Errorf("schema %s: attributes is %s; it must be a list of attributes", s.ID, describe(attrs))
	}
	if s.Attributes, err = parseAttributes(attrs); err != nil {
		return nil, fmt.Errorf("schema %s: %w", s.ID, err)
	}
	return s, nil
}

func parseAttributes(list *Value) ([]*Attribute, error) {
	var attrs []*Attribute
	for v := range list.Elements() {
		name := v.Get("name").Text()
		if !isAttributeName(name) {
			return nil, fmt.Errorf("the name of the attribute at [%d] must be a letter with letters, digits, _ or - behind it, or $ref, not %q", len(attrs), name)
		}
		a, err := parseAttribute(name, v)
		if err != nil {
			return nil, err
		}
		if indexOf(attrs, a.Name) >= 0 {
			return nil, fmt.Errorf("attribute %s is defined twice", a.Name)
		}
		attrs = append(attrs, a)
	}
	return attrs, nil
}

// The words that a characteristic may have (RFC 7643 section 7); the first is
// the default.
var (
	attributeTypes = []string{"string", "boolean", "decimal", "integer", "dateTime", "binary", "reference", "complex"}
	mutabilities   = []string{"readWrite", "readOnly", "immutable", "writeOnly"}
	returnedWords  = []string{"default", "always", "never", "request"}
	uniquenesses   = []string{"none", "server", "global"}

	schemaMembers   = []string{"schemas", "id", "name", "description", "attributes", "meta"}
	characteristics = []string{
		"name", "type", "multiValued", "description", "required", "canonicalValues", "caseExact",
		"mutability", "returned", "uniqueness", "referenceTypes", "subAttributes",
	}
)

func parseAttribute(name string, v *Value) (*Attribute, error) {
	f := fields{of: v}
	a := &Attribute{
		Name:            name,
		Type:            f.word("type", attributeTypes),
		MultiValued:     f.boolean("multiValued"),
		Description:     f.text("description"),
		Required:        f.boolean("required"),
		CanonicalValues: f.texts("canonicalValues"),
		CaseExact:       f.boolean("caseExact"),
		Mutability:      f.word("mutability", mutabilities),
		Returned:        f.word("returned", returnedWords),
		Uniqueness:      f.word("uniqueness", uniquenesses),
		ReferenceTypes:  f.texts("referenceTypes"),
	}
	f.noTypos(characteristics, "a characteristic of an attribute")
	subs := f.get("subAttributes", Array)
	if !subs.IsEmpty() && a.Type != "complex" {
		f.fail("subAttributes belong to the type complex, not to %s", a.Type)
	}
	if err := f.err(); err != nil {
		return nil, fmt.Errorf("attribute %s: %w", name, err)
	}
	var err error
	if a.SubAttributes, err = parseAttributes(subs); err != nil {
		return nil, fmt.Errorf("attribute %s: %w", name, err)
	}
	for _, sub := range a.SubAttributes {
		if sub.Type == "complex" { // RFC 7643 section 2.3.8
			return nil, fmt.Errorf("attribute %s: sub-attribute %s must not be complex itself", name, sub.Name)
		}
	}
	return a, nil
}

// fields reads the members of a definition and gathers what is wrong with
// them.
type fields struct {
	of   *Value
	errs []error
}

func (f *fields) fail(format string, args ...any) {
	f.errs = append(f.errs, fmt.Errorf(format, args...))
}

// err returns what is wrong as one error, or nil.
func (f *fields) err() error {
	if len(f.errs) == 0 {
		return nil
	}
	err := f.errs[0]
	for _, next := range f.errs[1:] {
		err = fmt.Errorf("%w; %w", err, next)
	}
	return err
}

// get returns the member if it is of that kind, or nil.
func (f *fields) get(name string, kind Kind) *Value {
	v := f.of.Get(name)
	if v.Kind() != kind && v.Kind() != Null {
		f.fail("%s must be a JSON %s, not %s", name, kind, describe(v))
		return nil
	}
	return v
}

func (f *fields) text(name string) string { return f.get(name, String).Text() }

func (f *fields) boolean(name string) bool { return f.get(name, Bool).IsTrue() }

// texts returns the texts in a list. Whatever else real servers have there
// says nothing to us.
func (f *fields) texts(name string) []string {
	var texts []string
	for v := range f.get(name, Array).Elements() {
		if text := v.Text(); text != "" {
			texts = append(texts, text)
		}
	}
	return texts
}

func (f *fields) word(name string, words []string) string {
	text := f.text(name)
	if text == "" {
		return words[0]
	}
	for _, w := range words {
		if sameName(w, text) {
			return w
		}
	}
	f.fail("%s must be one of %s, not %q%s", name, strings.Join(words, ", "), text, nearest.Hint(text, words))
	return ""
}

// noTypos refuses members that are probably meant to be one of names, which is
// what. Others pass: what a real server answers has members of its own.
func (f *fields) noTypos(names []string, what string) {
	for name := range f.of.Members() {
		if slices.ContainsFunc(names, func(n string) bool { return sameName(n, name) }) {
			continue
		}
		if near := nearest.Typo(name, names); near != "" {
			f.fail("%s is not %s; did you mean %q?", excerpt(name), what, near)
		}
	}
}

// isURN reports whether a member's name is that of a schema and not of an
// attribute, whose names have no colon.
func isURN(name string) bool { return strings.IndexByte(name, ':') > 0 }
