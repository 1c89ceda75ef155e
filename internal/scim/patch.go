package scim

import (
	"strings"

	"airmock/internal/nearest"
)

// The limits on a PATCH. maxValues keeps an operation on a multi-valued
// attribute from costing more than a client can mean.
const (
	maxOperations = 5_000 // in one request
	maxValues     = 1_000 // of one attribute; a group's members are not counted
)

// Patch is a PATCH request that was read (RFC 7644 section 3.5.2). It is not
// changed by Apply and may be applied to any number of bodies.
type Patch struct {
	rt      *ResourceType
	changes []change
	members []MemberOp
}

// patchOp is the op of an operation.
type patchOp string

const (
	opAdd     patchOp = "add"
	opRemove  patchOp = "remove"
	opReplace patchOp = "replace"
)

// change is what one operation does to one target. An operation without a path
// makes several.
type change struct {
	op    patchOp
	path  Path
	value *Value // canonical, never changed; nil where the target is to become unassigned
	index int    // of the operation in the request, for errors
}

// ParsePatch reads the body of a PATCH on a resource of type rt.
//
// doc is used up: the patch is made of its nodes.
func (rt *ResourceType) ParsePatch(doc *Value, r *Reading) (*Patch, error) {
	ops, err := patchOperations(doc, r)
	if err != nil {
		return nil, err
	}
	reader := patchReader{Patch: &Patch{rt: rt}, r: r}
	for op := range ops.Elements() {
		if err := reader.operation(op); err != nil {
			return nil, inOperation(reader.index, err)
		}
		reader.index++
	}
	return reader.Patch, nil
}

// patchOperations checks the message around the operations.
func patchOperations(doc *Value, r *Reading) (*Value, error) {
	if doc.Kind() != Object {
		return nil, Errorf(InvalidSyntax, "a PATCH wants a JSON object with schemas and Operations, not %s", describe(doc))
	}
	schemas := doc.Get("schemas")
	switch {
	case schemas.IsEmpty():
		err := r.forgive(QuirkSchemasMissing, func() *Error {
			return Errorf(InvalidSyntax, `schemas is missing; send "schemas":[%q]`, URNPatchOp)
		})
		if err != nil {
			return nil, err
		}
	case !lists(schemas, URNPatchOp):
		err := r.forgive(QuirkSchemaUnknown, func() *Error {
			return Errorf(InvalidSyntax, "schemas does not list %s, as a PATCH does", URNPatchOp)
		})
		if err != nil {
			return nil, err
		}
	case schemas.Kind() != Array:
		err := r.forgive(QuirkArrayAsSingle, func() *Error {
			return Errorf(InvalidSyntax, "schemas is multi-valued; send a list of values, even for one")
		})
		if err != nil {
			return nil, err
		}
	}
	ops := doc.Get("Operations")
	switch n := ops.Len(); {
	case ops.Kind() != Array:
		return nil, Errorf(InvalidSyntax, "Operations is %s; a PATCH has a list of operations there", describe(ops))
	case n == 0:
		return nil, Errorf(InvalidSyntax, "Operations is empty; a PATCH has at least one operation")
	case n > maxOperations:
		return nil, Errorf(InvalidValue, "Operations holds %d operations; the limit is %d, send several requests", n, maxOperations)
	}
	return ops, nil
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

// describe names a value's kind in a sentence.
func describe(v *Value) string {
	switch v.Kind() {
	case Null:
		if v == nil {
			return "missing"
		}
		return "null"
	case Array, Object:
		return "an " + v.Kind().String()
	}
	return "a " + v.Kind().String()
}

// inOperation adds the place of the operation to an error's detail.
func inOperation(index int, err error) error {
	e, ok := err.(*Error)
	if !ok {
		return err
	}
	return Errorf(e.Type, "Operations[%d]: %s", index, e.Detail)
}

// patchReader reads operations into changes and member changes.
type patchReader struct {
	*Patch
	r     *Reading
	index int // of the operation that is being read
}

// operation reads one element of Operations.
func (p *patchReader) operation(v *Value) error {
	if v.Kind() != Object {
		return Errorf(InvalidSyntax, "an operation is an object with op, path and value; this is %s", describe(v))
	}
	op, err := p.op(v.Get("op"))
	if err != nil {
		return err
	}
	value := v.Get("value")
	if value == nil && op != opRemove {
		return Errorf(InvalidValue, "value is missing; %s needs one", op)
	}
	path := v.Get("path")
	switch {
	case path.Kind() == Null, path.Kind() == String && path.Text() == "":
		return p.pathless(op, value)
	case path.Kind() != String:
		return Errorf(InvalidPath, "path is %s; write the attribute's name as a string", describe(path))
	}
	target, err := p.rt.ParsePath(path.Text(), p.r)
	if err != nil {
		return err
	}
	return p.target(op, target, value)
}

// op reads the name of an operation. Entra writes it with a capital (RFC 7644
// section 3.5.2 has "add", "remove" and "replace").
func (p *patchReader) op(v *Value) (patchOp, error) {
	if v.Kind() != String {
		return "", Errorf(InvalidSyntax, "op is %s; use add, remove or replace", describe(v))
	}
	text := v.Text()
	op := patchOp(strings.ToLower(text))
	if op != opAdd && op != opRemove && op != opReplace {
		return "", Errorf(InvalidSyntax, "op is %s; use add, remove or replace%s",
			excerpt(text), nearest.Hint(text, []string{"add", "remove", "replace"}))
	}
	if string(op) == text {
		return op, nil
	}
	return op, p.r.forgive(QuirkOpCapitalised, func() *Error {
		return Errorf(InvalidSyntax, "op is %s; write it in lower case: %s", excerpt(text), op)
	})
}

// pathless is an operation on the resource itself: its value holds attributes.
func (p *patchReader) pathless(op patchOp, value *Value) error {
	if op == opRemove { // RFC 7644 section 3.5.2.2
		return Errorf(NoTarget, "a remove needs a path that says what to remove")
	}
	return p.spread(op, "", value)
}

// spread makes an operation for each member of an object that holds attributes
// of the schema with that URN, "" for the core schema.
func (p *patchReader) spread(op patchOp, urn string, object *Value) error {
	if object.Kind() != Object {
		return Errorf(InvalidValue, "value is %s; without the path of an attribute it must be an object of attributes", describe(object))
	}
	for name, value := range object.Members() {
		if err := p.member(op, urn, name, value); err != nil {
			return err
		}
	}
	return nil
}

// member is one member of a path-less value. RFC 7644 section 3.5.2 has names
// of attributes there; Entra sends whole paths too.
func (p *patchReader) member(op patchOp, urn, name string, value *Value) error {
	text := name
	if urn != "" {
		text = urn + ":" + name
	}
	path, err := p.rt.ParsePath(text, p.r)
	if err != nil {
		return err
	}
	if !isPlainMember(&path, name) {
		err := p.r.forgive(QuirkDottedKeys, func() *Error {
			return Errorf(InvalidSyntax, "%s is a path, not an attribute's name; send it as the path of its own operation", excerpt(name))
		})
		if err != nil {
			return err
		}
	}
	if path.isReadOnly() {
		return p.skipReadOnly(path)
	}
	return p.target(op, path, value)
}

// isPlainMember reports whether name, which was read as path, is what the RFC
// has in a path-less value: an attribute's name, or an extension's URN.
func isPlainMember(path *Path, name string) bool {
	if path.Name == "" {
		return path.URN != ""
	}
	return path.whole() && !isURN(name)
}

// skipReadOnly ignores what a client repeats of a resource as it read it.
// schemas follows from the attributes, so repeating it is no departure.
func (p *patchReader) skipReadOnly(path Path) error {
	if path.isSchemas() {
		return nil
	}
	return p.r.forgive(QuirkReadOnlySent, func() *Error { return mutabilityError(path) })
}
