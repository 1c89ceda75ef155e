package scim

import "strings"

// CompareOp is a comparison operator of RFC 7644 section 3.4.2.2.
type CompareOp string

// The comparison operators.
const (
	Eq CompareOp = "eq"
	Ne CompareOp = "ne"
	Co CompareOp = "co"
	Sw CompareOp = "sw"
	Ew CompareOp = "ew"
	Gt CompareOp = "gt"
	Ge CompareOp = "ge"
	Lt CompareOp = "lt"
	Le CompareOp = "le"
	Pr CompareOp = "pr"
)

// Expr is a filter expression: *And, *Or, *Not, *Compare, *ValuePath or, over
// several types, *ByType. nil matches everything. String renders it in canonical form, which parses back
// to an equal expression.
type Expr interface{ String() string }

type (
	// And holds where both sides hold.
	And struct{ Left, Right Expr }
	// Or holds where either side holds.
	Or struct{ Left, Right Expr }
	// Not holds where X does not.
	Not struct{ X Expr }
	// Compare holds where a value at Path compares to Value; for Pr Value is
	// nil. Value has the kind that the attribute's type wants, or is null.
	Compare struct {
		Path  AttrPath
		Op    CompareOp
		Value *Value
	}
	// ValuePath holds where one value of the multi-valued attribute at Path
	// satisfies Filter as a whole. Names in Filter are those of
	// sub-attributes; "value" also names a value that has no sub-attributes.
	// emails[type eq "work"].value eq "x" is read as
	// emails[type eq "work" and value eq "x"], which is what it means.
	ValuePath struct {
		Path   AttrPath
		Filter Expr
	}
)

// AttrPath names an attribute or one of its sub-attributes, in the schema's
// spelling where the schema knows it. Comparing a complex attribute that has a
// sub-attribute "value" compares that one (RFC 7644 section 3.4.2.2 does so
// for emails), and Sub then names it.
type AttrPath struct {
	URN  string // the extension's URN; "" for the core schema
	Name string
	Sub  string     // "" where the attribute itself is meant
	Def  *Attribute // the definition of what is named (Sub's where there is one); nil where unknown

	foreign bool // no attribute of the type itself, but of another that is queried with it: no value
}

func (p AttrPath) String() string { return string(p.appendTo(nil)) }

// IsForeign reports whether p names no attribute of the type itself but one of
// another type in a query over several, so that no resource has a value there.
func (p AttrPath) IsForeign() bool { return p.foreign }

func (p AttrPath) appendTo(dst []byte) []byte {
	dst = append(dst, p.URN...)
	if p.URN != "" && p.Name != "" {
		dst = append(dst, ':')
	}
	dst = append(dst, p.Name...)
	if p.Sub != "" {
		dst = append(append(dst, '.'), p.Sub...)
	}
	return dst
}

func (e *And) String() string       { return string(appendExpr(nil, e)) }
func (e *Or) String() string        { return string(appendExpr(nil, e)) }
func (e *Not) String() string       { return string(appendExpr(nil, e)) }
func (e *Compare) String() string   { return string(appendExpr(nil, e)) }
func (e *ValuePath) String() string { return string(appendExpr(nil, e)) }
func (e *ByType) String() string    { return string(appendExpr(nil, e)) }

// appendExpr appends e in canonical form. Operators group to the left, so an
// operand on the right needs parentheses where it is of the same kind.
func appendExpr(dst []byte, e Expr) []byte {
	switch e := e.(type) {
	case *Or:
		_, nested := e.Right.(*Or)
		dst = append(appendExpr(dst, e.Left), " or "...)
		return appendOperand(dst, e.Right, nested)
	case *And:
		_, left := e.Left.(*Or)
		_, right := e.Right.(*Or)
		_, nested := e.Right.(*And)
		dst = append(appendOperand(dst, e.Left, left), " and "...)
		return appendOperand(dst, e.Right, right || nested)
	case *Not:
		return appendOperand(append(dst, "not "...), e.X, true)
	case *ValuePath:
		dst = append(e.Path.appendTo(dst), '[')
		return append(appendExpr(dst, e.Filter), ']')
	case *ByType:
		return e.appendTo(dst)
	case *Compare:
		dst = append(append(e.Path.appendTo(dst), ' '), e.Op...)
		if e.Op != Pr {
			dst = e.Value.AppendJSON(append(dst, ' '))
		}
	}
	return dst
}

func appendOperand(dst []byte, e Expr, parentheses bool) []byte {
	if !parentheses {
		return appendExpr(dst, e)
	}
	return append(appendExpr(append(dst, '('), e), ')')
}

// EqualityOn returns the text that every match of e must have, compared with
// eq, at the attribute with that dotted name ("userName", "id",
// "emails.value"): e itself, one side of an and, or a part of a value path. It
// lets a store answer from an index. The name of an extension's attribute
// starts with its URN and a colon.
func EqualityOn(e Expr, name string) (text string, ok bool) {
	switch e := e.(type) {
	case *Compare:
		if e.Op == Eq && e.Value.Kind() == String && strings.EqualFold(e.Path.String(), name) {
			return e.Value.Text(), true
		}
	case *And:
		if text, ok = EqualityOn(e.Left, name); ok {
			return text, true
		}
		return EqualityOn(e.Right, name)
	case *ValuePath:
		outer := e.Path.String()
		if len(name) > len(outer) && name[len(outer)] == '.' && strings.EqualFold(name[:len(outer)], outer) {
			return EqualityOn(e.Filter, name[len(outer)+1:])
		}
	}
	return "", false
}
