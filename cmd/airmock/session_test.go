package main_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// session is a conversation with a client, kept as data. In paths, headers,
// bodies and wanted answers ${name} stands for what an earlier step saved under
// that name, ${base} for the Tenant URL; in wanted answers ${time} stands for
// any time and ${any} for any text.
type session struct {
	About   string            // who speaks, and where the facts come from
	Flags   []string          // flags of the tenant
	Dialect string            // the flag in the Tenant URL, as Entra sends it
	Headers map[string]string // sent with every request, beside the token
	Steps   []step
}

type step struct {
	About   string
	Method  string
	Path    string            // below the Tenant URL, or a whole URL; blanks and quotes are escaped
	Headers map[string]string // more request headers; "" leaves one out
	Body    json.RawMessage
	Text    string // a body that is no JSON
	Pad     int    // so many blanks after the body
	Status  int
	Answer  map[string]string // headers of the answer; "" where it must have none
	Want    json.RawMessage   // the whole body; without it and part the body must be empty
	Part    json.RawMessage   // members of the body, at any depth; null where it must have none
	Save    map[string]string // what to remember of the answer: a JSON pointer, or a header
}

// readSession reads a session from the directory testdata of the module.
func readSession(tb testing.TB, path ...string) session {
	tb.Helper()
	file, err := os.Open(filepath.Join(append([]string{"..", "..", "testdata"}, path...)...))
	if err != nil {
		tb.Fatal(err)
	}
	defer file.Close()
	dec := json.NewDecoder(file)
	dec.DisallowUnknownFields()
	var s session
	if err := dec.Decode(&s); err != nil {
		tb.Fatalf("%s: %v", file.Name(), err)
	}
	return s
}

// sessionsIn names the sessions in a directory below testdata.
func sessionsIn(tb testing.TB, dir string) []string {
	tb.Helper()
	files, err := filepath.Glob(filepath.Join("..", "..", "testdata", dir, "*.json"))
	if err != nil || len(files) == 0 {
		tb.Fatalf("no sessions in testdata/%s: %v", dir, err)
	}
	for i, file := range files {
		files[i] = filepath.Base(file)
	}
	return files
}

// dialects are the two ways in which Entra says the same.
var dialects = []string{"default", "aadOptscim062020"}

func TestARecordedSessionGetsTheAnswersThatEntraWants(t *testing.T) {
	states := map[string]string{}
	for _, dialect := range dialects {
		t.Run(dialect, func(t *testing.T) {
			tenant, saved := play(t, readSession(t, "sessions", dialect+".json"))
			states[dialect] = tenant.state(t, saved)
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

func TestEachClientGetsTheAnswersThatItNeeds(t *testing.T) {
	for _, file := range sessionsIn(t, "sessions") {
		name := strings.TrimSuffix(file, ".json")
		if slices.Contains(dialects, name) {
			continue // Entra's are compared with each other above
		}
		t.Run(name, func(t *testing.T) { play(t, readSession(t, "sessions", file)) })
	}
}

func TestTheExamplesOfTheRFCsGetTheRFCsAnswers(t *testing.T) {
	for _, file := range sessionsIn(t, "rfc") {
		t.Run(strings.TrimSuffix(file, ".json"), func(t *testing.T) {
			s := readSession(t, "rfc", file)
			s.Flags = append(s.Flags, "--profile", "rfc", "--base-path", "/v2")
			play(t, s)
		})
	}
}

// play sends a session to a new tenant. It returns the tenant, and what the
// steps saved. A wrong status ends it; other differences are reported.
func play(t *testing.T, s session) (*process, map[string]string) {
	t.Helper()
	tenant := serve(t, t.TempDir(), append([]string{"--memory"}, s.Flags...)...)
	saved := map[string]string{"base": tenant.url}
	for i, step := range s.Steps {
		path := strings.NewReplacer(" ", "%20", `"`, "%22").Replace(expand(step.Path, saved))
		if s.Dialect != "" && s.Dialect != "default" {
			path += map[bool]string{true: "&", false: "?"}[strings.Contains(path, "?")] + s.Dialect
		}
		if !strings.HasPrefix(path, "http") {
			path = tenant.url + path
		}
		body := step.body(saved)
		status, header, answer := send(t, step.Method, path, s.headers(step, body, saved), body)
		at := fmt.Sprintf("step %d, %s: %s %s", i+1, step.About, step.Method, path)
		if status != step.Status {
			t.Fatalf("%s: status %d, want %d\n%s", at, status, step.Status, answer)
		}
		if wrong := step.check(t, header, answer, saved); wrong != "" {
			t.Errorf("%s: %s\n%s", at, wrong, answer)
		}
	}
	return tenant, saved
}

// body is the body of the request.
func (st *step) body(saved map[string]string) string {
	text := st.Text
	if st.Body != nil {
		text = expandJSON(st.Body, saved)
	}
	return text + strings.Repeat(" ", st.Pad)
}

// headers are those of a step's request.
func (s *session) headers(st step, body string, saved map[string]string) map[string]string {
	headers := map[string]string{"Authorization": "Bearer " + secret}
	if body != "" {
		headers["Content-Type"] = "application/scim+json; charset=utf-8"
	}
	maps.Copy(headers, s.Headers)
	maps.Copy(headers, st.Headers)
	for name, value := range headers {
		if headers[name] = expand(value, saved); value == "" {
			delete(headers, name)
		}
	}
	return headers
}

// check says where an answer is not what the step wants, "" where it is, and
// adds what the step saves.
func (st *step) check(t *testing.T, header http.Header, answer string, saved map[string]string) string {
	t.Helper()
	var got any
	if answer != "" {
		got = decode(t, []byte(answer))
	}
	for name, from := range st.Save {
		value := header.Get(from)
		if strings.HasPrefix(from, "/") {
			value, _ = pointed(got, from).(string)
		}
		if value == "" {
			return from + " is missing"
		}
		saved[name] = value
	}
	if wrong := st.checkHeader(header, answer, saved); wrong != "" {
		return wrong
	}
	switch {
	case st.Want != nil:
		return differ("", decode(t, []byte(expandJSON(st.Want, saved))), got, false)
	case st.Part != nil:
		return differ("", decode(t, []byte(expandJSON(st.Part, saved))), got, true)
	case answer != "":
		return "a body, want none"
	}
	return ""
}

func (st *step) checkHeader(header http.Header, answer string, saved map[string]string) string {
	want := map[string]string{}
	if answer != "" {
		want["Content-Type"] = "application/scim+json"
	}
	maps.Copy(want, st.Answer)
	for name, value := range want {
		got := header.Get(name)
		if value = expand(value, saved); got != value && (value != "${any}" || got == "") {
			return fmt.Sprintf("header %s is %q, want %q", name, got, value)
		}
	}
	return ""
}

// expand replaces what was saved.
func expand(text string, saved map[string]string) string {
	for name, value := range saved {
		text = strings.ReplaceAll(text, "${"+name+"}", value)
	}
	return text
}

// expandJSON is expand inside the strings of a document.
func expandJSON(text []byte, saved map[string]string) string {
	quoted := map[string]string{}
	for name, value := range saved {
		data, _ := json.Marshal(value) // a string has a JSON form
		quoted[name] = string(data[1 : len(data)-1])
	}
	return expand(string(text), quoted)
}

// pointed is what a JSON pointer (RFC 6901) points to, nil where that is
// nothing.
func pointed(v any, pointer string) any {
	for _, name := range strings.Split(pointer[1:], "/") {
		switch in := v.(type) {
		case map[string]any:
			v = in[name]
		case []any:
			i, err := strconv.Atoi(name)
			if err != nil || i < 0 || i >= len(in) {
				return nil
			}
			v = in[i]
		default:
			return nil
		}
	}
	return v
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

// differ says where got is not what is wanted; "" where it is. Of a part,
// objects may have more members than are wanted, and none that is wanted null.
func differ(at string, want, got any, part bool) string {
	switch want := want.(type) {
	case map[string]any:
		return differObject(at, want, got, part)
	case []any:
		got, ok := got.([]any)
		if !ok || len(got) != len(want) {
			return fmt.Sprintf("%s = %v, want %v", at, got, want)
		}
		for i := range want {
			if diff := differ(fmt.Sprintf("%s[%d]", at, i), want[i], got[i], part); diff != "" {
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

func differObject(at string, want map[string]any, value any, part bool) string {
	got, ok := value.(map[string]any)
	if !ok {
		return at + " is no object"
	}
	for name := range got {
		if wanted, ok := want[name]; !ok && !part || ok && wanted == nil {
			return fmt.Sprintf("%s.%s = %v is too much", at, name, got[name])
		}
	}
	for _, name := range slices.Sorted(maps.Keys(want)) {
		if diff := differ(at+"."+name, want[name], got[name], part); diff != "" {
			return diff
		}
	}
	return ""
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
