package store

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/tidwall/buntdb"
)

// collector is Options.Warn for tests.
type collector []string

func (c *collector) warn(w string) { *c = append(*c, w) }

func TestDataIsThereAfterARestart(t *testing.T) {
	for _, sync := range []SyncPolicy{SyncSecond, SyncAlways, SyncNever} {
		t.Run(string(sync), func(t *testing.T) {
			dir := filepath.Join(t.TempDir(), "not", "there", "yet")
			s := mustOpen(t, Options{Dir: dir, Sync: sync})
			u := mustCreate(t, s, users(s), `{"userName":"Bärbel@contoso.com","externalId":"b","displayName":"B","active":false}`)
			c, err := replace(t, s, users(s), u.ID, `{"userName":"Bärbel@contoso.com","externalId":"b","displayName":"\u0042","active":false,"title":"Boss"}`)
			if err != nil {
				t.Fatal(err)
			}
			g := mustCreate(t, s, groups(s), groupBody("g", u.ID))
			mustClose(t, s)

			s = mustOpen(t, Options{Dir: dir, Sync: sync, Warn: func(w string) { t.Errorf("warned: %s", w) }})
			for _, want := range []*Resource{c.After, g} {
				got, err := s.Lookup(want.ID)
				if err != nil {
					t.Fatal(err)
				}
				want.Type, got.Type, want.home, got.home = nil, nil, nil, nil // pointers into two stores
				if diff := cmp.Diff(want, got, cmp.AllowUnexported(Resource{})); diff != "" {
					t.Error(diff)
				}
				got.Type = users(s)
			}
			if n := mustCreate(t, s, users(s), userBody("next")); n.Seq <= g.Seq {
				t.Errorf("sequence number %d after %d", n.Seq, g.Seq)
			}
		})
	}
}

func TestFilesAreForTheirOwnerAlone(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("Windows has no such modes")
	}
	dir := filepath.Join(t.TempDir(), "tenant")
	s := mustOpen(t, Options{Dir: dir})
	for path, want := range map[string]fs.FileMode{
		dir: fs.ModeDir | 0o700, filepath.Join(dir, dataFile): 0o600, filepath.Join(dir, lockFile): 0o600,
	} {
		info, err := os.Stat(path)
		if err != nil {
			t.Fatal(err)
		}
		if info.Mode() != want {
			t.Errorf("%s has mode %v", path, info.Mode())
		}
	}
	mustClose(t, s)
}

func TestMemoryTouchesNoDisk(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "tenant")
	s := mustOpen(t, Options{Dir: dir, Memory: true})
	if err := s.Lock(); err != nil {
		t.Error(err)
	}
	mustCreate(t, s, users(s), userBody("a"))
	mustClose(t, s)
	if _, err := os.Stat(dir); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("the directory is there: %v", err)
	}
}

func TestADirectoryIsLockedFromLockToClose(t *testing.T) {
	dir := t.TempDir()
	first, second := New(Options{Dir: dir}), New(Options{Dir: dir})
	refused := func() {
		t.Helper()
		if err := second.Open(t.Context()); err == nil || !strings.Contains(err.Error(), "another airmock is running on "+dir) {
			t.Errorf("second open = %v", err)
		}
	}
	if err := first.Lock(); err != nil {
		t.Fatal(err)
	}
	refused()
	if err := first.Open(t.Context()); err != nil {
		t.Fatal(err)
	}
	refused()
	if err := first.Open(t.Context()); err == nil {
		t.Error("one store was opened twice")
	}
	mustClose(t, first)
	if err := second.Open(t.Context()); err != nil {
		t.Errorf("after Close: %v", err)
	}
	mustClose(t, second)
}

func TestWhatCannotBeOpenedIsRefused(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	canceled, cancel := context.WithCancel(t.Context())
	cancel()
	tests := []struct {
		name string
		ctx  context.Context
		o    Options
		want string
	}{
		{"a directory that is a file", t.Context(), Options{Dir: file}, "make the data directory"},
		{"no directory", t.Context(), Options{}, "no data directory"},
		{"an unknown sync policy", t.Context(), Options{Dir: t.TempDir(), Sync: "often"}, `no sync policy "often"; take second, always or never`},
		{"a context that ended", canceled, Options{Dir: filled(t, 2*scanChunk)}, "context canceled"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s := New(tt.o)
			err := s.Open(tt.ctx)
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("open = %v", err)
			}
			mustClose(t, s)
		})
	}
}

// filled returns a directory with n users.
func filled(t *testing.T, n int) string {
	t.Helper()
	dir := t.TempDir()
	s := mustOpen(t, Options{Dir: dir, Sync: SyncNever, NewID: counterIDs()})
	for i := range n {
		mustCreate(t, s, users(s), userBody(fmt.Sprintf("user-%d@contoso.com", i)))
	}
	mustClose(t, s)
	return dir
}

// tamper changes the keys of a directory's file behind the store's back.
func tamper(t *testing.T, dir string, fn func(tx *buntdb.Tx) error) {
	t.Helper()
	db, err := buntdb.Open(filepath.Join(dir, dataFile))
	if err != nil {
		t.Fatal(err)
	}
	if err := db.Update(fn); err != nil {
		t.Fatal(err)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
}

func set(key, value string) func(tx *buntdb.Tx) error {
	return func(tx *buntdb.Tx) error {
		_, _, err := tx.Set(key, value, nil)
		return err
	}
}

func TestRecordsThatCannotBeTrustedAreRefusedByName(t *testing.T) {
	rec := func(key, body string, tail int) string {
		return record{seq: 1000, version: 1, tail: tail, body: []byte(body)}.encode(key)
	}
	tests := []struct {
		name   string
		tamper func(tx *buntdb.Tx) error
		want   []string
	}{
		{"a newer format", set(keyFormat, `{"format":2,"written":"by a later one"}`), []string{"format 2", "newer airmock", "up to format 1"}},
		{"a format that is none", set(keyFormat, `elephant`), []string{"does not say which format", "elephant"}},
		{"a file of something else", func(tx *buntdb.Tx) error { _, err := tx.Delete(keyFormat); return err }, []string{"format of"}},
		{"a changed byte", func(tx *buntdb.Tx) error {
			v, err := tx.Get("u:id-0001")
			if err != nil {
				return err
			}
			return set("u:id-0001", strings.Replace(v, "contoso", "Contoso", 1))(tx)
		}, []string{`"u:id-0001"`, "checksum"}},
		{"no header", set("u:x", "{}"), []string{`"u:x"`, "no header"}},
		{"an image that is not JSON", set("u:x", rec("u:x", "{", 1)), []string{`"u:x"`, "JSON"}},
		{"a tail outside the image", set("u:x", rec("u:x", "{}", 3)), []string{`"u:x"`, "tail"}},
		{"a sequence number twice", set("u:x", record{seq: 1, body: []byte("{}"), tail: 1}.encode("u:x")), []string{`"u:x"`, "sequence number 1"}},
		{"a membership of one", set("m:x", rec("m:x", "", 0)), []string{`"m:x"`, "no group and member"}},
		{"a token whose key is no hash", set("tok:x", rec("tok:x", "{}", 0)), []string{`"tok:x"`, "SHA-256"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			dir := filled(t, 2)
			tamper(t, dir, tt.tamper)
			path := filepath.Join(dir, dataFile)
			before, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			err = New(Options{Dir: dir}).Open(t.Context())
			if err == nil {
				t.Fatal("it was opened")
			}
			for _, want := range append(tt.want, path) {
				if !strings.Contains(err.Error(), want) {
					t.Errorf("the error does not say %s: %v", want, err)
				}
			}
			if after, err := os.ReadFile(path); err != nil || !bytes.Equal(before, after) {
				t.Errorf("the refused file was changed: %v", err)
			}
		})
	}
}

func TestMembershipsThatPointNowhereAreDroppedAndReported(t *testing.T) {
	dir := t.TempDir()
	s := mustOpen(t, Options{Dir: dir, NewID: counterIDs()})
	u := mustCreate(t, s, users(s), userBody("u"))
	v := mustCreate(t, s, users(s), userBody("v"))
	g := mustCreate(t, s, groups(s), groupBody("g", u.ID, v.ID))
	h := mustCreate(t, s, groups(s), groupBody("h", v.ID))
	mustClose(t, s)
	tamper(t, dir, func(tx *buntdb.Tx) error {
		_, err1 := tx.Delete(userPrefix + u.ID)
		_, err2 := tx.Delete(groupPrefix + h.ID)
		return errors.Join(err1, err2)
	})
	var warned collector
	s = mustOpen(t, Options{Dir: dir, Warn: warned.warn})
	if diff := cmp.Diff([]string{v.ID}, ids(s.Members(g.ID))); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]string{g.ID}, ids(s.GroupsOf(v.ID))); diff != "" {
		t.Error(diff)
	}
	if len(warned) != 1 || !strings.Contains(warned[0], "dropped 2 memberships") {
		t.Errorf("warned %q", warned)
	}
	mustClose(t, s)
	mustOpen(t, Options{Dir: dir, Warn: func(w string) { t.Errorf("warned again: %s", w) }})
}

func TestAUserNameThatTwoHaveIsReportedAndBothAreKept(t *testing.T) {
	dir := filled(t, 1)
	s := New(Options{})
	m := s.model.Load()
	d := &delta{lastSeq: 100}
	_, stored := m.tables["User"].version(nil, "twin", draft(t, users(s), userBody("USER-0@contoso.com")).Body, d, false)
	tamper(t, dir, set(stored.key, stored.value))

	var warned collector
	s = mustOpen(t, Options{Dir: dir, Warn: warned.warn})
	if len(warned) != 1 || !strings.Contains(warned[0], "id-0001") || !strings.Contains(warned[0], "twin") {
		t.Errorf("warned %q", warned)
	}
	page, err := s.Query(t.Context(), Query{Type: users(s), Filter: filter(t, users(s), `userName eq "user-0@contoso.com"`), Count: -1})
	if err != nil || page.Total != 2 {
		t.Errorf("found %v, %v", ids(page.Resources), err)
	}
	for _, id := range []string{"id-0001", "twin"} {
		if _, err := replace(t, s, users(s), id, `{"userName":"user-0@contoso.com","active":false}`); err != nil {
			t.Errorf("%s cannot be disabled: %v", id, err)
		}
	}
	if _, err := s.Delete(t.Context(), users(s), "twin", nil); err != nil {
		t.Fatal(err)
	}
	mustClose(t, s)
	mustOpen(t, Options{Dir: dir, Warn: func(w string) { t.Errorf("warned again: %s", w) }})
}

func TestABatchThatCouldNotBeSyncedIsTakenBack(t *testing.T) {
	dir := filled(t, 2)
	o := New(Options{Dir: dir, Sync: SyncAlways}).opts
	d, err := openDisk(t.Context(), o, newModel(o.Catalog))
	if err != nil {
		t.Fatal(err)
	}
	get := func(key string) (value string) {
		err := d.db.View(func(tx *buntdb.Tx) (err error) { value, err = tx.Get(key); return err })
		if err != nil && !errors.Is(err, buntdb.ErrNotFound) {
			t.Fatal(err)
		}
		return value
	}
	one, two := get("u:id-0001"), get("u:id-0002")
	if one == "" || two == "" {
		t.Fatal("the users are not there")
	}
	if err := d.file.Close(); err != nil { // the next sync fails
		t.Fatal(err)
	}
	err = d.write([]write{{"u:id-0001", "changed"}, {"u:id-0002", ""}, {"u:new", "new"}, {"u:new", "newer"}})
	if !errors.Is(err, os.ErrClosed) {
		t.Fatalf("write = %v", err)
	}
	asBefore := func() {
		t.Helper()
		if get("u:id-0001") != one || get("u:id-0002") != two || get("u:new") != "" {
			t.Error("what was answered with an error is in the file")
		}
	}
	asBefore()
	old, err := os.Stat(d.path)
	if err != nil {
		t.Fatal(err)
	}
	if err := d.probe(1 << 10); err != nil {
		t.Fatal(err)
	}
	asBefore()
	// The system forgets which pages a failed fsync left unwritten, so the file
	// has to be a new one, and the old one gone.
	anew, err := os.Stat(d.path)
	if err != nil || os.SameFile(old, anew) {
		t.Errorf("the file was not written anew: %v", err)
	}
	if exists(d.path + backupSuffix) {
		t.Error("the old file is still there")
	}
	if err := d.write([]write{{plainPrefix + "x", "later"}}); err != nil { // with the new descriptor
		t.Error(err)
	}
	if err := d.close(); err != nil {
		t.Error(err)
	}
	s := mustOpen(t, Options{Dir: dir, Warn: func(w string) { t.Errorf("warned: %s", w) }})
	if s.Count(users(s)) != 2 {
		t.Errorf("%d users", s.Count(users(s)))
	}
}

func TestABuntDBThatPanicsIsNotCalledAgain(t *testing.T) {
	file, err := os.Create(filepath.Join(t.TempDir(), dataFile))
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	d := &bunt{path: file.Name(), file: file} // no database behind it
	first := d.write([]write{{"u:x", "x"}})
	if first == nil || !strings.Contains(first.Error(), "gave up on "+file.Name()) {
		t.Fatalf("write = %v", first)
	}
	if got := readOnlyReason(first); !strings.HasSuffix(got, "restart airmock to write again, nothing is lost") {
		t.Errorf("it ends thus: %s", got)
	}
	if got := readOnlyReason(errFull); !strings.HasSuffix(got, "; it tries again each second") {
		t.Errorf("a full disk ends thus: %s", got)
	}
	if second := d.write([]write{{"u:x", "x"}}); second != first {
		t.Errorf("second write = %v", second)
	}
}

func TestAPanicInsideATransactionStoresNothing(t *testing.T) {
	dir := filled(t, 1)
	db, err := openBunt(filepath.Join(dir, dataFile))
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	err = db.View(func(tx *buntdb.Tx) error {
		_, err := setAll(nil, []write{{"u:x", "x"}}) // a nil transaction panics
		return err
	})
	if err == nil || !strings.Contains(err.Error(), "panicked") {
		t.Errorf("setAll = %v", err)
	}
}
