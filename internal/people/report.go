package people

import (
	"errors"
	"strings"
	"unicode/utf8"

	"airmock/internal/scim"
)

// Counts is what became of rows.
type Counts struct {
	Created   int `json:"created"`
	Updated   int `json:"updated"`
	Unchanged int `json:"unchanged"` // were there as the file has them
	Skipped   int `json:"skipped"`   // were there and differed, and were left as they are
	Failed    int `json:"failed"`
	// Conflicts is how many met something in the tenant that they contradict,
	// whatever became of them.
	Conflicts int `json:"conflicts"`
}

// Report is what an import did, or in a dry run would do.
type Report struct {
	DryRun bool `json:"dryRun"`
	Rows   int  `json:"rows"` // that were read
	Counts
	Types       map[string]*Counts `json:"types"`                 // the same by resource type
	Problems    []Problem          `json:"problems"`              // conflicts and failures, the first ones
	More        int                `json:"more"`                  // problems beyond those
	Notes       []string           `json:"notes,omitempty"`       // what is strange about the file
	Waiting     int                `json:"waiting,omitempty"`     // rows that were read and refer to some that were not, and so were left out
	Interrupted bool               `json:"interrupted,omitempty"` // it ended before the file did
	Error       string             `json:"error,omitempty"`       // why it ended before the file did
}

// Problem is a row that was not simply taken.
type Problem struct {
	Row     int    `json:"row"`            // the number of the resource in the file, from 1
	Line    int    `json:"line,omitempty"` // where it begins
	Type    string `json:"type,omitempty"`
	Name    string `json:"name,omitempty"`
	Outcome string `json:"outcome"` // created, updated, skipped, failed
	Reason  string `json:"reason"`
}

const (
	maxProblems = 100
	maxText     = 512 // bytes of a text from a file in a report
)

func (r *Report) of(rt *scim.ResourceType) *Counts {
	c := r.Types[rt.Name]
	if c == nil {
		c = &Counts{}
		r.Types[rt.Name] = c
	}
	return c
}

func (r *Report) problem(p Problem) {
	if len(r.Problems) >= maxProblems {
		r.More++
		return
	}
	p.Name, p.Reason = clip(p.Name), clip(p.Reason)
	r.Problems = append(r.Problems, p)
}

// clip returns text, cut where it is longer than a report wants it.
func clip(text string) string {
	if len(text) <= maxText {
		return text
	}
	n := maxText
	for n > 0 && !utf8.RuneStart(text[n]) {
		n--
	}
	return strings.Clone(text[:n]) + "…"
}

// reasonOf is an error's text, without the error's SCIM type, which is for
// clients; "" for nil.
func reasonOf(err error) string {
	if err == nil {
		return ""
	}
	if refused, ok := errors.AsType[*scim.Error](err); ok {
		return refused.Detail
	}
	return err.Error()
}
