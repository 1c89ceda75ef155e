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
// these two apart, unless one of the bases is the root. /Users/Users is unknown
// too: no id is the name of a resource type's endpoint.
func TargetOf(path string, bases []string, c *Catalog) Target {
	base, rest, ok := cutBase(path, bases)
	if !ok {
		return Target{}
	}
	t := Target{Base: base}
	name, rest := firstPart(rest)
	if name == "" {
		t.Endpoint = EndpointRoot
		return t
	}
	id, rest := firstPart(rest)
	if more, _ := firstPart(rest); more != "" {
		return t
	}
	endpoint := c.endpointNamed(name)
	switch {
	case id == "":
		t.Endpoint = endpoint
	case endpoint == EndpointTypes || endpoint == EndpointSchemas:
		t.Endpoint, t.ID = endpoint, id
	case c.TypeAt(endpoint) != nil:
		t.Endpoint, t.ID = endpoint, id
		switch below := c.endpointNamed(id); {
		case below == EndpointSearch:
			t.Endpoint, t.ID = EndpointSearch, string(endpoint)
		case c.TypeAt(below) != nil:
			t.Endpoint, t.ID = EndpointNone, "" // the Tenant URL was pasted with an endpoint at its end
		}
	}
	return t
}

// cutBase takes the longest base off the front of a path.
func cutBase(path string, bases []string) (base, rest string, ok bool) {
	for _, b := range bases {
		if ok && len(b) <= len(base) {
			continue
		}
		if left, under := cutPrefix(path, b); under {
			base, rest, ok = strings.TrimRight(b, "/"), left, true
		}
	}
	return base, rest, ok
}

// cutPrefix takes the parts of prefix off the front of path.
func cutPrefix(path, prefix string) (rest string, ok bool) {
	if left, same := strings.CutPrefix(path, prefix); same && (left == "" || left[0] == '/') {
		return left, true // as most are written
	}
	for {
		var want, is string
		if want, prefix = firstPart(prefix); want == "" {
			return path, true
		}
		if is, path = firstPart(path); is != want {
			return "", false
		}
	}
}

// firstPart splits a path behind its first part, "" where there is none. Between
// parts there may be any number of slashes.
func firstPart(path string) (part, rest string) {
	for path != "" && path[0] == '/' {
		path = path[1:]
	}
	if i := strings.IndexByte(path, '/'); i >= 0 {
		return path[:i], path[i:]
	}
	return path, ""
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
