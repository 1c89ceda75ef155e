package replay

import (
	"strings"
	"testing"

	"github.com/go-json-experiment/json/jsontext"
	"github.com/google/go-cmp/cmp"
)

func TestRequestsAreEditedAndReadBack(t *testing.T) {
	want := []Request{
		{Call: 3, Method: "POST", Path: "/Users", Header: map[string]string{"Content-Type": "application/scim+json"}, Body: `{"userName":"kim","emails":[]}`},
		{Call: 4, Method: "GET", Path: "/Users?count=1", Header: map[string]string{}},
		{Call: 5, Method: "POST", Path: "/Users", Header: map[string]string{"X-A": "b: c"}, Body: "no JSON\n\nat all"},
	}
	text := []byte("# words\n\n")
	for _, r := range want {
		text = AppendHTTP(text, r, "a story\nwith a line")
	}
	got, err := ParseHTTP(strings.ReplaceAll(string(text), "\n", "\r\n"))
	if err != nil {
		t.Fatal(err)
	}
	for i := range got {
		body := jsontext.Value(got[i].Body)
		if body.Compact() == nil {
			got[i].Body = string(body)
		}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestWhatCannotBeReadNamesTheLine(t *testing.T) {
	for text, want := range map[string]string{
		"### call x\nGET /Users":                                   "line 1",
		"### Users\nGET /Users":                                    "line 1",
		"\n### call 1":                                             "line 3",
		"### call 1\nGET":                                          "line 2",
		"### call 1\nGET Users":                                    "line 2",
		"### call 1\nGET /Users with blanks":                       "line 2",
		"### call 1\nGET /Users\n{\"a\":1}":                        "line 3",
		"### call 1\nGET /Users\nAccept: x\nHost: example.com":     "line 4",
		"### call 1\nGET /Users\n\n### call 1: again\nGET /Groups": "line 4: call 1 is there twice",
	} {
		if _, err := ParseHTTP(text); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want %q", text, err, want)
		}
	}
}

// FuzzParseHTTP: what was read is read again from what it is written as.
func FuzzParseHTTP(f *testing.F) {
	f.Add("### call 1: a story\nGET /Users?a=b\nAccept: x\n\n{\"a\":1}\n")
	f.Add("### call 1\nPOST /\n\nbody\n\n### call 2\nGET /x\n")
	f.Fuzz(func(t *testing.T, text string) {
		first, err := ParseHTTP(text)
		if err != nil {
			return
		}
		var written []byte
		for _, r := range first {
			r.Body = "" // a body is written indented
			written = AppendHTTP(written, r, "")
		}
		again, err := ParseHTTP(string(written))
		if err != nil || len(again) != len(first) {
			t.Fatalf("%v: %d requests of %d in %q", err, len(again), len(first), written)
		}
		for i := range again {
			first[i].Body = ""
			if diff := cmp.Diff(first[i], again[i]); diff != "" {
				t.Fatal(diff)
			}
		}
	})
}
