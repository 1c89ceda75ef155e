package replay

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"airmock/internal/journal"
	"airmock/internal/search"
)

// Select returns the calls of j that text names, in the order in which they
// began, as numbers are in that of their ends: the number of
// one ("12"), a range ("12..40", "12..", "..40"), or those that a query finds. The
// error says what would be right; it wraps ErrNoCalls where text is right, and
// no such call is there.
func Select(j *journal.Journal, text string, in search.Setting) ([]*journal.Call, error) {
	first, last := j.Bounds()
	from, to, isRange, err := rangeOf(text)
	if err != nil {
		return nil, err
	}
	match := func(c *journal.Call) bool { return c.Seq <= to }
	if !isRange {
		q, err := search.Parse(text, in)
		if err != nil {
			return nil, err
		}
		if q.Empty() {
			return nil, errors.New("name the calls to replay: a number (12), a range (12..40), or a query (op:user.create)")
		}
		from, match = 1, q.Match
	}
	all, _ := j.Since(max(from, 1)-1, math.MaxInt32)
	var chosen []*journal.Call
	for _, c := range all {
		if match(c) {
			chosen = append(chosen, c)
		}
	}
	switch {
	case last == 0:
		return nil, fmt.Errorf("%w: the journal is empty", ErrNoCalls)
	case len(chosen) == 0:
		return nil, fmt.Errorf("%w: the journal has the calls %d to %d, and none of them is %s", ErrNoCalls, first, last, text)
	}
	slices.SortStableFunc(chosen, func(a, b *journal.Call) int { return a.Time.Compare(b.Time) })
	return chosen, nil
}

// ErrNoCalls says that nothing is there to be replayed.
var ErrNoCalls = errors.New("nothing to replay")

// rangeOf reads a number or a range of numbers.
func rangeOf(text string) (from, to uint64, ok bool, err error) {
	a, b, isRange := strings.Cut(text, "..")
	if !isRange {
		n, err := strconv.ParseUint(text, 10, 63)
		return n, n, err == nil, nil
	}
	from, to = 1, math.MaxInt64
	if a == "" && b == "" || strings.ContainsAny(text, ": ") {
		return 0, 0, false, nil // words of a query
	}
	for _, end := range []struct {
		text string
		n    *uint64
	}{{a, &from}, {b, &to}} {
		if end.text == "" {
			continue
		}
		if *end.n, err = strconv.ParseUint(end.text, 10, 63); err != nil {
			return 0, 0, false, fmt.Errorf("%q is not a range of calls such as 12..40", text)
		}
	}
	if from > to {
		return 0, 0, false, fmt.Errorf("the range %q ends before it begins", text)
	}
	return from, to, true, nil
}
