package control

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"sync"
	"time"

	"airmock/internal/people"
)

// stopGrace is how long an import that is not wanted any more may take to say
// what it did.
const stopGrace = 10 * time.Second

// Import sends a file of people; format "" leaves it to the tenant to find out.
// Where ctx ends, what was sent by then is imported, and the report says so. A
// report that ended early for another reason says why in Error.
func (c *Client) Import(ctx context.Context, file io.Reader, format people.Format, o people.Options) (report people.Report, err error) {
	query := url.Values{"conflicts": {string(o.Policy)}, "dryRun": {strconv.FormatBool(o.DryRun)}, "format": {string(format)}}
	sending, cancel := context.WithCancel(context.WithoutCancel(ctx))
	defer cancel()
	stop := context.AfterFunc(ctx, func() { time.AfterFunc(stopGrace, cancel) })
	defer stop()
	body := &stoppable{ctx: ctx, in: file}
	defer body.Close()
	req, err := http.NewRequestWithContext(sending, http.MethodPost, "http://airmock/v1/import?"+query.Encode(), body)
	if err != nil {
		return report, err
	}
	req.Trailer = http.Header{interruptedTrailer: nil}
	body.trailer = req.Trailer
	resp, err := c.http.Do(req)
	if err != nil {
		return report, errors.Join(body.failure(), err)
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err == nil {
		err = json.Unmarshal(text, &report)
	}
	switch {
	case err != nil:
		return report, fmt.Errorf("read the report of the import: %w", err)
	case report.Types == nil: // it was refused as a whole
		return report, &RefusedError{Status: resp.StatusCode, Text: report.Error}
	}
	return report, body.failure()
}

// stoppable is a body that ends when ctx does, and says so in the trailer, or
// when the file cannot be read.
type stoppable struct {
	ctx     context.Context
	trailer http.Header

	mu     sync.Mutex // the transport may read until Close has returned
	in     io.Reader  // nil once closed
	failed error      // of the file
}

func (s *stoppable) Read(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.in == nil {
		return 0, io.EOF
	}
	if s.ctx.Err() == nil {
		n, err := s.in.Read(p)
		if err == nil || err == io.EOF {
			return n, err
		}
		if s.ctx.Err() == nil {
			s.failed = err
		}
	}
	s.trailer.Set(interruptedTrailer, "true")
	return 0, io.EOF
}

func (s *stoppable) Close() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.in = nil
	return nil
}

func (s *stoppable) failure() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.failed
}

// Export writes people into out: those of a type ("users"), or all, that match
// filter.
func (c *Client) Export(ctx context.Context, out io.Writer, format people.Format, typ, filter string) error {
	query := url.Values{"format": {string(format)}, "type": {typ}, "filter": {filter}}
	resp, err := c.send(ctx, http.MethodGet, "/v1/export?"+query.Encode(), nil)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	if _, err := io.Copy(out, resp.Body); err != nil {
		return fmt.Errorf("read the export: %w", err)
	}
	if text := resp.Trailer.Get(errorTrailer); text != "" {
		if plain, err := strconv.Unquote(text); err == nil {
			text = plain
		}
		return errors.New(text)
	}
	return nil
}
