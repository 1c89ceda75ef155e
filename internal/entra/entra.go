// Package entra says what a call means to somebody who watches Microsoft
// Entra ID provision. Pure functions over calls.
package entra

import (
	"airmock/internal/journal"
	"airmock/internal/scim"
)

// Story is what a call means.
type Story struct {
	Text   string // one sentence: "Disable a.kim@contoso.com"; text from the wire is not made safe here
	Why    string // a longer text: why the service does this; may be ""
	Source string // where that is documented; may be ""
}

// Tell tells the story of a call.
func Tell(c *journal.Call) Story { panic("unwritten") }

// QuirkInfo explains a quirk.
type QuirkInfo struct {
	Name    scim.Quirk
	Summary string // one sentence
	Source  string // RFC section or Microsoft page
}

// Quirk explains q; an unknown one explains itself as its name.
func Quirk(q scim.Quirk) QuirkInfo { panic("unwritten") }

// AppendCall appends the JSON form of a call, one object without a newline.
func AppendCall(dst []byte, c *journal.Call) []byte { panic("unwritten") }

// StepState is how far a checklist step is.
type StepState uint8

const (
	StepOpen    StepState = iota
	StepCurrent           // the next to do
	StepDone
	StepFailed
)

// Step is a line of the setup checklist.
type Step struct {
	State  StepState
	Title  string // "Test Connection"
	Detail string // what was seen, or what to do
}

// Setup is what the checklist looks at beside the calls.
type Setup struct {
	TenantURL string
	Public    bool     // whether TenantURL can be reached from outside
	Tokens    []string // names of live tokens
}

// Checklist is the setup checklist. It is fed calls in order and keeps only
// what it concluded from them.
type Checklist struct{}

// Observe takes the next calls into account.
func (l *Checklist) Observe(calls []*journal.Call) { panic("unwritten") }

// Steps returns the checklist as it stands.
func (l *Checklist) Steps(s Setup) []Step { panic("unwritten") }
