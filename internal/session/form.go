package session

import (
	"cmp"
	"errors"
	"fmt"
	"math"
	"net/http"
	"strings"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"airmock/internal/journal"
	"airmock/internal/scim"
)

// form is the JSON of a call (entra.AppendCall), as it is read. From HAR it has
// what of it is in an entry.
type form struct {
	Seq        uint64         `json:"seq"`
	Time       time.Time      `json:"time"`
	DurationMs float64        `json:"durationMs"`
	Client     string         `json:"client"`
	Method     string         `json:"method"`
	Path       string         `json:"path"`
	Query      string         `json:"query"`
	Operation  scim.Operation `json:"operation"`
	Status     int            `json:"status"`
	Quirks     []scim.Quirk   `json:"quirks"`
	Fault      *faultForm     `json:"fault"`
	Effect     *effectForm    `json:"effect"`
	Cycle      int            `json:"cycle"`
	Request    messageForm    `json:"request"`
	Response   messageForm    `json:"response"`
	Base       string         `json:"base"`
	Auth       journal.Auth   `json:"auth"`
	Token      string         `json:"token"`
	ScimType   scim.ErrorType `json:"scimType"`
	Error      string         `json:"error"`
	Parts      []form         `json:"parts"`
	PartsN     int            `json:"partsCount"`
	Missed     int            `json:"missed"` // of a log: how many calls were dropped in this place
	Exact      jsontext.Value `json:"exact"`

	whole  bool           // Path has the base path in front
	header [2]http.Header // of request and response, where the form says more than messageForm does
}

type faultForm struct {
	Rule   string `json:"rule"`
	Kind   string `json:"kind"`
	Text   string `json:"text"`
	Detail string `json:"detail"`
}

type effectForm struct {
	Type      string      `json:"type"`
	ID        string      `json:"id"`
	Name      string      `json:"name"`
	Change    string      `json:"change"`
	Plan      string      `json:"plan"`
	Fields    []fieldForm `json:"fields"`
	Added     []string    `json:"added"`
	Removed   []string    `json:"removed"`
	Left      []string    `json:"left"`
	Unlinked  []string    `json:"unlinked"`
	AddedN    int         `json:"addedCount"`
	RemovedN  int         `json:"removedCount"`
	LeftN     int         `json:"leftCount"`
	UnlinkedN int         `json:"unlinkedCount"`
}

type fieldForm struct {
	Name string         `json:"name"`
	From jsontext.Value `json:"from"`
	To   jsontext.Value `json:"to"`
}

type messageForm struct {
	Headers   map[string]string `json:"headers"`
	Body      string            `json:"body"`
	Truncated bool              `json:"truncated"`
}

// readForm reads the JSON of a call.
func readForm(data []byte, catalog *scim.Catalog) (*form, *journal.Call, error) {
	var f form
	if err := json.Unmarshal(data, &f, jsontext.AllowInvalidUTF8(true)); err != nil {
		return nil, nil, err
	}
	if f.Missed > 0 {
		return &f, nil, nil
	}
	c := f.call(catalog)
	if err := complete(c, f.Exact); err != nil {
		return nil, nil, fmt.Errorf("its member exact: %w", err)
	}
	return &f, c, sane(c)
}

// call is the call that f tells of. What a call has and f does not say is worked
// out as it is when a call is recorded.
func (f *form) call(catalog *scim.Catalog) *journal.Call {
	c := &journal.Call{
		Seq: f.Seq, Cycle: f.Cycle, Time: f.Time, Duration: time.Duration(min(max(f.DurationMs, 0), maxMillis) * float64(time.Millisecond)).Round(time.Microsecond),
		Client: f.Client, Method: f.Method, Path: f.path(), Query: f.Query, Filter: journal.FilterOf(f.Query),
		Status: f.Status, Auth: f.Auth, Token: f.Token, Quirks: f.Quirks, Results: -1,
		ScimType: f.ScimType, Error: f.Error,
		Request: f.Request.message(f.header[0]), Response: f.Response.message(f.header[1]),
	}
	c.Target = scim.TargetOf(c.Path, []string{f.Base}, catalog)
	doc, _ := scim.Parse(c.Request.Body) // nil where it is no JSON, as on recording
	if c.Target.Endpoint == scim.EndpointSearch {
		c.Filter = doc.Get("filter").Text()
	}
	c.Operation = cmp.Or(f.Operation, scim.OperationOf(&scim.Request{
		Method: c.Method, Target: c.Target, Filter: c.Filter, Doc: doc, Catalog: catalog,
	}))
	if f.Fault != nil {
		c.Fault = &journal.FaultNote{Rule: f.Fault.Rule, Kind: f.Fault.Kind, Text: f.Fault.Text, Detail: f.Fault.Detail}
	}
	if f.Effect != nil {
		c.Effect = f.Effect.effect()
	}
	for _, part := range f.Parts {
		part.Base = f.Base
		c.Parts = append(c.Parts, part.call(catalog))
	}
	c.PartsN = f.PartsN
	answered(c)
	return c
}

// maxMillis is more than any call takes, in milliseconds.
const maxMillis = 1e9

// path is the whole path.
func (f *form) path() string {
	switch {
	case f.whole:
		return f.Path
	case f.Base != "" && f.Path == "/":
		return f.Base
	}
	return f.Base + f.Path
}

// answered works out what the answer says of the call.
func answered(c *journal.Call) {
	if len(c.Response.Body) == 0 || c.Response.Truncated {
		return
	}
	doc, err := scim.Parse(c.Response.Body)
	if err != nil {
		return
	}
	switch {
	case c.Status >= http.StatusBadRequest:
		c.Error = cmp.Or(c.Error, doc.Get("detail").Text())
		c.ScimType = cmp.Or(c.ScimType, scim.ErrorType(doc.Get("scimType").Text()))
	case doc.Get("Resources").Kind() == scim.Array:
		c.Results = doc.Get("Resources").Len()
	}
}

func (m *messageForm) message(header http.Header) journal.Message {
	out := journal.Message{Header: header, Body: []byte(m.Body), Size: len(m.Body), Truncated: m.Truncated}
	if header == nil && len(m.Headers) > 0 {
		out.Header = make(http.Header, len(m.Headers))
		for name, value := range m.Headers {
			out.Header[http.CanonicalHeaderKey(name)] = []string{value}
		}
	}
	return out
}

func (e *effectForm) effect() *journal.Effect {
	out := &journal.Effect{
		Type: e.Type, ID: e.ID, Name: e.Name, Change: e.Change, Plan: e.Plan,
		Added: e.Added, Removed: e.Removed, Left: e.Left, Unlinked: e.Unlinked,
		AddedN: e.AddedN, RemovedN: e.RemovedN, LeftN: e.LeftN, UnlinkedN: e.UnlinkedN,
	}
	for _, f := range e.Fields {
		out.Fields = append(out.Fields, journal.Field{Name: f.Name, From: string(f.From), To: string(f.To)})
	}
	return out
}

// sane reports what no call can be.
func sane(c *journal.Call) error {
	for one := range c.All() {
		switch {
		case one == nil:
			return errors.New("an operation of a bulk request is null")
		case one.Status < 0 || one.Status > 999:
			return fmt.Errorf("the status %d is none of HTTP; it has three digits, and is 0 where no answer came", one.Status)
		case one.Time.UTC().Year() > 9999:
			return errors.New("its time is beyond the year 9999")
		case one.Duration < 0 || one.Cycle < 0 || one.Cycle > math.MaxInt32:
			return errors.New("a duration or a cycle is below zero, or beyond all that can be")
		}
	}
	if c.Seq > math.MaxInt64 {
		return fmt.Errorf("the number %d is too large", c.Seq)
	}
	if c.Time.IsZero() {
		return errors.New("it has no time")
	}
	if strings.TrimSpace(c.Method) == "" {
		return errors.New("it has no method")
	}
	return nil
}
