package scim

import "strings"

// CheckMessage holds the schemas of a message, which is no resource, against
// the URN that it must list (RFC 7644 section 8.2). what names it in a
// sentence: "a PATCH".
func CheckMessage(doc *Value, urn, what string, r *Reading) error {
	schemas := doc.Get("schemas")
	switch {
	case schemas.IsEmpty():
		return r.forgive(QuirkSchemasMissing, func() *Error {
			return Errorf(InvalidSyntax, `schemas is missing; send "schemas":[%q]`, urn)
		})
	case !lists(schemas, urn):
		return r.forgive(QuirkSchemaUnknown, func() *Error {
			return Errorf(InvalidSyntax, "schemas does not list %s, as %s does", urn, what)
		})
	case schemas.Kind() != Array:
		return r.forgive(QuirkArrayAsSingle, func() *Error {
			return Errorf(InvalidSyntax, "schemas is multi-valued; send a list of values, even for one")
		})
	}
	return nil
}

// lists reports whether one of v's elements is the text want, without case.
func lists(v *Value, want string) bool {
	for el := range v.Elements() {
		if strings.EqualFold(el.Text(), want) {
			return true
		}
	}
	return false
}
