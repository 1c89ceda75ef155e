package journal

import (
	"fmt"
	"math/rand/v2"
	"net/http"
	"runtime"
	"strings"
	"testing"
)

// heap returns the bytes that are reachable now.
func heap() int64 {
	runtime.GC()
	runtime.GC() // what the first one's finalizers let go of
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc)
}

func TestAHundredThousandCallsStayUnderTheBoundInBytesWhateverTheyHold(t *testing.T) {
	const bound = 8 << 20
	random := rand.New(rand.NewPCG(1, 2))
	text := func(n int) string { return strings.Repeat(string(rune('a'+random.IntN(26))), n) }
	texts := func(count, length int) []string {
		var list []string
		for range count {
			list = append(list, text(length))
		}
		return list
	}
	header := func(fields, length int) http.Header {
		h := make(http.Header)
		for i := range fields {
			h.Add(fmt.Sprintf("X-Field-%d", i), text(length))
		}
		return h
	}
	fields := func(count, length int) []Field {
		var list []Field
		for i := range count {
			list = append(list, Field{Name: fmt.Sprintf("attribute%d", i), From: text(length), To: text(length)})
		}
		return list
	}
	parts := func(count, length int) []*Call {
		var list []*Call
		for range count {
			list = append(list, &Call{
				Path: text(length), Request: Message{Body: []byte(text(length))},
				Effect: &Effect{Name: text(length), Fields: fields(3, length)},
			})
		}
		return list
	}
	shapes := []struct {
		name  string
		calls int
		make  func() *Call
	}{
		{"nothing", 100_000, func() *Call { return &Call{} }},
		{"small bodies and a few headers", 100_000, func() *Call {
			return &Call{
				Request:  Message{Header: header(1+random.IntN(9), 20), Body: []byte(text(random.IntN(700)))},
				Response: Message{Header: header(1+random.IntN(9), 20), Body: []byte(text(random.IntN(700)))},
				Effect:   &Effect{ID: text(36), Name: text(20), Fields: fields(random.IntN(3), 9)},
				Fault:    &FaultNote{Rule: text(3), Text: text(40)},
			}
		}},
		// Every magnitude is as likely, so that hundreds of small ones are
		// dropped for a large one.
		{"bodies of any size", 100_000, func() *Call {
			body := func() []byte { return []byte(text(random.IntN(1 << random.IntN(17)))) }
			return &Call{Request: Message{Body: body()}, Response: Message{Body: body()}}
		}},
		{"the largest bodies", 300, func() *Call {
			body := []byte(text(MaxBody))
			return &Call{Request: Message{Body: body}, Response: Message{Body: []byte(text(MaxBody))}, Effect: &Effect{Before: body, After: body}}
		}},
		{"long texts", 1_000, func() *Call {
			return &Call{Path: text(9000), Query: text(9000), Filter: text(9000), Client: text(9000), Error: text(9000)}
		}},
		{"many headers", 500, func() *Call { return &Call{Request: Message{Header: header(300, 1)}} }},
		{"many short changes", 4_000, func() *Call { return &Call{Effect: &Effect{Fields: fields(50, 1)}} }},
		{"many members", 3_000, func() *Call {
			return &Call{Effect: &Effect{Added: texts(100, 30), Removed: texts(100, 30)}}
		}},
		{"bulk requests of a thousand", 20, func() *Call { return &Call{Parts: parts(MaxParts, 20)} }},
		{"bulk requests of more", 20, func() *Call { return &Call{Parts: parts(2*MaxParts, 20)} }},
	}
	for _, shape := range shapes {
		t.Run(shape.name, func(t *testing.T) {
			before := heap()
			j := New(Options{MaxCalls: 100_000, MaxBytes: bound})
			for range shape.calls {
				j.Append(shape.make())
			}
			got := heap() - before
			first, last := j.Bounds()
			t.Logf("%d calls in %.1f MiB, counted as %.1f", last-first+1, float64(got)/(1<<20), float64(j.bytes)/(1<<20))
			if got > bound {
				t.Errorf("%d bytes are kept, bound %d", got, bound)
			}
			runtime.KeepAlive(j)
		})
	}
}
