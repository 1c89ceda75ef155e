package fault

import (
	"maps"
	"slices"
	"strings"
	"time"

	"airmock/internal/journal"
	"airmock/internal/scim"
)

// Explanation is what a rule would do, if it were armed.
type Explanation struct {
	Text      string `json:"text"`      // the rule in one line
	Kind      string `json:"kind"`      //
	Does      string `json:"does"`      // what goes wrong
	Commits   bool   `json:"commits"`   // whether state is stored although the client sees a failure
	Fires     string `json:"fires"`     // for which of its matches
	ReachesAs string `json:"reachesAs"` // how it reaches Entra through a tunnel
	Looked    int    `json:"looked"`    // calls that were looked at
	Matched   int    `json:"matched"`   // of these
	Fired     int    `json:"fired"`

	// Delays says that the answers stay as they are. Otherwise Status is that
	// of the answer, 0 for a connection that is cut.
	Delays bool            `json:"-"`
	Status int             `json:"-"`
	Hits   []*journal.Call `json:"-"` // those that it would have fired for
}

// Explain says what a rule would do, and for which of these calls, in order, it
// would have fired if it had been armed before them as the only one. It arms
// nothing. The error is that of Arm.
//
// Of a call in the journal the body is there up to a limit, and names are those
// of today, so that a match by name may differ from what it was then. What is
// left to chance is drawn as for the next such rule that is armed.
func (e *Engine) Explain(spec Spec, calls []*journal.Call) (Explanation, error) {
	r, err := compile(spec, operations{e.types})
	if err != nil {
		return Explanation{}, err
	}
	r.dice = freeDice(e.seed, r.spec, *e.rules.Load())
	x := Explanation{
		Text: r.text, Kind: r.kind.Name, Does: r.kind.Summary, Commits: r.kind.Commits, ReachesAs: r.kind.ReachesAs,
		Fires: r.fires(), Looked: len(calls), Delays: r.outcome == nil,
	}
	if a, ok := r.outcome.(*answer); ok {
		x.Status = a.status
	}
	for _, preset := range Presets() {
		if maps.Equal(preset.Spec, r.spec) { // by its name, or written out
			x.Does, x.ReachesAs = preset.Summary, preset.ReachesAs
		}
	}
	for _, c := range calls {
		if !r.match.takes(e.past(c)) {
			continue
		}
		x.Matched++
		if r.left() == 0 {
			continue
		}
		if _, fires := r.ask(time.Time{}); fires {
			x.Hits = append(x.Hits, c)
		}
	}
	x.Fired = r.fired
	return x, nil
}

// past is a call of the journal as the matchers saw it when it came.
func (e *Engine) past(c *journal.Call) *subject {
	again := *c
	again.Doc, _ = scim.Parse(c.Request.Body) // nil where there is none, or it is no JSON
	return &subject{call: &again, nameOf: func(id string) string {
		if c.Effect != nil && c.Effect.ID == id && c.Effect.Name != "" {
			return c.Effect.Name
		}
		return e.nameOf(id)
	}}
}

// fires says for which of its matches the rule fires.
func (r *rule) fires() string {
	texts := r.choose.texts()
	if len(texts) == 0 || !slices.ContainsFunc(choosers, func(key string) bool { return r.spec[key] != "" }) {
		texts = append([]string{"every match"}, texts...)
	}
	if r.ttl > 0 {
		texts = append(texts, "for "+shortDuration(r.ttl)+" from when it is armed")
	}
	return strings.Join(texts, ", ")
}
