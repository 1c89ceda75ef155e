package journal

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestASessionKeepsItsNumbersAndMayHaveGaps(t *testing.T) {
	calls := []*Call{{Seq: 5, Cycle: 2}, {Seq: 6, Cycle: 2}, {Seq: 9, Cycle: 4}}
	j, err := Session(calls)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range calls {
		if j.Get(c.Seq) != c {
			t.Errorf("call %d is another", c.Seq)
		}
	}
	if j.Get(7) != nil || j.Get(0) != nil || j.Get(10) != nil {
		t.Error("there are calls in a gap")
	}
	if first, last := j.Bounds(); first != 5 || last != 9 {
		t.Errorf("it is from %d to %d", first, last)
	}
	for seq, want := range map[uint64][]uint64{0: {5, 6, 9}, 5: {6, 9}, 6: {9}, 7: {9}, 9: nil, 50: nil} {
		got, _ := j.Since(seq, 10)
		if diff := cmp.Diff(want, numbers(got)); diff != "" && len(want)+len(got) > 0 {
			t.Errorf("since %d: -want +got:\n%s", seq, diff)
		}
	}
	for _, wrong := range [][]*Call{{{Seq: 0}}, {{Seq: 2}, {Seq: 2}}, {{Seq: 2}, {Seq: 1}}} {
		if _, err := Session(wrong); err == nil {
			t.Errorf("%d and so on are taken", wrong[0].Seq)
		}
	}
}

func TestACallFromElsewhereIsRedactedAsARecordedOne(t *testing.T) {
	secret := `{"password":"hunter2"}`
	part := &Call{Request: Message{Body: []byte(secret), Size: 900}, Parts: []*Call{{}}}
	c := &Call{
		Query: "access_token=hunter2", Token: "azure", Parts: []*Call{part, nil},
		Request:  Message{Header: map[string][]string{"Authorization": {"Bearer hunter2"}}, Body: []byte(secret), Size: len(secret)},
		Response: Message{Body: []byte(strings.Repeat("x", MaxBody+1)), Size: MaxBody + 1},
		Effect:   &Effect{After: []byte(secret)},
	}
	NewRedactor(nil).Call(c)
	if got := c.Request.Header.Get("Authorization"); got != "Bearer [token azure]" {
		t.Errorf("Authorization is %q", got)
	}
	for _, text := range []string{c.Query, string(c.Request.Body), string(part.Request.Body), string(c.Effect.After)} {
		if strings.Contains(text, "hunter2") {
			t.Errorf("a secret is in %s", text)
		}
	}
	if len(c.Parts) != 1 || part.Parts != nil || part.Request.Size != 900 || part.Request.Truncated {
		t.Errorf("the operations are %+v", c.Parts)
	}
	if len(c.Response.Body) != MaxBody || !c.Response.Truncated {
		t.Errorf("the response has %d bytes, cut: %v", len(c.Response.Body), c.Response.Truncated)
	}
}
