package scimserver_test

import (
	"fmt"
	"strings"
	"testing"

	"airmock/internal/scim"
)

// Every value is refused on each way of writing.
func TestValuesOfTheWrongTypeAreRefused(t *testing.T) {
	tests := []struct{ name, attribute, value, detail string }{
		{"text", "text", `1`, "text must be a string"},
		{"integer as text", "count", `"three"`, "count must be a whole number"},
		{"integer with a fraction", "count", `1.5`, "count must be a whole number"},
		{"decimal", "weight", `"1.5"`, "weight must be a number"},
		{"boolean", "on", `"maybe"`, "on must be true or false"},
		{"boolean as number", "on", `1`, "on must be true or false"},
		{"dateTime", "seen", `"yesterday"`, "seen must be a date and time"},
		{"binary", "cert", `"*"`, "cert must be a string of base64"},
		{"reference", "link", `7`, "link must be a string that is a URI"},
		{"complex", "owner", `7`, "owner must be an object"},
		{"list of integers", "sizes", `[1,"x"]`, "sizes[1] must be a whole number"},
		{"list of dateTimes", "stamps", `["now"]`, "stamps[0] must be a date"},
		{"several values for one", "text", `["a","b"]`, "text has one value"},
		{"sub-attribute", "ports", `[{"value":"a","number":"x"}]`, "ports[0].number must be a whole number"},
		{"a required sub-attribute is missing", "ports", `[{"number":1}]`, "ports.value is required"},
		{"two primaries", "ports", `[{"value":"a","primary":true},{"value":"b","primary":true}]`, "primary"},
		{"an extension's integer", urnLab, `{"bench":"x"}`, "bench must be a whole number"},
		{"an extension's required attribute is missing", urnLab, `{"frozen":"x"}`, "bench is required"},
	}
	f := newDevices(t, scim.RFC)
	id := f.must("POST", "/Devices", device(""))
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			f.t = t
			member := fmt.Sprintf(`%q:%s`, tt.attribute, tt.value)
			f.do("POST", "/Devices", device(member)).wantError(400, scim.InvalidValue, tt.detail)
			f.do("PUT", "/Devices/"+id, device(member)).wantError(400, scim.InvalidValue, tt.detail)
			for _, op := range []string{
				fmt.Sprintf(`{"op":"add","path":%q,"value":%s}`, tt.attribute, tt.value),
				fmt.Sprintf(`{"op":"replace","path":%q,"value":%s}`, tt.attribute, tt.value),
				`{"op":"add","value":{` + member + `}}`,
			} {
				if tt.name == "two primaries" && strings.Contains(op, `"path"`) {
					continue // the last of them takes it from the other (RFC 7644 section 3.5.2)
				}
				a := f.do("PATCH", "/Devices/"+id, patchBody(op))
				if tt.name == "two primaries" {
					a.wantStatus(200)
					f.must("PUT", "/Devices/"+id, device(""))
					continue
				}
				a.wantError(400, scim.InvalidValue, tt.detail)
			}
		})
	}
}

func TestValuesOfEveryTypeAreTakenAndFound(t *testing.T) {
	tests := []struct{ attribute, value, filter string }{
		{"text", `"Ä"`, `text eq "ä"`},
		{"exact", `"Ab"`, `exact eq "Ab" and not (exact eq "ab")`},
		{"count", `-12`, `count lt 0`},
		{"weight", `1.50`, `weight eq 1.5`},
		{"on", `false`, `on eq false`},
		{"seen", `"2026-01-02T03:04:05+01:00"`, `seen eq "2026-01-02T02:04:05Z"`},
		{"cert", `"AQID"`, `cert eq "AQID"`},
		{"link", `"https://example.com/a"`, `link sw "https:"`},
		{"owner", `{"value":"7"}`, `owner.value eq "7"`},
		{"tags", `["a","b"]`, `tags eq "B"`},
		{"sizes", `[1,2]`, `sizes ge 2`},
		{"stamps", `["2026-01-02T03:04:05Z"]`, `stamps gt "2026-01-01T00:00:00Z"`},
		{"ports", `[{"value":"mac","type":"lan","number":1}]`, `ports[type eq "lan" and number eq 1]`},
		{"color", `"blue"`, `color eq "blue"`}, // canonical values are hints
		{urnLab, `{"bench":7}`, urnLab + `:bench eq 7`},
	}
	f := newDevices(t, scim.RFC)
	for _, tt := range tests {
		t.Run(tt.attribute, func(t *testing.T) {
			f.t = t
			a := f.do("POST", "/Devices", device(fmt.Sprintf(`%q:%s`, tt.attribute, tt.value)))
			a.wantStatus(201)
			a.wantAt(tt.attribute, tt.value)
			query := "/Devices?filter=" + escape(tt.filter)
			f.do("GET", query, "").wantAt("totalResults", "1")
			f.do("DELETE", "/Devices/"+strings.Trim(a.at("id"), `"`), "").wantStatus(204)
			f.do("GET", query, "").wantAt("totalResults", "0")
		})
	}
}

func escape(filter string) string {
	return strings.NewReplacer(" ", "+", `"`, "%22", "+", "%2B", "[", "%5B", "]", "%5D", "ä", "%C3%A4").Replace(filter)
}

func TestRequiredIsRequired(t *testing.T) {
	f := newDevices(t, scim.Entra)
	f.do("POST", "/Devices", `{"schemas":["`+urnDevice+`"]}`).wantError(400, scim.InvalidValue, "displayName is required")
	f.do("POST", "/Devices", `{"schemas":["`+urnDevice+`"],"displayName":""}`).wantError(400, scim.InvalidValue, "displayName is required")
	f.do("POST", "/Labs", device("")).wantError(400, scim.InvalidValue, "must have the extension "+urnLab)
	id := f.must("POST", "/Labs", device(`"`+urnLab+`":{"bench":1}`))
	for _, op := range []string{
		`{"op":"remove","path":"displayName"}`,
		`{"op":"remove","path":"` + urnLab + `:bench"}`,
	} {
		f.do("PATCH", "/Labs/"+id, patchBody(op)).wantError(400, scim.Mutability, "is required")
	}
	f.do("PATCH", "/Labs/"+id, patchBody(`{"op":"remove","path":"`+urnLab+`"}`)).wantError(400, scim.InvalidValue, "must have the extension")
	f.do("PUT", "/Labs/"+id, device("")).wantError(400, scim.InvalidValue, "must have the extension")
}

func TestReadOnlyIsIgnoredOrRefused(t *testing.T) {
	f := newDevices(t, scim.RFC)
	a := f.do("POST", "/Devices", device(`"state":"hot"`))
	a.wantStatus(201)
	a.wantAt("state", "")
	a = f.do("PUT", "/Devices/1", device(`"state":"hot"`))
	a.wantStatus(200)
	a.wantAt("state", "")
	f.do("PATCH", "/Devices/1", patchBody(`{"op":"add","path":"state","value":"hot"}`)).wantError(400, scim.Mutability, "state is read-only")
}

func TestImmutableIsSetOnce(t *testing.T) {
	f := newDevices(t, scim.RFC)
	id := f.must("POST", "/Devices", device(`"serial":"A-1","born":"2026-01-02T03:04:05Z","marks":["a","b"],"site":{"code":"B","room":"1"},"ports":[{"value":"p","type":"lan","maker":"x"}],"`+urnLab+`":{"bench":1,"frozen":"f"}`))
	at := "/Devices/" + id
	refused := []struct{ name, put, patch string }{
		{"another value", `"serial":"B-2"`, `{"op":"replace","path":"serial","value":"B-2"}`},
		{"another instant", `"born":"2026-01-02T03:04:06Z"`, `{"op":"add","path":"born","value":"2026-01-02T03:04:06Z"}`},
		{"another list", `"marks":["a"]`, `{"op":"add","path":"marks","value":["c"]}`},
		{"a longer list", `"marks":["a","b","c"]`, `{"op":"remove","path":"marks[value eq \"a\"]"}`},
		{"another sub-attribute", `"site":{"code":"C"}`, `{"op":"replace","path":"site.code","value":"C"}`},
		{"a complex value with another", `"site":{"code":"C","room":"1"}`, `{"op":"replace","path":"site","value":{"code":"C"}}`},
		{"another in an extension", `"` + urnLab + `":{"bench":1,"frozen":"g"}`, `{"op":"replace","path":"` + urnLab + `:frozen","value":"g"}`},
		{"its removal", "", `{"op":"remove","path":"serial"}`},
		{"the removal of its extension", "", `{"op":"remove","path":"` + urnLab + `"}`},
		{"a path-less value", "", `{"op":"replace","value":{"serial":"C"}}`},
		{"one of several values", "", `{"op":"replace","path":"ports[type eq \"lan\"].maker","value":"y"}`},
		{"one of several values, as a whole", "", `{"op":"replace","path":"ports[type eq \"lan\"]","value":{"value":"p","maker":"y"}}`},
		{"one of several values, removed", "", `{"op":"remove","path":"ports[type eq \"lan\"].maker"}`},
		{"one of several values, added again", "", `{"op":"add","path":"ports","value":[{"value":"p","type":"lan","maker":"y"}]}`},
	}
	before := f.do("GET", at, "").body
	for _, tt := range refused {
		t.Run(tt.name, func(t *testing.T) {
			f.t = t
			if tt.put != "" {
				f.do("PUT", at, device(tt.put)).wantError(400, scim.Mutability, "is immutable")
			}
			f.do("PATCH", at, patchBody(`{"op":"add","path":"text","value":"lost"},`+tt.patch)).wantError(400, scim.Mutability, "is immutable")
			if after := f.do("GET", at, "").body; after != before {
				t.Errorf("the device changed:\n%s\n%s", before, after)
			}
		})
	}
	f.t = t
	for _, op := range []string{
		`{"op":"replace","path":"serial","value":"a-1"}`, // not caseExact: the same value
		`{"op":"replace","path":"born","value":"2026-01-02T04:04:05+01:00"}`,
		`{"op":"replace","path":"marks","value":["b","a"]}`,
		`{"op":"remove","path":"serial"},{"op":"add","path":"serial","value":"A-1"}`,
		`{"op":"add","path":"ports","value":[{"value":"p","type":"lan","maker":"x"}]}`,
	} {
		if a := f.do("PATCH", at, patchBody(op)); a.StatusCode != 200 || a.body != before {
			t.Errorf("%s: %s %s, want what it was:\n%s", op, a.Status, a.body, before)
		}
	}
	a := f.do("PUT", at, device(`"site":{"code":"b","room":"2"},"`+urnLab+`":{"bench":2}`)) // what is left out stays (RFC 7644 section 3.5.1)
	a.wantStatus(200)
	a.wantAt("serial", `"A-1"`)
	a.wantAt("born", `"2026-01-02T03:04:05Z"`)
	a.wantAt("marks", `["a","b"]`)
	a.wantAt("site", `{"code":"B","room":"2"}`)
	a.wantAt("ports", "")
	a.wantAt(urnLab, `{"bench":2,"frozen":"f"}`)
	id = f.must("POST", "/Devices", device(""))
	f.do("PATCH", "/Devices/"+id, patchBody(`{"op":"replace","path":"serial","value":"S"}`)).wantAt("serial", `"S"`)
	f.do("PUT", "/Devices/"+id, device(`"born":"2026-01-02T03:04:05Z"`)).wantAt("born", `"2026-01-02T03:04:05Z"`)
	f.do("PUT", "/Devices/"+id, device(`"born":"2027-01-02T03:04:05Z"`)).wantError(400, scim.Mutability, "born is immutable")
}

func TestWhatIsNeverReturnedIsNotStored(t *testing.T) {
	f := newDevices(t, scim.RFC)
	a := f.do("POST", "/Devices", device(`"pin":"p1n","key":"k3y"`))
	a.wantStatus(201)
	for _, answer := range []*answer{
		a,
		f.do("GET", "/Devices/1?attributes=pin,key", ""),
		f.do("PUT", "/Devices/1", device(`"pin":"p1n","key":"k3y"`)),
		f.do("PATCH", "/Devices/1?attributes=pin", patchBody(`{"op":"replace","path":"pin","value":"p1n"}`)),
		f.do("GET", "/Devices", ""),
	} {
		if strings.Contains(answer.body, "p1n") || strings.Contains(answer.body, "k3y") {
			t.Errorf("it is told: %s", answer.body)
		}
	}
	f.do("GET", "/Devices?filter=pin+pr", "").wantAt("totalResults", "0")
}

func TestReturnedSaysWhenAnAttributeIsShown(t *testing.T) {
	f := newDevices(t, scim.RFC)
	f.must("POST", "/Devices", device(`"log":"l","model":"m","text":"t"`))
	a := f.do("GET", "/Devices/1", "")
	a.wantAt("log", "")
	a.wantAt("model", `"m"`)
	f.do("GET", "/Devices", "").wantAt("Resources/0/log", "")
	a = f.do("GET", "/Devices/1?attributes=log", "")
	a.wantAt("log", `"l"`)
	a.wantAt("model", `"m"`)
	a.wantAt("text", "")
	f.do("GET", "/Devices/1?excludedAttributes=model,text", "").wantAt("model", `"m"`)
}

func TestUniqueValuesAreUnique(t *testing.T) {
	f := newDevices(t, scim.Entra)
	first := f.must("POST", "/Devices", device(`"asset":"A","code":"c","ports":[{"value":"p1"},{"value":"p2"}],"`+urnLab+`":{"bench":1}`))
	second := f.must("POST", "/Devices", device(`"code":"C"`)) // caseExact: another value
	tests := []struct{ name, attributes, path, value, detail string }{
		{"without case", `"asset":"a"`, "asset", `"a"`, `the asset "a" is taken by the Device with id ` + first},
		{"with case", `"code":"c"`, "code", `"c"`, `the code "c" is taken`},
		{"one of several values", `"ports":[{"value":"x"},{"value":"P2"}]`, "ports", `[{"value":"p2"}]`, `the ports.value "`},
		{"in an extension", `"` + urnLab + `":{"bench":1}`, urnLab + ":bench", `1`, `the ` + urnLab + `:bench "1" is taken`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			f.t = t
			f.do("POST", "/Devices", device(tt.attributes)).wantError(409, scim.Uniqueness, tt.detail)
			f.do("PUT", "/Devices/"+second, device(tt.attributes)).wantError(409, scim.Uniqueness, tt.detail)
			a := f.do("PATCH", "/Devices/"+second, patchBody(fmt.Sprintf(`{"op":"add","path":%q,"value":%s}`, tt.path, tt.value)))
			a.wantError(409, scim.Uniqueness, tt.detail)
			f.must("PUT", "/Devices/"+first, device(`"asset":"A","code":"c","ports":[{"value":"p1"},{"value":"p2"}],"`+urnLab+`":{"bench":1}`))
		})
	}
	f.t = t
	f.must("POST", "/Labs", device(`"asset":"A","`+urnLab+`":{"bench":1}`)) // another type, another scope
	f.must("PUT", "/Devices/"+first, device(""))
	f.must("PUT", "/Devices/"+second, device(`"asset":"a"`)) // free again
	u := f.must("POST", "/Users", `{"userName":"a","`+urnAcme+`":{"badge":7}}`)
	f.do("POST", "/Users", `{"userName":"b","`+urnAcme+`":{"badge":7}}`).wantError(409, scim.Uniqueness, "badge")
	f.do("DELETE", "/Users/"+u, "").wantStatus(204)
	f.must("POST", "/Users", `{"userName":"b","`+urnAcme+`":{"badge":7}}`)
}

func TestAReferenceLeadsToItsTypes(t *testing.T) {
	f := newDevices(t, scim.RFC)
	for _, uri := range []string{"../Users/7", "/Users/7", "https://example.com/scim/v2/Users/7"} {
		f.must("POST", "/Devices", device(`"owner":{"value":"7","$ref":"`+uri+`"}`))
	}
	for _, uri := range []string{"../Groups/7", "https://example.com", "urn:x:7"} {
		f.do("POST", "/Devices", device(`"owner":{"value":"7","$ref":"`+uri+`"}`)).wantError(400, scim.InvalidValue, "refers to a User")
	}
	f.do("POST", "/Devices", device(`"link":"no uri"`)).wantError(400, scim.InvalidValue, "link must be a string that is a URI")
}
