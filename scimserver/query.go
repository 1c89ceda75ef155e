package scimserver

import (
	"errors"
	"net/url"
	"strconv"
	"strings"

	"airmock/internal/scim"
)

// query holds the query parameters that mean something here. Every other one
// is ignored, as aadOptscim062020, the flag in an Entra Tenant URL, must be.
type query struct {
	filter     string
	sortBy     string
	sortOrder  string
	startIndex string
	count      string
	cursor     string
	attributes string
	excluded   string
	byCursor   bool // whether cursor is there: empty, it asks for the first page
}

// parameter is a query parameter and where its value goes.
type parameter struct {
	name string
	into *string
}

// parameters are those that mean something. A search request has the same
// (RFC 7644 section 3.4.3).
func (q *query) parameters() []parameter {
	return []parameter{
		{"filter", &q.filter},
		{"sortBy", &q.sortBy},
		{"sortOrder", &q.sortOrder},
		{"startIndex", &q.startIndex},
		{"count", &q.count},
		{"cursor", &q.cursor},
		{"attributes", &q.attributes},
		{"excludedAttributes", &q.excluded},
	}
}

// parseQuery reads a raw query. Names compare without case. A parameter that
// is given twice counts as one list, which is what two lists of attributes
// mean; of the others it makes an error of its own. Unlike url.ParseQuery it
// keeps a value with a raw semicolon: to drop a filter would list everybody.
func parseQuery(raw string) (query, error) {
	if raw == "" { // as for most calls on one resource
		return query{}, nil
	}
	var q query
	known := q.parameters()
	for pair := range strings.SplitSeq(raw, "&") {
		name, value, _ := strings.Cut(pair, "=")
		for _, k := range known {
			if !strings.EqualFold(name, k.name) {
				continue
			}
			text, err := url.QueryUnescape(value)
			if err != nil {
				return query{}, scim.Errorf(scim.InvalidValue, "the query parameter %s is not percent-encoded: %v; write a percent sign as %%25", k.name, err)
			}
			if text = strings.TrimSpace(text); *k.into != "" && text != "" {
				text = *k.into + "," + text
			}
			if text != "" {
				*k.into = text
			}
			q.byCursor = q.byCursor || k.into == &q.cursor
		}
	}
	return q, nil
}

// integer reads a parameter that is a number; otherwise is for an absent or
// empty one. A number beyond 32 bits is read as the largest there.
func integer(name, text string, otherwise int) (int, error) {
	if text == "" {
		return otherwise, nil
	}
	n, err := strconv.ParseInt(text, 10, 32)
	if err != nil && !errors.Is(err, strconv.ErrRange) {
		return 0, scim.Errorf(scim.InvalidValue, "the parameter %s is %q; it must be a whole number", name, clip(text, 64))
	}
	return int(n), nil
}

// projection reads which attributes the answer shall hold of resources of type
// rt. Handlers read it before they write anything, so that a request with a
// wrong one changes nothing.
func (q *request) projection(rt *scim.ResourceType) (*scim.Projection, error) {
	if q.asked.attributes != "" && q.asked.excluded != "" {
		err := q.reading.Forgive(scim.QuirkBothProjections, scim.Errorf(scim.InvalidValue,
			"attributes and excludedAttributes are mutually exclusive (RFC 7644 section 3.9); send one of them"))
		if err != nil {
			return nil, err
		}
	}
	return rt.ParseProjection(q.asked.attributes, q.asked.excluded)
}
