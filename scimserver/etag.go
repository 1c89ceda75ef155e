package scimserver

import (
	"fmt"
	"net/http"
	"strings"

	"airmock/internal/scim"
	"airmock/store"
)

// precondition is what a request wants of the version that it acts on (RFC
// 9110 section 13.1, RFC 7644 section 3.14). The zero value wants nothing.
//
// There is none for times: no answer has a Last-Modified, and If-Modified-Since
// and If-Unmodified-Since are to be ignored then (RFC 9110 section 13.1.3).
type precondition struct {
	match entityTags // If-Match: one of them is the current version
	none  entityTags // If-None-Match: none of them is
}

// precondition reads the headers. Whoever has a version without HTTP, as an
// operation of a bulk request has, puts it into If-Match.
func (q *request) precondition() precondition {
	p := precondition{
		match: readTags(q.http.Header["If-Match"]),
		none:  readTags(q.http.Header["If-None-Match"]),
	}
	if p.match.bare || p.none.bare {
		q.reading.Note(scim.QuirkBareETag)
	}
	return p
}

// check refuses a write on a version that the client does not want to change.
// It runs in the store's writer, where nothing comes between it and the write.
func (p precondition) check(cur *store.Resource) error {
	if err := p.checkMatch(cur); err != nil {
		return err
	}
	if p.isKnown(cur) {
		return failed(cur, "If-None-Match excludes", p.none)
	}
	return nil
}

// checkMatch refuses a version that If-Match does not name.
func (p precondition) checkMatch(cur *store.Resource) error {
	if p.match.given() && !p.match.include(cur) {
		return failed(cur, "If-Match wants", p.match)
	}
	return nil
}

// isKnown reports whether If-None-Match names the version, which makes a read
// 304 and is a refusal to every other method (RFC 9110 section 13.1.2).
func (p precondition) isKnown(cur *store.Resource) bool { return p.none.include(cur) }

func failed(cur *store.Resource, header string, tags entityTags) error {
	return &refusal{
		status: http.StatusPreconditionFailed,
		detail: fmt.Sprintf("the current version of the %s %q is %s, and %s %s; read it again, and send what is right for that version",
			cur.Type.Name, cur.ID, etagOf(cur), header, tags),
		header: fields{{"Etag", etagOf(cur)}},
	}
}

// etagOf returns the entity tag of a version, as meta.version has it.
func etagOf(res *store.Resource) string { return scim.Meta{Version: res.Version}.ETag() }

// entityTags are those of a header.
type entityTags struct {
	any  bool // "*"
	bare bool // one has no quotes
	list []string
}

// given reports whether the header is there.
func (t entityTags) given() bool { return len(t.list) > 0 }

// include reports whether one of the tags is that of res. Both headers compare
// weakly: RFC 9110 section 13.1.1 wants If-Match to compare strongly, but all
// tags of SCIM may be weak, and RFC 7644 section 3.14 sends them in If-Match.
func (t entityTags) include(res *store.Resource) bool {
	if t.any {
		return true
	}
	current := opaque(etagOf(res))
	for _, tag := range t.list {
		if opaque(tag) == current {
			return true
		}
	}
	return false
}

// String is for people, and bounded.
func (t entityTags) String() string {
	if t.any {
		return "*"
	}
	return clip(strings.Join(t.list, ", "), 256)
}

// readTags reads the values of a header. Many clients take the quotes off on
// the way, so that what stands between two commas is a tag in any case; one
// that is malformed otherwise is no version's, and fails an If-Match.
func readTags(values []string) entityTags {
	var t entityTags
	for _, item := range listItems(values) {
		t.any = t.any || item == "*"
		t.bare = t.bare || item != "*" && !strings.Contains(item, `"`)
		t.list = append(t.list, item)
	}
	return t
}

// opaque returns what of a tag counts in a weak comparison (RFC 9110 section
// 8.8.3.2), with or without quotes.
func opaque(tag string) string {
	if strings.HasPrefix(tag, "W/") || strings.HasPrefix(tag, "w/") {
		tag = tag[2:]
	}
	if len(tag) >= 2 && tag[0] == '"' && tag[len(tag)-1] == '"' {
		return tag[1 : len(tag)-1]
	}
	return tag
}
