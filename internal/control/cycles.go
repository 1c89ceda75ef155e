package control

import (
	"context"
	"math"
	"net/http"

	"airmock/internal/entra"
	"airmock/internal/journal"
)

// Cycle is a cycle as the API tells it.
type Cycle struct {
	entra.Cycle
	DurationMs float64 `json:"durationMs"`
	Rate       float64 `json:"callsPerSecond"`
}

// cycles answers with the cycles of the calls that the journal has, oldest
// first.
func (a *api) cycles(w http.ResponseWriter, _ *http.Request) error {
	list := []Cycle{}
	for _, c := range cyclesOf(a.tenant.Journal()) {
		list = append(list, Cycle{c, float64(c.Duration().Microseconds()) / 1000, c.Rate()})
	}
	return writeJSON(w, http.StatusOK, list)
}

func cyclesOf(j *journal.Journal) []entra.Cycle {
	calls, _ := j.Since(0, math.MaxInt)
	var cycles entra.Cycles
	cycles.Observe(calls)
	return cycles.List()
}

// Cycles returns the cycles, oldest first.
func (c *Client) Cycles(ctx context.Context) (list []Cycle, err error) {
	return list, c.do(ctx, http.MethodGet, "/v1/cycles", nil, &list)
}
