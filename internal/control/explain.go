package control

import (
	"encoding/json"
	"net/http"

	"airmock/internal/entra"
	"airmock/internal/fault"
	"airmock/internal/journal"
	"airmock/internal/scim"
)

// maxHits is how many calls an explanation shows.
const maxHits = 10

// Explanation is what a rule would do.
type Explanation struct {
	fault.Explanation
	Entra  string            `json:"entra,omitempty"`  // how Entra copes, as far as it is documented
	Source string            `json:"source,omitempty"` // where that is documented
	Calls  []json.RawMessage `json:"calls"`            // the newest that it would have fired for
}

// explainFault says what a rule would do, and would have done to the calls of
// the journal. It arms nothing.
func (a *api) explainFault(w http.ResponseWriter, r *http.Request) error {
	var spec fault.Spec
	if err := readJSON(w, r, &spec); err != nil {
		return err
	}
	calls, _ := a.tenant.Journal().Since(0, 1<<31-1)
	told, err := a.tenant.Faults().Explain(spec, calls)
	if err != nil {
		return refuse(http.StatusBadRequest, "%v", err)
	}
	x := Explanation{Explanation: told, Calls: []json.RawMessage{}}
	if !told.Delays {
		example := journal.Call{Operation: scim.OpUnknown, Status: told.Status, Fault: &journal.FaultNote{Kind: told.Kind}}
		if told.Commits {
			example.Effect = &journal.Effect{Change: "updated"}
		}
		story := entra.Tell(&example)
		x.Entra, x.Source = story.Next, story.NextSource
	}
	for _, c := range told.Hits[max(0, len(told.Hits)-maxHits):] {
		x.Calls = append(x.Calls, entra.AppendCall(nil, c))
	}
	return writeJSON(w, http.StatusOK, x)
}
