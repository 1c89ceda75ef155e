package control

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"time"

	"airmock/internal/journal"
	"airmock/internal/replay"
)

// maxReplay bounds the body that asks for a replay: it may hold edited requests.
const maxReplay = 64 << 20

// Replay is what is to be replayed.
type Replay struct {
	Calls    string           `json:"calls"`
	Target   string           `json:"target,omitempty"` // "" for this tenant
	Token    string           `json:"token,omitempty"`
	DryRun   bool             `json:"dryRun,omitempty"`
	Rate     float64          `json:"rate,omitempty"`     // calls a second at most; 0 for no limit
	Requests []replay.Request `json:"requests,omitempty"` // edited ones, in place of all recorded ones
}

func (a *api) replay(w http.ResponseWriter, r *http.Request) error {
	var asked Replay
	if err := readLargeJSON(w, r, maxReplay, &asked); err != nil {
		return err
	}
	if asked.Rate != 0 && asked.Rate < 0.001 {
		return refuse(http.StatusBadRequest, "the rate %g is not a number of calls a second, such as 5 or 0.5", asked.Rate)
	}
	target := replay.Here(a.tenant, asked.Token)
	if asked.Target != "" {
		var err error
		if target, err = replay.Elsewhere(asked.Target, asked.Token, a.tenant.Catalog()); err != nil {
			return refuse(http.StatusBadRequest, "%v", err)
		}
	}
	calls, err := replay.Select(a.tenant.Journal(), asked.Calls, a.setting())
	switch {
	case errors.Is(err, replay.ErrNoCalls):
		return refuse(http.StatusNotFound, "%v", err)
	case err != nil:
		return refuse(http.StatusBadRequest, "%v", err)
	}
	w.Header().Set("Content-Type", "application/x-ndjson")
	out := json.NewEncoder(w)
	if err := a.replayAll(r.Context(), w, out, &replay.Run{Target: target, DryRun: asked.DryRun}, calls, asked); err != nil {
		_ = out.Encode(problem{err.Error()}) // the answer has begun
	}
	return nil
}

// replayAll replays calls until ctx ends, and tells of each.
func (a *api) replayAll(ctx context.Context, w http.ResponseWriter, out *json.Encoder, run *replay.Run, calls []*journal.Call, asked Replay) error {
	edited := make(map[uint64]*replay.Request)
	for i := range asked.Requests {
		edited[asked.Requests[i].Call] = &asked.Requests[i]
	}
	var pause time.Duration
	if asked.Rate > 0 && !asked.DryRun {
		pause = time.Duration(float64(time.Second) / asked.Rate)
	}
	first := true
	for _, c := range calls {
		if asked.Requests != nil && edited[c.Seq] == nil {
			continue
		}
		if !first && !paused(ctx, pause) {
			return nil
		}
		first = false
		outcome, err := run.Call(ctx, c, edited[c.Seq])
		if err != nil {
			return err
		}
		if err := errors.Join(out.Encode(outcome), http.NewResponseController(w).Flush()); err != nil {
			return nil // the client is gone
		}
	}
	return nil
}

// paused waits, and reports whether ctx goes on.
func paused(ctx context.Context, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return ctx.Err() == nil
	case <-ctx.Done():
		return false
	}
}

// Replay replays calls and hands what came of each to each. Where ctx ends, the
// tenant ends behind the call that is under way.
func (c *Client) Replay(ctx context.Context, asked Replay, each func(replay.Outcome) error) error {
	body, err := json.Marshal(asked)
	if err != nil {
		return err
	}
	resp, err := c.send(ctx, http.MethodPost, "/v1/replay", bytes.NewReader(body))
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	in := json.NewDecoder(bufio.NewReader(resp.Body))
	for in.More() {
		var line struct {
			replay.Outcome
			problem
		}
		if err := in.Decode(&line); err != nil {
			return errors.Join(ctx.Err(), fmt.Errorf("read what came of a call: %w", err))
		}
		if line.Error != "" {
			return errors.New(line.Error)
		}
		if err := each(line.Outcome); err != nil {
			return err
		}
	}
	return ctx.Err()
}
