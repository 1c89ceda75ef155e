package store

import (
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/tidwall/buntdb"
	"pgregory.net/rapid"

	"airmock/internal/scim"
)

// deviceCatalog has a type of its own, and a unique attribute on users.
func deviceCatalog(tb testing.TB) *scim.Catalog {
	tb.Helper()
	schemas, err := scim.ReadSchemas("", []byte(`[
		{"id":"urn:acme:2.0:Device","attributes":[
			{"name":"displayName"},
			{"name":"members","multiValued":true},
			{"name":"serial","uniqueness":"server"},
			{"name":"ports","type":"complex","multiValued":true,"subAttributes":[{"name":"value","uniqueness":"server","caseExact":true}]}]},
		{"id":"urn:acme:2.0:User","attributes":[{"name":"badge","type":"integer","uniqueness":"server"}]}]`))
	if err != nil {
		tb.Fatal(err)
	}
	types, err := scim.ReadResourceTypes("", []byte(`{"name":"Device","endpoint":"/Devices","schema":"urn:acme:2.0:Device"}`))
	if err != nil {
		tb.Fatal(err)
	}
	c, err := scim.StandardCatalog().With(schemas, types)
	if err != nil {
		tb.Fatal(err)
	}
	return c
}

func devices(s *Store) *scim.ResourceType { return s.opts.Catalog.Type("Device") }

// create stores a resource and returns what stands in its way.
func create(tb testing.TB, s *Store, rt *scim.ResourceType, body string) error {
	_, err := s.Create(tb.Context(), rt, draft(tb, rt, body))
	return err
}

func TestAUniqueValueIsHeldByOne(t *testing.T) {
	s := mustOpen(t, Options{Memory: true, Catalog: deviceCatalog(t), NewID: counterIDs()})
	d := mustCreate(t, s, devices(s), `{"serial":"A-1","ports":[{"value":"p"},{"value":"P"}]}`)
	var conflict *ConflictError
	err := create(t, s, devices(s), `{"serial":"a-1"}`)
	if !errors.As(err, &conflict) {
		t.Fatalf("the same serial: %v", err)
	}
	if diff := cmp.Diff(ConflictError{Type: "Device", Attribute: "serial", Value: "a-1", Holder: d.ID}, *conflict); diff != "" {
		t.Error(diff)
	}
	if err := create(t, s, devices(s), `{"ports":[{"value":"q"},{"value":"P"}]}`); !errors.As(err, &conflict) || conflict.Attribute != "ports.value" {
		t.Errorf("the same port: %v", err)
	}
	mustCreate(t, s, devices(s), `{}`)
	mustCreate(t, s, devices(s), `{"serial":""}`) // no value holds no place
	if _, err := replace(t, s, devices(s), d.ID, `{"serial":"a-1","ports":[{"value":"P"}]}`); err != nil {
		t.Errorf("its own values: %v", err)
	}
	mustCreate(t, s, devices(s), `{"ports":[{"value":"p"}]}`)
	if _, err := s.Delete(t.Context(), devices(s), d.ID, nil); err != nil {
		t.Fatal(err)
	}
	mustCreate(t, s, devices(s), `{"serial":"A-1","ports":[{"value":"P"}]}`)
}

func TestOneOfManyConcurrentCreatesOfAValueWins(t *testing.T) {
	s := mustOpen(t, Options{Memory: true, Catalog: deviceCatalog(t)})
	const n = 50
	errs := make([]error, n)
	var all sync.WaitGroup
	for i := range n {
		d := draft(t, users(s), fmt.Sprintf(`{"userName":"u%d","urn:acme:2.0:User":{"badge":7}}`, i))
		all.Go(func() { _, errs[i] = s.Create(t.Context(), users(s), d) })
	}
	all.Wait()
	won := 0
	for _, err := range errs {
		if err == nil {
			won++
		} else if !errors.As(err, new(*ConflictError)) {
			t.Errorf("%v", err)
		}
	}
	if won != 1 || s.Count(users(s)) != 1 {
		t.Errorf("%d creates won, %d users are there", won, s.Count(users(s)))
	}
}

// Whatever is written in whatever order, no two devices have a value in common,
// and only what would make it so is refused.
func TestUniquenessAgreesWithANaiveModel(t *testing.T) {
	catalog := deviceCatalog(t)
	rapid.Check(t, func(rt *rapid.T) {
		s := New(Options{Memory: true, Catalog: catalog, NewID: counterIDs()})
		if err := s.Open(t.Context()); err != nil {
			rt.Fatal(err)
		}
		defer mustClose(t, s)
		held := make(map[string]string) // serial by id
		var order []string
		for range rapid.IntRange(1, 30).Draw(rt, "n") {
			serial := rapid.SampledFrom([]string{"", "a", "A", "b", "ß", "k", "\u212a"}).Draw(rt, "serial")
			body := fmt.Sprintf(`{"serial":%q}`, serial)
			id := ""
			if len(order) > 0 && rapid.Bool().Draw(rt, "again") {
				id = rapid.SampledFrom(order).Draw(rt, "id")
			}
			taken := false
			for other, has := range held {
				taken = taken || other != id && has != "" && strings.EqualFold(has, serial)
			}
			var err error
			if id == "" {
				var c Change
				if c, err = s.Create(t.Context(), devices(s), draft(t, devices(s), body)); err == nil {
					id = c.After.ID
					order = append(order, id)
				}
			} else {
				_, err = replace(t, s, devices(s), id, body)
			}
			if (err != nil) != taken {
				rt.Fatalf("%s on %q with %v: %v", body, id, held, err)
			}
			if err == nil {
				held[id] = serial
			}
		}
	})
}

func TestResourcesOfAnUnknownTypeWaitInTheFile(t *testing.T) {
	dir := t.TempDir()
	catalog := deviceCatalog(t)
	s := mustOpen(t, Options{Dir: dir, Catalog: catalog, NewID: counterIDs()})
	u := mustCreate(t, s, users(s), userBody("u"))
	g := mustCreate(t, s, groups(s), groupBody("g", u.ID))
	d := mustCreate(t, s, devices(s), `{"displayName":"pump","serial":"A-1","members":["x"]}`)
	if _, err := change(t.Context(), s, g.ID, membersOp(scim.MembersAdd, d.ID)); err != nil {
		t.Fatal(err)
	}
	mustClose(t, s)

	var warned collector
	s = mustOpen(t, Options{Dir: dir, NewID: func() string { return "later" }, Warn: warned.warn})
	if len(warned) != 1 || !strings.Contains(warned[0], `1 resources of the type "device" are left as they are`) {
		t.Errorf("warned %q", warned)
	}
	if _, err := s.Lookup(d.ID); !errors.Is(err, ErrNotFound) {
		t.Errorf("the device is there: %v", err)
	}
	if diff := cmp.Diff([]string{u.ID}, ids(s.Members(g.ID))); diff != "" {
		t.Error(diff)
	}
	later := mustCreate(t, s, users(s), userBody("later"))
	mustClose(t, s)

	s = mustOpen(t, Options{Dir: dir, Catalog: catalog, Warn: func(w string) { t.Errorf("warned: %s", w) }})
	again, err := s.Get(devices(s), d.ID)
	if err != nil || string(again.Image) != string(d.Image) || again.Name != "pump" || again.Seq >= later.Seq {
		t.Errorf("the device is %+v, %v", again, err)
	}
	if diff := cmp.Diff([]string{u.ID, d.ID}, ids(s.Members(g.ID))); diff != "" {
		t.Error(diff)
	}
	if err := create(t, s, devices(s), `{"serial":"a-1"}`); !errors.As(err, new(*ConflictError)) {
		t.Errorf("its serial is free: %v", err)
	}
	page, err := s.Query(t.Context(), Query{Type: devices(s), Filter: filter(t, devices(s), `members eq "x" and displayName eq "PUMP"`), Count: -1})
	if err != nil || page.Total != 1 {
		t.Errorf("found %d, %v", page.Total, err)
	}
}

func TestAValueThatTwoHaveIsReportedAndLeftAlone(t *testing.T) {
	dir := t.TempDir()
	s := mustOpen(t, Options{Dir: dir, NewID: counterIDs()})
	a := mustCreate(t, s, users(s), `{"userName":"a","urn:acme:2.0:User":{"badge":7}}`)
	b := mustCreate(t, s, users(s), `{"userName":"b","urn:acme:2.0:User":{"badge":7}}`)
	mustClose(t, s)
	var warned collector
	s = mustOpen(t, Options{Dir: dir, Catalog: deviceCatalog(t), Warn: warned.warn})
	if len(warned) != 1 || !strings.Contains(warned[0], `2 resources have the urn:acme:2.0:User:badge "7"`) || !strings.Contains(warned[0], a.ID) {
		t.Errorf("warned %q", warned)
	}
	if _, err := replace(t, s, users(s), b.ID, `{"userName":"b","title":"x","urn:acme:2.0:User":{"badge":7}}`); err != nil {
		t.Errorf("it cannot be changed: %v", err)
	}
}

func TestARecordOfAnUnknownTypeWithADamagedKeyIsAnError(t *testing.T) {
	dir := t.TempDir()
	mustClose(t, mustOpen(t, Options{Dir: dir}))
	tamper(t, dir, func(tx *buntdb.Tx) error {
		_, _, err := tx.Set("r:device", record{seq: 1}.encode("r:device"), nil)
		return err
	})
	if err := New(Options{Dir: dir}).Open(t.Context()); err == nil || !strings.Contains(err.Error(), "its key names no type and id") {
		t.Errorf("Open = %v", err)
	}
}

func TestANameThatIsCaseExactIsUniqueSo(t *testing.T) {
	schemas, err := scim.ReadSchemas("", []byte(`{"id":"`+scim.URNUser+`","attributes":[{"name":"userName","required":true,"caseExact":true,"uniqueness":"server"}]}`))
	if err != nil {
		t.Fatal(err)
	}
	c, err := scim.StandardCatalog().With(schemas, nil)
	if err != nil {
		t.Fatal(err)
	}
	s := mustOpen(t, Options{Memory: true, Catalog: c})
	mustCreate(t, s, users(s), userBody("a"))
	mustCreate(t, s, users(s), userBody("A"))
	if err := create(t, s, users(s), userBody("A")); !errors.As(err, new(*ConflictError)) {
		t.Errorf("the same name: %v", err)
	}
}

func TestResourcesThatComeTogetherHoldUniqueValues(t *testing.T) {
	s := mustOpen(t, Options{Memory: true, Catalog: deviceCatalog(t), NewID: counterIDs()})
	var news []Creation
	for _, body := range []string{`{"serial":"a"}`, `{"serial":"b"}`, `{"serial":"A"}`} {
		news = append(news, Creation{ID: s.NewID(), Type: devices(s), Draft: draft(t, devices(s), body)})
	}
	var conflict *ConflictError
	if _, failed, err := s.CreateAll(t.Context(), news); failed != 2 || !errors.As(err, &conflict) || conflict.Holder != news[0].ID {
		t.Errorf("CreateAll = %d, %v", failed, err)
	}
	if n := s.Count(devices(s)); n != 0 {
		t.Errorf("%d devices are there", n)
	}
	if _, _, err := s.CreateAll(t.Context(), news[:2]); err != nil {
		t.Error(err)
	}
}

func TestUniqueValuesAreKnownAfterARestart(t *testing.T) {
	o := Options{Dir: t.TempDir(), Catalog: deviceCatalog(t), Warn: func(w string) { t.Errorf("warned: %s", w) }}
	s := mustOpen(t, o)
	holders := make(map[string]string)
	for _, serial := range []string{"a-1", "b-22", "c-333", "d-4"} {
		holders[serial] = mustCreate(t, s, devices(s), fmt.Sprintf(`{"serial":%q}`, serial)).ID
	}
	mustClose(t, s)
	s = mustOpen(t, o)
	for serial, id := range holders {
		var conflict *ConflictError
		if err := create(t, s, devices(s), fmt.Sprintf(`{"serial":%q}`, serial)); !errors.As(err, &conflict) || conflict.Holder != id {
			t.Errorf("%s again: %v, want that %s has it", serial, err, id)
		}
	}
}
