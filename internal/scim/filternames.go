package scim

import (
	"strings"

	"airmock/internal/nearest"
)

// name resolves the word before pos as an attribute, a sub-attribute or, in a
// path, a whole schema.
func (p *parser) name(word string) (Path, error) {
	at := p.pos - len(word)
	if word == "" {
		return Path{}, p.fail(at, "expected an attribute's name, found %s", p.found())
	}
	if p.scope != nil {
		return p.scopedName(word, at)
	}
	urn, rest := p.rt.splitURN(word)
	if rest == "" && !strings.HasSuffix(word, ":") {
		return p.schemaName(urn, at)
	}
	name, sub, dotted := strings.Cut(rest, ".")
	if !isAttributeName(name) {
		return Path{}, p.fail(at, "%s is not an attribute's name", excerpt(word))
	}
	if followedByDot(word, urn) {
		err := p.r.forgive(QuirkURNWithDot, func() *Error {
			return p.fail(at+len(urn), "expected a colon between the URN of a schema and %s, found a dot", excerpt(rest))
		})
		if err != nil {
			return Path{}, err
		}
	}
	path := Path{AttrPath: AttrPath{URN: urn, Name: name}}
	if err := p.resolve(&path, at); err != nil {
		return Path{}, err
	}
	if !dotted {
		return path, nil
	}
	return path, p.sub(&path, sub, p.pos-len(sub))
}

// schemaName is a name that is the URN of a schema and nothing more.
func (p *parser) schemaName(urn string, at int) (Path, error) {
	if p.what != "path" {
		return Path{}, p.fail(at, "%s is a schema; add a colon and the name of one of its attributes", excerpt(urn))
	}
	urn, known, err := p.schema(urn, at)
	if err == nil && !known {
		err = p.r.forgive(QuirkUnknownAttribute, func() *Error {
			return p.fail(at, "%s has no schema %s", p.rt.Name, excerpt(urn))
		})
	}
	return Path{AttrPath: AttrPath{URN: urn}}, err
}

// schema brings a URN into the schema's spelling, which is "" for the core
// schema.
func (p *parser) schema(urn string, at int) (canonURN string, known bool, err error) {
	if p.rt == nil || urn == "" {
		return urn, urn == "", nil
	}
	s, mistyped := p.rt.schema(urn)
	if s == nil {
		return urn, false, nil
	}
	if mistyped {
		err = p.r.forgive(QuirkSchemaMistyped, func() *Error {
			return p.fail(at, "%s is no schema; write %s", excerpt(urn), s.ID)
		})
	}
	if s == p.rt.Schema {
		return "", true, err
	}
	return s.ID, true, err
}

// extension returns rt's extension with that URN, or nil.
func (rt *ResourceType) extension(urn string) *Schema {
	for _, ext := range rt.Extensions {
		if sameName(ext.Schema.ID, urn) {
			return ext.Schema
		}
	}
	return nil
}

// resolve finds the definition of path's attribute and takes over its
// spelling.
func (p *parser) resolve(path *Path, at int) error {
	if p.rt == nil {
		return nil
	}
	if path.URN != "" {
		urn, _, err := p.schema(path.URN, at)
		if err != nil {
			return err
		}
		path.URN = urn
		_, path.Def = p.rt.attribute(urn, path.Name)
	} else if err := p.resolveBare(path, at); err != nil {
		return err
	}
	if path.Def == nil && p.foreign(path) {
		return nil
	}
	if path.Def == nil {
		return p.r.forgive(QuirkUnknownAttribute, func() *Error {
			return p.fail(at, "%s has no attribute %s%s",
				p.rt.Name, excerpt(path.AttrPath.String()), nearest.Hint(path.Name, p.rt.names(path.URN)))
		})
	}
	path.Name, path.attr = path.Def.Name, path.Def
	return nil
}

// resolveBare resolves a name without a URN: one of the core schema, or, as
// Entra writes manager, of an extension.
func (p *parser) resolveBare(path *Path, at int) error {
	if _, path.Def = p.rt.attribute("", path.Name); path.Def != nil {
		return nil
	}
	urn, def := p.rt.extensionAttribute(path.Name)
	if def == nil {
		return nil
	}
	path.URN, path.Def = urn, def
	return p.r.forgive(QuirkBareExtension, func() *Error {
		return p.fail(at, "%s belongs to an extension; write %s:%s", def.Name, urn, def.Name)
	})
}

// extensionAttribute looks for an attribute in all extensions.
func (rt *ResourceType) extensionAttribute(name string) (urn string, def *Attribute) {
	for _, ext := range rt.Extensions {
		if def := ext.Schema.Attribute(name); def != nil {
			return ext.Schema.ID, def
		}
	}
	return "", nil
}

// names lists the attributes below a schema's URN, "" for the core schema.
func (rt *ResourceType) names(urn string) []string {
	if urn == "" {
		return append(attributeNames(rt.Schema.Attributes), attributeNames(commonAttributes)...)
	}
	if ext := rt.extension(urn); ext != nil {
		return attributeNames(ext.Attributes)
	}
	return nil
}

func attributeNames(attrs []*Attribute) []string {
	names := make([]string, len(attrs))
	for i, a := range attrs {
		names[i] = a.Name
	}
	return names
}

// sub resolves a sub-attribute of path.
func (p *parser) sub(path *Path, word string, at int) error {
	def := path.Def
	switch {
	case !isAttributeName(word):
		return p.fail(at, "expected the name of a sub-attribute of %s, found %s; a path has at most two levels", path.Name, excerpt(word))
	case def == nil:
		path.Sub = word
		return nil
	case def.Type != "complex":
		return p.fail(at, "%s has no sub-attributes", path.Name)
	}
	path.Sub, path.Def = word, def.Sub(word)
	if path.Def == nil {
		return p.r.forgive(QuirkUnknownAttribute, func() *Error {
			return p.fail(at, "%s has no sub-attribute %s%s",
				path.Name, excerpt(word), nearest.Hint(word, attributeNames(def.SubAttributes)))
		})
	}
	path.Sub = path.Def.Name
	return nil
}

// scopedName resolves a name within brackets: that of a sub-attribute, or
// "value" for values that have none.
func (p *parser) scopedName(word string, at int) (Path, error) {
	if !isAttributeName(word) {
		return Path{}, p.fail(at, "expected the name of a sub-attribute of %s, found %s", p.scope.Name, excerpt(word))
	}
	path := Path{AttrPath: AttrPath{Name: word}}
	def := p.scope.attr
	if def == nil {
		return path, nil
	}
	if def.Type != "complex" {
		if !strings.EqualFold(word, "value") {
			return Path{}, p.fail(at, "the values of %s have no sub-attributes; write value", p.scope.Name)
		}
		path.Name, path.Def = "value", def
		return path, nil
	}
	outer := *p.scope
	err := p.sub(&outer, word, at)
	path.Name, path.Def, path.attr = outer.Sub, outer.Def, outer.Def
	return path, err
}
