package search

import (
	"cmp"
	"errors"
	"strconv"
	"strings"
	"time"
)

func durationTest(text string) (test, error) {
	op, rest := splitComparison(text)
	limit, err := time.ParseDuration(rest)
	if err != nil || limit < 0 {
		return nil, errors.New("a duration is >500ms or <=2s")
	}
	return func(s *subject) bool { return compare(op, s.whole.Duration, limit) }, nil
}

// numberTest reads a number, behind a comparison or not.
func numberTest(text string) (holds func(int) bool, limit int, err error) {
	op, rest := splitComparison(text)
	limit, err = strconv.Atoi(rest)
	return func(n int) bool { return compare(op, n, limit) }, limit, err
}

// splitComparison splits ">=400" into operator and operand; "400" has "=".
func splitComparison(text string) (op, rest string) {
	for _, op := range []string{">=", "<=", ">", "<", "="} {
		if rest, ok := strings.CutPrefix(text, op); ok {
			return op, rest
		}
	}
	return "=", text
}

func compare[T cmp.Ordered](op string, a, b T) bool {
	switch op {
	case ">=":
		return a >= b
	case "<=":
		return a <= b
	case ">":
		return a > b
	case "<":
		return a < b
	}
	return a == b
}

// afterTest takes the calls that began at a moment or later, beforeTest the
// others.
func afterTest(v value, s Setting) (test, error) {
	at, err := Moment(v.text, s.Now)
	return func(s *subject) bool { return !s.whole.Time.Before(at) }, err
}

func beforeTest(v value, s Setting) (test, error) {
	at, err := Moment(v.text, s.Now)
	return func(s *subject) bool { return s.whole.Time.Before(at) }, err
}

// moments are the forms of a moment, those of a clock without a day last.
var moments = []string{
	time.RFC3339Nano, "2006-01-02T15:04:05", "2006-01-02T15:04", time.DateTime, "2006-01-02 15:04", time.DateOnly,
}

// Moment reads a moment of the past: 10m or 2d before now; 21:04 or 21:04:05,
// which was last at that time of day; a day; or a time as RFC 3339 has it, with
// or without its zone. Those without a zone are in that of now.
func Moment(text string, now time.Time) (time.Time, error) {
	if d, err := time.ParseDuration(text); err == nil && d >= 0 {
		return now.Add(-d), nil
	}
	if days, isDays := strings.CutSuffix(text, "d"); isDays {
		if n, err := strconv.ParseUint(days, 10, 15); err == nil {
			return now.AddDate(0, 0, -int(n)), nil
		}
	}
	for _, form := range moments {
		if at, err := time.ParseInLocation(form, strings.ToUpper(text), now.Location()); err == nil {
			return at, nil
		}
	}
	for _, form := range []string{"15:04", time.TimeOnly} {
		clock, err := time.Parse(form, text)
		if err != nil {
			continue
		}
		y, m, d := now.Date()
		at := time.Date(y, m, d, clock.Hour(), clock.Minute(), clock.Second(), clock.Nanosecond(), now.Location())
		if at.After(now) {
			at = time.Date(y, m, d-1, clock.Hour(), clock.Minute(), clock.Second(), clock.Nanosecond(), now.Location())
		}
		return at, nil
	}
	return time.Time{}, errors.New("a time is 10m (ago), 21:04, 2026-11-22 or 2026-11-22T21:04:05Z")
}
