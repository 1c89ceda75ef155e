package control

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"airmock/internal/people"
	"airmock/internal/tenant"
)

// clients are one on a running tenant and one on a tenant in this process.
func clients(t *testing.T) map[string]*Client {
	t.Helper()
	_, socket := running(t)
	opened := tenant.New(tenant.Config{BasePath: "/scim", Memory: true, Seed: 7})
	if err := opened.Open(t.Context()); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := opened.Close(); err != nil {
			t.Error(err)
		}
	})
	return map[string]*Client{"socket": socket, "direct": Direct(opened)}
}

func TestPeopleGoInAndOut(t *testing.T) {
	const file = "userName,displayName,active\na@contoso.com,Ann,TRUE\nb@contoso.com,Bo,false\n"
	for name, client := range clients(t) {
		t.Run(name, func(t *testing.T) {
			ctx := t.Context()
			dry, err := client.Import(ctx, strings.NewReader(file), "", people.Options{Policy: people.Skip, DryRun: true})
			if err != nil || !dry.DryRun || dry.Created != 2 {
				t.Errorf("dry run %+v, %v", dry, err)
			}
			report, err := client.Import(ctx, strings.NewReader(file), people.CSV, people.Options{Policy: people.Skip})
			if err != nil || report.Created != 2 || report.Types["User"].Created != 2 {
				t.Errorf("import %+v, %v", report, err)
			}
			var out bytes.Buffer
			if err := client.Export(ctx, &out, people.CSV, "users", `userName sw "b"`); err != nil {
				t.Fatal(err)
			}
			if _, row, _ := strings.Cut(out.String(), "\r\n"); !strings.HasSuffix(row, ",b@contoso.com,Bo,false\r\n") {
				t.Errorf("export %q", out.String())
			}
			var refused *RefusedError
			for _, wrong := range []struct{ format, typ, filter, want string }{
				{"cvs", "", "", `did you mean "csv"`},
				{"csv", "user-s", "", `did you mean "users"`},
				{"csv", "users", "userName like 1", "like"},
				{"csv", "", "userName pr", "one type"},
			} {
				err := client.Export(ctx, io.Discard, people.Format(wrong.format), wrong.typ, wrong.filter)
				if !errors.As(err, &refused) || refused.Status != http.StatusBadRequest || !strings.Contains(refused.Text, wrong.want) {
					t.Errorf("export %+v: %v", wrong, err)
				}
			}
			if _, err := client.Import(ctx, strings.NewReader(file), "", people.Options{Policy: "skp"}); !errors.As(err, &refused) || !strings.Contains(refused.Text, `did you mean "skip"`) {
				t.Errorf("import with a policy that there is not: %v", err)
			}
		})
	}
}

func TestABrokenFileIsReportedUpToWhereItBreaks(t *testing.T) {
	for name, client := range clients(t) {
		t.Run(name, func(t *testing.T) {
			// More than a socket buffers follows what is wrong.
			file := "[{\"userName\":\"a\"},\n{oops" + strings.Repeat(" ", 8<<20)
			report, err := client.Import(t.Context(), strings.NewReader(file), "", people.Options{Policy: people.Skip})
			if err != nil || report.Created != 1 || !strings.Contains(report.Error, "line 2, column 2: this is not JSON") {
				t.Errorf("report %+v, %v", report, err)
			}
		})
	}
}

// cutOff is a file during which its reader loses interest.
type cutOff struct {
	io.Reader
	left   int
	cancel func()
}

func (c *cutOff) Read(p []byte) (int, error) {
	if c.left -= len(p); c.left < 0 {
		c.cancel()
	}
	return c.Reader.Read(p[:min(len(p), 4<<10)])
}

func TestAnInterruptedImportTellsWhatItDid(t *testing.T) {
	for name, client := range clients(t) {
		t.Run(name, func(t *testing.T) {
			ctx, cancel := context.WithCancel(t.Context())
			encoded := people.Encode(people.Invent(50_000, 0, 1))
			defer func() { _ = encoded.Close() }()
			report, err := client.Import(ctx, &cutOff{encoded, 4 << 20, cancel}, people.JSON, people.Options{Policy: people.Skip})
			if err != nil || !report.Interrupted || report.Created == 0 || report.Failed > 0 {
				t.Fatalf("report %+v, %v", report, err)
			}
			status, err := client.Status(t.Context())
			if err != nil || status.Users != report.Created {
				t.Errorf("%d users are there, %d were told of, %v", status.Users, report.Created, err)
			}
		})
	}
}

// broken is a file that its disk cannot read.
type broken struct{}

func (broken) Read([]byte) (int, error) { return 0, errors.New("the disk is gone") }

func TestAFileThatCannotBeReadIsToldOf(t *testing.T) {
	for name, client := range clients(t) {
		t.Run(name, func(t *testing.T) {
			file := io.MultiReader(strings.NewReader("userName\na\nhalf"), broken{})
			_, err := client.Import(t.Context(), file, "", people.Options{Policy: people.Skip})
			if err == nil || !strings.Contains(err.Error(), "the disk is gone") {
				t.Errorf("error %v", err)
			}
			list, err := client.Resources(t.Context(), "Users", "")
			if err != nil || len(list) != 1 || list[0].Get("userName").Text() != "a" {
				t.Errorf("users %v, %v", list, err)
			}
		})
	}
}

func TestSeedInvents(t *testing.T) {
	for name, client := range clients(t) {
		t.Run(name, func(t *testing.T) {
			var first, second people.Report
			if err := client.do(t.Context(), http.MethodPost, "/v1/seed", map[string]int{"users": 40, "seed": 7}, &first); err != nil || first.Created != 44 {
				t.Errorf("report %+v, %v", first, err)
			}
			if err := client.do(t.Context(), http.MethodPost, "/v1/seed", NewPeople{Users: 10}, &second); err != nil || second.Types["User"].Created != 10 {
				t.Errorf("report %+v, %v", second, err)
			}
			var refused *RefusedError
			err := client.do(t.Context(), http.MethodPost, "/v1/seed", NewPeople{Users: -1}, nil)
			if !errors.As(err, &refused) || refused.Status != http.StatusBadRequest {
				t.Errorf("-1 users: %v", err)
			}
		})
	}
}

func TestADirectAnswerIsReadWhileItIsWritten(t *testing.T) {
	first, second := make(chan struct{}), make(chan struct{})
	handler := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Trailer", "End")
		_, _ = io.WriteString(w, "one ")
		close(first)
		<-second
		_, _ = io.WriteString(w, "two")
		w.Header().Set("End", "reached")
	})
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://airmock/", nil)
	if err != nil {
		t.Fatal(err)
	}
	resp, err := direct{handler}.RoundTrip(req)
	if err != nil {
		t.Fatal(err)
	}
	text := make([]byte, len("one "))
	if _, err := io.ReadFull(resp.Body, text); err != nil {
		t.Fatal(err)
	}
	<-first
	close(second)
	rest, err := io.ReadAll(resp.Body)
	if diff := cmp.Diff([]string{"one ", "two", "reached"}, []string{string(text), string(rest), resp.Trailer.Get("End")}); diff != "" || err != nil {
		t.Errorf("%v, %s", err, diff)
	}
	if err := resp.Body.Close(); err != nil {
		t.Error(err)
	}
	gone, err := direct{http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		for _, err := io.WriteString(w, "more"); err == nil; _, err = io.WriteString(w, "more") {
		}
	})}.RoundTrip(req)
	if err != nil {
		t.Fatal(err)
	}
	_ = gone.Body.Close() // ends the handler, or hangs
}
