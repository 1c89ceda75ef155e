package replay

import (
	"net/http"
	"net/url"
	"strings"

	"airmock/internal/entra"
	"airmock/internal/journal"
	"airmock/internal/scim"
)

// renamed knows what the target calls what the recorded calls call otherwise:
// ids, entity tags and cursors.
type renamed struct {
	now map[string]string
}

func (k *renamed) add(then, now string) {
	if then == "" || now == "" || then == now {
		return
	}
	if k.now == nil {
		k.now = make(map[string]string)
	}
	k.now[then] = now
}

// givenOut are the attributes whose values a service provider makes up, and
// clients send back.
var givenOut = []string{"id", "version", "nextCursor", "previousCursor"}

// learn compares the answers to a call for what is called otherwise now.
func (k *renamed) learn(then, now *journal.Call) {
	k.effect(then, now)
	for i := range min(len(then.Parts), len(now.Parts)) {
		k.effect(then.Parts[i], now.Parts[i])
	}
	k.add(then.Response.Header.Get("Etag"), now.Response.Header.Get("Etag"))
	before, err := scim.Parse(then.Response.Body)
	if err != nil {
		return
	}
	if after, err := scim.Parse(now.Response.Body); err == nil {
		k.pair(before, after)
	}
}

// effect learns from what was created, also where the answer is too large to be
// recorded whole.
func (k *renamed) effect(then, now *journal.Call) {
	if a, b := then.Effect, now.Effect; a != nil && b != nil && a.Change == "created" && b.Change == "created" {
		k.add(a.ID, b.ID)
	}
}

func (k *renamed) pair(then, now *scim.Value) {
	switch {
	case then.Kind() == scim.Object && now.Kind() == scim.Object:
		for _, name := range givenOut {
			k.add(then.Get(name).Text(), now.Get(name).Text())
		}
		k.add(lastSegment(then.Get("location").Text()), lastSegment(now.Get("location").Text()))
		for name, child := range then.Members() {
			k.pair(child, now.Get(name))
		}
	case then.Kind() == scim.Array && now.Kind() == scim.Array:
		for _, p := range paired(then, now) {
			k.pair(p.then, p.now)
		}
	}
}

// request returns r with what the target calls otherwise. A body in which there
// is nothing of that stays as it is, byte by byte.
func (k *renamed) request(r Request) Request {
	if len(k.now) == 0 {
		return r
	}
	path, query, hasQuery := strings.Cut(r.Path, "?")
	if r.Path = k.segments(path); hasQuery {
		r.Path += "?" + k.query(query)
	}
	header := make(map[string]string, len(r.Header))
	for name, value := range r.Header {
		switch http.CanonicalHeaderKey(name) {
		case "If-Match", "If-None-Match":
			tags := strings.Split(value, ",")
			for i, tag := range tags {
				tags[i] = k.name(strings.TrimSpace(tag))
			}
			value = strings.Join(tags, ", ")
		}
		header[name] = value
	}
	r.Header = header
	if doc, err := scim.Parse([]byte(r.Body)); err == nil {
		if now := k.value(doc); !scim.Equal(doc, now) {
			r.Body = now.String()
		}
	}
	return r
}

// query renames in the values of a raw query.
func (k *renamed) query(query string) string {
	pairs := strings.Split(query, "&")
	for i, pair := range pairs {
		name, value, _ := strings.Cut(pair, "=")
		plain, err := url.QueryUnescape(value)
		if now := k.text(plain); err == nil && now != plain {
			pairs[i] = name + "=" + url.QueryEscape(now)
		}
	}
	return strings.Join(pairs, "&")
}

// value returns a copy of v in which the strings are renamed.
func (k *renamed) value(v *scim.Value) *scim.Value {
	switch v.Kind() {
	case scim.String:
		return scim.NewString(k.text(v.Text()))
	case scim.Array:
		list := scim.NewArray()
		for e := range v.Elements() {
			list.Append(k.value(e))
		}
		return list
	case scim.Object:
		object := scim.NewObject()
		for name, child := range v.Members() {
			object.Set(name, k.value(child))
		}
		return object
	}
	return v
}

func (k *renamed) name(s string) string {
	if now, ok := k.now[s]; ok {
		return now
	}
	return s
}

// text renames s as a whole, the segments of a path or an address, and what is
// quoted in a filter or in the path of a PATCH.
func (k *renamed) text(s string) string {
	if now, ok := k.now[s]; ok {
		return now
	}
	if strings.Contains(s, `"`) {
		parts := strings.Split(s, `"`)
		for i := 1; i < len(parts); i += 2 {
			parts[i] = k.name(parts[i])
		}
		return strings.Join(parts, `"`)
	}
	return k.segments(s)
}

func (k *renamed) segments(s string) string {
	if !strings.Contains(s, "/") {
		return s
	}
	parts := strings.Split(s, "/")
	for i, part := range parts {
		parts[i] = k.name(part)
	}
	return strings.Join(parts, "/")
}

// aWord is up to which length a name may be a word that means something else.
const aWord = 7

// words renames wherever a name stands in a sentence, also as stories shorten it.
func (k *renamed) words(s string) string {
	for then, now := range k.now {
		if len(then) <= aWord {
			continue
		}
		s = strings.ReplaceAll(s, then, now)
		if short := entra.ShortID(then); short != then && len(short) > aWord {
			s = strings.ReplaceAll(s, short, entra.ShortID(now))
		}
	}
	return s
}

func lastSegment(s string) string { return s[strings.LastIndexByte(s, '/')+1:] }
