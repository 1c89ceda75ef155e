package tenant

import (
	"context"

	"airmock/internal/scim"
	"airmock/store"
)

// SetActive disables or enables a user here in the tenant, as somebody does
// who makes drift on purpose, to see how the provisioning service repairs it.
// No call records it. The error is store.ErrNotFound where there is no such
// user.
func (t *Tenant) SetActive(ctx context.Context, id string, active bool) error {
	rt := t.catalog.Type("User")
	op := scim.NewObject()
	op.Set("op", scim.NewString("replace"))
	op.Set("path", scim.NewString("active"))
	op.Set("value", scim.NewBool(active))
	doc := scim.NewObject()
	doc.Set("schemas", scim.NewArray(scim.NewString(scim.URNPatchOp)))
	doc.Set("Operations", scim.NewArray(op))
	reading := &scim.Reading{Profile: scim.RFC}
	patch, err := rt.ParsePatch(doc, reading)
	if err != nil {
		return err
	}
	_, err = t.store.Update(ctx, rt, id, func(cur *store.Resource) (scim.Draft, error) {
		body, err := rt.Body(cur.Image)
		if err != nil {
			return scim.Draft{}, err
		}
		return patch.Apply(body, reading)
	})
	return err
}

// DeleteResource deletes a user or group here in the tenant, for the same
// reason as SetActive. The error is store.ErrNotFound where there is none.
func (t *Tenant) DeleteResource(ctx context.Context, id string) error {
	res, err := t.store.Lookup(id)
	if err != nil {
		return err
	}
	_, err = t.store.Delete(ctx, res.Type, id, nil)
	return err
}
