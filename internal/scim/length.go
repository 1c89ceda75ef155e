package scim

import "strings"

// numberLength is the length of the number that s begins with (RFC 8259
// section 6); 0 where it begins with none.
func numberLength(s string) int {
	n := 0
	skip := func(any string) bool {
		if n == len(s) || strings.IndexByte(any, s[n]) < 0 {
			return false
		}
		n++
		return true
	}
	digits := func() bool {
		start := n
		for skip("0123456789") {
		}
		return n > start
	}
	skip("-")
	if !skip("0") && !digits() || skip(".") && !digits() {
		return 0
	}
	if skip("eE") {
		if skip("+-"); !digits() {
			return 0
		}
	}
	return n
}

// nestedLength is the length of the array or object that s, a part of an image,
// begins with; 0 where it has no end.
func nestedLength(s string) int {
	depth := 0
	for i := 0; i < len(s); i++ {
		switch s[i] {
		case '{', '[':
			depth++
		case '}', ']':
			if depth--; depth == 0 {
				return i + 1
			}
		case '"':
			n := stringLength(s[i:])
			if n == 0 {
				return 0
			}
			i += n - 1
		}
	}
	return 0
}

// stringLength is nestedLength for a string.
func stringLength(s string) int {
	for end := 1; ; end++ {
		n := strings.IndexByte(s[end:], '"')
		if n < 0 {
			return 0
		}
		end += n
		escapes := 0
		for s[end-1-escapes] == '\\' { // stops at the opening quote at the latest
			escapes++
		}
		if escapes%2 == 0 {
			return end + 1
		}
	}
}
