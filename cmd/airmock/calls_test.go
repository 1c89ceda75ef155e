package main_test

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestCallsAreThereAfterAKill(t *testing.T) {
	const creates = 70
	dir := t.TempDir()
	first := serve(t, dir, "--log", "none")
	for i := range creates {
		status, _, body := call(t, "POST", first.url+"/Users", secret, fmt.Sprintf(`{"userName":"user%04d@contoso.com"}`, i))
		if status != 201 {
			t.Fatalf("create %d: %d %s", i, status, body)
		}
	}
	// The file has them within a second or so, without being asked.
	eventually(t, "the calls file to have the last call", func() bool {
		data, err := os.ReadFile(filepath.Join(dir, "calls.db"))
		return err == nil && bytes.Contains(data, []byte(fmt.Sprintf("user%04d@contoso.com", creates-1)))
	})
	first.kill()
	second := serve(t, dir, "--log", "none")
	lines := strings.Split(strings.TrimSpace(second.run(t, "calls", "op:user.create")), "\n")
	if len(lines) != creates {
		t.Fatalf("%d calls are there after the kill, of %d:\n%s", len(lines), creates, strings.Join(lines, "\n"))
	}
	if status, _, body := call(t, "GET", second.url+"/Users?count=0", secret, ""); status != 200 || !strings.Contains(body, fmt.Sprintf(`"totalResults":%d`, creates)) {
		t.Fatalf("list after the kill: %d %s", status, body)
	}
	if last := second.run(t, "calls", "--json", "--limit", "1"); !strings.Contains(last, fmt.Sprintf(`"seq":%d,`, creates+1)) {
		t.Errorf("the first call after the kill is %s", last)
	}
}
