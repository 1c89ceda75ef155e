package callsfile

import (
	"bytes"
	"net/http"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"

	"airmock/internal/entra"
	"airmock/internal/journal"
	"airmock/internal/journal/journaltest"
)

// same compares calls as whoever reads them does: nil is as good as empty, and
// a time in another zone is the same time.
var same = cmp.Options{cmpopts.EquateEmpty(), cmpopts.EquateApproxTime(0)}

func finished(at time.Time) []*journal.Call {
	return []*journal.Call{
		journaltest.Create("a.kim@contoso.com", at), journaltest.Lookup("a.kim@contoso.com", at),
		journaltest.Disable("a.kim@contoso.com", at), journaltest.Faulty(at), journaltest.Bulk("a", "b", at),
		journaltest.Create("\x00\xff\r\n*3\r\n$3\r\nset\r\n é", at),
	}
}

// sealed passes calls through a journal, as all that are written have been.
func sealed(calls ...*journal.Call) []*journal.Call {
	j := journal.New(journal.Options{})
	for _, c := range calls {
		j.Append(c)
	}
	return calls
}

func roundTrip(t rapid.TB, calls []*journal.Call) []*journal.Call {
	k := chunk{number: 7}
	for _, c := range calls {
		k = k.with(c)
	}
	value := k.encode("c:7")
	if strings.Contains(value, "\r") {
		t.Fatalf("a value has a carriage return: %q", value)
	}
	read, got, err := decodeChunk("c:7", value)
	if err != nil {
		t.Fatal(err)
	}
	if read.number != 7 || read.first != calls[0].Seq || read.n != len(calls) || !bytes.Equal(read.data, k.data) {
		t.Fatalf("the chunk is read as %d, %d, %d", read.number, read.first, read.n)
	}
	return got
}

func TestAFinishedCallIsReadAsItWas(t *testing.T) {
	calls := sealed(finished(time.Date(2026, 11, 22, 21, 4, 11, 123456789, time.UTC))...)
	got := roundTrip(t, calls)
	if diff := cmp.Diff(calls, got, same); diff != "" {
		t.Errorf("-was +is:\n%s", diff)
	}
	for i := range calls {
		if diff := cmp.Diff(string(entra.AppendCall(nil, calls[i])), string(entra.AppendCall(nil, got[i]))); diff != "" {
			t.Errorf("its JSON, -was +is:\n%s", diff)
		}
	}
}

// The fields are drawn by reflection, so that a field that Call gets and the
// coder does not know is found here.
func TestAnyCallIsReadAsItWas(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var calls []*journal.Call
		for range rapid.IntRange(1, 4).Draw(t, "calls") {
			c := new(journal.Call)
			draw(t, reflect.ValueOf(c).Elem(), 0)
			c.Seq = uint64(len(calls)) + 1
			calls = append(calls, c)
		}
		if diff := cmp.Diff(calls, roundTrip(t, calls), same); diff != "" {
			t.Fatalf("-was +is:\n%s", diff)
		}
	})
}

// draw fills v with anything.
func draw(t *rapid.T, v reflect.Value, depth int) {
	switch v.Interface().(type) {
	case time.Time:
		v.Set(reflect.ValueOf(time.Unix(rapid.Int64Range(-1<<40, 1<<40).Draw(t, "s"), rapid.Int64Range(0, 999_999_999).Draw(t, "ns"))))
		return
	case http.Header:
		v.Set(reflect.ValueOf(http.Header(rapid.MapOfN(anyText(), rapid.SliceOfN(anyText(), 1, 3), 0, 3).Draw(t, "header"))))
		return
	}
	switch v.Kind() {
	case reflect.String:
		v.SetString(anyText().Draw(t, "text"))
	case reflect.Int, reflect.Int64:
		v.SetInt(rapid.Int64().Draw(t, "number"))
	case reflect.Bool:
		v.SetBool(rapid.Bool().Draw(t, "flag"))
	case reflect.Uint8:
		v.SetUint(uint64(rapid.Byte().Draw(t, "byte")))
	case reflect.Struct:
		for i := range v.NumField() {
			field := v.Type().Field(i)
			switch {
			case field.Tag.Get("json") == "-": // of a call that is under way
			case field.Name == "Seq", depth > 0 && field.Name == "PartsN":
			case field.Name != "Parts":
				draw(t, v.Field(i), depth)
			case depth == 0: // an operation has none
				draw(t, v.Field(i), depth+1)
			}
		}
	case reflect.Pointer:
		if rapid.Bool().Draw(t, "there") {
			v.Set(reflect.New(v.Type().Elem()))
			draw(t, v.Elem(), depth)
		} else if v.Type() == reflect.TypeFor[*journal.Call]() {
			v.Set(reflect.New(v.Type().Elem())) // a part is never nil
		}
	case reflect.Slice:
		for range rapid.IntRange(0, 3).Draw(t, "length") {
			e := reflect.New(v.Type().Elem()).Elem()
			draw(t, e, depth)
			v.Set(reflect.Append(v, e))
		}
	default:
		t.Fatalf("a field of the kind %s, which draw does not know", v.Kind())
	}
}

func anyText() *rapid.Generator[string] {
	return rapid.OneOf(rapid.String(), rapid.SampledFrom([]string{"", "\r", "a\r\nb", "\xff\xfe", "\x00", "7:", "=4:", strings.Repeat("x", 5000)}))
}

func TestBodiesAreCutAndImagesAreNot(t *testing.T) {
	long := bytes.Repeat([]byte("x"), 2*maxBody)
	c := &journal.Call{
		Request: journal.Message{Body: long, Size: len(long)}, Response: journal.Message{Body: long[:maxBody], Size: maxBody},
		Effect: &journal.Effect{Before: long, After: long},
	}
	got := roundTrip(t, sealed(c))[0]
	if len(got.Request.Body) != maxBody || !got.Request.Truncated || got.Request.Size != len(long) {
		t.Errorf("the request has %d bytes, truncated %v", len(got.Request.Body), got.Request.Truncated)
	}
	if len(got.Response.Body) != maxBody || got.Response.Truncated {
		t.Errorf("the response has %d bytes, truncated %v", len(got.Response.Body), got.Response.Truncated)
	}
	if len(got.Effect.Before) != len(long) || len(got.Effect.After) != len(long) {
		t.Errorf("the images have %d and %d bytes", len(got.Effect.Before), len(got.Effect.After))
	}
	if len(c.Request.Body) != len(long) || c.Request.Truncated {
		t.Error("writing changed the call")
	}
}

func TestAFlippedByteIsFound(t *testing.T) {
	k := chunk{number: 1}
	for _, c := range sealed(finished(time.Unix(1, 0))...) {
		k = k.with(c)
	}
	value := k.encode("c:1")
	for i := range value {
		bad := []byte(value)
		bad[i] ^= 4
		if _, _, err := decodeChunk("c:1", string(bad)); err == nil {
			t.Fatalf("byte %d of %d was flipped, and nobody noticed", i, len(value))
		}
	}
	if _, _, err := decodeChunk("c:2", value); err == nil {
		t.Error("the value of another key is taken")
	}
}

// What has the right checksum may be hostile all the same: somebody can have
// made the file.
func FuzzDecode(f *testing.F) {
	for _, c := range sealed(finished(time.Unix(1, 0))...) {
		k := chunk{number: 1}.with(c)
		_, calls, _ := strings.Cut(k.encode("c:1"), " ")
		f.Add([]byte(calls))
	}
	for _, hostile := range []string{
		"", "1 1 1 ", "1 1 32 ", "1 4611686018427387905 1 ", "0 0 0 ", "-1 -1 -1 ", "99999999999999999999 1 1 ",
		"1 1 1 0 0 0 0 999999999:", "1 1 1 0 0 0 0 =9:!!!!!!!!!", "1 1 1 0 0 0 0 -5:",
	} {
		f.Add([]byte(hostile))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		value := checksum("c:1", data) + " " + string(data)
		k, calls, err := decodeChunk("c:1", value)
		if err != nil {
			return
		}
		if len(calls) != k.n || calls[0].Seq != k.first {
			t.Fatalf("%d calls from %d on are said to be %d from %d on", len(calls), calls[0].Seq, k.n, k.first)
		}
		again := chunk{number: k.number}
		for _, c := range calls {
			again = again.with(c)
		}
		if _, back, err := decodeChunk("c:1", again.encode("c:1")); err != nil {
			t.Fatalf("what was read cannot be written and read: %v", err)
		} else if diff := cmp.Diff(calls, back, same, bodiesCut); diff != "" {
			t.Fatalf("-was +is:\n%s", diff)
		}
		for _, c := range calls {
			_ = entra.AppendCall(nil, c)
		}
	})
}

// bodiesCut compares bodies as far as they are written.
var bodiesCut = cmp.Transformer("cut", func(m journal.Message) journal.Message {
	if len(m.Body) > maxBody {
		m.Body, m.Truncated = m.Body[:maxBody], true
	}
	return m
})
