package scim

import (
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"airmock/internal/nearest"
)

// canonical returns v as the attribute def wants it: names in the schema's
// case and order, booleans as booleans, a manager as {"value": id}, lists as lists. What
// it has to forgive is noted on r. at names the place for errors. The result
// is null where the value means "unassigned". A nil def keeps v as it is.
//
// v is used up: the result is made of its nodes. Doing it again changes
// nothing.
func canonical(def *Attribute, v *Value, at string, r *Reading) (*Value, error) {
	if v == nil {
		return nil, nil
	}
	out, err := canonicalValue(def, v, r)
	return out, locate(err, at)
}

// canonicalOne is canonical for one value of an attribute that may have
// several.
func canonicalOne(def *Attribute, v *Value, at string, r *Reading) (*Value, error) {
	if v == nil {
		return nil, nil
	}
	out, err := canonicalElement(def, v, r)
	return out, locate(err, at)
}

// The details of errors from here on begin behind the name of the place, as in
// ".value must be a string", so that each level puts its own part in front and
// no name is built while all is well.

// locate puts place in front of an error's detail.
func locate(err error, place string) error {
	if err == nil {
		return nil
	}
	e, ok := errors.AsType[*Error](err)
	if !ok {
		return fmt.Errorf("%s: %w", place, err)
	}
	return &Error{Type: e.Type, Detail: place + e.Detail}
}

// isPlainText reports whether v is a string where a single one is meant.
func (a *Attribute) isPlainText(v *Value) bool {
	return v.kind == String && a != nil && a.Type == "string" && !a.MultiValued && len(v.text) > len(`""`)
}

func canonicalValue(def *Attribute, v *Value, r *Reading) (*Value, error) {
	switch {
	case def.isPlainText(v):
		return v, nil // most values are this
	case v.kind == Null:
		r.Note(QuirkNullSent)
		return nil, nil
	case def == nil:
		return v, nil
	case def.MultiValued && !isEmptyText(v):
		return canonicalList(def, v, r)
	case v.kind == Array:
		return canonicalSole(def, v, r)
	}
	return canonicalElement(def, v, r)
}

// canonicalList brings each value of a multi-valued attribute into its form.
func canonicalList(def *Attribute, v *Value, r *Reading) (*Value, error) {
	if v.kind != Array {
		err := r.Forgive(QuirkArrayAsSingle, Errorf(InvalidValue, " is multi-valued; send a list of values, even for one"))
		if err != nil {
			return nil, err
		}
		v = NewArray(v)
	}
	var failure error
	i := -1
	v.DeleteFunc(func(e *Value) (drop bool) {
		i++
		if failure != nil {
			return false
		}
		x, err := canonicalElement(def, e, r)
		if err != nil {
			failure = locate(err, "["+strconv.Itoa(i)+"]")
			return false
		}
		return !e.become(x)
	})
	return v, failure
}

// canonicalSole takes the one value out of a list where one value is meant.
func canonicalSole(def *Attribute, v *Value, r *Reading) (*Value, error) {
	if v.firstChild() == nil { // RFC 7643 section 2.5: the same as unassigned
		return nil, nil
	}
	if v.tail != v.firstChild() {
		return nil, Errorf(InvalidValue, " has one value, not a list of %d; send one", v.Len())
	}
	quirk := QuirkSingleAsArray
	if def.isLink() {
		quirk = QuirkManagerAsArray
	}
	err := r.Forgive(quirk, Errorf(InvalidValue, " has one value; send it without the brackets around it"))
	if err != nil {
		return nil, err
	}
	return canonicalElement(def, v.firstChild(), r)
}

// canonicalElement brings one value into its form.
func canonicalElement(def *Attribute, v *Value, r *Reading) (*Value, error) {
	switch {
	case v.kind == String && def.Type == "string" && len(v.text) > len(`""`):
		return v, nil // most values are this
	case v.kind == Null:
		r.Note(QuirkNullSent)
		return nil, nil
	case isEmptyText(v) && !def.Required && r.Profile == Entra:
		// By RFC 7643 section 2.5 "" is a value; Microsoft's validator sends
		// it to clear an attribute and expects it gone.
		if def.isLink() {
			r.Note(QuirkManagerCleared)
		} else {
			r.Note(QuirkEmptySent)
		}
		return nil, nil
	case def.Type == "complex":
		return canonicalComplex(def, v, r)
	case def.Type == "boolean" && v.kind == String:
		return canonicalBool(def, v, r)
	case !fits(def.Type, v):
		return nil, mismatch(def, v)
	case def.Type == "reference" && !isURI(v.Text()):
		return v, r.forgive(QuirkNotURI, func() *Error { return mismatch(def, v) })
	case def.targets != nil && r.Profile == RFC && !def.leadsTo(v.Text()):
		return nil, Errorf(InvalidValue, " refers to a %s; send its address, such as ../%s/{id}, not %s",
			strings.Join(def.ReferenceTypes, " or "), def.targets[0], brief(v))
	}
	return v, nil
}

// leadsTo reports whether a URI, absolute or not, is that of a resource of one
// of the types that a may refer to (RFC 7643 section 7, "referenceTypes").
func (a *Attribute) leadsTo(uri string) bool {
	u, err := url.Parse(uri)
	if err != nil {
		return false
	}
	parts := strings.FieldsFunc(u.Path, func(r rune) bool { return r == '/' })
	return len(parts) >= 2 && slices.ContainsFunc(a.targets, func(endpoint string) bool {
		return sameName(endpoint, parts[len(parts)-2])
	})
}

// canonicalBool reads a boolean that was sent as a string, which Entra does
// with the value of its default mapping for active, "True" or "False".
func canonicalBool(def *Attribute, v *Value, r *Reading) (*Value, error) {
	word := strings.ToLower(v.Text())
	if word != "true" && word != "false" {
		return nil, mismatch(def, v)
	}
	quirk := QuirkBooleanAsString
	if def.Name == "active" {
		quirk = QuirkActiveAsString
	}
	err := r.forgive(quirk, func() *Error { return Errorf(InvalidValue, " is a boolean; send %s, without quotes", word) })
	if err != nil {
		return nil, err
	}
	v.kind, v.text = Bool, word
	return v, nil
}

// canonicalComplex brings an object of sub-attributes into its form.
func canonicalComplex(def *Attribute, v *Value, r *Reading) (*Value, error) {
	if v.kind == String && def.listsRef() {
		if err := wrapID(def, v, r); err != nil {
			return nil, err
		}
	}
	if v.kind != Object {
		return nil, mismatch(def, v)
	}
	if err := readRef(def, v, r); err != nil {
		return nil, err
	}
	if isEmptyText(v.Get("value")) && def.isLink() {
		return nil, r.Forgive(QuirkManagerCleared, Errorf(InvalidValue, ".value must not be empty; remove %s to unassign it", def.Name))
	}
	if def.Name == "roles" && r.Profile == Entra {
		unpackRole(v, r)
	}
	if err := canonicalMembers(def, v, r); err != nil {
		return nil, err
	}
	if v.firstChild() == nil {
		return nil, nil
	}
	return v, nil
}

// wrapID makes {"value": id} of a bare id.
func wrapID(def *Attribute, v *Value, r *Reading) error {
	quirk := QuirkMemberAsString
	if def.isLink() {
		quirk = QuirkManagerAsString
	}
	err := r.Forgive(quirk, Errorf(InvalidValue, ` is an object; send {"value":%s}`, brief(v)))
	if err != nil {
		return err
	}
	id := &Value{kind: String, name: "value", text: v.text}
	v.kind, v.text, v.head, v.tail = Object, "", id, id
	return nil
}

// canonicalMembers brings the sub-attributes of a complex value into their
// form and order.
func canonicalMembers(def *Attribute, v *Value, r *Reading) error {
	var failure error
	last, ordered := -1, true
	v.DeleteFunc(func(c *Value) (drop bool) {
		if failure != nil {
			return false
		}
		rank, sub := def.find(c.name, last)
		ordered = ordered && rank > last
		last = rank
		if sub == nil {
			failure = unknownSub(def, c.name, r)
			return c.text == "" && tidyValue(def.within(c.name, nil), nil, c, true)
		}
		c.name = sub.Name
		if sub.isReadOnly() {
			r.Note(QuirkReadOnlySent)
			return true
		}
		x, err := canonicalValue(sub, c, r)
		if err != nil {
			failure = locate(err, "."+sub.Name)
			return false
		}
		return !c.become(x) || sub.isSecret()
	})
	if !ordered {
		sortMembers(def, v)
	}
	return failure
}

func unknownSub(def *Attribute, name string, r *Reading) error {
	return r.forgiveUnknown(func() *Error {
		return Errorf(InvalidSyntax, " has no sub-attribute %s%s", excerpt(name), nearest.Hint(name, attributeNames(def.SubAttributes)))
	})
}

// become makes v hold what x holds, and is false where that is nothing.
func (v *Value) become(x *Value) bool {
	if x != nil && x != v {
		v.assign(x)
	}
	return x != nil
}

// unpackRole undoes what Entra does to an app role with its default mapping:
// the value of roles is then a JSON object written as a string, with the
// role's own value and displayName inside.
func unpackRole(v *Value, r *Reading) {
	packed := v.Get("value")
	if packed.Kind() != String || !strings.HasPrefix(packed.text, `"{`) {
		return
	}
	role, err := Parse([]byte(packed.Text()))
	if err != nil || role.Get("value").Kind() != String {
		return // a value that merely looks so
	}
	r.Note(QuirkRolesAsJSON)
	for name, x := range role.Members() {
		if sameName(name, "displayName") {
			name = "display"
		}
		if sameName(name, "value") || v.Get(name) == nil {
			v.Set(name, x)
		}
	}
}

func isEmptyText(v *Value) bool { return v.Kind() == String && v.text == `""` }

// fits reports whether a scalar is of an attribute's type (RFC 7643 section
// 2.3).
func fits(attrType string, v *Value) bool {
	switch attrType {
	case "boolean":
		return v.kind == Bool
	case "decimal":
		return v.kind == Number
	case "integer":
		return v.kind == Number && !strings.ContainsAny(v.text, ".eE")
	}
	if v.kind != String {
		return false
	}
	switch attrType {
	case "dateTime":
		_, err := parseInstant(v.Text())
		return err == nil
	case "binary":
		return isBase64(v.Text())
	}
	return true
}

// mismatch says what an attribute's type wants instead of v.
func mismatch(def *Attribute, v *Value) *Error {
	wants := map[string]string{
		"string":    "a string",
		"boolean":   "true or false",
		"decimal":   "a number",
		"integer":   "a whole number, without fraction or exponent",
		"dateTime":  `a date and time such as "2011-05-13T04:42:34Z"`,
		"binary":    "a string of base64",
		"reference": "a string that is a URI",
		"complex":   "an object with sub-attributes",
	}[def.Type]
	if def.Type == "complex" && len(def.SubAttributes) > 0 {
		wants += fmt.Sprintf(` such as {%q: …}`, def.SubAttributes[0].Name)
	}
	found := brief(v)
	if def.isSecret() { // errors are shown and recorded
		found = describe(v)
	}
	return Errorf(InvalidValue, " must be %s, not %s", wants, found)
}
