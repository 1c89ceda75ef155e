package search

import (
	"errors"
	"testing"

	"airmock/internal/journal"
	"airmock/internal/scim"
)

func TestAQueryKnowsTheOperationsOfTheTenantsTypes(t *testing.T) {
	schemas, err := scim.ReadSchemas("", []byte(`{"id":"urn:acme:2.0:Device","attributes":[]}`))
	if err != nil {
		t.Fatal(err)
	}
	types, err := scim.ReadResourceTypes("", []byte(`{"name":"Device","endpoint":"/Devices","schema":"urn:acme:2.0:Device"}`))
	if err != nil {
		t.Fatal(err)
	}
	c, err := scim.StandardCatalog().With(schemas, types)
	if err != nil {
		t.Fatal(err)
	}
	created := &journal.Call{Operation: "device.create"}
	for _, text := range []string{"op:device.create", "op:Device.*", "device.create"} {
		q, err := Parse(text, Setting{Catalog: c})
		if err != nil || !q.Match(created) || q.Match(&journal.Call{Operation: scim.OpUserCreate}) {
			t.Errorf("%s: %v", text, err)
		}
	}
	_, err = Parse("op:devise.create", Setting{Catalog: c})
	if wrong, ok := errors.AsType[*Error](err); !ok || wrong.Reason != `no such operation; did you mean "device.create"?` {
		t.Errorf("a mistyped operation: %v", err)
	}
	if _, err := Parse("op:device.create", Setting{}); err == nil {
		t.Error("a tenant without devices takes it")
	}
}
