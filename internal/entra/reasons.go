package entra

import (
	"net/http"

	"airmock/internal/scim"
)

// Pages of Microsoft Learn, and other places, where the service's behaviour is
// described.
const (
	learn = "https://learn.microsoft.com/entra/identity/app-provisioning/"

	pageEndpoint   = learn + "use-scim-to-provision-users-and-groups"
	pageCompliance = learn + "application-provisioning-config-problem-scim-compatibility"
	pageHow        = learn + "how-provisioning-works"
	pageQuarantine = learn + "application-provisioning-quarantine-status"
	pageMappings   = learn + "customize-application-attributes"
	pageObjects    = learn + "manage-object-connections"
	pageOnDemand   = learn + "provision-on-demand"
	pageLogs       = "https://learn.microsoft.com/entra/identity/monitoring-health/howto-analyze-provisioning-logs"

	rfcBulk        = "RFC 7644 section 3.7"
	rfcSearch      = "RFC 7644 section 3.4.3"
	rfcCursor      = "RFC 9865 section 2"
	rfcReplace     = "RFC 7644 section 3.5.1"
	rfcDiscovery   = "RFC 7644 section 4"
	undocumented   = "not documented"
	reportedThread = "reported in Microsoft Q&A 1151866; not documented"
)

// reason is an explanation and where it is from.
type reason struct{ text, source string }

// reasons say why the service makes a call, by operation.
var reasons = map[scim.Operation]reason{
	scim.OpProbe: {
		"Entra looks up a random GUID, which cannot exist, to see that the endpoint answers and the token is accepted. Test Connection does so, and so does the start of every cycle and of provisioning on demand. The only right answer is 200 with an empty list.",
		pageEndpoint},
	scim.OpUserQuery: {
		"Before it writes a user, Entra looks it up by the matching attribute of the mapping (userName unless changed). Not found leads to a create, found to an update where something differs.",
		pageHow},
	scim.OpUserCreate: {
		"The lookup found nobody, so Entra creates the user. It remembers the id of the answer and uses it for every later call on this user. The manager follows later, in a call of its own.",
		pageHow},
	scim.OpUserGet: {
		"Entra reads the user by the id that it remembers, compares it with its own, and sends a PATCH only where something differs. The user must be returned whether or not it is active.",
		pageEndpoint},
	scim.OpUserList: {
		"A list without a filter. Provisioning itself looks users up one by one; account discovery and validators list them, page by page.",
		pageEndpoint},
	scim.OpUserReplace: {
		"PUT makes the body the whole user: what it leaves out is cleared. The provisioning service updates with PATCH, so this is most likely another client.",
		rfcReplace},
	scim.OpUserPatch: {
		"Entra found that these attributes differ from its own and sends them alone. Attributes that are empty in Entra are skipped, so clearing one there does not clear it here. A manager comes in a call of its own, once both users exist.",
		pageHow},
	scim.OpUserDisable: {
		"The user was unassigned, went out of scope, was blocked from signing in, or was deleted in Entra, where it can be restored for 30 days. A DELETE follows after these 30 days or a manual purge, and never for a user that was only unassigned.",
		pageHow},
	scim.OpUserEnable: {
		"The user was assigned again, came back into scope, or was restored in Entra. It uses the id that it remembers, so the user is enabled and not created a second time.",
		pageHow},
	scim.OpUserDelete: {
		"The user was deleted for good in Entra: 30 days after its deletion, or purged by hand. Where the mapping has no active attribute, Entra deletes instead of disabling.",
		pageHow},
	scim.OpGroupQuery: {
		"Before it writes a group, Entra looks it up by displayName, or by externalId where that is the matching attribute, and asks for it without its members.",
		pageEndpoint},
	scim.OpGroupCreate: {
		"The lookup found no such group, so Entra creates it, without members. These follow by PATCH, after all users and groups of the cycle.",
		pageEndpoint},
	scim.OpGroupGet: {
		"Entra reads the group by the id that it remembers, without members. It never reads members back, so a membership that was changed here is not noticed there.",
		pageEndpoint},
	scim.OpGroupList: {
		"A list without a filter. Provisioning itself looks groups up one by one; validators and other clients list them.",
		pageEndpoint},
	scim.OpGroupReplace: {
		"PUT makes the body the whole group: members that it leaves out are gone. The provisioning service updates with PATCH, so this is most likely another client.",
		rfcReplace},
	scim.OpGroupPatch: {
		"Entra found that these attributes of the group differ from its own and sends them alone. 204 without a body is the best answer.",
		pageEndpoint},
	scim.OpGroupMemberAdd: {
		"These members joined the group in Entra. Members are sent after the users and groups of the cycle, by their ids here. A nested group is added as a member itself; its own members are not.",
		pageHow},
	scim.OpGroupMemberRemove: {
		"These members left the group in Entra. By default it sends them as a list of values, which a strict server could take for all members; with aadOptscim062020 it names each in the path.",
		pageCompliance},
	scim.OpGroupDelete: {
		"The group was deleted in Entra or went out of scope. A group has no active attribute, so it cannot be disabled.",
		undocumented},
	scim.OpDiscoveryConfig: {
		"The client asks what this server can do. No Microsoft page says that the provisioning service does.",
		rfcDiscovery},
	scim.OpDiscoveryTypes: {
		"The client asks which kinds of resources there are. No Microsoft page says that the provisioning service does.",
		rfcDiscovery},
	scim.OpDiscoverySchemas: {
		"Entra reads the schemas of some gallery apps when the provisioning page is opened for editing or saved, to offer their attributes for mapping. It only ever adds attributes.",
		pageEndpoint},
	scim.OpBulk: {
		"Several operations in one request, each run as it would be alone; one that fails leaves the others as they are. No Microsoft page shows the provisioning service sending such a request.",
		rfcBulk},
	scim.OpSearch: {
		"A query in the body of a POST, or over all types of resources at once. The provisioning service asks for users and groups apart, in the URL, so this is most likely another client.",
		rfcSearch},
	scim.OpUnknown: {
		"This is nothing that a SCIM client asks for; a browser, a health check or a wrong Tenant URL may be behind it.",
		""},
}

// The service's reaction to refusals, as far as it is documented.
const (
	afterFailure  = " Entra tries this object again in its next cycles, less and less often."
	afterBadToken = " Credentials that fail put the provisioning job into quarantine at once; it then runs once a day at most until a cycle succeeds, and is turned off after four weeks."
)

// consequences say what an ending means and what comes next. Where there is
// one, it matters more than the reason for the call.
var consequences = map[outcome]reason{
	endUnchanged: {
		"The tenant was in this state already. Entra repeats a change that it does not find in what it reads.",
		pageEndpoint},
	endInjected: {
		"An armed rule made this answer; nothing was stored." + afterFailure,
		pageHow},
	endLost: {
		"The change is stored, but an armed rule kept the answer from Entra, which takes it for a failure. When it tries again it finds the change made, or its create meets a 409.",
		reportedThread},
	endCut: {
		"The connection ended before the answer was sent: the client or the tunnel gave up. How long Entra waits is not documented; it logs a timeout and tries again after about 40 minutes.",
		pageLogs},
	endNoToken: {
		"No Authorization header with a Bearer token came along. In Azure, put a token into Secret Token; left empty, Entra sends a token of its own that this tenant does not know." + afterBadToken,
		pageQuarantine},
	endWrongToken: {
		"This tenant never gave out this token. Generate one, and paste it whole into Secret Token; Entra adds the word Bearer itself. A # and eight digits stand for the token: calls with the same ones carry the same token." + afterBadToken,
		pageQuarantine},
	endRevokedToken: {
		"The token was good until it was revoked here. Generate another and paste it into Secret Token." + afterBadToken,
		pageQuarantine},
	endExpiredToken: {
		"The token's time is over. Microsoft asks for tokens that do not expire, for this reason. Generate another and paste it into Secret Token." + afterBadToken,
		pageQuarantine},
	endForbidden: {
		"The caller may not do this. Entra's log shows InsufficientRights." + afterFailure,
		pageLogs},
	endTaken: {
		"Another resource here has this value already. Entra's log shows a conflict." + afterFailure,
		pageLogs},
	endGone: {
		"No resource here has this id, or ever had it as far as is kept. Where Entra sends it, it remembers an id from before a reset or from another tenant. Its log shows InvalidAnchor; it looks the object up afresh after a restart of provisioning with a reset, or once the object's connection is removed.",
		pageObjects},
	endDeleted: {
		"The resource was deleted here, and the caller still uses its id. Entra remembers the id of everything that it ever created or matched, and does not look the object up again by itself. Its log shows InvalidAnchor; it looks afresh after a restart of provisioning with a reset, or once the object's connection is removed.",
		pageObjects},
	endNoPath: {
		"Nothing is served at this path. Where Entra meets a 404 instead of a 200, it takes the server for no SCIM server and puts the job into quarantine at once. Check the Tenant URL.",
		pageQuarantine},
	endStale: {
		"The request was meant for another version of the resource than the current one. The provisioning service is not known to send such conditions, and what it would do next is not documented.",
		"RFC 7644 section 3.14"},
	endTooBig: {
		"The request is over the limit on bodies, or on the operations of a bulk request. How Entra divides what is too large is not documented." + afterFailure,
		pageHow},
	endInvalid: {
		"The request was not what SCIM, or this server's profile, allows; the answer says what would be." + afterFailure,
		pageHow},
	endBadLookup: {
		"The server did not understand the question, so Entra cannot tell whether the object is here, and neither creates nor changes it." + afterFailure,
		pageOnDemand},
	endThrottled: {
		"The caller was told to slow down. Entra tries again by itself; whether it waits for as long as Retry-After says is not documented, and reports differ.",
		pageLogs},
	endUnsupported: {
		"This server does not do that; Entra's log shows that it is not allowed or not implemented. What it does next is not documented for this case.",
		pageLogs},
	endBroken: {
		"The server failed. Entra tries again after about 40 minutes, and more and more seldom after that.",
		pageLogs},
}

// injected says what comes of an injected answer, by its status, where that is
// more than a failed object.
var injected = map[int]reason{
	http.StatusUnauthorized: {
		"An armed rule refused the token; nothing was stored." + afterBadToken,
		pageQuarantine},
	http.StatusNotFound: {
		"An armed rule answered 404; nothing was stored. Where Entra expects 200, as on a lookup, it takes a 404 for a server that does not follow SCIM and puts the job into quarantine at once.",
		pageQuarantine},
	http.StatusTooManyRequests: {
		"An armed rule told the caller to slow down; nothing was stored. Entra tries again by itself; whether it waits for as long as Retry-After says is not documented, and reports differ.",
		pageLogs},
}

// Reasons that an operation has in some shapes only.
var (
	referenceCheck = reason{
		"The client asks whether a reference (a manager, a member) is set already, so that it need not read the whole resource. Entra does so with two conditions in one filter, the id and the reference.",
		pageEndpoint}
	matchByID = reason{
		"A lookup by a GUID as externalId is either a match, where externalId is mapped to the object id, or the check of endpoint and token that Entra makes with a random GUID. Both take 200 with an empty list for an answer.",
		pageEndpoint}
	foundWhereEmpty = reason{
		"A lookup by a GUID that finds something is no connection test: a resource here has this GUID in the matching attribute.",
		pageMappings}
	unreadable = reason{
		"The service wants 200 with a ListResponse here and cannot read anything else.",
		pageEndpoint}
	failedProbe = reason{
		"Entra looked up a random GUID, which cannot exist, and wants 200 with an empty list. With anything else Test Connection fails.",
		pageQuarantine}
	injectedProbe = reason{
		"An armed rule made this answer: clear it, and test again. A job that runs takes a 401 or a 404 here for bad credentials or a wrong server, and goes into quarantine at once.",
		pageQuarantine}
	otherType = reason{
		"This is a resource type that the tenant was given with --resource-type. Entra provisions users and groups alone, so this is another client.",
		pageEndpoint}
	setManager = reason{
		"Entra sends a manager after all users of the cycle, once both have an id here. Servers whose answers hold the manager in another form than Entra expects report that it is sent again each cycle.",
		pageHow}
)

// consequence is what comes of the call's end; none where it ended as asked.
func (s *subject) consequence() reason {
	if s.end.outcome == endInjected {
		if s.isTest() {
			return injectedProbe
		}
		if c, ok := injected[s.Status]; ok {
			return c
		}
	}
	return consequences[s.end.outcome]
}

// reason is why the call was made.
func (s *subject) reason() reason {
	switch {
	case s.Operation.OtherType() != "":
		return otherType
	case s.isAstray():
		return failedProbe
	}
	switch s.Operation {
	case scim.OpProbe:
		return s.probeReason()
	case scim.OpUserQuery, scim.OpGroupQuery:
		if q := s.ask(); q.refers != "" || q.attribute == "members" || q.attribute == "manager" {
			return referenceCheck
		}
	case scim.OpUserPatch:
		if s.isAboutManager() {
			return setManager
		}
	}
	return reasons[s.Operation]
}

// isAboutManager reports whether a PATCH changes the manager alone, or asks for
// no other change.
func (s *subject) isAboutManager() bool {
	if n := len(changedFields(s.Effect)); n > 0 {
		_, ok := fieldNamed(s.Effect, "manager")
		return ok && n == 1
	}
	asked := s.patched()
	return len(asked) == 1 && asked[0] == "manager"
}

func (s *subject) probeReason() reason {
	switch {
	case s.Results > 0:
		return foundWhereEmpty
	case !s.isTest():
		return matchByID
	case s.succeeded() && s.Results < 0:
		return unreadable
	case !s.succeeded():
		return failedProbe
	}
	return reasons[scim.OpProbe]
}
