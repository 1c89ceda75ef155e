package session

import (
	"fmt"
	"net/netip"
	"regexp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/google/uuid"

	"airmock/internal/scim"
)

// standIns are who stands in for the people of a session: the same value has the
// same stand-in wherever it is, two that differ in case have stand-ins that
// differ in case, and two addresses in one domain have stand-ins in one domain.
// They are numbered in the order in which the values come, so that they tell
// nothing of them.
//
// Values are collected first, and replaced when all are known: a text may
// mention somebody before a body tells that this is a name.
type standIns struct {
	known     map[string]bool // words of the protocol and of the catalog, in lower case
	collected []collected
	seen      map[string]bool
	by        map[string]string // a value's stand-in; nil while they are collected
	index     map[string][]string
}

// collected is a value of somebody, and what it is: the name of its attribute.
type collected struct{ label, text string }

// The labels whose stand-ins have a form of their own.
const (
	labelUser   = "user" // the part of an address before the @
	labelDomain = "domain"
	labelPhone  = "phoneNumbers"
	labelURL    = "url"
	labelIP     = "ip"
)

func newStandIns(catalog *scim.Catalog) *standIns {
	s := &standIns{known: map[string]bool{}, seen: map[string]bool{}}
	for word := range strings.FieldsSeq(protocolWords) {
		s.known[strings.ToLower(word)] = true
	}
	if catalog == nil {
		catalog = scim.StandardCatalog()
	}
	for _, rt := range catalog.ResourceTypes {
		s.known[strings.ToLower(rt.Name)], s.known[strings.ToLower(rt.Endpoint[1:])] = true, true
		s.learn(rt.Schema.Attributes)
		for _, e := range rt.Extensions {
			s.learn(e.Schema.Attributes)
		}
	}
	return s
}

func (s *standIns) learn(attributes []*scim.Attribute) {
	for _, a := range attributes {
		s.known[strings.ToLower(a.Name)] = true
		for _, v := range a.CanonicalValues {
			s.known[strings.ToLower(v)] = true
		}
		s.learn(a.SubAttributes)
	}
}

// protocolWords are those that stand quoted in filters and errors and name nobody,
// and those that stand-ins are made of.
const protocolWords = `add replace remove op path value values Operations schemas id externalId meta
resourceType created lastModified location version detail status scimType totalResults itemsPerPage
startIndex count cursor filter attributes excludedAttributes sortBy sortOrder ascending descending
eq ne co sw ew pr gt ge lt le and or not true false null GET POST PUT PATCH DELETE HEAD OPTIONS bulkId method data
response failOnErrors Bulk Schemas ResourceTypes ServiceProviderConfig Me .search search
Bearer application/json application/scim+json If-Match work home other [redacted]
uniqueness tooMany invalidFilter mutability invalidSyntax invalidPath noTarget invalidValue invalidVers sensitive
$ref display primary type ref members groups manager aadOptscim062020
user domain example com http https text`

// redacted stands in the journal where a secret was. It stays: a stand-in would
// look like a password that was sent.
const redacted = "[redacted]"

// keeps reports whether text names nobody, wherever it stands.
func keeps(text string) bool {
	if text == "" || text == redacted || len(text) > 4 && strings.EqualFold(text[:4], "urn:") && !strings.Contains(text, "@") {
		return true
	}
	_, err := uuid.Parse(text)
	return err == nil && len(text) == 36
}

// isWord reports whether text is a word of the protocol, a truth value or a small
// number.
func (s *standIns) isWord(text string) bool {
	return keeps(text) || s.known[strings.ToLower(text)] || isSmall(text)
}

// isSmall reports whether text is a number that is too small for one of a
// telephone.
func isSmall(text string) bool {
	digits := 0
	for i, c := range text {
		if c >= '0' && c <= '9' {
			digits++
		} else if c != '.' && (c != '-' || i > 0) {
			return false
		}
	}
	return digits > 0 && digits <= 6
}

// of returns the stand-in for text, which is what label says.
func (s *standIns) of(label, text string) string {
	if keeps(text) {
		return text
	}
	at := strings.LastIndexByte(text, '@')
	if label != labelUser && label != labelDomain && at > 0 && at < len(text)-1 && !strings.ContainsAny(text[at:], " /") {
		return s.of(labelUser, text[:at]) + "@" + s.of(labelDomain, text[at+1:])
	}
	if s.by != nil {
		if standIn, ok := s.by[text]; ok {
			return standIn
		}
		return text // a stand-in itself: every value is collected
	}
	if !s.seen[text] {
		s.seen[text] = true
		s.collected = append(s.collected, collected{label, text})
	}
	return text
}

// assign gives each collected value its stand-in.
func (s *standIns) assign() {
	s.by = make(map[string]string, len(s.collected))
	s.index = map[string][]string{}
	all := map[string]bool{}
	for _, c := range s.collected {
		all[strings.ToLower(c.text)] = true
	}
	bases, variants, next := map[string]string{}, map[string]int{}, map[string]int{}
	for _, c := range s.collected {
		folded := strings.ToLower(c.text)
		if _, ok := bases[folded]; !ok {
			for bases[folded] == "" || all[strings.ToLower(bases[folded])] {
				next[c.label]++
				bases[folded] = invented(c.label, c.text, next[c.label])
			}
		}
		s.by[c.text] = flipCase(bases[folded], variants[folded])
		variants[folded]++
		if utf8.RuneCountInString(c.text) >= 3 && !s.isWord(c.text) {
			key := indexKey(c.text)
			s.index[key] = append(s.index[key], c.text)
		}
	}
	for _, texts := range s.index {
		slices.SortFunc(texts, func(a, b string) int { return len(b) - len(a) })
	}
}

// invented is the nth stand-in of a kind.
func invented(label, text string, n int) string {
	switch label {
	case labelDomain:
		return fmt.Sprintf("domain%d.example", n)
	case labelUser:
		return fmt.Sprintf("user%d", n)
	case labelPhone:
		return fmt.Sprintf("+1-555-01%05d", n)
	case labelURL:
		return fmt.Sprintf("https://example.com/%d", n)
	case labelIP:
		if addr, err := netip.ParseAddr(text); err == nil && addr.Is4() && n < 255 {
			return fmt.Sprintf("192.0.2.%d", n) // RFC 5737
		}
		return fmt.Sprintf("2001:db8::%x", n) // RFC 3849
	}
	return fmt.Sprintf("%s-%d", label, n)
}

// flipCase returns text with the case of its nth variant: that of the letters
// which are the bits of n.
func flipCase(text string, n int) string {
	return strings.Map(func(r rune) rune {
		if !unicode.IsLetter(r) {
			return r
		}
		flip := n&1 == 1
		n >>= 1
		switch {
		case flip && unicode.IsUpper(r):
			return unicode.ToLower(r)
		case flip:
			return unicode.ToUpper(r)
		}
		return r
	}, text)
}

// indexKey is what the index finds a value by: its first three bytes.
func indexKey(text string) string { return strings.ToLower(text[:3]) }

// scrub replaces the values that text mentions, in any case, and what looks like
// an address.
func (s *standIns) scrub(text string) string {
	text = address.ReplaceAllStringFunc(text, func(a string) string { return s.of("text", a) })
	if s.by == nil || len(s.index) == 0 {
		return text
	}
	var b strings.Builder
	for i := 0; i < len(text); {
		if found := s.mentioned(text[i:]); found != "" {
			b.WriteString(s.by[found])
			i += len(found)
			continue
		}
		b.WriteByte(text[i])
		i++
	}
	return b.String()
}

// mentioned is the value with which text begins, or "".
func (s *standIns) mentioned(text string) string {
	if len(text) < 3 {
		return ""
	}
	for _, value := range s.index[indexKey(text)] {
		if len(value) <= len(text) && strings.EqualFold(value, text[:len(value)]) {
			return value
		}
	}
	return ""
}

// address is what an address of mail looks like, or a userPrincipalName.
var address = regexp.MustCompile(`[^\s"'<>()\[\]{},;:/?=&|]+@[^\s"'<>()\[\]{},;:/?=&|@]+`)
