package store

import (
	"math"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

func TestRecordsComeBackAsTheyWere(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		instant := rapid.Map(rapid.Int64Range(0, 1<<42), func(ms int64) time.Time { return time.UnixMilli(ms).UTC() })
		want := record{
			seq:     rapid.Uint64Range(0, math.MaxInt64).Draw(t, "seq"),
			version: rapid.Uint64Range(0, math.MaxInt64).Draw(t, "version"),
			created: instant.Draw(t, "created"), modified: instant.Draw(t, "modified"),
			tail: rapid.IntRange(0, 1<<20).Draw(t, "tail"),
			body: rapid.SliceOf(rapid.Byte()).Draw(t, "body"),
		}
		key := rapid.String().Draw(t, "key")
		text := want.encode(key)
		got, err := decodeRecord(key, text)
		if err != nil {
			t.Fatal(err)
		}
		if len(want.body) == 0 {
			want.body, got.body = nil, nil
		}
		if diff := cmp.Diff(want, got, cmp.AllowUnexported(record{})); diff != "" {
			t.Fatal(diff)
		}
		flipped := []byte(text)
		flipped[rapid.IntRange(0, len(flipped)-1).Draw(t, "byte")] ^= 1 << rapid.IntRange(0, 7).Draw(t, "bit")
		if r, err := decodeRecord(key, string(flipped)); err == nil {
			t.Fatalf("a flipped bit went unnoticed: %q became %q and reads %+v", text, flipped, r)
		}
		if _, err := decodeRecord(key+"x", text); err == nil {
			t.Fatal("the record of another key was taken")
		}
	})
}

func FuzzDecodeRecord(f *testing.F) {
	valid := record{seq: 1, version: 2, created: time.UnixMilli(3), modified: time.UnixMilli(4), tail: 5, body: []byte("{}")}
	f.Add("u:1", valid.encode("u:1"))
	f.Add("u:1", "00000000\n")
	f.Add("u:1", "zzzzzzzz 1 2 3 4 5\n{}")
	f.Add("", "")
	f.Fuzz(func(t *testing.T, key, value string) {
		r, err := decodeRecord(key, value)
		if err != nil {
			return
		}
		again, err := decodeRecord(key, r.encode(key))
		if err != nil {
			t.Fatalf("what was read cannot be read again: %v", err)
		}
		if diff := cmp.Diff(r, again, cmp.AllowUnexported(record{})); diff != "" {
			t.Fatal(diff)
		}
	})
}

func TestFoldAgreesWithEqualFold(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		// Letters with surprising orbits, mixed with any others.
		letter := rapid.OneOf(rapid.SampledFrom([]rune("kK\u212AsS\u017FßẞσςΣiIİıåÅ\u212BǅǄǆ")), rapid.Rune())
		a := string(rapid.SliceOfN(letter, 0, 4).Draw(t, "a"))
		b := rapid.SampledFrom([]string{strings.ToUpper(a), strings.ToLower(a), strings.ToTitle(a),
			string(rapid.SliceOfN(letter, 0, 4).Draw(t, "b"))}).Draw(t, "other")
		if got, want := fold(a) == fold(b), strings.EqualFold(a, b); got != want {
			t.Fatalf("fold says %v and EqualFold %v of %q and %q", got, want, a, b)
		}
	})
}
