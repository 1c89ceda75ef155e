package store

import (
	"slices"
	"strings"
	"time"

	"airmock/internal/scim"
)

// view is how a query sees the resources of a table.
type view struct {
	model  *model
	table  *table
	filter scim.Expr      // nil for all
	by     *scim.AttrPath // what they are sorted by; nil in order of creation
	names  []string       // the top-level members that filter and by look at
	show   Show
	whole  bool // whether what they look at is no part of an image
	links  bool // whether names has a member with links

	buffer []byte      // see tree
	picker scim.Picker // see tree
}

func newView(m *model, a access, q Query) *view {
	v := &view{model: m, table: a.table, filter: a.filter}
	if a.exact != nil {
		v.filter = nil // it holds for all that is found
	}
	if q.Sort != nil {
		by := q.Sort.Path(a.table.rt)
		v.by = &by
	}
	v.names = topNames(nil, v.filter)
	if v.by != nil {
		v.names = append(v.names, topName(*v.by))
	}
	v.show = Show{
		Locate:  q.Locate,
		Members: a.table.rt.HasMembers() && v.mentions("members"),
		Groups:  a.table.rt.HasGroups() && v.mentions("groups"),
	}
	v.whole = v.show.Members || v.show.Groups || v.mentions("meta")
	v.links = slices.ContainsFunc(a.table.links, func(p scim.AttrPath) bool { return v.mentions(topName(p)) })
	return v
}

// mentions reports whether the query looks at the top-level attribute name.
func (v *view) mentions(name string) bool {
	return slices.ContainsFunc(v.names, func(n string) bool { return strings.EqualFold(n, name) })
}

// match reports whether r satisfies the filter, and returns its sort key. It
// parses r only where what it needs is not at hand.
func (v *view) match(r *Resource) (key string, ok bool, err error) {
	quick := v.by == nil
	if !quick {
		key, quick = v.quickKey(r)
	}
	matches, known := v.quickMatch(v.filter, r)
	if known && (quick || !matches) {
		return key, matches, nil
	}
	tree, err := v.tree(r)
	if err != nil || !known && !scim.Match(v.filter, tree) {
		return "", false, err
	}
	if !quick {
		key = strings.Clone(v.by.SortKey(tree)) // the tree lies in memory of v
	}
	return key, true, nil
}

// quickMatch is scim.Match for as much of a filter as fields of r know.
func (v *view) quickMatch(e scim.Expr, r *Resource) (matches, known bool) {
	switch e := e.(type) {
	case nil:
		return true, true
	case *scim.Compare:
		if text, ok := v.field(&e.Path, r); ok && text != "" { // an empty one may also be none
			return e.HoldsFor(text), true
		}
	case *scim.Not:
		matches, known = v.quickMatch(e.X, r)
		return !matches, known
	case *scim.And:
		if matches, known = v.quickMatch(e.Left, r); known && !matches {
			return false, true
		}
		right, knownRight := v.quickMatch(e.Right, r)
		return right, knownRight && (known || !right)
	case *scim.Or:
		if matches, known = v.quickMatch(e.Left, r); known && matches {
			return true, true
		}
		right, knownRight := v.quickMatch(e.Right, r)
		return right, knownRight && (known || right)
	}
	return false, false
}

// field is the text of an attribute where a field of r holds it.
func (v *view) field(path *scim.AttrPath, r *Resource) (text string, ok bool) {
	if path.URN != "" || path.Sub != "" || path.Def == nil || path.Def.MultiValued || path.Def.Type != "string" || path.IsForeign() {
		return "", false
	}
	switch path.Name {
	case "id":
		return r.ID, true
	case "externalId":
		return r.ExternalID, true
	case v.table.nameAttr:
		return r.Name, true
	case "displayName":
		return r.DisplayName, true
	}
	return "", false
}

// quickKey is the sort key of r where a field of r holds the value.
func (v *view) quickKey(r *Resource) (key string, ok bool) {
	by := v.by
	switch {
	case by.Name == "":
		return scim.NoSortKey, true
	case by.URN != "" || by.Def == nil || by.Def.MultiValued:
		return "", false
	case by.Name == "meta" && by.Sub == "created":
		return instantKey(r.Created), true
	case by.Name == "meta" && by.Sub == "lastModified":
		return instantKey(r.LastModified), true
	}
	text, ok := v.field(by, r)
	return by.TextSortKey(text), ok
}

// instantKey is the key of a time as an image shows it, in milliseconds.
func instantKey(t time.Time) string { return scim.InstantSortKey(t.Truncate(time.Millisecond)) }

// tree renders r as the client sees it, as far as the query looks. What is no
// part of an image is added only where it is looked at. The tree lies in
// memory of v, until the next one is made.
func (v *view) tree(r *Resource) (*scim.Value, error) {
	image := r.Image
	if v.whole || v.links && len(r.links) > 0 {
		v.buffer = v.model.appendJSON(v.buffer[:0], r, v.show)
		image = v.buffer
	}
	return v.picker.Pick(image, v.names)
}

// topNames appends the names of the members of an image that e looks at.
func topNames(names []string, e scim.Expr) []string {
	switch e := e.(type) {
	case *scim.And:
		return topNames(topNames(names, e.Left), e.Right)
	case *scim.Or:
		return topNames(topNames(names, e.Left), e.Right)
	case *scim.Not:
		return topNames(names, e.X)
	case *scim.Compare:
		return append(names, topName(e.Path))
	case *scim.ValuePath:
		return append(names, topName(e.Path))
	}
	return names
}

// topName is the name of the member in which an image has the attribute.
func topName(p scim.AttrPath) string {
	if p.URN != "" {
		return p.URN
	}
	return p.Name
}
