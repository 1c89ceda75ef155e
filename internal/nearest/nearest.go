// Package nearest finds the word that somebody probably meant.
package nearest

import "strings"

// longest bounds the words that are compared, in bytes: a longer one comes from
// the wire and was not mistyped.
const longest = 64

// To returns the option that somebody probably meant who wrote word: one that
// is one edit of a letter away (insert, delete, replace, swap two neighbours),
// else one that is a part of it or has it as a part, else the one that is
// nearest by such edits, without regard to case. It is "" where none is near
// enough. Of equally near ones the first wins.
func To(word string, options []string) string {
	if len(word) > longest {
		return ""
	}
	word = strings.ToLower(word)
	best, part, least := "", "", max(2, len(word)/3+1) // a short word may be wrong in one letter, a long one in more
	for _, option := range options {
		lower := strings.ToLower(option)
		if part == "" && len(word) > 2 && len(lower) > 2 && (strings.Contains(lower, word) || strings.Contains(word, lower)) {
			part = option
		}
		if d := distance(word, lower); d < least {
			best, least = option, d
		}
	}
	if part != "" && least > 1 {
		return part
	}
	return best
}

// Hint returns `; did you mean "x"?` for To's answer, or "" where there is
// none, to be put behind an error.
func Hint(word string, options []string) string {
	if near := To(word, options); near != "" {
		return `; did you mean "` + near + `"?`
	}
	return ""
}

// distance is the optimal string alignment distance of a and b.
func distance(a, b string) int {
	x, y := []rune(a), []rune(b)
	before, above, row := make([]int, len(y)+1), make([]int, len(y)+1), make([]int, len(y)+1)
	for k := range above {
		above[k] = k
	}
	for i := 1; i <= len(x); i++ {
		row[0] = i
		for k := 1; k <= len(y); k++ {
			cost := 1
			if x[i-1] == y[k-1] {
				cost = 0
			}
			row[k] = min(above[k]+1, row[k-1]+1, above[k-1]+cost)
			if i > 1 && k > 1 && x[i-1] == y[k-2] && x[i-2] == y[k-1] {
				row[k] = min(row[k], before[k-2]+1)
			}
		}
		before, above, row = above, row, before
	}
	return above[len(y)]
}
