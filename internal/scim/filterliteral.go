package scim

import (
	"slices"
	"strings"

	"github.com/go-json-experiment/json/jsontext"
)

// comparable reports why the attribute at path cannot be compared with op, and
// leads a complex attribute to its "value".
func (p *parser) comparable(path *Path, op CompareOp, at int) error {
	def := path.Def
	if def == nil {
		return nil
	}
	if def.Type == "complex" {
		value := def.Sub("value")
		if value == nil {
			return p.fail(at, "%s is complex; compare one of its sub-attributes: %s",
				path.Name, strings.Join(attributeNames(def.SubAttributes), ", "))
		}
		path.Sub, path.Def, def = value.Name, value, value
	}
	switch def.Type {
	case "boolean":
		if op != Eq && op != Ne {
			return p.fail(at, "%s is a boolean, which has no order and no text; use eq, ne or pr", path.AttrPath)
		}
	case "binary":
		if op.ordering() {
			return p.fail(at, "%s is binary, which has no order; use eq, ne or pr", path.AttrPath)
		}
	case "integer", "decimal":
		if op.textual() {
			return p.fail(at, "%s is a number; use eq, ne, gt, ge, lt, le or pr", path.AttrPath)
		}
	}
	return nil
}

func (op CompareOp) ordering() bool { return slices.Contains([]CompareOp{Gt, Ge, Lt, Le}, op) }
func (op CompareOp) textual() bool  { return slices.Contains([]CompareOp{Co, Sw, Ew}, op) }

// literal takes the value of a comparison and brings it to the type of def.
func (p *parser) literal(def *Attribute, op CompareOp) (*Value, error) {
	at := p.pos
	if p.peek() == '"' {
		v, err := p.quoted()
		if err != nil {
			return nil, err
		}
		return p.typed(def, op, v, at)
	}
	raw := p.word()
	switch {
	case raw == "":
		return nil, p.fail(at, `expected a value after %s ("text", a number, true, false or null), found %s`, op, p.found())
	case raw[0] == '\'':
		return nil, p.unquotedText(def, raw, at)
	case raw == "null":
		return p.typed(def, op, &Value{}, at)
	case raw == "true", raw == "false":
		return p.typed(def, op, NewBool(raw == "true"), at)
	case isNumber(raw):
		return p.typed(def, op, &Value{kind: Number, text: raw}, at)
	}
	if err := p.unquoted(def, raw, at); err != nil {
		return nil, err
	}
	return p.typed(def, op, NewString(raw), at)
}

func (p *parser) unquoted(def *Attribute, raw string, at int) error {
	return p.r.forgive(QuirkUnquotedValue, func() *Error { return p.unquotedText(def, raw, at) })
}

// unquotedText is the refusal of a text without quotes. What is compared with
// a password is not repeated.
func (p *parser) unquotedText(def *Attribute, raw string, at int) *Error {
	found := excerpt(raw)
	if def.isSecret() {
		found = "none"
	}
	return p.fail(at, "expected a value, found %s; text stands in double quotes", found)
}

func isNumber(raw string) bool {
	v := jsontext.Value(raw)
	return v.Kind() == '0' && v.IsValid()
}

// typed brings a literal to the type of def, or says what would fit.
func (p *parser) typed(def *Attribute, op CompareOp, v *Value, at int) (*Value, error) {
	if v.Kind() == Null {
		if op != Eq && op != Ne {
			return nil, p.fail(at, "null can only be compared with eq and ne")
		}
		return v, nil
	}
	if def == nil {
		if v.Kind() == Bool && op != Eq && op != Ne {
			return nil, p.fail(at, "a boolean can only be compared with eq and ne")
		}
		return v, nil
	}
	switch def.Type {
	case "boolean":
		return p.typedBool(def, v, at)
	case "integer", "decimal":
		if v.Kind() != Number {
			return nil, p.fail(at, "%s is a number; found %s", def.Name, excerpt(v.Text()))
		}
		return v, nil
	case "dateTime":
		if _, err := parseInstant(v.Text()); err != nil && !op.textual() {
			return nil, p.fail(at, `%s is a dateTime such as "2011-05-13T04:42:34Z"; found %s`, def.Name, excerpt(v.Text()))
		}
	}
	if v.Kind() != String { // a text that looks like another literal
		if err := p.unquoted(def, v.Text(), at); err != nil {
			return nil, err
		}
		return NewString(v.Text()), nil
	}
	return v, nil
}

// typedBool reads a boolean; Entra sends roles[primary eq "True"].
func (p *parser) typedBool(def *Attribute, v *Value, at int) (*Value, error) {
	if v.Kind() == Bool {
		return v, nil
	}
	yes := strings.EqualFold(v.Text(), "true")
	if v.Kind() != String || !yes && !strings.EqualFold(v.Text(), "false") {
		return nil, p.fail(at, "%s is a boolean, true or false; found %s", def.Name, excerpt(v.Text()))
	}
	return NewBool(yes), p.r.forgive(QuirkBooleanLiteral, func() *Error {
		return p.fail(at, "%s is a boolean; write true or false without quotes", def.Name)
	})
}

// quoted takes a JSON string.
func (p *parser) quoted() (*Value, error) {
	start := p.pos
	for p.pos++; p.pos < len(p.text) && p.text[p.pos] != '"'; p.pos++ {
		if p.text[p.pos] == '\\' {
			p.pos++
		}
	}
	if p.pos >= len(p.text) {
		p.pos = len(p.text)
		return nil, p.fail(start, "the string that begins here has no closing quote")
	}
	p.pos++
	if quoted := p.text[start:p.pos]; standsForItself(quoted[1 : len(quoted)-1]) {
		return &Value{kind: String, text: quoted}, nil
	}
	text, err := jsontext.AppendUnquote(nil, p.text[start:p.pos])
	if err != nil {
		return nil, p.fail(start, "%s is not a valid JSON string", excerpt(p.text[start:p.pos]))
	}
	return NewString(string(text)), nil
}
