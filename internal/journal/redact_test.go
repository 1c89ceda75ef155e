package journal

import (
	"bytes"
	"net/http"
	"strconv"
	"strings"
	"testing"

	"github.com/go-json-experiment/json/jsontext"
	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

func TestBodiesLoseTheirSecrets(t *testing.T) {
	tests := []struct{ name, body, want string }{
		{"a body without secrets stays as it is", `{"userName":"a@b.c"}`, `{"userName":"a@b.c"}`},
		{"a password is replaced", `{"userName":"a","password":"hunter2","x":1}`, `{"userName":"a","password":"[redacted]","x":1}`},
		{"in any case and spacing", "{ \"PassWord\" :\n \"hunter2\" }", "{ \"PassWord\" :\n \"[redacted]\" }"},
		{"spelled with escapes", `{"pass\u0077ord":"hunter2"}`, `{"pass\u0077ord":"[redacted]"}`},
		{"below another member", `{"a":[{"client_secret":"s"},{"token":7}]}`, `{"a":[{"client_secret":"[redacted]"},{"token":"[redacted]"}]}`},
		{"when it is an object", `{"secret":{"a":["b"]},"c":1}`, `{"secret":"[redacted]","c":1}`},
		{"under a qualified name", `{"urn:ietf:params:scim:schemas:core:2.0:User:password":"p"}`, `{"urn:ietf:params:scim:schemas:core:2.0:User:password":"[redacted]"}`},
		{"twice", `{"password":"a","password":"b"}`, `{"password":"[redacted]","password":"[redacted]"}`},
		{"a value that is the word is no name", `{"schemas":["password","x"],"name":"password","y":"z"}`, `{"schemas":["password","x"],"name":"password","y":"z"}`},
		{"a PATCH by path", `{"Operations":[{"op":"Replace","path":"password","value":"p"},{"op":"Add","path":"title","value":"t"}]}`,
			`{"Operations":[{"op":"Replace","path":"password","value":"[redacted]"},{"op":"Add","path":"title","value":"t"}]}`},
		{"a PATCH with the path behind the value", `{"Operations":[{"value":{"a":["p"]} ,"PATH":"urn:x:Password"}]}`,
			`{"Operations":[{"value":"[redacted]" ,"PATH":"urn:x:Password"}]}`},
		{"a PATCH with a path below the secret", `{"path":"password.x ","value":"p"}`, `{"path":"password.x ","value":"[redacted]"}`},
		{"a PATCH with a path that compares with the secret", `{"path":"x[password eq \"p\"].y","value":"z"}`, `{"path":"[redacted]","value":"[redacted]"}`},
		{"a PATCH without a path", `{"Operations":[{"op":"add","value":{"password":"p","title":"t"}}]}`,
			`{"Operations":[{"op":"add","value":{"password":"[redacted]","title":"t"}}]}`},
		{"JSON inside a string", `{"roles":[{"value":"{\"password\":\"p\"}"},"{\"token\":1}"]}`, `{"roles":[{"value":"[redacted]"},"[redacted]"]}`},
		{"cut off in the secret", `{"a":1,"password":"hunt`, `{"a":1,"password":"[redacted]"`},
		{"cut off behind the name", `{"a":1,"password":`, `{"a":1,"password":`},
		{"cut off before the path", `{"token":1,"Operations":[{"value":"p","pa`, `{"token":"[redacted]","Operations":[{"value":"[redacted]"`},
		{"cut off with the path known", `{"token":1,"Operations":[{"path":"title","value":"p"`, `{"token":"[redacted]","Operations":[{"path":"title","value":"p"`},
		{"several documents", `{"password":1} {"password":2}`, `{"password":"[redacted]"} {"password":"[redacted]"}`},
		{"no JSON", `grant_type=x&client_secret=abc`, unreadable},
		{"broken JSON", `{"a":"b, "password":"hunter2"}`, unreadable},
		{"a trailing comma", `{"value":"hunter2","path":"password",}`, unreadable},
		{"broken JSON without a secret", `{"a":`, `{"a":`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if diff := cmp.Diff(tt.want, string(commonSecrets.redactBody([]byte(tt.body)))); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
		})
	}
}

// A document with a secret, in any of the shapes that say it is one, cut off
// behind the word that says so or damaged anywhere, never shows it.
func TestNoBodyShowsItsSecret(t *testing.T) {
	const secret = "hunter2!"
	shapes := []string{
		`{"userName":"a","password":"hunter2!","x":[1,{"y":2}]}`,
		`{"Operations":[{"op":"Replace","path":"password","value":"hunter2!"},{"path":"a","value":1}]}`,
		`{"Operations":[{"value":["hunter2!"],"op":"Replace","path":"User:password"}]}`,
		`{"Operations":[{"op":"add","value":{"a":1,"Password":{"b":"hunter2!"}}}]}`,
	}
	rapid.Check(t, func(t *rapid.T) {
		body := []byte(rapid.SampledFrom(shapes).Draw(t, "shape"))
		at := rapid.IntRange(0, len(body)-1).Draw(t, "at")
		switch rapid.IntRange(0, 2).Draw(t, "damage") {
		case 0:
			body = body[:at]
		case 1: // a structural byte is lost; the names and the secret stay whole
			if strings.IndexByte(`{}[],:`, body[at]) >= 0 {
				body = append(body[:at:at], body[at+1:]...)
			}
		}
		if !commonSecrets.mention(body) {
			return // cut off before anything says that it is one
		}
		if kept := commonSecrets.redactBody(body); bytes.Contains(kept, []byte(secret)) {
			t.Errorf("%s\nis kept as\n%s", body, kept)
		}
	})
}

func FuzzRedactBody(f *testing.F) {
	f.Add([]byte(`{"password":"x","path":"password","value":[1,{"token":2}]}`))
	f.Add([]byte(`{"pass\u0077ord":"x"`))
	f.Add([]byte(`[[[{"value":{"secret":`))
	f.Fuzz(func(t *testing.T, body []byte) {
		valid := jsontext.Value(body).IsValid(jsontext.AllowDuplicateNames(true), jsontext.AllowInvalidUTF8(true))
		before := bytes.Clone(body)
		kept := commonSecrets.redactBody(body)
		if !bytes.Equal(before, body) {
			t.Fatal("redactBody changed its argument")
		}
		if valid && !jsontext.Value(kept).IsValid(jsontext.AllowDuplicateNames(true), jsontext.AllowInvalidUTF8(true)) {
			t.Errorf("%q became invalid: %q", body, kept)
		}
		if again := commonSecrets.redactBody(kept); valid && !bytes.Equal(kept, again) {
			t.Errorf("%q is kept as %q and then as %q", body, kept, again)
		}
	})
}

func TestASecretSpansTheCut(t *testing.T) {
	body := []byte(`{"value":"` + strings.Repeat("s", MaxBody) + `","path":"password"}`)
	kept, truncated := commonSecrets.keepBody(body, len(body))
	if want := `{"value":"[redacted]","path":"password"}`; string(kept) != want || truncated {
		t.Errorf("kept %d bytes %.60q, truncated %v; want %q", len(kept), kept, truncated, want)
	}
}

func TestQueriesLoseTheirSecrets(t *testing.T) {
	tests := []struct{ name, query, want string }{
		{"nothing to hide", "filter=userName+eq+%22a%22&count=1", "filter=userName+eq+%22a%22&count=1"},
		{"an access token", "a=1&access_token=abc&b=2", "a=1&access_token=[redacted]&b=2"},
		{"a token with an escaped name", "t%6Fken=abc", "t%6Fken=[redacted]"},
		{"a filter on a password", "filter=password+eq+%22hunter2%22", "filter=password+eq+%22%5Bredacted%5D%22"},
		{"a filter that mentions the word as a value", "filter=userName+eq+%22token%40x%22", "filter=userName+eq+%22token%40x%22"},
		{"a filter on a password behind a tab", "filter=password%09eq%09%22hunter2%22", "filter=password%09eq%09%22%5Bredacted%5D%22"},
		{"a filter on a part of a password", "filter=password.x+eq+%22hunter2%22", "filter=password.x+eq+%22%5Bredacted%5D%22"},
		{"bad escapes", "token=%zz&x=%", "token=[redacted]&x=%"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := commonSecrets.redactQuery(tt.query); got != tt.want {
				t.Errorf("got %s, want %s", got, tt.want)
			}
		})
	}
}

func TestChangedAttributesLoseTheirSecrets(t *testing.T) {
	e := &Effect{Fields: []Field{
		{Name: "urn:x:User:password", To: `"hunter2"`},
		{Name: "login", From: `{"password":"hunter2","x":1}`, To: `"{\"password\":\"hunter2\"}"`},
		{Name: "title", From: `"Keeper of the token"`},
	}}
	commonSecrets.sealEffect(e)
	want := []Field{
		{Name: "urn:x:User:password", To: `"[redacted]"`},
		{Name: "login", From: `{"password":"[redacted]","x":1}`, To: `"[redacted]"`},
		{Name: "title", From: `"Keeper of the token"`},
	}
	if diff := cmp.Diff(want, e.Fields); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

func TestHeadersLoseTheirSecrets(t *testing.T) {
	h := http.Header{
		"Authorization":       {"Bearer abc", "Basic def"},
		"Proxy-Authorization": {"abc"},
		"Cookie":              {"a=b"},
		"Set-Cookie":          {"a=b"},
		"X-Api-Key":           {"abc"},
		"X-Auth-Token":        {"abc"},
		"Www-Authenticate":    {`Bearer error="invalid_token"`},
		"X-Forwarded-Auth":    {"bearer abc"},
		"X-Role":              {"Bearer"},
		"Accept":              {"a", "b"},
	}
	want := http.Header{
		"Authorization":       {"Bearer [token azure]"},
		"Proxy-Authorization": {redacted},
		"Cookie":              {redacted},
		"Set-Cookie":          {redacted},
		"X-Api-Key":           {redacted},
		"X-Auth-Token":        {redacted},
		"Www-Authenticate":    {`Bearer error="invalid_token"`},
		"X-Forwarded-Auth":    {redacted},
		"X-Role":              {"Bearer"},
		"Accept":              {"a", "b"},
	}
	if diff := cmp.Diff(want, keepHeader(h, "azure")); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	if got := keepHeader(h, "").Get("Authorization"); got != redacted {
		t.Errorf("without a known token, Authorization is kept as %q", got)
	}
	if h.Get("Authorization") != "Bearer abc" {
		t.Error("the header itself was changed")
	}
}

func TestAHugeHeaderIsBounded(t *testing.T) {
	h := make(http.Header)
	for i := range 1000 {
		h.Add("X-"+strings.Repeat("a", i), strings.Repeat("v", 100))
	}
	if n := headerMemory(keepHeader(h, "")); n > 2*maxHeader {
		t.Errorf("%d bytes kept, want about %d", n, maxHeader)
	}
}

func TestPartsAreBoundedAndLoseTheirSecrets(t *testing.T) {
	long := strings.Repeat("x", 60<<10)
	c := &Call{}
	for i := range MaxParts + 1 {
		body := []byte(`{"userName":"u` + strconv.Itoa(i) + `","password":"hunter2"}`)
		c.Parts = append(c.Parts, &Call{
			Raw: body, Request: Message{Body: body, Size: len(body)},
			Effect: &Effect{Name: "u", Before: []byte(long), After: []byte(long), AddedN: 1, Added: []string{long}, Fields: []Field{{Name: "title", To: `"x"`}}},
		})
	}
	commonSecrets.seal(c)
	if len(c.Parts) != MaxParts {
		t.Errorf("%d parts are kept", len(c.Parts))
	}
	first, last := c.Parts[0], c.Parts[MaxParts-1]
	if got := string(first.Request.Body); got != `{"userName":"u0","password":"[redacted]"}` || first.Raw != nil {
		t.Errorf("the first part has %s", got)
	}
	if len(first.Effect.Fields) != 1 || len(first.Effect.Added) != 1 || first.Effect.Before != nil || first.Effect.After != nil {
		t.Errorf("the first part has the effect %+v", first.Effect)
	}
	if last.Request.Body != nil || !last.Request.Truncated || last.Effect.Fields != nil || last.Effect.Added != nil || last.Effect.Name != "u" || last.Effect.AddedN != 1 {
		t.Errorf("the last part has %+v of %+v", last.Effect, last.Request)
	}
	if size := sizeOf(c); size < MaxParts*(488+200) || size > MaxParts*1024+maxPartBytes+MaxParts*64 {
		t.Errorf("its size is told as %d", size)
	}
}
