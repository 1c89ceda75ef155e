package store

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/tidwall/buntdb"
)

func TestACutTailIsSavedBeforeItIsCutOff(t *testing.T) {
	dir := filled(t, 3)
	whole, err := os.ReadFile(filepath.Join(dir, dataFile))
	if err != nil {
		t.Fatal(err)
	}
	last := bytes.LastIndex(whole, []byte(frameSet))
	for name, data := range map[string][]byte{
		"by one byte":          whole[:len(whole)-1],
		"in the value":         whole[:len(whole)-100],
		"in the key":           whole[:last+frameLen+6],
		"in a length":          whole[:last+frameLen+1],
		"in the frame":         whole[:last+5],
		"by zeros behind it":   append(bytes.Clone(whole[:last]), make([]byte, 4096)...),
		"by few zeros":         append(bytes.Clone(whole[:last]), 0),
		"at the record before": whole[:last],
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			path := filepath.Join(dir, dataFile)
			if err := os.WriteFile(path, data, 0o600); err != nil {
				t.Fatal(err)
			}
			var warned collector
			s := mustOpen(t, Options{Dir: dir, Warn: warned.warn})
			if n := s.Count(users(s)); n != 2 {
				t.Errorf("%d users", n)
			}
			mustCreate(t, s, users(s), userBody("next"))
			mustClose(t, s)
			s = mustOpen(t, Options{Dir: dir, Warn: func(w string) { t.Errorf("warned again: %s", w) }})
			if n := s.Count(users(s)); n != 3 {
				t.Errorf("%d users after a write", n)
			}
			checkTail(t, dir, data[last:], warned)
		})
	}
}

// checkTail looks for the copy of the end that was cut off.
func checkTail(t *testing.T, dir string, tail []byte, warned []string) {
	t.Helper()
	copies, err := filepath.Glob(filepath.Join(dir, dataFile+".tail-*"))
	if err != nil {
		t.Fatal(err)
	}
	if len(tail) == 0 {
		if len(copies)+len(warned) != 0 {
			t.Errorf("a whole file left %q and warned %q", copies, warned)
		}
		return
	}
	if len(copies) != 1 || len(warned) != 1 || !strings.Contains(warned[0], copies[0]) {
		t.Fatalf("copies %q, warned %q", copies, warned)
	}
	saved, err := os.ReadFile(copies[0])
	if err != nil || !bytes.Equal(saved, tail) {
		t.Errorf("saved %q, cut off %q, %v", saved, tail, err)
	}
}

func TestADamagedFileIsRefusedWithItsOffsetAndLeftAlone(t *testing.T) {
	dir := filled(t, 3)
	whole, err := os.ReadFile(filepath.Join(dir, dataFile))
	if err != nil {
		t.Fatal(err)
	}
	second := bytes.Index(whole[1:], []byte(frameSet)) + 1
	length := second + frameLen
	replaceAt := func(at int, old, text string) []byte {
		return append(append(bytes.Clone(whole[:at]), text...), whole[at+len(old):]...)
	}
	for name, tt := range map[string]struct {
		data []byte
		at   int
	}{
		"garbage between records":       {replaceAt(second, "", "garbage"), second},
		"zeros between records":         {replaceAt(second, "", strings.Repeat("\x00", 500)), second},
		"a length with another digit":   {replaceAt(length, "$9", "$8"), length},
		"a length past the file":        {replaceAt(length, "$9", "$999911"), second},
		"a length past all memory":      {replaceAt(length, "$9", "$99999999911"), length},
		"a length that overflows":       {replaceAt(length, "$9", "$9223372036854775807"), length},
		"a negative length":             {replaceAt(length, "$9", "$-1"), length},
		"a length without its sign":     {replaceAt(length, "$9", "09"), length},
		"a command without parts":       {replaceAt(second, "", "*1\r\n$0\r\n\r\n"), second},
		"a file that is none of BuntDB": {[]byte("-----BEGIN CERTIFICATE-----\nMIIB\n"), 0},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			path := filepath.Join(dir, dataFile)
			if err := os.WriteFile(path, tt.data, 0o600); err != nil {
				t.Fatal(err)
			}
			err := New(Options{Dir: dir}).Open(t.Context())
			if err == nil {
				t.Fatal("it was opened")
			}
			for _, want := range []string{path + " is damaged", fmt.Sprintf("byte %d", tt.at), "it was not opened", "airmock repair " + dir} {
				if !strings.Contains(err.Error(), want) {
					t.Errorf("the error does not say %s: %v", want, err)
				}
			}
			if after, err := os.ReadFile(path); err != nil || !bytes.Equal(tt.data, after) {
				t.Errorf("the refused file was changed: %v", err)
			}
		})
	}
}

// FuzzPreflight holds the check of the structure against BuntDB: what it calls
// sound, BuntDB reads to the last byte, and finds the same keys and values.
func FuzzPreflight(f *testing.F) {
	const whole = frameSet + "$3\r\nu:1\r\n$2\r\n{}\r\n" + frameDel + "$3\r\nu:1\r\n" + frameSet + "$3\r\nu:2\r\n$0\r\n\r\n"
	for _, seed := range []string{
		"", whole, whole[:len(whole)-3], whole + "\x00\x00", whole[:30] + "\x00\x00\x00" + whole[30:],
		frameSet + "$9999999999\r\n", "*1\r\n$0\r\n\r\n", strings.Replace(whole, "$2", "$22", 1), strings.Replace(whole, "$2", "$9223372036854775807", 1),
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		path := filepath.Join(t.TempDir(), dataFile)
		if err := os.WriteFile(path, data, 0o600); err != nil {
			t.Fatal(err)
		}
		l, err := inspectPath(path)
		var damage *DamageError
		if errors.As(err, &damage) {
			if damage.Offset < 0 || damage.Offset > int64(len(data)) {
				t.Fatalf("the damage of %d bytes is at %d", len(data), damage.Offset)
			}
			return
		}
		if err != nil || l.size != int64(len(data)) || l.end < 0 || l.end > l.size {
			t.Fatalf("%d bytes: %+v, %v", len(data), l, err)
		}
		sound := data[:l.end]
		if err := os.WriteFile(path, sound, 0o600); err != nil {
			t.Fatal(err)
		}
		want, n := plainly(t, sound)
		if n != l.records {
			t.Errorf("%d records, and the preflight saw %d", n, l.records)
		}
		db, err := openBunt(path)
		if err != nil {
			t.Fatalf("BuntDB refuses %q: %v", sound, err)
		}
		got := make(map[string]string)
		err = db.View(func(tx *buntdb.Tx) error {
			return tx.Ascend("", func(key, value string) bool { got[key] = value; return true })
		})
		if err := errors.Join(err, db.Close()); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("of %q BuntDB reads something else: %s", sound, diff)
		}
		if after, err := os.ReadFile(path); err != nil || !bytes.Equal(after, sound) {
			t.Fatalf("BuntDB made %q of %q, %v", after, sound, err)
		}
	})
}

// plainly reads a sound file in the simplest way.
func plainly(t *testing.T, data []byte) (map[string]string, int) {
	got, n := make(map[string]string), 0
	next := func() string {
		line, rest, ok := bytes.Cut(data, []byte("\r\n"))
		size, err := strconv.Atoi(strings.TrimPrefix(string(line), "$"))
		if !ok || err != nil {
			t.Fatalf("the preflight lets %q pass", data)
		}
		data = rest[size+2:]
		return string(rest[:size])
	}
	for ; len(data) > 0; n++ {
		set := bytes.HasPrefix(data, []byte(frameSet))
		data = data[frameLen:]
		if key := next(); set {
			got[key] = next()
		} else {
			delete(got, key)
		}
	}
	return got, n
}

// BenchmarkPreflight reports the speed of the check, and how long it takes of
// the time in which BuntDB itself opens the same file.
func BenchmarkPreflight(b *testing.B) {
	path := filepath.Join(b.TempDir(), dataFile)
	f, err := os.Create(path)
	if err != nil {
		b.Fatal(err)
	}
	w := bufio.NewWriter(f)
	value := []byte(strings.Repeat("x", 1200))
	const records = 200_000
	for i := range records {
		if err := writeSet(w, fmt.Sprintf("u:%036d", i), value); err != nil {
			b.Fatal(err)
		}
	}
	if err := errors.Join(w.Flush(), f.Close()); err != nil {
		b.Fatal(err)
	}
	start := time.Now()
	db, err := openBunt(path)
	if err != nil {
		b.Fatal(err)
	}
	bunt := time.Since(start)
	if err := db.Close(); err != nil {
		b.Fatal(err)
	}
	b.ResetTimer()
	for range b.N {
		l, err := inspectPath(path)
		if err != nil || l.records != records {
			b.Fatal(l, err)
		}
		b.SetBytes(l.size)
	}
	b.ReportMetric(b.Elapsed().Seconds()/float64(b.N)/bunt.Seconds(), "of-BuntDB's-opening")
}
