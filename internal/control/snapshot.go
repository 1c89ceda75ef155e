package control

import (
	"fmt"
	"net/http"
)

// snapshot sends the state as a file. Where the file is cut off, its last line
// is missing, which whoever reads it finds out.
func (a *api) snapshot(w http.ResponseWriter, r *http.Request) error {
	shot, err := a.tenant.Store().Snapshot(r.Context())
	if err != nil {
		return err
	}
	w.Header().Set("Content-Type", "application/octet-stream")
	w.Header().Set("Content-Disposition", fmt.Sprintf(`attachment; filename="airmock-%s.snapshot"`, shot.Info().Taken.Format("20060102T150405Z")))
	_, _ = shot.WriteTo(w) // it fails where the client is gone
	return nil
}

func (a *api) restore(w http.ResponseWriter, r *http.Request) error {
	info, err := a.tenant.Restore(r.Context(), r.Body)
	if err != nil {
		return fmt.Errorf("%w; nothing was changed", err)
	}
	return writeJSON(w, http.StatusOK, info)
}

// NewReset is the body that asks for a reset; none is the same as {}.
type NewReset struct {
	KeepTokens bool `json:"keepTokens"`
}

func (a *api) reset(w http.ResponseWriter, r *http.Request) error {
	var n NewReset
	if r.ContentLength != 0 {
		if err := readJSON(w, r, &n); err != nil {
			return err
		}
	}
	gone, err := a.tenant.Reset(r.Context(), n.KeepTokens)
	if err != nil {
		return fmt.Errorf("%w; nothing was changed", err)
	}
	return writeJSON(w, http.StatusOK, gone)
}
