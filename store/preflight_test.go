package store

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
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
			for _, want := range []string{path + " is damaged", fmt.Sprintf("byte %d", tt.at), "nothing was changed"} {
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

func FuzzSoundEnd(f *testing.F) {
	const whole = frameSet + "$3\r\nu:1\r\n$2\r\n{}\r\n" + frameDel + "$3\r\nu:1\r\n"
	f.Add([]byte(whole))
	f.Add([]byte(whole[:len(whole)-3]))
	f.Add([]byte(whole + "\x00\x00"))
	f.Add([]byte(frameSet + "$9999999999\r\n"))
	f.Add([]byte("*1\r\n$0\r\n\r\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		end, err := soundEnd(bytes.NewReader(data), int64(len(data)))
		if err != nil {
			return
		}
		if end < 0 || end > int64(len(data)) {
			t.Fatalf("the end of %d bytes is at %d", len(data), end)
		}
		// What is sound must be so for BuntDB as well, to the byte.
		path := filepath.Join(t.TempDir(), dataFile)
		if err := os.WriteFile(path, data[:end], 0o600); err != nil {
			t.Fatal(err)
		}
		db, err := openBunt(path)
		if err != nil {
			t.Fatalf("BuntDB refuses %q: %v", data[:end], err)
		}
		if err := db.Close(); err != nil {
			t.Fatal(err)
		}
		if after, err := os.ReadFile(path); err != nil || !bytes.Equal(after, data[:end]) {
			t.Fatalf("BuntDB made %q of %q, %v", after, data[:end], err)
		}
	})
}
