package scimserver_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
)

// Many clients at once create the same users, put them into one group, read
// and list. Each userName must have been given out once.
func TestManyClientsAtOnce(t *testing.T) {
	const clients, users = 8, 25
	f := newFixture(t)
	group := f.createGroup("Sales")

	serve := func(method, path, body string) *httptest.ResponseRecorder {
		r := httptest.NewRequest(method, basePath+path, strings.NewReader(body))
		r.Header.Set("Authorization", "Bearer "+secret)
		w := httptest.NewRecorder()
		f.handler.ServeHTTP(w, r)
		return w
	}
	var wg sync.WaitGroup
	var mu sync.Mutex
	statuses := make(map[int]int)
	for range clients {
		wg.Go(func() {
			for i := range users {
				w := serve("POST", "/Users", fmt.Sprintf(`{"userName":"user%d"}`, i))
				mu.Lock()
				statuses[w.Code]++
				mu.Unlock()
				if location := w.Header().Get("Location"); location != "" {
					id := location[strings.LastIndexByte(location, '/')+1:]
					serve("PATCH", "/Groups/"+group, patchBody(`{"op":"add","path":"members","value":[{"value":"`+id+`"}]}`))
					serve("PATCH", "/Users/"+id, patchBody(`{"op":"Replace","path":"emails[type eq \"work\"].value","value":"x"}`))
				}
				for _, path := range []string{"/Groups/" + group, "/Users?filter=userName+sw+%22user%22", "/Users"} {
					if w := serve("GET", path, ""); w.Code != http.StatusOK {
						t.Errorf("GET %s: %d %s", path, w.Code, w.Body)
					}
				}
			}
		})
	}
	wg.Wait()
	if statuses[http.StatusCreated] != users || statuses[http.StatusConflict] != (clients-1)*users {
		t.Errorf("statuses %v", statuses)
	}
	if got := f.store.MemberCount(group); got != users {
		t.Errorf("the group has %d members, want %d", got, users)
	}
}
