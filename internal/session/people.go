package session
import ("airmock/internal/journal";"airmock/internal/scim")
func redactPeople(calls []*journal.Call, catalog *scim.Catalog, tenantURL string) ([]*journal.Call, string) { return calls, tenantURL }
