package journal

import (
	"bytes"
	"net/http"
	"net/url"
	"slices"
	"strings"
)

// redacted stands where a secret was.
const redacted = "[redacted]"

// namedToken begins what stands for an Authorization whose token has a name.
const namedToken = "Bearer [token "

// secretWords are what the names of secrets end in, in lower case: password,
// newPassword, client_secret, access_token, …
var secretWords = [...]string{"password", "secret", "token"}

// secrets knows the names of secrets: those that everybody uses, and those of a
// tenant's own attributes that are never shown.
type secrets struct {
	names []string // in lower case
	words wordScan // secretWords and names
}

// newSecrets returns what knows the names beside secretWords.
func newSecrets(names []string) *secrets {
	s := &secrets{}
	for _, name := range names {
		s.names = append(s.names, strings.ToLower(name))
	}
	s.words = newWordScan(append(secretWords[:], s.names...))
	return s
}

// named reports whether name, in any case, is that of a secret. In a path or a
// filter, the name of any attribute counts.
func (s *secrets) named(name string) bool {
	if !s.words.in([]byte(name)) {
		return false
	}
	for part := range strings.FieldsFuncSeq(name, endsName) {
		for _, word := range secretWords {
			if n := len(part) - len(word); n >= 0 && strings.EqualFold(part[n:], word) {
				return true
			}
		}
		for _, own := range s.names {
			if strings.EqualFold(part, own) {
				return true
			}
		}
	}
	return false
}

// commonSecrets knows secretWords alone. It is never changed.
var commonSecrets = newSecrets(nil)

// endsName reports whether c separates names in a path or a filter.
func endsName(c rune) bool { return strings.ContainsRune(".:[]() \t\r\n+", c) }

// mention reports whether the name of a secret may be in text: as it is, or
// spelled with escapes, as in "pass\u0077ord". It is what every body pays; a
// false alarm costs only the closer look.
func (s *secrets) mention(text []byte) bool {
	return s.words.in(text) || bytes.Contains(text, []byte(`\u`))
}

func (s *secrets) mentionText(text string) bool { return s.mention([]byte(text)) }

// keepBody returns what is recorded of a body of size bytes, of which body is
// the beginning and is not changed any more: without secrets, at most MaxBody
// bytes, and in memory that holds little else. It redacts before it cuts, since
// the path that makes a PATCH value a secret may stand behind the value.
func (s *secrets) keepBody(body []byte, size int) (kept []byte, truncated bool) {
	if len(body) == 0 {
		return nil, size > 0
	}
	kept = s.redactBody(body)
	truncated = size > len(body) || len(kept) > MaxBody
	kept = kept[:min(len(kept), MaxBody)]
	if cap(kept) > len(kept)+len(kept)/4+64 {
		kept = bytes.Clone(kept)
	}
	return kept, truncated
}

// redactQuery returns a raw query without secrets: the values of secret
// parameters, and in a filter that compares a password what it compares with.
func (s *secrets) redactQuery(query string) string {
	if !s.mentionText(query) && strings.IndexByte(query, '%') < 0 {
		return query
	}
	parts := strings.Split(query, "&")
	for i, part := range parts {
		rawName, rawValue, _ := strings.Cut(part, "=")
		name, value := unescape(rawName), unescape(rawValue)
		if s.named(name) {
			parts[i] = rawName + "=" + redacted
		} else if clean := s.redactFilter(value); strings.EqualFold(name, "filter") && clean != value {
			parts[i] = rawName + "=" + url.QueryEscape(clean)
		}
	}
	return strings.Join(parts, "&")
}

func unescape(s string) string {
	if plain, err := url.QueryUnescape(s); err == nil {
		return plain
	}
	return s
}

// redactFilter replaces what is quoted in a filter on a password.
func (s *secrets) redactFilter(filter string) string {
	if !s.named(filter) {
		return filter
	}
	before, _, quoted := strings.Cut(filter, `"`)
	if !quoted {
		return redacted
	}
	return before + `"` + redacted + `"`
}

// maxHeader bounds the names and values of a recorded header, in bytes.
const maxHeader = 32 << 10

// keepHeader returns what is recorded of a header, which is not changed any
// more: without secrets, and without the fields that are over maxHeader. token is
// the name of the token that Authorization carries, where it is known.
func keepHeader(h http.Header, token string) http.Header {
	if isHarmless(h) {
		return h
	}
	kept := make(http.Header, len(h))
	left := maxHeader
	for name, values := range h {
		for _, value := range values {
			left -= len(name) + len(value)
		}
		if left < 0 {
			break
		}
		if secretField(name, values) {
			values = []string{redacted}
			if token != "" && name == "Authorization" {
				values[0] = namedToken + token + "]"
			}
		}
		kept[name] = values
	}
	return kept
}

// isHarmless reports whether a header can be kept as it is.
func isHarmless(h http.Header) bool {
	left := maxHeader
	for name, values := range h {
		for _, value := range values {
			left -= len(name) + len(value)
		}
		if left < 0 || secretField(name, values) {
			return false
		}
	}
	return true
}

// secretField reports whether a header field carries a secret: by its name, or
// because a value is made like that of Authorization (RFC 9110 section 11.4). A
// challenge, which begins like it, goes the other way and holds none.
func secretField(name string, values []string) bool {
	return secretHeader(name) || name != "Www-Authenticate" && slices.ContainsFunc(values, isCredentials)
}

func isCredentials(value string) bool {
	scheme, rest, two := strings.Cut(value, " ")
	return two && rest != "" && (strings.EqualFold(scheme, "Bearer") || strings.EqualFold(scheme, "Basic"))
}

// secretHeader reports whether a header field by that name carries a secret:
// Authorization, Cookie, Set-Cookie, X-Api-Key, Cf-Access-Client-Secret, …
func secretHeader(name string) bool {
	switch name { // those of nearly every call, for speed
	case "Accept", "Accept-Encoding", "Connection", "Content-Length", "Content-Type", "Etag", "If-Match", "Location", "User-Agent", "Vary":
		return false
	case "Authorization":
		return true
	}
	if commonSecrets.named(name) {
		return true
	}
	name = strings.ToLower(name)
	for _, part := range [...]string{"authorization", "cookie", "api-key", "apikey", "assertion"} {
		if strings.Contains(name, part) {
			return true
		}
	}
	return false
}
