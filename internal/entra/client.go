package entra

import (
	"cmp"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"airmock/internal/journal"
	"airmock/internal/scim"
)

// Dialects are the two ways in which the provisioning service says the same.
const (
	DialectDefault = "default"          // Add, "False", members to remove as values
	DialectFlag    = "aadOptscim062020" // the flag in the Tenant URL that asks for the RFC's shapes
)

// Certainty is how sure a conclusion is.
type Certainty string

const (
	Unsure  Certainty = ""        // nothing tells
	Guess   Certainty = "guess"   // one shape that others could send too
	Likely  Certainty = "likely"  // several shapes
	Certain Certainty = "certain" // it says so itself
)

// Client is who speaks, as far as its calls tell.
type Client struct {
	Name    string    // "Microsoft Entra ID", "Okta", "curl"; "" where nothing tells
	Dialect string    // of Entra: DialectDefault, DialectFlag, or "" where nothing tells; of others ""
	Sure    Certainty // of the name
	Because []string  // what that is concluded from, in words
	Calls   int       // how many calls were looked at
	Last    *journal.Call
}

// Names of clients.
const (
	nameEntra     = "Microsoft Entra ID"
	nameValidator = "Microsoft's SCIM validator"
	nameBrowser   = "a browser"
)

// Text says in one line who it is, which dialect it speaks, how sure that is, and
// from what: "Microsoft Entra ID, dialect default (certain: the header ADSCIMVersion)".
func (c Client) Text() string {
	if c.Name == "" {
		return c.said() + ": it sent nothing that tells who it is"
	}
	return fmt.Sprintf("%s (%s: %s)", c.said(), c.Sure, strings.Join(c.Because, ", "))
}

// Short is Text without what it is concluded from.
func (c Client) Short() string {
	if c.Name == "" {
		return c.said()
	}
	return fmt.Sprintf("%s (%s)", c.said(), c.Sure)
}

func (c Client) said() string {
	switch {
	case c.Name == "":
		return "an unknown client"
	case c.Dialect != "":
		return c.Name + ", dialect " + c.Dialect
	case c.Name == nameEntra:
		return c.Name + ", dialect not known yet"
	}
	return c.Name + ", neither of Entra's dialects"
}

// clue is a trait of a call that tells who made it, or which dialect it speaks.
type clue struct {
	name    string // of the client; "" for a clue to the dialect alone
	dialect string
	sure    Certainty // Certain: it says so itself
	text    string
	has     func(*journal.Call) bool
}

// clues are the traits that are documented or were seen. The headers are those by
// which Bitwarden's SCIM server tells clients apart; the shapes are of Microsoft's
// pages, and of recorded sessions.
var clues = [...]clue{
	{nameEntra, "", Certain, "the header ADSCIMVersion", func(c *journal.Call) bool { return c.Request.Header.Get("Adscimversion") != "" }},
	{nameEntra, DialectFlag, Certain, "aadOptscim062020 in the URL", func(c *journal.Call) bool {
		return strings.Contains(strings.ToLower(c.Query), "aadoptscim062020")
	}},
	{nameEntra, "", Guess, "a lookup by a random GUID", func(c *journal.Call) bool { return c.Operation == scim.OpProbe }},
	{nameEntra, "", Guess, "groups asked for without their members", func(c *journal.Call) bool {
		return c.Operation == scim.OpGroupQuery && strings.Contains(c.Query, "excludedAttributes=members")
	}},
	{nameEntra, "", Guess, "Microsoft's own group schema", has(scim.QuirkOldGroupSchema)},
	{nameEntra, DialectDefault, Guess, "operations written Add, Replace, Remove", has(scim.QuirkOpCapitalised)},
	{nameEntra, DialectDefault, Guess, `active as the text "True" or "False" in a PATCH`, func(c *journal.Call) bool {
		return c.Method == http.MethodPatch && slices.Contains(c.Quirks, scim.QuirkActiveAsString)
	}},
	{nameEntra, DialectDefault, Guess, "roles as JSON in a text", has(scim.QuirkRolesAsJSON)},
	{nameEntra, DialectFlag, Guess, "operations in lower case without a path and with dotted names", func(c *journal.Call) bool {
		return c.Method == http.MethodPatch && slices.Contains(c.Quirks, scim.QuirkDottedKeys) && !slices.Contains(c.Quirks, scim.QuirkOpCapitalised)
	}},
	{nameValidator, "", Guess, "lists of five, page by page", func(c *journal.Call) bool {
		return c.Operation == scim.OpUserList && strings.Contains(c.Query, "count=5") && strings.Contains(c.Query, "startIndex=") && agent(c) == ""
	}},
	{"Okta", "", Certain, "it names itself in User-Agent", func(c *journal.Call) bool { return strings.HasPrefix(agent(c), "Okta") }},
	{"Okta", "", Guess, "lookups with startIndex=1 and count=100", func(c *journal.Call) bool {
		return c.Operation == scim.OpUserQuery && strings.Contains(c.Query, "count=100") && strings.Contains(c.Query, "startIndex=1")
	}},
	{nameBrowser, "", Certain, "User-Agent is a browser's", func(c *journal.Call) bool { return strings.HasPrefix(agent(c), "Mozilla/") }},
}

func has(q scim.Quirk) func(*journal.Call) bool {
	return func(c *journal.Call) bool { return slices.Contains(c.Quirks, q) }
}

func agent(c *journal.Call) string { return c.Request.Header.Get("User-Agent") }

// ClientOf says who made calls that one client made, as far as they tell. A header
// counts more than any shape; of shapes that point to several clients, the most
// count.
func ClientOf(calls []*journal.Call) Client {
	var found [len(clues)]bool
	client := Client{Calls: len(calls)}
	for _, c := range calls {
		client.Last = c
		for i := range clues {
			found[i] = found[i] || clues[i].has(c)
		}
	}
	client.judge(&found)
	if client.Sure != Certain && client.Last != nil {
		client.nameItself(agent(client.Last))
	}
	return client
}

// judge concludes from the clues that were found.
func (c *Client) judge(found *[len(clues)]bool) {
	points := map[string]int{}
	best := ""
	for i, clue := range clues {
		if !found[i] {
			continue
		}
		points[clue.name]++
		if clue.sure == Certain {
			points[clue.name] += len(clues)
		}
		if best == "" || points[clue.name] > points[best] {
			best = clue.name
		}
	}
	c.Name = best
	for i, clue := range clues {
		if !found[i] || clue.name != best {
			continue
		}
		c.Because = append(c.Because, clue.text)
		c.Dialect = cmp.Or(c.Dialect, clue.dialect)
	}
	if best == nameEntra && points[best] <= len(clues) && points[nameValidator] > 0 {
		c.Name, c.Sure = nameValidator, Guess // it speaks as the service does
		c.Because = append(c.Because, "lists of five, page by page")
		return
	}
	switch {
	case points[best] > len(clues):
		c.Sure = Certain
	case points[best] > 1:
		c.Sure = Likely
	case points[best] == 1:
		c.Sure = Guess
	}
}

// nameItself takes the name that a client gives itself in User-Agent: curl of
// curl/8.5.0. The libraries that programs are written with name nobody.
func (c *Client) nameItself(agent string) {
	name := agent
	if i := strings.IndexAny(agent, "/@ "); i >= 0 {
		name = agent[:i]
	}
	for _, known := range otherServices {
		if strings.Contains(strings.ToLower(agent), strings.ToLower(known)) {
			name = known
		}
	}
	if name == "" {
		return
	}
	if slices.Contains(libraries[:], name) {
		if c.Name == "" {
			c.Name, c.Sure, c.Because = "a program that uses "+name, Guess, []string{"User-Agent is that of a library"}
		}
		return
	}
	because := []string{"it names itself in User-Agent"}
	if c.Name == nameEntra { // a program that says what the service would
		because = append(because, c.Because...)
	}
	c.Name, c.Sure, c.Because = safe(shorten(name, maxValue)), Certain, because
	if c.isOtherService() {
		c.Dialect, c.Because = "", because[:1]
	}
}

// otherServices are services that provision, beside Entra, as they call themselves.
// Whoever else names itself is taken for a program with which somebody sends what
// Entra would.
var otherServices = [...]string{
	"Okta", "OneLogin", "JumpCloud", "authentik", "Keycloak", "scimgateway", "ssosync", "PingOne", "PingFederate", "SailPoint", "Rippling", "CyberArk",
}

// isOtherService reports whether the client says that it is another service.
func (c Client) isOtherService() bool {
	return c.Sure == Certain && slices.Contains(otherServices[:], c.Name)
}

// libraries are what programs are written with, and call themselves where nobody
// told them a name.
var libraries = [...]string{"Go-http-client", "python-requests", "python-httpx", "Python-urllib", "Python", "Java", "node", "node-fetch", "undici", "axios", "okhttp", "Apache-HttpClient", "Ruby", "Faraday"}

// maxClients bounds what Clients tells apart.
const maxClients = 16

// Clients tells the clients of calls apart by what they call themselves, and says
// who each is, the one that called last first. Beyond sixteen the rest counts as
// one.
func Clients(calls []*journal.Call) []Client {
	var order []string
	byKey := map[string][]*journal.Call{}
	for _, c := range calls {
		key := agent(c) + "\n" + strconv.FormatBool(c.Request.Header.Get("Adscimversion") != "")
		if byKey[key] == nil {
			if len(order) == maxClients {
				key = order[maxClients-1]
			} else {
				order = append(order, key)
			}
		}
		byKey[key] = append(byKey[key], c)
	}
	clients := make([]Client, len(order))
	for i, key := range order {
		clients[i] = ClientOf(byKey[key])
	}
	slices.SortFunc(clients, func(a, b Client) int { return cmp.Compare(b.Last.Seq, a.Last.Seq) })
	return clients
}

// ClientAmong says who made c, by the calls around it that the same client made.
func ClientAmong(c *journal.Call, around []*journal.Call) Client {
	same := []*journal.Call{}
	for _, other := range around {
		if agent(other) == agent(c) && (other.Request.Header.Get("Adscimversion") != "") == (c.Request.Header.Get("Adscimversion") != "") {
			same = append(same, other)
		}
	}
	if !slices.Contains(same, c) {
		same = append(same, c)
	}
	return ClientOf(same)
}
