package entra

import (
	"bytes"
	"fmt"
	"net/http"
	"slices"
	"time"

	"airmock/internal/journal"
	"airmock/internal/scim"
)

// Touch is a call, or an operation of a bulk request, that touched a resource.
type Touch struct {
	*journal.Call
	Seq uint64 // of the whole call
	// Change is what it did to the resource: that of its effect, or "joined" and
	// "left" for a group's call that moved it as a member.
	Change string
}

// Touches returns what of a call touched the resource with that id: by its id
// or, as a group's member, by its id or its name. name may be "".
func Touches(call *journal.Call, id, name string) []Touch {
	var list []Touch
	for c := range call.All() {
		if change := touched(c, id, name); change != "" {
			list = append(list, Touch{c, call.Seq, change})
		}
	}
	return list
}

func touched(c *journal.Call, id, name string) string {
	e := c.Effect
	switch {
	case e != nil && e.ID == id:
		return e.Change
	case c.Target.ResourceID() == id:
		return "none"
	case e == nil || e.Type != "Group" || e.AddedN+e.RemovedN == 0:
		return ""
	case slices.Contains(e.Removed, name) && name != "":
		return "left"
	case slices.Contains(e.Added, name) && name != "":
		return "joined"
	}
	// The effect has the first names only, and those of then.
	if !bytes.Contains(c.Request.Body, []byte(`"`+id+`"`)) && !bytes.Contains(c.Request.Body, []byte(id+`\"`)) {
		return ""
	}
	switch {
	case e.AddedN == 0 && e.RemovedN > len(e.Removed):
		return "left"
	case e.RemovedN == 0 && e.AddedN > len(e.Added):
		return "joined"
	}
	return ""
}

// Event is a line of a timeline: a call that touched the resource, a version of
// it that no such call is known of, or both.
type Event struct {
	Time      time.Time
	Seq       uint64        // of the call; 0 where the journal has none
	Call      *journal.Call // the call, or the operation of a bulk request; nil where the journal has none
	Version   uint64        // that came of it; 0 for none
	Change    string        // "created", "updated", "deleted", "unchanged", "found", "none", "joined", "left"
	Operation string        // of what asked for it; "" for nobody who called
	Story     string
	Fields    []journal.Field
	Added     []string // members that came, and how many
	Removed   []string
	AddedN    int
	RemovedN  int
}

// EventOf is a touch as a line of the timeline. A membership is a difference of
// the attribute groups.
func EventOf(t Touch) Event {
	ev := Event{
		Time: t.Time, Seq: t.Seq, Call: t.Call, Change: t.Change,
		Operation: string(t.Operation), Story: Tell(t.Call).Text,
	}
	e := t.Effect
	switch t.Change {
	case "joined":
		ev.Fields = []journal.Field{{Name: "groups", To: quoted(e.Name)}}
	case "left":
		ev.Fields = []journal.Field{{Name: "groups", From: quoted(e.Name)}}
	case "created", "updated", "deleted":
		ev.Fields, ev.Added, ev.AddedN, ev.Removed, ev.RemovedN = e.Fields, e.Added, e.AddedN, e.Removed, e.RemovedN
		for _, group := range e.Left {
			ev.Fields = append(slices.Clip(ev.Fields), journal.Field{Name: "groups", From: quoted(group)})
		}
	}
	if t.Seq != t.Call.Seq { // a part has no number of its own
		ev.Story += " (in bulk)"
	}
	return ev
}

func quoted(text string) string { return string(appendText(nil, text)) }

// LifeState is where a resource is between its creation and its deletion.
type LifeState string

// The states of a life.
const (
	LifeActive   LifeState = "active"
	LifeDisabled LifeState = "disabled"           // by hand, or created so
	LifeWaiting  LifeState = "waiting for delete" // disabled by a call
	LifeDeleted  LifeState = "deleted"
	LifeAgain    LifeState = "seen again" // the id after its deletion, or its name under another id
)

// deleteAfter is how long Entra keeps what is deleted before it deletes it for
// good, and sends a DELETE.
const deleteAfter = 30 * 24 * time.Hour

// Life is the state of a resource, as far as its timeline tells.
type Life struct {
	State LifeState
	Since time.Time // zero where that is not known
	Due   time.Time // when Entra's DELETE is to be expected; for LifeWaiting
	Note  string    // what that means; text from the wire is not made safe here
}

// Sighting is the same name under another id: an earlier or a later one.
type Sighting struct {
	ID  string
	Seq uint64 // the call that created it; 0 where the journal has none
	At  time.Time
}

// LifeOf judges a timeline, oldest event first. present and active are of the
// tenant as it is. again is the resource of the same name that was created
// after this one was deleted; nil for none.
func LifeOf(events []Event, present, active bool, again *Sighting, now time.Time) Life {
	var disabled, deleted, after *Event
	var began time.Time
	for i := range events {
		ev := &events[i]
		switch {
		case ev.Change == "created":
			began, disabled = ev.Time, nil
		case ev.Change == "deleted":
			deleted, after = ev, nil
			continue
		case deleted != nil && after == nil:
			after = ev
		}
		for _, f := range ev.Fields {
			if f.Name != "active" {
				continue
			}
			if began = ev.Time; f.To == "false" {
				disabled = ev
			} else {
				disabled = nil
			}
		}
	}
	switch {
	case !present && deleted == nil && len(events) == 0:
		return Life{State: LifeDeleted, Note: "it is not here, and nothing is known of it"}
	case !present:
		return lifeAfter(deleted, after, again)
	case deleted != nil:
		return Life{State: LifeAgain, Since: after.since(), Note: fmt.Sprintf("it was deleted at %s and is here again under the same id: the tenant was restored", day(deleted.Time))}
	case active:
		return Life{State: LifeActive, Since: began}
	case disabled == nil:
		return Life{State: LifeDisabled, Note: "it was created so, or disabled before what is kept"}
	}
	return disabled.waiting(now)
}

func (ev *Event) since() time.Time {
	if ev == nil {
		return time.Time{}
	}
	return ev.Time
}

// lifeAfter is what became of what was deleted.
func lifeAfter(deleted, after *Event, again *Sighting) Life {
	life := Life{State: LifeDeleted, Since: deleted.since(), Note: "no call deleted it that is known: it was deleted here by hand, or the tenant was reset"}
	if deleted != nil {
		life.Note = "deleted " + deleted.by()
	}
	switch {
	case again != nil:
		life.State = LifeAgain
		life.Note += fmt.Sprintf("; created again as %s", again.ID)
		if again.Seq > 0 {
			life.Note += fmt.Sprintf(" in call %d", again.Seq)
		}
	case after != nil && after.Seq > 0:
		life.State = LifeAgain
		life.Note += fmt.Sprintf("; its id was used again in call %d, which found nothing", after.Seq)
		if after.Call != nil && after.Call.Status != http.StatusNotFound {
			life.Note = fmt.Sprintf("%s; its id was used again in call %d", "deleted "+deleted.by(), after.Seq)
		}
	}
	return life
}

// by says who asked for it.
func (ev *Event) by() string {
	switch {
	case ev.Seq > 0:
		return fmt.Sprintf("by call %d", ev.Seq)
	case ev.Operation != "":
		return "by " + ev.Operation
	}
	return "here by hand"
}

// waiting is the life of what an event disabled.
func (ev *Event) waiting(now time.Time) Life {
	if ev.Operation == "" {
		return Life{State: LifeDisabled, Since: ev.Time, Note: "disabled here by hand: the service will find the difference and may enable it again"}
	}
	life := Life{State: LifeWaiting, Since: ev.Time, Due: ev.Time.Add(deleteAfter)}
	if now.After(life.Due) {
		life.Note = fmt.Sprintf("Entra's DELETE would have been due on %s: the user was only unassigned, or blocked from signing in, for which none follows", day(life.Due))
	} else {
		life.Note = fmt.Sprintf("if the user was deleted in Entra, a DELETE follows after 30 days, about %s; where it was only unassigned, none does", day(life.Due))
	}
	return life
}

func day(t time.Time) string { return t.Format("2 January 2006") }

// isCreateOf reports whether a call made a resource of that type and name.
func isCreateOf(c *journal.Call, typ, name string) bool {
	return c.Effect != nil && c.Effect.Change == "created" && c.Effect.Type == typ && sameName(c.Effect.Name, name)
}

func sameName(a, b string) bool { return keyNamed("", a) == keyNamed("", b) }

// CreatedAgain returns the resource that the calls show to be created under the
// same name as the one with that id, after the call numbered seq; nil for none.
func CreatedAgain(calls []*journal.Call, typ, name, id string, seq uint64) *Sighting {
	for _, call := range calls {
		if call.Seq <= seq || name == "" {
			continue
		}
		for c := range call.All() {
			if isCreateOf(c, typ, name) && c.Effect.ID != id {
				return &Sighting{c.Effect.ID, call.Seq, c.Time}
			}
		}
	}
	return nil
}

// Named returns the ids under which the calls knew a user or group of that
// name, in the order in which they did.
func Named(calls []*journal.Call, name string) []string {
	var ids []string
	for _, call := range calls {
		for c := range call.All() {
			e := c.Effect
			if e == nil || e.ID == "" || c.Operation == scim.OpBulk || e.Change == "none" || !sameName(e.Name, name) || slices.Contains(ids, e.ID) {
				continue
			}
			ids = append(ids, e.ID)
		}
	}
	return ids
}
