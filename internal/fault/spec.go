package fault

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"airmock/internal/nearest"
	"airmock/internal/scim"
)

// ParseSpec reads the words of a command line: a kind or a preset's name, then
// key=value pairs that override the preset's own. A spec that it returns can
// be armed, where the tenant has the resource types of its operations; the
// error names the wrong word and the nearest right one.
func ParseSpec(words []string) (Spec, error) {
	if len(words) == 0 {
		return nil, fmt.Errorf("name what to arm: a kind (%s) or a preset (%s)",
			strings.Join(kindNames(), ", "), strings.Join(presetNames(), ", "))
	}
	spec := Spec{}
	if name := words[0]; !strings.Contains(name, "=") {
		key, err := nameKey(name)
		if err != nil {
			return nil, err
		}
		spec[key] = name
		words = words[1:]
	}
	for _, word := range words {
		key, value, ok := strings.Cut(word, "=")
		if !ok {
			return nil, fmt.Errorf("%q is not key=value", word)
		}
		if _, twice := spec[key]; twice {
			return nil, fmt.Errorf("%q is given twice", key)
		}
		spec[key] = value
	}
	spec, err := expand(spec)
	if err != nil {
		return nil, err
	}
	if _, err := compile(spec, operations{}); err != nil {
		return nil, err
	}
	return spec, nil
}

// nameKey says whether a name is a kind's or a preset's.
func nameKey(name string) (key string, err error) {
	switch {
	case slices.Contains(kindNames(), name):
		return "kind", nil
	case slices.Contains(presetNames(), name):
		return "preset", nil
	}
	return "", fmt.Errorf("there is no kind or preset %q%s", name,
		hint(name, append(kindNames(), presetNames()...)))
}

// expand returns a spec in which no preset is named any more. What the spec
// itself says comes before what the preset says, and its way of choosing
// matches replaces the preset's.
func expand(spec Spec) (Spec, error) {
	name, named := spec["preset"]
	if !named {
		return maps.Clone(spec), nil
	}
	at := slices.IndexFunc(Presets(), func(p Preset) bool { return p.Name == name })
	if at < 0 {
		return nil, fmt.Errorf("there is no preset %q%s", name, hint(name, presetNames()))
	}
	full := Presets()[at].Spec
	if kind, given := spec["kind"]; given && kind != full["kind"] {
		return nil, fmt.Errorf("kind=%q: the preset %s is of kind %s; leave the kind out", kind, name, full["kind"])
	}
	if slices.ContainsFunc(choosers, spec.has) {
		maps.DeleteFunc(full, func(key, _ string) bool { return slices.Contains(choosers, key) })
	}
	maps.Copy(full, spec)
	delete(full, "preset")
	return full, nil
}

func (s Spec) has(key string) bool {
	_, given := s[key]
	return given
}

func kindOf(spec Spec) (*kind, error) {
	name, given := spec["kind"]
	if !given {
		return nil, fmt.Errorf("the key kind is missing; it is one of %s", strings.Join(kindNames(), ", "))
	}
	for _, k := range kinds() {
		if k.Name == name {
			return k, nil
		}
	}
	if slices.Contains(presetNames(), name) {
		return nil, fmt.Errorf("kind=%s: that is a preset; write preset=%s", name, name)
	}
	return nil, fmt.Errorf("there is no kind %q%s", name, hint(name, kindNames()))
}

// checkKeys refuses keys that a rule of this kind does not take.
func (k *kind) checkKeys(spec Spec) error {
	shared := slices.Concat([]string{"kind"}, paramNames(MatchParams()), paramNames(SelectParams()))
	own := paramNames(k.Params)
	for _, key := range slices.Sorted(maps.Keys(spec)) {
		if slices.Contains(own, key) || slices.Contains(shared, key) {
			continue
		}
		for _, other := range kinds() {
			if slices.Contains(paramNames(other.Params), key) {
				return fmt.Errorf("%s is a key of kind %s, not of %s", key, other.Name, k.Name)
			}
		}
		return fmt.Errorf("kind %s has no key %q%s", k.Name, key, hint(key, append(own, shared...)))
	}
	return nil
}

// hint ends an error on an unknown word: with the nearest right one, or with
// all of them.
func hint(word string, options []string) string {
	if near := nearest.Hint(word, options); near != "" {
		return near
	}
	return "; known are " + strings.Join(options, ", ")
}

// operations says which operations there are.
type operations struct {
	catalog *scim.Catalog // of the tenant; nil where none is at hand
}

// known reports whether a pattern matches an operation. Where no tenant is at
// hand, "device.create" may be one of a type that only the tenant knows.
func (o operations) known(pattern string) bool {
	if o.catalog.KnownPattern(pattern) {
		return true
	}
	_, verb, ok := strings.Cut(pattern, ".")
	return o.catalog == nil && ok && o.catalog.KnownPattern("group."+verb)
}

func (o operations) hint(word string) string {
	if near := o.catalog.NearestOperation(word); near != "" {
		return fmt.Sprintf("; did you mean %q?", near)
	}
	var names []string
	for _, op := range o.catalog.Operations() {
		names = append(names, string(op))
	}
	return hint(word, names)
}

func kindNames() []string {
	var names []string
	for _, k := range kinds() {
		names = append(names, k.Name)
	}
	return names
}

func presetNames() []string {
	var names []string
	for _, p := range Presets() {
		names = append(names, p.Name)
	}
	return names
}

func paramNames(params []Param) []string {
	var names []string
	for _, p := range params {
		names = append(names, p.Name)
	}
	return names
}
