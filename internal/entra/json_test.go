package entra

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"airmock/internal/journal"
	"airmock/internal/journal/journaltest"
	"airmock/internal/scim"
)

func TestAppendCall(t *testing.T) {
	c := call(scim.OpUserDisable, 200, on("9f"), did("updated", "b.simon@contoso.com", journal.Field{Name: "active", From: "true", To: "false"}, journal.Field{Name: "title", To: `"cut`}))
	c.Seq, c.Cycle, c.Method = 12, 3, "PATCH"
	c.Quirks = []scim.Quirk{scim.QuirkActiveAsString}
	c.Effect.ID = "9f"
	c.Request = journal.Message{Header: http.Header{"Content-Type": {"application/scim+json"}, "Accept": {"a", "b"}}, Body: []byte(`{"op":"x"}`)}
	c.Response = journal.Message{Body: []byte("\xff"), Truncated: true}
	got := string(AppendCall([]byte("before "), c))
	want := `before {"seq":12,"time":"2026-11-22T21:04:11.123Z","durationMs":1.234,"client":"127.0.0.1","method":"PATCH","path":"/Users/9f","query":"","operation":"user.disable","status":200,` +
		`"story":"Disable b.simon@contoso.com and change title","quirks":["active-as-string"],"fault":null,` +
		`"effect":{"type":"User","id":"9f","name":"b.simon@contoso.com","change":"updated","fields":[{"name":"active","from":true,"to":false},{"name":"title","to":"\"cut"}]},"cycle":3,` +
		`"request":{"headers":{"Accept":"a, b","Content-Type":"application/scim+json"},"body":"{\"op\":\"x\"}"},"response":{"headers":{},"body":"` + "\uFFFD" + `","truncated":true},` +
		`"base":"/0/as/common/scim","auth":"ok","token":"azure"}`
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestAppendCallOfFaultsMembersAndErrors(t *testing.T) {
	c := call(scim.OpGroupMemberAdd, 503, on(grp), did("updated", "Engineering"), added(40, "a", "b"), removed(1, "c"), broken("status", "answered 503"), refused(scim.TooMany, "no"))
	var got map[string]any
	if err := json.Unmarshal(AppendCall(nil, c), &got); err != nil {
		t.Fatal(err)
	}
	want := map[string]any{
		"fault":    map[string]any{"rule": "r1", "kind": "status", "text": "status on *", "detail": "answered 503"},
		"effect":   map[string]any{"type": "Group", "id": grp, "name": "Engineering", "change": "updated", "added": []any{"a", "b"}, "addedCount": 40.0, "removed": []any{"c"}, "removedCount": 1.0},
		"scimType": "tooMany", "error": "no",
	}
	for key, w := range want {
		if diff := cmp.Diff(w, got[key]); diff != "" {
			t.Errorf("%s: %s", key, diff)
		}
	}
}

func TestAppendCallOfATestConnection(t *testing.T) {
	var got struct{ Verdict map[string]any }
	c := call(scim.OpProbe, 200, filter(`userName eq "`+guid+`"`, 0))
	if err := json.Unmarshal(AppendCall(nil, c), &got); err != nil {
		t.Fatal(err)
	}
	want := map[string]any{"ok": true, "attribute": "userName", "text": "token accepted, empty list as expected (by userName)"}
	if diff := cmp.Diff(want, got.Verdict); diff != "" {
		t.Error(diff)
	}
}

func TestAppendCallOfABulkRequest(t *testing.T) {
	at := time.Date(2026, 11, 22, 21, 4, 11, 0, time.UTC)
	var got struct {
		Story      string
		Parts      []map[string]any
		PartsCount int
	}
	if err := json.Unmarshal(AppendCall(nil, journaltest.Bulk("b.simon@contoso.com", "9f2c", at)), &got); err != nil {
		t.Fatal(err)
	}
	want := []map[string]any{{
		"method": "POST", "path": "/Users", "operation": "user.create", "status": 201.0, "story": "Create user b.simon@contoso.com", "quirks": []any{},
		"effect": map[string]any{"type": "User", "id": "id-of-b.simon@contoso.com", "name": "b.simon@contoso.com", "change": "created"},
	}, {
		"method": "DELETE", "path": "/Users/9f2c", "operation": "user.delete", "status": 404.0, "story": "Delete user 9f2c → not found", "quirks": []any{},
		"effect": map[string]any{"type": "User", "id": "9f2c", "name": "", "change": "none"}, "error": `no User has the id "9f2c"`,
	}}
	if diff := cmp.Diff(want, got.Parts); diff != "" || got.PartsCount != 3 || got.Story != "Bulk: 3 operations, 1 done, 1 failed, 1 not tried" {
		t.Errorf("%s %d %s", got.Story, got.PartsCount, diff)
	}
}

func TestThePathIsTheOneBelowTheBase(t *testing.T) {
	tests := []struct{ path, base, want string }{
		{"/0/as/common/scim/Users", "/0/as/common/scim", "/Users"},
		{"/0/as/common/scim", "/0/as/common/scim", "/"},
		{"//scim/Users", "/scim", "//scim/Users"},
		{"/favicon.ico", "", "/favicon.ico"},
	}
	for _, tt := range tests {
		c := &journal.Call{Path: tt.path, Target: scim.Target{Base: tt.base}}
		if got := pathBelow(c); got != tt.want {
			t.Errorf("%s below %s: got %s, want %s", tt.path, tt.base, got, tt.want)
		}
	}
}

// Whatever came over the wire, the object is valid, and says the same.
func TestAppendCallIsAlwaysValid(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		wire := rapid.Custom(func(t *rapid.T) string {
			return string(rapid.SliceOfN(rapid.Byte(), 0, 12).Draw(t, "bytes"))
		})
		c := call(scim.OpUserPatch, 200, did("updated", wire.Draw(t, "name"), journal.Field{Name: wire.Draw(t, "field"), From: wire.Draw(t, "from")}))
		c.Path, c.Query, c.Token, c.Error = wire.Draw(t, "path"), wire.Draw(t, "query"), wire.Draw(t, "token"), wire.Draw(t, "error")
		c.Request = journal.Message{Header: http.Header{wire.Draw(t, "header"): {wire.Draw(t, "value")}}, Body: []byte(wire.Draw(t, "body"))}
		out := AppendCall(nil, c)
		var got struct{ Request struct{ Body string } }
		if err := json.Unmarshal(out, &got); err != nil || !utf8.Valid(out) || strings.ContainsAny(string(out), "\n\r\x1b") {
			t.Fatalf("%v: %q", err, out)
		}
		if body := string(c.Request.Body); utf8.ValidString(body) && got.Request.Body != body {
			t.Fatalf("body %q became %q", body, got.Request.Body)
		}
	})
}

func BenchmarkAppendCall(b *testing.B) {
	c := stories[0].call
	var dst []byte
	b.ReportAllocs()
	for range b.N {
		dst = AppendCall(dst[:0], c)
	}
}
