package control

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"syscall"
	"time"

	"airmock/internal/fault"
	"airmock/internal/scim"
	"airmock/internal/tenant"
)

// ErrNoTenant is returned where no tenant answers on the socket.
var ErrNoTenant = errors.New("no tenant is running")

// RefusedError is a tenant's own words why it does not do something.
type RefusedError struct {
	Status int // of HTTP; 400 where the request itself was wrong
	Text   string
}

func (e *RefusedError) Error() string { return e.Text }

// Client speaks the control API. Its methods return a *RefusedError where the
// tenant refuses.
type Client struct {
	http *http.Client
}

// Dial returns a client for the socket at path. It connects at each request;
// the first error wraps ErrNoTenant where nobody listens.
func Dial(path string) *Client {
	return &Client{http: &http.Client{Transport: &http.Transport{
		DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
			conn, err := new(net.Dialer).DialContext(ctx, "unix", path)
			if errors.Is(err, fs.ErrNotExist) || errors.Is(err, syscall.ECONNREFUSED) {
				return nil, ErrNoTenant
			}
			return conn, err
		},
	}}}
}

// Close lets go of idle connections.
func (c *Client) Close() { c.http.CloseIdleConnections() }

// do sends a request and decodes the answer into out, where that is not nil.
func (c *Client) do(ctx context.Context, method, path string, in, out any) error {
	var body io.Reader
	if in != nil {
		data, err := json.Marshal(in)
		if err != nil {
			return err
		}
		body = bytes.NewReader(data)
	}
	resp, err := c.send(ctx, method, path, body)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	if out == nil {
		return nil
	}
	if err := json.NewDecoder(resp.Body).Decode(out); err != nil {
		return fmt.Errorf("read the answer to %s %s: %w", method, path, err)
	}
	return nil
}

// send sends a request and turns an answer that is an error into one.
func (c *Client) send(ctx context.Context, method, path string, body io.Reader) (*http.Response, error) {
	req, err := http.NewRequestWithContext(ctx, method, "http://airmock"+path, body)
	if err != nil {
		return nil, err
	}
	resp, err := c.http.Do(req)
	if errors.Is(err, ErrNoTenant) {
		return nil, ErrNoTenant // without the made-up address that http.Client adds
	}
	if err != nil {
		return nil, err
	}
	if resp.StatusCode < 400 {
		return resp, nil
	}
	defer resp.Body.Close()
	return nil, refusalIn(resp)
}

// refusalIn is the error in an answer that is one.
func refusalIn(resp *http.Response) error {
	// The control API says error, the SCIM endpoints below it say detail.
	var said struct{ Error, Detail string }
	if err := json.NewDecoder(io.LimitReader(resp.Body, 1<<20)).Decode(&said); err != nil {
		return fmt.Errorf("%s %s: %s", resp.Request.Method, resp.Request.URL.Path, resp.Status)
	}
	return &RefusedError{Status: resp.StatusCode, Text: said.Error + said.Detail}
}

// segment writes text as one segment of a path. Dots are escaped too: a segment
// "." or ".." names another path, on which the same method does something else.
func segment(text string) string {
	return strings.ReplaceAll(url.PathEscape(text), ".", "%2E")
}

// Status returns the tenant as it stands.
func (c *Client) Status(ctx context.Context) (s tenant.Status, err error) {
	return s, c.do(ctx, http.MethodGet, "/v1/status", nil, &s)
}

// Tokens returns all tokens, revoked ones too, oldest first.
func (c *Client) Tokens(ctx context.Context) (list []Token, err error) {
	return list, c.do(ctx, http.MethodGet, "/v1/tokens", nil, &list)
}

// CreateToken makes a token; its secret is in the answer and nowhere else. ttl
// 0 is for ever.
func (c *Client) CreateToken(ctx context.Context, name string, ttl time.Duration) (t Token, err error) {
	n := NewToken{Name: name}
	if ttl != 0 {
		n.TTL = ttl.String()
	}
	return t, c.do(ctx, http.MethodPost, "/v1/tokens", n, &t)
}

// RevokeToken revokes the token with that id or name.
func (c *Client) RevokeToken(ctx context.Context, idOrName string) (t Token, err error) {
	return t, c.do(ctx, http.MethodDelete, "/v1/tokens/"+segment(idOrName), nil, &t)
}

// Faults returns the rules.
func (c *Client) Faults(ctx context.Context) (list []fault.Status, err error) {
	return list, c.do(ctx, http.MethodGet, "/v1/faults", nil, &list)
}

// Arm arms a rule.
func (c *Client) Arm(ctx context.Context, spec fault.Spec) (s fault.Status, err error) {
	return s, c.do(ctx, http.MethodPost, "/v1/faults", spec, &s)
}

// Explain says what a rule would do, and arms nothing.
func (c *Client) Explain(ctx context.Context, spec fault.Spec) (x Explanation, err error) {
	return x, c.do(ctx, http.MethodPost, "/v1/explain", spec, &x)
}

// Disarm removes a rule.
func (c *Client) Disarm(ctx context.Context, id string) error {
	return c.do(ctx, http.MethodDelete, "/v1/faults/"+segment(id), nil, nil)
}

// ClearFaults removes all rules and returns how many there were.
func (c *Client) ClearFaults(ctx context.Context) (int, error) {
	var n Cleared
	err := c.do(ctx, http.MethodDelete, "/v1/faults", nil, &n)
	return n.Cleared, err
}

// Calls returns the newest calls that match query, at most limit, oldest
// first, each as the JSON of a call.
func (c *Client) Calls(ctx context.Context, query string, limit int) (list []json.RawMessage, err error) {
	v := url.Values{"query": {query}, "limit": {strconv.Itoa(limit)}}
	return list, c.do(ctx, http.MethodGet, "/v1/calls?"+v.Encode(), nil, &list)
}

// maxEvent bounds a streamed call: two capped bodies, escaped, and headers.
const maxEvent = 2 << 20

// Stream hands each call that matches query to each, from the call after the
// number after on, until ctx ends (nil) or the tenant goes (an error).
func (c *Client) Stream(ctx context.Context, query string, after uint64, each func(json.RawMessage) error) error {
	v := url.Values{"query": {query}, "after": {strconv.FormatUint(after, 10)}}
	resp, err := c.send(ctx, http.MethodGet, "/v1/calls/stream?"+v.Encode(), nil)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	lines := bufio.NewScanner(resp.Body)
	lines.Buffer(nil, maxEvent)
	for lines.Scan() {
		data, ok := strings.CutPrefix(lines.Text(), "data: ")
		if !ok {
			continue
		}
		if err := each(json.RawMessage(data)); err != nil {
			return err
		}
	}
	switch {
	case ctx.Err() != nil:
		return nil
	case lines.Err() != nil:
		return fmt.Errorf("the stream of calls broke: %w", lines.Err())
	}
	return errStopped
}

// Wait returns what was waited for. A *RefusedError with http.StatusRequestTimeout
// says that nothing came in time.
func (c *Client) Wait(ctx context.Context, w Wait) (found Found, err error) {
	err = c.do(ctx, http.MethodPost, "/v1/wait", w, &found)
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, syscall.ECONNRESET) {
		err = errStopped // without a word, as by a kill
	}
	return found, err
}

// errStopped is why a tenant says nothing more.
var errStopped = errors.New("the tenant has stopped")

// scimPage is how many resources a look at the SCIM endpoints asks for at once.
const scimPage = 1000

// Resources returns the resources at a SCIM endpoint ("Users") that match
// filter, all where it is "".
func (c *Client) Resources(ctx context.Context, endpoint, filter string) ([]*scim.Value, error) {
	var all []*scim.Value
	for {
		v := url.Values{"startIndex": {strconv.Itoa(len(all) + 1)}, "count": {strconv.Itoa(scimPage)}}
		if filter != "" {
			v.Set("filter", filter)
		}
		page, total, err := c.resourcePage(ctx, endpoint, v)
		if err != nil {
			return nil, err
		}
		all = append(all, page...)
		if len(page) == 0 || len(all) >= total {
			return all, nil
		}
	}
}

func (c *Client) resourcePage(ctx context.Context, endpoint string, v url.Values) ([]*scim.Value, int, error) {
	resp, err := c.send(ctx, http.MethodGet, scimBase+"/"+endpoint+"?"+v.Encode(), nil)
	if err != nil {
		return nil, 0, err
	}
	defer resp.Body.Close()
	data, err := io.ReadAll(resp.Body)
	if err != nil {
		return nil, 0, fmt.Errorf("read the list of %s: %w", endpoint, err)
	}
	doc, err := scim.Parse(data)
	if err != nil {
		return nil, 0, fmt.Errorf("read the list of %s: %w", endpoint, err)
	}
	total, err := strconv.Atoi(doc.Get("totalResults").Text())
	if err != nil {
		return nil, 0, fmt.Errorf("read the list of %s: totalResults is %q", endpoint, doc.Get("totalResults").Text())
	}
	var page []*scim.Value
	for res := range doc.Get("Resources").Elements() {
		page = append(page, res)
	}
	return page, total, nil
}
