package cli

import (
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"strings"

	"golang.org/x/sys/unix"
)

const (
	// firstHuge is how much of the heap of a small tenant gets huge pages, in bytes:
	// what a flood of calls makes it grow to, and some.
	firstHuge = 1 << 30
	// hugeTimes is how much more for each byte of the data: the model takes not quite
	// twice as much, and the heap grows to twice that between two collections.
	hugeTimes = 4
	// hugePiece bounds what the system is asked for at once, which it grants only
	// where it has as much; it is what the runtime takes for its heap.
	hugePiece = 64 << 20
)

// useHugePages asks the system for huge pages for the heap of a tenant whose data
// is in dir. Each page that a heap takes for the first time costs a fault, on a
// virtual machine up to 20 µs, and there are 512 of them in a huge one; and a
// large heap, which the collector visits in no order, needs fewer address
// translations. The runtime takes none by itself where the system gives them to
// those only who ask.
//
// The pieces are taken, not touched, and given up. They take no memory
// themselves; the runtime makes its heap of them later.
func useHugePages(dir string) {
	if !givesHugePages() {
		return
	}
	collects := debug.SetGCPercent(-1) // there is nothing yet that it would find
	var pieces [][]byte
	for range min(firstHuge+hugeTimes*sizeOf(dir), memory()/2) / hugePiece {
		piece := make([]byte, hugePiece)
		if err := unix.Madvise(piece, unix.MADV_HUGEPAGE); err != nil {
			break // nothing depends on it
		}
		pieces = append(pieces, piece)
	}
	runtime.KeepAlive(pieces)
	debug.SetGCPercent(collects)
	debug.FreeOSMemory()
}

// givesHugePages reports whether the system gives them to those who ask, and lets
// programs take more address space than they use.
func givesHugePages() bool {
	mode, err := os.ReadFile("/sys/kernel/mm/transparent_hugepage/enabled")
	if err != nil || !strings.Contains(string(mode), "[madvise]") {
		return false
	}
	overcommit, err := os.ReadFile("/proc/sys/vm/overcommit_memory")
	if err != nil || strings.TrimSpace(string(overcommit)) == "2" {
		return false
	}
	var limit unix.Rlimit
	return unix.Getrlimit(unix.RLIMIT_AS, &limit) == nil && limit.Cur == math.MaxUint64
}

// memory is what the machine has, in bytes.
func memory() int64 {
	var info unix.Sysinfo_t
	if err := unix.Sysinfo(&info); err != nil {
		return 0
	}
	return int64(info.Totalram) * int64(info.Unit)
}

// sizeOf is the size of what is in dir, in bytes.
func sizeOf(dir string) (n int64) {
	_ = filepath.WalkDir(dir, func(_ string, e fs.DirEntry, err error) error {
		if err == nil && e.Type().IsRegular() {
			if info, err := e.Info(); err == nil {
				n += info.Size()
			}
		}
		return nil
	})
	return n
}
