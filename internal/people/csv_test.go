package people

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// readAll reads the records of a CSV file.
func readAll(text string) (records [][]string, err error) {
	in := newCSVReader(bufio.NewReaderSize(strings.NewReader(text), readSize))
	for {
		record, _, err := in.read()
		if err != nil {
			if err == io.EOF {
				err = nil
			}
			return records, err
		}
		records = append(records, record)
	}
}

func TestRecordsAreReadAsRFC4180HasThem(t *testing.T) {
	tests := []struct {
		name, text string
		want       [][]string
	}{
		{"nothing", "", nil},
		{"fields between commas", "a,b\r\nc,d\r\n", [][]string{{"a", "b"}, {"c", "d"}}},
		{"no line end at the end", "a,b\nc,d", [][]string{{"a", "b"}, {"c", "d"}}},
		{"lines that end in a carriage return", "a,b\rc,d\r", [][]string{{"a", "b"}, {"c", "d"}}},
		{"empty fields", ",a,\n,,\n", [][]string{{"", "a", ""}, {"", "", ""}}},
		{"quoted fields", "\"a,b\",\"say \"\"hi\"\"\"\n", [][]string{{"a,b", `say "hi"`}}},
		{"line breaks in quotes, as they are", "\"a\r\nb\nc\rd\",e\n", [][]string{{"a\r\nb\nc\rd", "e"}}},
		{"a quote in a field that does not begin with one", "emails[type eq \"work\"].value,b\n", [][]string{{`emails[type eq "work"].value`, "b"}}},
		{"blank lines are no records", "a\n\n\r\nb\n\n", [][]string{{"a"}, {"b"}}},
		{"an empty field in quotes is a record", "a\n\"\"\n", [][]string{{"a"}, {""}}},
		{"semicolons, as spreadsheets write them", "a;b,c;d\ne;f\n", [][]string{{"a", "b,c", "d"}, {"e", "f"}}},
		{"tabs", "a\tb;c\td\ne\tf\n", [][]string{{"a", "b;c", "d"}, {"e", "f"}}},
		{"a semicolon in quotes does not count", "\"a;b;c\",d\n", [][]string{{"a;b;c", "d"}}},
		{"umlauts", "ä,ö\n", [][]string{{"ä", "ö"}}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			got, err := readAll(test.text)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("records (-want +got):\n%s", diff)
			}
		})
	}
}

func TestABadFileIsToldByLineAndColumn(t *testing.T) {
	tests := []struct {
		name, text   string
		line, column int
		reason       string
	}{
		{"a quote that never ends", "a,b\nc,\"d\ne\n", 2, 3, "no quote at its end"},
		{"something behind a quote", "a,b\nü,\"d\"e\n", 2, 6, "something follows"},
		{"no UTF-8", "a,b\nc,\xe4\n", 2, 3, "not UTF-8"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			_, err := readAll(test.text)
			var bad *FileError
			if !errors.As(err, &bad) || bad.Line != test.line || bad.Column != test.column || !strings.Contains(bad.Reason, test.reason) {
				t.Errorf("error %v, want line %d, column %d: … %s", err, test.line, test.column, test.reason)
			}
		})
	}
}

func TestWhatIsWrittenAsCSVIsReadAgain(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(1, 4).Draw(t, "columns")
		field := rapid.StringOfN(rapid.SampledFrom([]rune("ab,;\t\"\r\n '=ü\x00")), 0, 6, -1)
		records := rapid.SliceOfN(rapid.SliceOfN(field, n, n), 1, 5).Draw(t, "records")
		records[0] = make([]string, n) // as headings do, the first line shows the separator
		for i := range records[0] {
			records[0][i] = "h"
		}
		var out bytes.Buffer
		buffered := bufio.NewWriter(&out)
		w := csvWriter{buffered}
		for _, record := range records {
			if err := w.write(record); err != nil {
				t.Fatal(err)
			}
		}
		_ = buffered.Flush()
		got, err := readAll(out.String())
		if err != nil {
			t.Fatalf("%v in %q", err, out.String())
		}
		if diff := cmp.Diff(records, got); diff != "" {
			t.Fatalf("of %q (-want +got):\n%s", out.String(), diff)
		}
	})
}

func TestACellIsNoFormulaAndNothingIsLost(t *testing.T) {
	tests := []struct{ name, text, cell string }{
		{"plain text stays", "Ann", "Ann"},
		{"a formula", "=1+1", "'=1+1"},
		{"an at sign", "@SUM(A1)", "'@SUM(A1)"},
		{"a sign with a call behind it", "-cmd|' /C calc'!A0", "'-cmd|' /C calc'!A0"},
		{"a plus with letters", "+A1", "'+A1"},
		{"a tab", "\t=1", "'\t=1"},
		{"a phone number stays", "+1 (425) 555-0100", "+1 (425) 555-0100"},
		{"a negative number stays", "-5", "-5"},
		{"a sign by itself", "-", "'-"},
		{"an apostrophe", "'tis", "''tis"},
		{"the empty text", "", "'"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if cell := guarded(test.text); cell != test.cell {
				t.Errorf("written as %q, want %q", cell, test.cell)
			}
			if text := unguarded(guarded(test.text)); text != test.text {
				t.Errorf("read as %q", text)
			}
		})
	}
	if got := unguarded("'tis"); got != "'tis" {
		t.Errorf("an apostrophe that others wrote is read as %q", got)
	}
}
