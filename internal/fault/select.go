package fault

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// SelectParams describe the keys that say when a rule fires. All count the
// matches of the rule, from the moment it was armed.
func SelectParams() []Param {
	return []Param{
		{Name: "first", Summary: "only the first N matches", Example: "2"},
		{Name: "nth", Summary: "only the Nth match, or several of them", Example: "3|5"},
		{Name: "every", Summary: "every Nth match", Example: "5"},
		{Name: "between", Summary: "the matches from the Nth to the Mth", Example: "5-8"},
		{Name: "after", Summary: "let the first N matches pass; first, nth, every and between then count those behind them", Example: "10"},
		{Name: "times", Summary: "fire at most N times", Example: "4"},
		{Name: "percent", Summary: "of the chosen matches, so many in a hundred; which ones depends on --seed alone", Example: "12.5", Default: "100"},
		{Name: "ttl", Summary: "disarm by itself after this time", Example: "15m", Default: "never"},
	}
}

// choosers are the keys that each choose matches in a way of their own. A rule
// has one of them at most.
var choosers = []string{"first", "nth", "every", "between"}

// maxCount bounds the numbers of a selector.
const maxCount = 1_000_000_000

// selector says for which of its matches a rule fires. Zero fields choose
// nothing; without any, it is every match.
type selector struct {
	first    int
	nth      []int
	every    int
	from, to int // between
	after    int
	times    int
	percent  float64
}

func readSelector(f *fields) selector {
	for i, key := range choosers {
		for _, other := range choosers[i+1:] {
			if f.has(key) && f.has(other) {
				f.fail("%s and %s each choose among the matches in their own way; give one of them", key, other)
			}
		}
	}
	s := selector{
		first:   f.number("first", 0, 1, maxCount),
		every:   f.number("every", 0, 1, maxCount),
		after:   f.number("after", 0, 0, maxCount),
		times:   f.number("times", 0, 1, maxCount),
		percent: f.percent("percent", 100),
	}
	for _, text := range f.list("nth") {
		s.nth = append(s.nth, f.parseNumber("nth", text, 1, maxCount))
	}
	slices.Sort(s.nth)
	s.nth = slices.Compact(s.nth)
	if f.has("between") {
		from, to, _ := strings.Cut(f.spec["between"], "-")
		s.from, s.to = f.parseNumber("between", from, 1, maxCount), f.parseNumber("between", to, 1, maxCount)
		if s.from > s.to {
			f.wrong("between", "the first number is the larger one; write %d-%d", s.to, s.from)
		}
	}
	return s
}

// takes reports whether the nth match is chosen, chance and times aside.
func (s *selector) takes(nth int) bool {
	n := nth - s.after
	switch {
	case n <= 0:
		return false
	case s.first > 0:
		return n <= s.first
	case s.nth != nil:
		return slices.Contains(s.nth, n)
	case s.every > 0:
		return n%s.every == 0
	case s.to > 0:
		return s.from <= n && n <= s.to
	}
	return true
}

// left returns how often a rule can still fire, at most, after so many matches
// and firings; -1 for no bound.
func (s *selector) left(matched, fired int) int {
	n := max(matched-s.after, 0)
	left := -1
	switch {
	case s.first > 0:
		left = max(s.first-n, 0)
	case s.nth != nil:
		at, _ := slices.BinarySearch(s.nth, n+1)
		left = len(s.nth) - at
	case s.to > 0:
		left = max(s.to-max(n, s.from-1), 0)
	}
	if budget := s.times - fired; s.times > 0 && (left < 0 || budget < left) {
		left = budget
	}
	return left
}

// texts say in words when the rule fires.
func (s *selector) texts() []string {
	var texts []string
	add := func(format string, args ...any) { texts = append(texts, fmt.Sprintf(format, args...)) }
	if s.after > 0 {
		add("after %d", s.after)
	}
	switch {
	case s.first > 0:
		add("first %d", s.first)
	case len(s.nth) == 1:
		add("match %d", s.nth[0])
	case s.nth != nil:
		add("matches %s", joinNumbers(s.nth))
	case s.every > 0:
		add("one in %d", s.every)
	case s.to > 0:
		add("matches %d to %d", s.from, s.to)
	}
	if s.percent < 100 {
		add("%s %% by chance", strconv.FormatFloat(s.percent, 'f', -1, 64))
	}
	if s.times > 0 {
		add("at most %d×", s.times)
	}
	return texts
}

// joinNumbers writes "3, 5 and 8", and only the beginning of a long list.
func joinNumbers(numbers []int) string {
	const most = 6
	var words []string
	for _, n := range numbers[:min(len(numbers), most)] {
		words = append(words, strconv.Itoa(n))
	}
	if len(numbers) > most {
		return strings.Join(words, ", ") + ", …"
	}
	last := len(words) - 1
	return strings.Join(words[:last], ", ") + " and " + words[last]
}
