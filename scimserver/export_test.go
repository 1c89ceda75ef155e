package scimserver

import (
	"net/http"
	"time"

	"airmock/store"
)

// SetMaxPage sets the size beyond which a list answer of h, which New
// returned, takes no further resource.
func SetMaxPage(h http.Handler, bytes int) { h.(*server).maxPage = bytes }

// Cursors seals and opens cursors with a key of its own, for the fuzz target.
type Cursors struct{ cipher cursorCipher }

// NewCursors returns a Cursors with that key.
func NewCursors(key []byte) Cursors { return Cursors{newCursorCipher(key)} }

// Reseal opens a cursor, and seals what it holds again; ok is false where it is
// none.
func (c Cursors) Reseal(text string) (again string, same, ok bool) {
	opened, err := c.cipher.open(text)
	if err != nil {
		return "", false, false
	}
	again = c.cipher.seal(opened)
	reopened, err := c.cipher.open(again)
	return again, err == nil && reopened == opened, true
}

// Make seals a cursor at a place.
func (c Cursors) Make(key string, seq uint64, count int, back bool) string {
	return c.cipher.seal(cursor{
		place: store.Place{Key: key, Seq: seq, Cut: len(key) > 10}, back: back, count: count, issued: time.Unix(int64(seq), 0),
		query: digestOf(key), shown: digestOf("shown"),
	})
}
