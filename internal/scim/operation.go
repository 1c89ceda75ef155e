package scim

import (
	"path"
	"slices"
	"strings"

	"airmock/internal/nearest"
)

// Operation names what a call asks for, in SCIM terms.
type Operation string

// The operations. A probe is a lookup by a bare GUID, as the provisioning
// service sends it to try an endpoint (Test Connection).
const (
	OpProbe             Operation = "probe"
	OpUserCreate        Operation = "user.create"
	OpUserGet           Operation = "user.get"
	OpUserQuery         Operation = "user.query"
	OpUserList          Operation = "user.list"
	OpUserReplace       Operation = "user.replace"
	OpUserPatch         Operation = "user.patch"
	OpUserDisable       Operation = "user.disable"
	OpUserEnable        Operation = "user.enable"
	OpUserDelete        Operation = "user.delete"
	OpGroupCreate       Operation = "group.create"
	OpGroupGet          Operation = "group.get"
	OpGroupQuery        Operation = "group.query"
	OpGroupList         Operation = "group.list"
	OpGroupReplace      Operation = "group.replace"
	OpGroupPatch        Operation = "group.patch"
	OpGroupMemberAdd    Operation = "group.member.add"
	OpGroupMemberRemove Operation = "group.member.remove"
	OpGroupDelete       Operation = "group.delete"
	OpDiscoveryConfig   Operation = "discovery.config"
	OpDiscoveryTypes    Operation = "discovery.types"
	OpDiscoverySchemas  Operation = "discovery.schemas"
	OpBulk              Operation = "bulk"
	OpSearch            Operation = "search"
	OpUnknown           Operation = "unknown"
)

// Operations lists every operation on a service that offers c, in the order in
// which people read them.
func (c *Catalog) Operations() []Operation {
	all := []Operation{
		OpProbe,
		OpUserCreate, OpUserGet, OpUserQuery, OpUserList, OpUserReplace, OpUserPatch,
		OpUserDisable, OpUserEnable, OpUserDelete,
		OpGroupCreate, OpGroupGet, OpGroupQuery, OpGroupList, OpGroupReplace, OpGroupPatch,
		OpGroupMemberAdd, OpGroupMemberRemove, OpGroupDelete,
	}
	for _, rt := range c.resourceTypes() {
		if rt.Name != "User" && rt.Name != "Group" {
			for _, verb := range verbs {
				all = append(all, rt.operation(verb))
			}
		}
	}
	return append(all,
		OpDiscoveryConfig, OpDiscoveryTypes, OpDiscoverySchemas,
		OpBulk, OpSearch, OpUnknown)
}

// verbs are what can be done with the resources of every type.
var verbs = []string{"create", "get", "query", "list", "replace", "patch", "delete"}

// Verb returns what o does with resources of a type, whichever type it is:
// "create", "get", "query", "list", "replace", "patch" or "delete"; "" for
// other operations.
func (o Operation) Verb() string {
	if _, verb, _ := strings.Cut(string(o), "."); slices.Contains(verbs, verb) {
		return verb
	}
	return ""
}

// OtherType returns the name, in lower case, of the type with whose resources o
// does something, where that is neither User nor Group; "" for other
// operations.
func (o Operation) OtherType() string {
	typ, _, _ := strings.Cut(string(o), ".")
	if typ == "user" || typ == "group" || o.Verb() == "" {
		return ""
	}
	return typ
}

// Families returns the wider operations that o also is: a user.disable is a
// user.patch. A probe may be a lookup of either type; the operation alone does
// not tell which.
func (o Operation) Families() []Operation {
	switch o {
	case OpUserDisable, OpUserEnable:
		return []Operation{OpUserPatch}
	case OpGroupMemberAdd, OpGroupMemberRemove:
		return []Operation{OpGroupPatch}
	case OpProbe:
		return []Operation{OpUserQuery, OpGroupQuery}
	}
	return nil
}

// Matches reports whether o is named by pattern, in any case: an operation, a
// wider one (see Families), or a glob ("user.*", "*").
func (o Operation) Matches(pattern string) bool {
	pattern = strings.ToLower(pattern)
	if o.is(pattern) {
		return true
	}
	for _, wider := range o.Families() {
		if wider.is(pattern) {
			return true
		}
	}
	return false
}

func (o Operation) is(pattern string) bool {
	ok, err := path.Match(pattern, string(o))
	return ok && err == nil
}

// KnownPattern reports whether pattern matches any operation of c at all.
func (c *Catalog) KnownPattern(pattern string) bool {
	for _, o := range c.Operations() {
		if o.Matches(pattern) {
			return true
		}
	}
	return false
}

// NearestOperation returns the operation of c that s most likely means, for
// error messages; "" where none comes near.
func (c *Catalog) NearestOperation(s string) string {
	var names []string
	for _, o := range c.Operations() {
		names = append(names, string(o))
	}
	return nearest.To(s, names)
}

// Request is a SCIM request without its transport.
type Request struct {
	Method  string
	Target  Target
	Filter  string   // the query parameter filter, decoded
	Doc     *Value   // the parsed body; nil where there is none or it is not JSON
	Catalog *Catalog // what the service offers; nil for the standard one
}

// OperationOf names what the request asks for. It looks at the request alone
// and never fails: what it cannot name is OpUnknown.
func OperationOf(r *Request) Operation {
	switch r.Target.Endpoint {
	case EndpointConfig:
		return r.ifMethod(OpDiscoveryConfig, "GET", "HEAD")
	case EndpointTypes:
		return r.ifMethod(OpDiscoveryTypes, "GET", "HEAD")
	case EndpointSchemas:
		return r.ifMethod(OpDiscoverySchemas, "GET", "HEAD")
	case EndpointBulk:
		return r.ifMethod(OpBulk, "POST")
	case EndpointSearch:
		return r.ifMethod(OpSearch, "POST")
	case EndpointRoot:
		return r.ifMethod(OpSearch, "GET", "HEAD")
	}
	if rt := r.Catalog.TypeAt(r.Target.Endpoint); rt != nil {
		return operationsOf(rt).of(r)
	}
	return OpUnknown
}

func (r *Request) ifMethod(o Operation, methods ...string) Operation {
	for _, m := range methods {
		if r.Method == m {
			return o
		}
	}
	return OpUnknown
}

// resourceOperations are the operations of one type of resource.
type resourceOperations struct {
	create, get, query, list, replace, delete Operation
	patch                                     func(doc *Value) Operation
	probed                                    bool // whether the provisioning service looks for it by a bare GUID
}

var (
	userOperations = resourceOperations{
		create: OpUserCreate, get: OpUserGet, query: OpUserQuery, list: OpUserList,
		replace: OpUserReplace, delete: OpUserDelete, patch: userPatch, probed: true,
	}
	groupOperations = resourceOperations{
		create: OpGroupCreate, get: OpGroupGet, query: OpGroupQuery, list: OpGroupList,
		replace: OpGroupReplace, delete: OpGroupDelete, patch: groupPatch, probed: true,
	}
)

// operationsOf returns the operations of a type, device.create and so on.
func operationsOf(rt *ResourceType) *resourceOperations {
	switch rt.Name {
	case "User":
		return &userOperations
	case "Group":
		return &groupOperations
	}
	return &resourceOperations{
		create: rt.operation("create"), get: rt.operation("get"), query: rt.operation("query"), list: rt.operation("list"),
		replace: rt.operation("replace"), delete: rt.operation("delete"),
		patch: func(*Value) Operation { return rt.operation("patch") },
	}
}

func (rt *ResourceType) operation(verb string) Operation {
	return Operation(strings.ToLower(rt.Name) + "." + verb)
}

func (ops *resourceOperations) of(r *Request) Operation {
	if r.Target.ID == "" {
		return ops.ofCollection(r)
	}
	switch r.Method {
	case "GET", "HEAD":
		return ops.get
	case "PUT":
		return ops.replace
	case "PATCH":
		return ops.patch(r.Doc)
	case "DELETE":
		return ops.delete
	}
	return OpUnknown
}

func (ops *resourceOperations) ofCollection(r *Request) Operation {
	switch {
	case r.Method == "POST":
		return ops.create
	case r.Method != "GET" && r.Method != "HEAD":
		return OpUnknown
	case strings.TrimSpace(r.Filter) == "":
		return ops.list
	case ops.probed && isProbe(r.Filter):
		return OpProbe
	}
	return ops.query
}

// isProbe reports whether a filter looks for one resource by a bare GUID in
// one of the attributes by which the provisioning service matches.
func isProbe(filter string) bool {
	if !strings.Contains(filter, `\`) && !holdsGUID(filter) {
		return false // as most filters, which need not be parsed to see that
	}
	var anyType *ResourceType // names are taken as they are
	e, err := anyType.ParseFilter(filter, &Reading{})
	if _, both := e.(*And); err != nil || both {
		return false
	}
	for _, name := range []string{"userName", "externalId", "displayName", "emails", "emails.value"} {
		if text, ok := EqualityOn(e, name); ok {
			return IsGUID(text)
		}
	}
	return false
}

// holdsGUID reports whether a GUID stands in filter, which has no escapes.
func holdsGUID(filter string) bool {
	const before, length = len("00000000"), len("00000000-0000-0000-0000-000000000000")
	for at, c := range []byte(filter) {
		if start := at - before; c == '-' && start >= 0 && start+length <= len(filter) && IsGUID(filter[start:start+length]) {
			return true
		}
	}
	return false
}

// IsGUID reports whether s is a GUID, as Microsoft writes them.
func IsGUID(s string) bool {
	if len(s) != len("00000000-0000-0000-0000-000000000000") {
		return false
	}
	for i := range len(s) {
		switch c := s[i] | 0x20; {
		case i == 8 || i == 13 || i == 18 || i == 23:
			if s[i] != '-' {
				return false
			}
		case '0' <= s[i] && s[i] <= '9', 'a' <= c && c <= 'f':
		default:
			return false
		}
	}
	return true
}
