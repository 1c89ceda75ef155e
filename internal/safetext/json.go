package safetext

import (
	"bytes"
	"fmt"
)

// JSON returns text, which is well-formed JSON in UTF-8, with DEL and the control
// characters of C1 written as escapes. JSON allows them as they are (RFC 8259
// section 7), but a terminal that the text is printed on may act on them.
// Everybody who reads the JSON reads the same. text itself stays as it is.
func JSON(text []byte) []byte {
	if bytes.IndexByte(text, 0x7f) < 0 && !holdsC1(text) {
		return text
	}
	safe := make([]byte, 0, len(text)+64)
	for i := 0; i < len(text); i++ {
		switch c := text[i]; {
		case c == 0x7f:
			safe = append(safe, `\u007f`...)
		case isC1(text[i:]):
			i++
			safe = fmt.Appendf(safe, `\u%04x`, text[i])
		default:
			safe = append(safe, c)
		}
	}
	return safe
}

func holdsC1(text []byte) bool {
	for {
		i := bytes.IndexByte(text, 0xc2)
		if i < 0 {
			return false
		}
		if isC1(text[i:]) {
			return true
		}
		text = text[i+1:]
	}
}

// isC1 reports whether text begins with a character from U+0080 to U+009F.
func isC1(text []byte) bool {
	return len(text) > 1 && text[0] == 0xc2 && text[1] < 0xa0
}
