package control

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

// send makes a SCIM call of the tenant and returns the answer's body.
func send(t *testing.T, method, url, body string) map[string]any {
	t.Helper()
	req, err := http.NewRequest(method, url, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer t0ken")
	req.Close = true
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	if resp.StatusCode >= 300 {
		t.Fatalf("%s %s: %s", method, url, resp.Status)
	}
	var answer map[string]any
	_ = json.NewDecoder(resp.Body).Decode(&answer) // 204 has none
	return answer
}

func TestTheHistoryOfAResourceNamesVersionsCallsAndDifferences(t *testing.T) {
	tenant, _ := running(t)
	url := tenant.Status().TenantURL
	handler := NewHandler(tenant)
	ask := func(id string) (h History, status int) {
		w := httptest.NewRecorder()
		handler.ServeHTTP(w, httptest.NewRequest("GET", "/v1/history/"+id, nil))
		if err := json.Unmarshal(w.Body.Bytes(), &h); err != nil {
			t.Fatal(err)
		}
		return h, w.Code
	}
	user := send(t, "POST", url+"/Users", `{"userName":"a@contoso.com","title":"Engineer"}`)["id"].(string)
	send(t, "PATCH", url+"/Users/"+user, `{"Operations":[{"op":"replace","path":"title","value":"Boss"}]}`)
	send(t, "POST", url+"/Bulk", `{"schemas":["urn:ietf:params:scim:api:messages:2.0:BulkRequest"],"Operations":[{"method":"PATCH","path":"/Users/`+user+`","data":{"Operations":[{"op":"replace","path":"active","value":false}]}}]}`)
	group := send(t, "POST", url+"/Groups", `{"displayName":"g","members":[{"value":"`+user+`"}]}`)["id"].(string)
	if err := tenant.SetActive(t.Context(), user, true); err != nil {
		t.Fatal(err)
	}
	send(t, "DELETE", url+"/Users/"+user, "")

	got, _ := ask(user)
	for i, v := range got.Versions {
		if (v.Resource == nil) != (v.Change == "deleted") || v.Time.IsZero() {
			t.Errorf("version %d: resource %s, time %v", v.Version, v.Resource, v.Time)
		}
		got.Versions[i].Resource = nil
	}
	want := History{ID: user, Type: "User", Name: "a@contoso.com", Versions: []Version{
		{Version: 5, Change: "deleted", Operation: "user.delete", Call: 5},
		{Version: 4, Change: "updated", Fields: []Field{{"active", json.RawMessage("false"), json.RawMessage("true")}}},
		{Version: 3, Change: "updated", Operation: "bulk", Call: 3, Fields: []Field{{"active", nil, json.RawMessage("false")}}},
		{Version: 2, Change: "updated", Operation: "user.patch", Call: 2, Fields: []Field{{"title", json.RawMessage(`"Engineer"`), json.RawMessage(`"Boss"`)}}},
		{Version: 1, Change: "created", Operation: "user.create", Call: 1},
	}}
	if diff := cmp.Diff(want, got, cmpopts.IgnoreFields(Version{}, "Time")); diff != "" {
		t.Error(diff)
	}

	got, _ = ask(group) // which lost a member by the call that deleted it
	if v := got.Versions[0]; v.Call != 5 || v.RemovedCount != 1 || v.Removed[0] != user {
		t.Errorf("%+v", v)
	}
	if _, status := ask("nobody"); status != http.StatusNotFound {
		t.Errorf("status %d", status)
	}
}
