package nearest_test

import (
	"strings"
	"testing"

	"airmock/internal/nearest"
)

func TestTo(t *testing.T) {
	options := []string{"status", "throttle", "latency", "op", "first", "user.create"}
	tests := []struct{ name, word, want string }{
		{"one letter is missing", "statu", "status"},
		{"two letters are swapped", "lantecy", "latency"},
		{"the case is another", "STATUS", "status"},
		{"a longer word may differ more", "user.craete", "user.create"},
		{"a short word may differ by one letter", "pp", "op"},
		{"a short word that differs by two is another word", "foo", ""},
		{"it is a part of an option", "create", "user.create"},
		{"an option is a part of it", "latency_ms", "latency"},
		{"one letter is nearer than a part of it", "statusx", "status"},
		{"a very long word is near to nothing", strings.Repeat("latency", 20), ""},
		{"nothing is near", "everything", ""},
		{"a short word is not anything short", "xyz", ""},
		{"the empty word means nothing", "", ""},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if got := nearest.To(test.word, options); got != test.want {
				t.Errorf("To(%q) = %q, want %q", test.word, got, test.want)
			}
		})
	}
}

func TestHint(t *testing.T) {
	if got, want := nearest.Hint("frist", []string{"first"}), `; did you mean "first"?`; got != want {
		t.Errorf("Hint = %q, want %q", got, want)
	}
	if got := nearest.Hint("zzzzzz", []string{"first"}); got != "" {
		t.Errorf("Hint for nothing near = %q, want none", got)
	}
}
