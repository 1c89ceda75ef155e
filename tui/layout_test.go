package tui

import (
	"testing"

	"github.com/charmbracelet/x/ansi"
	"pgregory.net/rapid"
)

func TestFitURL(t *testing.T) {
	const url = "https://quick-fox.trycloudflare.com/0/as/common/scim"
	for width, want := range map[int]string{
		80: url,
		52: url,
		51: "quick-fox.trycloudflare.com/0/as/common/scim",
		43: "quick-fox.trycloudflare.com/…as/common/scim",
		33: "quick-fox.trycloudflare.com/…scim",
		29: "quick-fox.trycloudflare.com/…",
		28: "quick-fox.trycloudflare.com",
		10: "quick-fox…",
		0:  "",
	} {
		if got := fitURL(url, width); got != want {
			t.Errorf("in %d cells: %q, want %q", width, got, want)
		}
	}
}

func TestFitURLNeverGetsWiderThanItsPlace(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		url := rapid.StringMatching(`(https?://)?[a-z.世]{0,40}(/[a-z]{0,9}){0,4}`).Draw(t, "url")
		width := rapid.IntRange(0, 60).Draw(t, "width")
		if got := ansi.StringWidth(fitURL(url, width)); got > width {
			t.Fatalf("%d cells", got)
		}
	})
}

func TestLivePanes(t *testing.T) {
	for _, tc := range []struct {
		name          string
		width, height int
		open, zoomed  bool
		want          panes
	}{
		{"narrow and low: the list alone", 80, 21, false, false, panes{listWidth: 80, listHeight: 21}},
		{"narrow and low: the detail alone", 80, 21, true, false, panes{detailWidth: 80, detailHeight: 21}},
		{"narrow and high: the detail below", 99, 27, true, false, panes{99, 13, 99, 14, false}},
		{"wide: the detail always beside", 100, 21, false, false, panes{59, 21, 40, 21, true}},
		{"wide and open", 120, 37, true, false, panes{71, 37, 48, 37, true}},
		{"zoomed", 120, 37, true, true, panes{detailWidth: 120, detailHeight: 37}},
		{"zoom means nothing to a list", 80, 21, false, true, panes{listWidth: 80, listHeight: 21}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			if got := livePanes(tc.width, tc.height, tc.open, tc.zoomed); got != tc.want {
				t.Errorf("got %+v, want %+v", got, tc.want)
			}
		})
	}
}

func TestLiveColumnsFallAwayByPriority(t *testing.T) {
	for _, tc := range []struct {
		width int
		want  columns
	}{
		{40, columns{time: 8, what: 22, status: 6}},
		{51, columns{time: 8, what: 33, status: 6}},
		{52, columns{time: 8, what: 26, status: 6, ms: 6}},
		{80, columns{time: 8, what: 54, status: 6, ms: 6}},
		{110, columns{time: 8, what: 63, op: 19, status: 6, ms: 6}},
	} {
		if got := liveColumns(tc.width); got != tc.want {
			t.Errorf("%d cells: %+v, want %+v", tc.width, got, tc.want)
		}
	}
}

func TestWindowKeepsTheLineInSight(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(1, 50).Draw(t, "n")
		at := rapid.IntRange(0, n-1).Draw(t, "at")
		height := rapid.IntRange(1, 60).Draw(t, "height")
		top := window(rapid.IntRange(-5, 60).Draw(t, "top"), at, n, height)
		if at < top || at >= top+height || top < 0 || top > 0 && top > n-height {
			t.Fatalf("top %d", top)
		}
	})
}
