package scim

import (
	"encoding/json"
	"math/big"
	"strings"

	"pgregory.net/rapid"
)

// naive is a user in plain Go types, and naiveExpr a filter that is a function
// of it: the second implementation that the first is checked against.
type naive struct {
	UserName string       `json:"userName"`
	External string       `json:"externalId,omitempty"`
	Active   *bool        `json:"active,omitempty"`
	Size     json.Number  `json:"shoeSize,omitempty"`
	Emails   []naiveEmail `json:"emails,omitempty"`
}

type naiveEmail struct {
	Type  string `json:"type,omitempty"`
	Value string `json:"value,omitempty"`
}

type naiveExpr struct {
	text string
	eval func(naive) bool
}

func (u naive) json() string {
	data, err := json.Marshal(u)
	if err != nil {
		panic(err)
	}
	return string(data)
}

var (
	naiveText   = rapid.SampledFrom([]string{"a", "A", "ab", "AB", "b", "ba", `q"uote`, "ü", "Ü", "a b"})
	naiveNumber = rapid.SampledFrom([]string{"0", "-1", "1", "1.0", "1.50", "15e-1", "1e2", "100", "99999999999999999999"})
	naiveType   = rapid.SampledFrom([]string{"work", "home", "WORK"})
)

func naiveUser(t *rapid.T) naive {
	u := naive{UserName: naiveText.Draw(t, "userName")}
	if rapid.Bool().Draw(t, "has externalId") {
		u.External = naiveText.Draw(t, "externalId")
	}
	if rapid.Bool().Draw(t, "has active") {
		active := rapid.Bool().Draw(t, "active")
		u.Active = &active
	}
	if rapid.Bool().Draw(t, "has shoeSize") {
		u.Size = json.Number(naiveNumber.Draw(t, "shoeSize"))
	}
	for range rapid.IntRange(0, 2).Draw(t, "emails") {
		u.Emails = append(u.Emails, naiveEmail{naiveType.Draw(t, "type"), naiveText.Draw(t, "value")})
	}
	return u
}

func naiveFilter(t *rapid.T, depth int) naiveExpr {
	last := 4
	if depth > 0 {
		last = 7
	}
	switch rapid.IntRange(0, last).Draw(t, "rule") {
	case 0:
		return naiveTextCompare(t, "userName", false, func(u naive) []string { return []string{u.UserName} })
	case 1:
		return naiveTextCompare(t, "externalId", true, func(u naive) []string { return []string{u.External} })
	case 2:
		return naiveNumberCompare(t)
	case 3:
		return naiveBool(t)
	case 4:
		return naiveEmailCompare(t)
	case 5:
		x := naiveFilter(t, depth-1)
		return naiveExpr{"not (" + x.text + ")", func(u naive) bool { return !x.eval(u) }}
	case 6:
		x, y := naiveFilter(t, depth-1), naiveFilter(t, depth-1)
		return naiveExpr{"(" + x.text + ") AND (" + y.text + ")", func(u naive) bool { return x.eval(u) && y.eval(u) }}
	}
	x, y := naiveFilter(t, depth-1), naiveFilter(t, depth-1)
	return naiveExpr{"(" + x.text + ") or (" + y.text + ")", func(u naive) bool { return x.eval(u) || y.eval(u) }}
}

// naiveHolds compares two texts; "" is unassigned.
func naiveHolds(op, value, want string, exact bool) bool {
	if !exact {
		value, want = strings.ToLower(value), strings.ToLower(want)
	}
	switch op {
	case "pr":
		return value != ""
	case "ne":
		return value != want
	}
	return value != "" && map[string]bool{
		"eq": value == want, "gt": value > want, "ge": value >= want, "lt": value < want, "le": value <= want,
		"co": strings.Contains(value, want), "sw": strings.HasPrefix(value, want), "ew": strings.HasSuffix(value, want),
	}[op]
}

func naiveTextCompare(t *rapid.T, name string, exact bool, get func(naive) []string) naiveExpr {
	op := rapid.SampledFrom([]string{"eq", "ne", "co", "sw", "ew", "gt", "ge", "lt", "le", "pr"}).Draw(t, "op")
	want := naiveText.Draw(t, "literal")
	text := name + " " + op
	if op != "pr" {
		literal, _ := json.Marshal(want)
		text += " " + string(literal)
	}
	return naiveExpr{text, func(u naive) bool {
		values := get(u)
		for _, v := range values {
			if naiveHolds(op, v, want, exact) {
				return true
			}
		}
		return len(values) == 0 && op == "ne"
	}}
}

func naiveNumberCompare(t *rapid.T) naiveExpr {
	op := rapid.SampledFrom([]string{"eq", "ne", "gt", "ge", "lt", "le"}).Draw(t, "op")
	literal := naiveNumber.Draw(t, "literal")
	return naiveExpr{"shoeSize " + op + " " + literal, func(u naive) bool {
		if u.Size == "" {
			return op == "ne"
		}
		a, _ := new(big.Rat).SetString(string(u.Size))
		b, _ := new(big.Rat).SetString(literal)
		c := a.Cmp(b)
		return map[string]bool{"eq": c == 0, "ne": c != 0, "gt": c > 0, "ge": c >= 0, "lt": c < 0, "le": c <= 0}[op]
	}}
}

func naiveBool(t *rapid.T) naiveExpr {
	op := rapid.SampledFrom([]string{"eq", "ne"}).Draw(t, "op")
	literal := rapid.SampledFrom([]string{"true", "false", `"True"`, `"False"`, "null"}).Draw(t, "literal")
	return naiveExpr{"active " + op + " " + literal, func(u naive) bool {
		var equal bool
		switch {
		case literal == "null":
			equal = u.Active == nil
		case u.Active != nil:
			equal = *u.Active == strings.Contains(strings.ToLower(literal), "true")
		}
		return equal == (op == "eq")
	}}
}

func naiveEmailCompare(t *rapid.T) naiveExpr {
	kind := naiveType.Draw(t, "type")
	if rapid.Bool().Draw(t, "without brackets") {
		name := rapid.SampledFrom([]string{"emails", "emails.value", "EMAILS.Value"}).Draw(t, "name")
		x := naiveTextCompare(t, name, false, func(u naive) []string {
			var values []string
			for _, e := range u.Emails {
				values = append(values, e.Value)
			}
			return values
		})
		return x
	}
	inner := naiveTextCompare(t, "value", false, nil)
	op, want := strings.Fields(inner.text)[1], ""
	if op != "pr" {
		_ = json.Unmarshal([]byte(strings.SplitN(inner.text, " ", 3)[2]), &want)
	}
	text := `emails[type eq "` + kind + `" and ` + inner.text + `]`
	if rapid.Bool().Draw(t, "as Entra writes it") {
		text = `emails[type eq "` + kind + `"].` + inner.text
	}
	return naiveExpr{text, func(u naive) bool {
		for _, e := range u.Emails {
			if strings.EqualFold(e.Type, kind) && naiveHolds(op, e.Value, want, false) {
				return true
			}
		}
		return false
	}}
}
