package scimserver

import (
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"

	"airmock/internal/nearest"
	"airmock/internal/scim"
)

// handler answers one kind of request.
type handler func(*request) (*response, error)

// methods are the handlers of a place.
type methods map[string]handler

// place is where a path leads: to an endpoint's collection, or to one of its
// items.
type place struct {
	endpoint scim.Endpoint
	item     bool
}

// routes is all that is served. HEAD goes where GET goes.
func routes(c *scim.Catalog) map[place]methods {
	collection := methods{"GET": (*request).list, "POST": (*request).create}
	item := methods{"GET": (*request).get, "PUT": (*request).replace, "PATCH": (*request).patch, "DELETE": (*request).remove}
	notYet := (*request).notImplemented
	all := map[place]methods{
		{scim.EndpointConfig, false}:  {"GET": discovery((*request).config)},
		{scim.EndpointTypes, false}:   {"GET": discovery((*request).resourceTypes)},
		{scim.EndpointTypes, true}:    {"GET": discovery((*request).resourceType)},
		{scim.EndpointSchemas, false}: {"GET": discovery((*request).schemas)},
		{scim.EndpointSchemas, true}:  {"GET": discovery((*request).schema)},
		{scim.EndpointBulk, false}:    {"POST": (*request).bulk},
		{scim.EndpointRoot, false}:    {"GET": (*request).list},
		{scim.EndpointSearch, false}:  {"POST": (*request).search},
		{scim.EndpointSearch, true}:   {"POST": (*request).search},
		{scim.EndpointMe, false}:      {"GET": notYet, "POST": notYet, "PUT": notYet, "PATCH": notYet, "DELETE": notYet},
	}
	for _, rt := range c.ResourceTypes {
		endpoint := scim.Endpoint(rt.Endpoint[1:])
		all[place{endpoint, false}], all[place{endpoint, true}] = collection, item
	}
	return all
}

// route returns the handler of the request, and finds the resource type that
// it is about.
func (q *request) route() (handler, error) {
	target := q.call.Target
	if raw := q.http.URL.RawPath; strings.Contains(strings.ToLower(raw), "%2f") {
		return nil, notFound("nothing is at %s; no id here holds a slash", clip(raw, 256))
	}
	there, ok := q.routes[place{target.Endpoint, target.ID != ""}]
	if !ok {
		return nil, q.unknownPath()
	}
	method := q.http.Method
	if method == http.MethodHead {
		method = http.MethodGet
	}
	handle, ok := there[method]
	if !ok {
		return nil, q.notAllowed(method, there)
	}
	q.rt = q.types[target.Endpoint]
	if target.Endpoint == scim.EndpointSearch {
		q.rt = q.types[scim.Endpoint(target.ID)]
	}
	return handle, nil
}

// allow returns the value of the header Allow.
func (m methods) allow() string {
	names := slices.Collect(maps.Keys(m))
	if m[http.MethodGet] != nil {
		names = append(names, http.MethodHead)
	}
	slices.Sort(names)
	return strings.Join(names, ", ")
}

// notAllowed is the refusal of a method, with the header that RFC 9110 section
// 15.5.6 asks for.
func (q *request) notAllowed(method string, there methods) error {
	target := q.call.Target
	where, hint := "/"+string(target.Endpoint), ""
	switch {
	case target.Endpoint == scim.EndpointRoot:
		where = "the Tenant URL itself"
	case q.types[target.Endpoint] == nil:
	case target.ID != "":
		where += "/{id}"
	default:
		hint = ", or name the resource: " + where + "/{id}"
	}
	allow := there.allow()
	use := allow
	if strings.Contains(allow, ",") {
		use = "one of " + allow
	}
	return &refusal{
		status: http.StatusMethodNotAllowed,
		detail: fmt.Sprintf("%s is not possible on %s; use %s%s", clip(method, 32), where, use, hint),
		header: fields{{"Allow", allow}},
	}
}

// maxExtra is how many parts of a path are looked at for the endpoint that was
// meant; a Tenant URL has no more.
const maxExtra = 8

// unknownPath is the refusal of a path that names nothing, with the path that
// was probably meant.
func (q *request) unknownPath() error {
	base := q.call.Target.Base
	if base == "" && !slices.Contains(q.bases, "") {
		return notFound("%s is no part of this SCIM service; its Tenant URL is %s", clip(q.http.URL.Path, 256), q.address(q.bases[0]))
	}
	asked := segments(q.http.URL.Path)[len(segments(base)):]
	endpoints := q.endpoints()
	path := "/" + clip(strings.Join(asked, "/"), 256)
	if extra := q.tooLong(asked); extra != "" {
		return notFound("nothing is at %s; the Tenant URL is %s, without /%s at its end", path, q.base, clip(extra, 256))
	}
	near := nearest.To(asked[0], endpoints)
	if near == "" {
		return notFound("nothing is at %s; there are /%s", path, strings.Join(endpoints, ", /"))
	}
	if _, ok := q.routes[place{scim.Endpoint(near), true}]; ok && len(asked) > 1 {
		near += "/{id}"
	}
	return notFound("nothing is at %s; did you mean %s/%s?", path, q.base, near)
}

// tooLong returns what of a path below the base stands before the endpoint that
// was meant, as where the Tenant URL was pasted with a version, an endpoint or
// itself once more at its end; "" where nothing does.
func (q *request) tooLong(asked []string) string {
	isEndpoint := func(name string) bool {
		return slices.ContainsFunc(q.endpoints(), func(e string) bool { return strings.EqualFold(e, name) })
	}
	at := -1
	for i := 1; i < len(asked) && i <= maxExtra; i++ {
		if isEndpoint(asked[i]) {
			at = i
		}
	}
	if at < 0 {
		return ""
	}
	return strings.Join(asked[:at], "/")
}

// endpoints returns the names of all endpoints, in order.
func (s *server) endpoints() []string {
	var names []string
	for at := range s.routes {
		if !at.item && at.endpoint != scim.EndpointRoot {
			names = append(names, string(at.endpoint))
		}
	}
	slices.Sort(names)
	return names
}

// segments returns the parts of a path, without the empty ones that doubled
// and trailing slashes make.
func segments(path string) []string {
	return strings.FieldsFunc(path, func(c rune) bool { return c == '/' })
}

// notImplemented answers for the optional parts of RFC 7644 that are not
// offered, as ServiceProviderConfig says.
func (q *request) notImplemented() (*response, error) {
	instead := map[scim.Endpoint]string{
		scim.EndpointMe: "a Secret Token belongs to no user; use /Users/{id}",
	}[q.call.Target.Endpoint]
	return nil, &refusal{
		status: http.StatusNotImplemented,
		detail: fmt.Sprintf("/%s is not offered here; %s", q.call.Target.Endpoint, instead),
	}
}
