// Package fault injects failures on purpose: armed rules, each of which takes
// some calls and does something wrong to them.
//
// A rule has a kind, which says what goes wrong; matchers, which say for which
// calls (all of them must hold); and a selector, which says for which of the
// matching calls. Rules are asked in the order in which they were armed.
// Latencies add up. Of the other kinds, which decide the outcome of a call,
// the first rule that fires wins, and those behind it are not asked: the call
// does not count as a match of theirs.
package fault

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"time"
)

// Spec is a rule as somebody wrote it: flat keys, the same on the command
// line (key=value), in the form on the Faults page, and in the control API.
// The key kind says what goes wrong; the key preset, in its place, names a
// Preset whose keys the others override.
type Spec map[string]string

// UnmarshalJSON reads an object whose values are strings, numbers or booleans:
// {"code": 503} is as good as {"code": "503"}.
func (s *Spec) UnmarshalJSON(data []byte) error {
	var values map[string]json.RawMessage
	if err := json.Unmarshal(data, &values); err != nil {
		return err
	}
	spec := Spec{}
	for _, key := range slices.Sorted(maps.Keys(values)) {
		value := string(values[key])
		switch value[0] {
		case '"':
			if err := json.Unmarshal(values[key], &value); err != nil {
				return err
			}
		case '{', '[', 'n': // an object, an array, null
			return fmt.Errorf("the value of %s is neither a string nor a number", key)
		}
		spec[key] = value
	}
	*s = spec
	return nil
}

// Status is a rule as it stands.
type Status struct {
	ID      string    `json:"id"`
	Spec    Spec      `json:"spec"`
	Text    string    `json:"text"` // one line for people: "status 503 on user.create, first 2"
	Armed   time.Time `json:"armed"`
	Expires time.Time `json:"expires,omitzero"` // zero for never
	Matched int       `json:"matched"`          // calls that its matchers took while it could still fire
	Fired   int       `json:"fired"`
	Left    int       `json:"left"`           // how often it can still fire, at most; -1 for no bound
	Last    string    `json:"last,omitempty"` // to which operation it last did what: "user.create: answered 503"
	LastAt  time.Time `json:"lastAt,omitzero"`
}

// Preset is a named Spec.
type Preset struct {
	Name      string `json:"name"`      // "lost-create"
	Group     string `json:"group"`     // "Outage", "Throttling", "Credentials", "Lost responses", "Wrong answers", "Slow"
	Summary   string `json:"summary"`   // one line on what it does
	Commits   bool   `json:"commits"`   // whether state is stored although the client sees a failure
	ReachesAs string `json:"reachesAs"` // how it reaches Entra through a tunnel
	Spec      Spec   `json:"spec"`
}

// Kind describes a kind of fault.
type Kind struct {
	Name      string  `json:"name"`
	Summary   string  `json:"summary"`
	Commits   bool    `json:"commits"`
	ReachesAs string  `json:"reachesAs"`
	Params    []Param `json:"params"`
}

// Param describes a key of a Spec.
type Param struct {
	Name    string `json:"name"`
	Summary string `json:"summary"`
	Example string `json:"example"`
	Default string `json:"default,omitempty"`
}
