package scim

import (
	"slices"
	"strings"
)

// oldSchemas is how the URIs of the schemas begin that Microsoft used before
// SCIM 2.0 and still sends with groups.
const oldSchemas = "http://schemas.microsoft.com/2006/11/ResourceManagement/ADSCIM/"

// checkSchemas holds the client's list of schemas against the body (RFC 7643
// section 3).
func (in *resourceReader) checkSchemas() error {
	if in.schemas.IsEmpty() {
		return in.r.Forgive(QuirkSchemasMissing, Errorf(InvalidSyntax, `schemas is missing; send "schemas": [%q]`, in.rt.Schema.ID))
	}
	if in.schemas.kind != Array {
		err := in.r.Forgive(QuirkArrayAsSingle, Errorf(InvalidSyntax, "schemas is multi-valued; send a list of values, even for one"))
		if err != nil {
			return err
		}
	}
	listed := make([]*Schema, 0, 4)
	for e := range in.schemas.Elements() {
		s, err := in.listedSchema(e)
		if err != nil {
			return err
		}
		listed = append(listed, s)
	}
	return in.checkListed(listed)
}

// listedSchema returns the schema that an element of schemas names, or nil
// where the profile forgives that it names none.
func (in *resourceReader) listedSchema(e *Value) (*Schema, error) {
	if e.Kind() != String {
		return nil, Errorf(InvalidSyntax, "schemas must hold the URNs of schemas, not %s", brief(e))
	}
	urn := e.Text()
	s, mistyped := in.rt.schema(urn)
	if s != nil {
		return s, in.forgiveTypo(s, mistyped, urn)
	}
	quirk := QuirkSchemaUnknown
	if strings.HasPrefix(urn, oldSchemas) {
		quirk = QuirkOldGroupSchema
	}
	return nil, in.r.Forgive(quirk, Errorf(InvalidSyntax, "%s has no schema %s", in.rt.Name, excerpt(urn)))
}

// checkListed looks for a schema that is used and not listed.
func (in *resourceReader) checkListed(listed []*Schema) error {
	if !slices.Contains(listed, in.rt.Schema) {
		if err := in.unlisted(in.rt.Schema); err != nil {
			return err
		}
	}
	for _, ext := range in.rt.Extensions {
		if in.body.Get(ext.Schema.ID) == nil || slices.Contains(listed, ext.Schema) {
			continue
		}
		if err := in.unlisted(ext.Schema); err != nil {
			return err
		}
	}
	return nil
}

func (in *resourceReader) unlisted(s *Schema) error {
	return in.r.Forgive(QuirkSchemaUnlisted, Errorf(InvalidSyntax, "the body has attributes of %s, which schemas does not list; add it", s.ID))
}
