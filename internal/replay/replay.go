// Package replay sends recorded calls again, to this tenant or to another SCIM
// service, and tells what is different from then.
//
// What is sent is what the journal has: secrets are not in it, and bodies are
// capped. A call that cannot be sent as it was says why, and is not sent.
package replay

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"

	"airmock/internal/entra"
	"airmock/internal/journal"
)

// callTimeout bounds one call. It leaves room for a fault that delays it.
const callTimeout = 2 * time.Minute

// Target is where calls are sent.
type Target struct {
	URL   string // the Tenant URL: scheme, host and base path, without a slash at the end
	Query string // sent with every call, as aadOptscim062020 of a Tenant URL; "" for none
	Token string // a Secret Token; "" to send none
	Here  bool   // it is this tenant, whose journal tells what a call changed
	// Do sends a request and returns it as a completed call.
	Do func(*http.Request) (*journal.Call, error)
}

// Tenant is one in this process. *tenant.Tenant is one.
type Tenant interface {
	LocalURL() string
	Exchange(*http.Request) *journal.Call
}

// Here returns t as the target.
func Here(t Tenant, token string) *Target {
	return &Target{
		URL: t.LocalURL(), Token: token, Here: true,
		Do: func(r *http.Request) (*journal.Call, error) { return t.Exchange(r), nil },
	}
}

// Outcome is what came of one call.
type Outcome struct {
	Call        uint64       `json:"call"` // the number of the recorded call
	Operation   string       `json:"operation"`
	Story       string       `json:"story"` // what it meant then
	URL         string       `json:"url"`   // where it is sent
	Request     Request      `json:"request"`
	Sent        bool         `json:"sent"`
	Skipped     string       `json:"skipped,omitempty"` // why it cannot be sent; "" in a dry run too
	Notes       []string     `json:"notes,omitempty"`   // what was left out, or not compared
	StatusThen  int          `json:"statusThen"`        // 0: the client got no answer
	Status      int          `json:"status"`
	MillisThen  float64      `json:"durationMsThen"`
	Millis      float64      `json:"durationMs"`
	Now         uint64       `json:"now,omitempty"` // its number in the journal of this tenant
	StoryNow    string       `json:"storyNow,omitempty"`
	Same        bool         `json:"same"` // it was sent, and nothing is different
	Differences []Difference `json:"differences,omitempty"`
}

// Run replays calls one after the other. Ids, versions and cursors that the
// target gives out in place of the recorded ones take their places in the calls
// that follow.
type Run struct {
	Target *Target
	DryRun bool // send nothing

	known renamed
}

// Call replays a call, as edited where that is not nil. It ends what is under
// way also where ctx ends. The error is that the target does not answer.
func (r *Run) Call(ctx context.Context, then *journal.Call, edited *Request) (Outcome, error) {
	o := Outcome{
		Call: then.Seq, Operation: string(then.Operation), Story: entra.Tell(then).Text,
		StatusThen: then.Status, MillisThen: millis(then.Duration),
	}
	req, notes, err := Of(then)
	if edited != nil {
		req, notes, err = *edited, nil, nil
	}
	o.Request, o.Notes, o.URL = req, notes, r.Target.URL+req.Path
	if err != nil {
		o.Skipped = err.Error()
		return o, nil
	}
	o.Request = r.known.request(req)
	sent, err := r.Target.request(o.Request)
	if err != nil {
		o.Skipped = err.Error()
		return o, nil
	}
	o.URL = sent.URL.String()
	if r.DryRun {
		return o, nil
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), callTimeout)
	defer cancel()
	now, err := r.Target.Do(sent.WithContext(ctx))
	if err != nil {
		return o, fmt.Errorf("replay call %d: %w", then.Seq, err)
	}
	r.judge(&o, then, now)
	return o, nil
}

// judge compares what was answered.
func (r *Run) judge(o *Outcome, then, now *journal.Call) {
	r.known.learn(then, now)
	o.Sent, o.Status, o.Millis = true, now.Status, millis(now.Duration)
	c := comparison{known: &r.known}
	c.status(then, now)
	if r.Target.Here {
		o.Now, o.StoryNow = now.Seq, entra.Tell(now).Text
		c.text("story", r.known.words(o.Story), o.StoryNow)
		if then.Auth != now.Auth && then.Auth != journal.AuthOK && then.Auth != journal.AuthUnchecked {
			o.Notes = append(o.Notes, "the token was "+string(then.Auth)+" then; a replay without --token-env asks for none")
		}
	}
	c.headers(then.Response.Header, now.Response.Header)
	if then.Response.Truncated || now.Response.Truncated {
		o.Notes = append(o.Notes, fmt.Sprintf("the answers' bodies are not compared: one is over the %d KiB that are recorded", journal.MaxBody>>10))
	} else {
		c.bodies(then.Response.Body, now.Response.Body)
	}
	o.Differences, o.Same = c.found, len(c.found) == 0
}

// request makes what is sent to t.
func (t *Target) request(r Request) (*http.Request, error) {
	path := r.Path
	if t.Query != "" {
		separator := "?"
		if strings.Contains(path, "?") {
			separator = "&"
		}
		path += separator + t.Query
	}
	var body io.Reader = http.NoBody
	if r.Body != "" {
		body = strings.NewReader(r.Body)
	}
	req, err := http.NewRequest(r.Method, t.URL+path, body)
	if err != nil {
		return nil, fmt.Errorf("no request can be made of it: %w", err)
	}
	for name, value := range r.Header {
		req.Header.Set(name, value)
	}
	if t.Token != "" {
		req.Header.Set("Authorization", "Bearer "+t.Token)
	}
	if t.Here {
		req.Header.Set("Airmock-Replay-Of", fmt.Sprint(r.Call))
	}
	return req, nil
}

func millis(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }
