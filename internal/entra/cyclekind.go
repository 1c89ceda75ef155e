package entra

import (
	"fmt"
	"strings"
	"time"

	"airmock/internal/journal"
	"airmock/internal/scim"
)

const (
	// onDemandTime is how long provisioning on demand takes at most, and
	// onDemandMembers how many members of a group it sends, as Microsoft says.
	onDemandTime    = 30 * time.Second
	onDemandMembers = 5
	// A cycle begins about 40 minutes after the one before.
	beatFrom, beatTo = 35 * time.Minute, 50 * time.Minute
)

// shape is what a cycle's kind is judged by.
type shape struct {
	began     bool                // there was more than probes
	since     time.Time           // when that began
	probed    bool                // it began with a probe
	touches   bool                // it looked up, read or wrote users or groups
	ids       map[string]string   // ids of the users and groups that it met, with their types
	matches   int                 // lookups by a matching attribute
	filters   map[string]struct{} // of them, at most a few
	wrote     map[string]int      // writes by type
	cached    int                 // resources that it asked for by an id that was known before
	rematched int                 // resources of earlier cycles that it looked up again
	known     int                 // resources that it could know from before
}

// beginsActivity reports whether the call is the lookup of a random user with
// which each activity of the service begins. A GUID as externalId may be an
// ordinary match, in the middle of one.
func beginsActivity(c *journal.Call) bool {
	if c.Operation != scim.OpProbe || c.Target.Endpoint != scim.EndpointUsers {
		return false
	}
	s := subject{Call: c}
	return s.ask().attribute != "externalId"
}

// note takes an operation into account. known tells whether the client met the
// resource in an earlier cycle.
func (h *shape) note(s *subject, known bool) {
	if !s.begins() {
		h.probed = h.probed || !h.began && s.Operation == scim.OpProbe
		if s.Operation == scim.OpProbe && !s.isTest() {
			h.matches++
		}
		return
	}
	if !h.began {
		h.began, h.since = true, s.Time
	}
	typ, verb := s.typeName(), verbOf(s.Operation)
	if verb == "" || verb == "list" {
		return
	}
	h.touches = h.touches || verb != "replace"
	id := s.ResourceID()
	_, met := h.ids[id]
	if id != "" && !met {
		if h.ids == nil {
			h.ids = make(map[string]string)
		}
		h.ids[id] = typ
	}
	switch {
	case verb == "query":
		h.noteLookup(s, known && !met)
		return
	case verb != "create" && !met:
		h.cached++
	}
	if verb != "get" {
		if h.wrote == nil {
			h.wrote = make(map[string]int)
		}
		h.wrote[typ]++
	}
}

// begins reports whether with such a call there is more than a test: what gets
// in, and is no lookup of what cannot exist. A lookup by a GUID as externalId
// may be a match, but then it is followed by what it leads to.
func (s *subject) begins() bool {
	switch s.end.outcome {
	case endNoToken, endWrongToken, endRevokedToken, endExpiredToken, endNoPath, endBadLookup:
		return false
	}
	return s.Operation != scim.OpProbe || s.Results > 0
}

func (h *shape) noteLookup(s *subject, again bool) {
	if s.ask().refers != "" {
		return
	}
	h.matches++
	const enough = 8 // to tell one from several
	if len(h.filters) < enough {
		if h.filters == nil {
			h.filters = make(map[string]struct{})
		}
		h.filters[s.typeName()+" "+s.Filter] = struct{}{}
	}
	if again && s.Results == 1 {
		h.rematched++
	}
}

// typeName is the name of the type of the resource that the operation is about.
func (s *subject) typeName() string {
	switch s.kind() {
	case "user":
		return "User"
	case "group":
		return "Group"
	}
	return s.kind()
}

// verbOf is what an operation does with a resource, whatever the name of its
// special case; "" for operations on none.
func verbOf(op scim.Operation) string {
	switch op {
	case scim.OpProbe:
		return "query"
	case scim.OpUserDisable, scim.OpUserEnable, scim.OpGroupMemberAdd, scim.OpGroupMemberRemove:
		return "patch"
	}
	return op.Verb()
}

// judge says what kind of cycle r is, as far as it came, and why.
func (who *client) judge(r *run, cut bool) (CycleKind, string) {
	h := &r.shape
	switch {
	case !h.began && !h.probed:
		return CycleOther, "nothing that got in and that the provisioning service would ask"
	case !h.began && r.Failed > 0:
		return CycleProbe, "nothing but lookups of what cannot exist, and not all were answered as Entra wants it"
	case !h.began:
		return CycleProbe, "nothing but lookups of what cannot exist: Test Connection, or a cycle without anything to do"
	case who.called != serviceName:
		return CycleOther, "these are calls of " + who.called + ", which are not known to come in cycles"
	case !h.touches:
		return CycleOther, "no lookup, read or change of users and groups as the provisioning service makes them"
	case !h.probed && len(h.wrote) == 0 && who.cycles == 0:
		return CycleOther, "it looks at users and groups and changes none, and does not begin with a test"
	}
	if who.cycles > 0 {
		if after := r.Started.Sub(who.started); after >= beatFrom && after <= beatTo {
			return who.judgeCycle(r, cut, fmt.Sprintf("it began %d minutes after the cycle before", int(after.Round(time.Minute).Minutes())))
		}
	}
	if why := h.onDemand(&r.Cycle); why != "" {
		return CycleOnDemand, why
	}
	return who.judgeCycle(r, cut, "")
}

// judgeCycle tells an initial cycle from an incremental one.
func (who *client) judgeCycle(r *run, cut bool, beat string) (CycleKind, string) {
	h := &r.shape
	switch {
	case who.cycles == 0 && h.cached == 0 && cut:
		return CycleInitial, "the first that the journal still has, and everything in it is looked up"
	case who.cycles == 0 && h.cached == 0:
		return CycleInitial, "the first of this client, and everything in it is looked up"
	case who.cycles == 0 && !cut && r.Created > h.cached: // one id from elsewhere makes no habit
		return CycleInitial, "the first of this client, and most of it is created"
	case h.cached == 0 && h.rematched >= 2 && 2*h.rematched > h.known:
		return CycleInitial, fmt.Sprintf("%d of %s from before were looked up again, as after a restart of provisioning", h.rematched, count(h.known, "resource"))
	case beat != "":
		return CycleIncremental, beat
	case h.cached > 0:
		return CycleIncremental, count(h.cached, "resource") + " asked for by an id that was known before"
	}
	return CycleIncremental, "a cycle of this client came before"
}

// onDemand says why the calls look like provisioning on demand; "" where they
// do not. It tests, looks up one user or one group with few members, and writes
// that, within half a minute.
func (h *shape) onDemand(c *Cycle) string {
	took := c.Ended.Sub(h.since)
	moved := c.MembersAdded + c.MembersRemoved
	if !h.probed || h.matches == 0 || h.cached > 0 || took > onDemandTime {
		return ""
	}
	users, groups := 0, 0
	for _, typ := range h.ids {
		switch typ {
		case "User":
			users++
		case "Group":
			groups++
		default:
			return ""
		}
	}
	if len(h.ids) == 0 { // all failed or nothing was found
		for filter := range h.filters {
			if strings.HasPrefix(filter, "Group ") {
				groups++
			} else {
				users++
			}
		}
	}
	const about = ", in %.1f s: provisioning on demand, or a cycle with nothing else to do"
	switch {
	case users == 1 && groups == 0:
		return fmt.Sprintf("a test, and then one user alone, looked up"+about, took.Seconds())
	case groups == 1 && max(users, moved) <= onDemandMembers && h.wrote["User"] == 0:
		return fmt.Sprintf("a test, and then one group alone with %s, looked up"+about, count(moved, "member"), took.Seconds())
	}
	return ""
}
