package fault

import (
	"encoding/json"
	"maps"
	"strings"
	"testing"
	"unicode"

	"github.com/google/go-cmp/cmp"
)

func TestWordsBecomeASpec(t *testing.T) {
	tests := []struct {
		name, words string
		want        Spec
	}{
		{"a kind", "status", Spec{"kind": "status"}},
		{"a kind with keys", "status code=503 op=user.create first=2", Spec{"kind": "status", "code": "503", "op": "user.create", "first": "2"}},
		{"a kind as a key", "code=500 kind=status", Spec{"kind": "status", "code": "500"}},
		{"a preset", "lost-create", Spec{"kind": "lost_response", "op": "user.create", "first": "1"}},
		{"a preset with a key of its own", "lost-create ttl=1h", Spec{"kind": "lost_response", "op": "user.create", "first": "1", "ttl": "1h"}},
		{"a preset with another value", "service-down code=500", Spec{"kind": "status", "code": "500"}},
		{"a preset with another way of choosing", "lost-create nth=3", Spec{"kind": "lost_response", "op": "user.create", "nth": "3"}},
		{"a preset as a key", "preset=lost-create kind=lost_response", Spec{"kind": "lost_response", "op": "user.create", "first": "1"}},
		{"a value with an equals sign", "status detail=a=b", Spec{"kind": "status", "detail": "a=b"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, err := ParseSpec(strings.Fields(tt.words))
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
		})
	}
}

func TestWrongSpecsAreRefusedWithWhatWouldBeRight(t *testing.T) {
	tests := []struct{ words, want string }{
		{"", "name what to arm: a kind (status, throttle, latency, lost_response, token_expired) or a preset (service-down, "},
		{"statu", `there is no kind or preset "statu"; did you mean "status"?`},
		{"lost-creat", `there is no kind or preset "lost-creat"; did you mean "lost-create"?`},
		{"xyzzy", `there is no kind or preset "xyzzy"; known are status, throttle`},
		{"code=503", "the key kind is missing; it is one of status, throttle"},
		{"kind=statu", `there is no kind "statu"; did you mean "status"?`},
		{"kind=lost-create", "kind=lost-create: that is a preset; write preset=lost-create"},
		{"preset=lost-creat", `there is no preset "lost-creat"; did you mean "lost-create"?`},
		{"lost-create kind=status", `kind="status": the preset lost-create is of kind lost_response; leave the kind out`},
		{"status cod=503", `kind status has no key "cod"; did you mean "code"?`},
		{"status frist=2", `kind status has no key "frist"; did you mean "first"?`},
		{"status frobnicate=2", `kind status has no key "frobnicate"; known are code, scim_type, detail, kind, op,`},
		{"status retry_after=3s", "retry_after is a key of kind throttle, not of status"},
		{"status code", `"code" is not key=value`},
		{"status code=503 code=504", `"code" is given twice`},
		{"status kind=status", `"kind" is given twice`},
		{"status op=", "op has no value; leave the key out or give it one"},
		{"status code=200", "code=200: write a whole number from 400 to 599"},
		{"status code=9999999999999999999999", "code=9999999999999999999999: write a whole number from 400 to 599"},
		{"status code=abc", "code=abc: write a whole number"},
		{"status scim_type=uniquness", `scim_type has no value "uniquness"; did you mean "uniqueness"?`},
		{"status op=user.craete", `op=user.craete: there is no operation "user.craete"; did you mean "user.create"?`},
		{"status op=user.create|xyzzy", `op=user.create|xyzzy: there is no operation "xyzzy"; known are probe, user.create`},
		{"status method=PSOT", `method=PSOT: there is no method "PSOT"; did you mean "POST"?`},
		{"status method=!GET|XYZZY", `there is no method "XYZZY"; known are GET, POST`},
		{"status op=device.disable", `op=device.disable: there is no operation "device.disable"`},
		{"status op=[", `op=[: there is no operation "["`},
		{"status user=a||b", "user=a||b: there is nothing on one side of a ! or |"},
		{"status user=!", "user=!: there is nothing on one side of a ! or |"},
		{"status first=0", "first=0: write a whole number from 1 on"},
		{"status first=-1", "first=-1: write a whole number from 1 on"},
		{"status first=2.5", "first=2.5: write a whole number from 1 on"},
		{"status nth=3|x", "nth=3|x: write a whole number from 1 on, or several, such as 3|5"},
		{"status between=5", "between=5: write two whole numbers from 1 on, such as 5-8"},
		{"status between=8-5", "between=8-5: the first number is the larger one; write 5-8"},
		{"status first=1 nth=2", "first and nth each choose among the matches in their own way; give one of them"},
		{"status every=1 between=1-2", "every and between each choose"},
		{"status percent=101", "percent=101: write a number from 0 to 100"},
		{"status percent=-1", "percent=-1: write a number from 0 to 100"},
		{"status percent=NaN", "percent=NaN: write a number from 0 to 100"},
		{"status percent=some", "percent=some: write a number from 0 to 100"},
		{"status ttl=15", "ttl=15: write a duration with its unit, such as 500ms, 30s, 15m, 2h or 90d"},
		{"status ttl=0s", "ttl=0s: write a duration from 1s to 366d"},
		{"status ttl=99999d", "ttl=99999d: write a duration"},
		{"latency fixed=2", "fixed=2: write a duration with its unit"},
		{"latency fixed=-2s", "fixed=-2s: write a duration from 0s to 1h"},
		{"latency fixed=2h", "fixed=2h: write a duration from 0s to 1h"},
		{"latency fixed=1s jitter=2s", "jitter=2s: it is more than fixed, 1s"},
		{"throttle retry_after=soon", "retry_after=soon: write a duration"},
		{"throttle retry_after=none as=date", "as says how Retry-After is written, and retry_after=none leaves it out"},
		{"throttle as=dates", `as has no value "dates"; did you mean "date"?`},
		{"status detail=" + strings.Repeat("x", 2000), "…: the value is 2000 bytes long; 1024 are the most"},
		{"status detail=\x1b[31m", "the value of detail holds a control character"},
	}
	for _, tt := range tests {
		t.Run(tt.words[:min(len(tt.words), 40)], func(t *testing.T) {
			_, err := ParseSpec(strings.Fields(tt.words))
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("got  %v\nwant %s", err, tt.want)
			}
		})
	}
}

func TestARuleSaysInOneLineWhatItDoes(t *testing.T) {
	tests := []struct{ words, want string }{
		{"status code=503 op=user.create first=2", "status 503 on user.create, first 2"},
		{"status", "status 503 on every call"},
		{"status op=!user.*|probe user=*@x.com method=POST", "status 503 on !user.*|probe with user *@x.com with method POST"},
		{"status nth=5|3|5", "status 503 on every call, matches 3 and 5"},
		{"status nth=3", "status 503 on every call, match 3"},
		{"status nth=1|2|3|4|5|6|7", "status 503 on every call, matches 1, 2, 3, 4, 5, 6, …"},
		{"status after=10 every=5 times=3", "status 503 on every call, after 10, one in 5, at most 3×"},
		{"status between=5-8 percent=12.5", "status 503 on every call, matches 5 to 8, 12.5 % by chance"},
		{"throttle", "throttle, Retry-After 30s on every call"},
		{"throttle retry_after=3600 as=date", "throttle, Retry-After 1h as a date on every call"},
		{"throttle retry_after=none", "throttle without Retry-After on every call"},
		{"latency fixed=90s jitter=500ms", "latency 1m30s ± 500ms on every call"},
		{"lost_response", "lost response on every write"},
		{"token_expired ttl=90d", "token expired on every call"},
	}
	for _, tt := range tests {
		t.Run(tt.words, func(t *testing.T) {
			rule, err := compile(parse(t, tt.words), operations{})
			if err != nil {
				t.Fatal(err)
			}
			if rule.text != tt.want {
				t.Errorf("got  %s\nwant %s", rule.text, tt.want)
			}
		})
	}
}

func parse(t testing.TB, words string) Spec {
	t.Helper()
	spec, err := ParseSpec(strings.Fields(words))
	if err != nil {
		t.Fatal(err)
	}
	return spec
}

func TestPresetsCanBeArmedAndAreDescribed(t *testing.T) {
	groups := []string{"Outage", "Throttling", "Credentials", "Lost responses", "Wrong answers", "Slow"}
	seen := map[string]bool{}
	for _, p := range Presets() {
		if seen[p.Name] {
			t.Errorf("there are two presets %s", p.Name)
		}
		seen[p.Name] = true
		status, err := New(Options{}).Arm(p.Spec)
		if err != nil {
			t.Errorf("%s: %v", p.Name, err)
		}
		if status.Left == 0 || p.Summary == "" || p.ReachesAs == "" {
			t.Errorf("%s: %+v lacks something", p.Name, p)
		}
		for len(groups) > 0 && groups[0] != p.Group {
			groups = groups[1:]
		}
		if len(groups) == 0 {
			t.Errorf("%s: the group %s is out of order or unknown", p.Name, p.Group)
		}
		before := maps.Clone(p.Spec)
		p.Spec["code"] = "999"
		if again, err := ParseSpec([]string{p.Name}); err != nil || !maps.Equal(again, before) {
			t.Errorf("%s: changing what Presets returned changes the preset: %v %v", p.Name, again, err)
		}
	}
}

// What the parameters' own examples show must work.
func TestEveryExampleOfAParameterIsRight(t *testing.T) {
	check := func(kind string, p Param) {
		if p.Summary == "" || p.Example == "" {
			t.Errorf("%s %s is not described", kind, p.Name)
		}
		if _, err := compile(Spec{"kind": kind, p.Name: p.Example}, operations{}); err != nil {
			t.Errorf("%s %s=%s: %v", kind, p.Name, p.Example, err)
		}
	}
	for _, k := range Kinds() {
		for _, p := range k.Params {
			check(k.Name, p)
		}
		for _, p := range append(MatchParams(), SelectParams()...) {
			check(k.Name, p)
		}
		if _, err := compile(Spec{"kind": k.Name}, operations{}); err != nil {
			t.Errorf("%s cannot be armed without keys: %v", k.Name, err)
		}
	}
}

func FuzzParseSpec(f *testing.F) {
	f.Add("status code=503 op=user.create first=2")
	f.Add("lost-create ttl=1h nth=1|2")
	f.Add("latency fixed=2s jitter=1s percent=50% user=*a*b*")
	f.Add("throttle retry_after=30 as=date between=1-2 after=0")
	f.Add("preset=sluggish every=2 op=!user.*")
	f.Fuzz(func(t *testing.T, line string) {
		spec, err := ParseSpec(strings.Split(line, " "))
		if err != nil {
			if strings.ContainsFunc(err.Error(), unicode.IsControl) {
				t.Errorf("%q: the error is not fit for a terminal: %q", line, err)
			}
			return
		}
		e := New(Options{})
		status, err := e.Arm(spec)
		if err != nil {
			// Which operations there are is known where a rule is armed.
			if !strings.Contains(err.Error(), "there is no operation") || strings.ContainsFunc(err.Error(), unicode.IsControl) {
				t.Fatalf("%q was read and cannot be armed: %v", line, err)
			}
			return
		}
		if strings.ContainsAny(status.Text, "\n\r\x1b") || status.Text == "" {
			t.Errorf("%q is told as %q", line, status.Text)
		}
		if status.Left == 0 {
			t.Errorf("%q can never fire", line)
		}
		again, err := New(Options{}).Arm(status.Spec)
		if err != nil || again.Text != status.Text {
			t.Errorf("the spec of a status is another rule: %+v, %v", again, err)
		}
	})
}

func TestASpecIsReadFromJSONWithNumbersAsWithStrings(t *testing.T) {
	var got Spec
	if err := json.Unmarshal([]byte(`{"kind":"status","code":503,"percent":12.5,"op":"user.create","detail":"\u00e9"}`), &got); err != nil {
		t.Fatal(err)
	}
	want := Spec{"kind": "status", "code": "503", "percent": "12.5", "op": "user.create", "detail": "é"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("want (-), got (+):\n%s", diff)
	}
	for _, wrong := range []string{`{"kind":["status"]}`, `{"kind":{}}`, `{"kind":null}`, `[]`, `"status"`} {
		if err := json.Unmarshal([]byte(wrong), &got); err == nil {
			t.Errorf("%s is taken for %v", wrong, got)
		}
	}
}
