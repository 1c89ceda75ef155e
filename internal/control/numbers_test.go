package control

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"airmock/internal/fault"
	"airmock/internal/numbers"
)

func TestNumbersAndMetricsTellOfACallThatHasJustEnded(t *testing.T) {
	tenant, client := running(t)
	url := tenant.Status().TenantURL
	if _, err := client.Arm(t.Context(), fault.Spec{"kind": "status", "code": "503", "op": "user.get"}); err != nil {
		t.Fatal(err)
	}
	create(t, url, "a@contoso.com")
	if err := tryCreate(url, "a@contoso.com"); err == nil {
		t.Fatal("the same user twice")
	}
	get(t, url+"/Users/1")

	for _, window := range []string{"5m", "all", ""} {
		n, err := client.Numbers(t.Context(), window)
		if err != nil || n.Total.Calls != 3 || n.Total.Errors != 2 || len(n.Operations) != 2 ||
			n.Operations[0].Statuses["201"] != 1 || n.Operations[0].Max <= 0 {
			t.Errorf("window %q: %+v, %v", window, n, err)
		}
	}

	w := httptest.NewRecorder()
	NewHandler(tenant).ServeHTTP(w, httptest.NewRequest("GET", "/v1/metrics", nil))
	if got := w.Header().Get("Content-Type"); w.Code != http.StatusOK || got != numbers.ContentType {
		t.Errorf("%d %s", w.Code, got)
	}
	text := w.Body.String()
	for _, line := range []string{
		`airmock_calls_total{operation="user.create",status="201"} 1`,
		`airmock_calls_total{operation="user.create",status="409"} 1`,
		`airmock_call_duration_seconds_count{operation="user.get"} 1`,
		`airmock_resources{type="User"} 1`, `airmock_resources{type="Group"} 0`, "airmock_calls_uncounted_total 0", "airmock_faults_armed 1", "airmock_journal_calls 3", "airmock_read_only 0",
	} {
		if !strings.Contains(text, line+"\n") {
			t.Errorf("no %s in\n%s", line, text)
		}
	}
	if status := get(t, strings.TrimSuffix(url, "/scim")+"/v1/metrics"); status < 400 {
		t.Errorf("metrics on the SCIM listener: %d", status)
	}
}

func get(t *testing.T, url string) (status int) {
	t.Helper()
	req, err := http.NewRequest("GET", url, nil)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer t0ken")
	req.Close = true
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	return resp.StatusCode
}

func TestAWindowThatThereIsNotIsRefused(t *testing.T) {
	tenant, _ := running(t)
	w := httptest.NewRecorder()
	NewHandler(tenant).ServeHTTP(w, httptest.NewRequest("GET", "/v1/numbers?window=2h", nil))
	var refusal problem
	if err := json.Unmarshal(w.Body.Bytes(), &refusal); err != nil || w.Code != http.StatusBadRequest || !strings.Contains(refusal.Error, "up to 5m") {
		t.Errorf("%d %s", w.Code, w.Body)
	}
}
