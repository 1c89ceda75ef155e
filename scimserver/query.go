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
	startIndex string
	count      string
	attributes string
	excluded   string
}

// parseQuery reads a raw query. Names compare without case. A parameter that
// is given twice counts as one list, which is what two lists of attributes
// mean; of the others it makes an error of its own. Unlike url.ParseQuery it
// keeps a value with a raw semicolon: to drop a filter would list everybody.
func parseQuery(raw string) (query, error) {
	var q query
	known := []struct {
		name string
		into *string
	}{
		{"filter", &q.filter},
		{"startIndex", &q.startIndex},
		{"count", &q.count},
		{"attributes", &q.attributes},
		{"excludedAttributes", &q.excluded},
	}
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
		return 0, scim.Errorf(scim.InvalidValue, "the query parameter %s is %q; it must be a whole number", name, clip(text, 64))
	}
	return int(n), nil
}

// projection reads which attributes the answer shall hold. Handlers read it
// before they write anything, so that a request with a wrong one changes
// nothing.
func (q *request) projection() (*scim.Projection, error) {
	return q.rt.ParseProjection(q.asked.attributes, q.asked.excluded)
}
