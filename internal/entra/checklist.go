package entra

import (
	"fmt"
	"net/http"
	"strings"
	"time"

	"airmock/internal/journal"
	"airmock/internal/scim"
)

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
	Detail string // what was seen, or what to do; text from the wire is not made safe here
}

// Setup is what the checklist looks at beside the calls.
type Setup struct {
	TenantURL string
	Public    bool     // whether TenantURL can be reached from outside
	Tokens    []string // names of live tokens
}

// Checklist is the setup checklist. It is fed calls in order and keeps only
// what it concluded from them. The zero value has seen none.
type Checklist struct {
	begun    bool    // a call was seen
	cut      bool    // the calls before the first that was seen are not known any more
	arrived  bool    // a call came that was meant for a SCIM server
	accepted bool    // a token was accepted
	test     finding // the last Test Connection, or the last call that shows why it cannot work
	cycle    finding
	user     finding
	group    finding
	disabled finding
}

// finding is what a call showed.
type finding struct {
	state StepState // StepOpen for nothing yet
	text  string
}

// Observe takes the next calls into account.
func (l *Checklist) Observe(calls []*journal.Call) {
	for _, c := range calls {
		l.observe(c)
	}
}

func (l *Checklist) observe(c *journal.Call) {
	if !l.begun {
		l.begun, l.cut = true, c.Seq > 1
	}
	if isMeant(c) {
		l.arrived = true
	}
	if c.Auth == journal.AuthOK {
		l.accepted = true
	}
	l.observeTest(c)
	if c.Auth != journal.AuthOK || c.Operation == scim.OpProbe || c.Status < 200 || c.Status > 299 {
		return
	}
	switch c.Operation {
	case scim.OpUserQuery, scim.OpUserCreate, scim.OpGroupQuery, scim.OpGroupCreate:
		l.cycle.first(c, fmt.Sprintf("cycle %d", c.Cycle))
	}
	if c.Effect == nil {
		return
	}
	if l.cut {
		l.infer(c)
	}
	switch {
	case c.Operation == scim.OpUserCreate && c.Effect.Change == "created":
		l.user.first(c, shorten(c.Effect.Name, maxName))
	case c.Operation == scim.OpGroupCreate && c.Effect.Change == "created":
		l.group.first(c, shorten(c.Effect.Name, maxName))
	case c.Operation == scim.OpUserDisable && c.Effect.Change == "updated":
		l.disabled.first(c, shorten(c.Effect.Name, maxName))
	}
}

// infer takes what happened before the calls that are known from what they show:
// the service asks by id for what it created or matched, and enables what it
// disabled.
func (l *Checklist) infer(c *journal.Call) {
	known := c.Target.ID != "" && c.Effect.ID == c.Target.ID && c.Effect.Change != "none"
	if !known {
		return
	}
	name := shorten(c.Effect.Name, maxName) + ", before the first call that is kept, and seen again"
	l.cycle.first(c, "before the first call that is kept, seen")
	switch c.Effect.Type {
	case "User":
		l.user.first(c, name)
	case "Group":
		l.group.first(c, name)
	}
	if f, ok := fieldNamed(c.Effect, "active"); ok && f.From == "false" {
		l.disabled.first(c, name)
	}
}

// first notes the call unless an earlier one was.
func (f *finding) first(c *journal.Call, text string) {
	if f.state == StepOpen {
		*f = finding{StepDone, text + " at " + clock(c.Time)}
	}
}

// observeTest judges a call as a test of the connection. Until the connection
// has worked, any call that was refused at the door is one: it is most likely
// what the portal's error message is about.
func (l *Checklist) observeTest(c *journal.Call) {
	s := &subject{Call: c}
	s.end = s.ending()
	verdict, isTest := VerdictOf(c)
	refused := isMeant(c) && (s.end.outcome == endNoPath || c.Status == http.StatusUnauthorized)
	switch {
	case isTest && verdict.OK:
		l.test = finding{StepDone, s.testDetail("a random GUID was asked for, and the list was empty")}
	case isTest || refused && l.test.state != StepDone:
		l.test = finding{StepFailed, s.testDetail(s.advice())}
	}
}

// isMeant reports whether a call was meant for a SCIM server. Others ask for
// all kinds of things through a public tunnel.
func isMeant(c *journal.Call) bool {
	path := strings.ToLower(c.Path)
	return c.Target.Base != "" || strings.Contains(path, "/users") || strings.Contains(path, "/groups") || strings.Contains(path, "/scim")
}

// testDetail says which call it was and what came of it.
func (s *subject) testDetail(text string) string {
	asked := s.Method + " " + shorten(pathBelow(s.Call), maxName)
	if attribute := s.ask().attribute; s.Operation == scim.OpProbe && attribute != "" {
		asked = "by " + attribute
	}
	return fmt.Sprintf("%s (%s, %s)", text, asked, clock(s.Time))
}

// advices are what to do about a test that failed, by how it ended.
var advices = map[outcome]string{
	endNoToken:      "no token came along: put one into Secret Token",
	endRevokedToken: "the token is revoked: generate another and paste it into Secret Token",
	endExpiredToken: "the token has expired: generate another and paste it into Secret Token",
	endNoPath:       "nothing is served there: paste the whole Tenant URL",
	endInjected:     "an armed fault answered: clear it and test again",
	endLost:         "an armed fault answered: clear it and test again",
	endCut:          "the connection ended before the answer: look at the tunnel and test again",
}

func (s *subject) advice() string {
	if s.isPlain() {
		return "it came over plain http: paste the Tenant URL with https"
	}
	if s.end.outcome == endWrongToken {
		return "the token" + named(s.Token) + " is none of this tenant's: generate one and paste it whole into Secret Token"
	}
	if s.end.outcome == endNoPath && s.Error != "" {
		return shorten(s.Error, 2*maxDetail) // it names what is nearest
	}
	if text, ok := advices[s.end.outcome]; ok {
		return text
	}
	return fmt.Sprintf("the answer was %d and not 200 with an empty list", s.Status)
}

func clock(t time.Time) string { return t.Format(time.TimeOnly) }

// Steps returns the checklist as it stands. The first step that is not done is
// the current one.
func (l *Checklist) Steps(setup Setup) []Step {
	steps := []Step{
		{StepDone, "Tenant is up", l.reach(setup)},
		l.token(setup),
		l.portal(),
		l.connection(),
		l.cycle.step("First cycle", "set Provisioning Status to On and save; the service looks every 40 minutes"),
		l.user.step("First user provisioned", "assign a user to the application"),
		l.group.step("First group provisioned", "assign a group to the application"),
		l.disabled.step("First user disabled", "unassign a user, or delete one in Entra"),
	}
	for i := range steps {
		if steps[i].State == StepDone {
			continue
		}
		if steps[i].State == StepOpen {
			steps[i].State = StepCurrent
		}
		break
	}
	return steps
}

func (f finding) step(title, todo string) Step {
	if f.state == StepOpen {
		return Step{StepOpen, title, todo}
	}
	return Step{f.state, title, f.text}
}

func (l *Checklist) reach(setup Setup) string {
	if setup.Public {
		return setup.TenantURL
	}
	return setup.TenantURL + " on this machine; for Azure, open a tunnel to it and start with --public-url"
}

func (l *Checklist) token(setup Setup) Step {
	switch {
	case len(setup.Tokens) > 0:
		return Step{StepDone, "Secret Token generated", `"` + strings.Join(setup.Tokens, `", "`) + `"`}
	case l.accepted: // given with --token, or revoked since
		return Step{StepDone, "Secret Token generated", "accepted"}
	}
	return Step{StepOpen, "Secret Token generated", "press g, or run airmock token create"}
}

// portal is the step that happens out of sight.
func (l *Checklist) portal() Step {
	const title = "In the Azure portal"
	if l.arrived {
		return Step{StepDone, title, "calls arrive"}
	}
	return Step{StepOpen, title, "Enterprise applications → New application → Airstack → Add, then Provisioning → Automatic, paste both, Test Connection (waiting)"}
}

func (l *Checklist) connection() Step {
	const title = "Test Connection"
	if l.test.state == StepOpen && l.cycle.state == StepDone {
		return Step{StepDone, title, "not seen, but the token works"}
	}
	return l.test.step(title, "a lookup of a user that cannot exist; if it fails and nothing shows here, the call did not come through the tunnel")
}
