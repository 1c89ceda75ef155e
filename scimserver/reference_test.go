package scimserver_test

import (
	"fmt"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"airmock/internal/scim"
	"airmock/scimserver"
)

const managerPath = scim.URNEnterprise + ":manager"

// report creates a user with a manager.
func (f *fixture) report(userName, managerID string) string {
	f.t.Helper()
	return f.must("POST", "/Users", fmt.Sprintf(`{"schemas":[%q,%q],"userName":%q,%[2]q:{"manager":{"value":%[4]q}}}`,
		scim.URNUser, scim.URNEnterprise, userName, managerID))
}

// wantManager checks what an answer shows of the manager.
func (a *answer) wantManager(want string) {
	a.t.Helper()
	a.wantAt(scim.URNEnterprise+"/manager", want)
}

func TestAManagerIsShownWithAddressAndName(t *testing.T) {
	profiles(t, func(t *testing.T, f *fixture) {
		boss := f.must("POST", "/Users", `{"schemas":["`+scim.URNUser+`"],"userName":"boss","displayName":"The Boss"}`)
		id := f.report("a.kim", boss)
		want := fmt.Sprintf(`{"value":%q,"$ref":"%s/Users/%s","displayName":"The Boss"}`, boss, f.url, boss)

		f.do("GET", "/Users/"+id, "").wantManager(want)
		f.do("GET", "/Users?filter=userName+eq+%22a.kim%22", "").wantAt("Resources/0/"+scim.URNEnterprise+"/manager", want)
		f.do("GET", "/Users/"+id+"?attributes="+managerPath+".displayName", "").wantManager(`{"displayName":"The Boss"}`)
		f.do("GET", "/Users/"+id+"?excludedAttributes="+managerPath+".$ref", "").wantManager(fmt.Sprintf(`{"value":%q,"displayName":"The Boss"}`, boss))

		f.must("PATCH", "/Users/"+boss, patchBody(`{"op":"replace","path":"displayName","value":"New Boss"}`))
		f.do("GET", "/Users/"+id, "").wantManager(strings.Replace(want, "The Boss", "New Boss", 1))
	})
}

func TestAPutOfWhatWasReadChangesNothing(t *testing.T) {
	profiles(t, func(t *testing.T, f *fixture) {
		boss := f.must("POST", "/Users", `{"schemas":["`+scim.URNUser+`"],"userName":"boss","displayName":"The Boss"}`)
		id := f.report("a.kim", boss)
		team := f.createGroup("Team", id, boss)
		f.createGroup("All", team)
		for _, path := range []string{"/Users/" + id, "/Groups/" + team} {
			read := f.do("GET", path, "")
			again := f.do("PUT", path, read.body)
			again.wantStatus(200)
			if again.body != read.body {
				t.Errorf("a PUT of\n%s\nis answered with\n%s", read.body, again.body)
			}
			if again.call.Effect.Change != "unchanged" {
				t.Errorf("%s: %s", path, again.call.Effect.Change)
			}
		}
	})
}

func TestADeletedManagerIsGoneFromItsReports(t *testing.T) {
	profiles(t, func(t *testing.T, f *fixture) {
		boss := f.createUser("boss")
		a, b := f.report("a", boss), f.report("b", boss)
		other := f.report("c", a)
		team := f.createGroup("Team", boss, a)
		before := f.do("GET", "/Users/"+a, "")
		gone := f.do("DELETE", "/Users/"+boss, "")
		gone.wantStatus(204)
		if e := gone.call.Effect; e.LeftN != 1 || e.Left[0] != "Team" || e.UnlinkedN != 2 || strings.Join(e.Unlinked, " ") != "a b" {
			t.Errorf("the effect is %+v", e)
		}
		after := f.do("GET", "/Users/"+a, "")
		after.wantManager("")
		after.wantAt("schemas", `["`+scim.URNUser+`"]`)
		after.wantAt("meta/version", `"W/\"2\""`)
		if before.at("meta/lastModified") >= after.at("meta/lastModified") {
			t.Errorf("lastModified went from %s to %s", before.at("meta/lastModified"), after.at("meta/lastModified"))
		}
		f.do("GET", "/Users/"+b, "").wantManager("")
		f.do("GET", "/Users/"+other, "").wantManager(fmt.Sprintf(`{"value":%q,"$ref":"%s/Users/%s"}`, a, f.url, a))
		f.do("GET", "/Groups/"+team, "").wantAt("members/0/value", fmt.Sprintf("%q", a))
		f.do("GET", "/Users?filter="+url.QueryEscape(managerPath+` eq "`+boss+`"`), "").wantAt("totalResults", "0")
		f.do("DELETE", "/Users/"+boss, "").wantError(404, "", "no User has the id")
	})
}

func TestAManagerMayComeBeforeItsUser(t *testing.T) {
	profiles(t, func(t *testing.T, f *fixture) {
		f.report("a", "nobody")
		f.do("GET", "/Users/1", "").wantManager(`{"value":"nobody"}`)
		boss := f.createUser("boss") // gets the id 2
		f.must("PATCH", "/Users/1", patchBody(`{"op":"replace","path":"`+managerPath+`","value":{"value":"3"}}`))
		f.do("GET", "/Users/1", "").wantManager(`{"value":"3"}`)
		if late := f.createUser("late"); late != "3" || boss != "2" {
			t.Fatalf("the ids are %s and %s", boss, late)
		}
		f.do("GET", "/Users/1", "").wantManager(`{"value":"3","$ref":"` + f.url + `/Users/3"}`)
	})
}

func TestReferencesByTheirAddress(t *testing.T) {
	f := newFixture(t)
	boss, other := f.createUser("boss"), f.createUser("other")
	id := f.report("a", boss)
	ref := func(id string) string { return f.url + "/Users/" + id }
	steps := []struct {
		name, op, manager string
		quirk             scim.Quirk // "" for none
		change            string
	}{
		{"the same, by both", fmt.Sprintf(`{"op":"replace","path":%q,"value":{"value":%q,"$ref":%q}}`, managerPath, boss, ref(boss)), boss, "", "unchanged"},
		{"as an old page of Microsoft's has it", fmt.Sprintf(`{"op":"Add","path":"manager","value":[{"$ref":"http://.../scim/Users/%s","value":%q}]}`, other, other), other, scim.QuirkManagerAsArray, "updated"},
		{"by the address alone", fmt.Sprintf(`{"op":"replace","path":%q,"value":{"$ref":%q}}`, managerPath, ref(boss)), boss, scim.QuirkRefWithoutValue, "updated"},
		{"two that differ", fmt.Sprintf(`{"op":"replace","path":%q,"value":{"value":%q,"$ref":%q}}`, managerPath, other, ref(boss)), other, scim.QuirkRefContradicts, "updated"},
		{"a name alone", fmt.Sprintf(`{"op":"replace","path":%q,"value":{"displayName":"Me"}}`, managerPath), other, scim.QuirkReadOnlySent, "unchanged"},
	}
	for _, step := range steps {
		a := f.do("PATCH", "/Users/"+id, patchBody(step.op))
		a.wantStatus(200)
		a.wantManager(fmt.Sprintf(`{"value":%q,"$ref":%q}`, step.manager, ref(step.manager)))
		found := step.quirk == ""
		for _, q := range a.call.Quirks {
			found = found || q == step.quirk
		}
		if !found || a.call.Effect.Change != step.change {
			t.Errorf("%s: quirks %v, %s", step.name, a.call.Quirks, a.call.Effect.Change)
		}
	}
	group := f.createGroup("g")
	f.do("PATCH", "/Groups/"+group, patchBody(fmt.Sprintf(`{"op":"add","path":"members","value":[{"$ref":%q}]}`, ref(boss)))).wantStatus(204)
	f.do("GET", "/Groups/"+group, "").wantAt("members/0/value", fmt.Sprintf("%q", boss))
	f.do("PATCH", "/Groups/"+group, patchBody(fmt.Sprintf(`{"op":"add","path":"members","value":[{"value":%q}]}`, group))).
		wantError(400, scim.InvalidValue, "cannot be a member of itself")

	s := newFixture(t, strict)
	s.createUser("boss")
	s.do("POST", "/Users", `{"schemas":["`+scim.URNUser+`","`+scim.URNEnterprise+`"],"userName":"x","`+scim.URNEnterprise+`":{"manager":{"$ref":"../Users/1"}}}`).
		wantError(400, scim.InvalidValue, "manager has no value")
	s.do("POST", "/Groups", `{"schemas":["`+scim.URNGroup+`"],"displayName":"x","members":[{"$ref":"../Users/1"}]}`).
		wantError(400, scim.InvalidValue, "members[0] has no value")
}

func TestMembersAndGroupsSayWhatTheyAre(t *testing.T) {
	profiles(t, func(t *testing.T, f *fixture) {
		u := f.must("POST", "/Users", `{"schemas":["`+scim.URNUser+`"],"userName":"u","displayName":"You"}`)
		team := f.createGroup("Team", u)
		dept := f.createGroup("Dept", team)
		// What the client says of a member beside its id is not what it is.
		all := f.must("POST", "/Groups", fmt.Sprintf(`{"schemas":[%q],"displayName":"All","members":[{"value":%q,"type":"User","display":"x"},{"value":%q,"type":"Group","display":"y"}]}`, scim.URNGroup, dept, u))
		f.must("PATCH", "/Groups/"+team, patchBody(fmt.Sprintf(`{"op":"add","path":"members","value":[{"value":%q}]}`, all))) // a circle
		entry := func(kind, id, display, what string) string {
			return fmt.Sprintf(`{"value":%q,"$ref":"%s/%s/%s","display":%q,"type":%q}`, id, f.url, kind, id, display, what)
		}
		f.do("GET", "/Groups/"+all, "").wantAt("members", "["+entry("Groups", dept, "Dept", "Group")+","+entry("Users", u, "You", "User")+"]")
		f.do("GET", "/Users/"+u, "").wantAt("groups", "["+entry("Groups", team, "Team", "direct")+","+entry("Groups", all, "All", "direct")+","+entry("Groups", dept, "Dept", "indirect")+"]")
		f.do("GET", "/Groups/"+team, "").wantAt("groups", "")

		for filter, want := range map[string]string{
			`groups.value eq "` + dept + `"`:                                     "1",
			`groups[value eq "` + dept + `" and type eq "direct"]`:               "0",
			`groups.type eq "indirect"`:                                          "1",
			`groups.display co "dep"`:                                            "1",
			`groups.$ref eq "` + f.url + `/Groups/` + dept + `"`:                 "1",
			`groups.$ref eq "https://elsewhere.example/Groups/` + dept + `"`:     "0",
			`meta.location eq "` + f.url + `/Users/` + u + `"`:                   "1",
			`not (groups.value eq "` + dept + `") and not (groups.value eq "x")`: "0",
		} {
			a := f.do("GET", "/Users?filter="+url.QueryEscape(filter), "")
			a.wantStatus(200)
			if got := a.at("totalResults"); got != want {
				t.Errorf("%s finds %s, want %s", filter, got, want)
			}
		}
		for filter, want := range map[string]string{
			`members.$ref eq "` + f.url + `/Users/` + u + `"`:          "2",
			`members[type eq "Group" and display eq "dept"]`:           "1",
			`members[value eq "` + u + `" and type eq "Group"]`:        "0",
			`members eq "` + u + `" and id eq "` + all + `"`:           "1",
			`members.display sw "Y" and not (displayName eq "Team")`:   "1",
			`members[$ref ew "/Groups/` + dept + `"]`:                  "1",
			`meta.location ew "/Groups/` + dept + `" and members pr`:   "1",
			`members.value eq "nobody" or members.display eq "no-one"`: "0",
		} {
			a := f.do("GET", "/Groups?filter="+url.QueryEscape(filter), "")
			a.wantStatus(200)
			if got := a.at("totalResults"); got != want {
				t.Errorf("%s finds %s, want %s", filter, got, want)
			}
		}
		f.do("DELETE", "/Groups/"+dept, "").wantStatus(204)
		f.do("GET", "/Users/"+u, "").wantAt("groups", "["+entry("Groups", team, "Team", "direct")+","+entry("Groups", all, "All", "direct")+"]")
	})
}

func TestFiltersSeeAManagerAsAnswersDo(t *testing.T) {
	f := newFixture(t)
	boss := f.must("POST", "/Users", `{"schemas":["`+scim.URNUser+`"],"userName":"boss","displayName":"The Boss"}`)
	f.report("a", boss)
	f.report("b", "nobody")
	for filter, want := range map[string]string{
		managerPath + ` eq "` + boss + `"`:                                           `"a"`,
		managerPath + `.value eq "nobody"`:                                           `"b"`,
		managerPath + `.displayName eq "the boss"`:                                   `"a"`,
		managerPath + `.$ref eq "` + f.url + `/Users/` + boss + `"`:                  `"a"`,
		managerPath + ` pr and not (` + managerPath + `.$ref pr)`:                    `"b"`,
		`manager.displayName pr`:                                                     `"a"`,
		`id eq "2" and manager eq "` + boss + `"`:                                    `"a"`,
		managerPath + `[value eq "` + boss + `" and displayName sw "the"] and id pr`: `"a"`,
	} {
		a := f.do("GET", "/Users?filter="+url.QueryEscape(filter), "")
		a.wantStatus(200)
		if a.at("totalResults") != "1" || a.at("Resources/0/userName") != want {
			t.Errorf("%s: %s", filter, a.body)
		}
	}
}

// The address is the one that the client used, whatever address wrote it.
func TestReferencesFollowTheAddressOfTheClient(t *testing.T) {
	tests := []struct {
		name, public, peer string
		header             []string
		want               string
	}{
		{name: "the host of the request", peer: "192.0.2.1:1", want: "http://mock.example"},
		{name: "a public URL", public: "https://fox.example/mock/", peer: "192.0.2.1:1", want: "https://fox.example/mock"},
		{name: "forwarded by a tunnel on this machine", peer: "127.0.0.1:1", header: []string{"X-Forwarded-Host", "fox.example", "X-Forwarded-Proto", "https"}, want: "https://fox.example"},
		{name: "forwarded by somebody else", peer: "192.0.2.1:1", header: []string{"X-Forwarded-Host", "evil.example", "X-Forwarded-Proto", "https"}, want: "http://mock.example"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			f := newFixture(t, func(o *scimserver.Options) { o.PublicURL = func() string { return test.public } })
			boss := f.createUser("boss")
			id := f.report("a", boss)
			group := f.createGroup("g", id)
			get := func(path string) *answer {
				r := httptest.NewRequest("GET", basePath+path, nil)
				r.RemoteAddr, r.Host = test.peer, "mock.example"
				r.Header.Set("Authorization", "Bearer "+secret)
				for i := 0; i < len(test.header); i += 2 {
					r.Header.Set(test.header[i], test.header[i+1])
				}
				w := httptest.NewRecorder()
				f.handler.ServeHTTP(w, r)
				return &answer{Response: w.Result(), t: t, body: w.Body.String()}
			}
			at := func(path string) string { return `"` + test.want + basePath + path + `"` }
			user := get("/Users/" + id)
			user.wantAt(scim.URNEnterprise+"/manager/$ref", at("/Users/"+boss))
			user.wantAt("groups/0/$ref", at("/Groups/"+group))
			user.wantAt("meta/location", at("/Users/"+id))
			get("/Groups/"+group).wantAt("members/0/$ref", at("/Users/"+id))
			filter := url.QueryEscape(managerPath + `.$ref eq ` + at("/Users/"+boss))
			get("/Users?filter="+filter).wantAt("totalResults", "1")
		})
	}
}
