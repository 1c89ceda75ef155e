package entra

import (
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"pgregory.net/rapid"

	"airmock/internal/journal"
	"airmock/internal/scim"
)

const (
	base  = "/0/as/common/scim"
	userA = "9f2c0a1e-5d6b-4c7d-8e9f-000000000001"
	userB = "3a1b0a1e-5d6b-4c7d-8e9f-000000000002"
	grp   = "7c4d0a1e-5d6b-4c7d-8e9f-000000000003"
	guid  = "9edf3db5-f590-4367-a7b6-d76747c0a509"
)

// call is a recorded call as the options make it: answered, with a good token,
// and no list.
func call(op scim.Operation, status int, options ...func(*journal.Call)) *journal.Call {
	c := &journal.Call{
		Seq: 1, Cycle: 1, Time: time.Date(2026, 11, 22, 21, 4, 11, 123_400_000, time.UTC), Duration: 1234567,
		Client: "127.0.0.1", Method: "GET", Operation: op, Status: status, Auth: journal.AuthOK, Token: "azure", Results: -1,
	}
	switch {
	case strings.HasPrefix(string(op), "user."), op == scim.OpProbe:
		c.Target = scim.Target{Endpoint: scim.EndpointUsers, Base: base}
	case strings.HasPrefix(string(op), "group."):
		c.Target = scim.Target{Endpoint: scim.EndpointGroups, Base: base}
	}
	c.Path = base + "/" + string(c.Target.Endpoint)
	for _, o := range options {
		o(c)
	}
	return c
}

func on(id string) func(*journal.Call) {
	return func(c *journal.Call) { c.Target.ID, c.Path = id, c.Path+"/"+id }
}

func filter(text string, results int) func(*journal.Call) {
	return func(c *journal.Call) { c.Filter, c.Results = text, results }
}

// parts makes the call a bulk request of n operations, with these answers.
func parts(n int, statuses ...int) func(*journal.Call) {
	return func(c *journal.Call) {
		c.PartsN = n
		for _, status := range statuses {
			c.Parts = append(c.Parts, call(scim.OpUserCreate, status))
		}
	}
}

func groups(c *journal.Call) { c.Target.Endpoint, c.Path = scim.EndpointGroups, base+"/Groups" }

// devices is a call on a type that the tenant was given.
func devices(c *journal.Call) {
	c.Target.Endpoint, c.Target.Base, c.Path = "Devices", base, base+"/Devices"
}

func didDevice(change, name string) func(*journal.Call) {
	return func(c *journal.Call) {
		c.Effect = &journal.Effect{Type: "Device", ID: c.Target.ID, Name: name, Change: change}
	}
}

func query(q string) func(*journal.Call) { return func(c *journal.Call) { c.Query = q } }

func results(n int) func(*journal.Call) { return func(c *journal.Call) { c.Results = n } }

func searching(endpoint string) func(*journal.Call) {
	return func(c *journal.Call) {
		c.Method, c.Target = "POST", scim.Target{Endpoint: scim.EndpointSearch, ID: endpoint, Base: base}
	}
}

func root(c *journal.Call) { c.Target = scim.Target{Endpoint: scim.EndpointRoot, Base: base} }

func at(path string) func(*journal.Call) { return func(c *journal.Call) { c.Path = path } }

func auth(a journal.Auth, token string) func(*journal.Call) {
	return func(c *journal.Call) { c.Auth, c.Token = a, token }
}

func sent(body string) func(*journal.Call) {
	return func(c *journal.Call) { c.Request.Body = []byte(body) }
}

func header(name, value string) func(*journal.Call) {
	return func(c *journal.Call) { c.Request.Header = http.Header{http.CanonicalHeaderKey(name): {value}} }
}

func answered(body string) func(*journal.Call) {
	return func(c *journal.Call) { c.Response.Body = []byte(body) }
}

func refused(t scim.ErrorType, detail string) func(*journal.Call) {
	return func(c *journal.Call) { c.ScimType, c.Error = t, detail }
}

func broken(kind, detail string) func(*journal.Call) {
	return func(c *journal.Call) {
		c.Fault = &journal.FaultNote{Rule: "r1", Kind: kind, Text: kind + " on *", Detail: detail, Nth: 1}
	}
}

func did(change, name string, fields ...journal.Field) func(*journal.Call) {
	return func(c *journal.Call) {
		c.Effect = &journal.Effect{Type: "User", ID: userA, Name: name, Change: change, Fields: fields}
		if c.Target.Endpoint == scim.EndpointGroups {
			c.Effect.Type, c.Effect.ID = "Group", grp
		}
	}
}

func added(n int, names ...string) func(*journal.Call) {
	return func(c *journal.Call) { c.Effect.Added, c.Effect.AddedN = names, n }
}

func removed(n int, names ...string) func(*journal.Call) {
	return func(c *journal.Call) { c.Effect.Removed, c.Effect.RemovedN = names, n }
}

func released(groups, links int) func(*journal.Call) {
	return func(c *journal.Call) { c.Effect.LeftN, c.Effect.UnlinkedN = groups, links }
}

const patchTitle = `{"Operations":[{"op":"Replace","path":"title","value":"x"},{"op":"Replace","value":{"name.givenName":"a","urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:department":"b"}}]}`

type story struct {
	name string
	call *journal.Call
	want string
}

var stories = []story{
	{"a lookup that finds nobody", call(scim.OpUserQuery, 200, filter(`userName eq "b.simon@contoso.com"`, 0)), "Look up b.simon@contoso.com → not found"},
	{"a lookup that finds the one", call(scim.OpUserQuery, 200, filter(`userName eq "b.simon@contoso.com"`, 1), did("found", "B.Simon@contoso.com")), "Look up b.simon@contoso.com → found"},
	{"a lookup without an effect noted", call(scim.OpUserQuery, 200, filter(`userName eq "b.simon@contoso.com"`, 1)), "Look up b.simon@contoso.com → found"},
	{"an ambiguous lookup", call(scim.OpUserQuery, 200, filter(`displayName eq "B Simon"`, 2)), "Look up user B Simon → 2 found"},
	{"a lookup by externalId", call(scim.OpUserQuery, 200, filter(`externalId eq "bsimon"`, 1), did("found", "b.simon@contoso.com")), "Look up externalId bsimon → found b.simon@contoso.com"},
	{"a lookup by e-mail", call(scim.OpUserQuery, 200, filter(`emails[type eq "work"].value eq "b@contoso.com"`, 0)), "Look up the email b@contoso.com → not found"},
	{"a lookup by a dotted e-mail", call(scim.OpUserQuery, 200, filter(`emails.value eq "b@contoso.com"`, 0)), "Look up the email b@contoso.com → not found"},
	{"a lookup by an unquoted value", call(scim.OpUserQuery, 200, filter(`userName eq jyoung`, 0)), "Look up jyoung → not found"},
	{"a lookup by another attribute", call(scim.OpUserQuery, 200, filter(`nickName eq "Babs"`, 0)), "Look up users with nickName Babs → not found"},
	{"a lookup of a member's groups", call(scim.OpGroupQuery, 200, filter(`members eq "`+userA+`"`, 2)), "Look up the groups of 9f2c0a1e… → 2 found"},
	{"a lookup that is no equality", call(scim.OpUserQuery, 200, filter(`userName sw "b" and active eq true`, 3)), `Look up users with userName sw "b" and active eq true → 3 found`},
	{"a lookup with a bad filter", call(scim.OpUserQuery, 400, filter(`userName equals "b"`, -1), refused(scim.InvalidFilter, "position 10: no operator equals")), `Look up users with userName equals "b" → refused: position 10: no operator equals`},
	{"a manager check that holds", call(scim.OpUserQuery, 200, filter(`id eq "`+userA+`" and manager eq "`+userB+`"`, 1), did("found", "b.simon@contoso.com")), "Check whether 3a1b0a1e… is the manager of b.simon@contoso.com → yes"},
	{"a manager check that does not, the other way round", call(scim.OpUserQuery, 200, filter(`manager eq "`+userB+`" and id eq "`+userA+`"`, 0)), "Check whether 3a1b0a1e… is the manager of user 9f2c0a1e… → no"},
	{"a member check", call(scim.OpGroupQuery, 200, filter(`id eq "`+grp+`" and members eq "`+userA+`"`, 1), did("found", "Engineering")), "Check whether 9f2c0a1e… is in Engineering → yes"},
	{"a group lookup", call(scim.OpGroupQuery, 200, filter(`displayName eq "Engineering"`, 0), query("excludedAttributes=members")), "Look up group Engineering → not found"},

	{"a good test", call(scim.OpProbe, 200, filter(`userName eq "`+guid+`"`, 0)), "Test Connection: token accepted, empty list as expected (by userName)"},
	{"a good test of groups", call(scim.OpProbe, 200, groups, filter(`displayName eq "`+guid+`"`, 0)), "Test Connection, groups: token accepted, empty list as expected (by displayName)"},
	{"a good test whose token nobody checked", call(scim.OpProbe, 200, filter(`userName eq "`+guid+`"`, 0), auth("", "")), "Test Connection: empty list as expected (by userName)"},
	{"a test or a match by object id", call(scim.OpProbe, 200, filter(`externalId eq "`+guid+`"`, 0)), "Look up externalId " + guid + " → not found (a match by object id, or Test Connection)"},
	{"a match by object id that finds", call(scim.OpProbe, 200, filter(`externalId eq "`+guid+`"`, 1), did("found", "b.simon@contoso.com")), "Look up externalId " + guid + " → found b.simon@contoso.com"},
	{"a test without a token", call(scim.OpProbe, 401, filter(`userName eq "`+guid+`"`, -1), auth(journal.AuthMissing, "")), "Test Connection: refused, it carries no token"},
	{"a test with a wrong token", call(scim.OpProbe, 401, filter(`userName eq "`+guid+`"`, -1), auth(journal.AuthUnknown, "")), "Test Connection: refused, the token is wrong"},
	{"a test with a revoked token", call(scim.OpProbe, 401, filter(`externalId eq "`+guid+`"`, -1), auth(journal.AuthRevoked, "azure")), "Test Connection: refused, the token azure is revoked"},
	{"a test with an expired token", call(scim.OpProbe, 401, filter(`userName eq "`+guid+`"`, -1), auth(journal.AuthExpired, "azure")), "Test Connection: refused, the token azure has expired"},
	{"a test that a fault answers", call(scim.OpProbe, 503, filter(`userName eq "`+guid+`"`, -1), broken("status", "answered 503")), "Test Connection: failed, a fault is armed: 503 injected (rule r1)"},
	{"a test that gets something else", call(scim.OpProbe, 200, filter(`userName eq "`+guid+`"`, -1)), "Test Connection: failed, the answer 200 is no list"},

	{"a create", call(scim.OpUserCreate, 201, did("created", "b.simon@contoso.com")), "Create user b.simon@contoso.com"},
	{"a create of a name that is taken", call(scim.OpUserCreate, 409, sent(`{"userName":"b.simon@contoso.com"}`), refused(scim.Uniqueness, `userName "b.simon@contoso.com" is taken by user 9f`)), "Create user b.simon@contoso.com → refused: userName is taken"},
	{"a create of an externalId that is taken", call(scim.OpUserCreate, 409, sent(`{"userName":"b"}`), refused(scim.Uniqueness, `the externalId "userName" is taken by the User with id 9f`)), "Create user b → refused: externalId is taken"},
	{"a create that a fault answers", call(scim.OpUserCreate, 503, sent(`{"userName":"b.simon@contoso.com"}`), broken("status", "answered 503")), "Create user b.simon@contoso.com → 503 injected (rule r1)"},
	{"a create whose answer is lost", call(scim.OpUserCreate, 0, did("created", "b.simon@contoso.com"), broken("lost_response", "stored, then cut the connection")), "Create user b.simon@contoso.com → stored, but the answer was lost on purpose (rule r1)"},
	{"a create that is stored and then fails", call(scim.OpUserCreate, 502, did("created", "b.simon@contoso.com"), broken("lost_response", "stored, then answered 502")), "Create user b.simon@contoso.com → stored, but answered 502 on purpose (rule r1)"},
	{"a slow create", call(scim.OpUserCreate, 201, did("created", "b.simon@contoso.com"), broken("latency", "waited 2s")), "Create user b.simon@contoso.com"},
	{"a slow create that is refused", call(scim.OpUserCreate, 409, sent(`{"userName":"b"}`), refused(scim.Uniqueness, ""), broken("latency", "waited 2s")), "Create user b → refused: userName is taken"},
	{"a create with a body that is no JSON", call(scim.OpUserCreate, 400, sent(`{"userName":`), refused(scim.InvalidSyntax, "the body is not valid JSON")), "Create a user → refused: the body is not valid JSON"},
	{"a create that is too large", call(scim.OpUserCreate, 413, sent(`{"userName":"b"`)), "Create user b → refused: the body is over the limit of 1 MiB"},
	{"a create without a token", call(scim.OpUserCreate, 401, sent(`{"userName":"b"}`), auth(journal.AuthMissing, "")), "Create user b → refused: it carries no token"},
	{"a create while the disk is full", call(scim.OpUserCreate, 507, sent(`{"userName":"b"}`), refused("", "the disk refused a write")), "Create user b → failed: the disk refused a write"},
	{"a create that nobody waited for", call(scim.OpUserCreate, 0, did("created", "b")), "Create user b → no answer reached the client"},

	{"a create with a large body", call(scim.OpUserCreate, 503, sent(`{"userName" : "b\"c\\", "x":"`+strings.Repeat("x", 3000)+`"}`), broken("status", "")), `Create user b"c\ → 503 injected (rule r1)`},
	{"a patch with a large body", call(scim.OpUserPatch, 503, on(userA), did("none", "b"), sent(`{"Operations":[{"op":"Add","path":"title","value":"`+strings.Repeat("x", 3000)+`"},{"path":"name.givenName"}]}`), broken("status", "")), "Change title, name.givenName of b → 503 injected (rule r1)"},
	{"a patch of which the value is known", call(scim.OpUserPatch, 503, on(userA), did("none", "b"), sent(`{"Operations":[{"op":"Add","path":"title","value":"Lead"}]}`), broken("status", "")), "Change title of b to Lead → 503 injected (rule r1)"},
	{"a read by the id of one who is deleted", call(scim.OpUserGet, 404, on(userA), did("gone", "b.simon@contoso.com")), "Read user b.simon@contoso.com → not found: this is the cached id of a deleted user"},
	{"an unknown token", call(scim.OpUserGet, 401, on(userA), did("none", "b"), auth(journal.AuthUnknown, "#5f1c9ab2"), refused("", "this Secret Token is not known here; x")), "Read user b → refused: the token #5f1c9ab2 is wrong"},
	{"a token that is none", call(scim.OpUserList, 401, auth(journal.AuthUnknown, "#5f1c9ab2"), refused("", "the token is a JSON Web Token; x")), "List users → refused: the token #5f1c9ab2 is wrong: it is a JSON Web Token"},
	{"another manager", call(scim.OpUserPatch, 200, on(userA), did("updated", "b", journal.Field{Name: "urn:x:User:manager.value", From: `"1"`, To: `"2"`}, journal.Field{Name: "urn:x:User:manager.displayName", From: `"ada"`, To: `"ben"`})), "Change the manager of b: ada → ben"},
	{"a member who was asked for in vain", call(scim.OpGroupMemberAdd, 404, on(grp), did("gone", "Engineering"), added(0, "ada")), "Add ada to Engineering → not found: this is the cached id of a deleted group"},
	{"a test that went astray", call(scim.OpUnknown, 404, at("/scimm/Users"), filter(`userName eq "`+guid+`"`, -1), refused("", "/scimm/Users is no part of this SCIM service; its Tenant URL is x")), "Test Connection: failed, /scimm/Users is no part of this SCIM service; its Tenant URL is x"},
	{"a test over plain http", call(scim.OpProbe, 401, filter(`userName eq "`+guid+`"`, -1), auth(journal.AuthMissing, ""), header("X-Forwarded-Proto", "http, https")), "Test Connection: refused, it carries no token; it came over plain http, and the Tenant URL in Azure has to begin with https"},
	{"control characters", call(scim.OpUserGet, 200, on(userA), did("found", "a\x1b[31m")), "Read user a␛[31m"},
	{"a read", call(scim.OpUserGet, 200, on(userA), did("found", "b.simon@contoso.com")), "Read user b.simon@contoso.com"},
	{"a read of one who is gone, with an id that begins with a time", call(scim.OpUserGet, 404, on("01a22a48-da59-7e0b-a18c-d2c8200b6920")), "Read user …200b6920 → not found"},
	{"a read of one who is gone", call(scim.OpUserGet, 404, on(userA)), "Read user 9f2c0a1e… → not found"},
	{"a read of what has not changed", call(scim.OpUserGet, 304, on(userA), did("found", "b")), "Read user b → not modified since it was read"},
	{"a page of a list", call(scim.OpUserList, 200, results(20), query("startIndex=21&count=20"), answered(`{"totalResults":57,"Resources":[]}`)), "List users (20 of 57 from 21)"},
	{"a page that is asked for oddly", call(scim.OpUserList, 200, query("startindex=+21"), results(20), answered(`{"totalResults":57,"Resources":[]}`)), "List users (20 of 57 from 21)"},
	{"a whole list", call(scim.OpUserList, 200, results(2), answered(`{"totalResults":2}`)), "List users (all 2)"},
	{"a list whose answer was not kept", call(scim.OpUserList, 200, results(2)), "List users (2)"},
	{"a list that is refused", call(scim.OpGroupList, 401, auth(journal.AuthUnknown, "")), "List groups → refused: the token is wrong"},

	{"a replace", call(scim.OpUserReplace, 200, on(userA), did("updated", "b", journal.Field{Name: "title", From: `"a"`, To: `"b"`})), "Replace user b: title a → b"},
	{"a replace of a stale version", call(scim.OpUserReplace, 412, on(userA), did("none", "b")), "Replace user b → refused: the version has changed since it was read"},
	{"a delete of a version that is excluded", call(scim.OpUserDelete, 412, on(userA), did("none", "b"), header("If-None-Match", "*")), "Delete user b → refused: its version is one that If-None-Match excludes"},
	{"one short change", call(scim.OpUserPatch, 200, on(userA), did("updated", "b.simon@contoso.com", journal.Field{Name: "title", From: `"Engineer"`, To: `"Lead"`}, journal.Field{Name: "meta.lastModified", From: `"a"`, To: `"b"`})), "Change title of b.simon@contoso.com: Engineer → Lead"},
	{"a value with quotes", call(scim.OpUserPatch, 200, on(userA), did("updated", "b", journal.Field{Name: "title", From: `"the \"old\""`, To: `"x, \u00e9"`})), `Change title of b: the "old" → x, é`},
	{"a long value", call(scim.OpUserPatch, 200, on(userA), did("updated", "b", journal.Field{Name: "title", From: `"x"`, To: `"` + strings.Repeat("y", 300) + `"`})), "Change title of b: x → " + strings.Repeat("y", 40) + "…"},
	{"an attribute that was empty", call(scim.OpUserPatch, 200, on(userA), did("updated", "b", journal.Field{Name: "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:department", To: `"Retail"`})), "Set department of b to Retail"},
	{"an attribute that is cleared", call(scim.OpUserPatch, 200, on(userA), did("updated", "b", journal.Field{Name: "title", From: `"x"`})), "Clear title of b"},
	{"an attribute with several values", call(scim.OpUserPatch, 200, on(userA), did("updated", "b", journal.Field{Name: "emails", From: `[{"value":"a"}]`, To: `[{"value":"b"}]`})), "Change emails of b"},
	{"a path with a filter", call(scim.OpUserPatch, 200, on(userA), did("updated", "b", journal.Field{Name: `emails[type eq "work"].value`, From: `"a@x"`, To: `"b@x"`})), "Change emails (work) of b: a@x → b@x"},
	{"two changes", call(scim.OpUserPatch, 200, on(userA), did("updated", "b", journal.Field{Name: "title", From: `"x"`, To: `"y"`}, journal.Field{Name: "name.givenName", To: `"y"`})), "Change b: title x → y, name.givenName set to y"},
	{"many changes", call(scim.OpUserPatch, 200, on(userA), did("updated", "b", journal.Field{Name: "a"}, journal.Field{Name: "b"}, journal.Field{Name: "c"}, journal.Field{Name: "d"}, journal.Field{Name: "e"})), "Change b: a cleared, b cleared, c cleared and 2 more"},
	{"a manager", call(scim.OpUserPatch, 200, on(userA), did("updated", "b", journal.Field{Name: "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:manager.value", To: `"` + userB + `"`})), "Set the manager of b to 3a1b0a1e…"},
	{"a manager with a name", call(scim.OpUserPatch, 200, on(userA), did("updated", "b", journal.Field{Name: "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:manager.displayName", To: `"A Kim"`}, journal.Field{Name: "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:manager.value", To: `"` + userB + `"`})), "Set the manager of b to A Kim"},
	{"no manager any more", call(scim.OpUserPatch, 200, on(userA), did("updated", "b", journal.Field{Name: "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:manager.value", From: `"x"`})), "Remove the manager of b"},
	{"a patch that changes nothing", call(scim.OpUserPatch, 200, on(userA), did("unchanged", "b"), sent(patchTitle)), "Change title, name.givenName, department of b → nothing changed"},
	{"a patch of one who is gone", call(scim.OpUserPatch, 404, on(userA), sent(patchTitle)), "Change title, name.givenName, department of user 9f2c0a1e… → not found"},
	{"a patch without a body", call(scim.OpUserPatch, 400, on(userA), refused(scim.InvalidSyntax, "")), "Change user 9f2c0a1e… → refused: invalidSyntax"},
	{"a disable", call(scim.OpUserDisable, 200, on(userA), did("updated", "a.kim@contoso.com", journal.Field{Name: "active", From: "true", To: "false"})), "Disable a.kim@contoso.com"},
	{"a disable of one who is disabled", call(scim.OpUserDisable, 200, on(userA), did("unchanged", "a.kim@contoso.com")), "Disable a.kim@contoso.com → it was disabled already"},
	{"a disable that changes more", call(scim.OpUserDisable, 200, on(userA), did("updated", "a", journal.Field{Name: "active", From: "true", To: "false"}, journal.Field{Name: "title", To: `"x"`})), "Disable a and change title"},
	{"a restore", call(scim.OpUserEnable, 200, on(userA), did("updated", "a.kim@contoso.com", journal.Field{Name: "active", From: "false", To: "true"})), "Restore a.kim@contoso.com"},
	{"an enable", call(scim.OpUserEnable, 200, on(userA), did("updated", "a.kim@contoso.com", journal.Field{Name: "active", To: "true"})), "Enable a.kim@contoso.com"},
	{"a delete", call(scim.OpUserDelete, 204, on(userA), did("deleted", "a.kim@contoso.com")), "Delete user a.kim@contoso.com"},
	{"a delete of a member and manager", call(scim.OpUserDelete, 204, on(userA), did("deleted", "a.kim@contoso.com"), released(2, 3)), "Delete user a.kim@contoso.com, which was in 2 groups and was the manager of 3 users"},
	{"a delete of a manager", call(scim.OpUserDelete, 204, on(userA), did("deleted", "a.kim@contoso.com"), released(0, 1)), "Delete user a.kim@contoso.com, which was the manager of 1 user"},
	{"a delete of one who is gone", call(scim.OpUserDelete, 404, on(userA)), "Delete user 9f2c0a1e… → not found"},

	{"a group", call(scim.OpGroupCreate, 201, did("created", "Engineering")), "Create group Engineering"},
	{"a group with members", call(scim.OpGroupCreate, 201, did("created", "Engineering"), added(2, "a", "b")), "Create group Engineering with 2 members"},
	{"a group that exists", call(scim.OpGroupCreate, 409, sent(`{"displayName":"Engineering"}`), refused(scim.Uniqueness, "")), "Create group Engineering → refused: displayName is taken"},
	{"a read of a group", call(scim.OpGroupGet, 200, on(grp), did("found", "Engineering"), query("excludedAttributes=members")), "Read group Engineering (without members)"},
	{"a read without something like members", call(scim.OpGroupGet, 200, on(grp), did("found", "Engineering"), query("excludedAttributes=membersSince")), "Read group Engineering"},
	{"a read without members, asked for oddly", call(scim.OpGroupGet, 200, on(grp), did("found", "Engineering"), query("x=;&EXCLUDEDATTRIBUTES=meta,+Members")), "Read group Engineering (without members)"},
	{"a read of a whole group", call(scim.OpGroupGet, 200, on(grp), did("found", "Engineering")), "Read group Engineering"},
	{"a rename", call(scim.OpGroupPatch, 204, on(grp), did("updated", "Builders", journal.Field{Name: "displayName", From: `"Engineering"`, To: `"Builders"`})), "Rename group Engineering to Builders"},
	{"another attribute of a group", call(scim.OpGroupPatch, 204, on(grp), did("updated", "Builders", journal.Field{Name: "externalId", To: `"x1"`})), "Set externalId of Builders to x1"},
	{"members come and go", call(scim.OpGroupPatch, 204, on(grp), did("updated", "Builders", journal.Field{Name: "externalId", To: `"x1"`}), added(2), removed(1)), "Change group Builders: 2 members added, 1 member removed, externalId changed"},
	{"one member", call(scim.OpGroupMemberAdd, 204, on(grp), did("updated", "Engineering"), added(1, "a.kim@contoso.com")), "Add a.kim@contoso.com to Engineering"},
	{"three members", call(scim.OpGroupMemberAdd, 204, on(grp), did("updated", "Engineering"), added(3, "a", "b", "c")), "Add 3 members to Engineering: a, b, c"},
	{"members who are there", call(scim.OpGroupMemberAdd, 204, on(grp), did("unchanged", "Engineering"), sent(`{"Operations":[{"op":"Add","path":"members","value":[{"value":"a"},{"value":"b"}]}]}`)), "Add 2 members to Engineering → nothing changed: in the group already"},
	{"members of a group that is gone", call(scim.OpGroupMemberAdd, 404, on(grp), sent(`{"Operations":[{"op":"Add","path":"members","value":[{"value":"a"}]}]}`)), "Add 1 member to group 7c4d0a1e… → not found"},
	{"a member leaves", call(scim.OpGroupMemberRemove, 204, on(grp), did("updated", "Engineering"), removed(1, "a.kim@contoso.com")), "Remove a.kim@contoso.com from Engineering"},
	{"a member leaves by path, refused", call(scim.OpGroupMemberRemove, 503, on(grp), broken("status", "answered 503"), sent(`{"Operations":[{"op":"remove","path":"members[value eq \"x\"]"}]}`)), "Remove 1 member from group 7c4d0a1e… → 503 injected (rule r1)"},
	{"a group is deleted", call(scim.OpGroupDelete, 204, on(grp), did("deleted", "Engineering")), "Delete group Engineering"},
	{"a group is replaced", call(scim.OpGroupReplace, 200, on(grp), did("updated", "Engineering")), "Replace group Engineering"},
	{"a group is replaced with other members", call(scim.OpGroupReplace, 200, on(grp), did("updated", "Engineering"), removed(1, "b")), "Replace group Engineering: 1 member removed"},

	{"the configuration", call(scim.OpDiscoveryConfig, 200), "Read the service provider configuration"},
	{"the types", call(scim.OpDiscoveryTypes, 200), "Read the resource types"},
	{"one type", call(scim.OpDiscoveryTypes, 200, on("User")), "Read the resource type User"},
	{"the schemas", call(scim.OpDiscoverySchemas, 200), "Read the schemas"},
	{"one schema", call(scim.OpDiscoverySchemas, 404, on("urn:x"), func(c *journal.Call) { c.Target.Endpoint, c.Target.Base = scim.EndpointSchemas, base }), "Read the schema urn:x → not found"},
	{"a bulk request", call(scim.OpBulk, 501, sent(`{"Operations":[{},{}]}`), refused("", "bulk is not supported")), "Send 2 operations in bulk → refused: bulk is not supported"},
	{"a bulk request that is done", call(scim.OpBulk, 200, parts(2, 201, 204)), "Bulk: 2 operations, 2 done"},
	{"a bulk request of one", call(scim.OpBulk, 200, parts(1, 404)), "Bulk: 1 operation, 0 done, 1 failed"},
	{"a bulk request that ended early", call(scim.OpBulk, 200, parts(12, 201, 404)), "Bulk: 12 operations, 1 done, 1 failed, 10 not tried"},
	{"a bulk request whose client left", call(scim.OpBulk, 0, parts(3, 201)), "Bulk: 3 operations, 1 done, 2 not tried → no answer reached the client"},
	{"a bulk request that is too large", call(scim.OpBulk, 413, refused("", "the bulk request has 1001 operations")), "Send operations in bulk → refused: the bulk request has 1001 operations"},
	{"a search", call(scim.OpSearch, 200, searching("Users"), filter("userName pr", -1)), "Search users for userName pr"},
	{"a search in order", call(scim.OpSearch, 200, searching("Groups"), results(2), answered(`{"totalResults":5}`), sent(`{"sortBy":"displayName","sortOrder":"descending","startIndex":3,"count":2}`)),
		"Search groups, sorted by displayName descending (2 of 5 from 3)"},
	{"a search of everything", call(scim.OpSearch, 200, searching(""), results(5), answered(`{"totalResults":5}`)), "Search everything (all 5)"},
	{"a query at the root", call(scim.OpSearch, 200, root, filter(`meta.resourceType eq "User"`, 1), answered(`{"totalResults":1}`)), `Search everything for meta.resourceType eq "User" (all 1)`},
	{"a search that finds nothing", call(scim.OpSearch, 200, searching("Users"), filter("title pr", 0), answered(`{"totalResults":0}`)), "Search users for title pr (none)"},
	{"a list of everything", call(scim.OpSearch, 200, root, results(7), answered(`{"totalResults":7}`)), "List everything (all 7)"},
	{"a sorted list", call(scim.OpUserList, 200, query("sortBy=name.familyName&count=2"), results(2), answered(`{"totalResults":9}`)), "List users, sorted by name.familyName (2 of 9 from 1)"},
	{"a page of a walk", call(scim.OpUserList, 200, query("sortBy=userName&cursor=AbC"), results(2), answered(`{"totalResults":9}`)), "List users, sorted by userName, page after the cursor (2 of 9)"},
	{"a sorted lookup", call(scim.OpUserQuery, 200, filter("title pr", 3), query("sortBy=title")), "Look up users with title pr, sorted by title → 3 found"},
	{"a cursor that is too old", call(scim.OpUserList, 400, query("cursor=AbC"), refused(scim.ExpiredCursor, "the cursor is older")), "List users, page after the cursor → refused: the cursor is older"},
	{"a path outside", call(scim.OpUnknown, 404, at("/favicon.ico"), auth("", "")), "GET /favicon.ico, which is no SCIM path → not found"},
	{"a misspelt endpoint", call(scim.OpUnknown, 404, at("/scim/Userz"), func(c *journal.Call) { c.Target.Base = "/scim" }, refused("", "nothing is at /Userz; did you mean /scim/Users?")), "GET /Userz → not found: nothing is at /Userz; did you mean /scim/Users?"},
	{"a method that is not served", call(scim.OpUnknown, 405, at(base+"/Schemas"), func(c *journal.Call) {
		c.Target = scim.Target{Endpoint: scim.EndpointSchemas, Base: base}
		c.Method = "PUT"
	}, refused("", "PUT is not allowed")), "PUT /Schemas → refused: PUT is not allowed"},
	{"a device is created", call("device.create", 201, devices, didDevice("created", "pump-7")), "Create Device pump-7"},
	{"a device is refused", call("device.create", 409, devices, didDevice("none", "pump-8"), refused(scim.Uniqueness, `the serial "A-1" is taken by the Device with id 1; update that one, or send another serial`)), "Create Device pump-8 → refused: serial is taken"},
	{"a device is refused for an extension's attribute", call("device.create", 409, devices, didDevice("none", "pump-8"), refused(scim.Uniqueness, `the urn:acme:2.0:Lab:bench "1" is taken by the Device with id 1`)), "Create Device pump-8 → refused: bench is taken"},
	{"a device is created by nobody", call("device.create", 401, devices, auth(journal.AuthMissing, ""), sent(`{"displayName":"pump-7"}`)), "Create device pump-7 → refused: it carries no token"},
	{"a device is read", call("device.get", 200, devices, on("7"), didDevice("found", "pump-7")), "Read Device pump-7"},
	{"devices are listed", call("device.list", 200, devices, results(0)), "List devices (0)"},
	{"a device is looked up", call("device.query", 200, devices, filter(`serial eq "A-1"`, 1), didDevice("found", "pump-7")), "Look up Devices with serial A-1 → found pump-7"},
	{"a device is looked up by its name", call("device.query", 200, devices, filter(`displayName eq "x"`, 0), didDevice("none", "")), "Look up Device x → not found"},
	{"a device is changed", call("device.patch", 200, devices, on("7"), didDevice("updated", "pump-7"), func(c *journal.Call) {
		c.Effect.Fields = []journal.Field{{Name: "room", From: `"1"`, To: `"2"`}}
	}), "Change room of pump-7: 1 → 2"},
	{"a device is replaced", call("device.replace", 200, devices, on("7"), didDevice("unchanged", "pump-7")), "Replace Device pump-7 → nothing changed"},
	{"a device is deleted", call("device.delete", 204, devices, on("7"), didDevice("deleted", "pump-7")), "Delete Device pump-7"},
	{"a device is gone", call("device.delete", 404, devices, on("7"), didDevice("none", "")), "Delete Device 7 → not found"},
	{"a search for devices", call(scim.OpSearch, 200, at(base+"/Devices/.search"), func(c *journal.Call) {
		c.Target = scim.Target{Endpoint: scim.EndpointSearch, ID: "Devices", Base: base}
	}), "Search devices"},

	{"an operation that nobody named", call("", 404, at("/x")), "GET /x, which is no SCIM path → not found"},
}

func TestTell(t *testing.T) {
	for _, tt := range stories {
		t.Run(tt.name, func(t *testing.T) {
			got := Tell(tt.call)
			if got.Text != tt.want {
				t.Errorf("\n got %s\nwant %s", got.Text, tt.want)
			}
			if got.Why == "" && got.Next == "" {
				t.Error("there is no explanation")
			}
			if got.Source == "" && tt.call.Operation != scim.OpUnknown && tt.call.Operation != "" {
				t.Error("there is no source")
			}
		})
	}
}

func TestEveryOperationHasAStoryAndAReason(t *testing.T) {
	for _, op := range scim.StandardCatalog().Operations() {
		if phrases[op] == nil {
			t.Errorf("%s has no phrase", op)
		}
		if reasons[op].text == "" {
			t.Errorf("%s has no reason", op)
		}
		if !slices.ContainsFunc(stories, func(s story) bool {
			return s.call.Operation == op
		}) {
			t.Errorf("%s is not tested", op)
		}
	}
}

func TestTellSaysWhatComesNext(t *testing.T) {
	tests := []struct {
		name   string
		call   *journal.Call
		why    string // a part of it
		source string
	}{
		{"disabled users are deleted later", call(scim.OpUserDisable, 200, did("updated", "a")), "30 days", pageHow},
		{"a wrong token quarantines", call(scim.OpUserCreate, 401, auth(journal.AuthUnknown, "")), "quarantine at once", pageQuarantine},
		{"an injected 401 quarantines", call(scim.OpUserCreate, 401, auth("", ""), broken("status", "answered 401")), "quarantine at once", pageQuarantine},
		{"an injected 503 is tried again", call(scim.OpUserCreate, 503, broken("status", "answered 503")), "tries this object again", pageHow},
		{"a lost answer leads to a conflict", call(scim.OpUserCreate, 0, did("created", "b"), broken("lost_response", "")), "409", reportedThread},
		{"a 429 is not settled", call(scim.OpUserCreate, 429, broken("rate_limit", "answered 429")), "not documented", pageLogs},
		{"a cached id that is gone", call(scim.OpUserGet, 404, on(userA)), "InvalidAnchor", pageObjects},
		{"a manager comes late", call(scim.OpUserPatch, 200, on(userA), did("updated", "b", journal.Field{Name: "urn:x:User:manager.value", To: `"x"`})), "after all users", pageHow},
		{"a reference check", call(scim.OpUserQuery, 200, filter(`id eq "a" and manager eq "b"`, 0)), "reference", pageEndpoint},
		{"a group delete is not documented", call(scim.OpGroupDelete, 204, on(grp), did("deleted", "x")), "cannot be disabled", undocumented},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got := Tell(tt.call)
			text, source := got.Next, got.NextSource
			if text == "" {
				text, source = got.Why, got.Source
			}
			if !strings.Contains(text, tt.why) || source != tt.source {
				t.Errorf("got %q\nfrom %q", text, source)
			}
		})
	}
}

// A story is told of whatever a client sends, and stays short.
func TestTellIsBounded(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.SampledFrom([]string{"", "a", "\x1b[31m", "\xff", strings.Repeat("長", 5000), `"`, `{"userName":1}`, `{"Operations":[{"path":7,"value":[[]]},1,null]}`, `[1]`})
		c := call(rapid.SampledFrom(scim.StandardCatalog().Operations()).Draw(t, "operation"), rapid.SampledFrom([]int{0, 200, 204, 400, 401, 404, 409, 413, 500}).Draw(t, "status"))
		c.Filter, c.Path, c.Query, c.Error, c.Token = text.Draw(t, "filter"), text.Draw(t, "path"), text.Draw(t, "query"), text.Draw(t, "error"), text.Draw(t, "token")
		c.Target.ID, c.Request.Body, c.Results = text.Draw(t, "id"), []byte(text.Draw(t, "body")), rapid.IntRange(-1, 2).Draw(t, "results")
		if rapid.Bool().Draw(t, "effect") {
			c.Effect = &journal.Effect{Name: text.Draw(t, "name"), Change: "updated", Added: []string{text.Draw(t, "member")}, AddedN: rapid.IntRange(0, 2).Draw(t, "added"),
				Fields: []journal.Field{{Name: text.Draw(t, "field"), From: text.Draw(t, "from"), To: text.Draw(t, "to")}}}
		}
		if got := Tell(c).Text; utf8.RuneCountInString(got) > 500 || got == "" {
			t.Fatalf("%d runes: %q", utf8.RuneCountInString(got), got)
		}
	})
}

func TestVerdictOf(t *testing.T) {
	tests := []struct {
		name string
		call *journal.Call
		test bool
		want Verdict
	}{
		{"a good one", call(scim.OpProbe, 200, filter(`userName eq "`+guid+`"`, 0)), true, Verdict{true, "userName", "token accepted, empty list as expected (by userName)"}},
		{"by the email", call(scim.OpProbe, 200, filter(`emails[type eq "work"].value eq "`+guid+`"`, 0)), true, Verdict{true, "emails", "token accepted, empty list as expected (by emails)"}},
		{"by externalId", call(scim.OpProbe, 200, filter(`externalId eq "`+guid+`"`, 0)), true, Verdict{true, "externalId", "token accepted, empty list as expected (by externalId)"}},
		{"a wrong token", call(scim.OpProbe, 401, filter(`userName eq "`+guid+`"`, -1), auth(journal.AuthUnknown, "#5f1c9ab2")), true, Verdict{false, "userName", "refused, the token #5f1c9ab2 is wrong"}},
		{"a fault", call(scim.OpProbe, 404, filter(`userName eq "`+guid+`"`, -1), broken("status", "")), true, Verdict{false, "userName", "failed, a fault is armed: 404 injected (rule r1)"}},
		{"one that found somebody", call(scim.OpProbe, 200, filter(`userName eq "`+guid+`"`, 1)), false, Verdict{}},
		{"a lookup", call(scim.OpUserQuery, 200, filter(`userName eq "b"`, 0)), false, Verdict{}},
		{"a wrong path without a test", call(scim.OpUnknown, 404, at("/x"), filter(`userName eq "b"`, -1)), false, Verdict{}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, test := VerdictOf(tt.call)
			if test != tt.test || got != tt.want {
				t.Errorf("got %+v %t, want %+v %t", got, test, tt.want, tt.test)
			}
		})
	}
}

func BenchmarkTell(b *testing.B) {
	for _, name := range []string{"a lookup that finds nobody", "a create of a name that is taken", "one short change", "a patch that changes nothing", "a disable"} {
		i := slices.IndexFunc(stories, func(s story) bool {
			return s.name == name
		})
		b.Run(strings.ReplaceAll(name, " ", "-"), func(b *testing.B) {
			b.ReportAllocs()
			for range b.N {
				Tell(stories[i].call)
			}
		})
	}
}
