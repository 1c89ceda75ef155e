package tenant

import (
	"context"
	"fmt"
	"io"
	"time"

	"airmock/store"
)

// Restore replaces the whole state by a snapshot, see store.Store.Restore. No
// call records it; those that run get a line of diagnostics instead.
func (t *Tenant) Restore(ctx context.Context, in io.Reader) (store.SnapshotInfo, error) {
	info, err := t.store.Restore(ctx, in)
	if err == nil {
		t.say(fmt.Sprintf("the tenant was restored from a snapshot taken %s: %s", info.Taken.Format(time.RFC3339), info.Counts))
	}
	return info, err
}

// Reset empties the tenant and returns what is gone, see store.Store.Reset. As
// with Restore, no call records it.
func (t *Tenant) Reset(ctx context.Context, keepTokens bool) (store.Counts, error) {
	gone, err := t.store.Reset(ctx, keepTokens)
	if err == nil {
		t.say(fmt.Sprintf("the tenant was reset; gone are %s", gone))
	}
	return gone, err
}

// say tells what happened to those who look at a running tenant. A command that
// opened it says so itself.
func (t *Tenant) say(text string) {
	if t.server != nil {
		t.cfg.Warn(text)
	}
}
