package replay

import (
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"

	"airmock/internal/journal"
	"airmock/internal/scim"
)

// maxAnswer bounds what is read of an answer, in bytes.
const maxAnswer = 16 << 20

// Elsewhere returns the SCIM service whose Tenant URL somebody typed. c reads
// its calls. Redirections are not followed, so that nothing is sent anywhere
// else.
func Elsewhere(tenantURL, token string, c *scim.Catalog) (*Target, error) {
	u, err := url.Parse(strings.TrimSpace(tenantURL))
	switch {
	case err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http":
		return nil, fmt.Errorf("the target %q is not a Tenant URL such as https://example.com/scim", tenantURL)
	case u.User != nil:
		return nil, fmt.Errorf("the target holds a user name or password; give the URL without, and the token with --token-env")
	case u.Fragment != "":
		return nil, fmt.Errorf("the target %q has a fragment (#%s), which is never sent; leave it out", tenantURL, u.Fragment)
	}
	base := strings.TrimRight(u.EscapedPath(), "/")
	client := &http.Client{
		Transport:     http.DefaultTransport,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	return &Target{
		URL: u.Scheme + "://" + u.Host + base, Query: u.RawQuery, Token: token,
		Do: func(r *http.Request) (*journal.Call, error) {
			var failed error
			ask := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { failed = pass(client, w, r) })
			unseen := journal.New(journal.Options{MaxCalls: 1})
			call := unseen.Exchange(ask, journal.RecordOptions{Bases: []string{strings.TrimRight(u.Path, "/")}, Catalog: c}, r)
			return call, failed
		},
	}, nil
}

// pass hands a recorded request on to where its URL leads, and the answer back.
func pass(client *http.Client, w http.ResponseWriter, r *http.Request) error {
	out := r.Clone(r.Context())
	out.RequestURI = ""
	if raw := journal.Of(w).Raw; len(raw) > 0 {
		out.Body = io.NopCloser(strings.NewReader(string(raw)))
	} else {
		out.Body, out.ContentLength = nil, 0
	}
	resp, err := client.Do(out)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	for name, values := range resp.Header {
		w.Header()[name] = values
	}
	w.WriteHeader(resp.StatusCode)
	if _, err := io.Copy(w, io.LimitReader(resp.Body, maxAnswer)); err != nil {
		return fmt.Errorf("read the answer: %w", err)
	}
	return nil
}
