package tui

import (
	"context"
	"strings"

	"airmock/internal/scim"
	"airmock/internal/search"
	"airmock/store"
)

// peopleFilter selects users or groups: by a SCIM filter, or by words that
// must all be in a name, the externalId or the id. The zero value selects all.
type peopleFilter struct {
	expr  scim.Expr
	words []string // in lower case
}

// readPeopleFilter reads what was typed. It is a SCIM filter where it looks
// like one; the error of one that cannot be read names the position.
func readPeopleFilter(rt *scim.ResourceType, text string) (peopleFilter, error) {
	if !looksLikeFilter(rt, text) {
		return peopleFilter{words: strings.Fields(strings.ToLower(text))}, nil
	}
	expr, err := rt.ParseFilter(text, &scim.Reading{})
	if err != nil {
		return peopleFilter{}, err
	}
	return peopleFilter{expr: expr}, nil
}

// looksLikeFilter tells `userName sw "b"` from words like "le grand": a filter
// begins with an attribute that there is, and an operator follows. A value
// path (emails[…]) and a URN are no words either.
func looksLikeFilter(rt *scim.ResourceType, text string) bool {
	text = strings.TrimLeft(text, " (")
	if rest, ok := cutWord(text, "not"); ok {
		text = strings.TrimLeft(rest, " (")
	}
	first, rest, _ := strings.Cut(text, " ")
	second, _, _ := strings.Cut(strings.TrimLeft(rest, " "), " ")
	name, _, hasPath := strings.Cut(first, "[")
	urn := strings.HasPrefix(strings.ToLower(first), "urn:")
	if !urn && !isAttribute(rt, name) {
		return false
	}
	return hasPath || isOperator(strings.TrimRight(second, ")"))
}

// cutWord cuts a word off the start of text, in any case.
func cutWord(text, word string) (rest string, ok bool) {
	if len(text) <= len(word) || !strings.EqualFold(text[:len(word)], word) {
		return text, false
	}
	rest = text[len(word):]
	return rest, rest[0] == ' ' || rest[0] == '('
}

// isAttribute reports whether name is an attribute of rt, or one with a
// sub-attribute ("name.familyName"), or common to all (RFC 7643 section 3.1).
func isAttribute(rt *scim.ResourceType, name string) bool {
	name, _, _ = strings.Cut(name, ".")
	for _, common := range []string{"id", "externalId", "meta", "schemas"} {
		if strings.EqualFold(name, common) {
			return true
		}
	}
	return name != "" && rt.Schema.Attribute(name) != nil
}

func isOperator(word string) bool {
	switch scim.CompareOp(strings.ToLower(word)) {
	case scim.Eq, scim.Ne, scim.Co, scim.Sw, scim.Ew, scim.Gt, scim.Ge, scim.Lt, scim.Le, scim.Pr:
		return true
	}
	return false
}

// find asks the store for the resources that the filter selects.
func (f peopleFilter) find(ctx context.Context, s *store.Store, rt *scim.ResourceType) ([]*store.Resource, error) {
	page, err := s.Query(ctx, store.Query{Type: rt, Filter: f.expr, Start: 1, Count: -1})
	if err != nil || len(f.words) == 0 {
		return page.Resources, err
	}
	var found []*store.Resource
	for i, r := range page.Resources {
		if i%1024 == 0 && ctx.Err() != nil {
			return nil, ctx.Err()
		}
		if f.matches(r) {
			found = append(found, r)
		}
	}
	return found, nil
}

// matches reports whether each of the words is somewhere in what r is known by.
func (f peopleFilter) matches(r *store.Resource) bool {
	for _, w := range f.words {
		if !search.Holds(r.Name, w) && !search.Holds(r.DisplayName, w) && !search.Holds(r.ExternalID, w) && !search.Holds(r.ID, w) {
			return false
		}
	}
	return true
}
