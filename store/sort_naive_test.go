package store

import (
	"cmp"
	"encoding/json"
	"fmt"
	"math/big"
	"slices"
	"strings"
	"time"

	"pgregory.net/rapid"

	"airmock/internal/scim"
)

// sortNames are the attributes that the property tests sort by, with where an
// image has them and how a naive reader compares them.
var sortNames = []struct {
	name, path string
	naive      func(v any) any
}{
	{"userName", "userName", lower},
	{"DISPLAYNAME", "displayName", lower},
	{"title", "title", lower},
	{"externalId", "externalId", same},
	{"id", "id", same},
	{"name.givenName", "name/givenName", lower},
	{"emails", "emails/value", lower},
	{"emails.type", "emails/type", lower},
	{"active", "active", same},
	{"shoeSize", "shoeSize", same},
	{scim.URNEnterprise + ":department", scim.URNEnterprise + "/department", lower},
	{"meta.created", "meta/created", instant},
	{"meta.lastModified", "meta/lastModified", instant},
	{"meta.resourceType", "meta/resourceType", same},
	{"members", "members/value", lower},
}

func same(v any) any { return v }

func lower(v any) any {
	if s, ok := v.(string); ok {
		return strings.ToLower(s)
	}
	return v
}

func instant(v any) any {
	t, err := time.Parse(time.RFC3339, v.(string))
	if err != nil {
		panic(err)
	}
	return t
}

// naiveValue returns what a resource has at a path, of a list the primary
// element or the first; nil for nothing.
func naiveValue(v any, path string) any {
	for _, name := range strings.Split(path, "/") {
		if list, ok := v.([]any); ok {
			v = naivePreferred(list)
		}
		object, ok := v.(map[string]any)
		if !ok {
			return nil
		}
		v = object[name]
	}
	return v
}

func naivePreferred(list []any) any {
	for _, e := range list {
		if e.(map[string]any)["primary"] == true {
			return e
		}
	}
	if len(list) == 0 {
		return nil
	}
	return list[0]
}

// naiveCompare compares two values that are there.
func naiveCompare(a, b any) int {
	switch a := a.(type) {
	case bool:
		return cmp.Compare(fmt.Sprint(a), fmt.Sprint(b))
	case json.Number:
		x, _ := new(big.Rat).SetString(a.String())
		y, _ := new(big.Rat).SetString(b.(json.Number).String())
		return x.Cmp(y)
	case time.Time:
		return a.Compare(b.(time.Time))
	}
	return strings.Compare(a.(string), b.(string))
}

// naiveSort sorts resources in order of creation by one of sortNames.
func naiveSort(t *rapid.T, s *Store, resources []*Resource, by int, descending bool) []string {
	type row struct {
		id    string
		value any
	}
	var rows []row
	for _, r := range resources {
		var tree map[string]any
		dec := json.NewDecoder(strings.NewReader(string(r.Image)))
		dec.UseNumber()
		if err := dec.Decode(&tree); err != nil {
			t.Fatal(err)
		}
		var members []any
		for _, m := range s.Members(r.ID) {
			members = append(members, map[string]any{"value": m.ID})
		}
		tree["members"] = members
		value := naiveValue(tree, sortNames[by].path)
		if value != nil && value != "" {
			value = sortNames[by].naive(value)
		} else {
			value = nil
		}
		rows = append(rows, row{r.ID, value})
	}
	slices.SortStableFunc(rows, func(a, b row) int {
		c := 0
		switch {
		case a.value == nil && b.value == nil:
		case a.value == nil:
			c = 1
		case b.value == nil:
			c = -1
		default:
			c = naiveCompare(a.value, b.value)
		}
		if descending {
			c = -c
		}
		return c
	})
	out := make([]string, len(rows))
	for i, r := range rows {
		out[i] = r.id
	}
	return out
}
