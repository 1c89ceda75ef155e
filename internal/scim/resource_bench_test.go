package scim

import (
	"encoding/json"
	"fmt"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"
)

// benchUser is a user as Entra's default mapping makes one, 1.3 KB.
const benchUser = `{"schemas":["urn:ietf:params:scim:schemas:core:2.0:User","urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"],"externalId":"0a21f0f2-8d2a-4f8e-bf98-7363c4aed4ef","userName":"b.simon@contoso.com","name":{"formatted":"Britta Simon","familyName":"Simon","givenName":"Britta"},"displayName":"Britta Simon","title":"Vice President","preferredLanguage":"en-US","active":true,"emails":[{"value":"b.simon@contoso.com","type":"work","primary":true},{"value":"britta@example.org","type":"home"}],"phoneNumbers":[{"value":"+1 425 555 0100","type":"work"},{"value":"+1 425 555 0101","type":"mobile"},{"value":"+1 425 555 0102","type":"fax"}],"addresses":[{"formatted":"18/2111","streetAddress":"One Microsoft Way","locality":"Redmond","region":"WA","postalCode":"98052","country":"US","type":"work"}],"roles":[{"value":"Admin","display":"Administrator","type":"WindowsAzureActiveDirectoryRole","primary":true}],"urn:ietf:params:scim:schemas:extension:enterprise:2.0:User":{"employeeNumber":"701984","costCenter":"4130","organization":"Contoso","division":"Theme Park","department":"Tour Operations","manager":{"value":"26118915-6090-4610-87e4-49d8ca9f808d"}}}`

var benchMeta = Meta{ID: "2819c223-7f76-453a-919d-413861904646", Version: 3, Created: time.Unix(1764000000, 0), LastModified: time.Unix(1764000100, 0)}

// storedUser is benchUser as the store keeps it.
func storedUser(b *testing.B, rt *ResourceType) []byte {
	b.Helper()
	draft, err := rt.ReadResource(mustParse(b, benchUser), &Reading{})
	if err != nil {
		b.Fatal(err)
	}
	image, _ := rt.Image(draft.Body, benchMeta)
	return image
}

// decode is what a server has that has no tree: a map.
func decode(b *testing.B, data []byte) (doc map[string]any) {
	if err := json.Unmarshal(data, &doc); err != nil {
		b.Fatal(err)
	}
	return doc
}

func encode(b *testing.B, doc map[string]any) {
	if _, err := json.Marshal(doc); err != nil {
		b.Fatal(err)
	}
}

// ratio runs ours for the benchmark's loop and the baseline as often, in turns
// so that both meet the same weather, and reports how many times faster ours
// is: the median of its turns against that of the baseline's. A turn is so short
// that other processes interrupt few of them.
func ratio(b *testing.B, ours, baseline func()) {
	// As much as 10,000 users take. With the few MB that a benchmark has
	// itself, the collector would be at work most of the time, which it is in
	// no server.
	heap := make([]byte, 16<<20)
	defer runtime.KeepAlive(heap)
	const turn = 50
	var took, theirs []time.Duration
	b.ReportAllocs()
	b.ResetTimer()
	for done := 0; done < b.N; done += turn {
		start := time.Now()
		for range turn {
			ours()
		}
		took = append(took, time.Since(start))
		b.StopTimer()
		start = time.Now()
		for range turn {
			baseline()
		}
		theirs = append(theirs, time.Since(start))
		b.StartTimer()
	}
	slices.Sort(took)
	slices.Sort(theirs)
	b.ReportMetric(float64(theirs[len(theirs)/2])/float64(took[len(took)/2]), "x-faster-than-map")
}

func BenchmarkParse(b *testing.B) {
	data := []byte(benchUser)
	ratio(b, func() {
		if _, err := Parse(data); err != nil {
			b.Fatal(err)
		}
	}, func() { decode(b, data) })
}

// BenchmarkParseValidateRender is a POST or PUT without HTTP and store. The
// map is decoded and encoded and nothing else: nobody has validated it.
func BenchmarkParseValidateRender(b *testing.B) {
	rt, data := StandardCatalog().Type("User"), []byte(benchUser)
	ratio(b, func() {
		doc, err := Parse(data)
		if err != nil {
			b.Fatal(err)
		}
		draft, err := rt.ReadResource(doc, &Reading{})
		if err != nil {
			b.Fatal(err)
		}
		rt.Image(draft.Body, benchMeta)
	}, func() {
		doc := decode(b, data)
		doc["id"] = benchMeta.ID
		encode(b, doc)
	})
}

// BenchmarkPatchActive is the PATCH that disables a user, as Entra sends it,
// from the bytes of the request and those that are stored to those that will
// be.
func BenchmarkPatchActive(b *testing.B) {
	rt := StandardCatalog().Type("User")
	image := storedUser(b, rt)
	request := []byte(`{"schemas":["` + URNPatchOp + `"],"Operations":[{"op":"Replace","path":"active","value":"False"}]}`)
	ratio(b, func() {
		doc, err := Parse(request)
		if err != nil {
			b.Fatal(err)
		}
		r := &Reading{}
		patch, err := rt.ParsePatch(doc, r)
		if err != nil {
			b.Fatal(err)
		}
		body, err := rt.Body(image)
		if err != nil {
			b.Fatal(err)
		}
		draft, err := patch.Apply(body, r)
		if err != nil {
			b.Fatal(err)
		}
		rt.Image(draft.Body, benchMeta)
	}, func() {
		request, body := decode(b, request), decode(b, image)
		for _, op := range request["Operations"].([]any) {
			op := op.(map[string]any)
			body[op["path"].(string)] = op["value"] == "True"
		}
		body["meta"].(map[string]any)["version"] = benchMeta.ETag()
		encode(b, body)
	})
}

// BenchmarkFilterStored evaluates a filter that no index answers on 100,000
// stored users, as a list request does.
func BenchmarkFilterStored(b *testing.B) {
	const users = 100_000
	rt := StandardCatalog().Type("User")
	images := make([][]byte, users)
	for i := range images {
		body, err := rt.Body(storedUser(b, rt))
		if err != nil {
			b.Fatal(err)
		}
		body.Set("title", NewString(fmt.Sprintf("Engineer %d", i%100)))
		images[i], _ = rt.Image(body, benchMeta)
	}
	for _, filter := range []struct {
		text    string
		matches func(doc map[string]any) bool
	}{
		{`title eq "engineer 7"`, func(doc map[string]any) bool {
			title, _ := doc["title"].(string)
			return strings.EqualFold(title, "engineer 7")
		}},
		{`emails[type eq "home" and value ew "@example.com"]`, func(doc map[string]any) bool {
			emails, _ := doc["emails"].([]any)
			return slices.ContainsFunc(emails, func(e any) bool {
				email, _ := e.(map[string]any)
				kind, _ := email["type"].(string)
				value, _ := email["value"].(string)
				return strings.EqualFold(kind, "home") && strings.HasSuffix(strings.ToLower(value), "@example.com")
			})
		}},
	} {
		b.Run(filter.text, func(b *testing.B) {
			e := mustFilter(b, filter.text)
			var ours, theirs, i, j int
			ratio(b, func() {
				v, err := rt.ParseImage(images[i%users])
				if err != nil {
					b.Fatal(err)
				}
				if i++; Match(e, v) {
					ours++
				}
			}, func() {
				doc := decode(b, images[j%users])
				if j++; filter.matches(doc) {
					theirs++
				}
			})
			if ours != theirs {
				b.Fatalf("%d matches and %d through a map", ours, theirs)
			}
			b.ReportMetric(float64(b.Elapsed().Milliseconds())*users/float64(b.N), "ms/100,000-users")
		})
	}
}
