package scim

import "bytes"

// Picker parses of stored images only the members that a query looks at, which
// is a few of many. It is not safe for concurrent use.
type Picker struct {
	names []string
	part  []byte // the members of the last image, as an object
}

// NewPicker returns a Picker of the top-level members with these names,
// compared without case.
func NewPicker(names ...string) *Picker { return &Picker{names: names} }

// Parse parses the picked members of an image that ResourceType.Image made.
func (p *Picker) Parse(rt *ResourceType, image []byte) (*Value, error) {
	if !p.pick(image) {
		return rt.ParseImage(image) // which says what is wrong
	}
	return rt.ParseImage(p.part)
}

// pick copies the members that are wanted from image to part. It reports
// whether image is an object in compact form, as far as that needs a look.
func (p *Picker) pick(image []byte) bool {
	p.part = append(p.part[:0], '{')
	if len(image) < 2 || image[0] != '{' {
		return false
	}
	for at := 1; ; at++ {
		colon := skipString(image, at)
		if colon < 0 || colon >= len(image) || image[colon] != ':' {
			return false
		}
		end := skipValue(image, colon+1)
		if end < 0 || end >= len(image) {
			return false
		}
		if p.wants(image[at+1 : colon-1]) {
			if len(p.part) > 1 {
				p.part = append(p.part, ',')
			}
			p.part = append(p.part, image[at:end]...)
		}
		if at = end; image[at] != ',' {
			p.part = append(p.part, '}')
			return image[at] == '}' && at == len(image)-1
		}
	}
}

// wants reports whether a member is one of those that are picked. One whose
// name has escapes is, as it does no harm.
func (p *Picker) wants(name []byte) bool {
	for _, n := range p.names {
		if len(n) == len(name) && (string(name) == n || sameName(string(name), n)) {
			return true
		}
	}
	return bytes.IndexByte(name, '\\') >= 0
}

// skipValue returns the index behind the compact JSON value at i, or -1.
func skipValue(text []byte, i int) int {
	depth := 0
	for i < len(text) {
		switch text[i] {
		case '"':
			if i = skipString(text, i); i < 0 || depth == 0 {
				return i
			}
			continue
		case '{', '[':
			depth++
		case '}', ']':
			if depth == 0 {
				return i // behind a number, true, false or null
			}
			if depth--; depth == 0 {
				return i + 1
			}
		case ',':
			if depth == 0 {
				return i
			}
		}
		i++
	}
	return -1
}

// skipString returns the index behind the JSON string at i, or -1.
func skipString(text []byte, i int) int {
	if i >= len(text) || text[i] != '"' {
		return -1
	}
	for i++; ; {
		n := bytes.IndexByte(text[i:], '"')
		if n < 0 {
			return -1
		}
		i += n + 1
		escapes := 0
		for text[i-2-escapes] == '\\' { // ends at the opening quote at the latest
			escapes++
		}
		if escapes%2 == 0 {
			return i
		}
	}
}
