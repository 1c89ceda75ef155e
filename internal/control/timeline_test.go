package control

import (
	"encoding/json"
	"net/http/httptest"
	"strings"
	"testing"
)

func TestCyclesAndTimelinesTellWhatHappened(t *testing.T) {
	tenant, _ := running(t)
	url := tenant.Status().TenantURL
	handler := NewHandler(tenant)
	ask := func(path string, into any) int {
		w := httptest.NewRecorder()
		handler.ServeHTTP(w, httptest.NewRequest("GET", path, nil))
		if err := json.Unmarshal(w.Body.Bytes(), into); err != nil {
			t.Fatal(err)
		}
		return w.Code
	}
	user := send(t, "POST", url+"/Users", `{"userName":"a@contoso.com"}`)["id"].(string)
	send(t, "POST", url+"/Groups", `{"displayName":"g","members":[{"value":"`+user+`"}]}`)
	send(t, "PATCH", url+"/Users/"+user, `{"Operations":[{"op":"Replace","path":"active","value":"False"}]}`)

	var cycles []Cycle
	ask("/v1/cycles", &cycles)
	if len(cycles) != 1 || cycles[0].Calls != 3 || cycles[0].Created != 2 || cycles[0].Disabled != 1 || cycles[0].MembersAdded != 1 {
		t.Errorf("cycles %+v", cycles)
	}
	var lines []Timeline
	ask("/v1/timeline/A@contoso.com", &lines)
	if len(lines) != 1 || lines[0].ID != user || lines[0].State != "waiting for delete" || !lines[0].Due.Equal(lines[0].Since.AddDate(0, 0, 30)) {
		t.Fatalf("timelines %+v", lines)
	}
	var changes []string
	for _, ev := range lines[0].Events {
		changes = append(changes, ev.Change)
	}
	if got := strings.Join(changes, " "); got != "created joined updated" {
		t.Errorf("events %s", got)
	}
	send(t, "DELETE", url+"/Users/"+user, "")
	ask("/v1/timeline/a@contoso.com", &lines)
	if len(lines) != 1 || lines[0].State != "deleted" || !strings.Contains(lines[0].Note, "by call 4") {
		t.Errorf("timelines %+v", lines)
	}
	var group []Timeline
	ask("/v1/timeline/g", &group)
	last := group[0].Events[len(group[0].Events)-1]
	if len(last.Removed) != 1 || last.Removed[0] != "a@contoso.com" || !strings.HasPrefix(last.Story, "by the call: Delete user a@contoso.com") {
		t.Errorf("a deleted member is told as %+v", last)
	}
	var refusal problem
	if status := ask("/v1/timeline/nobody", &refusal); status != 404 || !strings.Contains(refusal.Error, "nobody") {
		t.Errorf("%d %s", status, refusal.Error)
	}
}
