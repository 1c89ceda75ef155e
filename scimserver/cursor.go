package scimserver

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"fmt"
	"time"

	"airmock/store"
)

// cursorTimeout is how long a cursor is good for, as ServiceProviderConfig
// says.
const cursorTimeout = time.Hour

// maxCursor bounds a cursor from the wire, in bytes; those that are given out
// stay far below.
const maxCursor = 2 << 10

// cursor is where a walk through the pages of a query goes on (RFC 9865). The
// server keeps nothing of it: a client gets it sealed, so that it can neither
// read it nor make one, and sends it back.
type cursor struct {
	place  store.Place
	back   bool      // the page that ends at place, not the one that follows it
	issued time.Time // in whole seconds
	query  digest    // of the endpoint, the filter and the sort, which the place belongs to
	shown  digest    // of the attributes that were asked for
	count  int
}

// digest tells apart what it was made of.
type digest [8]byte

// digestOf returns the digest of texts.
func digestOf(texts ...string) digest {
	h := sha256.New()
	for _, text := range texts {
		h.Write(binary.AppendUvarint(nil, uint64(len(text))))
		h.Write([]byte(text))
	}
	return digest(h.Sum(nil))
}

// cursorCipher seals cursors and opens them.
type cursorCipher struct{ aead cipher.AEAD }

// newCursorCipher returns the cipher with a key of any length; nil for a random
// one.
func newCursorCipher(key []byte) cursorCipher {
	if key == nil {
		key = make([]byte, sha256.Size)
		_, _ = rand.Read(key) // never fails, by its contract
	}
	sum := sha256.Sum256(key)
	block, err := aes.NewCipher(sum[:])
	if err == nil {
		var aead cipher.AEAD
		if aead, err = cipher.NewGCMWithRandomNonce(block); err == nil {
			return cursorCipher{aead}
		}
	}
	// Both take a key of this length, so this is a mistake of the build.
	panic(fmt.Sprintf("make the cipher of cursors: %v", err))
}

// errCursor is returned for what seal did not make.
var errCursor = errors.New("no cursor of this tenant")

// The bits of a cursor's first byte.
const (
	cursorBack = 1 << iota
	cursorCut
)

// seal returns c as a text of unreserved characters (RFC 3986 section 2.3).
func (k cursorCipher) seal(c cursor) string {
	var flags byte
	if c.back {
		flags |= cursorBack
	}
	if c.place.Cut {
		flags |= cursorCut
	}
	plain := append([]byte{flags}, c.query[:]...)
	plain = append(plain, c.shown[:]...)
	plain = binary.BigEndian.AppendUint64(plain, uint64(c.issued.Unix()))
	plain = binary.BigEndian.AppendUint32(plain, uint32(c.count))
	plain = binary.BigEndian.AppendUint64(plain, c.place.Seq)
	plain = append(plain, c.place.Key...)
	return base64.RawURLEncoding.EncodeToString(k.aead.Seal(nil, nil, plain, nil))
}

// open returns what seal made a text of, or errCursor.
func (k cursorCipher) open(text string) (cursor, error) {
	const fixed = 1 + 8 + 8 + 8 + 4 + 8
	if len(text) > maxCursor {
		return cursor{}, errCursor
	}
	sealed, err := base64.RawURLEncoding.Strict().DecodeString(text)
	if err != nil {
		return cursor{}, errCursor
	}
	plain, err := k.aead.Open(nil, nil, sealed, nil)
	if err != nil || len(plain) < fixed {
		return cursor{}, errCursor
	}
	var c cursor
	c.back, c.place.Cut = plain[0]&cursorBack != 0, plain[0]&cursorCut != 0
	c.query, c.shown = digest(plain[1:]), digest(plain[9:])
	c.issued = time.Unix(int64(binary.BigEndian.Uint64(plain[17:])), 0)
	c.count = int(binary.BigEndian.Uint32(plain[25:]))
	c.place.Seq = binary.BigEndian.Uint64(plain[29:])
	c.place.Key = string(plain[fixed:])
	return c, nil
}
