package tenant

import (
	"context"

	"airmock/internal/journal"
	"airmock/internal/numbers"
)

// Look returns a tenant that is empty but for the calls of a session, to be
// looked at: it answers nobody and keeps nothing. Of c it takes the catalog, the
// base path and the public address. file is what the session is called. Close it.
func Look(ctx context.Context, c Config, calls []*journal.Call, file string) (*Tenant, error) {
	c.Memory, c.DataDir = true, ""
	t := New(c)
	past, err := journal.Session(calls)
	if err != nil {
		return nil, err
	}
	t.journal, t.numbers, t.session = past, numbers.Of(past), file
	return t, t.Open(ctx)
}
