package scim

import "testing"

var testBases = []string{"/0/as/common/scim", "/scim", "/scim/v2"}

func TestTargetOf(t *testing.T) {
	tests := []struct {
		path string
		want Target
	}{
		{"/scim/Users", Target{EndpointUsers, "", "/scim"}},
		{"/scim/v2/Users", Target{EndpointUsers, "", "/scim/v2"}},
		{"/0/as/common/scim/Groups/AbC", Target{EndpointGroups, "AbC", "/0/as/common/scim"}},
		{"/scim//Users", Target{EndpointUsers, "", "/scim"}},
		{"//scim///users//", Target{EndpointUsers, "", "/scim"}},
		{"/scim/Users/", Target{EndpointUsers, "", "/scim"}},
		{"/scim/USERS/a b", Target{EndpointUsers, "a b", "/scim"}},
		{"/scim/Users/.search", Target{EndpointSearch, "Users", "/scim"}},
		{"/scim/groups/.Search", Target{EndpointSearch, "Groups", "/scim"}},
		{"/scim/.search", Target{EndpointSearch, "", "/scim"}},
		{"/scim/serviceproviderconfig", Target{EndpointConfig, "", "/scim"}},
		{"/scim/ResourceTypes/User", Target{EndpointTypes, "User", "/scim"}},
		{"/scim/Schemas/" + URNUser, Target{EndpointSchemas, URNUser, "/scim"}},
		{"/scim/Bulk", Target{EndpointBulk, "", "/scim"}},
		{"/scim/Me", Target{EndpointMe, "", "/scim"}},
		{"/scim", Target{EndpointRoot, "", "/scim"}},
		{"/scim/v2//", Target{EndpointRoot, "", "/scim/v2"}},
		{"/scim/Users/Users", Target{EndpointNone, "", "/scim"}},
		{"/scim/groups/users", Target{EndpointNone, "", "/scim"}},
		{"/scim/Users/Schemas", Target{EndpointUsers, "Schemas", "/scim"}},
		{"/scim/Users/1/2", Target{EndpointNone, "", "/scim"}},
		{"/scim/Bulk/1", Target{EndpointNone, "", "/scim"}},
		{"/scim/Nope", Target{EndpointNone, "", "/scim"}},
		{"/scimitar/Users", Target{}},
		{"/Users", Target{}},
		{"", Target{}},
	}
	for _, tt := range tests {
		if got := TargetOf(tt.path, testBases, nil); got != tt.want {
			t.Errorf("TargetOf(%q) = %+v, want %+v", tt.path, got, tt.want)
		}
	}
	if got, want := TargetOf("/Users/1", []string{"/"}, nil), (Target{EndpointUsers, "1", ""}); got != want {
		t.Errorf("below the root: %+v, want %+v", got, want)
	}
	if got, want := TargetOf("/", []string{"/"}, nil), (Target{EndpointRoot, "", ""}); got != want {
		t.Errorf("the root: %+v, want %+v", got, want)
	}
}

func TestOperationOf(t *testing.T) {
	const guid = "9edf3db5-f590-4367-a7b6-d76747c0a509"
	tests := []struct {
		method, path, filter string
		want                 Operation
	}{
		{"POST", "/scim/Users", "", OpUserCreate},
		{"GET", "/scim/Users/1", "", OpUserGet},
		{"HEAD", "/scim/Users/1", "", OpUserGet},
		{"GET", "/scim/Users", `userName eq "bob"`, OpUserQuery},
		{"GET", "/scim/Users", `userName eq`, OpUserQuery},
		{"GET", "/scim/Users", "", OpUserList},
		{"GET", "/scim/users/", " ", OpUserList},
		{"HEAD", "/scim/Users", "", OpUserList},
		{"PUT", "/scim/Users/1", "", OpUserReplace},
		{"PATCH", "/scim/Users/1", "", OpUserPatch},
		{"DELETE", "/scim/Users/1", "", OpUserDelete},
		{"POST", "/scim/Users/1", "", OpUnknown},
		{"DELETE", "/scim/Users", "", OpUnknown},
		{"PATCH", "/scim/Users", "", OpUnknown},
		{"POST", "/scim/Groups", "", OpGroupCreate},
		{"GET", "/scim/Groups/1", "", OpGroupGet},
		{"GET", "/scim/Groups", `displayName eq "All"`, OpGroupQuery},
		{"GET", "/scim/Groups", "", OpGroupList},
		{"PUT", "/scim/Groups/1", "", OpGroupReplace},
		{"PATCH", "/scim/Groups/1", "", OpGroupPatch},
		{"DELETE", "/scim/Groups/1", "", OpGroupDelete},
		{"GET", "/scim/Users", `externalId eq "` + guid + `"`, OpProbe},
		{"GET", "/scim/Users", `userName eq ` + guid, OpProbe},
		{"GET", "/scim/Users", `emails[type eq "work"].value eq "` + guid + `"`, OpProbe},
		{"GET", "/scim/Users", `emails.value eq "` + guid + `"`, OpProbe},
		{"GET", "/scim/Groups", `displayName eq "` + guid + `"`, OpProbe},
		{"GET", "/scim/Groups", `DISPLAYNAME EQ "9EDF3DB5-F590-4367-A7B6-D76747C0A509"`, OpProbe},
		{"GET", "/scim/Users", `id eq "` + guid + `"`, OpUserQuery},
		{"GET", "/scim/Users", `id eq ` + guid + ` and manager eq ` + guid, OpUserQuery},
		{"GET", "/scim/Users", `userName eq "` + guid + `@x.org"`, OpUserQuery},
		{"GET", "/scim/Users", `userName sw "` + guid + `"`, OpUserQuery},
		{"GET", "/scim/Users", `userName eq "9edf3db5xf590-4367-a7b6-d76747c0a509"`, OpUserQuery},
		{"GET", "/scim/Users", `userName eq "9edf3db5-f590-4367-a7b6-d76747c0a50g"`, OpUserQuery},
		{"GET", "/scim/ServiceProviderConfig", "", OpDiscoveryConfig},
		{"GET", "/scim/ResourceTypes/User", "", OpDiscoveryTypes},
		{"GET", "/scim/Schemas", "", OpDiscoverySchemas},
		{"POST", "/scim/Schemas", "", OpUnknown},
		{"POST", "/scim/Bulk", "", OpBulk},
		{"GET", "/scim/Bulk", "", OpUnknown},
		{"GET", "/scim/", `userName eq "bob"`, OpSearch},
		{"HEAD", "/scim", "", OpSearch},
		{"POST", "/scim", "", OpUnknown},
		{"POST", "/scim/.search", "", OpSearch},
		{"POST", "/scim/Users/.search", "", OpSearch},
		{"GET", "/scim/Me", "", OpUnknown},
		{"GET", "/elsewhere", "", OpUnknown},
	}
	for _, tt := range tests {
		r := &Request{Method: tt.method, Target: TargetOf(tt.path, testBases, nil), Filter: tt.filter}
		if got := OperationOf(r); got != tt.want {
			t.Errorf("%s %s?filter=%s is %s, want %s", tt.method, tt.path, tt.filter, got, tt.want)
		}
	}
}

func TestOperationOfPatch(t *testing.T) {
	users := map[string]Operation{
		`{"op":"Replace","path":"active","value":"False"}`:                                                 OpUserDisable,
		`{"op":"Replace","path":"active","value":"false"}`:                                                 OpUserDisable,
		`{"op":"replace","path":"active","value":false}`:                                                   OpUserDisable,
		`{"op":"Add","path":"active","value":"False"}`:                                                     OpUserDisable,
		`{"op":"Replace","path":"active","value":["False"]}`:                                               OpUserDisable,
		`{"op":"replace","value":{"active":false}}`:                                                        OpUserDisable,
		`{"op":"replace","value":{"displayName":"X","Active":"False"}}`:                                    OpUserDisable,
		`{"op":"replace","path":"urn:ietf:params:scim:schemas:core:2.0:User:active","value":false}`:        OpUserDisable,
		`{"op":"replace","value":{"urn:ietf:params:scim:schemas:core:2.0:User:active":"False"}}`:           OpUserDisable,
		`{"op":"replace","value":{"urn:ietf:params:scim:schemas:core:2.0:User":{"active":false}}}`:         OpUserDisable,
		`{"op":"replace","path":"urn:ietf:params:scim:schemas:core:2.0User:active","value":"False"}`:       OpUserDisable,
		`{"op":"replace","path":"displayName","value":"X"},{"op":"replace","path":"active","value":false}`: OpUserDisable,
		`{"op":"Replace","path":"active","value":"True"}`:                                                  OpUserEnable,
		`{"op":"add","value":{"active":true}}`:                                                             OpUserEnable,
		`{"op":"replace","path":"active","value":false},{"op":"replace","path":"active","value":true}`:     OpUserEnable,
		`{"op":"remove","path":"active"}`:                                                                  OpUserPatch,
		`{"op":"replace","path":"active","value":"maybe"}`:                                                 OpUserPatch,
		`{"op":"replace","path":"title","value":"False"}`:                                                  OpUserPatch,
		`{"op":"replace","value":{"title":false}}`:                                                         OpUserPatch,
		`1, "x", null`: OpUserPatch,
	}
	for ops, want := range users {
		wantOperation(t, "/scim/Users/1", ops, want)
	}
	groups := map[string]Operation{
		`{"op":"Add","path":"members","value":[{"value":"1"}]}`:                                       OpGroupMemberAdd,
		`{"op":"add","value":{"members":[{"value":"1"}]}}`:                                            OpGroupMemberAdd,
		`{"op":"replace","path":"members","value":[{"value":"1"}]}`:                                   OpGroupMemberAdd,
		`{"op":"replace","path":"members","value":[]}`:                                                OpGroupMemberRemove,
		`{"op":"Remove","path":"members","value":[{"value":"1"}]}`:                                    OpGroupMemberRemove,
		`{"op":"remove","path":"members[value eq \"1\"]"}`:                                            OpGroupMemberRemove,
		`{"op":"remove","path":"MEMBERS [value eq \"1\"]"}`:                                           OpGroupMemberRemove,
		`{"op":"remove","path":"members"}`:                                                            OpGroupMemberRemove,
		`{"op":"remove","path":"urn:ietf:params:scim:schemas:core:2.0:Group:members"}`:                OpGroupMemberRemove,
		`{"op":"add","path":"members","value":"1"},{"op":"add","path":"members","value":"2"}`:         OpGroupMemberAdd,
		`{"op":"add","path":"members","value":"1"},{"op":"remove","path":"members[value eq \"2\"]"}`:  OpGroupPatch,
		`{"op":"add","path":"members","value":"1"},{"op":"replace","path":"displayName","value":"X"}`: OpGroupPatch,
		`{"op":"replace","value":{"id":"1","members":[{"value":"1"}]}}`:                               OpGroupPatch,
		`{"op":"Replace","path":"displayName","value":"X"}`:                                           OpGroupPatch,
		`{"op":"add","path":"membership","value":"X"}`:                                                OpGroupPatch,
		``: OpGroupPatch,
	}
	for ops, want := range groups {
		wantOperation(t, "/scim/Groups/1", ops, want)
	}
}

func wantOperation(t *testing.T, path, ops string, want Operation) {
	t.Helper()
	r := &Request{Method: "PATCH", Target: TargetOf(path, testBases, nil), Doc: mustParse(t, `{"Operations":[`+ops+`]}`)}
	if got := OperationOf(r); got != want {
		t.Errorf("%s: %s is %s, want %s", path, ops, got, want)
	}
}

func TestOperationMatches(t *testing.T) {
	tests := []struct {
		op      Operation
		pattern string
		want    bool
	}{
		{OpUserCreate, "user.create", true},
		{OpUserCreate, "USER.Create", true},
		{OpUserCreate, "user.*", true},
		{OpUserCreate, "*.create", true},
		{OpUserCreate, "*", true},
		{OpUserCreate, "user", false},
		{OpUserCreate, "", false},
		{OpUserCreate, "user.[", false},
		{OpUserDisable, "user.patch", true},
		{OpUserEnable, "user.patch", true},
		{OpUserPatch, "user.disable", false},
		{OpGroupMemberAdd, "group.patch", true},
		{OpGroupMemberRemove, "group.member.*", true},
		{OpGroupMemberRemove, "group.*", true},
		{OpProbe, "user.query", true},
		{OpProbe, "group.query", true},
		{OpUserQuery, "probe", false},
		{OpProbe, "user.list", false},
	}
	for _, tt := range tests {
		if got := tt.op.Matches(tt.pattern); got != tt.want {
			t.Errorf("%s matches %q: %t, want %t", tt.op, tt.pattern, got, tt.want)
		}
	}
}

func TestEveryOperationIsListedAndKnown(t *testing.T) {
	seen := map[Operation]bool{}
	for _, o := range StandardCatalog().Operations() {
		if seen[o] || !StandardCatalog().KnownPattern(string(o)) {
			t.Errorf("%s: listed twice or not known", o)
		}
		seen[o] = true
	}
	if len(seen) != 25 {
		t.Errorf("%d operations are listed, want 25", len(seen))
	}
	for _, pattern := range []string{"user.remove", "users", "nope*", ""} {
		if StandardCatalog().KnownPattern(pattern) {
			t.Errorf("%q is known", pattern)
		}
	}
}

func TestNearestOperation(t *testing.T) {
	for s, want := range map[string]string{
		"user.crate":        "user.create",
		"disable":           "user.disable",
		"users.delete":      "user.delete",
		"User.Patch":        "user.patch",
		"prob":              "probe",
		"something else":    "",
		"group.member.adds": "group.member.add",
	} {
		if got := StandardCatalog().NearestOperation(s); got != want {
			t.Errorf("NearestOperation(%q) = %q, want %q", s, got, want)
		}
	}
}
