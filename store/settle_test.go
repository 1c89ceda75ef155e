package store

import (
	"bytes"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// TestABackupIsTakenForAllThatACompactionWrites puts a new file together as a
// compaction does, from what each key had at some instant of it and then all
// that was written meanwhile. Cut anywhere, it has nothing that the backup has
// not; with one more write it has.
func TestABackupIsTakenForAllThatACompactionWrites(t *testing.T) {
	dir := t.TempDir()
	path, backup := filepath.Join(dir, dataFile), filepath.Join(dir, dataFile+backupSuffix)
	rapid.Check(t, func(t *rapid.T) {
		seq := uint64(0)
		set := func(key string) write {
			seq++
			return write{key, record{seq: seq, version: 1, created: time.UnixMilli(0), modified: time.UnixMilli(0)}.encode(key)}
		}
		draw := func(label string) []write {
			return rapid.SliceOfN(rapid.Custom(func(t *rapid.T) write {
				key := rapid.SampledFrom([]string{"u:a", "u:b", "m:g:a", "m:g:b"}).Draw(t, "key")
				if rapid.Bool().Draw(t, "delete") {
					return write{key: key}
				}
				return set(key)
			}), 0, 6).Draw(t, label)
		}
		past, meanwhile := draw("past"), draw("meanwhile")
		var news []write
		for _, key := range []string{"m:g:a", "m:g:b", "u:a", "u:b"} {
			seen := rapid.IntRange(0, len(meanwhile)).Draw(t, "seen")
			if value := stateAfter(past, meanwhile[:seen])[key]; value != "" {
				news = append(news, write{key, value})
			}
		}
		news = append(news, meanwhile...)
		if !maps.Equal(stateAfter(news), stateAfter(past, meanwhile)) {
			t.Fatal("the new file is not what the old one came to")
		}

		writeLog(t, backup, slices.Concat(past, meanwhile), 0)
		check := func(ws []write, cut int, want bool) {
			writeLog(t, path, ws, cut)
			if newer, err := isNewer(path, backup); err != nil || newer != want {
				t.Fatalf("%q without %d bytes is newer than %q: %v, %v", ws, cut, slices.Concat(past, meanwhile), newer, err)
			}
		}
		for n := range len(news) + 1 {
			check(news[:n], 0, false)
		}
		check(news, rapid.IntRange(0, 40).Draw(t, "cut"), false)
		check(append(news, set("u:a")), 0, true)
	})
}

func stateAfter(logs ...[]write) map[string]string {
	state := make(map[string]string)
	for _, w := range slices.Concat(logs...) {
		if state[w.key] = w.value; w.value == "" {
			delete(state, w.key)
		}
	}
	return state
}

// writeLog writes a data file without its last cut bytes.
func writeLog(t *rapid.T, path string, ws []write, cut int) {
	var b bytes.Buffer
	for _, w := range ws {
		if w.value == "" {
			fmt.Fprintf(&b, "%s$%d\r\n%s\r\n", frameDel, len(w.key), w.key)
			continue
		}
		fmt.Fprintf(&b, "%s$%d\r\n%s\r\n$%d\r\n%s\r\n", frameSet, len(w.key), w.key, len(w.value), w.value)
	}
	if err := os.WriteFile(path, b.Bytes()[:max(0, b.Len()-cut)], 0o600); err != nil {
		t.Fatal(err)
	}
}
