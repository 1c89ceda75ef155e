package control

import (
	"bytes"
	"errors"
	"net/http"
	"strings"
	"testing"

	"airmock/internal/session"
)

func TestCallsAreExportedAsTheyAreChosen(t *testing.T) {
	running, client := running(t)
	for _, name := range []string{"adele.kim@contoso.com", "b.simon@contoso.com", "b.simon@contoso.com"} {
		_ = tryCreate(running.Status().TenantURL, name) // the last one is refused, and told of all the same
	}
	for name, tt := range map[string]struct {
		choice session.Choice
		redact bool
		want   int
	}{
		"all":           {session.Choice{}, false, 3},
		"by a query":    {session.Choice{Query: "op:user.create user:simon"}, false, 2},
		"by number":     {session.Choice{Call: 2}, false, 1},
		"by cycle":      {session.Choice{Cycle: 1, Query: "status:201"}, false, 2},
		"without names": {session.Choice{}, true, 3},
	} {
		for _, format := range []session.Format{session.HAR, session.NDJSON} {
			var out bytes.Buffer
			if err := client.Session(t.Context(), &out, format, tt.choice, tt.redact); err != nil {
				t.Fatalf("%s: %v", name, err)
			}
			if strings.Contains(out.String(), "t0ken") || tt.redact && strings.Contains(out.String(), "contoso") {
				t.Errorf("%s: %s says too much: %s", name, format, out.String())
			}
			s, err := session.Read(&out, nil)
			if err != nil || len(s.Calls) != tt.want {
				t.Errorf("%s: %s has %d calls, want %d (%v)", name, format, len(s.Calls), tt.want, err)
			}
		}
	}
}

func TestAnExportThatCannotBeSaysWhy(t *testing.T) {
	running, client := running(t)
	create(t, running.Status().TenantURL, "adele.kim@contoso.com")
	for _, tt := range []struct {
		format session.Format
		choice session.Choice
		status int
		want   string
	}{
		{"harr", session.Choice{}, http.StatusBadRequest, `did you mean "har"`},
		{session.HAR, session.Choice{Query: "opp:user.create"}, http.StatusBadRequest, "opp:user.create"},
		{session.HAR, session.Choice{Call: 9}, http.StatusNotFound, "there is no call 9"},
		{session.HAR, session.Choice{Cycle: 9}, http.StatusNotFound, "there is no cycle 9"},
	} {
		err := client.Session(t.Context(), new(bytes.Buffer), tt.format, tt.choice, false)
		var refused *RefusedError
		if !errors.As(err, &refused) || refused.Status != tt.status || !strings.Contains(refused.Text, tt.want) {
			t.Errorf("%s %+v: %v, want %d and %s", tt.format, tt.choice, err, tt.status, tt.want)
		}
	}
}
