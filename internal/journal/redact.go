package journal

import (
	"bytes"
	"net/http"
	"net/url"
	"strings"
)

// redacted stands where a secret was.
const redacted = "[redacted]"

// secretWords are what the names of secrets end in, in lower case: password,
// newPassword, client_secret, access_token, …
var secretWords = [...]string{"password", "secret", "token"}

// secrets knows the names of secrets: those that everybody uses, and those of a
// tenant's own attributes that are never shown.
type secrets struct {
	names  []string  // in lower case
	begins [256]bool // the bytes with which a name may begin, in any case
}

// newSecrets returns what knows the names beside secretWords.
func newSecrets(names []string) *secrets {
	s := &secrets{}
	for _, name := range names {
		s.names = append(s.names, strings.ToLower(name))
	}
	for _, name := range append(secretWords[:], s.names...) {
		first := name[0]
		s.begins[first] = true
		if 'a' <= first && first <= 'z' {
			s.begins[first-'a'+'A'] = true
		}
	}
	return s
}

// named reports whether name, in any case, is that of a secret. In a path or a
// filter, the name of any attribute counts.
func (s *secrets) named(name string) bool {
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

// mentionsSecret reports whether the name of a secret may be in text. It is
// what every body pays, so it looks at each byte once; a false alarm costs only
// the closer look.
func mentionsSecret[T string | []byte](s *secrets, text T) bool {
	for i := 0; i < len(text); i++ {
		switch c := text[i]; {
		case s.begins[c]:
			for _, word := range secretWords {
				if hasPrefixFold(text[i:], word) {
					return true
				}
			}
			for _, own := range s.names {
				if hasPrefixFold(text[i:], own) {
					return true
				}
			}
		case c == '\\': // a name may be spelled with escapes: "pass\u0077ord"
			if i+1 < len(text) && text[i+1] == 'u' {
				return true
			}
		}
	}
	return false
}

// hasPrefixFold reports whether text begins with the ASCII word, in any case.
// Of what is no letter it takes some bytes for others, which is a false alarm
// at worst.
func hasPrefixFold[T string | []byte](text T, word string) bool {
	if len(text) < len(word) {
		return false
	}
	for i := range len(word) {
		if text[i]|0x20 != word[i]|0x20 {
			return false
		}
	}
	return true
}

// keepBody returns what is recorded of a body of size bytes, of which body is
// the beginning: without secrets, at most MaxBody bytes, and in memory of its
// own. It redacts before it cuts, since the path that makes a PATCH value a
// secret may stand behind the value.
func (s *secrets) keepBody(body []byte, size int) (kept []byte, truncated bool) {
	if len(body) == 0 {
		return nil, size > 0
	}
	kept = s.redactBody(body)
	truncated = size > len(body) || len(kept) > MaxBody
	return bytes.Clone(kept[:min(len(kept), MaxBody)]), truncated
}

// redactQuery returns a raw query without secrets: the values of secret
// parameters, and in a filter that compares a password what it compares with.
func (s *secrets) redactQuery(query string) string {
	if !mentionsSecret(s, query) && strings.IndexByte(query, '%') < 0 {
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

// keepHeader returns what is recorded of a header: without secrets, and
// without the fields that are over maxHeader. token is the name of the token
// that Authorization carries, where it is known.
func keepHeader(h http.Header, token string) http.Header {
	kept := make(http.Header, len(h))
	left := maxHeader
	for name, values := range h {
		for _, value := range values {
			left -= len(name) + len(value)
		}
		if left < 0 {
			break
		}
		if secretHeader(name) {
			values = []string{redacted}
			if token != "" && name == "Authorization" {
				values[0] = "Bearer [token " + token + "]"
			}
		}
		kept[name] = values
	}
	return kept
}

// secretHeader reports whether a header field by that name carries a secret:
// Authorization, Cookie, Set-Cookie, X-Api-Key, Cf-Access-Client-Secret, …
func secretHeader(name string) bool {
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
