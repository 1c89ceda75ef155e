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
	near, edits := byEdits(word, options)
	if near != "" && edits <= 1 {
		return near
	}
	if part := partOf(word, options); part != "" {
		return part
	}
	return near
}

// Typo returns the option that word is a mistake for, in writing or in memory:
// one that is near by edits, as for To, or that begins with word ("unique" for
// uniqueness). Where other words are to be let pass, To sees too much: it has
// "name" for displayName.
func Typo(word string, options []string) string {
	for _, option := range options {
		if len(word) > 3 && len(word) < len(option) && strings.EqualFold(word, option[:len(word)]) {
			return option
		}
	}
	near, _ := byEdits(word, options)
	return near
}

// partOf returns the first option that is a part of word or has it as a part.
func partOf(word string, options []string) string {
	word = strings.ToLower(word)
	for _, option := range options {
		lower := strings.ToLower(option)
		if min(len(word), len(lower)) > 2 && len(word) <= longest && (strings.Contains(lower, word) || strings.Contains(word, lower)) {
			return option
		}
	}
	return ""
}

// byEdits returns the option that is nearest by edits, and how many it takes;
// "" where none is near enough.
func byEdits(word string, options []string) (near string, edits int) {
	if len(word) > longest {
		return "", 0
	}
	word = strings.ToLower(word)
	edits = max(2, len(word)/3+1) // a short word may be wrong in one letter, a long one in more
	for _, option := range options {
		if d := distance(word, strings.ToLower(option)); d < edits {
			near, edits = option, d
		}
	}
	return near, edits
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
