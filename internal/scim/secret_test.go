package scim

import (
	"strings"
	"testing"
)

// Errors are answered and recorded, so they do not repeat a password.
func TestErrorsDoNotRepeatASecret(t *testing.T) {
	const secret = "4711815"
	rt := userType(t)
	reads := map[string]func(*Reading) error{
		"a create": func(r *Reading) error {
			_, err := rt.ReadResource(mustParse(t, `{"schemas":["`+URNUser+`"],"userName":"a","password":`+secret+`}`), r)
			return err
		},
		"a patch": func(r *Reading) error {
			_, err := rt.ParsePatch(mustParse(t, `{"schemas":["`+URNPatchOp+`"],"Operations":[{"op":"add","path":"password","value":`+secret+`}]}`), r)
			return err
		},
		"a filter with the wrong quotes": func(r *Reading) error {
			_, err := rt.ParseFilter("password eq '"+secret+"'", r)
			return err
		},
	}
	for name, read := range reads {
		t.Run(name, func(t *testing.T) {
			for _, profile := range []Profile{Entra, RFC} {
				if err := read(&Reading{Profile: profile}); err == nil || strings.Contains(err.Error(), secret) {
					t.Errorf("in the profile %v got %v; want an error without the value", profile, err)
				}
			}
		})
	}
}
