package control

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"

	"airmock/internal/people"
	"airmock/internal/tenant"
	"airmock/store"
)

func TestTheStateIsSavedRestoredAndReset(t *testing.T) {
	for name, client := range clients(t) {
		t.Run(name, func(t *testing.T) {
			ctx := t.Context()
			if _, err := client.Import(ctx, strings.NewReader("userName\na@contoso.com\nb@contoso.com\n"), people.CSV, people.Options{Policy: people.Skip}); err != nil {
				t.Fatal(err)
			}
			if _, err := client.CreateToken(ctx, "ci", 0); err != nil {
				t.Fatal(err)
			}
			list := func() string {
				users, err := client.Resources(ctx, "Users", "")
				if err != nil {
					t.Fatal(err)
				}
				var all []byte
				for _, u := range users {
					all = append(u.AppendJSON(all), '\n')
				}
				return string(all)
			}
			before := list()
			var file bytes.Buffer
			var done float64
			info, err := client.Snapshot(ctx, &file, func(d float64) { done = d })
			if want := (store.Counts{Users: 2, Tokens: 1}); err != nil || info.Counts != want || done != 1 {
				t.Fatalf("snapshot %+v, %v, done %v", info, err, done)
			}
			if gone, err := client.Reset(ctx, true); err != nil || gone != (store.Counts{Users: 2}) {
				t.Errorf("reset %+v, %v", gone, err)
			}
			if gone, err := client.Reset(ctx, false); err != nil || gone != (store.Counts{Tokens: 1}) || list() != "" {
				t.Errorf("reset %+v, %v, and there are %s", gone, err, list())
			}
			var refused *RefusedError
			if _, err := client.Restore(ctx, bytes.NewReader(file.Bytes()[:300])); !errors.As(err, &refused) || refused.Status != http.StatusUnprocessableEntity ||
				!strings.Contains(refused.Text, "at byte ") || !strings.Contains(refused.Text, "nothing was changed") {
				t.Errorf("restore of a part: %v", err)
			}
			if list() != "" {
				t.Errorf("a part was restored: %s", list())
			}
			if again, err := client.Restore(ctx, &file); err != nil || again != info {
				t.Errorf("restore %+v, %v, want %+v", again, err, info)
			}
			if after := list(); after != before {
				t.Errorf("before\n%s\nafter\n%s", before, after)
			}
			if tokens, err := client.Tokens(ctx); err != nil || len(tokens) != 1 || tokens[0].Name != "ci" {
				t.Errorf("tokens %+v, %v", tokens, err)
			}
		})
	}
}

func TestARestoreThatIsInterruptedChangesNothing(t *testing.T) {
	for name, client := range clients(t) {
		t.Run(name, func(t *testing.T) {
			if _, err := client.Import(t.Context(), strings.NewReader("userName\na@contoso.com\n"), people.CSV, people.Options{Policy: people.Skip}); err != nil {
				t.Fatal(err)
			}
			var file bytes.Buffer
			if _, err := client.Snapshot(t.Context(), &file, nil); err != nil {
				t.Fatal(err)
			}
			if _, err := client.Import(t.Context(), strings.NewReader("userName\nb@contoso.com\n"), people.CSV, people.Options{Policy: people.Skip}); err != nil {
				t.Fatal(err)
			}
			ctx, interrupt := context.WithCancel(t.Context())
			in, out := io.Pipe()
			go func() {
				_, _ = out.Write(file.Bytes()[:200])
				interrupt()
				_ = out.CloseWithError(context.Canceled)
			}()
			if _, err := client.Restore(ctx, in); err == nil {
				t.Error("it was restored")
			}
			if status, err := client.Status(t.Context()); err != nil || status.Users != 2 {
				t.Errorf("%d users, %v", status.Users, err)
			}
		})
	}
}

func TestAResetTakesNoBodyOrAnObject(t *testing.T) {
	opened := tenant.New(tenant.Config{BasePath: "/scim", Memory: true})
	if err := opened.Open(t.Context()); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = opened.Close() })
	client := Direct(opened)
	for body, want := range map[string]int{"": 200, "{}": 200, `{"keepTokens":true}`: 200, `{"keepToken":true}`: 400, "yes": 400} {
		resp, err := client.send(t.Context(), http.MethodPost, "/v1/reset", strings.NewReader(body))
		var refused *RefusedError
		switch {
		case errors.As(err, &refused):
			if refused.Status != want {
				t.Errorf("%q: %d %v", body, refused.Status, err)
			}
		case err != nil || want != 200:
			t.Errorf("%q: %v, want %d", body, err, want)
		default:
			var gone map[string]int
			if err := json.NewDecoder(resp.Body).Decode(&gone); err != nil || len(gone) != 5 {
				t.Errorf("%q: %v, %v", body, gone, err)
			}
			_ = resp.Body.Close()
		}
	}
}
