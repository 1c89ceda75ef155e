package entra

import (
	"bytes"
	"iter"
	"net/url"
	"strings"
	"unicode/utf8"

	"github.com/google/uuid"

	"airmock/internal/journal"
	"airmock/internal/scim"
)

// Bounds of what a story quotes, in code points.
const (
	maxName   = 80 // a user's or group's name
	maxValue  = 40 // an attribute's value
	maxDetail = 120
)

// maxDoc is the largest request body that a story parses, in bytes: a story is
// made in a few microseconds, and each kilobyte takes as long. Larger ones are
// searched for the names that matter, see scanned.
const maxDoc = 1 << 10

// maxScan is how much of a body is searched, in bytes. As much is kept across a
// restart.
const maxScan = 16 << 10

// subject is a call with what a story asks of it. It is made for one story.
type subject struct {
	*journal.Call
	body     *scim.Value
	question question
	end      ending
	parsed   bool // body is what doc returns
	asked    bool // question is what ask returns
}

// doc returns the request body, or nil where it is no JSON, cut off, or large.
func (s *subject) doc() *scim.Value {
	if !s.parsed {
		s.parsed = true
		if body := s.Request.Body; len(body) > 0 && len(body) <= maxDoc && !s.Request.Truncated {
			s.body, _ = scim.Parse(body) // a story of a call that was refused for this needs no body
		}
	}
	return s.body
}

// kind is the word for what the call is about: "user", "group", the name of
// another type such as "Device", or "resource".
func (s *subject) kind() string {
	switch {
	case s.Target.Endpoint == scim.EndpointUsers, strings.HasPrefix(string(s.Operation), "user."):
		return "user"
	case s.Target.Endpoint == scim.EndpointGroups, strings.HasPrefix(string(s.Operation), "group."):
		return "group"
	case s.Operation.OtherType() == "":
		return "resource"
	case s.Effect != nil && s.Effect.Type != "":
		return shorten(s.Effect.Type, maxName)
	}
	return s.Operation.OtherType()
}

// name names the user or group that the call is about by the best that is
// known: its name, the name in the body, a short form of its id.
func (s *subject) name() string {
	if s.Effect != nil && s.Effect.Name != "" {
		return shorten(s.Effect.Name, maxName)
	}
	if name := s.nameSent(); name != "" {
		return shorten(name, maxName)
	}
	if s.Target.ID != "" {
		return s.kind() + " " + ShortID(s.Target.ID)
	}
	if s.doc() == nil { // whether it has a name, nobody can tell
		return "a " + s.kind()
	}
	return "a " + s.kind() + " without a name"
}

// nameSent is the name in the body, or "".
func (s *subject) nameSent() string {
	for _, attribute := range [...]string{"userName", "displayName"} {
		if s.doc() == nil {
			for name := range s.scanned(attribute) {
				return name
			}
			continue
		}
		if v := s.doc().Get(attribute); v.Kind() == scim.String && v.Text() != "" {
			return v.Text()
		}
	}
	return ""
}

// scanned iterates over the texts that stand behind a key anywhere in the body,
// without parsing it.
func (s *subject) scanned(key string) iter.Seq[string] {
	return func(yield func(string) bool) {
		quoted := []byte(`"` + key + `"`)
		for rest := s.Request.Body[:min(len(s.Request.Body), maxScan)]; ; {
			_, after, ok := bytes.Cut(rest, quoted)
			if !ok {
				return
			}
			rest = after
			text := bytes.TrimLeft(after, " \t\r\n:")
			if len(text) < 2 || text[0] != '"' {
				continue
			}
			if end := endOfText(text); end > 2 && !yield(scalar(string(text[:end]))) {
				return
			}
		}
	}
}

// endOfText is where a JSON string ends that text begins with, behind its quote; 0
// where it does not.
func endOfText(text []byte) int {
	for i := 1; i < len(text); i++ {
		switch text[i] {
		case '\\':
			i++
		case '"':
			return i + 1
		}
	}
	return 0
}

// titled is name behind the word for its kind, said once: "group Engineering",
// "group 9f2c…".
func (s *subject) titled() string {
	name, kind := s.name(), s.kind()
	if strings.HasPrefix(name, kind+" ") || name == "a "+kind || strings.HasPrefix(name, "a "+kind+" ") {
		return name
	}
	return kind + " " + name
}

// changed reports whether the call's effect is a change of the tenant.
func (s *subject) changed() bool {
	if s.Effect == nil {
		return false
	}
	switch s.Effect.Change {
	case "created", "updated", "deleted":
		return true
	}
	return false
}

// succeeded reports whether the answer was a good one.
func (s *subject) succeeded() bool { return s.Status >= 200 && s.Status < 300 }

// withoutMembers reports whether the call asks for groups less their members.
func (s *subject) withoutMembers() bool {
	for name := range strings.SplitSeq(s.parameter("excludedAttributes"), ",") {
		if strings.EqualFold(strings.TrimSpace(name), "members") {
			return true
		}
	}
	return false
}

// parameter returns a parameter of the query as the server reads it: the name
// without case, the value without blanks around it. A search has them in its
// body. What does not parse is good enough for a story as it is.
func (s *subject) parameter(name string) string {
	if s.Target.Endpoint == scim.EndpointSearch {
		return strings.TrimSpace(s.doc().Get(name).Text())
	}
	for pair := range strings.SplitSeq(s.Query, "&") {
		key, value, _ := strings.Cut(pair, "=")
		if !strings.EqualFold(key, name) {
			continue
		}
		if text, err := url.QueryUnescape(value); err == nil {
			value = text
		}
		return strings.TrimSpace(value)
	}
	return ""
}

// shorten cuts s to at most n code points.
func shorten(s string, n int) string {
	if len(s) <= n {
		return s
	}
	end := 0
	for range n {
		_, size := utf8.DecodeRuneInString(s[end:])
		end += size
		if end >= len(s) {
			return s
		}
	}
	return strings.TrimRight(s[:end], " ") + "…"
}

// ShortID is an id for people: enough of it to tell two apart. Of a UUID of version
// 7 that is its end, as it begins with a time, which it shares with those that were
// made soon after (RFC 9562 section 5.7). Others may end alike, as those of one machine.
func ShortID(id string) string {
	const n, whole = 8, 36
	if u, err := uuid.Parse(id); err == nil && u.Version() == 7 && len(id) == whole {
		return "…" + id[whole-n:]
	}
	return shorten(id, n)
}
