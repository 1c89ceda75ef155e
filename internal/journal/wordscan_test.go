package journal

import (
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// A scan finds what looking everywhere finds, and may only find too much.
func TestAScanMissesNoWord(t *testing.T) {
	letters := rapid.SampledFrom([]rune("aAbBpPsSwWoOrRdD0_-\"{:, "))
	rapid.Check(t, func(t *rapid.T) {
		words := rapid.SliceOfN(rapid.StringOfN(rapid.SampledFrom([]rune("abpswrd_-")), 1, 9, -1), 1, 4).Draw(t, "words")
		text := rapid.StringOfN(letters, 0, 60, -1).Draw(t, "text")
		if rapid.Bool().Draw(t, "with one") {
			at := rapid.IntRange(0, len(text)).Draw(t, "at")
			text = text[:at] + strings.ToUpper(rapid.SampledFrom(words).Draw(t, "word")) + text[at:]
		}
		there := false
		for _, word := range words {
			there = there || strings.Contains(strings.ToLower(text), word)
		}
		scan := newWordScan(words)
		if there && !scan.in([]byte(text)) {
			t.Errorf("%q has one of %q", text, words)
		}
	})
}

// What a body without secrets holds is no alarm, or the scan would be of no use.
func TestAScanPassesOverAnOrdinaryBody(t *testing.T) {
	body := `{"schemas":["urn:ietf:params:scim:schemas:core:2.0:User"],"userName":"b.simon@contoso.com","name":{"givenName":"B","familyName":"Simon"},` +
		`"emails":[{"type":"work","value":"b.simon@contoso.com","primary":true}],"addresses":[{"streetAddress":"1 Main Street","country":"US"}],"title":"Secretary"}`
	if commonSecrets.mention([]byte(strings.ReplaceAll(body, "Secretary", "Engineer"))) {
		t.Error("a secret was seen where there is none")
	}
	if !commonSecrets.mention([]byte(body)) {
		t.Error("the beginning of Secretary was not seen")
	}
}

// BenchmarkWordScan reports how many times as fast as a look at each byte a scan
// of an ordinary body is.
func BenchmarkWordScan(b *testing.B) {
	body := []byte(strings.Repeat(`{"type":"work","value":"b.simon@contoso.com","primary":true},`, 20))
	simple := func() bool {
		for i := range body {
			for _, word := range secretWords {
				if hasPrefixFold(body[i:], word) {
					return true
				}
			}
		}
		return false
	}
	var took [2]time.Duration
	for range b.N {
		start := time.Now()
		simple()
		took[0] += time.Since(start)
		start = time.Now()
		commonSecrets.words.in(body)
		took[1] += time.Since(start)
	}
	b.ReportMetric(float64(took[0])/float64(took[1]), "x-faster")
}
