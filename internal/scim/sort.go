package scim

import (
	"encoding/binary"
	"strings"
	"time"

	"airmock/internal/nearest"
)

// Sort is an order of resources by the value of an attribute (RFC 7644 section
// 3.4.2.3). Where two have the same value, and where none has one, whoever
// sorts keeps them in the order of their creation.
type Sort struct {
	Descending bool
	paths      []sortPath // one for each type
}

// sortPath is the attribute that a type's resources are sorted by.
type sortPath struct {
	rt   *ResourceType
	path AttrPath
}

// ParseSort reads the parameters sortBy and sortOrder of a query for resources
// of these types. Without sortBy it returns nil, which is the order of
// creation; sortOrder alone means nothing. A complex attribute is sorted by its
// sub-attribute "value". The error is an *Error with type invalidValue.
func ParseSort(types []*ResourceType, sortBy, sortOrder string, r *Reading) (*Sort, error) {
	s := &Sort{}
	switch {
	case sortOrder == "", strings.EqualFold(sortOrder, "ascending"):
	case strings.EqualFold(sortOrder, "descending"):
		s.Descending = true
	default:
		return nil, Errorf(InvalidValue, "sortOrder is %s; it must be ascending or descending%s",
			excerpt(sortOrder), nearest.Hint(sortOrder, []string{"ascending", "descending"}))
	}
	if sortBy == "" {
		return nil, nil
	}
	for _, rt := range types {
		path, err := rt.parseSortBy(sortBy, types, r)
		if err != nil {
			return nil, err
		}
		if path.foreign {
			path = AttrPath{}
		}
		s.paths = append(s.paths, sortPath{rt, path})
	}
	return s, nil
}

func (rt *ResourceType) parseSortBy(text string, others []*ResourceType, r *Reading) (AttrPath, error) {
	p := parser{rt: rt, others: others, r: r, text: text, what: "sortBy", kind: InvalidValue}
	if err := p.checkLength(); err != nil {
		return AttrPath{}, err
	}
	p.space()
	at := p.pos
	path, err := p.name(p.word())
	if err != nil {
		return AttrPath{}, err
	}
	if p.space(); p.pos < len(text) {
		return AttrPath{}, p.fail(p.pos, "expected the end behind the name of one attribute, found %s", p.found())
	}
	if def := path.Def; def != nil && def.Type == "complex" {
		value := def.Sub("value")
		if value == nil {
			return AttrPath{}, p.fail(at, "%s is complex; sort by one of its sub-attributes: %s",
				path.Name, strings.Join(attributeNames(def.SubAttributes), ", "))
		}
		path.Sub, path.Def = value.Name, value
	}
	return path.AttrPath, nil
}

// Path returns the attribute that resources of type rt are sorted by; the zero
// value where only other types have it, so that none of rt has a value.
func (s *Sort) Path(rt *ResourceType) AttrPath {
	for _, p := range s.paths {
		if p.rt.Name == rt.Name {
			return p.path
		}
	}
	return AttrPath{}
}

// String renders s so that two that sort alike are the same text.
func (s *Sort) String() string {
	if s == nil {
		return ""
	}
	var b strings.Builder
	for _, p := range s.paths {
		b.WriteString(p.path.String() + " ")
	}
	if s.Descending {
		b.WriteString("descending")
	}
	return b.String()
}

// SortKey returns the value at p of a resource (a rendered one, parsed) as a
// text whose bytes are in ascending order where the values are: texts without
// case unless the attribute is caseExact, dateTimes as instants, numbers
// exactly, false before true, and NoSortKey behind everything. Of a
// multi-valued attribute the primary value counts, or else the first.
func (p *AttrPath) SortKey(resource *Value) string {
	if p.Name == "" {
		return NoSortKey
	}
	v := preferred(p.find(resource))
	if sub := p.Sub; v.Kind() == Object {
		if sub == "" {
			sub = "value" // of an attribute that no schema knows
		}
		v = preferred(v.Get(sub))
	}
	switch {
	case p.Def.isSecret():
		return NoSortKey
	case v.Kind() == String:
		return p.TextSortKey(v.Text())
	case v.Kind() == Number:
		return sortNumber(v.Text())
	case v.Kind() == Bool:
		return sortBoolean + v.Text() // "false" stands before "true"
	}
	return NoSortKey
}

// preferred returns the primary one of several values, or else the first.
func preferred(v *Value) *Value {
	if v.Kind() != Array {
		return v
	}
	for e := range v.Elements() {
		if e.Get("primary").IsTrue() {
			return e
		}
	}
	return v.firstChild()
}

// A key begins with what kind of value it stands for: an attribute that no
// schema knows may have a text in one resource and a number in the next.
const (
	sortBoolean = "1"
	sortDecimal = "2"
	sortInstant = "3"
	sortText    = "4"

	// NoSortKey is the key of resources that have no value.
	NoSortKey = "9"
)

// TextSortKey is SortKey for a resource whose value at p is the string text.
func (p *AttrPath) TextSortKey(text string) string {
	switch def := p.Def; {
	case text == "":
		return NoSortKey // as pr has it
	case def == nil:
	case def.Type == "dateTime":
		if t, err := parseInstant(text); err == nil {
			return InstantSortKey(t)
		}
	case def.CaseExact, def.Type == "binary":
		return sortText + text
	}
	return sortText + strings.ToLower(text)
}

// InstantSortKey is SortKey for a resource whose value is the dateTime t.
func InstantSortKey(t time.Time) string {
	key := binary.BigEndian.AppendUint64([]byte(sortInstant), ordered(t.Unix()))
	return string(binary.BigEndian.AppendUint32(key, uint32(t.Nanosecond())))
}

// sortNumber is the key of a JSON number: its sign, the place of its point, and
// its digits, where those of a negative number count down.
func sortNumber(text string) string {
	d := parseDecimal(text)
	key := append([]byte(sortDecimal), byte(d.sign+1))
	if d.sign == 0 {
		return string(key)
	}
	key = binary.BigEndian.AppendUint64(key, ordered(d.point*int64(d.sign)))
	if d.sign > 0 {
		return string(append(key, d.digits...))
	}
	for i := range len(d.digits) {
		key = append(key, '9'-d.digits[i]+'0')
	}
	return string(append(key, '~')) // behind every digit: -1.2 comes before -1
}

// ordered maps numbers to unsigned ones that are in the same order.
func ordered(n int64) uint64 { return uint64(n) ^ 1<<63 }
