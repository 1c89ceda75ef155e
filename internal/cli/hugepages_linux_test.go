package cli

import (
	"os"
	"strconv"
	"strings"
	"testing"
	"unsafe"
)

func TestTheHeapGetsHugePagesWhereTheSystemGivesThemToThoseWhoAsk(t *testing.T) {
	if !givesHugePages() {
		t.Skip("this system gives them to everybody, or to nobody")
	}
	if huge := useHugePages(0); !huge.given() {
		t.Fatal("it says that there are none")
	}
	for range 100 { // some of the heap was there before, and is taken first
		piece := make([]byte, 1<<20)
		if isAdvised(t, uintptr(unsafe.Pointer(&piece[0]))) {
			return
		}
	}
	t.Error("no memory that was taken afterwards is marked for huge pages")
}

func TestOfALargeTenantWhatIsNotLoadedKeepsItsMark(t *testing.T) {
	h := useHugePages(2 * hugePiece / hugeTimes)
	first := firstHuge / hugePiece
	if len(h.pieces) != first+2 {
		t.Skip("this system gives none, or has too little memory for so many")
	}
	h.unmark(firstHuge + hugePiece)
	for i, want := range map[int]bool{0: true, first - 1: true, first: false, first + 1: true} {
		if got := isAdvised(t, h.pieces[i]); got != want {
			t.Errorf("piece %d of %d is marked: %v, want %v", i+1, len(h.pieces), got, want)
		}
	}
}

// isAdvised reports whether the mapping that has an address is marked for huge
// pages ("hg", see proc_pid_smaps(5)).
func isAdvised(t *testing.T, address uintptr) bool {
	t.Helper()
	maps, err := os.ReadFile("/proc/self/smaps")
	if err != nil {
		t.Fatal(err)
	}
	inside := false
	for line := range strings.Lines(string(maps)) {
		span, _, _ := strings.Cut(line, " ")
		if from, to, ok := strings.Cut(span, "-"); ok {
			first, err1 := strconv.ParseUint(from, 16, 64)
			end, err2 := strconv.ParseUint(to, 16, 64)
			inside = err1 == nil && err2 == nil && uint64(address) >= first && uint64(address) < end
		}
		if inside && strings.HasPrefix(line, "VmFlags:") {
			return strings.Contains(line, " hg")
		}
	}
	return false
}
