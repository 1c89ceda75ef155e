package people

import (
	"errors"
	"strings"
	"testing"

	"airmock/internal/scim"
)

// FuzzReader wants of any file that it is read to its end or told where it
// breaks, and that what was read of it can be imported or is refused row by
// row.
func FuzzReader(f *testing.F) {
	for _, seed := range []string{
		two,
		"resourceType,id,userName,displayName,members,\"emails[type eq \"\"work\"\"].value\"\nUser,1,a,,,a@x\nGroup,2,,G,1;2,\n",
		"userName;active;manager\na;TRUE;b\nb;0;'=1\n",
		"\ufeffuserName\tname.givenName\na\t\"B\r\nC\"\n",
		"userName,\"[\"\"x y\"\"]\",roles,urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:department\na,[1],\"[{\"\"value\"\":1}]\",d\n",
		`{"schemas":["urn:ietf:params:scim:api:messages:2.0:ListResponse"],"Resources":[{"userName":"a","manager":{"value":"a"}},{"displayName":"G","members":[{"value":"a"}]}]}`,
		`[{"userName":"a"},{"userName":"A"},1,null]`,
		"{\"userName\":\"a\"}\n{\"userName\":",
		"userName\n\"a", "\xff\xfe", "",
	} {
		f.Add([]byte(seed))
	}
	catalog := scim.StandardCatalog()
	f.Fuzz(func(t *testing.T, file []byte) {
		s := memory(t)
		r := NewReader(strings.NewReader(string(file)), "", catalog)
		report, err := Import(t.Context(), s, catalog, r.Rows(), Options{Policy: Update})
		if err != nil {
			t.Fatal(err)
		}
		if report.Rows != report.Created+report.Updated+report.Unchanged+report.Skipped+report.Failed+report.Waiting {
			t.Fatalf("not every row was told of: %s", summary(report))
		}
		var last error
		for row, err := range NewReader(strings.NewReader(string(file)), "", catalog).Rows() {
			if last != nil {
				t.Fatalf("a row follows %v", last)
			}
			if last = err; err == nil && row.Line < 1 {
				t.Fatalf("a row in line %d", row.Line)
			}
		}
		var bad *FileError
		if last != nil && (!errors.As(last, &bad) || bad.Line < 1 || bad.Column < 1) {
			t.Fatalf("the file breaks with %v", last)
		}
	})
}
