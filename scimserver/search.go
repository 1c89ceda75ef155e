package scimserver

import (
	"strings"

	"airmock/internal/scim"
)

// search answers POST on .search (RFC 7644 section 3.4.3), below an endpoint or
// at the root, as GET with the same parameters.
func (q *request) search() (*response, error) {
	doc, err := q.document()
	if err != nil {
		return nil, err
	}
	if err := scim.CheckMessage(doc, scim.URNSearch, "a search", &q.reading); err != nil {
		return nil, err
	}
	q.asked = query{}
	for _, p := range q.asked.parameters() {
		v := doc.Get(p.name)
		switch p.name {
		case "attributes", "excludedAttributes":
			*p.into, err = q.searchNames(p.name, v)
		case "startIndex", "count":
			*p.into, err = q.searchNumber(p.name, v)
		default:
			*p.into, err = searchText(p.name, v)
		}
		if err != nil {
			return nil, err
		}
	}
	q.asked.byCursor = doc.Get("cursor").Kind() != scim.Null
	return q.list()
}

// searchText reads a parameter that is a string.
func searchText(name string, v *scim.Value) (string, error) {
	switch v.Kind() {
	case scim.Null:
		return "", nil
	case scim.String:
		return strings.TrimSpace(v.Text()), nil
	}
	return "", scim.Errorf(scim.InvalidSyntax, "%s is a JSON %s; send a string", name, v.Kind())
}

// searchNumber reads a parameter that is a number, and leaves it to integer to
// judge it.
func (q *request) searchNumber(name string, v *scim.Value) (string, error) {
	switch v.Kind() {
	case scim.Null, scim.Number:
		return v.Text(), nil
	case scim.String:
		return strings.TrimSpace(v.Text()), q.reading.Forgive(scim.QuirkNumberAsString, scim.Errorf(scim.InvalidSyntax,
			"%s is a string; send a number", name))
	}
	return "", scim.Errorf(scim.InvalidSyntax, "%s is a JSON %s; send a number", name, v.Kind())
}

// searchNames reads a parameter that is a list of names, and returns it as a
// query has it.
func (q *request) searchNames(name string, v *scim.Value) (string, error) {
	if v.Kind() == scim.String {
		return v.Text(), q.reading.Forgive(scim.QuirkArrayAsSingle, scim.Errorf(scim.InvalidSyntax,
			"%s is a string; send a list of names", name))
	}
	var names []string
	for e := range v.Elements() {
		if e.Kind() != scim.String {
			return "", scim.Errorf(scim.InvalidSyntax, "%s holds a JSON %s; send a list of names", name, e.Kind())
		}
		names = append(names, e.Text())
	}
	return strings.Join(names, ","), nil
}
