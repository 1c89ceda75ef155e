package session

import (
	"bytes"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"airmock/internal/entra"
	"airmock/internal/journal"
	"airmock/internal/journal/journaltest"
	"airmock/internal/scim"
)

// somebody is a person with values that stand nowhere else.
type somebody struct{ given, family, mail, phone, department, badge string }

func (p somebody) values() []string {
	return []string{p.given, p.family, p.mail, p.phone, p.department, p.badge, p.given + " " + p.family, strings.SplitN(p.mail, "@", 2)[0]}
}

func anybody() *rapid.Generator[somebody] {
	word := rapid.StringMatching(`[QXZ][qxzüé']{4,9}`)
	return rapid.Custom(func(t *rapid.T) somebody {
		return somebody{
			word.Draw(t, "given"), word.Draw(t, "family"),
			word.Draw(t, "local") + "+" + word.Draw(t, "tag") + "@" + rapid.SampledFrom([]string{"contoso.com", "fabrikam.onmicrosoft.com"}).Draw(t, "domain"),
			"+49 30 " + rapid.StringMatching(`[0-9]{7}`).Draw(t, "phone"),
			word.Draw(t, "department") + " & Co", word.Draw(t, "badge"),
		}
	})
}

func (p somebody) user() string {
	v := scim.NewObject()
	v.Set("userName", scim.NewString(p.mail))
	name := scim.NewObject()
	name.Set("givenName", scim.NewString(p.given))
	name.Set("familyName", scim.NewString(p.family))
	v.Set("name", name)
	v.Set("displayName", scim.NewString(p.given+" "+p.family))
	phone := scim.NewObject()
	phone.Set("type", scim.NewString("work"))
	phone.Set("value", scim.NewString(p.phone))
	v.Set("phoneNumbers", scim.NewArray(phone))
	v.Set("badgeName", scim.NewString(p.badge)) // of no schema
	ext := scim.NewObject()
	ext.Set("department", scim.NewString(p.department))
	v.Set("urn:ietf:params:scim:schemas:extension:enterprise:2.0:User", ext)
	return v.String()
}

const uuidOf = "9f2c0000-0000-4000-8000-000000000001"

// conversation is calls that say p's values in every place where one can.
func (p somebody) conversation() []*journal.Call {
	lookup := journaltest.Lookup(p.mail, start)
	lookup.Query = "filter=" + url.QueryEscape(fmt.Sprintf("userName eq %q", strings.ToUpper(p.mail)))
	lookup.Filter = fmt.Sprintf("userName eq %q", strings.ToUpper(p.mail))
	unquoted := journaltest.Lookup(p.mail, start)
	unquoted.Query, unquoted.Filter = "filter=userName+eq+"+url.QueryEscape(p.badge), "userName eq "+p.badge
	create := journaltest.Create(p.mail, start)
	create.Request.Body, create.Response.Body = []byte(p.user()), []byte(`{"Resources":[`+p.user()+`]}`)
	create.Effect.After, create.Effect.ID = []byte(p.user()), uuidOf
	create.Response.Header.Set("Location", "https://"+strings.ToLower(p.family)+".example.net/scim/Users/"+uuidOf)
	create.Client = "203.0.113.77"
	create.Request.Header.Set("X-Forwarded-For", "203.0.113.77, 10.1.2.3")
	change := journaltest.Disable(p.mail, start)
	quoted := scim.NewString(p.department).String()
	change.Request.Body = []byte(`{"Operations":[{"op":"replace","value":` + quoted + `,"path":"urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:department"},{"op":"add","value":{"name.givenName":"` + p.given + `"}},{"op":"remove","path":"emails[value eq \"` + p.mail + `\"]"}]}`)
	change.Effect.Fields = []journal.Field{{Name: "name.familyName", From: `"` + p.family + `"`}, {Name: "badgeName", To: `"` + p.badge + `"`}}
	change.Effect.Added, change.Effect.AddedN = []string{p.given + " " + p.family}, 1
	failed := journaltest.Create(p.mail, start)
	failed.Status, failed.Effect = http.StatusConflict, nil
	failed.Error = fmt.Sprintf("userName %q is taken by %s; %s is somebody else", p.mail, p.given, strings.ToUpper(p.family))
	failed.Response.Body = []byte(`{"schemas":["urn:ietf:params:scim:api:messages:2.0:Error"],"status":"409","detail":` + scim.NewString(failed.Error).String() + `}`)
	failed.Fault = &journal.FaultNote{Rule: "r1", Kind: "status", Text: "status 503 on user.create user=" + p.mail + ", first 2"}
	cut := journaltest.Create(p.mail, start)
	cut.Request.Body, cut.Request.Truncated = []byte(p.user()[:len(p.user())/2]), true
	return recorded(lookup, unquoted, create, change, failed, cut, journaltest.Bulk(p.mail, p.badge, start))
}

func TestNobodyIsNamedInASessionWithoutPeople(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p, q := anybody().Draw(t, "one"), anybody().Draw(t, "other")
		calls := append(p.conversation(), q.conversation()...)
		for i, c := range calls {
			c.Seq = uint64(i + 1)
		}
		var before [][]byte
		for _, c := range calls {
			before = append(before, entra.AppendCall(nil, c))
		}
		for _, f := range []Format{HAR, NDJSON, Curl, Markdown} {
			file := written(t, f, calls, Options{RedactPeople: true, TenantURL: tenantURL})
			text := strings.ToLower(string(file) + unescape(string(file)) + strings.ReplaceAll(string(file), `\`, ""))
			for _, value := range append(append(p.values(), q.values()...), "203.0.113.77", "10.1.2.3", "quick-fox", "contoso.com") {
				if i := strings.Index(text, strings.ToLower(value)); i >= 0 {
					t.Fatalf("%s: %q is in it: %s", f, value, text[max(0, i-100):i+60])
				}
			}
			if again := written(t, f, calls, Options{RedactPeople: true, TenantURL: tenantURL}); !bytes.Equal(file, again) {
				t.Fatalf("%s: another time it is another file", f)
			}
		}
		for i, c := range calls {
			if !bytes.Equal(before[i], entra.AppendCall(nil, c)) {
				t.Fatal("the export changed a call")
			}
		}
	})
}

func TestStrangersStayThemselves(t *testing.T) {
	p := somebody{"Adele", "Kim", "Adele.Kim@contoso.com", "+49 30 1234567", "Sales", "B-Q77X"}
	file := written(t, NDJSON, p.conversation(), Options{RedactPeople: true, TenantURL: tenantURL})
	s, err := Read(bytes.NewReader(file), nil)
	if err != nil {
		t.Fatal(err)
	}
	lookup, create, change := s.Calls[0], s.Calls[2], s.Calls[3]
	doc, err := scim.Parse(create.Request.Body)
	if err != nil {
		t.Fatal(err)
	}
	name := doc.Get("userName").Text()
	if !strings.EqualFold(name, "user1@domain1.example") {
		t.Errorf("the name is %q", name)
	}
	if !strings.EqualFold(lookup.Filter, `userName eq "`+name+`"`) || lookup.Filter == `userName eq "`+name+`"` {
		t.Errorf("%q was looked up by the same name in another case, and now by %s", name, lookup.Filter)
	}
	if got := entra.Tell(create).Text; got != "Create user "+name {
		t.Errorf("the story is %q", got)
	}
	if change.Target.ID != uuidOf || !strings.HasSuffix(change.Path, uuidOf) || create.Effect.ID != uuidOf {
		t.Error("an id that is a UUID was replaced")
	}
	if got := doc.Get("phoneNumbers").String(); got != `[{"type":"work","value":"+1-555-0100001"}]` {
		t.Errorf("the telephone is %s", got)
	}
	if from := change.Effect.Fields[0].From; from != doc.Get("name").Get("familyName").String() {
		t.Errorf("the family name is %s in an effect", from)
	}
	if s.Calls[4].Status != http.StatusConflict || !strings.Contains(s.Calls[4].Error, "is taken by givenName-1") {
		t.Errorf("the error is %q", s.Calls[4].Error)
	}
}

// A stand-in for what was redacted would look like a password that was sent.
func TestWhatIsRedactedStaysRedactedWithoutPeople(t *testing.T) {
	c := &journal.Call{Method: http.MethodPost, Path: "/Users", Operation: scim.OpUserCreate}
	c.Request.Body = []byte(`{"userName":"kim@contoso.com","password":"[redacted]"}`)
	c.Effect = &journal.Effect{Fields: []journal.Field{{Name: "password", To: `"[redacted]"`}}}
	out, _ := redactPeople([]*journal.Call{c}, nil, tenantURL)
	if got := string(out[0].Request.Body); got != `{"userName":"user1@domain1.example","password":"[redacted]"}` {
		t.Errorf("the body is %s", got)
	}
	if got := out[0].Effect.Fields[0].To; got != `"[redacted]"` {
		t.Errorf("the password is %s in an effect", got)
	}
}
