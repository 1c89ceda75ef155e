package control

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"

	"airmock/store"
)

// Snapshot writes a snapshot of the tenant's state to out, and says what it
// holds. After an error, out has a part of it. progress is that of
// store.CheckSnapshot.
func (c *Client) Snapshot(ctx context.Context, out io.Writer, progress func(float64)) (store.SnapshotInfo, error) {
	resp, err := c.send(ctx, http.MethodGet, "/v1/snapshot", nil)
	if err != nil {
		return store.SnapshotInfo{}, err
	}
	defer resp.Body.Close()
	return store.CheckSnapshot(io.TeeReader(resp.Body, out), progress)
}

// Restore replaces the tenant's state by a snapshot. Where ctx ends, the tenant
// has its old state, or, if it had all of the snapshot already, the new one.
func (c *Client) Restore(ctx context.Context, in io.Reader) (info store.SnapshotInfo, err error) {
	resp, err := c.send(ctx, http.MethodPost, "/v1/restore", in)
	if err != nil {
		return info, err
	}
	defer resp.Body.Close()
	if err := json.NewDecoder(resp.Body).Decode(&info); err != nil {
		return info, fmt.Errorf("read the answer to the restore: %w", err)
	}
	return info, nil
}

// Reset empties the tenant and returns what is gone.
func (c *Client) Reset(ctx context.Context, keepTokens bool) (gone store.Counts, err error) {
	return gone, c.do(ctx, http.MethodPost, "/v1/reset", NewReset{keepTokens}, &gone)
}
