package scim

import (
	"slices"
	"strconv"
	"strings"

	"airmock/internal/nearest"
)

// Bulk is a bulk request that was read (RFC 7644 section 3.7).
type Bulk struct {
	FailOnErrors int // how many errors end it; 0: it runs to its end
	Operations   []BulkOperation
}

// BulkOperation is one operation of a bulk request.
type BulkOperation struct {
	Method  string // "POST", "PUT", "PATCH" or "DELETE"; what was sent where Err is not nil
	BulkID  string // "" for none
	Version string // the entity tag that the resource must have; "" for none
	Path    string // relative to the base path: "/Users", "/Users/2819"
	Data    *Value // the body; nil for none
	Err     *Error // why it cannot be run; nil where it can
	Reading Reading
}

// bulkMethods are what an operation may be (RFC 7644 section 3.7).
var bulkMethods = []string{"POST", "PUT", "PATCH", "DELETE"}

// ReadBulk reads the body of a bulk request. An error is about the request as
// a whole. What is wrong with one operation is its Err, and how it departs from
// the RFC is noted on its Reading.
//
// The operations are made of doc's nodes.
func ReadBulk(doc *Value, r *Reading) (*Bulk, error) {
	list, err := bulkOperations(doc, r)
	if err != nil {
		return nil, err
	}
	b := &Bulk{Operations: make([]BulkOperation, 0, list.Len())}
	if b.FailOnErrors, err = failOnErrors(doc.Get("failOnErrors")); err != nil {
		return nil, err
	}
	posts := make(map[string]int)
	for v := range list.Elements() {
		i := len(b.Operations)
		if v.Kind() != Object {
			return nil, Errorf(InvalidSyntax, "Operations[%d] is %s; an operation is an object with method, path, bulkId and data", i, describe(v))
		}
		op := readBulkOperation(v, r.Profile)
		if op.Method == "POST" && op.BulkID != "" {
			if first, taken := posts[op.BulkID]; taken {
				return nil, Errorf(InvalidValue, "Operations[%d] has the bulkId %s of Operations[%d]; each POST needs one of its own (RFC 7644 section 3.7)", i, excerpt(op.BulkID), first)
			}
			posts[op.BulkID] = i
		}
		b.Operations = append(b.Operations, op)
	}
	return b, nil
}

// bulkOperations checks the message around the operations.
func bulkOperations(doc *Value, r *Reading) (*Value, error) {
	if err := CheckMessage(doc, URNBulkRequest, "a bulk request", r); err != nil {
		return nil, err
	}
	list := doc.Get("Operations")
	switch {
	case list.Kind() != Array:
		return nil, Errorf(InvalidSyntax, "Operations is %s; a bulk request has a list of operations there", describe(list))
	case list.firstChild() == nil:
		return nil, Errorf(InvalidSyntax, "Operations is empty; a bulk request has at least one operation")
	}
	return list, nil
}

// failOnErrors reads how many errors end the request. Clients with a type for
// it send 0 for "not said".
func failOnErrors(v *Value) (int, error) {
	if v.Kind() == Null {
		return 0, nil
	}
	n, err := strconv.Atoi(v.Text())
	if v.Kind() != Number || err != nil || n < 0 {
		return 0, Errorf(InvalidValue, "failOnErrors is %s; it is the number of errors after which to stop, such as 1", brief(v))
	}
	return n, nil
}

// readBulkOperation reads one operation.
func readBulkOperation(v *Value, p Profile) BulkOperation {
	op := BulkOperation{Data: v.Get("data"), Reading: Reading{Profile: p}}
	for _, member := range []struct {
		name string
		into *string
	}{{"method", &op.Method}, {"bulkId", &op.BulkID}, {"version", &op.Version}, {"path", &op.Path}} {
		x := v.Get(member.name)
		if x.Kind() != Null && x.Kind() != String {
			op.refuse(InvalidSyntax, "%s is %s; it must be a string", member.name, describe(x))
			continue
		}
		*member.into = x.Text()
	}
	op.readMethod()
	if op.Path == "" {
		op.refuse(InvalidSyntax, "path is missing; it names the resource, such as /Users/2819, or for a POST the endpoint, such as /Users")
	}
	op.check()
	return op
}

// refuse notes the first thing that is wrong with the operation.
func (op *BulkOperation) refuse(t ErrorType, format string, args ...any) {
	if op.Err == nil {
		op.Err = Errorf(t, format, args...)
	}
}

// readMethod brings the method into upper case. HTTP's methods have it (RFC
// 9110 section 9.1).
func (op *BulkOperation) readMethod() {
	method := strings.ToUpper(op.Method)
	switch {
	case op.Method == "":
		op.refuse(InvalidSyntax, "method is missing; use POST, PUT, PATCH or DELETE")
	case !slices.Contains(bulkMethods, method):
		op.refuse(InvalidSyntax, "method is %s; use POST, PUT, PATCH or DELETE%s", excerpt(op.Method), nearest.Hint(method, bulkMethods))
	case method != op.Method:
		op.forgive(QuirkBulkMethodCase, "method is %s; write it in upper case: %s", excerpt(op.Method), method)
		op.Method = method
	}
}

// check looks whether what the method needs is there.
func (op *BulkOperation) check() {
	if op.Err != nil {
		return
	}
	if op.Method == "POST" && op.BulkID == "" {
		op.forgive(QuirkBulkIDMissing, "bulkId is missing; a POST needs one, by which its resource can be referred to (RFC 7644 section 3.7)")
	}
	switch {
	case op.Method == "DELETE":
		op.Data = nil // a DELETE has no body, whatever was sent
	case op.Data.Kind() == Null:
		op.refuse(InvalidSyntax, "data is missing; it is what the body of the %s would be", op.Method)
	}
}

// forgive is Reading.Forgive with a refusal that the operation keeps.
func (op *BulkOperation) forgive(q Quirk, format string, args ...any) {
	refusal := Errorf(InvalidSyntax, format, args...)
	if op.Reading.Forgive(q, refusal) != nil && op.Err == nil {
		op.Err = refusal
	}
}
