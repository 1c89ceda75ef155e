package scim

// A query at the root is about all resource types at once. A name in it may
// mean another attribute in each of them, or none, and a resource whose type
// does not have the attribute counts as having no value (RFC 7644 section
// 3.4.2.1).

type (
	// ByType holds where the expression for the resource's own type holds: a
	// filter over several types.
	ByType struct{ Types []TypeExpr }
	// TypeExpr is a filter as resources of one type understand it.
	TypeExpr struct {
		Type *ResourceType
		Expr Expr
	}
)

// ParseFilterOver reads a filter on resources of all these types, as
// ResourceType.ParseFilter does for one. A name is unknown where none of them
// has it.
func ParseFilterOver(types []*ResourceType, text string, r *Reading) (Expr, error) {
	if len(types) == 1 {
		return types[0].ParseFilter(text, r)
	}
	all := &ByType{}
	for _, rt := range types {
		e, err := rt.parseFilter(text, types, r)
		if err != nil {
			return nil, err
		}
		all.Types = append(all.Types, TypeExpr{rt, e})
	}
	return all, nil
}

// ForType returns e as resources of type rt understand it.
func ForType(e Expr, rt *ResourceType) Expr {
	all, ok := e.(*ByType)
	if !ok {
		return e
	}
	for _, t := range all.Types {
		if t.Type.Name == rt.Name {
			return t.Expr
		}
	}
	return all // matches none of rt
}

func (e *ByType) match(v *Value) bool {
	name := v.Get("meta").Get("resourceType").Text()
	for _, t := range e.Types {
		if t.Type.Name == name {
			return Match(t.Expr, v)
		}
	}
	return false
}

func (e *ByType) appendTo(dst []byte) []byte {
	for i, t := range e.Types {
		if i > 0 {
			dst = append(dst, " or "...)
		}
		dst = append(dst, "meta.resourceType eq "...)
		dst = append(appendQuoted(dst, t.Type.Name), " and "...)
		dst = appendOperand(dst, t.Expr, true)
	}
	return dst
}

// foreign resolves a name that only another of the queried types has.
func (p *parser) foreign(path *Path) bool {
	for _, rt := range p.others {
		urn, def := rt.attribute(path.URN, path.Name)
		if def == nil && path.URN == "" {
			urn, def = rt.extensionAttribute(path.Name)
		}
		if def != nil {
			path.AttrPath = AttrPath{URN: urn, Name: def.Name, Def: def, foreign: true}
			path.attr = def
			return true
		}
	}
	return false
}
