package replay

import (
	"bytes"
	"fmt"
	"mime"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"airmock/internal/journal"
	"airmock/internal/scim"
)

// Difference is one thing that is not as it was. Values are texts, those of
// attributes JSON; "" is absent.
type Difference struct {
	What string `json:"what"` // "status", "story", "header Location", or an attribute: "name.familyName"
	Then string `json:"then"`
	Now  string `json:"now"`
}

const (
	maxDifferences = 50
	maxShown       = 400 // of a value, in bytes
)

// comparison gathers differences.
type comparison struct {
	known *renamed
	found []Difference
}

func (c *comparison) text(what, then, now string) {
	if then != now && len(c.found) < maxDifferences {
		c.found = append(c.found, Difference{what, clip(then), clip(now)})
	}
}

func clip(s string) string {
	if len(s) > maxShown {
		return strings.ToValidUTF8(s[:maxShown], "") + "…"
	}
	return s
}

func (c *comparison) status(then, now *journal.Call) {
	c.text("status", statusText(then.Status), statusText(now.Status))
}

func statusText(status int) string {
	if status == 0 {
		return "no answer"
	}
	return strconv.Itoa(status)
}

// headers compares the header fields that tell a client what to do. An entity
// tag is made up each time, so that only whether there is one matters.
func (c *comparison) headers(then, now http.Header) {
	for _, name := range []string{"Content-Type", "Location", "Etag", "Retry-After"} {
		before, after := then.Get(name), now.Get(name)
		switch {
		case name == "Content-Type":
			before, after = mediaType(before), mediaType(after)
		case name == "Location" && place(c.known.segments(before)) == place(after),
			name == "Etag" && before != "" && after != "":
			continue
		}
		c.text("header "+name, before, after)
	}
}

func mediaType(s string) string {
	if media, _, err := mime.ParseMediaType(s); err == nil {
		return media
	}
	return s
}

// place is what a location says beside where the service is: endpoint and id.
func place(location string) string {
	parts := strings.Split(location, "/")
	return strings.Join(parts[max(0, len(parts)-2):], "/")
}

// bodies compares two bodies attribute by attribute, or as text where one is not
// JSON.
func (c *comparison) bodies(then, now []byte) {
	before, err := parsed(then)
	after, err2 := parsed(now)
	if err != nil || err2 != nil {
		if !bytes.Equal(then, now) {
			c.text("body", string(then), string(now))
		}
		return
	}
	if isError(before) != isError(after) {
		c.text("body", answerText(before), answerText(after)) // attribute by attribute this would say nothing
		return
	}
	c.values("", c.known.value(before), after)
}

func isError(v *scim.Value) bool {
	for urn := range v.Get("schemas").Texts() {
		if urn == scim.URNError {
			return true
		}
	}
	return false
}

// answerText is an answer in brief.
func answerText(v *scim.Value) string {
	if isError(v) {
		return "an error: " + v.Get("detail").Text()
	}
	return jsonText(v)
}

func parsed(body []byte) (*scim.Value, error) {
	if len(bytes.TrimSpace(body)) == 0 {
		return nil, nil
	}
	return scim.Parse(body)
}

// setAside are the attributes that differ each time; see also below meta.
var setAside = []string{"id", "$ref", "location", "nextCursor", "previousCursor"}

func (c *comparison) values(path string, then, now *scim.Value) {
	switch {
	case scim.Equal(then, now):
	case isObject(then) && isObject(now):
		c.objects(path, then, now)
	case then.Kind() == scim.Array && now.Kind() == scim.Array:
		c.arrays(path, then, now)
	default:
		what := path
		if what == "" {
			what = "body"
		}
		c.text(what, jsonText(then), jsonText(now))
	}
}

func isObject(v *scim.Value) bool { return v.Kind() == scim.Object }

func jsonText(v *scim.Value) string {
	if v == nil {
		return ""
	}
	return v.String()
}

func (c *comparison) objects(path string, then, now *scim.Value) {
	compare := func(name string, a, b *scim.Value) {
		inMeta := path == "meta" || strings.HasSuffix(path, ".meta")
		inBulk := strings.HasPrefix(path, "Operations[") && !strings.Contains(path, "].")
		switch {
		case inMeta && name != "resourceType", inBulk && name == "version":
		case slices.Contains(setAside, name) && a != nil && b != nil:
		default:
			c.values(join(path, name), a, b)
		}
	}
	for name, child := range then.Members() {
		compare(name, child, now.Get(name))
	}
	for name, child := range now.Members() {
		if then.Get(name) == nil {
			compare(name, nil, child)
		}
	}
}

// join returns the path of an attribute; those of an extension follow its URN
// behind a colon (RFC 7644 section 3.10).
func join(path, name string) string {
	switch {
	case path == "":
		return name
	case strings.Contains(path, ":") && !strings.Contains(path, "["):
		return path + ":" + name
	}
	return path + "." + name
}

func (c *comparison) arrays(path string, then, now *scim.Value) {
	pairs := paired(then, now)
	if pairs == nil {
		a, b := slices.Collect(then.Elements()), slices.Collect(now.Elements())
		for i := range max(len(a), len(b)) {
			p := pair{label: fmt.Sprintf("[%d]", i)}
			if i < len(a) {
				p.then = a[i]
			}
			if i < len(b) {
				p.now = b[i]
			}
			pairs = append(pairs, p)
		}
	}
	for _, p := range pairs {
		c.values(path+p.label, p.then, p.now)
	}
}

// pair is two elements that are the same one then and now; nil where it is not
// there.
type pair struct {
	label     string
	then, now *scim.Value
}

// naming are the attributes by which people tell the elements of a list apart.
var naming = []string{"userName", "displayName", "bulkId", "type", "value", "id", "name"}

// paired finds the elements of two lists that belong together, by the first of
// naming that tells all of them apart. It is nil where none does.
func paired(then, now *scim.Value) []pair {
	for _, by := range naming {
		before, ok := keyed(then, by)
		after, ok2 := keyed(now, by)
		if !ok || !ok2 {
			continue
		}
		var list []pair
		for e := range then.Elements() {
			key := e.Get(by).Text()
			list = append(list, pair{label(by, key), before[key], after[key]})
		}
		for e := range now.Elements() {
			if key := e.Get(by).Text(); before[key] == nil {
				list = append(list, pair{label(by, key), nil, e})
			}
		}
		return list
	}
	return nil
}

func label(by, key string) string { return fmt.Sprintf("[%s eq %q]", by, key) }

// keyed returns the elements of a list by an attribute, where that tells them
// apart.
func keyed(list *scim.Value, by string) (map[string]*scim.Value, bool) {
	found := make(map[string]*scim.Value)
	for e := range list.Elements() {
		key := e.Get(by).Text()
		if key == "" || found[key] != nil {
			return nil, false
		}
		found[key] = e
	}
	return found, true
}
