package entra

import (
	"fmt"
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
		return "Change " + fieldNames(fields) + " of " + s.name()
	}
	return s.changeOne(fields[0])
}

// changeAsked is the phrase of a PATCH of which nothing is known but its body: it
// was refused, or changed nothing.
func (s *subject) changeAsked() string {
	attributes := s.patched()
	if len(attributes) == 0 {
		return "Change " + s.titled()
	}
	return "Change " + join(attributes) + " of " + s.name()
}

func (s *subject) changeOne(f journal.Field) string {
	name := label(f.Name)
	from, to := value(f.From), value(f.To)
	switch {
	case name == "manager" && f.To == "":
		return "Remove the manager of " + s.name()
	case name == "manager":
		return "Set the manager of " + s.name() + " to " + s.manager(f)
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

// manager names a manager that was set: by name where the effect has it, else
// by id.
func (s *subject) manager(f journal.Field) string {
	for _, other := range s.Effect.Fields {
		if label(other.Name) == "manager.displayName" && other.To != "" {
			return value(other.To)
		}
	}
	return shortID(scalar(f.To))
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
	return "Add " + s.members(func(e *journal.Effect) (int, []string) { return e.AddedN, e.Added }) + " to " + s.name()
}

func (s *subject) removeMembers() string {
	return "Remove " + s.members(func(e *journal.Effect) (int, []string) { return e.RemovedN, e.Removed }) + " from " + s.name()
}

// members words the members that the call moves: the one by name, or how many.
// Where none moved, it is those that the body names.
func (s *subject) members(moved func(*journal.Effect) (int, []string)) string {
	if s.Effect != nil {
		n, names := moved(s.Effect)
		if n == 1 && len(names) == 1 && names[0] != "" {
			return shorten(names[0], maxName)
		}
		if n > 0 {
			return count(n, "member")
		}
	}
	if n := s.membersAsked(); n > 0 {
		return count(n, "member")
	}
	return "members"
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
