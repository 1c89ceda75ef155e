package journal

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
)

func TestATokenInTheWrongPlaceIsRedacted(t *testing.T) {
	const token = "s3cr3t/of+Contoso="
	j := New(Options{})
	stored := []byte(`{"title":"` + token + `"}`)
	h := j.Record(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		c := Of(w)
		c.Error = "no User has the id " + token
		c.Effect = &Effect{
			ID: token, Name: token, Before: stored, After: stored, Added: []string{token},
			Fields: []Field{{Name: "title", From: `"` + token + `"`, To: `"` + token + `"`}},
		}
		c.Parts = []*Call{{Path: "/Users/" + token, Error: token}}
		w.Header().Set("Location", "/Users/"+token)
		_, _ = w.Write(stored)
	}), RecordOptions{})
	r := httptest.NewRequest("POST", "/Users/x?filter=userName+eq+%22"+url.QueryEscape(token)+"%22&a="+token, strings.NewReader(`{"userName":"kim","title":"`+token+`"}`))
	r.URL.Path = "/Users/" + token
	r.Header.Set("Authorization", "Bearer "+token)
	r.Header.Set("User-Agent", "agent "+token)
	h.ServeHTTP(httptest.NewRecorder(), r)
	c := j.Get(1)
	told := fmt.Sprintf("%+v %+v %s %s %s %s", *c, *c.Effect, c.Request.Body, c.Response.Body, c.Effect.Before, c.Effect.After)
	for _, p := range c.Parts {
		told += fmt.Sprintf(" %+v", *p)
	}
	for _, secret := range []string{token, url.QueryEscape(token)} {
		if at := strings.Index(told, secret); at >= 0 {
			t.Errorf("it is told: …%s", told[max(0, at-40):at+len(secret)])
		}
	}
	if got := string(c.Request.Body); got != `{"userName":"kim","title":"[redacted]"}` {
		t.Errorf("the body is kept as %s", got)
	}
	if r.Header.Get("User-Agent") != "agent "+token || !strings.Contains(string(stored), token) {
		t.Error("what was recorded was changed itself")
	}
}

func TestAShortTokenLeavesTheWordsOfACallAlone(t *testing.T) {
	j := New(Options{})
	h := j.Record(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}), RecordOptions{})
	r := httptest.NewRequest("GET", "/Users/test", nil)
	r.Header.Set("Authorization", "Bearer test")
	h.ServeHTTP(httptest.NewRecorder(), r)
	if got := j.Get(1).Path; got != "/Users/test" {
		t.Errorf("the path is kept as %s", got)
	}
}

func TestATokenInAForeignCallIsRedactedWhereverItIs(t *testing.T) {
	const token = "s3cr3t-of-Contoso"
	c := &Call{
		Path:    "/Users/" + token,
		Request: Message{Header: http.Header{"Authorization": {"Bearer " + token}, "User-Agent": {token}}, Body: []byte(`{"title":"` + token + `"}`)},
	}
	NewRedactor(nil).Call(c)
	if told := fmt.Sprintf("%+v %s", *c, c.Request.Body); strings.Contains(told, token) {
		t.Errorf("it is told: %s", told)
	}
}
