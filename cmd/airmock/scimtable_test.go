package main_test

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// TestTheTableOfTheRFCsIsWhole holds docs/scim.md against itself and against
// the tree: each row has all its columns, each id is there once and in its
// section, something shows each row that binds, what is not kept has its reason
// and stands in the list at the top, and each test and session that is named
// exists.
func TestTheTableOfTheRFCsIsWhole(t *testing.T) {
	page, err := os.ReadFile(filepath.Join("..", "..", "docs", "scim.md"))
	if err != nil {
		t.Fatal(err)
	}
	shows := testNames(t)
	head, _, _ := strings.Cut(string(page), "## RFC 7643")
	seen := map[string]bool{}
	rfc, section := "", ""
	for line := range strings.Lines(string(page)) {
		line = strings.TrimSpace(line)
		switch heading := tableHeading.FindStringSubmatch(line); {
		case heading == nil:
		case heading[1] == "##":
			rfc, section = strings.TrimPrefix(heading[2], "RFC "), ""
		default:
			section = heading[2]
		}
		if !strings.HasPrefix(line, "| ") || section == "" || strings.HasPrefix(line, "| id ") {
			continue
		}
		row := splitRow(line)
		if len(row) != 5 || slices.Contains(row, "") {
			t.Errorf("not five full columns: %s", line)
			continue
		}
		if id := row[0]; seen[id] || !strings.HasPrefix(id, rfc+"-"+section+"-") {
			t.Errorf("the id %s is there twice, or not in RFC %s section %s", id, rfc, section)
		}
		seen[row[0]] = true
		checkRow(t, row, shows)
		if strings.Contains(row[3], "Not kept") && !strings.Contains(head, row[0]) {
			t.Errorf("%s is not kept, and not in the list of what is not", row[0])
		}
	}
	if len(seen) < 300 {
		t.Errorf("the table has %d rows; something reads it wrongly", len(seen))
	}
}

var (
	tableHeading = regexp.MustCompile(`^(##|###) (RFC \d+|[\d.]+)`)
	quotedName   = regexp.MustCompile("`([^`]+)`")
)

// levels are the words of RFC 2119 that bind; the others leave a choice.
var levels = map[string]bool{
	"MUST": true, "MUST NOT": true, "SHALL": true, "SHALL NOT": true, "REQUIRED": true,
	"SHOULD": false, "SHOULD NOT": false, "RECOMMENDED": false, "MAY": false, "OPTIONAL": false,
}

func checkRow(t *testing.T, row []string, shows map[string]bool) {
	t.Helper()
	binds, known := levels[row[1]]
	if !known {
		t.Errorf("%s: %q is no level", row[0], row[1])
	}
	if _, reason, not := strings.Cut(row[3], "Not kept"); not && len(reason) < 40 {
		t.Errorf("%s is not kept and has no reason: %s", row[0], row[3])
	}
	names := quotedName.FindAllStringSubmatch(row[4], -1)
	if len(names) == 0 && (binds || row[4] != "–") {
		t.Errorf("%s: nothing shows it", row[0])
	}
	for _, name := range names {
		if !shows[name[1]] {
			t.Errorf("%s: there is no %s", row[0], name[1])
		}
	}
}

// splitRow returns the cells of a row.
func splitRow(line string) []string {
	cells := strings.Split(strings.Trim(line, "|"), "|")
	for i, cell := range cells {
		cells[i] = strings.TrimSpace(cell)
	}
	return cells
}

var testFunc = regexp.MustCompile(`(?m)^func (Test\w+)\(`)

// testNames is everything that a row may name: the tests of the module as
// package.name, and the sessions in testdata as directory/name.
func testNames(t *testing.T) map[string]bool {
	t.Helper()
	names := map[string]bool{}
	root := filepath.Join("..", "..")
	err := filepath.WalkDir(root, func(path string, _ fs.DirEntry, err error) error {
		if err != nil || !strings.HasSuffix(path, "_test.go") {
			return err
		}
		text, err := os.ReadFile(path)
		for _, match := range testFunc.FindAllSubmatch(text, -1) {
			names[filepath.Base(filepath.Dir(path))+"."+string(match[1])] = true
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, dir := range []string{"rfc", "sessions"} {
		for _, file := range sessionsIn(t, dir) {
			names[dir+"/"+strings.TrimSuffix(file, ".json")] = true
		}
	}
	return names
}
