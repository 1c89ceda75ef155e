package scimserver

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"airmock/internal/journal"
	"airmock/internal/nearest"
	"airmock/internal/scim"
)

// discovery returns handle with what RFC 7644 section 4 asks of all discovery
// endpoints: a filter is refused, every other query parameter is ignored.
func discovery(handle handler) handler {
	return func(q *request) (*response, error) {
		if q.asked.filter != "" {
			if err := q.refuseFilter(); err != nil {
				return nil, err
			}
		}
		return handle(q)
	}
}

// refuseFilter is the refusal of a filter, so that nobody takes the answer for
// what matches. The configuration is no list, and a filter on it can mislead
// nobody: there it is forgiven.
func (q *request) refuseFilter() error {
	endpoint := q.call.Target.Endpoint
	refusal := &refusal{
		status: http.StatusForbidden,
		detail: fmt.Sprintf("/%s takes no filter (RFC 7644 section 4); leave it out", endpoint),
	}
	if endpoint == scim.EndpointConfig {
		return q.reading.Forgive(scim.QuirkFilterIgnored, refusal)
	}
	return refusal
}

// configDocument is /ServiceProviderConfig (RFC 7643 section 5). Its
// parameters are the limits of bulk, filter.maxResults, the sizes and the time
// of pagination, and its URL inside a JSON string. It tells what is offered and
// no more, and has no member that RFC 7643 section 8.7.2 or RFC 9865 section 4
// does not define.
const configDocument = `{"schemas":["` + scim.URNConfig + `"],` +
	`"patch":{"supported":true},` +
	`"bulk":{"supported":true,"maxOperations":%d,"maxPayloadSize":%d},` +
	`"filter":{"supported":true,"maxResults":%d},` +
	`"changePassword":{"supported":true},` +
	`"etag":{"supported":true},` +
	`"sort":{"supported":true},` +
	`"pagination":{"cursor":true,"index":true,"defaultPaginationMethod":"index","defaultPageSize":%d,"maxPageSize":%d,"cursorTimeout":%d},` +
	`"authenticationSchemes":[{"type":"oauthbearertoken","name":"OAuth Bearer Token",` +
	`"description":"The Secret Token of this tenant, sent as a bearer token in the header Authorization",` +
	`"specUri":"https://www.rfc-editor.org/info/rfc6750"}],` +
	`"meta":{"resourceType":"ServiceProviderConfig","location":"%s"}}`

func (q *request) config() (*response, error) {
	return &response{status: http.StatusOK, body: fmt.Appendf(nil, configDocument,
		maxOperations, journal.MaxRequest, maxCount, defaultCount, maxCount, int(cursorTimeout.Seconds()), q.quoted+"/"+string(scim.EndpointConfig))}, nil
}

// resourceTypes answers GET /ResourceTypes.
func (q *request) resourceTypes() (*response, error) {
	return all(q, q.Catalog.ResourceTypes, q.appendType)
}

// resourceType answers GET /ResourceTypes/{id}.
func (q *request) resourceType() (*response, error) {
	return one(q, q.Catalog.ResourceTypes, typeID, q.appendType)
}

// schemas answers GET /Schemas.
func (q *request) schemas() (*response, error) {
	return all(q, q.Catalog.Schemas, q.appendSchema)
}

// schema answers GET /Schemas/{id}.
func (q *request) schema() (*response, error) {
	return one(q, q.Catalog.Schemas, schemaID, q.appendSchema)
}

func typeID(rt *scim.ResourceType) string { return rt.Name }
func schemaID(s *scim.Schema) string      { return s.ID }

func (q *request) appendType(dst []byte, rt *scim.ResourceType) []byte {
	return scim.AppendResourceType(dst, rt, q.base+"/ResourceTypes/"+url.PathEscape(rt.Name))
}

func (q *request) appendSchema(dst []byte, s *scim.Schema) []byte {
	return scim.AppendSchema(dst, s, q.Profile, q.base+"/Schemas/"+url.PathEscape(s.ID))
}

// all answers with every item as a ListResponse.
func all[T any](q *request, items []T, appendItem func([]byte, T) []byte) (*response, error) {
	body := appendListHead(nil, len(items), 1)
	for i, item := range items {
		if i > 0 {
			body = append(body, ',')
		}
		body = appendItem(body, item)
	}
	q.call.Results = len(items)
	return &response{status: http.StatusOK, body: append(appendListEnd(body, len(items)), '}')}, nil
}

// one answers with the item that the path names, without regard to case, as
// URNs have none (RFC 8141 section 3.1).
func one[T any](q *request, items []T, id func(T) string, appendItem func([]byte, T) []byte) (*response, error) {
	asked := q.call.Target.ID
	i := slices.IndexFunc(items, func(item T) bool { return strings.EqualFold(id(item), asked) })
	if i >= 0 {
		return &response{status: http.StatusOK, body: appendItem(nil, items[i])}, nil
	}
	var ids []string
	for _, item := range items {
		ids = append(ids, id(item))
	}
	at := "/" + string(q.call.Target.Endpoint)
	return nil, notFound("%s has no %q%s; it has %s", at, clip(asked, 256), nearest.Hint(asked, ids), strings.Join(ids, ", "))
}
