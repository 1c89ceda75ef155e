package journal

// wordScan looks for words in a text, in any case, without looking at every
// byte of it (S. Wu and U. Manber, A Fast Algorithm for Multi-Pattern
// Searching, 1994): the text is looked at in windows as long as the shortest
// word, and where the pair of bytes at the end of a window is in the beginning
// of no word, no word begins in it.
type wordScan struct {
	words []string
	width int // of a window, in bytes: the length of the shortest word
	// skip is by how much a window moves on by the pair at its end; 0 where
	// it may be a word's beginning.
	skip *[1 << 14]uint8
}

// newWordScan returns a scan for ASCII words that are not empty.
func newWordScan(words []string) wordScan {
	const widest = 64
	s := wordScan{words: words, width: widest, skip: new([1 << 14]uint8)}
	for _, word := range words {
		s.width = min(s.width, len(word))
	}
	for i := range s.skip {
		s.skip[i] = uint8(max(s.width-1, 0))
	}
	for _, word := range words {
		for end := 1; end < s.width; end++ {
			at := &s.skip[pair(word[end-1], word[end])]
			*at = min(*at, uint8(s.width-1-end))
		}
	}
	return s
}

// pair numbers two bytes, whatever their case. Bytes that are no letters share
// numbers, which is a false alarm at worst.
func pair(a, b byte) int { return int(a|0x20)&0x7f<<7 | int(b|0x20)&0x7f }

// in reports whether one of the words is in text. Of what is no letter it takes
// some bytes for others.
func (s *wordScan) in(text []byte) bool {
	if s.width < 2 { // a window must hold a pair
		return len(text) > 0
	}
	for end := s.width - 1; end < len(text); {
		skip := s.skip[pair(text[end-1], text[end])]
		if skip == 0 {
			if s.begins(text[end-s.width+1:]) {
				return true
			}
			skip = 1
		}
		end += int(skip)
	}
	return false
}

// begins reports whether text begins with one of the words.
func (s *wordScan) begins(text []byte) bool {
	for _, word := range s.words {
		if hasPrefixFold(text, word) {
			return true
		}
	}
	return false
}

// hasPrefixFold reports whether text begins with the word in lower case.
func hasPrefixFold(text []byte, word string) bool {
	if len(text) < len(word) {
		return false
	}
	for i := range len(word) {
		if text[i]|0x20 != word[i]|0x20 {
			return false
		}
	}
	return true
}
