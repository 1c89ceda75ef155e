package entra

import (
	"go/ast"
	"go/parser"
	"go/token"
	"strconv"
	"strings"
	"testing"

	"airmock/internal/scim"
)

func TestEveryQuirkIsExplained(t *testing.T) {
	file, err := parser.ParseFile(token.NewFileSet(), "../scim/quirk.go", nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	ast.Inspect(file, func(node ast.Node) bool {
		spec, ok := node.(*ast.ValueSpec)
		if !ok {
			return true
		}
		value, err := strconv.Unquote(spec.Values[0].(*ast.BasicLit).Value)
		if err != nil {
			t.Fatal(err)
		}
		n++
		q := Quirk(scim.Quirk(value))
		if q.Name != scim.Quirk(value) || q.Source == "" || !strings.HasSuffix(q.Summary, ".") || strings.Count(q.Summary, ". ") != 0 {
			t.Errorf("%s is not explained in one sentence with its source: %+v", value, q)
		}
		return false
	})
	if n != len(quirks) {
		t.Errorf("%d quirks are known, and %d are explained", n, len(quirks))
	}
}

func TestAnUnknownQuirkIsItsName(t *testing.T) {
	if got, want := Quirk("other"), (QuirkInfo{Name: "other", Summary: "other"}); got != want {
		t.Errorf("got %+v", got)
	}
}
