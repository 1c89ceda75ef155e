package store

import (
	"slices"
	"strings"
	"time"

	"airmock/internal/scim"
)

// view is how a query sees the resources of a table.
type view struct {
	model           *model
	table           *table
	filter          scim.Expr                                     // nil for all
	by              *scim.AttrPath                                // what they are sorted by; nil in order of creation
	locate          func(rt *scim.ResourceType, id string) string // see Query
	names           []string                                      // the top-level attributes that filter and by look at
	pick            *scim.Picker                                  // of names
	members, groups bool                                          // whether names has them
	meta            bool
}

func newView(m *model, a access, q Query) *view {
	v := &view{model: m, table: a.table, filter: a.filter, locate: q.Locate}
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
	v.pick = scim.NewPicker(v.names...)
	v.members, v.groups, v.meta = v.mentions("members"), v.mentions("groups"), v.mentions("meta")
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
	if quick && v.filter == nil {
		return key, true, nil
	}
	tree, err := v.tree(r)
	if err != nil || !scim.Match(v.filter, tree) {
		return "", false, err
	}
	if !quick {
		key = v.by.SortKey(tree)
	}
	return key, true, nil
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
	case by.Sub != "" || by.Def.Type != "string":
		return "", false
	}
	switch by.Name {
	case "id":
		return by.TextSortKey(r.ID), true
	case "externalId":
		return by.TextSortKey(r.ExternalID), true
	case v.table.nameAttr:
		return by.TextSortKey(r.Name), true
	case "displayName":
		return by.TextSortKey(r.DisplayName), true
	}
	return "", false
}

// instantKey is the key of a time as an image shows it, in milliseconds.
func instantKey(t time.Time) string { return scim.InstantSortKey(t.Truncate(time.Millisecond)) }

// tree renders r as the client sees it. What is not part of an image is added
// only where it is looked at.
func (v *view) tree(r *Resource) (*scim.Value, error) {
	tree, err := v.pick.Parse(r.Type, r.Image)
	if err != nil {
		return nil, err
	}
	if v.members && r.Type.HasMembers() {
		tree.Set("members", v.references(v.model.membersOf(r.ID), ""))
	}
	if v.groups && r.Type.HasGroups() {
		tree.Set("groups", v.references(v.model.groupsOf(r.ID), "direct"))
	}
	if meta := tree.Get("meta"); v.meta && v.locate != nil && meta.Kind() == scim.Object {
		meta.Set("location", scim.NewString(v.locate(r.Type, r.ID)))
	}
	return tree, nil
}

// references renders the resources at nodes as members, or as groups with what
// kind of membership it is.
func (v *view) references(nodes []*node, kind string) *scim.Value {
	list := scim.NewArray()
	for _, r := range resourcesOf(nodes) {
		value := memberValue(r)
		if kind != "" {
			value.Set("type", scim.NewString(kind))
		}
		if v.locate != nil {
			value.Set("$ref", scim.NewString(v.locate(r.Type, r.ID)))
		}
		list.Append(value)
	}
	return list
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
