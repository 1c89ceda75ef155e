package scimserver

import (
	"net/http"
	"strings"
)

// first returns the first value of a header field, whose name is in canonical
// form, or "". Header.Get would bring the name into that form first.
func first(h http.Header, name string) string {
	if values := h[name]; len(values) > 0 {
		return values[0]
	}
	return ""
}

// listItems returns the items of a header that is a list (RFC 9110 section
// 5.6.1), which may be sent in several; without the empty ones.
func listItems(values []string) []string {
	if len(values) == 0 {
		return nil
	}
	return split(strings.Join(values, ","), ',')
}

// parameters splits an item into what stands before the first semicolon and the
// parameters behind it.
func parameters(item string) (head string, rest []string) {
	parts := split(item, ';')
	if len(parts) == 0 {
		return "", nil
	}
	return parts[0], parts[1:]
}

// pair splits name=value. The name compares without case and is returned in
// lower case; the value is returned without its quotes, which mean nothing.
func pair(s string) (name, value string) {
	name, value, _ = strings.Cut(s, "=")
	value = strings.TrimSpace(value)
	if n := len(value); n >= 2 && value[0] == '"' && value[n-1] == '"' {
		value = value[1 : n-1]
	}
	return strings.ToLower(strings.TrimSpace(name)), value
}

// split splits at a separator that is not between double quotes, takes the
// blanks off the parts, and leaves out the empty ones.
func split(s string, separator byte) []string {
	var parts []string
	add := func(part string) {
		if part = strings.TrimSpace(part); part != "" {
			parts = append(parts, part)
		}
	}
	from, quoted := 0, false
	for i := 0; i < len(s); i++ {
		switch {
		case s[i] == '"':
			quoted = !quoted
		case s[i] == '\\' && quoted:
			i++
		case s[i] == separator && !quoted:
			add(s[from:i])
			from = i + 1
		}
	}
	add(s[from:])
	return parts
}
