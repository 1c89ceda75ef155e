package journal

import (
	"encoding/binary"
	"math/bits"
	"strings"
)

// wordScan looks for words in a text, in any case. It looks for the rarest
// letter of each, eight bytes at a time, and looks closer only where one is.
type wordScan struct {
	letters []scanLetter
}

// scanLetter is a letter, and the words that are known by it.
type scanLetter struct {
	letter byte
	eight  uint64 // the letter in each byte
	words  []scanWord
}

// scanWord is a word and where its letter is.
type scanWord struct {
	word string
	at   int
}

// byFrequency are the letters of English from the most frequent to the rarest.
// What is not in it is taken for rarer still.
const byFrequency = "etaoinsrhldcumfpgwybvkxjqz"

const (
	lowBits  = 0x0101010101010101 // the lowest bit of each byte
	highBits = 0x8080808080808080 // the highest
	caseBits = 0x2020202020202020 // what tells a lower case letter from a capital
)

// newWordScan returns a scan for ASCII words in lower case; an empty one is not
// looked for.
func newWordScan(words []string) wordScan {
	var s wordScan
	for _, word := range words {
		if word == "" {
			continue
		}
		w := scanWord{word, rarest(word)}
		letter := word[w.at] | 0x20
		if known := s.of(letter); known != nil {
			known.words = append(known.words, w)
			continue
		}
		s.letters = append(s.letters, scanLetter{letter, lowBits * uint64(letter), []scanWord{w}})
	}
	return s
}

// rarest returns where the rarest letter of a word is.
func rarest(word string) (at int) {
	rank := func(i int) int {
		if n := strings.IndexByte(byFrequency, word[i]|0x20); n >= 0 {
			return n
		}
		return len(byFrequency)
	}
	for i := range len(word) {
		if rank(i) > rank(at) {
			at = i
		}
	}
	return at
}

func (s *wordScan) of(letter byte) *scanLetter {
	for i := range s.letters {
		if s.letters[i].letter == letter {
			return &s.letters[i]
		}
	}
	return nil
}

// in reports whether one of the words is in text. Of what is no letter it takes
// some bytes for others.
func (s *wordScan) in(text []byte) bool {
	at := 0
	for ; at+8 <= len(text); at += 8 {
		eight := binary.LittleEndian.Uint64(text[at:]) | caseBits
		var found uint64 // the high bit of each byte that is one of the letters
		for i := range s.letters {
			x := eight ^ s.letters[i].eight
			found |= (x - lowBits) &^ x & highBits // 0 is what x has there; above a 0 also a 1 may be taken for one
		}
		for ; found != 0; found &= found - 1 {
			if s.near(text, at+bits.TrailingZeros64(found)/8) {
				return true
			}
		}
	}
	for ; at < len(text); at++ {
		if s.near(text, at) {
			return true
		}
	}
	return false
}

// near reports whether a word is in text whose letter is the byte at i.
func (s *wordScan) near(text []byte, i int) bool {
	known := s.of(text[i] | 0x20)
	if known == nil {
		return false
	}
	for _, w := range known.words {
		if start := i - w.at; start >= 0 && hasPrefixFold(text[start:], w.word) {
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
