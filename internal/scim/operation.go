package scim

// Operation names what a call asks for, in SCIM terms.
type Operation string

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

// Operations lists every operation, in the order in which people read them.
func Operations() []Operation { panic("unwritten") }

// Matches reports whether o is named by pattern: an operation, a wider one
// (user.patch takes user.disable, user.query takes a probe on users, see
// Families), or a glob ("user.*", "*").
func (o Operation) Matches(pattern string) bool { panic("unwritten") }

// Endpoint is the part of a SCIM service that a path names.
type Endpoint string

const (
	EndpointUsers   Endpoint = "Users"
	EndpointGroups  Endpoint = "Groups"
	EndpointConfig  Endpoint = "ServiceProviderConfig"
	EndpointTypes   Endpoint = "ResourceTypes"
	EndpointSchemas Endpoint = "Schemas"
	EndpointBulk    Endpoint = "Bulk"
	EndpointSearch  Endpoint = ".search" // at the root, or below Users and Groups
	EndpointMe      Endpoint = "Me"
	EndpointNone    Endpoint = "" // no SCIM endpoint
)

// Target is what a request's path names.
type Target struct {
	Endpoint Endpoint
	ID       string // of the resource, schema or resource type; "" for the collection
	Base     string // the base path under which it was found, without a trailing slash
}

// TargetOf reads a request path. bases are the base paths that are served;
// doubled and trailing slashes and the case of endpoint names do not matter.
// A path outside every base, or unknown below it, has EndpointNone; Base tells
// these two apart.
func TargetOf(path string, bases []string) Target { panic("unwritten") }

// Request is a SCIM request without its transport.
type Request struct {
	Method string
	Target Target
	Filter string // the query parameter filter, decoded
	Doc    *Value // the parsed body; nil where there is none or it is not JSON
}

// OperationOf names what the request asks for. It looks at the request alone
// and never fails: what it cannot name is OpUnknown. The second result is what
// a probe looks like a lookup of: OpUserQuery or OpGroupQuery.
func OperationOf(r *Request) Operation { panic("unwritten") }
