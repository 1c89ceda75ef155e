package callsfile

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"
	"pgregory.net/rapid"

	"airmock/internal/journal"
	"airmock/internal/journal/journaltest"
)

func TestMain(m *testing.M) {
	// BuntDB's own goroutine sees only at its next tick that it is closed.
	goleak.VerifyTestMain(m, goleak.IgnoreAnyFunction("github.com/tidwall/buntdb.(*DB).backgroundManager"))
}

var now = time.Date(2026, 11, 22, 21, 4, 11, 0, time.UTC)

// run is a journal and its file, from one start to the end.
type run struct {
	*journal.Journal
	file     *File
	warnings []string
}

func begin(t rapid.TB, dir string, change ...func(*Options)) *run {
	t.Helper()
	r := &run{Journal: journal.New(journal.Options{Now: func() time.Time { return now }})}
	o := Options{Dir: dir, Journal: r.Journal, Now: func() time.Time { return now }}
	for _, c := range change {
		c(&o)
	}
	o.Warn = func(text string) { r.warnings = append(r.warnings, text) } // read after the end, or before the goroutine warns
	var err error
	if r.file, err = Open(o); err != nil {
		t.Fatal(err)
	}
	return r
}

func (r *run) end() { r.file.Close() }

func (r *run) create(n int) {
	for range n {
		_, last := r.Bounds()
		r.Append(journaltest.Create(fmt.Sprintf("user%d", last+1), now))
	}
}

func (r *run) all() []*journal.Call {
	calls, _ := r.Since(0, 1<<20)
	return calls
}

func TestTheJournalIsAsItWasAfterARestart(t *testing.T) {
	dir := t.TempDir()
	first := begin(t, dir)
	for range 40 {
		for _, c := range finished(now) {
			first.Append(c)
		}
	}
	first.end()
	second := begin(t, dir)
	if diff := cmp.Diff(first.all(), second.all(), same); diff != "" {
		t.Fatalf("-was +is:\n%s", diff)
	}
	_, last := first.Bounds()
	if second.Restored() != last {
		t.Errorf("%d calls are from before, want %d", second.Restored(), last)
	}
	second.create(5)
	second.end()
	third := begin(t, dir)
	defer third.end()
	if diff := cmp.Diff(second.all(), third.all(), same); diff != "" {
		t.Fatalf("after the second restart, -was +is:\n%s", diff)
	}
	if len(first.warnings)+len(second.warnings)+len(third.warnings) > 0 {
		t.Errorf("warned of %q, %q, %q", first.warnings, second.warnings, third.warnings)
	}
}

func TestManyShortRunsFillChunksAndNotSlots(t *testing.T) {
	dir := t.TempDir()
	for range 3*chunkCalls + 5 {
		r := begin(t, dir, func(o *Options) { o.MaxCalls = 4 * chunkCalls })
		r.create(1)
		r.end()
	}
	r := begin(t, dir)
	defer r.end()
	if n := len(r.all()); n != 3*chunkCalls+5 {
		t.Errorf("%d calls are left", n)
	}
}

// Any numbers of calls, starts and bounds: what is restored is the newest calls
// without a gap, within the bounds, and the file is not larger than it may be.
func TestAnyRunsAgainstAModel(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		dir, err := os.MkdirTemp("", "callsfile")
		if err != nil {
			t.Fatal(err)
		}
		defer os.RemoveAll(dir)
		maxCalls := rapid.IntRange(1, 200).Draw(t, "maxCalls")
		maxBytes := rapid.Int64Range(20<<10, 4<<20).Draw(t, "maxBytes")
		total := uint64(0)
		for range rapid.IntRange(1, 5).Draw(t, "starts") {
			r := begin(t, dir, func(o *Options) { o.MaxCalls, o.MaxBytes = maxCalls, maxBytes })
			calls := r.all()
			if first, last := r.Bounds(); last != total || total > 0 && (first == 0 || len(calls) == 0) {
				t.Fatalf("restored %d to %d of %d", first, last, total)
			}
			if enough := min(uint64(maxCalls), total); maxBytes >= 2<<20 && uint64(len(calls)) < enough {
				t.Fatalf("restored %d calls of %d, with room for %d", len(calls), total, maxCalls)
			}
			for _, c := range calls {
				if c.Effect.Name != fmt.Sprintf("user%d", c.Seq) {
					t.Fatalf("call %d is that of %s", c.Seq, c.Effect.Name)
				}
			}
			n := rapid.IntRange(0, 300).Draw(t, "calls")
			r.create(n)
			total += uint64(n)
			r.end()
			if len(r.warnings) > 0 {
				t.Fatalf("warned of %q", r.warnings)
			}
			// The file is looked at after a round, and one chunk always stays.
			info, err := os.Stat(filepath.Join(dir, fileName))
			if err != nil {
				t.Fatal(err)
			}
			if size, most := info.Size(), maxBytes+100<<10; size > most {
				t.Fatalf("the file has %d bytes, and may have %d", size, most)
			}
		}
	})
}

func TestTheFileDoesNotGrow(t *testing.T) {
	const maxBytes = 1 << 20
	dir := t.TempDir()
	j := journal.New(journal.Options{})
	f, err := open(Options{Dir: dir, Journal: j, MaxBytes: maxBytes})
	if err != nil {
		t.Fatal(err)
	}
	rewritten, before := 0, int64(0)
	for range 200 {
		for range 50 {
			j.Append(journaltest.Create("a.kim@contoso.com", now))
		}
		if err := f.round(); err != nil {
			t.Fatal(err)
		}
		info, err := os.Stat(f.path)
		if err != nil || info.Size() > maxBytes {
			t.Fatalf("the file has %d bytes, %v; the bound is %d", info.Size(), err, maxBytes)
		}
		if info.Size() < before {
			rewritten++
		}
		before = info.Size()
	}
	f.finish()
	if rewritten < 3 {
		t.Errorf("it was written anew %d times only", rewritten)
	}
	if _, err := os.Stat(f.path + ".tmp"); err == nil {
		t.Error("a temporary file is left")
	}
}

func TestDamage(t *testing.T) {
	const calls = 3*chunkCalls + 7
	offset := func(data []byte, text string) int {
		at := bytes.LastIndex(data, []byte(text))
		if at < 0 {
			t.Fatalf("%q is not in the file", text)
		}
		return at
	}
	tests := []struct {
		name   string
		damage func(data []byte) []byte
		kept   int    // calls that are restored
		warned string // "" for nothing
	}{
		{"none", func(d []byte) []byte { return d }, calls, ""},
		{"an empty file", func([]byte) []byte { return nil }, 0, ""},
		{"the last record cut short", func(d []byte) []byte { return d[:len(d)-10] }, 3 * chunkCalls, ""},
		{"zeros at the end", func(d []byte) []byte { return append(d, make([]byte, 4096)...) }, calls, ""},
		{"a flipped byte in the newest chunk", func(d []byte) []byte { d[offset(d, "user103")] ^= 1; return d }, 3 * chunkCalls, "checksum"},
		{"a flipped byte in an old chunk", func(d []byte) []byte { d[offset(d, "user20\"")] ^= 1; return d }, calls - chunkCalls, "checksum"},
		{"garbage in the middle", func(d []byte) []byte { copy(d[offset(d, "*3\r\n"):], "garbage"); return d }, 0, "at byte"},
		{"garbage alone", func([]byte) []byte { return []byte("not a file of airmock's") }, 0, "at byte 0"},
		{"a huge length", func(d []byte) []byte {
			return append(d, "*3\r\n$3\r\nset\r\n$9000000000000000000\r\n"...)
		}, 0, "at byte"},
		{"an empty command", func(d []byte) []byte { return append(d, "*1\r\n$0\r\n\r\n"...) }, 0, "at byte"},
		{"a newer format", func([]byte) []byte {
			return []byte("*3\r\n$3\r\nset\r\n$10\r\nsys:format\r\n$12\r\n{\"format\":2}\r\n")
		}, 0, "newer airmock"},
		{"no format", func([]byte) []byte { return []byte("*3\r\n$3\r\nset\r\n$1\r\na\r\n$1\r\nb\r\n") }, 0, "which format"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			dir := t.TempDir()
			path := filepath.Join(dir, fileName)
			first := begin(t, dir)
			first.create(calls)
			first.end()
			data, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			data = tt.damage(data)
			if err := os.WriteFile(path, data, 0o600); err != nil {
				t.Fatal(err)
			}
			second := begin(t, dir)
			if n := len(second.all()); n != tt.kept {
				t.Errorf("%d calls are restored, want %d", n, tt.kept)
			}
			second.create(3)
			second.end()
			aside, err := filepath.Glob(path + ".damaged-*")
			if err != nil || len(aside) != min(1, len(tt.warned)) {
				t.Fatalf("moved aside: %q, %v", aside, err)
			}
			if warned := strings.Join(second.warnings, "\n"); !strings.Contains(warned, tt.warned) || (tt.warned == "") != (warned == "") {
				t.Errorf("warned of %q, want %q", warned, tt.warned)
			}
			if len(aside) > 0 {
				if moved, err := os.ReadFile(aside[0]); err != nil || !bytes.Equal(moved, data) {
					t.Errorf("the file that was moved aside is not what it was: %v", err)
				}
				if !strings.Contains(second.warnings[0], aside[0]) {
					t.Errorf("the warning does not name %s: %s", aside[0], second.warnings[0])
				}
			}
			third := begin(t, dir)
			defer third.end()
			if diff := cmp.Diff(second.all(), third.all(), same); diff != "" || len(third.warnings) > 0 {
				t.Errorf("after that, warned of %q; -was +is:\n%s", third.warnings, diff)
			}
		})
	}
}

func TestADiskThatIsNearlyFullIsLeftToTheTenantAndSaidOnce(t *testing.T) {
	dir := t.TempDir()
	first := begin(t, dir, func(o *Options) { o.Reserve = 1 << 62 })
	for range 3 {
		first.create(100)
	}
	first.end()
	if len(first.warnings) != 1 || !strings.Contains(first.warnings[0], "the tenant's data") {
		t.Errorf("warned of %q", first.warnings)
	}
	second := begin(t, dir)
	defer second.end()
	if n := len(second.all()); n != 0 {
		t.Errorf("%d calls were written", n)
	}
}

func TestWhatTheDiskRefusedIsWrittenWhenItTakesItAgain(t *testing.T) {
	dir := t.TempDir()
	j := journal.New(journal.Options{})
	var warnings []string
	f, err := open(Options{Dir: dir, Journal: j, Warn: func(text string) { warnings = append(warnings, text) }})
	if err != nil {
		t.Fatal(err)
	}
	write := func(reserve uint64) {
		for range 10 {
			j.Append(journaltest.Create("a.kim@contoso.com", now))
		}
		f.opts.Reserve = reserve
		f.tell(f.round())
	}
	write(1)
	write(1 << 62)
	write(1 << 62)
	write(1)
	f.finish()
	if len(warnings) != 2 || !strings.Contains(warnings[1], "again") {
		t.Errorf("warned of %q", warnings)
	}
	second := begin(t, dir)
	defer second.end()
	if n := len(second.all()); n != 40 {
		t.Errorf("%d calls are there, want 40", n)
	}
}

func TestCallsThatWereDroppedBeforeTheyWereWrittenAreAGap(t *testing.T) {
	dir := t.TempDir()
	j := journal.New(journal.Options{MaxCalls: 50})
	var warnings []string
	f, err := open(Options{Dir: dir, Journal: j, Warn: func(text string) { warnings = append(warnings, text) }})
	if err != nil {
		t.Fatal(err)
	}
	for _, calls := range []int{40, 70, 70} {
		for range calls {
			j.Append(journaltest.Create("a.kim@contoso.com", now))
		}
		f.tell(f.round())
	}
	f.finish()
	if len(warnings) != 1 || !strings.Contains(warnings[0], "20 are not kept") {
		t.Errorf("warned of %q", warnings)
	}
	second := begin(t, dir)
	defer second.end()
	if first, last := second.Bounds(); first != 131 || last != 180 {
		t.Errorf("%d to %d are restored, want 131 to 180", first, last)
	}
}

// FuzzOpen opens anything as a calls file: it is read, or moved aside, and the
// journal goes on.
func FuzzOpen(f *testing.F) {
	dir := f.TempDir()
	r := begin(f, dir)
	r.create(2)
	r.end()
	sound, err := os.ReadFile(filepath.Join(dir, fileName))
	if err != nil {
		f.Fatal(err)
	}
	f.Add(sound)
	f.Add(sound[:len(sound)/2])
	f.Add(bytes.Replace(sound, []byte("c:1"), []byte("c:2"), 1))
	f.Add(bytes.Replace(sound, []byte("$3\r\nc:1"), []byte("$999999999\r\nc:1"), 1))
	f.Add(append(bytes.Clone(sound), "*2\r\n$3\r\ndel\r\n$10\r\nsys:format\r\n"...))
	f.Add([]byte("*1\r\n$7\r\nflushdb\r\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		dir := t.TempDir()
		if err := os.WriteFile(filepath.Join(dir, fileName), data, 0o600); err != nil {
			t.Fatal(err)
		}
		first := begin(t, dir)
		first.create(1)
		first.end()
		second := begin(t, dir)
		defer second.end()
		if diff := cmp.Diff(first.all(), second.all(), same); diff != "" {
			t.Fatalf("-was +is:\n%s", diff)
		}
	})
}
