package tenant

import (
	"context"
	"io"

	"airmock/internal/people"
)

// Import puts people into the tenant, as somebody does who prepares a test. No
// call records it. See people.Import.
func (t *Tenant) Import(ctx context.Context, rows people.Rows, o people.Options) (people.Report, error) {
	o.Profile = t.cfg.Profile
	return people.Import(ctx, t.store, t.catalog, rows, o)
}

// Seed puts invented people into the tenant, beside those that are there. The
// same tenant seed and the same users before give the same people.
func (t *Tenant) Seed(ctx context.Context, users, groups int) (people.Report, error) {
	seed := t.cfg.Seed + uint64(t.store.Count(t.catalog.Type("User")))
	return t.Import(ctx, people.Invent(users, groups, seed), people.Options{Policy: people.Rename})
}

// Export writes people of the tenant as a file. See people.Export.
func (t *Tenant) Export(ctx context.Context, out io.Writer, format people.Format, what people.Selection) error {
	return people.Export(ctx, out, t.store, format, what)
}
