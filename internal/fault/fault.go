// Package fault injects failures on purpose.
package fault

import (
	"net/http"
	"time"
)

// Spec is a rule as somebody wrote it: flat keys, the same on the command
// line (key=value), in the form on the Faults page, and in the control API.
type Spec map[string]string

// ParseSpec reads the words of a command line: a kind or a preset's name, then
// key=value pairs that override the preset's own.
func ParseSpec(words []string) (Spec, error) { panic("unwritten") }

// Status is a rule as it stands.
type Status struct {
	ID      string    `json:"id"`
	Spec    Spec      `json:"spec"`
	Text    string    `json:"text"` // one line for people: "status 503 on user.create, first 2"
	Armed   time.Time `json:"armed"`
	Expires time.Time `json:"expires,omitzero"` // zero for never
	Matched int       `json:"matched"`          // calls that its matchers took
	Fired   int       `json:"fired"`
	Left    int       `json:"left"`           // how often it can still fire; -1 for no bound
	Last    string    `json:"last,omitempty"` // what it last did, and to which operation
	LastAt  time.Time `json:"lastAt,omitzero"`
}

// Preset is a named Spec.
type Preset struct {
	Name      string // "lost-create"
	Group     string // "Outage", "Throttling", "Credentials", "Lost responses", "Slow"
	Summary   string // one line on what it does
	Commits   bool   // whether state is stored although the client sees a failure
	ReachesAs string // how it reaches Entra through a tunnel
	Spec      Spec
}

// Presets returns all presets, in the order of their groups.
func Presets() []Preset { panic("unwritten") }

// Kind describes a kind of fault.
type Kind struct {
	Name      string
	Summary   string
	Commits   bool
	ReachesAs string
	Params    []Param
}

// Param describes a key of a Spec.
type Param struct {
	Name    string
	Summary string
	Example string
	Default string
}

// Kinds returns all kinds.
func Kinds() []Kind { panic("unwritten") }

// MatchParams and SelectParams describe the keys that every kind takes: which
// calls it matches, and when it fires.
func MatchParams() []Param  { panic("unwritten") }
func SelectParams() []Param { panic("unwritten") }

// Options are the parts of an Engine.
type Options struct {
	Seed uint64           // decides every percent
	Now  func() time.Time // nil: time.Now
	// NameOf returns the userName or displayName behind an id, for rules on
	// user and display; nil: none are known.
	NameOf func(id string) string
}

// Engine holds the armed rules.
type Engine struct{}

// New returns an engine without rules.
func New(o Options) *Engine { panic("unwritten") }

// Arm checks spec and arms it. The error names the wrong key or value and the
// nearest right one.
func (e *Engine) Arm(spec Spec) (Status, error) { panic("unwritten") }

// Disarm removes a rule, and reports whether there was one.
func (e *Engine) Disarm(id string) bool { panic("unwritten") }

// Clear removes all rules and returns how many there were.
func (e *Engine) Clear() int { panic("unwritten") }

// Armed returns the rules that can still fire or are kept to be seen: a rule
// whose budget is spent stays listed with Left 0 until disarmed, but does not
// count as armed.
func (e *Engine) List() []Status { panic("unwritten") }

// Active returns how many rules can still fire.
func (e *Engine) Active() int { panic("unwritten") }

// Inject returns next behind the rules. It must run inside journal.Record.
func (e *Engine) Inject(next http.Handler) http.Handler { panic("unwritten") }
