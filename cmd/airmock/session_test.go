package main_test

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// session is a recorded conversation with the provisioning service. In paths,
// bodies and wanted answers ${name} stands for the id that the step with that
// save got, ${base} for the Tenant URL; in wanted answers ${time} stands for
// any time and ${any} for any text.
type session struct {
	Dialect string
	Steps   []struct {
		About  string
		Method string
		Path   string
		Body   json.RawMessage
		Status int
		Want   json.RawMessage
		Save   string
	}
}

func readSession(tb testing.TB, dialect string) session {
	tb.Helper()
	data, err := os.ReadFile(filepath.Join("..", "..", "testdata", "sessions", dialect+".json"))
	if err != nil {
		tb.Fatal(err)
	}
	var s session
	if err := json.Unmarshal(data, &s); err != nil {
		tb.Fatal(err)
	}
	return s
}

var dialects = []string{"default", "aadOptscim062020"}

func TestARecordedSessionGetsTheAnswersThatEntraWants(t *testing.T) {
	states := map[string]string{}
	for _, dialect := range dialects {
		t.Run(dialect, func(t *testing.T) {
			states[dialect] = play(t, readSession(t, dialect))
		})
	}
	if a, b := states[dialects[0]], states[dialects[1]]; a != b {
		at := 0
		for at < len(a) && at < len(b) && a[at] == b[at] {
			at++
		}
		t.Errorf("the dialects end in different states:\n%.300s\n%.300s", a[max(0, at-100):], b[max(0, at-100):])
	}
	if n := strings.Count(states[dialects[0]], `"userName"`); n != 18 {
		t.Errorf("the session ends with %d users, want 18", n)
	}
}

// play sends a session to a tenant and returns the state that it ends in, with
// ids and times replaced.
func play(t *testing.T, s session) string {
	tenant := serve(t, t.TempDir(), "--memory")
	ids := map[string]string{"base": tenant.url}
	for i, step := range s.Steps {
		path := expand(step.Path, ids)
		if s.Dialect != "default" {
			path += map[bool]string{true: "&", false: "?"}[strings.Contains(path, "?")] + s.Dialect
		}
		status, header, body := call(t, step.Method, tenant.url+path, secret, expand(string(step.Body), ids))
		at := fmt.Sprintf("step %d, %s: %s %s", i+1, step.About, step.Method, path)
		if status != step.Status {
			t.Fatalf("%s: status %d, want %d\n%s", at, status, step.Status, body)
		}
		if step.Want == nil {
			if body != "" {
				t.Errorf("%s: body %s, want none", at, body)
			}
			continue
		}
		if got := header.Get("Content-Type"); got != "application/scim+json" {
			t.Errorf("%s: Content-Type %q", at, got)
		}
		got := decode(t, []byte(body))
		if step.Save != "" {
			ids[step.Save], _ = got.(map[string]any)["id"].(string)
		}
		want := decode(t, []byte(expand(string(step.Want), ids)))
		if diff := differ("", want, got); diff != "" {
			t.Errorf("%s: %s\n%s", at, diff, body)
		}
	}
	return tenant.state(t, ids)
}

func expand(text string, ids map[string]string) string {
	for name, id := range ids {
		text = strings.ReplaceAll(text, "${"+name+"}", id)
	}
	return text
}

func decode(t *testing.T, data []byte) any {
	t.Helper()
	var v any
	if err := json.Unmarshal(data, &v); err != nil {
		t.Fatalf("%v in %s", err, data)
	}
	return v
}

var aTime = regexp.MustCompile(`^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$`)

// differ says where got is not what is wanted; "" where it is.
func differ(at string, want, got any) string {
	switch want := want.(type) {
	case map[string]any:
		got, ok := got.(map[string]any)
		if !ok {
			return at + " is no object"
		}
		for name := range got {
			if _, ok := want[name]; !ok {
				return fmt.Sprintf("%s.%s = %v is too much", at, name, got[name])
			}
		}
		for name := range want {
			if diff := differ(at+"."+name, want[name], got[name]); diff != "" {
				return diff
			}
		}
		return ""
	case []any:
		got, ok := got.([]any)
		if !ok || len(got) != len(want) {
			return fmt.Sprintf("%s = %v, want %v", at, got, want)
		}
		for i := range want {
			if diff := differ(fmt.Sprintf("%s[%d]", at, i), want[i], got[i]); diff != "" {
				return diff
			}
		}
		return ""
	}
	text, isText := got.(string)
	switch {
	case want == "${any}" && isText && text != "", want == "${time}" && aTime.MatchString(text), reflect.DeepEqual(want, got):
		return ""
	}
	return fmt.Sprintf("%s = %v, want %v", at, got, want)
}

// state is all users and groups of a tenant as they are sent, with what
// differs from run to run replaced.
func (p *process) state(t *testing.T, ids map[string]string) string {
	t.Helper()
	var all strings.Builder
	for _, endpoint := range []string{"/Users", "/Groups"} {
		status, _, body := call(t, "GET", p.url+endpoint+"?count=1000", secret, "")
		if status != 200 {
			t.Fatalf("list %s: %d %s", endpoint, status, body)
		}
		all.WriteString(body + "\n")
	}
	text := all.String()
	names := make([]string, 0, len(ids))
	for name := range ids {
		names = append(names, name)
	}
	slices.Sort(names)
	for _, name := range names {
		text = strings.ReplaceAll(text, ids[name], "<"+name+">")
	}
	text = regexp.MustCompile(`"\d{4}-\d\d-\d\dT[^"]*Z"`).ReplaceAllString(text, `"<time>"`)
	return text
}
