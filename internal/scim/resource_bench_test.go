package scim

import (
	"encoding/json"
	"testing"
	"time"
)

// benchUser is a user as Entra's default mapping makes one, 1.3 KB.
const benchUser = `{"schemas":["urn:ietf:params:scim:schemas:core:2.0:User","urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"],"externalId":"0a21f0f2-8d2a-4f8e-bf98-7363c4aed4ef","userName":"b.simon@contoso.com","name":{"formatted":"Britta Simon","familyName":"Simon","givenName":"Britta"},"displayName":"Britta Simon","title":"Vice President","preferredLanguage":"en-US","active":true,"emails":[{"value":"b.simon@contoso.com","type":"work","primary":true},{"value":"britta@example.org","type":"home"}],"phoneNumbers":[{"value":"+1 425 555 0100","type":"work"},{"value":"+1 425 555 0101","type":"mobile"},{"value":"+1 425 555 0102","type":"fax"}],"addresses":[{"formatted":"18/2111","streetAddress":"One Microsoft Way","locality":"Redmond","region":"WA","postalCode":"98052","country":"US","type":"work"}],"roles":[{"value":"Admin","display":"Administrator","type":"WindowsAzureActiveDirectoryRole","primary":true}],"urn:ietf:params:scim:schemas:extension:enterprise:2.0:User":{"employeeNumber":"701984","costCenter":"4130","organization":"Contoso","division":"Theme Park","department":"Tour Operations","manager":{"value":"26118915-6090-4610-87e4-49d8ca9f808d"}}}`

var benchMeta = Meta{ID: "2819c223-7f76-453a-919d-413861904646", Version: 3, Created: time.Unix(1764000000, 0), LastModified: time.Unix(1764000100, 0)}

// mapRoundTrip is what a server does that has no tree: decode into a map,
// touch it, encode.
func mapRoundTrip(b *testing.B, data []byte, touch func(map[string]any)) {
	var doc map[string]any
	if err := json.Unmarshal(data, &doc); err != nil {
		b.Fatal(err)
	}
	touch(doc)
	if _, err := json.Marshal(doc); err != nil {
		b.Fatal(err)
	}
}

// ratio runs ours for the benchmark's loop and the baseline as often, in turns
// so that both meet the same weather, and reports how many times faster ours is.
func ratio(b *testing.B, ours, baseline func()) {
	const turn = 100
	b.ReportAllocs()
	var theirs time.Duration
	for done := 0; done < b.N; done += turn {
		n := min(turn, b.N-done)
		for i := 0; i < n; i++ {
			ours()
		}
		b.StopTimer()
		start := time.Now()
		for i := 0; i < n; i++ {
			baseline()
		}
		theirs += time.Since(start)
		b.StartTimer()
	}
	b.ReportMetric(float64(theirs)/float64(b.Elapsed()), "x-faster-than-map")
}

func BenchmarkParse(b *testing.B) {
	data := []byte(benchUser)
	ratio(b, func() {
		if _, err := Parse(data); err != nil {
			b.Fatal(err)
		}
	}, func() {
		var doc map[string]any
		if err := json.Unmarshal(data, &doc); err != nil {
			b.Fatal(err)
		}
	})
}

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
		mapRoundTrip(b, data, func(doc map[string]any) { doc["id"] = benchMeta.ID })
	})
}

func BenchmarkDisableOnStoredBytes(b *testing.B) {
	rt := StandardCatalog().Type("User")
	doc, err := Parse([]byte(benchUser))
	if err != nil {
		b.Fatal(err)
	}
	draft, err := rt.ReadResource(doc, &Reading{})
	if err != nil {
		b.Fatal(err)
	}
	image, _ := rt.Image(draft.Body, benchMeta)
	ratio(b, func() {
		body, err := rt.Body(image)
		if err != nil {
			b.Fatal(err)
		}
		body.Set("active", NewBool(false))
		rt.tidy(body)
		if err := rt.check(body); err != nil {
			b.Fatal(err)
		}
		rt.Image(body, benchMeta)
	}, func() {
		mapRoundTrip(b, image, func(doc map[string]any) { doc["active"] = false })
	})
}
