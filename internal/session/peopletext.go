package session

import (
	"net"
	"net/url"
	"strings"
	"time"

	"airmock/internal/scim"
)

// value replaces in the value of the attribute with that name. label is the
// attribute that a sub-attribute belongs to, and names what it is.
func (s *stranger) value(v *scim.Value, name, label string) *scim.Value {
	switch v.Kind() {
	case scim.Object:
		return s.object(v, name)
	case scim.Array:
		list := scim.NewArray()
		for e := range v.Elements() {
			list.Append(s.value(e, name, label))
		}
		return list
	case scim.String:
		return scim.NewString(s.text(v.Text(), name, label))
	case scim.Number:
		if !isSmall(v.Text()) || s.holdsText(name) {
			return scim.NewString(s.standIns.of(label, v.Text()))
		}
	}
	return v.Clone()
}

// object replaces in the members of an object. The value of an operation of a
// PATCH is of the attribute that its path names.
func (s *stranger) object(v *scim.Value, name string) *scim.Value {
	out := scim.NewObject()
	target := lastName(v.Get("path").Text())
	for member, value := range v.Members() {
		sub := lastName(member)
		label := sub
		switch strings.ToLower(sub) {
		case "value":
			label = name
			if target != "" {
				sub, label = target, target
			}
		case "display", "formatted", "$ref":
			label = name
		}
		if label == "" {
			label = "text"
		}
		out.Set(s.filter(member), s.value(value, sub, label))
	}
	return out
}

// holdsText reports whether the attribute with that name is known, and holds
// texts.
func (s *stranger) holdsText(name string) bool {
	a := s.types[strings.ToLower(name)]
	return a != nil && a.Type == "string"
}

// public are attributes that say nothing of a person where their values look
// like what they should be.
var public = map[string]bool{
	"schemas": true, "active": true, "primary": true, "type": true, "usertype": true,
	"resourcetype": true, "created": true, "lastmodified": true, "version": true,
	"preferredlanguage": true, "locale": true, "timezone": true,
	"op": true, "method": true, "status": true, "scimtype": true,
	"sortby": true, "sortorder": true, "attributes": true, "excludedattributes": true, "cursor": true,
	"nextcursor": true, "previouscursor": true,
}

func (s *stranger) text(text, name, label string) string {
	lower := strings.ToLower(name)
	a := s.types[lower]
	switch {
	case keeps(text):
		return text
	case lower == "path" && !strings.HasPrefix(text, "/"), lower == "filter":
		return s.filter(text)
	case lower == "path":
		return s.path(text)
	case lower == "detail":
		return s.prose(text)
	case lower == "location", lower == "$ref":
		return s.reference(text)
	case public[lower] && isToken(text):
		return text
	case a != nil && a.Type == "boolean" && s.standIns.known[strings.ToLower(text)]:
		return text
	case strings.HasPrefix(text, "bulkId:"):
		return "bulkId:" + s.standIns.of("bulkId", strings.TrimPrefix(text, "bulkId:"))
	case strings.HasPrefix(text, "{"):
		return s.inner(text, name, label)
	case a == nil && s.standIns.isWord(text):
		return text
	}
	return s.standIns.of(labelOf(label, text), text)
}

// inner replaces in JSON that is a text, as that of roles is.
func (s *stranger) inner(text, name, label string) string {
	doc, err := scim.Parse([]byte(text))
	if err != nil {
		return s.standIns.of(label, text)
	}
	return s.value(doc, name, label).String()
}

// labelOf is what a value is labelled with: the attribute, as it is spelled.
func labelOf(label, text string) string {
	switch {
	case strings.HasPrefix(strings.ToLower(label), "phone") || strings.HasPrefix(text, "tel:"):
		return labelPhone
	case strings.HasPrefix(text, "https://"), strings.HasPrefix(text, "http://"):
		return labelURL
	}
	return nameOnly(label)
}

// nameOnly is a label without what no attribute's name has.
func nameOnly(label string) string {
	clean := strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' {
			return r
		}
		return -1
	}, label)
	if clean == "" || len(clean) > 40 {
		return "text"
	}
	return clean
}

// isToken reports whether text looks like a word of a list, a time or a version
// rather than like what somebody is called.
func isToken(text string) bool {
	if _, err := time.Parse(time.RFC3339Nano, text); err == nil {
		return true
	}
	return len(text) <= 200 && !strings.ContainsAny(text, " @'\t\n\r")
}

// lastName is the name of the attribute that a path leads to, below its URN and
// without its filter: emails for emails[type eq "work"].value.
func lastName(path string) string {
	head, rest, filtered := strings.Cut(path, "[")
	head = head[strings.LastIndexByte(head, ':')+1:]
	if filtered {
		if _, sub, ok := strings.Cut(rest, "]."); ok && !strings.EqualFold(sub, "value") {
			return sub
		}
		return head
	}
	return head[strings.LastIndexByte(head, '.')+1:]
}

// filter replaces what a filter, or a path with one, compares with: what is
// quoted, and an unquoted word behind an operator.
func (s *stranger) filter(text string) string {
	return s.quoted(text, func(outside string) string {
		words := strings.Split(outside, " ")
		for i, word := range words {
			bare := strings.TrimRight(word, ")]")
			if i > 0 && comparisons[strings.ToLower(words[i-1])] {
				words[i] = s.word(bare) + word[len(bare):]
			} else {
				words[i] = s.standIns.scrub(word)
			}
		}
		return strings.Join(words, " ")
	})
}

var comparisons = map[string]bool{"eq": true, "ne": true, "co": true, "sw": true, "ew": true, "gt": true, "ge": true, "lt": true, "le": true}

// prose replaces what a sentence quotes or mentions, and the values of key=value.
func (s *stranger) prose(text string) string {
	return s.quoted(text, func(outside string) string {
		words := strings.Split(s.standIns.scrub(outside), " ")
		for i, word := range words {
			if key, value, ok := strings.Cut(word, "="); ok {
				bare := strings.TrimRight(value, ",")
				words[i] = key + "=" + s.word(bare) + value[len(bare):]
			}
		}
		return strings.Join(words, " ")
	})
}

// quoted replaces what of text is in double quotes, and has outside replace the
// rest.
func (s *stranger) quoted(text string, outside func(string) string) string {
	var b strings.Builder
	for {
		before, rest, ok := strings.Cut(text, `"`)
		b.WriteString(outside(before))
		if !ok {
			return b.String()
		}
		inside, after, closed := cutQuoted(rest)
		b.WriteString(`"` + escapeQuoted.Replace(s.word(inside)))
		if !closed {
			return b.String()
		}
		b.WriteByte('"')
		text = after
	}
}

var escapeQuoted = strings.NewReplacer(`\`, `\\`, `"`, `\"`)

// cutQuoted cuts text at the quote that has no backslash before it, and takes the
// escapes of what is before it away.
func cutQuoted(text string) (inside, after string, closed bool) {
	var b strings.Builder
	for i := 0; i < len(text); i++ {
		switch {
		case text[i] == '\\' && i+1 < len(text):
			i++
			b.WriteByte(text[i])
		case text[i] == '"':
			return b.String(), text[i+1:], true
		default:
			b.WriteByte(text[i])
		}
	}
	return b.String(), "", false
}

// word replaces a word of which nothing is known but that it is one.
func (s *stranger) word(text string) string {
	switch {
	case s.standIns.isWord(text), s.types[strings.ToLower(lastName(text))] != nil && !strings.ContainsAny(text, `"@ `):
		return text
	case strings.Contains(text, "[") && s.types[strings.ToLower(lastName(text))] != nil:
		return s.filter(text)
	}
	return s.standIns.of("text", text)
}

// reference replaces in a URL or a path of a resource the host and what is no
// UUID of the id; another URL altogether.
func (s *stranger) reference(text string) string {
	u, err := url.Parse(text)
	if err != nil {
		return s.standIns.of(labelURL, text)
	}
	_, isSCIM := baseOf(u.Path, s.catalog)
	if !isSCIM && u.Host == "" {
		return s.filter(text)
	}
	if host := u.Hostname(); host != "" && host != "localhost" && !isLoopback(host) {
		label := labelDomain
		if net.ParseIP(host) != nil {
			label = labelIP
		}
		u.Host = s.standIns.of(label, host)
		if port := u.Port(); port != "" {
			u.Host = net.JoinHostPort(u.Host, port)
		}
	}
	u.Path, u.RawPath, u.User, u.Fragment = s.path(u.Path), "", nil, ""
	u.RawQuery = s.query(u.RawQuery)
	return u.String()
}

func isLoopback(host string) bool {
	ip := net.ParseIP(host)
	return ip != nil && ip.IsLoopback()
}
