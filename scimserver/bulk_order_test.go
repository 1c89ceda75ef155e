package scimserver_test

import (
	"strings"
	"testing"

	"airmock/internal/scim"
)

// RFC 7644 section 3.7: an operation may be moved for the sake of a reference,
// but the result is that of the order of the request.
func TestABulkRunsInTheOrderOfTheRequestWhereItCan(t *testing.T) {
	post := func(bulkID, name, managerRef string) string {
		return `{"method":"POST","path":"/Users","bulkId":"` + bulkID + `","data":{"schemas":["` + scim.URNUser + `","` + scim.URNEnterprise + `"],"userName":"` + name + `",` +
			`"` + scim.URNEnterprise + `":{"manager":{"value":"` + managerRef + `"}}}}`
	}
	user := func(bulkID, name string) string {
		return `{"method":"POST","path":"/Users","bulkId":"` + bulkID + `","data":{` + userHead + `,"userName":"` + name + `"}}`
	}
	group := func(member string) string {
		return `{"method":"POST","path":"/Groups","bulkId":"g","data":{` + groupHead + `,"displayName":"g","members":[{"value":"` + member + `"}]}}`
	}
	patch := func(path, operation string) string {
		return `{"method":"PATCH","path":"` + path + `","data":{` + patchHead + `,"Operations":[` + operation + `]}}`
	}
	const (
		deleteAnn  = `{"method":"DELETE","path":"/Users/$ann"}`
		deleteAnn2 = `{"method":"DELETE","path":"/users/$ann?x=y"}`
		rename     = `{"op":"replace","path":"userName","value":"zoe"}`
		addNew     = `{"op":"add","path":"members","value":[{"value":"bulkId:u"}]}`
		addBoth    = `{"op":"add","path":"members","value":[{"$ref":"$url/Users/$ann","value":"$ann"},{"value":"bulkId:u"}]}`
		clearAll   = `{"op":"remove","path":"members"}`
	)
	tests := []struct {
		name       string
		operations []string
		results    string
		members    int // that $staff has afterwards
	}{
		{"a name that a DELETE before it left", []string{group("bulkId:u"), deleteAnn, user("u", "ANN")}, "201, 204, 201", 0},
		{"one that another spelling of it left", []string{group("bulkId:u"), deleteAnn2, user("u", "ann")}, "201, 204, 201", 0},
		{"a name that a PATCH before it left", []string{group("bulkId:u"), patch("/Users/$ann", rename), user("u", "ann")}, "201, 200, 201", 0},
		{"a name that the one that waits leaves", []string{
			patch("/Users/$ann", rename+`,{"op":"add","path":"`+scim.URNEnterprise+`:manager","value":{"value":"bulkId:b"}}`), user("u", "ann"), user("b", "b"),
		}, "200, 201, 201", 0},
		{"a name left for a circle", []string{post("a", "a", "bulkId:b"), deleteAnn, post("b", "ann", "bulkId:a")}, "201, 204, 201", 0},
		{"of two with one name the first has it", []string{group("bulkId:u"), user("v", "bob"), user("u", "bob")}, "409 invalidValue, 201, 409 uniqueness", 0},
		{"and the one that waits as well", []string{post("a", "bob", "bulkId:b"), patch("/Users/$ann", `{"op":"replace","path":"userName","value":"bob"}`), user("b", "b")}, "201, 409 uniqueness, 201", 0},
		{"two PATCHes of a group", []string{patch("/Groups/$staff", addNew), patch("/Groups/$staff", clearAll), user("u", "u")}, "204, 204, 201", 0},
		{"two PATCHes the other way", []string{patch("/Groups/$staff", clearAll), patch("/Groups/$staff", addNew), user("u", "u")}, "204, 204, 201", 1},
		{"a DELETE of a member", []string{patch("/Groups/$staff", addBoth), deleteAnn, user("u", "u")}, "204, 204, 201", 1},
		{"a DELETE of what is made and given a group", []string{patch("/Groups/$staff", addNew), `{"method":"DELETE","path":"/Users/bulkId:u"}`, user("u", "u")}, "204, 204, 201", 0},
		{"a DELETE of what is patched before", []string{patch("/Users/bulkId:u", rename), `{"method":"DELETE","path":"/Users/bulkId:u"}`, user("u", "u")}, "200, 204, 201", 0},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			profiles(t, func(t *testing.T, f *fixture) {
				ann, staff := f.createUser("ann"), f.createGroup("Staff")
				known := strings.NewReplacer("$ann", ann, "$staff", staff, "$url", f.url)
				f.bulk(strings.Split(known.Replace(strings.Join(test.operations, "\n")), "\n")...).wantResults(test.results)
				members := f.do("GET", "/Groups/"+staff, "").json().Get("members")
				if members.Len() != test.members {
					t.Errorf("the group has %d members, want %d: %s", members.Len(), test.members, members)
				}
			})
		})
	}
}
