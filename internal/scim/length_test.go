package scim

import (
	"bytes"
	"testing"
)

// What looks at eight bytes at a time finds what a look at each byte does: for
// every byte at every place, beside every kind of byte, as one of a word borrows
// from the next.
func TestWordsAreLookedAtAsBytesAre(t *testing.T) {
	const kinds = "a! #[]~\"\\\x00\x1f\x7f\x80\xa2\xff"
	for _, filler := range []byte("a! #[]~") {
		text := bytes.Repeat([]byte{filler}, 19)
		for at := range len(text) - 1 {
			for c := range 256 {
				for _, next := range []byte(kinds) {
					text[at], text[at+1] = byte(c), next
					compareLooks(t, text)
				}
			}
			text[at], text[at+1] = filler, filler
		}
	}
}

func compareLooks(t *testing.T, text []byte) {
	s := string(text)
	if got, want := quoteIn(s), bytes.IndexByte(text, '"'); got != want {
		t.Fatalf("quoteIn(%q) = %d, want %d", s, got, want)
	}
	simple, plain := true, true
	for _, c := range text {
		simple = simple && c >= ' ' && c != '\\'
		plain = plain && c >= ' ' && c < 0x80 && c != '\\' && c != '"'
	}
	if isSimple(s) != simple {
		t.Fatalf("isSimple(%q) = %v", s, !simple)
	}
	if standsForItself(s) != plain {
		t.Fatalf("standsForItself(%q) = %v", s, !plain)
	}
}
