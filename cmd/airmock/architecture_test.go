package main_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestTheRoomsAreAsDrawn holds the table of ARCHITECTURE.md against what the
// go command says that each package imports, and the table against its own
// rule that imports run downward.
func TestTheRoomsAreAsDrawn(t *testing.T) {
	drawn, order := drawnRooms(t)
	if diff := cmp.Diff(drawn, builtRooms(t)); diff != "" {
		t.Errorf("ARCHITECTURE.md (-) and go list (+) differ:\n%s", diff)
	}
	place := map[string]int{}
	for i, room := range order {
		place[room] = i
	}
	for _, room := range order {
		for _, imported := range strings.Fields(drawn[room]) {
			if at, ok := place[imported]; !ok || at <= place[room] {
				t.Errorf("%s imports %s, which does not stand below it", room, imported)
			}
		}
	}
}

var (
	roomRow   = regexp.MustCompile("^\\| `([a-z/]+)` \\|[^|]*\\|([^|]*)\\|$")
	quotedDir = regexp.MustCompile("`([a-z/]+)`")
)

// drawnRooms reads the table: each room's imports, joined by blanks, and the
// rooms from the top down.
func drawnRooms(t *testing.T) (imports map[string]string, order []string) {
	t.Helper()
	page, err := os.ReadFile(filepath.Join("..", "..", "ARCHITECTURE.md"))
	if err != nil {
		t.Fatal(err)
	}
	imports = map[string]string{}
	for line := range strings.Lines(string(page)) {
		row := roomRow.FindStringSubmatch(strings.TrimSpace(line))
		if row == nil {
			continue
		}
		var names []string
		for _, name := range quotedDir.FindAllStringSubmatch(row[2], -1) {
			names = append(names, name[1])
		}
		imports[row[1]] = strings.Join(names, " ")
		order = append(order, row[1])
	}
	return imports, order
}

// builtRooms asks the go command; its lists are sorted.
func builtRooms(t *testing.T) map[string]string {
	t.Helper()
	list := exec.Command("go", "list", "-f", `{{.ImportPath}} {{join .Imports " "}}`, "./...")
	list.Dir = filepath.Join("..", "..")
	out, err := list.Output()
	if err != nil {
		t.Fatal(err)
	}
	imports := map[string]string{}
	for line := range strings.Lines(string(out)) {
		words := strings.Fields(line)
		var own []string
		for _, word := range words[1:] {
			if name, ok := strings.CutPrefix(word, "airmock/"); ok {
				own = append(own, name)
			}
		}
		imports[strings.TrimPrefix(words[0], "airmock/")] = strings.Join(own, " ")
	}
	return imports
}
