package session

import (
	"net/http"
	"net/netip"
	"net/url"
	"slices"
	"strings"

	"airmock/internal/journal"
	"airmock/internal/scim"
)

// stranger makes strangers of the people in a session.
//
// What an attribute says is taken for somebody's, unless it is known to say
// nothing of anybody: the way round that forgets nobody. Ids stay, where they are
// UUIDs, and so do booleans, small numbers, URNs, canonical values and what the
// protocol itself says.
type stranger struct {
	standIns *standIns
	catalog  *scim.Catalog
	types    map[string]*scim.Attribute // by name in lower case, of any schema
}

// redactPeople returns calls in which everybody is a stranger, and what becomes of
// the address under which they were made.
func redactPeople(calls []*journal.Call, catalog *scim.Catalog, tenantURL string) ([]*journal.Call, string) {
	if catalog == nil {
		catalog = scim.StandardCatalog()
	}
	s := &stranger{standIns: newStandIns(catalog), catalog: catalog, types: map[string]*scim.Attribute{}}
	for _, rt := range catalog.ResourceTypes {
		s.learn(rt.Schema.Attributes)
		for _, e := range rt.Extensions {
			s.learn(e.Schema.Attributes)
		}
	}
	for _, c := range calls {
		s.call(c)
	}
	s.reference(tenantURL)
	s.standIns.assign()
	out := make([]*journal.Call, len(calls))
	for i, c := range calls {
		out[i] = s.call(c)
	}
	return out, s.reference(tenantURL)
}

func (s *stranger) learn(attributes []*scim.Attribute) {
	for _, a := range attributes {
		s.types[strings.ToLower(a.Name)] = a
		s.learn(a.SubAttributes)
	}
}

// call returns c with strangers.
func (s *stranger) call(c *journal.Call) *journal.Call {
	out := *c
	out.Client = s.client(c.Client)
	out.Path, out.Query = s.path(c.Path), s.query(c.Query)
	if c.Target.Endpoint != scim.EndpointSearch {
		out.Target.ID = s.id(c.Target.ID)
	}
	out.Filter = s.filter(c.Filter)
	out.Token = s.standIns.scrub(c.Token)
	out.Error = s.prose(c.Error)
	out.Effect = s.effect(c.Effect)
	if c.Fault != nil {
		f := *c.Fault
		f.Text, f.Detail = s.prose(f.Text), s.prose(f.Detail)
		out.Fault = &f
	}
	out.Request, out.Response = s.message(c.Request, true), s.message(c.Response, !strings.HasPrefix(string(c.Operation), "discovery."))
	out.Parts = nil
	for _, p := range c.Parts {
		out.Parts = append(out.Parts, s.call(p))
	}
	return &out
}

// client is an address on the network; one of this machine is nobody's.
func (s *stranger) client(text string) string {
	if addr, err := netip.ParseAddr(text); err == nil && addr.IsLoopback() {
		return text
	}
	return s.standIns.of(labelIP, text)
}

func (s *stranger) id(id string) string {
	if s.standIns.known[strings.ToLower(id)] {
		return id
	}
	return s.standIns.of("id", id)
}

// path replaces ids that are none of ours: what is behind an endpoint.
func (s *stranger) path(path string) string {
	segments := strings.Split(path, "/")
	base, isSCIM := baseOf(path, s.catalog)
	below := false
	for i, segment := range segments {
		switch {
		case below && segment != "":
			segments[i] = s.id(segment)
		case isSCIM && len(strings.Join(segments[:i], "/")) >= len(base) && s.standIns.known[strings.ToLower(segment)]:
			below = segment != ""
		case !isSCIM:
			segments[i] = s.standIns.scrub(segment)
		}
	}
	return strings.Join(segments, "/")
}

// query replaces the values of parameters, but for those of the protocol that
// hold no values themselves. What needs no replacement stays as it was sent.
func (s *stranger) query(query string) string {
	if query == "" {
		return ""
	}
	parts := strings.Split(query, "&")
	for i, part := range parts {
		rawName, rawValue, _ := strings.Cut(part, "=")
		name, value := unescape(rawName), unescape(rawValue)
		clean := value
		switch strings.ToLower(name) {
		case "filter":
			clean = s.filter(value)
		case "attributes", "excludedattributes", "sortby", "sortorder", "cursor":
			clean = s.filter(value)
		default:
			clean = s.word(value)
		}
		if scrubbed := s.standIns.scrub(name); scrubbed != name {
			rawName = url.QueryEscape(scrubbed)
			parts[i] = rawName + strings.TrimPrefix(part, part[:min(len(part), strings.IndexByte(part+"=", '='))])
		}
		if clean != value {
			parts[i] = rawName + "=" + url.QueryEscape(clean)
		}
	}
	return strings.Join(parts, "&")
}

// message replaces in a body, if it is not of the service itself, and in the
// fields of a header. A body that cannot be read is left out.
func (s *stranger) message(m journal.Message, ofPeople bool) journal.Message {
	if m.Header != nil {
		h := make(http.Header, len(m.Header))
		for name, values := range m.Header {
			for _, value := range values {
				h[name] = append(h[name], s.headerField(name, value))
			}
		}
		m.Header = h
	}
	if ofPeople && len(m.Body) > 0 {
		m.Body = s.body(m.Body)
		if !m.Truncated {
			m.Size = len(m.Body)
		}
	}
	return m
}

func (s *stranger) headerField(name, value string) string {
	lower := strings.ToLower(name)
	switch {
	case lower == "location" || lower == "content-location" || lower == "referer" || lower == "origin":
		return s.reference(value)
	case strings.Contains(lower, "forwarded") || strings.Contains(lower, "-ip") || lower == "from" || lower == "via":
		return s.standIns.of(labelIP, value)
	}
	return s.standIns.scrub(value)
}

// leftOut stands where a body was that cannot be read, so that nobody can tell
// who is in it.
const leftOut = "[left out: not JSON, or cut off, and people may be named in it]"

func (s *stranger) body(body []byte) []byte {
	if len(body) == 0 {
		return body
	}
	doc, err := scim.Parse(body)
	if err != nil {
		return []byte(leftOut)
	}
	return s.value(doc, "", "").AppendJSON(nil)
}

func (s *stranger) effect(e *journal.Effect) *journal.Effect {
	if e == nil {
		return nil
	}
	out := *e
	out.ID, out.Plan = s.id(e.ID), s.filter(e.Plan)
	out.Name = s.standIns.of("displayName", e.Name)
	out.Fields = slices.Clone(e.Fields)
	for i, f := range e.Fields {
		name := lastName(f.Name)
		out.Fields[i] = journal.Field{Name: s.filter(f.Name), From: s.jsonText(f.From, name), To: s.jsonText(f.To, name)}
	}
	for _, list := range []*[]string{&out.Added, &out.Removed, &out.Left, &out.Unlinked} {
		names := slices.Clone(*list)
		for i, name := range names {
			names[i] = s.standIns.of("displayName", name)
		}
		*list = names
	}
	out.Before, out.After = s.body(e.Before), s.body(e.After)
	return &out
}

// jsonText replaces in the JSON text of an attribute's value.
func (s *stranger) jsonText(text, name string) string {
	if text == "" {
		return ""
	}
	doc, err := scim.Parse([]byte(text))
	if err != nil {
		return `"[left out]"`
	}
	return s.value(doc, name, name).String()
}
