package scim

import "slices"

// AppendSchema appends the /Schemas representation of s on a service of that
// profile. location is its absolute URL.
func AppendSchema(dst []byte, s *Schema, p Profile, location string) []byte {
	v := NewObject()
	v.Set("schemas", NewArray(NewString(URNSchema)))
	v.Set("id", NewString(s.ID))
	setText(v, "name", s.Name)
	setText(v, "description", s.Description)
	v.Set("attributes", attributeList(s.shown(p)))
	v.Set("meta", discoveryMeta("Schema", location))
	return v.AppendJSON(dst)
}

// shown returns the attributes that /Schemas tells of. In the Entra profile a
// group's members have the name that answers have beside the id: RFC 7643
// section 8.7.1 does not list it, section 2.4 gives it to every multi-valued
// attribute, and a client that builds its types from /Schemas could not read a
// group without it.
func (s *Schema) shown(p Profile) []*Attribute {
	i := indexOf(s.Attributes, "members")
	if p == RFC || s.ID != URNGroup || i < 0 || indexOf(s.Attributes[i].SubAttributes, "display") >= 0 {
		return s.Attributes
	}
	members := *s.Attributes[i]
	members.SubAttributes = append(slices.Clone(members.SubAttributes), &Attribute{
		Name: "display", Type: "string", Description: "A human-readable name of the member, for display.",
		Mutability: "readOnly", Returned: "default", Uniqueness: "none",
	})
	shown := slices.Clone(s.Attributes)
	shown[i] = &members
	return shown
}

// AppendResourceType appends the /ResourceTypes representation of rt.
func AppendResourceType(dst []byte, rt *ResourceType, location string) []byte {
	v := NewObject()
	v.Set("schemas", NewArray(NewString(URNResourceType)))
	v.Set("id", NewString(rt.Name))
	v.Set("name", NewString(rt.Name))
	setText(v, "description", rt.Description)
	v.Set("endpoint", NewString(rt.Endpoint))
	v.Set("schema", NewString(rt.Schema.ID))
	if len(rt.Extensions) > 0 {
		extensions := NewArray()
		for _, e := range rt.Extensions {
			x := NewObject()
			x.Set("schema", NewString(e.Schema.ID))
			x.Set("required", NewBool(e.Required))
			extensions.Append(x)
		}
		v.Set("schemaExtensions", extensions)
	}
	v.Set("meta", discoveryMeta("ResourceType", location))
	return v.AppendJSON(dst)
}

func discoveryMeta(resourceType, location string) *Value {
	meta := NewObject()
	meta.Set("resourceType", NewString(resourceType))
	setText(meta, "location", location)
	return meta
}

func attributeList(attrs []*Attribute) *Value {
	list := NewArray()
	for _, a := range attrs {
		list.Append(attributeValue(a))
	}
	return list
}

// attributeValue is an attribute's definition. Characteristics that mean
// nothing for its type, or have no value, are left out: strict readers refuse
// nulls and empty lists.
func attributeValue(a *Attribute) *Value {
	v := NewObject()
	v.Set("name", NewString(a.Name))
	v.Set("type", NewString(a.Type))
	if len(a.SubAttributes) > 0 {
		v.Set("subAttributes", attributeList(a.SubAttributes))
	}
	v.Set("multiValued", NewBool(a.MultiValued))
	setText(v, "description", a.Description)
	v.Set("required", NewBool(a.Required))
	setTexts(v, "canonicalValues", a.CanonicalValues)
	if slices.Contains([]string{"string", "reference", "binary"}, a.Type) {
		v.Set("caseExact", NewBool(a.CaseExact))
	}
	setText(v, "mutability", a.Mutability)
	setText(v, "returned", a.Returned)
	if a.Type != "boolean" {
		setText(v, "uniqueness", a.Uniqueness)
	}
	setTexts(v, "referenceTypes", a.ReferenceTypes)
	return v
}

// setText sets a member that is left out where it is empty.
func setText(v *Value, name, text string) {
	if text != "" {
		v.Set(name, NewString(text))
	}
}

// setTexts sets a list that is left out where it is empty.
func setTexts(v *Value, name string, texts []string) {
	if len(texts) == 0 {
		return
	}
	list := NewArray()
	for _, t := range texts {
		list.Append(NewString(t))
	}
	v.Set(name, list)
}
