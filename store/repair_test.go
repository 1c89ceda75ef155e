package store

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/tidwall/buntdb"
	"pgregory.net/rapid"
)

// counts are a report's kinds as "users 3 kept, 1 older, 0 lost", those of
// which there is something.
func counts(r *RepairReport) map[string][3]int {
	out := make(map[string][3]int)
	for _, k := range r.Kinds {
		if k.Kept+k.Lost > 0 {
			out[k.Kind] = [3]int{k.Kept, k.Older, k.Lost}
		}
	}
	return out
}

// peopled returns a directory with users, a group that has them, and a token;
// the first user is in its second version, and a fourth was deleted.
func peopled(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	s := mustOpen(t, Options{Dir: dir, NewID: counterIDs(), Now: newClock().now})
	a, b, c := mustCreate(t, s, users(s), userBody("a")), mustCreate(t, s, users(s), userBody("b")), mustCreate(t, s, users(s), userBody("c"))
	d := mustCreate(t, s, users(s), userBody("d"))
	mustCreate(t, s, groups(s), groupBody("g", a.ID, b.ID, c.ID, d.ID))
	if _, err := replace(t, s, users(s), a.ID, `{"userName":"a","title":"Boss"}`); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Delete(t.Context(), users(s), d.ID, nil); err != nil {
		t.Fatal(err)
	}
	if _, _, err := s.CreateToken(t.Context(), "azure", 0); err != nil {
		t.Fatal(err)
	}
	mustClose(t, s)
	return dir
}

// lastOf returns where the last record with a key starts, and where it ends.
func lastOf(t *testing.T, data []byte, key string) (start, end int) {
	t.Helper()
	at := bytes.LastIndex(data, []byte("\r\n"+key+"\r\n"))
	if at < 0 {
		t.Fatalf("%s is not in the file", key)
	}
	start = bytes.LastIndex(data[:at], []byte("*"))
	if end = nextFrame(data, start+1); end < 0 {
		end = len(data)
	}
	return start, end
}

func TestARepairSavesWhatCanBeRead(t *testing.T) {
	all := map[string][3]int{"users": {3, 0, 0}, "groups": {1, 0, 0}, "memberships": {3, 0, 0}, "tokens": {1, 0, 0}}
	with := func(kind string, n [3]int) map[string][3]int {
		m := map[string][3]int{kind: n}
		for k, v := range all {
			if k != kind {
				m[k] = v
			}
		}
		return m
	}
	// flip changes a byte of the value of a key's last record.
	flip := func(key string) func(*testing.T, []byte) []byte {
		return func(t *testing.T, data []byte) []byte {
			_, end := lastOf(t, data, key)
			data[end-4] ^= 1
			return data
		}
	}
	lostUser := with("users", [3]int{2, 0, 1})
	lostUser["memberships"] = [3]int{2, 0, 1}
	lostGroup := map[string][3]int{"users": {3, 0, 0}, "groups": {0, 0, 1}, "memberships": {0, 0, 3}, "tokens": {1, 0, 0}}
	for name, tt := range map[string]struct {
		damage   func(t *testing.T, data []byte) []byte
		want     map[string][3]int
		places   int
		dangling int
	}{
		"a user, whose membership goes too":  {flip("u:id-0002"), lostUser, 1, 1},
		"a user of whom an older version is": {flip("u:id-0001"), with("users", [3]int{3, 1, 0}), 1, 0},
		"a membership":                       {flip("m:id-0005:id-0003"), with("memberships", [3]int{2, 0, 1}), 1, 0},
		"a key's first byte": {func(t *testing.T, d []byte) []byte {
			return bytes.Replace(d, []byte("\r\nu:id-0003\r\n"), []byte("\r\nU:id-0003\r\n"), 1)
		}, map[string][3]int{"users": {2, 0, 0}, "groups": {1, 0, 0}, "memberships": {2, 0, 1}, "tokens": {1, 0, 0}, "other": {0, 0, 1}}, 1, 1},
		"the frame of a record": {func(t *testing.T, d []byte) []byte { s, _ := lastOf(t, d, "u:id-0003"); d[s] = '+'; return d }, all, 1, 0},
		"the frames of two": {func(t *testing.T, d []byte) []byte {
			s, _ := lastOf(t, d, "u:id-0002")
			d[s] = '+'
			s, _ = lastOf(t, d, "u:id-0003")
			d[s+5] = '+'
			return d
		}, all, 1, 0},
		"the length of a deletion": {func(t *testing.T, d []byte) []byte {
			s, _ := lastOf(t, d, "u:id-0004")
			d[s+frameLen+1] = '7'
			return d
		}, all, 1, 0},
		"garbage at the start": {func(t *testing.T, d []byte) []byte { return append([]byte("\xff\xfe\r\n\r\n$9\r\n"), d...) }, all, 1, 0},
		"zeros at the end":     {func(t *testing.T, d []byte) []byte { return append(d, make([]byte, 5000)...) }, all, 1, 0},
		"the format": {func(t *testing.T, d []byte) []byte {
			return bytes.Replace(d, []byte(`"format":1`), []byte(`"format":x`), 1)
		}, all, 0, 0},
		"the whole group in all its versions": {func(t *testing.T, d []byte) []byte {
			return bytes.ReplaceAll(d, []byte(`"displayName":"g"`), []byte(`"displayName":"h"`))
		}, lostGroup, 2, 3},
		"a cut tail": {func(t *testing.T, d []byte) []byte { return d[:len(d)-9] }, with("tokens", [3]int{0, 0, 1}), 1, 0},
	} {
		t.Run(name, func(t *testing.T) {
			dir := peopled(t)
			path := filepath.Join(dir, dataFile)
			data, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			data = tt.damage(t, data)
			if err := os.WriteFile(path, data, 0o400); err != nil {
				t.Fatal(err)
			}
			to := filepath.Join(t.TempDir(), "new")
			r, err := Repair(t.Context(), RepairOptions{Dir: dir, To: to})
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tt.want, counts(r)); diff != "" {
				t.Errorf("%s\n%+v", diff, r.Damage)
			}
			if r.Places != tt.places || len(r.Damage) != tt.places || r.Dangling != tt.dangling || r.To != to || r.Sound() {
				t.Errorf("%+v", r)
			}
			if after, err := os.ReadFile(path); err != nil || !bytes.Equal(after, data) {
				t.Errorf("the original was changed: %v", err)
			}
			s := mustOpen(t, Options{Dir: to, Warn: func(w string) { t.Errorf("warned: %s", w) }})
			if got := []int{s.Count(users(s)), s.Count(groups(s)), len(s.Tokens())}; !slices.Equal(got, []int{tt.want["users"][0], tt.want["groups"][0], tt.want["tokens"][0]}) {
				t.Errorf("it opens with %v", got)
			}
			if again, err := Repair(t.Context(), RepairOptions{Dir: to}); err == nil || !strings.Contains(err.Error(), "another airmock is running") {
				t.Errorf("a repair under a running tenant = %+v, %v", again, err)
			}
		})
	}
}

func TestARepairOfWhatIsSoundWritesNothingUnlessForced(t *testing.T) {
	dir := peopled(t)
	to := dir + "-repaired"
	t.Cleanup(func() { os.RemoveAll(to) })
	r, err := Repair(t.Context(), RepairOptions{Dir: dir})
	if err != nil || !r.Sound() || r.To != "" || exists(to) {
		t.Fatalf("repair = %+v, %v", r, err)
	}
	r, err = Repair(t.Context(), RepairOptions{Dir: dir, Force: true})
	if err != nil || !r.Sound() || r.To != to {
		t.Fatalf("forced = %+v, %v", r, err)
	}
	want, got := allOf(t, dir), allOf(t, to)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if r, err := Repair(t.Context(), RepairOptions{Dir: dir, Force: true}); err == nil || !strings.Contains(err.Error(), to+" is not empty") {
		t.Errorf("over what is there = %+v, %v", r, err)
	}
}

// allOf returns what BuntDB reads of a directory.
func allOf(t *testing.T, dir string) map[string]string {
	t.Helper()
	db, err := openBunt(filepath.Join(dir, dataFile))
	if err != nil {
		t.Fatal(err)
	}
	all := make(map[string]string)
	err = db.View(func(tx *buntdb.Tx) error {
		return tx.Ascend("", func(key, value string) bool { all[key] = value; return true })
	})
	if err := errors.Join(err, db.Close()); err != nil {
		t.Fatal(err)
	}
	return all
}

func TestARepairThatCannotEndLeavesNothing(t *testing.T) {
	canceled, cancel := context.WithCancel(t.Context())
	cancel()
	halfway, stop := context.WithCancel(t.Context())
	garbage := t.TempDir()
	if err := os.WriteFile(filepath.Join(garbage, dataFile), []byte("-----BEGIN CERTIFICATE-----\r\nMIIB\r\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for name, tt := range map[string]struct {
		ctx  context.Context
		o    RepairOptions
		want string
	}{
		"interrupted at once": {canceled, RepairOptions{Dir: peopled(t)}, "context canceled"},
		"interrupted while writes": {halfway, RepairOptions{Dir: peopled(t), Progress: func(done float64) {
			if done >= 0.5 {
				stop()
			}
		}}, "context canceled"},
		"no data":              {t.Context(), RepairOptions{Dir: t.TempDir()}, "there is no tenant.db"},
		"no directory":         {t.Context(), RepairOptions{Dir: filepath.Join(t.TempDir(), "not")}, "there is no tenant.db"},
		"nothing of airmock's": {t.Context(), RepairOptions{Dir: garbage}, "holds no record that can be read"},
	} {
		t.Run(name, func(t *testing.T) {
			tt.o.To, tt.o.Force = filepath.Join(t.TempDir(), "new"), true
			if r, err := Repair(tt.ctx, tt.o); err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("repair = %+v, %v", r, err)
			}
			if exists(tt.o.To) {
				t.Error("the new directory is there")
			}
		})
	}
}

// TestARepairKeepsEveryRecordThatNoDamageHit hits a file at random and holds
// the repair to every record whose bytes are as they were.
func TestARepairKeepsEveryRecordThatNoDamageHit(t *testing.T) {
	dir := filled(t, 12)
	whole, err := os.ReadFile(filepath.Join(dir, dataFile))
	if err != nil {
		t.Fatal(err)
	}
	rapid.Check(t, func(rt *rapid.T) {
		from := rapid.IntRange(0, len(whole)-1).Draw(rt, "from")
		to := min(len(whole), from+rapid.IntRange(0, 700).Draw(rt, "bytes"))
		junk := rapid.SliceOfN(rapid.Byte(), 0, 900).Draw(rt, "junk")
		work, err := os.MkdirTemp(t.TempDir(), "")
		if err != nil {
			rt.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(work, dataFile), slices.Concat(whole[:from], junk, whole[to:]), 0o600); err != nil {
			rt.Fatal(err)
		}
		s, err := salvageFile(t.Context(), filepath.Join(work, dataFile), func(float64) {})
		if err != nil {
			rt.Fatal(err)
		}
		for at := 0; at >= 0 && at < len(whole); {
			next := nextFrame(whole, at+1)
			end := next
			if end < 0 {
				end = len(whole)
			}
			c, _ := block{data: whole[at:end]}.command()
			// The line's end before a record must be there, as what separates.
			intact := end <= from || at-len(crlf) >= to
			if _, kept := s.values[c.key]; intact && c.key != keyFormat && !kept {
				rt.Fatalf("bytes %d to %d are damaged, and %s at %d to %d is lost", from, to, c.key, at, end)
			}
			at = next
		}
	})
}

func TestARepairCountsTypesThatTheCatalogDoesNotHave(t *testing.T) {
	dir := peopled(t)
	tamper(t, dir, func(tx *buntdb.Tx) error {
		for _, key := range []string{otherPrefix + "device:d1", memberPrefix + "id-0005:d1", "x:later"} {
			if err := set(key, record{seq: 500, version: 1, tail: 1, body: []byte("{}")}.encode(key))(tx); err != nil {
				return err
			}
		}
		return nil
	})
	to := filepath.Join(t.TempDir(), "new")
	r, err := Repair(t.Context(), RepairOptions{Dir: dir, To: to, Force: true})
	if err != nil {
		t.Fatal(err)
	}
	want := map[string][3]int{
		"users": {3, 0, 0}, "groups": {1, 0, 0}, "memberships": {4, 0, 0}, "tokens": {1, 0, 0},
		"custom types": {1, 0, 0}, "other": {1, 0, 0},
	}
	if diff := cmp.Diff(want, counts(r)); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff(allOf(t, dir), allOf(t, to)); diff != "" {
		t.Error(diff)
	}
}
