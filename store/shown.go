package store

import (
	"slices"

	"github.com/go-json-experiment/json/jsontext"

	"airmock/internal/scim"
)

// Show says what is shown of a resource beside its image. What its links lead
// to is always shown.
type Show struct {
	// Locate appends the URL of a resource as the client knows it, as the
	// inside of a JSON string: meta.location, and the $ref of references. With
	// nil, neither is shown.
	Locate  func(dst []byte, rt *scim.ResourceType, id string) []byte
	Members bool // a group's, an empty list too: clients loop over it
	Groups  bool // a user's, where there are any
}

// referenceSize is about what one entry of members or groups takes.
const referenceSize = 200

// AppendJSON appends the JSON of a resource as readers see it: its image, and
// spliced into that what follows from other resources. Filters see the same. A
// resource from before a Restore is shown with what was beside it then.
func (s *Store) AppendJSON(dst []byte, r *Resource, show Show) []byte {
	return r.home.appendJSON(dst, r, show)
}

func (m *model) appendJSON(dst []byte, r *Resource, show Show) []byte {
	dst = slices.Grow(dst, len(r.Image)+referenceSize*(1+len(r.links)))
	at := 0
	for _, l := range r.links {
		dst = append(dst, r.Image[at:l.End]...)
		dst = m.appendTarget(dst, l, show)
		at = l.End
	}
	dst = append(dst, r.Image[at:r.Tail]...)
	switch {
	case show.Members && r.Type.HasMembers():
		dst = m.appendMembers(dst, r.ID, show)
	case show.Groups && r.Type.HasGroups():
		dst = m.appendGroups(dst, r.ID, show)
	}
	if show.Locate == nil {
		return append(dst, r.Image[r.Tail:]...)
	}
	dst = append(dst, r.Image[r.Tail:len(r.Image)-len(`}}`)]...)
	dst = append(dst, `,"location":"`...)
	dst = show.Locate(dst, r.Type, r.ID)
	return append(dst, `"}}`...)
}

// appendTarget appends to a link, which is open at the end, what there is to
// say of the resource that it leads to. Of one that leads nowhere there is
// nothing.
func (m *model) appendTarget(dst []byte, l scim.Link, show Show) []byte {
	target := m.lookup(l.ID)
	if target == nil {
		return dst
	}
	if show.Locate != nil {
		dst = append(dst, `,"$ref":"`...)
		dst = show.Locate(dst, target.Type, target.ID)
		dst = append(dst, '"')
	}
	for _, sub := range l.Def.SubAttributes {
		if text := targetText(sub, target); text != "" {
			dst = append(dst, ',')
			dst = appendString(dst, sub.Name)
			dst = append(dst, ':')
			dst = appendString(dst, text)
		}
	}
	return dst
}

// targetText is what the sub-attribute of a link says of the resource that the
// link leads to, where the schema leaves that to the service provider, as with
// a manager's displayName (RFC 7643 section 4.3).
func targetText(sub *scim.Attribute, target *Resource) string {
	if sub.Mutability != "readOnly" {
		return ""
	}
	switch sub.Name {
	case "displayName":
		return target.DisplayName
	case "display":
		return displayOf(target)
	case "type":
		return target.Type.Name
	}
	return ""
}

func (m *model) appendMembers(dst []byte, groupID string, show Show) []byte {
	nodes, extras := m.membersOf(groupID)
	dst = append(slices.Grow(dst, len(nodes)*referenceSize), `,"members":[`...)
	n := 0
	for _, member := range nodes {
		r := member.res.Load()
		if r == nil { // deleted since
			continue
		}
		dst = appendReference(dst, n, r, r.Type.Name, show)
		if extra := extras[member]; extra != "" { // an object, to be continued in the other
			dst = append(dst[:len(dst)-1], ',')
			dst = append(dst, extra[1:]...)
		}
		n++
	}
	return append(dst, ']')
}

// appendGroups appends the groups that a resource is in. RFC 7643 section 4.1.2
// has the type "indirect" for those that have it through a group of theirs.
func (m *model) appendGroups(dst []byte, id string, show Show) []byte {
	nodes, direct := m.allGroupsOf(id)
	if len(nodes) == 0 {
		return dst
	}
	dst = append(dst, `,"groups":[`...)
	n := 0
	for i, g := range nodes {
		r := g.res.Load()
		if r == nil { // deleted since
			continue
		}
		kind := "direct"
		if i >= direct {
			kind = "indirect"
		}
		dst = appendReference(dst, n, r, kind, show)
		n++
	}
	return append(dst, ']')
}

// appendReference appends the i-th entry of a list of references.
func appendReference(dst []byte, i int, r *Resource, kind string, show Show) []byte {
	if i > 0 {
		dst = append(dst, ',')
	}
	dst = append(dst, `{"value":`...)
	dst = appendString(dst, r.ID)
	if show.Locate != nil {
		dst = append(dst, `,"$ref":"`...)
		dst = show.Locate(dst, r.Type, r.ID)
		dst = append(dst, '"')
	}
	dst = append(dst, `,"display":`...)
	dst = appendString(dst, displayOf(r))
	dst = append(dst, `,"type":"`...)
	dst = append(dst, kind...)
	return append(dst, `"}`...)
}

// appendString appends s as a JSON string. It cannot fail: s came out of JSON.
func appendString(dst []byte, s string) []byte {
	dst, _ = jsontext.AppendQuote(dst, s)
	return dst
}
