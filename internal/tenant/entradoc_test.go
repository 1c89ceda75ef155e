package tenant

import (
	"encoding/json"
	"fmt"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"airmock/internal/entra"
	"airmock/internal/journal"
	"airmock/internal/safetext"
)

// answer is a question that people ask, and the calls that show it: before leads
// there, shown are the calls of the page.
type answer struct {
	question string
	before   string // steps as JSON, without brackets
	shown    string
	profile  string
}

// Steps that many questions begin with.
const (
	ada         = `{"method":"POST","path":"/Users","body":{"userName":"ada@contoso.com","active":true,"title":"Lead"},"status":201,"save":{"ada":"/id"}}`
	ben         = `{"method":"POST","path":"/Users","body":{"userName":"ben@contoso.com"},"status":201,"save":{"ben":"/id"}}`
	engineering = `{"method":"POST","path":"/Groups","body":{"displayName":"Engineering","members":[{"value":"${ada}"},{"value":"${ben}"}]},"status":201,"save":{"engineering":"/id"}}`
	noSuchUser  = `"method":"GET","path":"/Users?filter=userName eq \"9edf3db5-f590-4367-a7b6-d76747c0a509\""`
	enterprise  = `urn:ietf:params:scim:schemas:extension:enterprise:2.0:User`
)

// patch is a step that patches a resource with one operation.
func patch(path, operation string, status int) string {
	return fmt.Sprintf(`{"method":"PATCH","path":"%s","body":{"schemas":["urn:ietf:params:scim:api:messages:2.0:PatchOp"],"Operations":[%s]},"status":%d}`, path, operation, status)
}

// answers are the pain points that show on the wire, the most frequent first.
var answers = []answer{
	{"Why is my group empty after one member was removed?", ada + "," + ben + "," + engineering,
		patch("/Groups/${engineering}", `{"op":"Remove","path":"members","value":[{"value":"${ada}"}]}`, 204), ""},
	{"Why is a user still active after Entra disabled it?", ada,
		patch("/Users/${ada}", `{"op":"Replace","path":"active","value":"False"}`, 200), ""},
	{"…and with Add where one expects Replace?", ada,
		patch("/Users/${ada}", `{"op":"Add","path":"active","value":"False"}`, 200), ""},
	{"Why does a PATCH of an email or address fail with noTarget elsewhere?", ada,
		patch("/Users/${ada}", `{"op":"Add","path":"addresses[type eq \"work\"].formatted","value":"18/2111"}`, 200), ""},
	{"What are the keys with dots in an operation without a path?", ada,
		patch("/Users/${ada}", `{"op":"replace","value":{"displayName":"Ada Kim","name.givenName":"Ada","`+enterprise+`:employeeNumber":"1000"}}`, 200), ""},
	{"What did Test Connection ask, and was the answer right?", "", `{` + noSuchUser + `,"status":200}`, ""},
	{"Why did Test Connection fail: no token?", "", `{` + noSuchUser + `,"headers":{"Authorization":""},"status":401}`, ""},
	{"Why did Test Connection fail: a wrong token?", "", `{` + noSuchUser + `,"headers":{"Authorization":"Bearer not-a-token-of-this-tenant"},"status":401}`, ""},
	{"Why did Test Connection fail: the word Bearer twice?", "", `{` + noSuchUser + `,"headers":{"Authorization":"Bearer Bearer ${secret}"},"status":401}`, ""},
	{"Why did Test Connection fail: the field Secret Token left empty?", "", `{` + noSuchUser + `,"headers":{"Authorization":"Bearer eyJ0eXAiOiJKV1QifQ.eyJpc3MiOiJzdHMifQ.c2lnbmF0dXJl"},"status":401}`, ""},
	{"Why did Test Connection fail: a revoked token?", `{"token":"azure"},{"revoke":"azure"}`, `{` + noSuchUser + `,"headers":{"Authorization":"Bearer ${azure}"},"status":401}`, ""},
	{"Why did Test Connection fail: an expired token?", `{"token":"azure","expires":"1h"},{"after":"2h","clear":true}`, `{` + noSuchUser + `,"headers":{"Authorization":"Bearer ${azure}"},"status":401}`, ""},
	{"Why did Test Connection fail: a wrong Tenant URL?", "", `{"method":"GET","path":"//0/as/common/Users?filter=userName eq \"9edf3db5-f590-4367-a7b6-d76747c0a509\"","status":404}`, ""},
	{"Why did Test Connection fail: plain http?", "", `{` + noSuchUser + `,"headers":{"Authorization":"","X-Forwarded-Proto":"http"},"status":401}`, ""},
	{"Why did Test Connection fail: a fault that is still armed?", `{"fault":{"kind":"status","code":"503"}}`, `{` + noSuchUser + `,"status":503}`, ""},
	{"By which attribute does Entra match: externalId, an email, a value without quotes?", ada,
		`{"method":"GET","path":"/Users?filter=externalId eq \"2a69c9a6-1708-45b7-acbe-0e94b2ec5d0c\"","status":200},
		 {"method":"GET","path":"/Users?filter=emails[type eq \"work\"].value eq \"ada@contoso.com\"","status":200},
		 {"method":"GET","path":"/Users?filter=userName eq ada@contoso.com","status":200}`, ""},
	{"Why does Entra send the manager so late, and in which form?", ada + "," + ben,
		patch("/Users/${ada}", `{"op":"Add","path":"`+enterprise+`:manager","value":"${ben}"}`, 200), ""},
	{"Why does Entra send the same manager again?", ada + "," + ben + "," + patch("/Users/${ada}", `{"op":"Add","path":"`+enterprise+`:manager","value":"${ben}"}`, 200),
		patch("/Users/${ada}", `{"op":"Add","path":"`+enterprise+`:manager","value":"${ben}"}`, 200), ""},
	{"Where is my DELETE?", ada + "," + ben + "," + engineering,
		patch("/Users/${ada}", `{"op":"Replace","path":"active","value":"False"}`, 200) + "," +
			patch("/Users/${ada}", `{"op":"Replace","path":"active","value":"True"}`, 200) + `,{"method":"DELETE","path":"/Users/${ada}","status":204}`, ""},
	{"What are the lookups of random GUIDs, several in a row?", "", `{` + noSuchUser + `,"status":200},{"method":"GET","path":"/Groups?excludedAttributes=members&filter=displayName eq \"cf4d78e8-cc4f-4d5d-b8b9-183561c0104a\"","status":200}`, ""},
	{"What does Entra do after a 429?", ada + `,{"fault":{"kind":"throttle","retry_after":"30s"}}`, patch("/Users/${ada}", `{"op":"Replace","path":"title","value":"Head"}`, 429), ""},
	{"What does Entra do after a 503?", ada + `,{"fault":{"kind":"status","code":"503"}}`, patch("/Users/${ada}", `{"op":"Replace","path":"title","value":"Head"}`, 503), ""},
	{"What if the answer to a create is lost?", `{"fault":{"kind":"lost_response"}}`, strings.Replace(ada, `"status":201,"save":{"ada":"/id"}`, `"status":0`, 1), ""},
	{"…and when Entra then creates it once more?", ada, strings.Replace(ada, `"status":201,"save":{"ada":"/id"}`, `"status":409`, 1), ""},
	{"Why does Entra use an id that is gone (InvalidAnchor)?", ada + `,{"method":"DELETE","path":"/Users/${ada}","status":204}`,
		`{"method":"GET","path":"/Users/${ada}","status":404},` + patch("/Users/${ada}", `{"op":"Replace","path":"title","value":"Head"}`, 404), ""},
	{"Why does Entra not notice that I removed a member here?", ada + "," + ben + "," + engineering, `{"method":"GET","path":"/Groups/${engineering}?excludedAttributes=members","status":200}`, ""},
	{"Is somebody a member already?", ada + "," + ben + "," + engineering, `{"method":"GET","path":"/Groups?excludedAttributes=members&filter=id eq \"${engineering}\" and members eq \"${ben}\"","status":200}`, ""},
	{"Which media type must a body have?", "", `{"method":"POST","path":"/Users","headers":{"Content-Type":"text/plain"},"body":{"schemas":["urn:ietf:params:scim:schemas:core:2.0:User"],"userName":"ada@contoso.com"},"status":201}`, ""},
	{"…and with --profile rfc?", "", `{"method":"POST","path":"/Users","headers":{"Content-Type":"text/plain"},"body":{"schemas":["urn:ietf:params:scim:schemas:core:2.0:User"],"userName":"ada@contoso.com"},"status":415}`, "rfc"},
	{"Why are roles a JSON text within JSON?", ada,
		patch("/Users/${ada}", `{"op":"Add","path":"roles","value":[{"value":"{\"id\":\"06b07648\",\"value\":\"25\",\"displayName\":\"Auditor\"}"}]}`, 200), ""},
	{"Is the flag aadOptscim062020 in effect?", ada + "," + ben + "," + engineering,
		patch("/Users/${ada}", `{"op":"replace","path":"active","value":false}`, 200) + "," +
			patch("/Groups/${engineering}", `{"op":"remove","path":"members[value eq \"${ada}\"]"}`, 204), ""},
}

// TestTheAnswersOfThePageAreTrue holds docs/entra.md against what airmock says of
// the calls on it. UPDATE_DOCS=1 writes the page anew.
func TestTheAnswersOfThePageAreTrue(t *testing.T) {
	var page strings.Builder
	page.WriteString(`# What people ask about Entra provisioning, and where airmock answers

Each question below comes up again and again among those who connect an
application to Microsoft Entra ID. Under it stand the call that shows it, and what
airmock says of that call on the Live page, in ` + "`airmock calls`" + ` and in its log: the
story, in bold; what comes next; why the service makes such a call; and what was
forgiven. This page is made by a test from the answers of a running tenant.

An unknown token is named by eight hex digits, the beginning of the SHA-256 of its
first and last four characters, so that you can tell whether it is the one that you
meant: ` + "`printf %s FIRST4LAST4 | sha256sum | cut -c1-8`" + `.

Not on the wire, and so not here: that the service cannot reach localhost, that the
next cycle is up to 40 minutes away, and that a test tenant needs a P1 licence.
`)
	for _, a := range answers {
		fmt.Fprintf(&page, "\n## %s\n", a.question)
		shown := steps(t, a.shown)
		talk := &conversation{Profile: a.profile, Steps: append(steps(t, a.before), shown...)}
		calls := talk.play(t)
		for i, c := range calls[len(calls)-len(shown):] {
			page.WriteString(asked(&shown[i]) + told(c))
		}
	}
	golden(t, filepath.Join("..", "..", "docs", "entra.md"), page.String())
}

func steps(t *testing.T, text string) []beat {
	t.Helper()
	var list []beat
	if err := json.Unmarshal([]byte("["+text+"]"), &list); err != nil {
		t.Fatalf("%v in %s", err, text)
	}
	return list
}

var savedName = regexp.MustCompile(`\$\{(\w+)\}`)

// asked is a request as the page shows it.
func asked(b *beat) string {
	text := b.Method + " " + strings.TrimPrefix(b.Path, "/")
	if !strings.HasPrefix(b.Path, "//") {
		text = b.Method + " " + b.Path
	}
	for _, name := range []string{"Authorization", "X-Forwarded-Proto", "Content-Type"} {
		if value, ok := b.Headers[name]; ok && value != "" {
			text += "\n" + name + ": " + value
		}
	}
	if b.Body != nil {
		text += "\n\n" + string(b.Body)
	}
	return "\n```http\n" + savedName.ReplaceAllString(text, "{$1}") + "\n```\n"
}

// told is what airmock says of a call.
func told(c *journal.Call) string {
	s := entra.Tell(c)
	text := fmt.Sprintf("\n> **%s** (%s)\n", safetext.Line(s.Text), statusWord(c.Status))
	for _, e := range [][2]string{{s.Next, s.NextSource}, {s.Why, s.Source}} {
		if e[0] != "" {
			text += ">\n> " + safetext.Line(e[0]) + sourced(e[1]) + "\n"
		}
	}
	for _, q := range c.Quirks {
		if q == "schemas-missing" { // of the page's short bodies
			continue
		}
		info := entra.Quirk(q)
		text += ">\n> `~" + string(q) + "` " + info.Summary + sourced(info.Source) + "\n"
	}
	return text
}

func statusWord(status int) string {
	if status == 0 {
		return "no answer"
	}
	return fmt.Sprint(status)
}

func sourced(source string) string {
	if source == "" {
		return ""
	}
	if _, page, ok := strings.Cut(source, "https://learn.microsoft.com/entra/identity/"); ok {
		return " ([" + page + "](" + source + "))"
	}
	return " (" + source + ")"
}
