package journal

import (
	"bytes"
	"cmp"
	"errors"
	"io"
	"slices"
	"strings"

	"github.com/go-json-experiment/json/jsontext"
)

// unreadable stands where a whole body was.
const unreadable = "[redacted: not JSON, and a password or token is mentioned in it]"

// redactBody returns body with the value of every member that is named like a
// secret replaced, in a PATCH operation the value that its path makes one, and
// the filter of a search that compares one.
// It returns body itself where there is none. body may be cut off; when it is
// no JSON otherwise, nobody can tell what in it is a secret, so all of it goes.
func (s *secrets) redactBody(body []byte) []byte {
	if !s.mention(body) {
		return body
	}
	f := finder{
		names: s,
		body:  body,
		dec: jsontext.NewDecoder(bytes.NewReader(body),
			jsontext.AllowDuplicateNames(true), jsontext.AllowInvalidUTF8(true)),
		frames: make([]frame, 1, 8),
	}
	if err := f.find(); err != nil {
		return []byte(unreadable)
	}
	return f.replace()
}

// span is a value's place in a body.
type span struct{ start, end int }

// frame is what is known of an object or array that is open.
type frame struct {
	object     bool
	name       string // of the member whose value comes next or is open
	start      int    // offset of that value
	hasPath    bool
	secretPath bool   // path names a secret, so value is one
	values     []span // the members named value
}

// finder finds the secrets of a JSON text.
type finder struct {
	names   *secrets
	body    []byte
	dec     *jsontext.Decoder
	frames  []frame // the outermost is the place of the text itself
	secrets []span
}

func (f *finder) top() *frame { return &f.frames[len(f.frames)-1] }

// find reads tokens to the end of the body.
func (f *finder) find() error {
	for {
		before, start := int(f.dec.InputOffset()), f.next()
		token, err := f.dec.ReadToken()
		if err != nil {
			return f.ended(err)
		}
		switch token.Kind() {
		case '{', '[':
			f.frames = append(f.frames, frame{object: token.Kind() == '{'})
			continue
		case '}', ']':
			f.closeMember(before)
			f.close()
			continue
		}
		if err := f.scalar(token, before, start); err != nil {
			return f.ended(err)
		}
	}
}

// scalar looks at a name or a value that is no object or array. It begins at
// start; the token in front of it ends at before.
func (f *finder) scalar(token jsontext.Token, before, start int) error {
	if token.Kind() != '"' {
		return nil
	}
	text, top := token.String(), f.top()
	if _, n := f.dec.StackIndex(f.dec.StackDepth()); top.object && n%2 == 1 {
		f.closeMember(before)
		top.name, top.start = text, f.next()
		if f.names.named(text) {
			err := f.dec.SkipValue()
			f.secrets = append(f.secrets, span{top.start, f.offset(err)})
			return err
		}
		return nil
	}
	if strings.EqualFold(top.name, "path") {
		top.hasPath = true
		secret := f.names.named(text)
		top.secretPath = top.secretPath || secret
		if secret && strings.Contains(text, "[") { // it may compare with the secret
			f.secrets = append(f.secrets, span{start, int(f.dec.InputOffset())})
		}
	}
	if strings.EqualFold(top.name, "filter") && f.names.redactFilter(text) != text { // of a search
		f.secrets = append(f.secrets, span{start, int(f.dec.InputOffset())})
	}
	if strings.Contains(text, "{") && f.names.mentionText(text) { // JSON inside a string
		f.secrets = append(f.secrets, span{start, int(f.dec.InputOffset())})
	}
	return nil
}

// next returns the offset of the next value or name.
func (f *finder) next() int {
	at := int(f.dec.InputOffset())
	for at < len(f.body) && strings.IndexByte(" \t\r\n:,", f.body[at]) >= 0 {
		at++
	}
	return at
}

// offset is how far the decoder has read; to the end of the body where it
// ended inside a value.
func (f *finder) offset(err error) int {
	if err != nil {
		return len(f.body)
	}
	return int(f.dec.InputOffset())
}

// closeMember ends the member that is open in the innermost object.
func (f *finder) closeMember(end int) {
	top := f.top()
	if top.object && strings.EqualFold(top.name, "value") {
		top.values = append(top.values, span{top.start, end})
	}
	top.name = ""
}

// close leaves the innermost object or array.
func (f *finder) close() {
	if top := f.top(); top.secretPath {
		f.secrets = append(f.secrets, top.values...)
	}
	f.frames = f.frames[:len(f.frames)-1]
}

// ended ends the finding. In a body that is cut off, a value whose path was
// not seen yet may be a secret.
func (f *finder) ended(err error) error {
	if !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) {
		return err
	}
	for len(f.frames) > 0 {
		f.closeMember(len(f.body))
		f.top().secretPath = f.top().secretPath || !f.top().hasPath
		f.close()
	}
	return nil
}

// replace returns the body with the secrets replaced.
func (f *finder) replace() []byte {
	slices.SortFunc(f.secrets, func(a, b span) int {
		return cmp.Or(cmp.Compare(a.start, b.start), cmp.Compare(b.end, a.end))
	})
	out := make([]byte, 0, len(f.body))
	done := 0
	for _, s := range f.secrets {
		if s.start < done || s.start == s.end { // inside of one that is replaced already, or cut off
			continue
		}
		out = append(out, f.body[done:s.start]...)
		out = append(out, `"`+redacted+`"`...)
		done = s.end
	}
	return append(out, f.body[done:]...)
}
