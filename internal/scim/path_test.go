package scim

import "testing"

func TestParsePath(t *testing.T) {
	tests := []struct{ path, want string }{
		{`userName`, `userName`},
		{` USERNAME `, `userName`},
		{`name.GivenName`, `name.givenName`},
		{`emails[type eq "work"]`, `emails[type eq "work"]`},
		{`emails[type eq "work"].value`, `emails[type eq "work"].value`},
		{`EMAILS[ TYPE  EQ "work" and primary eq "True" ].Value`, `emails[type eq "work" and primary eq true].value`},
		{`emails.value`, `emails.value`},
		{`addresses[type eq "work"].formatted`, `addresses[type eq "work"].formatted`},
		{`urn:ietf:params:scim:schemas:core:2.0:User:name.familyName`, `name.familyName`},
		{`URN:IETF:params:scim:schemas:extension:enterprise:2.0:user:EmployeeNumber`, URNEnterprise + `:employeeNumber`},
		{`urn:ietf:params:scim:schemas:extension:enterprise:2.0:User.department`, URNEnterprise + `:department`},
		{`urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:manager.value`, URNEnterprise + `:manager.value`},
		{`urn:ietf:params:scim:schemas:extension:enterprise:2.0User:department`, URNEnterprise + `:department`},
		{`urn:ietf:params:scim:schemas:extension:enterprise:2.0user.manager.value`, URNEnterprise + `:manager.value`},
		{URNEnterprise, URNEnterprise},
		{`urn:ietf:params:scim:schemas:extension:enterprise:2.0User`, URNEnterprise},
		{URNUser, ``},
		{`manager`, URNEnterprise + `:manager`},
		{`department`, URNEnterprise + `:department`},
		{`shoeSize`, `shoeSize`},
		{`urn:example:custom:2.0:User:badge.colour`, `urn:example:custom:2.0:User:badge.colour`},
		{`urn:example:custom:2.0:User`, `urn:example:custom:2.0:User`},
		{`urn:example:badge`, `urn:example:badge`},
		{`things[kind eq 3].size`, `things[kind eq 3].size`},
	}
	for _, tt := range tests {
		p, err := userType(t).ParsePath(tt.path, &Reading{})
		if err != nil {
			t.Errorf("%s: %v", tt.path, err)
			continue
		}
		if got := p.String(); got != tt.want {
			t.Errorf("%s reads as %s, want %s", tt.path, got, tt.want)
		}
	}
}

func TestParsePathKnowsTheAttributeAndTheSubAttribute(t *testing.T) {
	p, err := userType(t).ParsePath(`emails[type eq "work"].value`, &Reading{Profile: RFC})
	if err != nil {
		t.Fatal(err)
	}
	if p.attr == nil || p.attr.Name != "emails" || p.Def == nil || p.Def.Name != "value" {
		t.Errorf("attribute %v, definition %v", p.attr, p.Def)
	}
}

func TestPathErrorsNameThePlace(t *testing.T) {
	tests := []struct {
		path     string
		wantType ErrorType
		want     string
	}{
		{``, InvalidPath, `path, character 1: expected an attribute's name, found the end`},
		{`emails[type eq "work"`, InvalidFilter, `character 22: expected and, or, or ] for the [ at character 7`},
		{`emails[type ee "work"]`, InvalidFilter, `path, character 13: expected an operator`},
		{`emails[]`, InvalidFilter, `character 8: expected an attribute's name, found "]"`},
		{`emails[type eq "work"].`, InvalidPath, `character 24: expected the name of a sub-attribute of emails`},
		{`emails[type eq "work"].value.x`, InvalidPath, `expected the name of a sub-attribute`},
		{`emails[type eq "work"]value`, InvalidPath, `character 23: expected the end of the path, found "value"`},
		{`emails.value[type eq "work"]`, InvalidPath, `write emails[…].value`},
		{`userName.first`, InvalidPath, `userName has no sub-attributes`},
		{`name.given.x`, InvalidPath, `a path has at most two levels`},
		{`user name`, InvalidPath, `character 6: expected the end of the path, found "name"`},
		{`userName[value eq "x"]`, InvalidPath, `has a single value`},
		{`/userName`, InvalidPath, `is not an attribute's name`},
		{`urn:ietf:params:scim:schemas:core:2.0:User:`, InvalidPath, `is not an attribute's name`},
	}
	for _, tt := range tests {
		_, err := userType(t).ParsePath(tt.path, &Reading{})
		wantError(t, tt.path, err, tt.wantType, tt.want)
	}
}

func TestPathQuirksAreRefusedInRFC(t *testing.T) {
	for path, want := range map[string]string{
		`manager`:                     `write ` + URNEnterprise + `:manager`,
		`userNmae`:                    `did you mean "userName"?`,
		`name.givenname2`:             `did you mean "givenName"?`,
		URNEnterprise + `:departmnt`:  `did you mean "department"?`,
		`urn:example:custom:2.0:User`: `User has no schema`,
		`urn:ietf:params:scim:schemas:extension:enterprise:2.0User:department`: `is no schema; write ` + URNEnterprise,
	} {
		_, err := userType(t).ParsePath(path, &Reading{Profile: RFC})
		wantError(t, path, err, InvalidPath, want)
	}
}

func TestAnExactURNGoesBeforeAMistypedOne(t *testing.T) {
	dept := &Attribute{Name: "dept", Type: "string", Mutability: "readWrite"}
	rt := &ResourceType{
		Name: "User", Endpoint: "/Users",
		Schema:     &Schema{ID: "urn:a:2.0:User"},
		Extensions: []Extension{{Schema: &Schema{ID: "urn:a:2.0User:x", Attributes: []*Attribute{dept}}}},
	}
	for _, profile := range []Profile{Entra, RFC} {
		p, err := rt.ParsePath("urn:a:2.0User:x:dept", &Reading{Profile: profile})
		if err != nil || p.Def != dept {
			t.Errorf("read by %v as %v: %v", profile, p, err)
		}
	}
	rt.Extensions[0].Schema.ID = "urn:a:2.0User"
	if s, mistyped := rt.schema("urn:A:2.0User"); s != rt.Extensions[0].Schema || mistyped {
		t.Errorf("the extension's URN means %v, mistyped: %t", s, mistyped)
	}
}
