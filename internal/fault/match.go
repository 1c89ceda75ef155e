package fault

import (
	"net/http"
	"path"
	"slices"
	"strings"

	"airmock/internal/journal"
	"airmock/internal/scim"
)

// MatchParams describe the keys that say which calls a rule matches. All that
// are given must hold.
func MatchParams() []Param {
	return []Param{
		{Name: "op", Summary: "the operation, such as user.create; user.patch takes user.disable too, * takes any text, | means or, a leading ! means not; a bulk request is one call, bulk, whatever is in it", Example: "user.create", Default: "every call; for lost_response every write"},
		{Name: "id", Summary: "the id in the path", Example: "9f2c*"},
		{Name: "user", Summary: "the userName that the call is about: in its body or its filter, or behind its id", Example: "*@contoso.com"},
		{Name: "display", Summary: "the displayName that the call is about, of a user or a group", Example: "Engineering"},
		{Name: "external_id", Summary: "the externalId in the body or the filter", Example: "a.kim"},
		{Name: "method", Summary: "the HTTP method", Example: "PATCH|PUT"},
		{Name: "path", Summary: "the path, whole or from the endpoint on", Example: "/Users/*"},
	}
}

// matchKeys are the keys whose patterns are globs, in the order of a rule's
// text.
var matchKeys = []string{"id", "user", "display", "external_id", "method", "path"}

// matcher says which calls a rule takes.
type matcher struct {
	ops      pattern
	patterns []keyPattern
}

type keyPattern struct {
	key string
	pattern
}

func readMatcher(f *fields, op string, ops operations) matcher {
	var m matcher
	if !f.has("op") {
		m.ops = readPattern(op)
	} else {
		m.ops = f.pattern("op")
		for _, option := range m.ops.options {
			if !ops.known(option) {
				f.wrong("op", "there is no operation %q%s", option, ops.hint(option))
			}
		}
	}
	for _, key := range matchKeys {
		if f.has(key) {
			m.patterns = append(m.patterns, keyPattern{key, f.pattern(key)})
		}
	}
	checkMethods(f)
	return m
}

// checkMethods refuses a method that no client sends, with which a rule would
// never fire.
func checkMethods(f *fields) {
	if !f.has("method") {
		return
	}
	for _, option := range f.pattern("method").options {
		known := slices.ContainsFunc(methods, func(m string) bool { return glob(option, strings.ToLower(m)) })
		if !known {
			f.wrong("method", "there is no method %q%s", strings.ToUpper(option), hint(option, methods))
		}
	}
}

var methods = []string{
	http.MethodGet, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete,
	http.MethodHead, http.MethodOptions,
}

// takes reports whether a call matches.
func (m *matcher) takes(s *subject) bool {
	named := slices.ContainsFunc(m.ops.options, s.call.Operation.Matches)
	if named == m.ops.not {
		return false
	}
	for i := range m.patterns {
		p := &m.patterns[i]
		if !p.takes(s.values(p.key)) {
			return false
		}
	}
	return true
}

// text says in words which calls match.
func (m *matcher) text(k *kind) string {
	on := m.ops.text
	switch on {
	case "*":
		on = "every call"
	case k.op: // the default of a kind, in its own words
		on = k.opText
	}
	text := " on " + on
	for _, p := range m.patterns {
		text += " with " + p.key + " " + p.text
	}
	return text
}

// pattern is a list of globs, one of which must hold, or none.
type pattern struct {
	text    string
	not     bool
	options []string // lower case
}

func readPattern(text string) pattern {
	options, not := strings.CutPrefix(text, "!")
	return pattern{text: text, not: not, options: strings.Split(strings.ToLower(options), "|")}
}

// takes reports whether a value matches. A negated pattern takes a call
// without any value.
func (p *pattern) takes(values []string) bool {
	for _, value := range values {
		for _, option := range p.options {
			if glob(option, strings.ToLower(value)) {
				return !p.not
			}
		}
	}
	return p.not
}

// glob reports whether text matches pattern, in which * stands for any text.
func glob(pattern, text string) bool {
	head, rest, star := strings.Cut(pattern, "*")
	if !star {
		return pattern == text
	}
	if !strings.HasPrefix(text, head) {
		return false
	}
	text = text[len(head):]
	for {
		part, next, more := strings.Cut(rest, "*")
		if !more {
			return strings.HasSuffix(text, part)
		}
		at := strings.Index(text, part)
		if at < 0 {
			return false
		}
		text, rest = text[at+len(part):], next
	}
}

// subject is a call that is being matched.
type subject struct {
	call   *journal.Call
	nameOf func(id string) string

	filter     scim.Expr // the parsed filter, once readFilter
	readFilter bool
}

// values returns what the call has under a key of a matcher.
func (s *subject) values(key string) []string {
	c := s.call
	switch key {
	case "id":
		return known(c.Target.ResourceID())
	case "method":
		return known(c.Method)
	case "path":
		return known(c.Path, path.Clean("/"+strings.TrimPrefix(c.Path, c.Target.Base)))
	case "external_id":
		return s.attribute("externalId")
	case "user":
		return s.names("userName")
	}
	return s.names("displayName")
}

// names returns the names of the resource that the call is about, as far as
// they are of that attribute. NameOf gives the userName of a user, and the
// displayName of anything else.
func (s *subject) names(attribute string) []string {
	names := s.attribute(attribute)
	isUser := s.call.Target.Endpoint == scim.EndpointUsers
	if isUser == (attribute == "userName") && s.call.Target.ID != "" {
		names = append(names, known(s.nameOf(s.call.Target.ID))...)
	}
	return names
}

// attribute returns what the request itself says of an attribute: in its body,
// and in its filter.
func (s *subject) attribute(name string) []string {
	values := known(s.call.Doc.Get(name).Text())
	if s.call.Filter == "" {
		return values
	}
	if !s.readFilter {
		s.readFilter = true
		var anyType *scim.ResourceType // names are taken as they are
		// What cannot be read matches nothing; the server says why.
		s.filter, _ = anyType.ParseFilter(s.call.Filter, &scim.Reading{})
	}
	if text, ok := scim.EqualityOn(s.filter, name); ok {
		values = append(values, text)
	}
	return values
}

// known returns the texts that are not empty.
func known(texts ...string) []string {
	return slices.DeleteFunc(texts, func(text string) bool { return text == "" })
}
