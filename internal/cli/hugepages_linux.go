package cli

import (
	"math"
	"os"
	"runtime"
	"runtime/debug"
	"strconv"
	"strings"
	"unsafe"

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

// hugePages are the pieces of the heap that were marked for huge pages.
type hugePages struct{ pieces []uintptr }

// useHugePages asks the system for huge pages for the heap of a tenant with so many
// bytes of data. Each page that a heap takes for the first time costs a fault, on a
// virtual machine up to 20 µs, and there are 512 of them in a huge one; and a
// large heap, which the collector visits in no order, needs fewer address
// translations. The runtime takes none by itself where the system gives them to
// those only who ask.
//
// The pieces are taken, not touched, and given up. They take no memory
// themselves; the runtime makes its heap of them later.
func useHugePages(data int64) hugePages {
	var h hugePages
	if !givesHugePages() {
		return h
	}
	collects := debug.SetGCPercent(-1) // there is nothing yet that it would find
	var pieces [][]byte
	for range min(firstHuge+hugeTimes*data, memory()/2) / hugePiece {
		piece := make([]byte, hugePiece)
		if err := unix.Madvise(piece, unix.MADV_HUGEPAGE); err != nil {
			break // nothing depends on it
		}
		pieces = append(pieces, piece)
		h.pieces = append(h.pieces, uintptr(unsafe.Pointer(&piece[0])))
	}
	runtime.KeepAlive(pieces)
	debug.SetGCPercent(collects)
	debug.FreeOSMemory()
	return h
}

// given reports whether there are any.
func (h hugePages) given() bool { return len(h.pieces) > 0 }

// unmark ends the asking for what lies between firstHuge and the first touched bytes
// of the heap, which the data has in huge pages for good once it is loaded. While
// it lasts, the system fills up again (khugepaged) what of a page is given back to
// it: of the rest, what a flood once took.
func (h hugePages) unmark(touched int64) {
	for i := firstHuge / hugePiece; i < len(h.pieces) && int64(i)*hugePiece < touched; i++ {
		_, _, _ = unix.Syscall(unix.SYS_MADVISE, h.pieces[i], hugePiece, unix.MADV_NOHUGEPAGE) // nothing depends on it
	}
}

// givesHugePages reports whether the system gives them to those who ask, and lets
// programs take more address space than they use. Where it does not, and says so
// only when that runs out, the runtime would end the program.
func givesHugePages() bool {
	if strconv.IntSize == 32 {
		return false
	}
	mode, err := os.ReadFile("/sys/kernel/mm/transparent_hugepage/enabled")
	if err != nil || !strings.Contains(string(mode), "[madvise]") {
		return false
	}
	overcommit, err := os.ReadFile("/proc/sys/vm/overcommit_memory")
	if err != nil || strings.TrimSpace(string(overcommit)) == "2" {
		return false
	}
	for _, resource := range []int{unix.RLIMIT_AS, unix.RLIMIT_DATA} { // see getrlimit(2)
		var limit unix.Rlimit
		if err := unix.Getrlimit(resource, &limit); err != nil || limit.Cur != math.MaxUint64 {
			return false
		}
	}
	return true
}

// memory is what the machine has, in bytes.
func memory() int64 {
	var info unix.Sysinfo_t
	if err := unix.Sysinfo(&info); err != nil {
		return 0
	}
	return int64(info.Totalram) * int64(info.Unit)
}
