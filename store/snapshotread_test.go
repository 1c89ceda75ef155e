package store

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"pgregory.net/rapid"
)

// sampleSnapshot is a snapshot of three records, and where each of its lines
// begins: the head, the records, the end.
func sampleSnapshot(tb testing.TB) (file []byte, at []int64) {
	tb.Helper()
	s := memoryStore(tb)
	u := mustCreate(tb, s, users(s), userBody("kim"))
	mustCreate(tb, s, groups(s), groupBody("g", u.ID))
	shot, err := s.Snapshot(tb.Context())
	if err != nil {
		tb.Fatal(err)
	}
	var out bytes.Buffer
	if _, err := shot.WriteTo(&out); err != nil {
		tb.Fatal(err)
	}
	file = out.Bytes()
	at = []int64{0, int64(bytes.IndexByte(file, '\n')) + 1}
	for _, r := range shot.records {
		at = append(at, at[len(at)-1]+sizeOf(r.key, r.value))
	}
	return file, at
}

// build makes a snapshot of records, right in everything but in what they say.
func build(tb testing.TB, ws ...pair) []byte {
	tb.Helper()
	shot := &Snapshot{info: SnapshotInfo{Taken: newClock().now().UTC(), Records: len(ws)}, records: ws}
	for _, w := range ws {
		shot.info.Counts.add(w.key)
	}
	var out bytes.Buffer
	if _, err := shot.WriteTo(&out); err != nil {
		tb.Fatal(err)
	}
	return out.Bytes()
}

func stored(key string, seq uint64, body string) pair {
	at := newClock().now()
	tail := strings.LastIndex(body, `,"meta"`)
	return pair{key, record{seq: seq, version: 1, created: at, modified: at, tail: max(tail, 0), body: []byte(body)}.encode(key)}
}

func TestADamagedSnapshotIsRefusedWithOffsetAndReason(t *testing.T) {
	file, at := sampleSnapshot(t)
	head, end, n := int64(0), at[4], int64(len(file))
	edit := func(old, new string) []byte {
		if !bytes.Contains(file, []byte(old)) {
			t.Fatalf("the snapshot has no %q", old)
		}
		return bytes.Replace(file, []byte(old), []byte(new), 1)
	}
	swapped := bytes.Join([][]byte{file[:at[1]], file[at[2]:at[3]], file[at[1]:at[2]], file[at[3]:]}, nil)
	const lastRecord = -1
	user := `{"schemas":["urn:ietf:params:scim:schemas:core:2.0:User"],"id":"a","userName":"kim","meta":{"resourceType":"User"}}`
	returns := build(t, stored("u:a", 1, "\r"+user))
	tests := []struct {
		name   string
		file   []byte
		offset int64
		reason string
	}{
		{"an empty file", nil, head, "it ends before its first line does"},
		{"half a first line", file[:20], head, "it ends before its first line does"},
		{"a data file", []byte(frameSet + "$10\r\nsys:format\r\n"), head, "there should be the first line of a snapshot"},
		{"a file of anything", bytes.Repeat([]byte("lorem ipsum "), 1000), head, "airmock snapshot"},
		{"JSON of anything", []byte(`{"schemas":[]}` + "\n"), head, "the first line of a snapshot"},
		{"a first line without an end", append([]byte("{"), bytes.Repeat([]byte(" "), 10_000)...), head, "the first line of a snapshot"},
		{"a newer layout", edit(`"version":1`, `"version":2`), head, "newer airmock"},
		{"newer records", edit(`"format":1`, `"format":9`), head, "update airmock"},
		{"a version that is none", edit(`"version":1`, `"version":0`), head, "no airmock writes"},
		{"cut behind the first line", file[:at[1]], at[1], "with 0 of 3 records; it was cut short"},
		{"cut in a record", file[:at[2]+20], at[2], "with 1 of 3 records"},
		{"cut between records", file[:at[3]], at[3], "with 2 of 3 records"},
		{"cut before the last line", file[:end], end, "with 3 of 3 records"},
		{"cut in the last line", file[:n-10], end, "cut short"},
		{"cut before the last byte", file[:n-1], end, "cut short"},
		{"something behind the end", append(bytes.Clone(file), 'x'), n, `something follows the last line: "x"`},
		{"two snapshots", append(bytes.Clone(file), file...), n, "something follows"},
		{"a wrong byte in a value", edit(`"displayName":"g"`, `"displayName":"h"`), at[1], `the record "g:id-0002" is wrong: its checksum`},
		{"a wrong byte in a key", edit("u:id-0001", "u:id-0009"), at[3], `the record "u:id-0009" is wrong`},
		{"a wrong byte in a frame", edit("*3\r\n", "*4\r\n"), at[1], "there should be a record or the last line"},
		{"zeros", append(bytes.Clone(file[:at[2]]), make([]byte, 500)...), at[2], "there should be a record"},
		{"a length that is too small", edit("$9\r\ng:", "$8\r\ng:"), at[1] + int64(frameLen), "the length 8 of a string that has another one"},
		{"a length that is too large", edit("$9\r\ng:", "$99\r\ng:"), at[1] + int64(frameLen), "the length 99 of a string"},
		{"a huge length", edit("$9\r\ng:", "$99999999999\r\ng:"), at[1] + int64(frameLen), "there should be the length of a string"},
		{"records in another order", swapped, at[1] + at[3] - at[2], `it does not belong behind "m:`},
		{"a record twice", slicesInsert(file, at[2], file[at[1]:at[2]]), at[2], "it does not belong behind"},
		{"a record left out", append(bytes.Clone(file[:at[2]]), file[at[3]:]...), end - (at[3] - at[2]), "the last line speaks of 3 records"},
		{"another number of records", edit(`"end","records":3`, `"end","records":4`), end, "the last line speaks of 4 records"},
		{"a wrong checksum", edit(`"crc":"`, `"crc":"x`), end, "with the checksum x"},
		{"another time of the snapshot", edit(`"taken":"2026`, `"taken":"2025`), end, "the last line speaks of"},
		{"the end of another snapshot", append(bytes.Clone(file[:end]), build(t)[bytes.IndexByte(build(t), '\n')+1:]...), end, "the last line speaks of 0 records"},
		{"a record of the system", build(t, pair{keyFormat, `{"format":1}`}), lastRecord, "a snapshot has no such record"},
		{"a value that no checksum is about", build(t, pair{"u:a", "{}"}), lastRecord, "it has no header line"},
		{"a resource that is no JSON", build(t, stored("u:a", 1, user), stored("u:b", 2, `{"id":`)), lastRecord, `the record "u:b" is wrong`},
		{"a sequence number twice", build(t, stored("u:a", 1, user), stored("u:b", 1, user)), lastRecord, "its sequence number 1 belongs to another User"},
		{"a carriage return in a value", returns, int64(bytes.LastIndex(returns, []byte("\n$"))) + 1, "of a string that has another one"},
	}
	for _, tt := range tests {
		for name, s := range twoStores(t, Options{Sync: SyncNever}) {
			t.Run(tt.name+", "+name, func(t *testing.T) {
				mustCreate(t, s, users(s), userBody("before"))
				before := answers(s)
				_, err := s.Restore(t.Context(), bytes.NewReader(tt.file))
				var wrong *SnapshotError
				if !errors.As(err, &wrong) {
					t.Fatalf("restore: %v", err)
				}
				if !strings.Contains(wrong.What, tt.reason) {
					t.Errorf("the reason is %q, want %q", wrong.What, tt.reason)
				}
				if tt.offset == lastRecord {
					tt.offset = int64(bytes.LastIndex(tt.file, []byte(frameSet)))
				}
				if wrong.Offset != tt.offset {
					t.Errorf("the offset is %d, want %d", wrong.Offset, tt.offset)
				}
				if got := answers(s); got != before {
					t.Errorf("the tenant was\n%s\nand is\n%s", before, got)
				}
				wantNoStage(t, s)
				mustCreate(t, s, users(s), userBody("after"))
				if s.opts.Memory {
					return
				}
				after := answers(s)
				mustClose(t, s)
				s = mustOpen(t, s.opts)
				if got := answers(s); got != after {
					t.Errorf("after a restart the tenant is\n%s\nand was\n%s", got, after)
				}
			})
		}
	}
}

func slicesInsert(file []byte, at int64, more []byte) []byte {
	return bytes.Join([][]byte{file[:at], more, file[at:]}, nil)
}

// wantNoStage checks that nothing of a restore is left beside the data.
func wantNoStage(tb testing.TB, s *Store) {
	tb.Helper()
	if s.opts.Memory {
		return
	}
	left, err := os.ReadDir(s.opts.Dir)
	if err != nil {
		tb.Fatal(err)
	}
	for _, e := range left {
		if e.Name() != dataFile && e.Name() != lockFile && e.Name() != historyFileName {
			tb.Errorf("%s is left", e.Name())
		}
	}
}

func TestEveryChangeToASnapshotIsFound(t *testing.T) {
	file, _ := sampleSnapshot(t)
	rapid.Check(t, func(rt *rapid.T) {
		changed := bytes.Clone(file)
		i := rapid.IntRange(0, len(file)-1).Draw(rt, "offset")
		if rapid.Bool().Draw(rt, "cut") {
			changed = changed[:i]
		} else {
			changed[i] ^= byte(rapid.IntRange(1, 255).Draw(rt, "bits"))
		}
		var wrong *SnapshotError
		if _, err := CheckSnapshot(bytes.NewReader(changed), nil); !errors.As(err, &wrong) || wrong.Offset > int64(len(changed)) {
			rt.Fatalf("%v", err)
		}
	})
}

func FuzzSnapshot(f *testing.F) {
	file, at := sampleSnapshot(f)
	f.Add(file)
	f.Add(file[:at[2]])
	f.Add(build(f))
	f.Fuzz(func(t *testing.T, file []byte) {
		info, err := CheckSnapshot(bytes.NewReader(file), nil)
		var wrong *SnapshotError
		if err != nil && !errors.As(err, &wrong) {
			t.Fatalf("%v", err)
		}
		if err != nil && (wrong.Offset < 0 || wrong.Offset > int64(len(file))) {
			t.Errorf("the offset is %d of %d: %v", wrong.Offset, len(file), err)
		}
		if err == nil && info.Records < 0 {
			t.Errorf("%+v", info)
		}
	})
}

func TestASnapshotIsReadInWhateverPieces(t *testing.T) {
	file, _ := sampleSnapshot(t)
	var last float64
	info, err := CheckSnapshot(iotest.OneByteReader(bytes.NewReader(file)), func(done float64) { last = done })
	if err != nil || info.Records != 3 || info.Counts != (Counts{Users: 1, Groups: 1, Memberships: 1}) || last != 1 {
		t.Errorf("%+v, %v, %v", info, err, last)
	}
	if want := newClock().now(); !info.Taken.Equal(want) {
		t.Errorf("taken %v, want %v", info.Taken, want)
	}
	broken := errors.New("broken pipe")
	for _, n := range []int64{0, 40, int64(len(file)) - 5} {
		_, err = CheckSnapshot(io.MultiReader(bytes.NewReader(file[:n]), iotest.ErrReader(broken)), nil)
		if !errors.Is(err, broken) {
			t.Errorf("a reader that breaks after %d bytes: %v", n, err)
		}
	}
}

func TestWhatAKillLeavesOfARestoreIsRemoved(t *testing.T) {
	dir := t.TempDir()
	s := mustOpen(t, Options{Dir: dir})
	u := mustCreate(t, s, users(s), userBody("kim"))
	mustClose(t, s)
	left := filepath.Join(dir, dataFile+stageSuffix+"123")
	if err := os.WriteFile(left, []byte("half a file"), 0o600); err != nil {
		t.Fatal(err)
	}
	s = mustOpen(t, Options{Dir: dir})
	if _, err := s.Get(users(s), u.ID); err != nil {
		t.Error(err)
	}
	wantNoStage(t, s)
}

func TestAReplacementThatFailsLeavesTheOldFile(t *testing.T) {
	file, _ := sampleSnapshot(t)
	for _, shareless := range []bool{false, true} { // true: as on Windows
		t.Run(fmt.Sprintf("shareless %v", shareless), func(t *testing.T) {
			s := mustOpen(t, Options{Dir: t.TempDir(), Sync: SyncAlways})
			d, _ := onDisk(t, s)
			d.shareless = shareless
			mustCreate(t, s, users(s), userBody("before"))
			before := answers(s)
			next, err := d.stage(time.Now())
			if err != nil {
				t.Fatal(err)
			}
			if err := next.finish(); err != nil {
				t.Fatal(err)
			}
			next.discard() // so that it cannot take the place
			if err := s.writer.Load().pause(t.Context(), func() error { return s.replace(t.Context(), s.writer.Load(), next, nil) }); !errors.Is(err, os.ErrNotExist) {
				t.Fatalf("replace: %v", err)
			}
			if got := answers(s); got != before {
				t.Errorf("the tenant was\n%s\nand is\n%s", before, got)
			}
			wantNoStage(t, s)
			mustCreate(t, s, users(s), userBody("after"))
			mustRestore(t, s, file)
			kim := mustCreate(t, s, users(s), userBody("lee"))
			mustClose(t, s)
			s = mustOpen(t, s.opts)
			if r, err := s.Get(users(s), kim.ID); err != nil || r.Name != "lee" || s.Count(users(s)) != 2 {
				t.Errorf("%+v, %v, of %d users", r, err, s.Count(users(s)))
			}
		})
	}
}
