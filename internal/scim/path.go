package scim

import "strings"

// Path is the target of a PATCH operation (RFC 7644 section 3.5.2): an
// attribute, a sub-attribute, values of a multi-valued attribute, or a
// sub-attribute of such values. Name is "" where a whole extension is meant,
// and URN too where it is the resource itself.
type Path struct {
	AttrPath
	Filter Expr // selects values, see ValuePath; nil for all

	attr *Attribute // the definition of Name, whatever Sub is; nil where unknown
}

func (p Path) String() string {
	if p.Filter == nil {
		return p.AttrPath.String()
	}
	dst := AttrPath{URN: p.URN, Name: p.Name}.appendTo(nil)
	dst = append(appendExpr(append(dst, '['), p.Filter), ']')
	if p.Sub != "" {
		dst = append(append(dst, '.'), p.Sub...)
	}
	return string(dst)
}

// ParsePath reads the path of a PATCH operation on a resource of type rt. The
// error is an *Error with type invalidPath, or invalidFilter within brackets,
// that names the position and what was expected.
func (rt *ResourceType) ParsePath(text string, r *Reading) (Path, error) {
	p := parser{rt: rt, r: r, text: text, what: "path", kind: InvalidPath}
	if err := p.checkLength(); err != nil {
		return Path{}, err
	}
	p.space()
	at := p.pos
	path, err := p.name(p.word())
	if err != nil {
		return Path{}, err
	}
	if p.peek() == '[' {
		if path.Filter, err = p.brackets(&path, at); err != nil {
			return Path{}, err
		}
		if err := p.selectedSub(&path); err != nil {
			return Path{}, err
		}
	}
	if p.space(); p.pos < len(text) {
		return Path{}, p.fail(p.pos, "expected the end of the path, found %s", p.found())
	}
	return path, nil
}

// selectedSub reads the ".sub" that may stand behind a value path.
func (p *parser) selectedSub(path *Path) error {
	if p.peek() != '.' {
		return nil
	}
	p.pos++
	at := p.pos
	return p.sub(path, p.word(), at)
}

// splitURN takes the URN of a schema off the front of an attribute's name. A
// name that is a URN and nothing else has an empty rest.
func (rt *ResourceType) splitURN(text string) (urn, rest string) {
	colon := strings.LastIndexByte(text, ':')
	if colon < 0 {
		return "", text
	}
	if rt != nil {
		if s, _ := rt.schema(text); s != nil {
			return text, ""
		}
		if urn, rest, ok := rt.splitKnownURN(text); ok {
			return urn, rest
		}
	}
	// The URN of a schema ends in a version and a name, ":2.0:User". Where
	// there is no version, the last part is the attribute.
	parts := strings.Split(text, ":")
	for i, part := range parts[:len(parts)-1] {
		if isVersion(part) {
			return strings.Join(parts[:i+2], ":"), strings.Join(parts[i+2:], ":")
		}
	}
	return text[:colon], text[colon+1:]
}

// splitKnownURN looks for the URNs of rt's schemas, in any case. The dot that
// customappsso jobs send after the URN is read as the colon it should be. A URN
// that is mistyped stays so, for the one who forgives it.
func (rt *ResourceType) splitKnownURN(text string) (urn, rest string, ok bool) {
	for s := range rt.schemas() {
		if urn, rest, ok = s.cutURN(text); ok {
			return urn, rest, true
		}
	}
	for s := range rt.schemas() {
		if urn, rest, ok = s.cutMistyped(text); ok {
			return urn, rest, true
		}
	}
	return "", "", false
}

// cutURN takes the URN of s, in any case, and what separates it off the front of a
// name.
func (s *Schema) cutURN(text string) (urn, rest string, ok bool) {
	start, rest, ok := cutAt(text, len(s.ID))
	return s.ID, rest, ok && sameName(start, s.ID)
}

// stripURN is what is left of a name without the URN of s, which may stand in front
// of it several times.
func (s *Schema) stripURN(name string) string {
	for {
		_, rest, ok := s.cutURN(name)
		if !ok {
			return name
		}
		name = rest
	}
}

// cutMistyped is cutURN for the URN as isMistyped knows it, which it returns so.
func (s *Schema) cutMistyped(text string) (urn, rest string, ok bool) {
	urn, rest, ok = cutAt(text, len(s.ID)-1)
	return urn, rest, ok && s.isMistyped(urn)
}

// cutAt cuts text at a separator that has bytes before it and something behind.
func cutAt(text string, at int) (before, behind string, ok bool) {
	if at < 0 || len(text) < at+2 || text[at] != ':' && text[at] != '.' {
		return "", "", false
	}
	return text[:at], text[at+1:], true
}

// followedByDot reports whether what separates a URN from the name behind it in
// text is a dot, see splitKnownURN.
func followedByDot(text, urn string) bool {
	return urn != "" && len(text) > len(urn) && text[len(urn)] == '.'
}

// isVersion reports whether a part of a URN is a version such as 2.0.
func isVersion(part string) bool {
	major, minor, ok := strings.Cut(part, ".")
	return ok && isDigits(major) && isDigits(minor)
}

func isDigits(s string) bool { return s != "" && strings.Trim(s, "0123456789") == "" }

// isAttributeName reports whether s is an ATTRNAME (RFC 7643 section 2.1), or
// $ref.
func isAttributeName(s string) bool {
	for i := range len(s) {
		switch c := s[i]; {
		case 'a' <= c|0x20 && c|0x20 <= 'z', c == '$' && i == 0:
		case i > 0 && ('0' <= c && c <= '9' || c == '-' || c == '_'):
		default:
			return false
		}
	}
	return s != ""
}
