package fault

import (
	"net/http"
	"strings"
	"testing"

	"airmock/internal/journal"
	"airmock/internal/scim"
)

// deviceCatalog has a resource type beside User and Group.
func deviceCatalog(t *testing.T) *scim.Catalog {
	t.Helper()
	schemas, err := scim.ReadSchemas("", []byte(`{"id":"urn:acme:2.0:Device","attributes":[{"name":"displayName"}]}`))
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
	return c
}

// Which types a tenant has is known where the rule is armed, not where its
// words are read.
func TestARuleNamesTheOperationsOfTheTenantsTypes(t *testing.T) {
	spec, err := ParseSpec([]string{"status", "code=503", "op=device.create|device.*"})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := New(Options{Catalog: deviceCatalog(t)}).Arm(spec); err != nil {
		t.Errorf("a tenant with devices: %v", err)
	}
	if _, err := New(Options{}).Arm(spec); err == nil || !strings.Contains(err.Error(), `there is no operation "device.create"`) {
		t.Errorf("a tenant without: %v", err)
	}
	spec["op"] = "devise.create"
	if _, err := New(Options{Catalog: deviceCatalog(t)}).Arm(spec); err == nil || !strings.Contains(err.Error(), `did you mean "device.create"?`) {
		t.Errorf("a mistyped operation: %v", err)
	}
}

func TestARuleTakesADeviceByItsOperationAndName(t *testing.T) {
	e := New(Options{Catalog: deviceCatalog(t), NameOf: func(id string) string { return "pump-" + id }})
	if _, err := e.Arm(Spec{"kind": "status", "code": "503", "op": "device.delete", "display": "pump-7"}); err != nil {
		t.Fatal(err)
	}
	for id, want := range map[string]bool{"7": true, "8": false} {
		c := &journal.Call{
			Method: http.MethodDelete, Operation: "device.delete",
			Target: scim.Target{Endpoint: "Devices", ID: id},
		}
		rule := (*e.rules.Load())[0]
		if got := rule.match.takes(&subject{call: c, nameOf: e.nameOf}); got != want {
			t.Errorf("device %s: taken %t, want %t", id, got, want)
		}
	}
}
