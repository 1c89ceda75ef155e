package session

import (
	"bytes"
	"fmt"
	"net/http"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"

	"airmock/internal/entra"
	"airmock/internal/journal"
	"airmock/internal/journal/journaltest"
	"airmock/internal/scim"
)

// same compares calls as whoever reads them does: nil is as good as empty, and
// a time in another zone is the same time.
var same = cmp.Options{cmpopts.EquateEmpty(), cmpopts.EquateApproxTime(0)}

var start = time.Date(2026, 11, 22, 21, 4, 11, 123456789, time.UTC)

const tenantURL = "https://quick-fox.trycloudflare.com" + journaltest.Base

// recorded passes calls through a journal, as all that are exported have been.
func recorded(calls ...*journal.Call) []*journal.Call {
	j := journal.New(journal.Options{})
	for _, c := range calls {
		journal.NewRedactor(nil).Call(c)
		j.Append(c)
	}
	return calls
}

func finished() []*journal.Call {
	return recorded(
		journaltest.Lookup("a.kim@contoso.com", start), journaltest.Create("a.kim@contoso.com", start),
		journaltest.Disable("a.kim@contoso.com", start), journaltest.Faulty(start), journaltest.Bulk("a", "b", start),
		journaltest.Create("\x00\xff\r\n\x1b[31m \u202e é <b>|*", start),
	)
}

func written(t rapid.TB, f Format, calls []*journal.Call, o Options) []byte {
	t.Helper()
	var out bytes.Buffer
	if err := Write(&out, f, calls, o); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func TestASessionThatIsExportedAndImportedIsTheSameJournal(t *testing.T) {
	calls := finished()
	for _, f := range []Format{HAR, NDJSON} {
		file := written(t, f, calls, Options{TenantURL: tenantURL})
		s, err := Read(bytes.NewReader(file), nil)
		if err != nil {
			t.Fatalf("%s: %v\n%s", f, err, file)
		}
		if diff := cmp.Diff(calls, s.Calls, same); diff != "" {
			t.Errorf("%s: -was +is:\n%s", f, diff)
		}
		if again := written(t, f, s.Calls, Options{TenantURL: tenantURL}); !bytes.Equal(again, file) {
			t.Errorf("%s: exported again it is\n%s\nand was\n%s", f, again, file)
		}
	}
}

// The fields are drawn by reflection, so that a field that Call gets is looked
// at here.
func TestAnyCallIsReadAsItWas(t *testing.T) {
	redactor := journal.NewRedactor(nil)
	rapid.Check(t, func(t *rapid.T) {
		var calls []*journal.Call
		seq := uint64(0)
		for range rapid.IntRange(1, 3).Draw(t, "calls") {
			c := anyCall(t)
			seq += rapid.Uint64Range(1, 3).Draw(t, "gap")
			c.Seq = seq
			redactor.Call(c)
			calls = append(calls, c)
		}
		for _, f := range []Format{HAR, NDJSON} {
			file := written(t, f, calls, Options{TenantURL: tenantURL})
			s, err := Read(bytes.NewReader(file), nil)
			if err != nil {
				t.Fatalf("%s: %v\n%s", f, err, file)
			}
			if diff := cmp.Diff(calls, s.Calls, same); diff != "" {
				t.Fatalf("%s: -was +is:\n%s\n%s", f, diff, file)
			}
		}
	})
}

// anyCall draws a call as hostile as one that was recorded can be.
func anyCall(t *rapid.T) *journal.Call {
	c := new(journal.Call)
	draw(t, reflect.ValueOf(c).Elem(), 0)
	c.Cycle++
	c.Method = rapid.SampledFrom([]string{"GET", "POST", "PATCH", "X'Y"}).Draw(t, "method")
	if rapid.Bool().Draw(t, "usual path") {
		c.Target.Base = journaltest.Base
		c.Path = journaltest.Base + rapid.SampledFrom([]string{"", "/", "/Users", "//Groups/1", "/Users/a%2Fb", "/Users/é ?#"}).Draw(t, "path")
	}
	for one := range c.All() {
		one.Status %= 1000
		for _, m := range []*journal.Message{&one.Request, &one.Response} {
			m.Size += len(m.Body)
		}
	}
	return c
}

// draw fills v with what a field can be.
func draw(t *rapid.T, v reflect.Value, depth int) {
	switch v.Interface().(type) {
	case time.Time:
		v.Set(reflect.ValueOf(time.Unix(rapid.Int64Range(0, 1<<32).Draw(t, "s"), rapid.Int64Range(0, 999_999_999).Draw(t, "ns"))))
		return
	case http.Header:
		names := rapid.SampledFrom([]string{"Content-Type", "Location", "If-Match", "X-A"})
		v.Set(reflect.ValueOf(http.Header(rapid.MapOfN(names, rapid.SliceOfN(anyText(), 1, 3), 0, 3).Draw(t, "header"))))
		return
	case []byte:
		body := rapid.OneOf(anyText(), rapid.SampledFrom([]string{`{"Resources":[1]}`, `{"detail":"x","scimType":"y"}`, `{"password":"p"}`})).Draw(t, "body")
		v.SetBytes([]byte(body))
		return
	}
	switch v.Kind() {
	case reflect.String:
		text := anyText().Draw(t, "text")
		if v.Type() != reflect.TypeFor[string]() {
			text = strings.ToValidUTF8(text, "?") // such as a quirk: its texts are the program's own
		}
		v.SetString(text)
	case reflect.Int, reflect.Int64:
		v.SetInt(rapid.Int64Range(0, 1<<30).Draw(t, "number"))
	case reflect.Bool:
		v.SetBool(rapid.Bool().Draw(t, "flag"))
	case reflect.Struct:
		for i := range v.NumField() {
			field := v.Type().Field(i)
			switch {
			case field.Tag.Get("json") == "-", field.Name == "Seq": // of a call that is under way; by the test
			case field.Name != "Parts":
				draw(t, v.Field(i), depth)
			case depth == 0: // an operation has none
				draw(t, v.Field(i), depth+1)
			}
		}
	case reflect.Pointer:
		isPart := v.Type() == reflect.TypeFor[*journal.Call]()
		if isPart || rapid.Bool().Draw(t, "there") {
			v.Set(reflect.New(v.Type().Elem()))
			draw(t, v.Elem(), depth)
		}
	case reflect.Slice:
		for range rapid.IntRange(0, 2).Draw(t, "length") {
			e := reflect.New(v.Type().Elem()).Elem()
			draw(t, e, depth)
			v.Set(reflect.Append(v, e))
		}
	default:
		t.Fatalf("a field of the kind %s, which draw does not know", v.Kind())
	}
}

func anyText() *rapid.Generator[string] {
	return rapid.OneOf(rapid.String(), rapid.SampledFrom([]string{
		"", "a\r\nb", "\xff\xfe", "\x00", "\x1b[2J", "'", `\`, "$(reboot)", "`id`", "|*_<b>", "filter=userName+eq+%22a%22", strings.Repeat("x", 5000),
	}))
}

func TestALogIsReadAsASession(t *testing.T) {
	calls := finished()
	var log []byte
	for _, c := range calls {
		log = append(entra.AppendCall(log, c), '\n')
	}
	log = append(log, `{"missed":7}`+"\n"...)
	s, err := Read(bytes.NewReader(log), nil)
	if err != nil {
		t.Fatal(err)
	}
	if len(s.Calls) != len(calls) || s.Missed != 7 || s.Format != NDJSON {
		t.Fatalf("%d calls of %d, %d missed, as %q", len(s.Calls), len(calls), s.Missed, s.Format)
	}
	for i, c := range s.Calls[:5] {
		if got, want := entra.Tell(c).Text, entra.Tell(calls[i]).Text; got != want {
			t.Errorf("the story is %q, and was %q", got, want)
		}
	}
}

func TestAForeignHARIsReadAsFarAsItSpeaksSCIM(t *testing.T) {
	file := `{"log":{"version":"1.2","creator":{"name":"WebInspector","version":"537.36"},"pages":[{"id":"page_1"}],"entries":[
{"startedDateTime":"2026-11-22T22:04:12.500+01:00","time":3.5,"request":{"method":"PATCH","url":"https://scim.example.com/api/v2/Users/9f2c","httpVersion":"h2","headers":[{"name":":path","value":"/x"},{"name":"authorization","value":"Bearer very-secret"},{"name":"content-type","value":"application/scim+json"}],"queryString":[],"cookies":[],"headersSize":-1,"bodySize":10,"postData":{"mimeType":"application/scim+json","text":"{\"schemas\":[\"urn:ietf:params:scim:api:messages:2.0:PatchOp\"],\"Operations\":[{\"op\":\"replace\",\"path\":\"active\",\"value\":false},{\"op\":\"add\",\"path\":\"password\",\"value\":\"hunter2\"}]}"}},"response":{"status":404,"statusText":"","headers":[],"cookies":[],"content":{"size":4,"mimeType":"application/json","text":"eyJkZXRhaWwiOiJubyBzdWNoIHVzZXIifQ==","encoding":"base64"},"redirectURL":"","headersSize":-1,"bodySize":4},"cache":{},"timings":{"send":0,"wait":3,"receive":0.5}},
{"startedDateTime":"2026-11-22T21:04:11.123Z","time":1,"request":{"method":"GET","url":"https://www.example.com/logo.png"},"response":{"status":200}},
{"startedDateTime":"2026-11-22T21:04:11.123Z","time":1,"request":{"method":"GET","url":"https://scim.example.com/api/v2/Users?filter=userName%20eq%20%22a%22"},"response":{"status":200,"content":{"text":"{\"Resources\":[]}"}}}
]}}`
	s, err := Read(strings.NewReader("\uFEFF"+file), nil)
	if err != nil {
		t.Fatal(err)
	}
	if len(s.Calls) != 2 || s.Skipped != 1 || s.Origin != "https://scim.example.com" {
		t.Fatalf("%d calls, %d skipped, from %q", len(s.Calls), s.Skipped, s.Origin)
	}
	query, disable := s.Calls[0], s.Calls[1]
	if query.Operation != scim.OpUserQuery || query.Filter != `userName eq "a"` || query.Results != 0 || query.Seq != 1 || query.Cycle != 1 {
		t.Errorf("the query is %+v", query)
	}
	if disable.Operation != scim.OpUserDisable || disable.Target.Base != "/api/v2" || disable.Target.ID != "9f2c" || disable.Error != "no such user" {
		t.Errorf("the PATCH is %+v", disable)
	}
	if all := fmt.Sprintf("%v %s", disable.Request.Header, disable.Request.Body); strings.Contains(all, "secret") || strings.Contains(all, "hunter2") {
		t.Errorf("a secret is kept: %s", all)
	}
}

func TestBadFilesSayWhatIsWrongAndWhere(t *testing.T) {
	line := `{"seq":1,"time":"2026-11-22T21:04:11.123Z","method":"GET","path":"/Users","status":200}`
	tests := map[string]struct{ file, want string }{
		"nothing":                  {"", "this is no session"},
		"people":                   {`{"schemas":[],"Resources":[]}`, "this is no session"},
		"a cut line":               {line + "\n" + line[:50], "line 2, column 51: the file ends in the middle"},
		"no JSON":                  {line + "\n{seq:2}", "line 2, column 2: this is no JSON"},
		"a number as a text":       {strings.Replace(line, "200", `"200"`, 1), `line 1, column 84: "status" is a text and should be a whole number`},
		"no such time":             {strings.Replace(line, "2026-11", "2026-99", 1), `line 1, column 17: "time" is a text and should be a time such as`},
		"a call twice":             {line + "\n" + line, "line 2: call 1 is there already, in line 1"},
		"no time":                  {`{"seq":1,"durationMs":1,"method":"GET"}`, "line 1, column 1: it has no time"},
		"a status that is none":    {strings.Replace(line, "200", "2000", 1), "line 1, column 1: the status 2000 is none of HTTP"},
		"a null operation":         {strings.TrimSuffix(line, "}") + `,"exact":{"Parts":[null]}}`, "an operation of a bulk request is null"},
		"a HAR without entries":    {`{"log":{"version":"1.2"}}`, "the log has no entries"},
		"a HAR that is cut":        {`{"log":{"entries":[` + "\n", "line 2, column 1: the file ends in the middle"},
		"a HAR of something":       {`{"log":{"entries":{}}}`, "line 1, column 18: there should be a ["},
		"a HAR with a strange URL": {`{"log":{"entries":[` + "\n " + `{"startedDateTime":"2026-11-22T21:04:11.123Z","request":{"url":"http://[x"}}]}}`, `line 2, column 2: request.url is "http://[x" and should be a URL`},
		"a HAR without times":      {`{"log":{"entries":[{}]}}`, `line 1, column 20: startedDateTime is "" and should be a time`},
		"a call that never ends":   {line + "\n" + strings.TrimSuffix(line, `200}`) + `"` + strings.Repeat("x", maxValue+1), "a call is longer than 16 MiB"},
	}
	for name, tt := range tests {
		_, err := Read(strings.NewReader(tt.file), nil)
		if err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: %v, want %s", name, err, tt.want)
		}
	}
}

func TestFilesOfPeopleAreNoSessions(t *testing.T) {
	for _, head := range []string{"", "userName,active\n", `[{"userName":"a"}]`, `{"userName":"a"}`, `{"schemas":["urn"],"totalResults":1,"Resources":[{"seq":1}]}`, `{"log":"text"}`} {
		if f := Sniff([]byte(head)); f != "" {
			t.Errorf("%s is taken for %s", head, f)
		}
	}
}

func FuzzRead(f *testing.F) {
	for _, format := range []Format{HAR, NDJSON} {
		f.Add(written(f, format, finished()[:1], Options{})) // one call, as minimizing takes its time with long ones
	}
	f.Add([]byte(`{"log":{"entries":[{"startedDateTime":"2026-11-22T21:04:11.123Z","request":{"method":"GET","url":"/Users"}}]}}`))
	f.Add([]byte(`{"seq":1,"time":"2026-11-22T21:04:11Z","method":"GET","exact":{"Effect":{"Fields":[{}]},"Parts":[{"Parts":[null]}]}}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		s, err := Read(bytes.NewReader(data), nil)
		if err != nil {
			return
		}
		if _, err := journal.Session(s.Calls); err != nil {
			t.Fatal(err)
		}
		for _, format := range []Format{HAR, NDJSON, Curl, Markdown} {
			written(t, format, s.Calls, Options{RedactPeople: len(data)%2 == 0})
		}
		again, err := Read(bytes.NewReader(written(t, NDJSON, s.Calls, Options{})), nil)
		if len(s.Calls) > 0 && (err != nil || len(again.Calls) != len(s.Calls)) {
			t.Fatalf("exported and read again: %v", err)
		}
	})
}
