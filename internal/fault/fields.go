package fault

import (
	"fmt"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"
)

// maxValue bounds the length of a value, in bytes.
const maxValue = 1 << 10

// fields reads the values of a spec. It keeps the first error.
type fields struct {
	spec Spec
	err  error
}

func (f *fields) has(key string) bool { return f.spec.has(key) }

func (f *fields) fail(format string, args ...any) {
	if f.err == nil {
		f.err = fmt.Errorf(format, args...)
	}
}

// wrong fails on the value of a key.
func (f *fields) wrong(key, format string, args ...any) {
	value := f.spec[key]
	if len(value) > 40 {
		value = strings.ToValidUTF8(value[:40], "") + "…"
	}
	f.fail("%s=%s: %s", key, value, fmt.Sprintf(format, args...))
}

func (f *fields) number(key string, otherwise, least, most int) int {
	if !f.has(key) {
		return otherwise
	}
	return f.parseNumber(key, f.spec[key], least, most)
}

// parseNumber reads a part of key's value.
func (f *fields) parseNumber(key, text string, least, most int) int {
	n, err := strconv.Atoi(text)
	if err != nil || n < least || n > most {
		f.wrong(key, "write %s", numberForm(key, least, most))
		return least
	}
	return n
}

func numberForm(key string, least, most int) string {
	numbers := fmt.Sprintf("from %d to %d", least, most)
	if most == maxCount {
		numbers = fmt.Sprintf("from %d on", least)
	}
	switch key {
	case "between":
		return "two whole numbers " + numbers + ", such as 5-8"
	case "nth":
		return "a whole number " + numbers + ", or several, such as 3|5"
	}
	return "a whole number " + numbers
}

func (f *fields) percent(key string, otherwise float64) float64 {
	if !f.has(key) {
		return otherwise
	}
	n, err := strconv.ParseFloat(strings.TrimSuffix(f.spec[key], "%"), 64)
	if err != nil || math.IsNaN(n) || n < 0 || n > 100 {
		f.wrong(key, "write a number from 0 to 100")
		return otherwise
	}
	return n
}

func (f *fields) duration(key string, otherwise, least, most time.Duration) time.Duration {
	if !f.has(key) {
		return otherwise
	}
	d, err := parseDuration(f.spec[key])
	switch {
	case err != nil:
		f.wrong(key, "write a duration with its unit, such as 500ms, 30s, 15m, 2h or 90d")
	case d < least || d > most:
		f.wrong(key, "write a duration from %s to %s", shortDuration(least), shortDuration(most))
	default:
		return d
	}
	return otherwise
}

// seconds reads a duration that may also be a bare number of seconds.
func (f *fields) seconds(key string, otherwise, least, most time.Duration) time.Duration {
	if n, err := strconv.Atoi(f.spec[key]); err == nil && n >= 0 && n <= int(most/time.Second) {
		return time.Duration(n) * time.Second
	}
	return f.duration(key, otherwise, least, most)
}

// parseDuration reads a duration as Go writes it, or a number of days.
func parseDuration(text string) (time.Duration, error) {
	if days, ok := strings.CutSuffix(text, "d"); ok {
		n, err := strconv.ParseUint(days, 10, 16)
		return time.Duration(n) * 24 * time.Hour, err
	}
	return time.ParseDuration(text)
}

// shortDuration writes a duration without the zeros that Go puts behind it:
// 2h, 15m, 90d.
func shortDuration(d time.Duration) string {
	if day := 24 * time.Hour; d >= 2*day && d%day == 0 {
		return strconv.Itoa(int(d/day)) + "d"
	}
	text := d.String()
	if strings.HasSuffix(text, "m0s") {
		text = strings.TrimSuffix(text, "0s")
	}
	if strings.HasSuffix(text, "h0m") {
		text = strings.TrimSuffix(text, "0m")
	}
	return text
}

func (f *fields) choice(key, otherwise string, options []string) string {
	if !f.has(key) {
		return otherwise
	}
	if value := f.spec[key]; !slices.Contains(options, value) {
		f.fail("%s has no value %q%s", key, value, hint(value, options))
	}
	return f.spec[key]
}

// list reads values that are separated by |.
func (f *fields) list(key string) []string {
	if !f.has(key) {
		return nil
	}
	return strings.Split(f.spec[key], "|")
}

func (f *fields) pattern(key string) pattern {
	p := readPattern(f.spec[key])
	if slices.Contains(p.options, "") {
		f.wrong(key, "there is nothing on one side of a ! or |")
	}
	return p
}

// checkText refuses values that nobody means: empty ones, very long ones, and
// control characters, as values are shown on terminals and sent in answers.
func (f *fields) checkText() {
	for _, key := range slices.Sorted(maps.Keys(f.spec)) {
		value := f.spec[key]
		switch {
		case value == "":
			f.fail("%s has no value; leave the key out or give it one", key)
		case strings.ContainsFunc(value, unicode.IsControl):
			f.fail("the value of %s holds a control character", key)
		case len(value) > maxValue:
			f.wrong(key, "the value is %d bytes long; %d are the most", len(value), maxValue)
		}
	}
}
