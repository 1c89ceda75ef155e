package scim

import "strings"

// Endpoint is the part of a SCIM service that a path names.
type Endpoint string

// The endpoints of RFC 7644 section 3.2. The types of a Catalog have others.
const (
	EndpointUsers   Endpoint = "Users"
	EndpointGroups  Endpoint = "Groups"
	EndpointConfig  Endpoint = "ServiceProviderConfig"
	EndpointTypes   Endpoint = "ResourceTypes"
	EndpointSchemas Endpoint = "Schemas"
	EndpointBulk    Endpoint = "Bulk"
	EndpointSearch  Endpoint = ".search" // at the root, or below Users and Groups
	EndpointMe      Endpoint = "Me"
	EndpointRoot    Endpoint = "/" // the base path itself, where all resource types are queried (section 3.4.2.1)
	EndpointNone    Endpoint = ""  // no SCIM endpoint
)

// Target is what a request's path names.
type Target struct {
	Endpoint Endpoint
	ID       string // of the resource, schema or resource type, "" for the collection; for .search the endpoint that it is below, "" for the root
	Base     string // the base path under which it was found, without a trailing slash
}

// ResourceID returns the id that the path names; "" where it names none.
func (t Target) ResourceID() string {
	if t.Endpoint == EndpointSearch {
		return ""
	}
	return t.ID
}

// TargetOf reads a request path on a service that offers c. bases are the base
// paths that are served; doubled and trailing slashes and the case of endpoint
// names do not matter.
// A path outside every base, or unknown below it, has EndpointNone; Base tells
// these two apart, unless one of the bases is the root.
func TargetOf(path string, bases []string, c *Catalog) Target {
	parts := pathParts(path)
	base, rest, ok := cutBase(parts, bases)
	if !ok {
		return Target{}
	}
	t := Target{Base: base}
	if len(rest) == 0 {
		t.Endpoint = EndpointRoot
		return t
	}
	endpoint := c.endpointNamed(rest[0])
	switch {
	case len(rest) == 1:
		t.Endpoint = endpoint
	case len(rest) == 2 && (endpoint == EndpointTypes || endpoint == EndpointSchemas):
		t.Endpoint, t.ID = endpoint, rest[1]
	case len(rest) == 2 && c.TypeAt(endpoint) != nil:
		t.Endpoint, t.ID = endpoint, rest[1]
		if sameName(rest[1], string(EndpointSearch)) {
			t.Endpoint, t.ID = EndpointSearch, string(endpoint)
		}
	}
	return t
}

// cutBase takes the longest base off the front of a path.
func cutBase(parts, bases []string) (base string, rest []string, ok bool) {
	longest := -1
	for _, b := range bases {
		prefix := pathParts(b)
		if len(prefix) > longest && hasPrefix(parts, prefix) {
			longest = len(prefix)
			base, rest, ok = strings.TrimRight(b, "/"), parts[longest:], true
		}
	}
	return base, rest, ok
}

func hasPrefix(parts, prefix []string) bool {
	if len(parts) < len(prefix) {
		return false
	}
	for i, p := range prefix {
		if parts[i] != p {
			return false
		}
	}
	return true
}

// pathParts splits a path at its slashes, however many stand together.
func pathParts(path string) []string {
	return strings.FieldsFunc(path, func(r rune) bool { return r == '/' })
}

func (c *Catalog) endpointNamed(name string) Endpoint {
	for _, rt := range c.resourceTypes() {
		if sameName(name, rt.Endpoint[1:]) {
			return Endpoint(rt.Endpoint[1:])
		}
	}
	for _, e := range ownEndpoints {
		if sameName(name, string(e)) {
			return e
		}
	}
	return EndpointNone
}

// ownEndpoints are those of the protocol itself, which no resource type can
// have.
var ownEndpoints = []Endpoint{EndpointConfig, EndpointTypes, EndpointSchemas, EndpointBulk, EndpointSearch, EndpointMe}
