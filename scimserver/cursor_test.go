package scimserver_test

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"airmock/internal/scim"
	"airmock/scimserver"
)

// cursorAt returns a cursor of a list answer; "" for none.
func (a *answer) cursorAt(name string) string {
	a.t.Helper()
	return a.json().Get(name).Text()
}

// walk follows a cursor until there is none, and returns the names on each
// page.
func (f *fixture) walk(path, query, cursor, follow string) (pages []string, last *answer) {
	f.t.Helper()
	for {
		last = f.do("GET", path+"?"+query+"&cursor="+cursor, "")
		pages = append(pages, last.names())
		if cursor = last.cursorAt(follow); cursor == "" {
			return pages, last
		}
	}
}

func TestAWalkForthAndBack(t *testing.T) {
	f := newFixture(t)
	people(f)
	f.createGroup("Sales", "1")
	tests := []struct {
		name, path, query string
		pages             []string
	}{
		{"in order of creation", "/Users", "count=3", []string{"dave Alice bob", "Carol"}},
		{"a page that holds all", "/Users", "count=4", []string{"dave Alice bob Carol"}},
		{"one by one", "/Users", "count=1", []string{"dave", "Alice", "bob", "Carol"}},
		{"with a filter", "/Users", "count=2&filter=displayName+pr", []string{"dave Alice", "Carol"}},
		{"with a filter that matches nothing", "/Users", "count=2&filter=title+pr", []string{""}},
		{"sorted", "/Users", "count=3&sortBy=userName", []string{"Alice bob Carol", "dave"}},
		{"sorted, no value first", "/Users", "count=1&sortBy=displayName&sortOrder=descending", []string{"bob", "Carol", "dave", "Alice"}},
		{"sorted and filtered", "/Users", "count=2&sortBy=userName&filter=displayName+pr", []string{"Alice Carol", "dave"}},
		{"over all types", "/", "count=2", []string{"dave Alice", "bob Carol", "Sales"}},
		{"over all types, sorted", "/", "count=3&sortBy=displayName", []string{"Alice dave Sales", "Carol bob"}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			f.t = t
			pages, last := f.walk(test.path, test.query, "", "nextCursor")
			if !slices.Equal(pages, test.pages) {
				t.Errorf("forth: %q, want %q", pages, test.pages)
			}
			previous := last.cursorAt("previousCursor")
			if (previous != "") != (len(test.pages) > 1) {
				t.Fatalf("previousCursor is %q on the last of %d pages", previous, len(test.pages))
			}
			if previous == "" {
				return
			}
			back, _ := f.walk(test.path, test.query, previous, "previousCursor")
			slices.Reverse(back)
			back = append(back, last.names())
			if got, want := strings.Join(back, " "), strings.Join(test.pages, " "); got != want {
				t.Errorf("back: %q, want %q", got, want)
			}
		})
	}
}

func TestAnAnswerWithACursor(t *testing.T) {
	f := newFixture(t)
	people(f)
	for _, query := range []string{"cursor", "cursor=", "Cursor=&startIndex="} {
		a := f.do("GET", "/Users?count=2&"+query, "")
		a.wantStatus(http.StatusOK)
		a.wantAt("totalResults", "4")
		a.wantAt("itemsPerPage", "2")
		a.wantAt("startIndex", "")
		a.wantAt("previousCursor", "")
		next := a.cursorAt("nextCursor")
		if next == "" || url.QueryEscape(next) != next {
			t.Fatalf("nextCursor is %q, which is no text of unreserved characters", next)
		}
		a = f.do("GET", "/Users?count=2&cursor="+next, "")
		a.wantAt("totalResults", "4")
		a.wantAt("nextCursor", "")
		if a.cursorAt("previousCursor") == "" {
			t.Error("the second page has no previousCursor")
		}
	}
	a := f.do("GET", "/Users?count=2", "")
	a.wantAt("nextCursor", "")
	a.wantAt("startIndex", "1")
	a = f.do("GET", "/Users?count=0&cursor", "")
	a.wantAt("totalResults", "4")
	a.wantAt("itemsPerPage", "0")
	a.wantAt("nextCursor", "")
	f.do("GET", "/Users?count=-1&cursor", "").wantAt("itemsPerPage", "0")

	a = f.do("POST", "/Users/.search", `{"schemas":["`+scim.URNSearch+`"],"cursor":"","count":3,"attributes":["userName"]}`)
	if got := a.names(); got != "dave Alice bob" {
		t.Errorf("a search by cursor finds %s", got)
	}
	a = f.do("POST", "/Users/.search", `{"schemas":["`+scim.URNSearch+`"],"cursor":"`+a.cursorAt("nextCursor")+`","count":3,"attributes":["userName"]}`)
	if got := a.names(); got != "Carol" || len(a.call.Quirks) > 0 {
		t.Errorf("its second page has %s, with %v", got, a.call.Quirks)
	}
	if a.call.Results != 1 {
		t.Errorf("the call notes %d", a.call.Results)
	}
}

func TestCursorsThatAreRefused(t *testing.T) {
	tests := []struct {
		name     string
		query    func(cursor string) string
		scimType scim.ErrorType
		says     string
		forgiven scim.Quirk
	}{
		{"one that was made up", func(string) string { return "count=2&cursor=VZUTiyhEQJ94IR" }, scim.InvalidCursor, "empty cursor", ""},
		{"one that is no base64", func(string) string { return "count=2&cursor=%00%ff" }, scim.InvalidCursor, "empty cursor", ""},
		{"one that is far too long", func(c string) string { return "count=2&cursor=" + c + strings.Repeat("A", 3000) }, scim.InvalidCursor, "empty cursor", ""},
		{"one that was cut", func(c string) string { return "count=2&cursor=" + c[:len(c)-4] }, scim.InvalidCursor, "not whole", ""},
		{"one with another filter", func(c string) string { return "count=2&filter=title+pr&cursor=" + c }, scim.InvalidCursor, "another query", ""},
		{"one with another order", func(c string) string { return "count=2&sortBy=userName&cursor=" + c }, scim.InvalidCursor, "another query", ""},
		{"another count", func(c string) string { return "count=3&cursor=" + c }, scim.InvalidCount, "count was 2", scim.QuirkCursorQuery},
		{"no count any more", func(c string) string { return "cursor=" + c }, scim.InvalidCount, "count was 2", scim.QuirkCursorQuery},
		{"other attributes", func(c string) string { return "count=2&attributes=userName&cursor=" + c }, scim.InvalidCursor, "must stay as they were", scim.QuirkCursorQuery},
		{"a count over the maximum", func(string) string { return "count=1001&cursor=" }, scim.InvalidCount, "from 0 to 1000", scim.QuirkCountTooLarge},
		{"a count that is no number", func(string) string { return "count=two&cursor=" }, scim.InvalidCount, "whole number", ""},
		{"an index too", func(c string) string { return "startIndex=1&count=2&cursor=" + c }, scim.InvalidValue, "two ways of paging", scim.QuirkBothPagings},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			for _, f := range []*fixture{newFixture(t), newFixture(t, strict)} {
				for i := range 5 {
					f.createUser(fmt.Sprint("user", i))
				}
				cursor := f.do("GET", "/Users?count=2&cursor", "").cursorAt("nextCursor")
				a := f.do("GET", "/Users?"+test.query(cursor), "")
				if test.forgiven == "" || f.isStrict {
					a.wantError(http.StatusBadRequest, test.scimType, test.says)
					continue
				}
				a.wantStatus(http.StatusOK)
				if len(a.call.Quirks) != 1 || a.call.Quirks[0] != test.forgiven {
					t.Errorf("quirks %v, want %s", a.call.Quirks, test.forgiven)
				}
			}
		})
	}
}

func TestACursorSentAloneKeepsTheCount(t *testing.T) {
	f := newFixture(t)
	people(f)
	cursor := f.do("GET", "/Users?count=1&cursor", "").cursorAt("nextCursor")
	if got := f.do("GET", "/Users?cursor="+cursor, "").names(); got != "Alice" {
		t.Errorf("the second page of one holds %s", got)
	}
}

func TestAnyByteOfACursorThatIsChangedMakesItInvalid(t *testing.T) {
	f := newFixture(t, strict)
	for i := range 3 {
		f.createUser(fmt.Sprint("user", i))
	}
	cursor := f.do("GET", "/Users?count=2&cursor", "").cursorAt("nextCursor")
	for i := range cursor {
		other := "A"
		if cursor[i] == 'A' {
			other = "B"
		}
		f.do("GET", "/Users?count=2&cursor="+cursor[:i]+other+cursor[i+1:], "").wantError(http.StatusBadRequest, scim.InvalidCursor, "")
	}
	f.do("GET", "/Groups?count=2&cursor="+cursor, "").wantError(http.StatusBadRequest, scim.InvalidCursor, "another query")
	f.do("GET", "/?count=2&cursor="+cursor, "").wantError(http.StatusBadRequest, scim.InvalidCursor, "another query")
	other := newFixture(t, strict)
	other.do("GET", "/Users?count=2&cursor="+cursor, "").wantError(http.StatusBadRequest, scim.InvalidCursor, "since it started")
}

// The second request of RFC 9865 section 2 spells the filter in another case.
func TestACursorDoesNotMindHowItsQueryIsSpelled(t *testing.T) {
	f := newFixture(t, strict)
	for _, name := range []string{"Jane", "john", "Bob", "Jim"} {
		f.createUser(name)
	}
	a := f.do("GET", "/Users?filter=userName%20sw%20%22J%22&cursor&count=2", "")
	if got := a.names(); got != "Jane john" {
		t.Fatalf("the first page holds %s", got)
	}
	a = f.do("GET", "/Users?filter=username%20SW%20%22J%22&count=2&cursor="+a.cursorAt("nextCursor"), "")
	if got := a.names(); got != "Jim" {
		t.Errorf("the second page holds %s", got)
	}
}

func TestACursorExpires(t *testing.T) {
	f := newFixture(t)
	people(f)
	cursor := f.do("GET", "/Users?count=1&cursor", "").cursorAt("nextCursor")
	f.now = f.now.Add(time.Hour)
	a := f.do("GET", "/Users?count=1&cursor="+cursor, "")
	a.wantStatus(http.StatusOK)
	f.now = f.now.Add(time.Second)
	f.do("GET", "/Users?count=1&cursor="+cursor, "").wantError(http.StatusBadRequest, scim.ExpiredCursor, "3600 seconds")
	f.do("GET", "/Users?count=1&cursor="+a.cursorAt("nextCursor"), "").wantStatus(http.StatusOK)
}

func TestAKeyThatIsGivenOutlivesTheServer(t *testing.T) {
	keyed := func(o *scimserver.Options) { o.CursorKey = []byte("key") }
	f, g := newFixture(t, keyed), newFixture(t, keyed)
	people(f)
	people(g)
	cursor := f.do("GET", "/Users?count=3&cursor", "").cursorAt("nextCursor")
	if got := g.do("GET", "/Users?count=3&cursor="+cursor, "").names(); got != "Carol" {
		t.Errorf("the second page holds %s", got)
	}
}

// Pages that are cut short by their size are still the whole, in both
// directions.
func TestAWalkThroughPagesThatAreBoundedInBytes(t *testing.T) {
	f := newFixture(t)
	scimserver.SetMaxPage(f.serve, 1500)
	var want []string
	for i := range 12 {
		name := fmt.Sprint("user", i)
		f.must("POST", "/Users", fmt.Sprintf(`{"userName":%q,"title":%q}`, name, strings.Repeat("t", 97*(i%4))))
		want = append(want, name)
	}
	for _, query := range []string{"count=9", "count=9&filter=userName+pr", "count=5&sortBy=meta.created"} {
		pages, last := f.walk("/Users", query, "", "nextCursor")
		if got := strings.Join(pages, " "); got != strings.Join(want, " ") || len(pages) < 3 {
			t.Errorf("%s: forth in %d pages: %s", query, len(pages), got)
		}
		back, _ := f.walk("/Users", query, last.cursorAt("previousCursor"), "previousCursor")
		slices.Reverse(back)
		if got := strings.Join(back, " ") + " " + last.names(); got != strings.Join(want, " ") || len(back) < 2 {
			t.Errorf("%s: back in %d pages: %s", query, len(back), got)
		}
	}
}

// Over HTTP, index and cursor visit the same resources in the same order, each
// once.
func TestIndexAndCursorVisitTheSame(t *testing.T) {
	f := newFixture(t)
	people(f)
	f.createGroup("Sales", "1", "2")
	f.createGroup("all", "3", "5")
	rapid.Check(t, func(rt *rapid.T) {
		path := rapid.SampledFrom([]string{"/Users", "/Groups", "/"}).Draw(rt, "path")
		query := "count=" + rapid.SampledFrom([]string{"1", "2", "3", "7"}).Draw(rt, "count")
		if filter := rapid.SampledFrom([]string{"", `displayName pr`, `not (displayName sw "a")`, `meta.created pr or id eq "1"`}).Draw(rt, "filter"); filter != "" {
			query += "&filter=" + url.QueryEscape(filter)
		}
		if by := rapid.SampledFrom([]string{"", "displayName", "emails", "active", "meta.lastModified", "id"}).Draw(rt, "sortBy"); by != "" {
			query += "&sortBy=" + by + "&sortOrder=" + rapid.SampledFrom([]string{"ascending", "descending"}).Draw(rt, "order")
		}
		walked, last := f.walk(path, query, "", "nextCursor")
		var indexed []string
		for start := 1; ; {
			a := f.do("GET", fmt.Sprintf("%s?%s&startIndex=%d", path, query, start), "")
			list := a.json().Get("Resources")
			a.wantAt("itemsPerPage", fmt.Sprint(list.Len()))
			a.wantAt("totalResults", last.at("totalResults"))
			if list.Len() == 0 {
				break
			}
			indexed = append(indexed, a.names())
			start += list.Len()
		}
		if len(indexed) == 0 {
			indexed = []string{""}
		}
		if !slices.Equal(walked, indexed) {
			rt.Errorf("%s?%s: by cursor %q, by index %q", path, query, walked, indexed)
		}
	})
}

// FuzzCursor: whatever is sent as a cursor either is one, which then says the
// same again, or is refused; and nothing is one that was not made here.
func FuzzCursor(f *testing.F) {
	cursors := scimserver.NewCursors([]byte("fuzz"))
	made := cursors.Make("4alice", 7, 100, false)
	for _, text := range []string{"", "A", made, made[1:], made + "A", strings.ToLower(made),
		cursors.Make(strings.Repeat("x", 256), 1<<63, 0, true), scimserver.NewCursors(nil).Make("4alice", 7, 100, false)} {
		f.Add(text, []byte("4bob"), uint64(9))
	}
	f.Fuzz(func(t *testing.T, text string, key []byte, seq uint64) {
		if _, same, ok := cursors.Reseal(text); ok && !same {
			t.Errorf("%q is a cursor that says something else when it is sealed again", text)
		}
		own := cursors.Make(string(key[:min(len(key), 256)]), seq, int(seq%1000), seq%2 == 0)
		if url.QueryEscape(own) != own {
			t.Errorf("%q does not stand in a URL as it is", own)
		}
		if _, same, ok := cursors.Reseal(own); !ok || !same {
			t.Errorf("%q is not read as it was made", own)
		}
		if text != "" && strings.Contains(own, text) && len(text) < len(own) {
			if _, _, ok := cursors.Reseal(text); ok {
				t.Errorf("%q, a part of a cursor, is one", text)
			}
		}
	})
}
