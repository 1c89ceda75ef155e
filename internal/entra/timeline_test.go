package entra

import (
	"strings"
	"testing"
	"time"

	"airmock/internal/journal"
	"airmock/internal/scim"
)

func TestWhatTouchesAUser(t *testing.T) {
	target := func(id string) scim.Target { return scim.Target{Endpoint: scim.EndpointUsers, ID: id} }
	body := func(text string) journal.Message { return journal.Message{Body: []byte(text)} }
	many := &journal.Effect{Type: "Group", ID: "g1", Name: "g", Added: []string{"lee"}, AddedN: 40}
	tests := []struct {
		name string
		call journal.Call
		want string
	}{
		{"asked for by id", journal.Call{Target: target("u1")}, "none"},
		{"created", journal.Call{Effect: &journal.Effect{ID: "u1", Change: "created"}}, "created"},
		{"added to a group", journal.Call{Effect: &journal.Effect{Type: "Group", ID: "g1", Added: []string{"kim"}, AddedN: 1}}, "joined"},
		{"added to a group among many", journal.Call{Effect: many, Request: body(`{"value":"u1"}`)}, "joined"},
		{"removed from a group", journal.Call{Effect: &journal.Effect{Type: "Group", ID: "g1", Removed: []string{"lee", "kim"}, RemovedN: 2}}, "left"},
		{"removed by a path among many", journal.Call{Effect: &journal.Effect{Type: "Group", ID: "g1", RemovedN: 1}, Request: body(`members[value eq \"u1\"]`)}, "left"},
		{"another was added to a group", journal.Call{Effect: &journal.Effect{Type: "Group", ID: "g1", Added: []string{"kimmy"}, AddedN: 1}}, ""},
		{"many others were added to a group", journal.Call{Effect: many, Request: body(`{"value":"u12"}`)}, ""},
		{"another resource", journal.Call{Target: target("u2"), Effect: &journal.Effect{ID: "u2", Name: "kim"}}, ""},
		{"nothing at all", journal.Call{}, ""},
		{"in bulk", journal.Call{Operation: scim.OpBulk, Parts: []*journal.Call{{}, {Effect: &journal.Effect{ID: "u1", Change: "updated"}}}}, "updated"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got := ""
			for _, touch := range Touches(&tt.call, "u1", "kim") {
				got += touch.Change
			}
			if got != tt.want {
				t.Errorf("%q, want %q", got, tt.want)
			}
		})
	}
}

func TestWhereAResourceIsInItsLife(t *testing.T) {
	day0 := time.Date(2026, 11, 22, 21, 0, 0, 0, time.UTC)
	at := func(days int) time.Time { return day0.AddDate(0, 0, days) }
	created := Event{Time: at(0), Seq: 1, Change: "created", Operation: "user.create"}
	active := func(days int, to, operation string) Event {
		return Event{Time: at(days), Seq: 2, Change: "updated", Operation: operation, Fields: []journal.Field{{Name: "active", To: to}}}
	}
	deleted := Event{Time: at(5), Seq: 9, Change: "deleted", Operation: "user.delete"}
	missing := Event{Time: at(6), Seq: 11, Change: "none", Operation: "user.get", Call: call(scim.OpUserGet, 404)}
	tests := []struct {
		name            string
		events          []Event
		present, active bool
		again           *Sighting
		day             int // of looking
		state           LifeState
		due             time.Time
		note            string
	}{
		{"created", []Event{created}, true, true, nil, 1, LifeActive, time.Time{}, ""},
		{"disabled by the service", []Event{created, active(1, "false", "user.disable")}, true, false, nil, 2, LifeWaiting, at(31), "23 December 2026"},
		{"restored", []Event{created, active(1, "false", "user.disable"), active(2, "true", "user.enable")}, true, true, nil, 2, LifeActive, time.Time{}, ""},
		{"disabled by the service long ago", []Event{created, active(1, "false", "user.disable")}, true, false, nil, 40, LifeWaiting, at(31), "only unassigned"},
		{"disabled by hand", []Event{created, active(1, "false", "")}, true, false, nil, 2, LifeDisabled, time.Time{}, "by hand"},
		{"never active", []Event{created}, true, false, nil, 2, LifeDisabled, time.Time{}, "created so"},
		{"deleted", []Event{created, deleted}, false, false, nil, 6, LifeDeleted, time.Time{}, "by call 9"},
		{"deleted by hand", []Event{created, {Time: at(5), Change: "deleted"}}, false, false, nil, 6, LifeDeleted, time.Time{}, "here by hand"},
		{"gone without a trace", []Event{created}, false, false, nil, 6, LifeDeleted, time.Time{}, "no call deleted it"},
		{"asked for after its deletion", []Event{created, deleted, missing}, false, false, nil, 6, LifeAgain, time.Time{}, "used again in call 11, which found nothing"},
		{"created again", []Event{created, deleted}, false, false, &Sighting{ID: "u2", Seq: 12}, 6, LifeAgain, time.Time{}, "created again as u2 in call 12"},
		{"brought back by a restore", []Event{created, deleted}, true, true, nil, 6, LifeAgain, time.Time{}, "restored"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got := LifeOf(tt.events, tt.present, tt.active, tt.again, at(tt.day))
			if got.State != tt.state || !got.Due.Equal(tt.due) || !strings.Contains(got.Note, tt.note) {
				t.Errorf("got %+v", got)
			}
		})
	}
}

func TestNamesLeadToEveryIDThatHadThem(t *testing.T) {
	made := func(seq uint64, id string) *journal.Call {
		c := call(scim.OpUserCreate, 201, did("created", "Ann@contoso.com"))
		c.Seq, c.Effect.ID = seq, id
		return c
	}
	calls := []*journal.Call{made(1, "u1"), made(2, "u2"), call(scim.OpUserCreate, 409, did("none", "ann@contoso.com"))}
	if got := strings.Join(Named(calls, "ann@contoso.com"), " "); got != "u1 u2" {
		t.Errorf("ids %s", got)
	}
	if again := CreatedAgain(calls, "User", "ann@contoso.com", "u1", 1); again == nil || again.ID != "u2" || again.Seq != 2 {
		t.Errorf("created again: %+v", again)
	}
	if again := CreatedAgain(calls, "User", "ann@contoso.com", "u2", 2); again != nil {
		t.Errorf("created again: %+v", again)
	}
}
