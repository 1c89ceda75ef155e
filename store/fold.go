package store

import (
	"strings"
	"unicode"
)

// fold returns the same string for all strings that are equal without regard
// to case, as strings.EqualFold and so the filters see it: by Unicode simple
// folding, which lower-casing is not (K and the Kelvin sign, s and the long s).
// A string that is folded already is returned as it is.
func fold(s string) string {
	for i := 0; i < len(s); i++ {
		if c := s[i]; c >= 0x80 || 'A' <= c && c <= 'Z' {
			return strings.Map(foldRune, s)
		}
	}
	return s
}

// foldRune returns the representative of r's case orbit: an ASCII letter in
// lower case where there is one, else the smallest rune.
func foldRune(r rune) rune {
	least := r
	for next := unicode.SimpleFold(r); next != r; next = unicode.SimpleFold(next) {
		least = min(least, next)
	}
	if 'A' <= least && least <= 'Z' {
		return least + ('a' - 'A')
	}
	return least
}
