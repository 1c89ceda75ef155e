package scim

import "slices"

// Profile says how strictly requests are read.
type Profile uint8

const (
	// Entra accepts every shape that Microsoft Entra ID sends, and notes
	// each departure from the RFC as a Quirk.
	Entra Profile = iota
	// RFC refuses what RFC 7643 and 7644 forbid.
	RFC
)

// Quirk is the name of one way in which a client's request departs from the
// RFC, such as "op-capitalised".
type Quirk string

// Reading is the reading of one request: how strict it is, and what was
// forgiven on the way. The zero value reads in the Entra profile.
type Reading struct {
	Profile Profile
	quirks  []Quirk
}

// Forgive is called where a request departs from the RFC in a known way. In
// the Entra profile it notes the quirk and returns nil; in the RFC profile it
// returns refusal, which says what the RFC wants instead.
func (r *Reading) Forgive(q Quirk, refusal error) error {
	if r.Profile == RFC {
		return refusal
	}
	r.Note(q)
	return nil
}

// forgiveUnknown is Forgive for an attribute that no schema has. A body may
// have thousands of them, so the refusal, which looks for the nearest name, is
// made only where it is used.
func (r *Reading) forgiveUnknown(refusal func() *Error) error {
	if r.Profile == RFC {
		return refusal()
	}
	r.Note(QuirkUnknownAttribute)
	return nil
}

// Note records a departure that even the RFC profile lets pass.
func (r *Reading) Note(q Quirk) {
	if !slices.Contains(r.quirks, q) {
		r.quirks = append(r.quirks, q)
	}
}

// Quirks returns what was noted, in the order in which it was met.
func (r *Reading) Quirks() []Quirk { return r.quirks }
