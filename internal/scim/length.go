package scim

import (
	"encoding/binary"
	"math/bits"
	"strings"
	"unsafe"
)

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
		n := quoteIn(s[end:])
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

// In each byte of a word: its lowest bit, its highest, and characters.
const (
	ones        = 0x0101010101010101
	highest     = 0x80 * ones
	blanks      = ' ' * ones
	quotes      = '"' * ones
	backslashes = '\\' * ones
)

// word returns the eight bytes of s from at on.
func word(s string, at int) uint64 {
	return binary.LittleEndian.Uint64(unsafe.Slice(unsafe.StringData(s[at:]), 8))
}

// quoteIn is the index of the first quote in s; -1 for none. It looks at eight
// bytes at a time: a byte that is zero borrows from its own highest bit, and the
// lowest one that does is the first quote. Strings are so short that calling
// strings.IndexByte takes longer.
func quoteIn(s string) int {
	at := 0
	for ; len(s)-at >= 8; at += 8 {
		x := word(s, at) ^ quotes
		if found := (x - ones) &^ x & highest; found != 0 {
			return at + bits.TrailingZeros64(found)/8
		}
	}
	for ; at < len(s); at++ {
		if s[at] == '"' {
			return at
		}
	}
	return -1
}

// isSimple reports whether data has neither a backslash nor a control
// character, as most clients send it.
func isSimple(data string) bool {
	if strings.IndexByte(data, '\\') >= 0 {
		return false
	}
	at := 0
	for ; len(data)-at >= 8; at += 8 {
		if x := word(data, at); (x-blanks)&^x&highest != 0 {
			return false
		}
	}
	for ; at < len(data); at++ {
		if data[at] < ' ' {
			return false
		}
	}
	return true
}

// standsForItself reports whether s is ASCII that needs no escape in a JSON
// string (RFC 8259 section 7).
func standsForItself(s string) bool {
	at := 0
	for ; len(s)-at >= 8; at += 8 {
		x := word(s, at)
		quote, backslash := x^quotes, x^backslashes
		if (x|(x-blanks)|(quote-ones)|(backslash-ones))&highest != 0 {
			return false
		}
	}
	for ; at < len(s); at++ {
		if !isPlain[s[at]] {
			return false
		}
	}
	return true
}

// isPlain has the ASCII characters that stand for themselves in a string (RFC
// 8259 section 7). A table is the fastest way to look at each byte once.
var isPlain = func() (plain [256]bool) {
	for c := ' '; c <= 0x7f; c++ {
		plain[c] = c != '"' && c != '\\'
	}
	return plain
}()
