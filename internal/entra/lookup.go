package entra

import (
	"bytes"
	"fmt"
	"strconv"
	"strings"

	"airmock/internal/scim"
)

// isLookup reports whether the answer to the call is found or not found.
func (s *subject) isLookup() bool {
	if s.Operation == scim.OpProbe {
		return !s.isTest()
	}
	return s.Operation.Verb() == "query"
}

// question is a filter as a story understands it.
type question struct {
	attribute, value string // attribute eq "value"; "" for any other filter
	refers, to       string // and refers eq "to", where attribute is id
}

// ask returns what the call's filter asks for.
func (s *subject) ask() question {
	if !s.asked {
		s.asked = true
		s.question = s.readFilter()
	}
	return s.question
}

func (s *subject) readFilter() question {
	rt := scim.StandardCatalog().Type("User")
	switch {
	case s.kind() == "group":
		rt = scim.StandardCatalog().Type("Group")
	case s.Operation.OtherType() != "":
		rt = nil // names are taken as they are
	}
	expr, err := rt.ParseFilter(s.Filter, &scim.Reading{})
	if err != nil {
		return question{}
	}
	if q, ok := equality(expr); ok {
		return q
	}
	and, ok := expr.(*scim.And)
	if !ok {
		return question{}
	}
	// The two come in either order.
	left, okLeft := equality(and.Left)
	right, okRight := equality(and.Right)
	if left.attribute != "id" {
		left, right = right, left
	}
	if !okLeft || !okRight || left.attribute != "id" {
		return question{}
	}
	left.refers, left.to = right.attribute, right.value
	return left
}

// equality reads attribute eq "value", where attribute may be filtered by
// type: emails[type eq "work"].value eq "x" asks for emails.
func equality(e scim.Expr) (question, bool) {
	switch e := e.(type) {
	case *scim.Compare:
		if e.Op == scim.Eq && e.Value.Kind() == scim.String {
			return question{attribute: e.Path.Name, value: e.Value.Text()}, true
		}
	case *scim.ValuePath:
		if value, ok := scim.EqualityOn(e.Filter, "value"); ok {
			return question{attribute: e.Path.Name, value: value}, true
		}
	}
	return question{}, false
}

// attributeWords are the attributes of a lookup in the words of a story. Those
// that are a name need none.
var attributeWords = map[string]string{
	"userName":    "",
	"displayName": "",
	"externalId":  "externalId ",
	"emails":      "the email ",
	"id":          "the id ",
}

func (s *subject) lookUp() string {
	q := s.ask()
	switch {
	case q.refers == "manager":
		return fmt.Sprintf("Check whether %s is the manager of %s", s.referred(q.to), s.named("user", q.value))
	case q.refers == "members":
		return fmt.Sprintf("Check whether %s is in %s", s.referred(q.to), s.named("group", q.value))
	case q.refers != "":
		return fmt.Sprintf("Check whether %s has the %s %s", s.named(s.kind(), q.value), q.refers, shorten(q.to, maxValue))
	case q.attribute == "":
		return fmt.Sprintf("Look up %ss with %s", s.kind(), shorten(s.Filter, maxName)) + s.ordered()
	}
	words, ok := attributeWords[q.attribute]
	switch {
	case q.attribute == "members":
		return "Look up the groups of " + s.referred(q.value)
	case q.attribute == "manager":
		return "Look up whose manager " + s.referred(q.value) + " is"
	case !ok:
		return fmt.Sprintf("Look up %ss with %s %s", s.kind(), q.attribute, shorten(q.value, maxName))
	}
	if words == "" && (s.kind() == "group" || q.attribute == "displayName") {
		words = s.kind() + " "
	}
	return "Look up " + words + shorten(q.value, maxName)
}

// named is the name of the resource with that id where the call found it, else
// its kind and short id.
func (s *subject) named(kind, id string) string {
	if s.Effect != nil && s.Effect.ID == id && s.Effect.Name != "" {
		return shorten(s.Effect.Name, maxName)
	}
	return kind + " " + ShortID(id)
}

// referred is the name of the resource with that id to which a lookup by
// reference refers, else its short id.
func (s *subject) referred(id string) string {
	if s.Effect != nil {
		for _, f := range s.Effect.Fields {
			if strings.HasSuffix(f.Name, ".display") && f.To != "" {
				return shorten(scalar(f.To), maxName)
			}
		}
	}
	return ShortID(id)
}

// looked words what a lookup found.
func (s *subject) looked() ending {
	q := s.ask()
	switch {
	case q.refers != "" && s.Results == 0:
		return ending{endNotFound, "no"}
	case q.refers != "":
		return ending{endFound, "yes"}
	case s.Results == 0 && s.Operation == scim.OpProbe:
		return ending{endNotFound, "not found (a match by object id, or Test Connection)"}
	case s.Results == 0:
		return ending{endNotFound, "not found"}
	case s.Results > 1:
		return ending{endFound, fmt.Sprintf("%d found", s.Results)}
	case s.Effect != nil && s.Effect.Name != "" && !strings.EqualFold(s.Effect.Name, q.value):
		return ending{endFound, "found " + shorten(s.Effect.Name, maxName)}
	}
	return ending{endFound, "found"}
}

func (s *subject) list() string { return "List " + s.kind() + "s" + s.ordered() + s.extent() }

// ordered says in which order a list is asked for, and which page of a walk.
func (s *subject) ordered() string {
	text := ""
	if by := s.parameter("sortBy"); by != "" {
		text = ", sorted by " + shorten(by, maxValue)
		if strings.EqualFold(s.parameter("sortOrder"), "descending") {
			text += " descending"
		}
	}
	if s.parameter("cursor") != "" {
		text += ", page after the cursor"
	}
	return text
}

// extent says how much of the whole a list answer holds.
func (s *subject) extent() string {
	if s.Results < 0 || !s.succeeded() {
		return ""
	}
	total, ok := numberIn(s.Response.Body, `"totalResults":`)
	if !ok {
		return fmt.Sprintf(" (%d)", s.Results)
	}
	start, err := strconv.Atoi(s.parameter("startIndex"))
	if err != nil || start < 1 {
		start = 1 // RFC 7644 section 3.4.2.4
	}
	switch {
	case total == 0:
		return " (none)"
	case total == s.Results && start == 1:
		return fmt.Sprintf(" (all %d)", total)
	case s.parameter("cursor") != "":
		return fmt.Sprintf(" (%d of %d)", s.Results, total)
	}
	return fmt.Sprintf(" (%d of %d from %d)", s.Results, total, start)
}

// numberIn returns the whole number behind a key of a JSON text.
func numberIn(body []byte, key string) (int, bool) {
	_, rest, ok := bytes.Cut(body, []byte(key))
	if !ok {
		return 0, false
	}
	rest = bytes.TrimLeft(rest, " ")
	end := 0
	for end < len(rest) && rest[end] >= '0' && rest[end] <= '9' {
		end++
	}
	n, err := strconv.Atoi(string(rest[:end]))
	return n, err == nil
}
