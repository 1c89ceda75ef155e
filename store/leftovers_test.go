package store

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestWhatACompactionLeavesIsSettled lays beside the file what a compaction
// leaves at each of its instants, and opens.
func TestWhatACompactionLeavesIsSettled(t *testing.T) {
	before, err := os.ReadFile(filepath.Join(filled(t, 3), dataFile))
	if err != nil {
		t.Fatal(err)
	}
	after, err := os.ReadFile(filepath.Join(filled(t, 4), dataFile)) // compacted, and a write later
	if err != nil {
		t.Fatal(err)
	}
	damaged := append(bytes.Clone(after[:200]), after[201:]...)
	tests := []struct {
		name            string
		main, bak, temp []byte
		sameFile        bool // bak is another name of main
		users           int
		kept            bool // main is kept under another name
		warns, err      string
	}{
		{name: "nothing", main: after, users: 4},
		{name: "half a new file", main: before, temp: after[:99], users: 3},
		{name: "half a new file and a second name", main: before, sameFile: true, temp: after[:99], users: 3},
		{name: "the old file beside the new one", main: before, bak: before, users: 3},
		{name: "an old file that was left behind", main: after, bak: before, users: 4},
		{name: "an old file that is damaged", main: before, bak: damaged, users: 3, warns: "may lack the last changes"},
		{name: "a new file that is damaged", main: damaged, bak: before, users: 3, kept: true, warns: "is damaged: at byte"},
		{name: "a new file that a power cut cut short", main: before[:bytes.LastIndex(before, []byte(frameSet))], bak: before, users: 3},
		{name: "a new file that is empty", main: []byte{}, bak: before, users: 3},
		{name: "a new file of zeros", main: make([]byte, 9999), bak: before, users: 3},
		{name: "no new file yet", bak: before, temp: after, users: 3, warns: "is missing"},
		{name: "both damaged", main: damaged, bak: damaged, err: "from before a compaction"},
		{name: "a new file alone", temp: after, err: "is missing, but"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			dir := t.TempDir()
			path := filepath.Join(dir, dataFile)
			for suffix, data := range map[string][]byte{"": tt.main, backupSuffix: tt.bak, tempSuffix: tt.temp} {
				if data != nil {
					if err := os.WriteFile(path+suffix, data, 0o600); err != nil {
						t.Fatal(err)
					}
				}
			}
			if tt.sameFile {
				if err := os.Link(path, path+backupSuffix); err != nil {
					t.Skip(err)
				}
			}
			var warned collector
			s := New(Options{Dir: dir, Warn: warned.warn})
			err := s.Open(t.Context())
			if tt.err != "" {
				if err == nil || !strings.Contains(err.Error(), tt.err) || !strings.Contains(err.Error(), "airmock repair "+dir) {
					t.Errorf("open = %v", err)
				}
				for suffix, data := range map[string][]byte{"": tt.main, backupSuffix: tt.bak, tempSuffix: tt.temp} {
					if got, err := os.ReadFile(path + suffix); data != nil && (err != nil || !bytes.Equal(got, data)) {
						t.Errorf("tenant.db%s was changed: %v", suffix, err)
					}
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if n := s.Count(users(s)); n != tt.users {
				t.Errorf("%d users", n)
			}
			mustCreate(t, s, users(s), userBody("next"))
			mustClose(t, s)
			if exists(path+backupSuffix) || exists(path+tempSuffix) {
				t.Error("something is left")
			}
			if tt.warns == "" && len(warned) > 0 || tt.warns != "" && (len(warned) != 1 || !strings.Contains(warned[0], tt.warns)) {
				t.Errorf("warned %q", warned)
			}
			kept, err := filepath.Glob(path + ".damaged-*") // of the backup it is .bak.damaged
			if err != nil || (len(kept) == 1) != tt.kept {
				t.Fatalf("kept %q, %v", kept, err)
			}
			if tt.kept {
				if data, err := os.ReadFile(kept[0]); err != nil || !bytes.Equal(data, tt.main) || !strings.Contains(warned[0], kept[0]) {
					t.Errorf("the kept file has changed, or is not told of: %q, %v", warned, err)
				}
			}
			mustOpen(t, Options{Dir: dir, Warn: func(w string) { t.Errorf("warned again: %s", w) }})
		})
	}
}

func TestACommandToRepairCanBeTyped(t *testing.T) {
	for dir, want := range map[string]string{
		"/home/me/.local/share/airmock": "airmock repair /home/me/.local/share/airmock",
		"/home/me/my tenant":            "airmock repair '/home/me/my tenant'",
		"/home/it's/$HOME":              `airmock repair '/home/it'\''s/$HOME'`,
	} {
		if got := repairCommand(dir); got != want && os.PathSeparator == '/' {
			t.Errorf("%s, want %s", got, want)
		}
	}
	err := fmt.Errorf("open: %w", os.ErrPermission)
	if got := withRemedy(err, "make it so"); !errors.Is(got, os.ErrPermission) || !strings.HasSuffix(got.Error(), "; make it so") {
		t.Errorf("withRemedy = %v", got)
	}
}
