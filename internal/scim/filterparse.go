package scim

import (
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"airmock/internal/nearest"
)

// The limits on a filter or a path. Both are far beyond what clients send, and
// keep a hostile one from costing time or stack.
const (
	maxFilterLength = 16 << 10 // bytes
	maxFilterDepth  = 48       // parentheses within parentheses
)

// ParseFilter reads a filter on resources of type rt (RFC 7644 section
// 3.4.2.2). The error is an *Error with type invalidFilter that names the
// position and what was expected.
func (rt *ResourceType) ParseFilter(text string, r *Reading) (Expr, error) {
	return rt.parseFilter(text, nil, r)
}

// parseFilter is ParseFilter for a filter on resources of other types too.
func (rt *ResourceType) parseFilter(text string, others []*ResourceType, r *Reading) (Expr, error) {
	p := parser{rt: rt, others: others, r: r, text: text, what: "filter", kind: InvalidFilter}
	if err := p.checkLength(); err != nil {
		return nil, err
	}
	e, err := p.or()
	if err != nil {
		return nil, err
	}
	if p.pos < len(text) {
		return nil, p.fail(p.pos, "expected and, or, or the end of the filter, found %s%s", p.found(), p.hint())
	}
	return e, nil
}

// parser reads filters and paths by recursive descent, one method a rule.
type parser struct {
	rt     *ResourceType   // nil where no schema is at hand: every name is then taken as it is
	others []*ResourceType // types whose attributes may be named too
	r      *Reading
	text   string
	pos    int
	depth  int
	scope  *Path     // the attribute whose values the brackets around pos select; nil outside
	what   string    // what text is, for errors
	kind   ErrorType // of errors
}

// or is the weakest operator: and binds closer, not closest.
func (p *parser) or() (Expr, error) {
	left, err := p.and()
	for err == nil && p.keyword("or") {
		var right Expr
		if right, err = p.and(); err == nil {
			left = &Or{left, right}
		}
	}
	return left, err
}

func (p *parser) and() (Expr, error) {
	left, err := p.term()
	for err == nil && p.keyword("and") {
		var right Expr
		if right, err = p.term(); err == nil {
			left = &And{left, right}
		}
	}
	return left, err
}

// term is a parenthesised filter, negated or not, or a comparison.
func (p *parser) term() (Expr, error) {
	p.space()
	if p.peek() == '(' {
		return p.group()
	}
	at := p.pos
	word := p.word()
	if p.space(); strings.EqualFold(word, "not") && p.peek() == '(' {
		x, err := p.group()
		if err != nil {
			return nil, err
		}
		p.space()
		return &Not{x}, nil
	}
	if strings.EqualFold(word, "not") && !isCompareOp(p.nextWord()) { // an attribute may have that name
		return nil, p.fail(p.pos, "expected ( after not, found %s; what not negates stands in parentheses", p.found())
	}
	p.pos = at
	return p.comparison()
}

func (p *parser) group() (Expr, error) {
	open := p.pos
	if p.depth++; p.depth > maxFilterDepth {
		return nil, p.fail(open, "parentheses nest deeper than %d levels", maxFilterDepth)
	}
	p.pos++
	e, err := p.or()
	if err != nil {
		return nil, err
	}
	if p.peek() != ')' {
		return nil, p.fail(p.pos, "expected ) for the ( at character %d, found %s%s", p.character(open), p.found(), p.hint())
	}
	p.pos++
	p.depth--
	p.space()
	return e, nil
}

// comparison is an attribute with an operator, or a value path.
func (p *parser) comparison() (Expr, error) {
	at := p.pos
	path, err := p.name(p.word())
	if err != nil {
		return nil, err
	}
	if p.peek() == '[' {
		return p.valuePath(path, at)
	}
	return p.operator(&path)
}

// operator reads what stands behind an attribute's name.
func (p *parser) operator(path *Path) (Expr, error) {
	p.space()
	at := p.pos
	word := p.word()
	op := CompareOp(strings.ToLower(word))
	if !isCompareOp(word) {
		p.pos = at
		return nil, p.fail(at, "expected an operator (eq, ne, co, sw, ew, gt, ge, lt, le, pr) after %q, found %s%s",
			path.AttrPath.String(), p.found(), didYouMeanOp(word))
	}
	if op == Pr {
		p.space()
		return &Compare{Path: path.AttrPath, Op: op}, nil
	}
	if err := p.comparable(path, op, at); err != nil {
		return nil, err
	}
	p.space()
	value, err := p.literal(path.Def, op)
	if err != nil {
		return nil, err
	}
	p.space()
	return &Compare{Path: path.AttrPath, Op: op, Value: value}, nil
}

var compareOps = []CompareOp{Eq, Ne, Co, Sw, Ew, Gt, Ge, Lt, Le, Pr}

func isCompareOp(word string) bool {
	return slices.Contains(compareOps, CompareOp(strings.ToLower(word)))
}

func didYouMeanOp(word string) string {
	aliases := map[string]CompareOp{
		"=": Eq, "==": Eq, "equals": Eq, "!=": Ne, "<>": Ne, "neq": Ne, "contains": Co, "like": Co,
		"startswith": Sw, "endswith": Ew, ">": Gt, ">=": Ge, "gte": Ge, "<": Lt, "<=": Le, "lte": Le,
		"present": Pr, "exists": Pr,
	}
	if op, ok := aliases[strings.ToLower(word)]; ok {
		return `; did you mean "` + string(op) + `"?`
	}
	names := make([]string, len(compareOps))
	for i, op := range compareOps {
		names[i] = string(op)
	}
	return nearest.Hint(word, names)
}

// valuePath reads the brackets behind an attribute, and what may follow them:
// Entra compares a sub-attribute of the values that they select,
// emails[type eq "work"].value eq "x", which the grammar of RFC 7644 section
// 3.4.2.2 has in paths alone.
func (p *parser) valuePath(path Path, at int) (Expr, error) {
	filter, err := p.brackets(&path, at)
	if err != nil {
		return nil, err
	}
	if p.peek() == '.' {
		outer := path
		if err := p.selectedSub(&path); err != nil {
			return nil, err
		}
		inner := Path{AttrPath: AttrPath{Name: path.Sub, Def: path.Def}, attr: path.Def}
		compare, err := p.operator(&inner)
		if err != nil {
			return nil, err
		}
		whole := &ValuePath{outer.AttrPath, &And{filter, compare}}
		return whole, p.r.forgive(QuirkSelectedSub, func() *Error {
			return p.fail(at, "%s is compared behind the brackets; write it into them: %s[… and %s …]", path.Sub, path.Name, path.Sub)
		})
	}
	p.space()
	return &ValuePath{path.AttrPath, filter}, nil
}

// brackets reads "[filter]", whose names are those of path's sub-attributes.
func (p *parser) brackets(path *Path, at int) (Expr, error) {
	name := excerpt(path.AttrPath.String())
	switch {
	case p.scope != nil:
		return nil, p.fail(p.pos, "a [ may not stand within brackets")
	case path.Name == "":
		return nil, p.fail(at, "%s is a schema; only the values of an attribute can be selected with [", name)
	case path.Sub != "":
		return nil, p.fail(at, "write %s[…].%s: the values of %s are selected, not of its sub-attribute", path.Name, path.Sub, path.Name)
	case path.Def != nil && !path.Def.MultiValued && path.Def.Type != "complex":
		return nil, p.fail(at, "%s has a single value without sub-attributes; only the values of a multi-valued attribute can be selected with [", name)
	}
	inner := *p
	inner.scope, inner.kind = path, InvalidFilter
	open := p.pos
	inner.pos++
	e, err := inner.or()
	if err != nil {
		return nil, err
	}
	if inner.peek() != ']' {
		return nil, inner.fail(inner.pos, "expected and, or, or ] for the [ at character %d, found %s%s", p.character(open), inner.found(), inner.hint())
	}
	p.pos = inner.pos + 1
	return e, nil
}

// keyword takes an operator between two terms.
func (p *parser) keyword(word string) bool {
	at := p.pos
	if strings.EqualFold(p.word(), word) {
		return true
	}
	p.pos = at
	return false
}

func (p *parser) space() {
	for p.pos < len(p.text) && strings.IndexByte(" \t\r\n", p.text[p.pos]) >= 0 {
		p.pos++
	}
}

// word takes everything up to a blank, a bracket or a quote.
func (p *parser) word() string {
	start := p.pos
	for p.pos < len(p.text) && strings.IndexByte(" \t\r\n()[]\"", p.text[p.pos]) < 0 {
		p.pos++
	}
	return p.text[start:p.pos]
}

// nextWord returns the word at pos without taking it.
func (p *parser) nextWord() string {
	at := p.pos
	word := p.word()
	p.pos = at
	return word
}

// peek returns the byte at pos; 0 at the end.
func (p *parser) peek() byte {
	if p.pos < len(p.text) {
		return p.text[p.pos]
	}
	return 0
}

func (p *parser) checkLength() error {
	if len(p.text) > maxFilterLength {
		return Errorf(p.kind, "the %s is %d bytes long; the limit is %d", p.what, len(p.text), maxFilterLength)
	}
	if !utf8.ValidString(p.text) {
		return Errorf(p.kind, "the %s is not valid UTF-8", p.what)
	}
	return nil
}

// fail returns an error that names the place at.
func (p *parser) fail(at int, format string, args ...any) *Error {
	return Errorf(p.kind, "%s, character %d: %s", p.what, p.character(at), fmt.Sprintf(format, args...))
}

// character returns the place of the byte at, counted in characters from 1.
func (p *parser) character(at int) int { return utf8.RuneCountInString(p.text[:at]) + 1 }

// found describes what stands at pos, for errors.
func (p *parser) found() string {
	if p.pos >= len(p.text) {
		return "the end"
	}
	word := p.nextWord()
	if word == "" {
		_, size := utf8.DecodeRuneInString(p.text[p.pos:])
		word = p.text[p.pos : p.pos+size]
	}
	return excerpt(word)
}

// hint names the likely reason why a word stands where an operator should.
func (p *parser) hint() string {
	word := p.nextWord()
	if near := nearest.To(word, []string{"and", "or"}); near != "" && len(word) < 5 {
		return `; did you mean "` + near + `"?`
	}
	if word != "" {
		return "; a value with blanks in it needs double quotes"
	}
	return ""
}
