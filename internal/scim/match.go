package scim

import (
	"cmp"
	"fmt"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

// Match reports whether the resource v (a rendered one, parsed) satisfies e.
//
// A multi-valued attribute matches if any of its values does (RFC 7644 section
// 3.4.2.2). What is unassigned is equal to null and not equal to anything else.
func Match(e Expr, v *Value) bool {
	switch e := e.(type) {
	case nil:
		return true
	case *And:
		return Match(e.Left, v) && Match(e.Right, v)
	case *Or:
		return Match(e.Left, v) || Match(e.Right, v)
	case *Not:
		return !Match(e.X, v)
	case *ValuePath:
		for el := range e.Path.find(v).Elements() {
			if Match(e.Filter, el) {
				return true
			}
		}
	case *Compare:
		return e.match(v)
	case *ByType:
		return e.match(v)
	}
	return false
}

// find returns the value of the attribute in v, without its sub-attribute. A
// value without sub-attributes, an element of schemas say, is its own "value".
func (p *AttrPath) find(v *Value) *Value {
	if p.foreign {
		return nil
	}
	if p.URN != "" {
		v = v.Get(p.URN)
	}
	if v.Kind() != Object && p.Name == "value" {
		return v
	}
	return v.Get(p.Name)
}

func (e *Compare) match(v *Value) bool {
	attr := e.Path.find(v)
	if attr.IsEmpty() {
		if e.Path.Sub == "" {
			attr = e.assumed(nil)
		}
		return e.holds(attr)
	}
	for el := range attr.Elements() {
		if e.Path.Sub != "" && el.Kind() == Object {
			el = e.assumed(el.Get(e.Path.Sub))
		}
		if e.holdsAny(el) {
			return true
		}
	}
	return false
}

// holdsAny compares the value of a sub-attribute, which may have several.
func (e *Compare) holdsAny(v *Value) bool {
	if v.Kind() != Array {
		return e.holds(v)
	}
	for el := range v.children() {
		if e.holds(el) {
			return true
		}
	}
	return false
}

// assumed is v, or what stands for it where it is missing: a value that does
// not say whether it is primary is not (RFC 7643 section 2.4).
func (e *Compare) assumed(v *Value) *Value {
	if e.Value.Kind() == Bool && v.Kind() == Null && e.Path.isPrimary() {
		return NewBool(false)
	}
	return v
}

// isPrimary reports whether p is the primary of a multi-valued attribute.
func (p *AttrPath) isPrimary() bool {
	return sameName(cmp.Or(p.Sub, p.Name), "primary") && p.Def != nil && p.Def.Type == "boolean"
}

// holds compares one value that is not a list.
func (e *Compare) holds(v *Value) bool {
	switch {
	case v.Kind() == String:
		return e.HoldsFor(v.Text())
	case e.Op == Pr:
		return present(v)
	case e.Value.Kind() == Null:
		return (v.Kind() == Null) == (e.Op == Eq)
	case v.Kind() != e.Value.Kind():
		return e.Op == Ne
	}
	text, want := v.Text(), e.Value.Text()
	if v.Kind() == Number {
		return e.Op.orders(compareNumbers(text, want))
	}
	return e.Op.orders(strings.Compare(text, want)) // booleans; the parser lets eq and ne pass
}

// HoldsFor reports whether e holds for a value that is a text, for whoever has
// the text of e.Path at hand.
func (e *Compare) HoldsFor(text string) bool {
	switch {
	case e.Op == Pr:
		return text != ""
	case e.Value.Kind() == Null:
		return e.Op != Eq
	case e.Value.Kind() != String:
		return e.Op == Ne
	}
	return e.holdsText(text, e.Value.Text())
}

func (e *Compare) holdsText(text, want string) bool {
	def := e.Path.Def
	exact := def != nil && def.CaseExact
	switch e.Op {
	case Co, Sw, Ew:
		return e.holdsPart(text, want, exact)
	}
	if def != nil && def.Type == "dateTime" {
		a, errA := parseInstant(text)
		b, errB := parseInstant(want)
		if errA == nil && errB == nil {
			return e.Op.orders(a.Compare(b))
		}
	}
	return e.Op.orders(compareText(text, want, exact))
}

// holdsPart is holdsText for a part of the text.
func (e *Compare) holdsPart(text, want string, exact bool) bool {
	if !exact {
		var a, b [128]byte
		text, want = lower(a[:0], text), lower(b[:0], want)
	}
	switch e.Op {
	case Co:
		return strings.Contains(text, want)
	case Sw:
		return strings.HasPrefix(text, want)
	}
	return strings.HasSuffix(text, want)
}

// lower is strings.ToLower, in buffer where text is short and ASCII: a scan
// comes here a million times.
func lower(buffer []byte, text string) string {
	if len(text) > cap(buffer) {
		return strings.ToLower(text)
	}
	for i := range len(text) {
		c := text[i]
		switch {
		case c >= utf8.RuneSelf:
			return strings.ToLower(text)
		case 'A' <= c && c <= 'Z':
			c += 'a' - 'A'
		}
		buffer = append(buffer, c)
	}
	return textOf(buffer)
}

// orders reports whether op holds between two values whose order is c.
func (op CompareOp) orders(c int) bool {
	switch op {
	case Eq:
		return c == 0
	case Ne:
		return c != 0
	case Gt:
		return c > 0
	case Ge:
		return c >= 0
	case Lt:
		return c < 0
	case Le:
		return c <= 0
	}
	return false
}

// present is the operator pr: "a non-empty or non-null value", or a complex
// one that contains such.
func present(v *Value) bool {
	switch v.Kind() {
	case Null:
		return false
	case String:
		return v.Text() != ""
	case Array, Object:
		for c := range v.children() {
			if present(c) {
				return true
			}
		}
		return false
	}
	return true
}

func compareText(a, b string, exact bool) int {
	if exact {
		return strings.Compare(a, b)
	}
	if strings.EqualFold(a, b) {
		return 0
	}
	var x, y [128]byte
	return cmp.Compare(lower(x[:0], a), lower(y[:0], b)) // strings.Compare would have them on the heap
}

// parseInstant reads an xsd:dateTime (RFC 7643 section 2.3.5). One without a
// zone is taken as UTC.
func parseInstant(s string) (time.Time, error) {
	t, err := time.Parse(time.RFC3339Nano, s)
	if err != nil {
		return time.Parse("2006-01-02T15:04:05.999999999", s)
	}
	return t, nil
}

// compareNumbers orders two JSON numbers by their exact values. It never
// expands an exponent, so 1e999999999 costs no more than 1.
func compareNumbers(a, b string) int {
	x, y := parseDecimal(a), parseDecimal(b)
	if x.sign != y.sign || x.sign == 0 {
		return cmp.Compare(x.sign, y.sign)
	}
	c := cmp.Compare(x.point, y.point)
	if c == 0 {
		c = strings.Compare(x.digits, y.digits)
	}
	return c * x.sign
}

// decimal is the number sign × 0.digits × 10^point, with no zero at either end
// of digits. Zero has sign 0 and nothing else.
type decimal struct {
	sign   int
	digits string
	point  int64
}

// String returns the same text for numbers that are the same.
func (d decimal) String() string {
	if d.sign == 0 {
		return "0"
	}
	sign := strings.Repeat("-", (1-d.sign)/2)
	if zeros := d.point - int64(len(d.digits)); 0 <= zeros && zeros < 20 {
		return sign + d.digits + strings.Repeat("0", int(zeros))
	}
	return fmt.Sprintf("%s0.%se%d", sign, d.digits, d.point)
}

func parseDecimal(s string) decimal {
	d := decimal{sign: 1}
	if strings.HasPrefix(s, "-") {
		d.sign, s = -1, s[1:]
	}
	mantissa, exponent, _ := strings.Cut(strings.ToLower(s), "e")
	whole, fraction, _ := strings.Cut(mantissa, ".")
	// ParseInt gives 0 for no exponent and the nearest bound for one that is
	// out of range, which is what is wanted.
	e, _ := strconv.ParseInt(exponent, 10, 32)
	digits := strings.TrimLeft(whole+fraction, "0")
	d.point = int64(len(whole)) + e - int64(len(whole+fraction)-len(digits))
	d.digits = strings.TrimRight(digits, "0")
	if d.digits == "" {
		return decimal{}
	}
	return d
}
