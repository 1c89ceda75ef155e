package entra

import (
	"time"

	"airmock/internal/journal"
)

// CycleKind is what a cycle was for.
type CycleKind string

// The kinds of cycles.
const (
	CycleInitial     CycleKind = "initial"
	CycleIncremental CycleKind = "incremental"
	CycleOnDemand    CycleKind = "on demand"
	CycleProbe       CycleKind = "probe only" // Test Connection, or a cycle with nothing to do
	CycleOther       CycleKind = "other"      // nothing that a provisioning service does
)

// Cycle is a run of calls of one client.
//
// Number is that of its calls, journal.Call.Cycle, which counts pauses of the
// whole tenant. Where several clients called at a time, or one went on to
// another activity without such a pause, a number has several cycles: Part
// counts them.
type Cycle struct {
	Number    int       `json:"cycle"`
	Part      int       `json:"part"` // 1, 2, 3, … in the order of their first calls
	Kind      CycleKind `json:"kind"`
	Because   string    `json:"because"` // why it is taken for that kind
	Token     string    `json:"token"`   // the client's token by name; "" for none that is known
	UserAgent string    `json:"userAgent"`
	First     uint64    `json:"first"` // number of its first call, and its last; others may have made calls between
	Last      uint64    `json:"last"`
	Started   time.Time `json:"started"`
	Ended     time.Time `json:"ended"` // of the answer to its last call
	Counts
	New      []string  `json:"new"`      // stories of what it did that the client's cycle before did not, the first few
	NewCount int       `json:"newCount"` // how many there are
	Notices  []*Notice `json:"notices"`  // what stands out in it
}

// Counts are what the calls of a cycle came to. Operations is the sum of all
// below it but the members: an operation is counted once, as what became of it.
type Counts struct {
	Calls          int `json:"calls"`      // over HTTP
	Operations     int `json:"operations"` // those of a bulk request one by one
	Probes         int `json:"probes"`     // lookups that cannot find anything, see scim.OpProbe, with a good answer
	LookedUp       int `json:"lookedUp"`   // with a filter, found or not
	Read           int `json:"read"`       // by id
	Listed         int `json:"listed"`     // without a filter, or by a search
	Created        int `json:"created"`
	Updated        int `json:"updated"`
	Disabled       int `json:"disabled"`
	Enabled        int `json:"enabled"`
	Deleted        int `json:"deleted"`
	Unchanged      int `json:"unchanged"` // writes that made no difference
	Failed         int `json:"failed"`    // refused, or without an answer: what was stored all the same too
	Other          int `json:"other"`     // discovery, and what is no SCIM
	MembersAdded   int `json:"membersAdded"`
	MembersRemoved int `json:"membersRemoved"`
}

// Duration is how long the cycle took.
func (c *Cycle) Duration() time.Duration { return c.Ended.Sub(c.Started) }

// Rate is how many calls came in a second, on average; 0 for a single one, and
// where they took no time that could be measured.
func (c *Cycle) Rate() float64 {
	if d := c.Duration().Seconds(); d > 0 && c.Calls > 1 {
		return float64(c.Calls) / d
	}
	return 0
}

// Cycles groups calls into cycles, and notices what repeats itself from one to
// the next. It is fed calls in order and keeps only what it concluded from
// them. The zero value has seen none.
type Cycles struct {
	clients map[clientKey]*client
	runs    []*run                    // oldest first, at most maxRuns
	gone    map[resourceKey]departure // what was deleted and not created again since
	deleted map[string]departure      // the same by id, created again or not
	begun   int                       // runs ever
	seen    uint64                    // the newest call
	cut     bool                      // the calls before the first that it was fed are not known
}

const (
	maxRuns    = 500 // cycles that are kept
	maxCallers = 64  // that are told apart
	maxNews    = 8   // stories of what is new in a cycle
)

// activityPause is how long a client is silent before a lookup of a random user
// begins another activity, such as provisioning on demand right behind a cycle.
const activityPause = 5 * time.Second

// clientKey tells clients apart. An address does not: the service has many, and
// a tunnel has one for everybody.
type clientKey struct{ token, agent string }

func keyOf(c *journal.Call) clientKey {
	return clientKey{c.Token, shorten(c.Request.Header.Get("User-Agent"), maxName)}
}

// client is one client with what it did so far.
type client struct {
	key     clientKey
	called  string // in words
	run     *run
	before  *run      // the one before that was more than probes
	ordinal int       // counts those that are more than probes
	cycles  int       // initial and incremental ones that have ended
	last    uint64    // number of its last call
	started time.Time // when the last of them began
	habits  habits
}

// run is a cycle that is being observed.
type run struct {
	Cycle
	shape  shape
	writes map[uint64]struct{} // what it did, by signature
	past   map[uint64]struct{} // what the cycle before did
}

// Observe takes the next calls into account.
func (l *Cycles) Observe(calls []*journal.Call) {
	for _, c := range calls {
		l.observe(c)
	}
}

// Seen is the number of the newest call that was observed.
func (l *Cycles) Seen() uint64 { return l.seen }

func (l *Cycles) observe(c *journal.Call) {
	if l.clients == nil {
		l.clients = make(map[clientKey]*client)
		l.gone, l.deleted = make(map[resourceKey]departure), make(map[string]departure)
		l.cut = c.Seq > 1
	}
	l.seen = c.Seq
	who := l.clientOf(c)
	if who.run == nil || who.run.isOver(c) {
		l.begin(who, c)
	}
	who.last = c.Seq
	r := who.run
	r.Calls++
	r.Last = c.Seq
	if end := c.Time.Add(c.Duration); end.After(r.Ended) {
		r.Ended = end
	}
	if c.Time.Before(r.Started) {
		r.Started = c.Time
	}
	if len(c.Parts) == 0 {
		l.operation(who, c, c.Seq)
		return
	}
	for _, part := range c.Parts {
		l.operation(who, part, c.Seq)
	}
}

// clientOf returns the client that made a call. A call whose token was refused,
// or not looked at because a fault answered first, is of the client that called
// last by the same name for itself; who had no good token yet is the first who
// has one.
func (l *Cycles) clientOf(c *journal.Call) *client {
	key := keyOf(c)
	good := c.Auth == journal.AuthOK
	if !good {
		key.token = ""
		if latest := l.latest(key.agent); latest != nil {
			return latest
		}
	}
	if known := l.clients[key]; known != nil {
		return known
	}
	if nobody := (clientKey{agent: key.agent}); good && l.clients[nobody] != nil {
		known := l.clients[nobody]
		delete(l.clients, nobody)
		l.clients[key], known.key = known, key
		known.run.Token = key.token
		return known
	}
	if len(l.clients) == maxCallers { // the one that is silent for longest goes
		var oldest *client
		for _, who := range l.clients {
			if oldest == nil || who.last < oldest.last {
				oldest = who
			}
		}
		delete(l.clients, oldest.key)
	}
	made := &client{key: key, called: calledOf(c), habits: newHabits()}
	l.clients[key] = made
	return made
}

// latest returns the client of that name for itself that called last, or nil.
func (l *Cycles) latest(agent string) *client {
	var latest *client
	for k, who := range l.clients {
		if k.agent == agent && (latest == nil || who.last > latest.last) {
			latest = who
		}
	}
	return latest
}

// calledOf is what notices call a client: Entra, unless it is another service.
func calledOf(c *journal.Call) string {
	if who := ClientOf([]*journal.Call{c}); who.isOtherService() {
		return who.Name
	}
	return serviceName
}

const serviceName = "Entra"

// isOver reports whether c belongs to another cycle than r, which is the last of
// the same client: after a pause of the tenant, one of the client itself, or
// where it begins another activity.
func (r *run) isOver(c *journal.Call) bool {
	pause := c.Time.Round(0).Sub(r.Ended.Round(0))
	return c.Cycle != r.Number || pause > journal.CycleGap ||
		pause >= activityPause && r.shape.began && beginsActivity(c)
}

// begin starts a cycle of who with c.
func (l *Cycles) begin(who *client, c *journal.Call) {
	who.settle(l.cut)
	part := 1
	for _, r := range l.runs {
		if r.Number == c.Cycle {
			part = r.Part + 1
		}
	}
	r := &run{Cycle: Cycle{
		Number: c.Cycle, Part: part, Token: who.key.token, UserAgent: who.key.agent,
		First: c.Seq, Started: c.Time, Ended: c.Time,
	}}
	r.shape.known = len(who.habits.resources)
	r.writes = make(map[uint64]struct{})
	if who.before != nil {
		r.past = who.before.writes
		who.before.past = nil
	}
	who.run = r
	l.begun++
	l.runs = append(l.runs, r)
	if len(l.runs) > maxRuns {
		l.runs = append([]*run(nil), l.runs[len(l.runs)-maxRuns*3/4:]...)
	}
}

// settle ends the client's cycle, from which on its kind stays.
func (who *client) settle(cut bool) {
	r := who.run
	if r == nil {
		return
	}
	r.Kind, r.Because = who.judge(r, cut)
	if r.Kind == CycleInitial || r.Kind == CycleIncremental {
		who.cycles++
		who.started = r.Started
	}
	if r.shape.began {
		who.before = r
	}
	r.shape = shape{began: r.shape.began}
	who.habits.prune(who.ordinal)
}

// List returns the cycles, oldest first: the last 375 at least, where there were
// more. They stay as they are when further calls are observed.
func (l *Cycles) List() []Cycle {
	open := make(map[*run]*client, len(l.clients))
	for _, who := range l.clients {
		open[who.run] = who
	}
	list := make([]Cycle, len(l.runs))
	for i, r := range l.runs {
		list[i] = l.copy(r, open[r])
	}
	return list
}

// Numbered returns the cycles with that number, the order being that of List.
func (l *Cycles) Numbered(number int) []Cycle {
	var list []Cycle
	for _, r := range l.runs {
		if r.Number == number {
			var open *client
			for _, who := range l.clients {
				if who.run == r {
					open = who
				}
			}
			list = append(list, l.copy(r, open))
		}
	}
	return list
}

// copy returns r as it stands. who is its client where it has not ended.
func (l *Cycles) copy(r *run, who *client) Cycle {
	c := r.Cycle
	if who != nil {
		c.Kind, c.Because = who.judge(r, l.cut)
	}
	c.New = append([]string{}, r.New...)
	c.Notices = make([]*Notice, len(r.Notices))
	for i, n := range r.Notices {
		c.Notices[i] = n.clone()
	}
	return c
}
