// Package journaltest makes finished calls for tests, as the provisioning
// service would have caused them.
package journaltest

import (
	"fmt"
	"net/http"
	"time"

	"airmock/internal/journal"
	"airmock/internal/scim"
)

// Base is the base path of the calls.
const Base = "/0/as/common/scim"

// Create returns a finished POST /Users.
func Create(name string, at time.Time) *journal.Call {
	body := fmt.Sprintf(`{"schemas":["urn:ietf:params:scim:schemas:core:2.0:User"],"userName":%q,"active":true}`, name)
	id := fmt.Sprintf("id-of-%.20s", name)
	return &journal.Call{
		Time: at, Duration: 1900 * time.Microsecond, Client: "127.0.0.1",
		Method: http.MethodPost, Path: Base + "/Users",
		Target:    scim.Target{Endpoint: scim.EndpointUsers, Base: Base},
		Operation: scim.OpUserCreate, Status: http.StatusCreated, Auth: journal.AuthOK, Token: "azure", Results: -1,
		Effect: &journal.Effect{Type: "User", ID: id, Name: name, Change: "created", After: []byte(body)},
		Request: journal.Message{
			Header: http.Header{"Content-Type": {"application/scim+json"}, "Authorization": {"Bearer [azure]"}},
			Body:   []byte(body), Size: len(body),
		},
		Response: journal.Message{
			Header: http.Header{"Content-Type": {"application/scim+json"}},
			Body:   []byte(body), Size: len(body),
		},
	}
}

// Lookup returns a finished GET /Users with a filter that found nothing.
func Lookup(name string, at time.Time) *journal.Call {
	filter := fmt.Sprintf("userName eq %q", name)
	body := `{"schemas":["urn:ietf:params:scim:api:messages:2.0:ListResponse"],"totalResults":0,"Resources":[]}`
	return &journal.Call{
		Time: at, Duration: 800 * time.Microsecond, Client: "127.0.0.1",
		Method: http.MethodGet, Path: Base + "/Users", Query: "filter=userName+eq+%22" + name + "%22",
		Target: scim.Target{Endpoint: scim.EndpointUsers, Base: Base}, Filter: filter,
		Operation: scim.OpUserQuery, Status: http.StatusOK, Auth: journal.AuthOK, Token: "azure",
		Effect:   &journal.Effect{Type: "User", Name: name, Change: "none"},
		Response: journal.Message{Body: []byte(body), Size: len(body)},
	}
}

// Disable returns a finished PATCH of active, in Entra's default dialect.
func Disable(name string, at time.Time) *journal.Call {
	body := `{"schemas":["urn:ietf:params:scim:api:messages:2.0:PatchOp"],"Operations":[{"op":"Replace","path":"active","value":"False"}]}`
	id := "9f2c0000-0000-4000-8000-000000000001"
	return &journal.Call{
		Time: at, Duration: 700 * time.Microsecond, Client: "127.0.0.1",
		Method: http.MethodPatch, Path: Base + "/Users/" + id,
		Target:    scim.Target{Endpoint: scim.EndpointUsers, ID: id, Base: Base},
		Operation: scim.OpUserDisable, Status: http.StatusOK, Auth: journal.AuthOK, Token: "azure", Results: -1,
		Quirks: []scim.Quirk{scim.QuirkActiveAsString, scim.QuirkOpCapitalised},
		Effect: &journal.Effect{
			Type: "User", ID: id, Name: name, Change: "updated",
			Fields: []journal.Field{{Name: "active", From: "true", To: "false"}},
			Before: []byte(`{"userName":"` + name + `","active":true}`),
			After:  []byte(`{"userName":"` + name + `","active":false}`),
		},
		Request: journal.Message{Body: []byte(body), Size: len(body)},
	}
}

// Faulty returns a group PATCH that a rule answered with 503.
func Faulty(at time.Time) *journal.Call {
	id := "77aa0000-0000-4000-8000-000000000002"
	return &journal.Call{
		Time: at, Duration: 400 * time.Microsecond, Client: "127.0.0.1",
		Method: http.MethodPatch, Path: Base + "/Groups/" + id,
		Target:    scim.Target{Endpoint: scim.EndpointGroups, ID: id, Base: Base},
		Operation: scim.OpGroupMemberAdd, Status: http.StatusServiceUnavailable, Results: -1,
		Fault: &journal.FaultNote{Rule: "r1", Kind: "status", Text: "status 503 on group.*, first 2", Detail: "answered 503", Nth: 1},
		Error: "Injected by airmock",
	}
}

// Bulk returns a bulk request of three operations, of which it ran two: it
// created a user and failed to delete another.
func Bulk(created, missing string, at time.Time) *journal.Call {
	whole := &journal.Call{
		Time: at, Duration: 3 * time.Millisecond, Client: "127.0.0.1",
		Method: http.MethodPost, Path: Base + "/Bulk",
		Target:    scim.Target{Endpoint: scim.EndpointBulk, Base: Base},
		Operation: scim.OpBulk, Status: http.StatusOK, Auth: journal.AuthOK, Token: "azure", Results: -1, PartsN: 3,
	}
	create := Create(created, at)
	create.Request.Header, create.Response = nil, journal.Message{}
	remove := &journal.Call{
		Time: at, Client: "127.0.0.1", Method: http.MethodDelete, Path: Base + "/Users/" + missing,
		Target:    scim.Target{Endpoint: scim.EndpointUsers, ID: missing, Base: Base},
		Operation: scim.OpUserDelete, Status: http.StatusNotFound, Auth: journal.AuthOK, Token: "azure", Results: -1,
		Effect: &journal.Effect{Type: "User", ID: missing, Change: "none"},
		Error:  fmt.Sprintf("no User has the id %q", missing),
	}
	whole.Parts = []*journal.Call{create, remove}
	return whole
}
