//go:build unix

package store

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"golang.org/x/sys/unix"

	"airmock/internal/scim"
)

// fullDisk returns a directory, and what fills its disk up to room more bytes.
type fullDisk func(t *testing.T) (dir string, fill func(room int64))

// smallDisk is a file system of its own.
func smallDisk(t *testing.T) (string, func(int64)) {
	dir := t.TempDir()
	if out, err := exec.Command("mount", "-t", "tmpfs", "-o", "size=2m", "tmpfs", dir).CombinedOutput(); err != nil {
		t.Skipf("mounting is not allowed here: %s", out)
	}
	t.Cleanup(func() { _ = exec.Command("umount", "-l", dir).Run() })
	return dir, func(room int64) {
		free, err := freeBytes(dir)
		if err != nil {
			t.Fatal(err)
		}
		err = os.WriteFile(filepath.Join(dir, "filler"), make([]byte, max(0, int64(free)-room)), 0o600)
		if err != nil && !errors.Is(err, unix.ENOSPC) { // a writer took some of it meanwhile
			t.Fatal(err)
		}
	}
}

// limitedFile lets no file grow beyond a size. The tenant's, which is larger
// already, is refused each write then.
func limitedFile(t *testing.T) (string, func(int64)) {
	signal.Ignore(unix.SIGXFSZ)
	var before unix.Rlimit
	if err := unix.Getrlimit(unix.RLIMIT_FSIZE, &before); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := unix.Setrlimit(unix.RLIMIT_FSIZE, &before); err != nil {
			t.Error(err)
		}
		signal.Reset(unix.SIGXFSZ)
	})
	return t.TempDir(), func(room int64) {
		limit := before
		limit.Cur = uint64(room)
		if err := unix.Setrlimit(unix.RLIMIT_FSIZE, &limit); err != nil {
			t.Fatal(err)
		}
	}
}

func TestADiskThatFillsUpInACompactionCostsNothing(t *testing.T) {
	for name, disk := range map[string]fullDisk{"small disk": smallDisk, "limited file": limitedFile} {
		t.Run(name, func(t *testing.T) {
			dir, fill := disk(t)
			s := mustOpen(t, Options{Dir: dir, Sync: SyncAlways})
			bloat(t, s, 300, 2)
			was := dump(s)
			d, _ := onDisk(t, s)
			before, err := os.ReadFile(d.path)
			if err != nil {
				t.Fatal(err)
			}
			fill(d.live.Load() / 2)
			if err := d.keepOld(); err != nil {
				t.Fatal(err)
			}
			// What compact would do if others took the room after it looked.
			if err := d.replace(); !errors.Is(err, unix.ENOSPC) && !errors.Is(err, unix.EFBIG) {
				t.Fatalf("replace = %v", err)
			}
			wantNothingLeft(t, d.path)
			if after, err := os.ReadFile(d.path); err != nil || !bytes.Equal(before, after) {
				t.Errorf("the file has changed: %v", err)
			}
			if got := dump(s); got != was || s.ReadOnly() {
				t.Error("the tenant has changed")
			}
			if name == "small disk" {
				mustCreate(t, s, users(s), userBody("there is room for this one"))
			}
		})
	}
}

func TestADiskWithoutRoomIsNotCompacted(t *testing.T) {
	dir, fill := smallDisk(t)
	s := mustOpen(t, Options{Dir: dir, Sync: SyncNever})
	bloat(t, s, 300, 2)
	d, size := onDisk(t, s)
	fill(d.live.Load())
	if err := d.compact(); err == nil || !strings.Contains(err.Error(), "MB are needed") {
		t.Errorf("compact = %v", err)
	}
	if _, now := onDisk(t, s); now != size {
		t.Errorf("from %d to %d bytes", size, now)
	}
	wantNothingLeft(t, d.path)
}

// TestAFileSystemWithoutHardLinksIsNotCompacted stands for one by a file to
// which a link would lead to another file system.
func TestAFileSystemWithoutHardLinksIsNotCompacted(t *testing.T) {
	dir := t.TempDir()
	s := mustOpen(t, Options{Dir: dir, Sync: SyncNever})
	bloat(t, s, 3, 2)
	d, size := onDisk(t, s)
	if out, err := exec.Command("mount", "--bind", d.path, d.path).CombinedOutput(); err != nil { // a link would cross a mount
		t.Skipf("mounting is not allowed here: %s", out)
	}
	t.Cleanup(func() { _ = exec.Command("umount", "-l", d.path).Run() })
	if err := d.compact(); err == nil || !strings.Contains(err.Error(), "second name") || !strings.Contains(err.Error(), repairCommand(dir)+" --force") {
		t.Errorf("compact = %v", err)
	}
	if _, now := onDisk(t, s); now != size {
		t.Errorf("from %d to %d bytes", size, now)
	}
	wantNothingLeft(t, d.path)
}

// TestNothingIsLostWhereADiskFillsUpDuringWritesAndCompactions lets writers and
// compactions at a disk that is full now and then, for either of them.
func TestNothingIsLostWhereADiskFillsUpDuringWritesAndCompactions(t *testing.T) {
	dir, fill := smallDisk(t)
	s := mustOpen(t, Options{Dir: dir, Sync: SyncSecond})
	bloat(t, s, 300, 1)
	d, _ := onDisk(t, s)
	var stop atomic.Bool
	var all sync.WaitGroup
	acked := make([][]string, 4)
	var refused atomic.Int64
	for w := range acked {
		all.Go(func() {
			for i := 0; !stop.Load(); i++ {
				body := scim.NewObject()
				body.Set("userName", scim.NewString(fmt.Sprintf("late-%d-%d", w, i)))
				c, err := s.Create(t.Context(), users(s), scim.Draft{Body: body})
				switch {
				case err == nil:
					acked[w] = append(acked[w], c.After.ID)
				case errors.Is(err, ErrReadOnly):
					refused.Add(1)
					runtime.Gosched()
				default:
					t.Errorf("create: %v", err)
					return
				}
			}
		})
	}
	for _, room := range []int64{64 << 10, 300 << 10, 16 << 10} {
		fill(room)
		before := refused.Load()
		err := d.keepOld()
		if err == nil {
			d.replacing.Lock()
			err = d.replace()
			d.replacing.Unlock()
		}
		for refused.Load() == before && !t.Failed() { // the writers find it full, too
			runtime.Gosched()
		}
		t.Logf("with %d bytes of room: %v, %d writes refused", room, err, refused.Load()-before)
		if err := os.Remove(filepath.Join(dir, "filler")); err != nil {
			t.Fatal(err)
		}
		for s.ReadOnly() {
			runtime.Gosched()
		}
	}
	stop.Store(true)
	all.Wait()
	was := dump(s)
	for _, id := range slices.Concat(acked...) {
		if _, err := s.Get(users(s), id); err != nil {
			t.Errorf("%s was acknowledged: %v", id, err)
		}
	}
	mustClose(t, s)
	wantNothingLeft(t, d.path)
	if got := dump(mustOpen(t, Options{Dir: dir})); got != was {
		t.Error("opened again, the tenant is another one")
	}
}
