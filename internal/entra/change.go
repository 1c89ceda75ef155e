package entra

import (
	"fmt"
	"slices"
	"strings"

	"github.com/go-json-experiment/json/jsontext"

	"airmock/internal/journal"
	"airmock/internal/scim"
)

// change is the phrase of a PATCH that is no more special than that.
func (s *subject) change() string {
	fields := changedFields(s.Effect)
	if s.kind() == "group" && s.movesMembers() {
		return s.changeMembers(fields)
	}
	if len(fields) == 0 {
		return s.changeAsked()
	}
	if len(fields) > 1 {
		return "Change " + s.name() + ": " + differences(fields)
	}
	return s.changeOne(fields[0])
}

// changeAsked is the phrase of a PATCH of which nothing is known but its body: it
// was refused, or changed nothing.
func (s *subject) changeAsked() string {
	attributes := s.patched()
	switch {
	case len(attributes) == 0:
		return "Change " + s.titled()
	case len(attributes) == 1 && attributes[0] != "password" && s.wanted() != "":
		return "Change " + attributes[0] + " of " + s.name() + " to " + s.wanted()
	}
	return "Change " + join(attributes) + " of " + s.name()
}

// wanted is the value for people that the one operation of a PATCH gives an
// attribute, "" where that is none, a reference, or too deep for a sentence.
func (s *subject) wanted() string {
	operations := s.doc().Get("Operations")
	if operations.Len() != 1 {
		return ""
	}
	for op := range operations.Elements() {
		v := op.Get("value")
		if v.Kind() == scim.String && op.Get("path").Text() != "" && label(op.Get("path").Text()) != "manager" {
			return shorten(v.Text(), maxValue)
		}
	}
	return ""
}

// differences are what changed from what to what; of more than a few
// attributes, the first, and how many more there are.
func differences(fields []journal.Field) string {
	const most = 3
	if i := slices.IndexFunc(fields, func(f journal.Field) bool { return f.Name == "active" }); i > 0 {
		fields = slices.Concat(fields[i:i+1], fields[:i], fields[i+1:]) // it matters most
	}
	var parts []string
	for _, f := range fields[:min(len(fields), most)] {
		parts = append(parts, difference(f))
	}
	text := strings.Join(parts, ", ")
	if more := len(fields) - len(parts); more > 0 {
		text += fmt.Sprintf(" and %d more", more)
	}
	return text
}

// difference is the change of one attribute among others.
func difference(f journal.Field) string {
	name := label(f.Name)
	from, to := value(f.From), value(f.To)
	switch {
	case f.To == "":
		return name + " cleared"
	case name == "manager", to == "", from == "" && f.From != "":
		return name
	case f.From == "":
		return name + " set to " + to
	}
	return name + " " + from + " → " + to
}

func (s *subject) changeOne(f journal.Field) string {
	name := label(f.Name)
	from, to := value(f.From), value(f.To)
	switch {
	case name == "password":
		return "Set password of " + s.name()
	case name == "manager" && f.To == "":
		return "Remove the manager of " + s.name()
	case name == "manager":
		if was := s.manager(f.From, func(names journal.Field) string { return names.From }); was != "" {
			return "Change the manager of " + s.name() + ": " + was + " → " + s.newManager(f)
		}
		return "Set the manager of " + s.name() + " to " + s.newManager(f)
	case name == "displayName" && s.kind() == "group" && from != "":
		return "Rename group " + from + " to " + to
	case f.To == "":
		return "Clear " + name + " of " + s.name()
	case to == "", from == "" && f.From != "":
		return "Change " + name + " of " + s.name()
	case f.From == "":
		return "Set " + name + " of " + s.name() + " to " + to
	}
	return "Change " + name + " of " + s.name() + ": " + from + " → " + to
}

func (s *subject) newManager(f journal.Field) string {
	return s.manager(f.To, func(names journal.Field) string { return names.To })
}

// manager names the manager with that id, as JSON: by name where the effect has
// it, else by id.
func (s *subject) manager(id string, side func(names journal.Field) string) string {
	for _, other := range s.Effect.Fields {
		if name := side(other); label(other.Name) == "manager.displayName" && name != "" {
			return shorten(scalar(name), maxName)
		}
	}
	return ShortID(scalar(id))
}

// movesMembers reports whether the effect has members that came or went.
func (s *subject) movesMembers() bool {
	return s.Effect != nil && s.Effect.AddedN+s.Effect.RemovedN > 0
}

// changeMembers is the phrase of a PATCH that does several things to a group.
func (s *subject) changeMembers(fields []journal.Field) string {
	parts := s.moves()
	if len(fields) > 0 {
		parts = append(parts, fieldNames(fields)+" changed")
	}
	return "Change " + s.titled() + ": " + strings.Join(parts, ", ")
}

// moves says how many members came and how many went.
func (s *subject) moves() []string {
	if s.Effect == nil {
		return nil
	}
	var parts []string
	if n := s.Effect.AddedN; n > 0 {
		parts = append(parts, count(n, "member")+" added")
	}
	if n := s.Effect.RemovedN; n > 0 {
		parts = append(parts, count(n, "member")+" removed")
	}
	return parts
}

func (s *subject) addMembers() string {
	if s.Effect != nil && s.Effect.RemovedN > 0 {
		return s.changeMembers(nil)
	}
	n, names := 0, []string(nil)
	if s.Effect != nil {
		n, names = s.Effect.AddedN, s.Effect.Added
	}
	return "Add " + s.members(n, names) + " to " + s.name() + few(names)
}

func (s *subject) removeMembers() string {
	n, names := 0, []string(nil)
	if s.Effect != nil {
		n, names = s.Effect.RemovedN, s.Effect.Removed
	}
	return "Remove " + s.members(n, names) + " from " + s.name() + few(names)
}

// members words the members that the call moves: the one by name, or how many.
// Where none moved, names are those of the ones that the body asks for, or none.
func (s *subject) members(n int, names []string) string {
	if n <= 1 && len(names) == 1 && names[0] != "" {
		return shorten(names[0], maxName)
	}
	if n == 0 {
		n = max(len(names), s.membersAsked())
	}
	if n == 0 {
		return "members"
	}
	return count(n, "member")
}

// few lists the names of members where they are two or three.
func few(names []string) string {
	if len(names) < 2 || len(names) > 3 {
		return ""
	}
	short := make([]string, len(names))
	for i, name := range names {
		short[i] = shorten(name, maxValue)
	}
	return ": " + strings.Join(short, ", ")
}

// membersAsked counts the members that a PATCH names in lists or paths.
func (s *subject) membersAsked() int {
	n := 0
	for op := range s.doc().Get("Operations").Elements() {
		path := op.Get("path").Text()
		value := op.Get("value")
		switch {
		case strings.Contains(path, "["):
			n++
		case path == "":
			n += listed(value.Get("members"))
		default:
			n += listed(value)
		}
	}
	return n
}

// listed counts the elements of a list, or of a value that is sent as one.
func listed(v *scim.Value) int {
	n := 0
	for range v.Elements() {
		n++
	}
	return n
}

// patched lists the attributes that a PATCH names, each once.
func (s *subject) patched() []string {
	var names []string
	seen := make(map[string]bool)
	add := func(path string) {
		if name := label(path); name != "" && !seen[name] {
			seen[name] = true
			names = append(names, shorten(name, maxValue))
		}
	}
	if s.doc() == nil {
		for path := range s.scanned("path") {
			add(path)
		}
		return names
	}
	for op := range s.doc().Get("Operations").Elements() {
		if path := op.Get("path").Text(); path != "" {
			add(path)
			continue
		}
		for key := range op.Get("value").Members() {
			add(key)
		}
	}
	return names
}

// changedFields are the fields of an effect that tell a story: not what the
// service provider keeps by itself. A manager is one field, the id.
func changedFields(e *journal.Effect) []journal.Field {
	if e == nil {
		return nil
	}
	told := make([]journal.Field, 0, len(e.Fields))
	for _, f := range e.Fields {
		name := label(f.Name)
		if name != "schemas" && name != "meta" && !strings.HasPrefix(name, "meta.") && !strings.HasPrefix(name, "manager.") {
			told = append(told, f)
		}
	}
	return told
}

func fieldNamed(e *journal.Effect, name string) (journal.Field, bool) {
	for _, f := range changedFields(e) {
		if label(f.Name) == name {
			return f, true
		}
	}
	return journal.Field{}, false
}

func fieldNames(fields []journal.Field) string {
	names := make([]string, len(fields))
	for i, f := range fields {
		names[i] = label(f.Name)
	}
	return join(names)
}

// urnMark is what the URNs of extensions and the names below them have in
// common: …:2.0:User:department.
const urnMark = "urn:"

// label is an attribute's name for people: without the URN of its extension,
// and with a path's filter said short: emails[type eq "work"].value is the
// work email's.
func label(path string) string {
	head, rest, filtered := strings.Cut(path, "[")
	if len(head) > len(urnMark) && strings.EqualFold(head[:len(urnMark)], urnMark) {
		head = head[strings.LastIndexByte(head, ':')+1:]
	}
	if !filtered {
		return shorten(strings.TrimSuffix(head, ".value"), maxValue)
	}
	filter, sub, _ := strings.Cut(rest, "]")
	if _, literal, ok := strings.Cut(filter, `"`); ok {
		literal, _, _ = strings.Cut(literal, `"`)
		return shorten(fmt.Sprintf("%s (%s)%s", head, literal, trimValue(sub)), maxValue)
	}
	return shorten(head+trimValue(sub), maxValue)
}

// trimValue drops the sub-attribute that every multi-valued attribute has.
func trimValue(sub string) string {
	if sub == ".value" {
		return ""
	}
	return sub
}

// value is an attribute's value for people, from compact JSON; "" where it is
// too deep for a sentence.
func value(text string) string {
	if strings.HasPrefix(text, "{") || strings.HasPrefix(text, "[") {
		return ""
	}
	return shorten(scalar(text), maxValue)
}

// scalar is the text of a JSON string, or any other JSON as it is.
func scalar(text string) string {
	if inner, ok := strings.CutPrefix(text, `"`); ok && !strings.Contains(inner, `\`) {
		return strings.TrimSuffix(inner, `"`)
	}
	if plain, err := jsontext.AppendUnquote(nil, text); err == nil {
		return string(plain)
	}
	return text
}
