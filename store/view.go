package store

import (
	"strings"
	"time"

	"airmock/internal/scim"
)

// view is how a query sees the resources of a table.
type view struct {
	model           *model
	table           *table
	filter          scim.Expr      // nil for all
	by              *scim.AttrPath // what they are sorted by; nil in order of creation
	members, groups bool           // whether filter or by speak of them
}

func newView(m *model, t *table, q Query) *view {
	v := &view{model: m, table: t, filter: scim.ForType(q.Filter, t.rt)}
	v.members, v.groups = mentions(v.filter, "members"), mentions(v.filter, "groups")
	if q.Sort != nil {
		by := q.Sort.Path(t.rt)
		v.by = &by
		v.members = v.members || strings.EqualFold(by.Name, "members")
		v.groups = v.groups || strings.EqualFold(by.Name, "groups")
	}
	return v
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

// tree renders r as filters see it. Memberships are not part of an image, and
// are added only where they are looked at.
func (v *view) tree(r *Resource) (*scim.Value, error) {
	tree, err := r.Type.ParseImage(r.Image)
	if err != nil {
		return nil, err
	}
	if v.members {
		tree.Set("members", memberValues(resourcesOf(v.model.membersOf(r.ID))))
	}
	if v.groups {
		tree.Set("groups", memberValues(resourcesOf(v.model.groupsOf(r.ID))))
	}
	return tree, nil
}

func memberValues(resources []*Resource) *scim.Value {
	list := scim.NewArray()
	for _, r := range resources {
		list.Append(memberValue(r))
	}
	return list
}

// mentions reports whether e looks at the top-level attribute name.
func mentions(e scim.Expr, name string) bool {
	switch e := e.(type) {
	case *scim.And:
		return mentions(e.Left, name) || mentions(e.Right, name)
	case *scim.Or:
		return mentions(e.Left, name) || mentions(e.Right, name)
	case *scim.Not:
		return mentions(e.X, name)
	case *scim.Compare:
		return strings.EqualFold(e.Path.Name, name)
	case *scim.ValuePath:
		return strings.EqualFold(e.Path.Name, name)
	}
	return false
}
