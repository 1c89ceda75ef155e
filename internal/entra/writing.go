package entra

import (
	"fmt"
	"strings"

	"airmock/internal/scim"
)

// maxSent is how long a value may be, as JSON, to be kept and compared.
const maxSent = 1 << 10

// writing is what a client wrote to an attribute by PATCH.
type writing struct {
	again
	path string // as it was sent
	op   string // "set" or "remove"
	sent string // the value as JSON
	kept bool   // the last time it was stored
	read readResult
}

// readResult is what the client's last read since then returned of it.
type readResult struct {
	seq     uint64 // 0 for no read
	verdict string // "the read in call 14 " + verdict
}

// notePatch notices that the same value is written to an attribute again, with
// nothing else written to it by this client in between.
func (who *client) notePatch(s *subject, seq uint64) {
	id := s.ResourceID()
	if id == "" {
		return
	}
	known := who.habits.resources[id]
	if known == nil {
		known = &acquaintance{typ: s.typeName(), name: nameOf(s), first: who.ordinal}
		who.habits.resources[id] = known
	}
	if known.written == nil {
		known.written = make(map[string]*writing)
	}
	known.last = who.ordinal
	for w := range s.writings() {
		key := attributeKey(w)
		before := known.written[key]
		if before == nil || before.op != w.op || before.sent != w.sent {
			if before == nil && len(known.written) >= maxWritings {
				continue
			}
			before = &w
			known.written[key] = before
		}
		if !before.kept && !s.isFailure() { // the first time that it worked
			before.again = again{}
		}
		if before.did(who) {
			who.raiseWriting(known, before, s, seq)
		}
		before.kept = !s.isFailure() || s.changed()
		before.in(who.run, seq)
		before.read = readResult{}
	}
}

// maxWritings is how many attributes of one resource, or members of a group,
// are looked after.
const maxWritings = 256

func nameOf(s *subject) string {
	if s.Effect != nil {
		return s.Effect.Name
	}
	return ""
}

// attributeKey is what a writing is about: an attribute, or one of a group's
// members.
func attributeKey(w writing) string {
	if isMembers(w.path) {
		return "members " + w.sent
	}
	return strings.ToLower(w.path)
}

func isMembers(path string) bool {
	return len(path) >= len("members") && strings.EqualFold(path[:len("members")], "members")
}

// writings iterates over what the operations of a PATCH write.
func (s *subject) writings() func(yield func(writing) bool) {
	return func(yield func(writing) bool) {
		for op := range s.doc().Get("Operations").Elements() {
			name, path, value := "set", op.Get("path").Text(), op.Get("value")
			if strings.EqualFold(op.Get("op").Text(), "remove") {
				name = "remove"
			}
			if path != "" {
				if !yield(writingOf(name, path, value)) {
					return
				}
				continue
			}
			for key, v := range value.Members() {
				if !yield(writingOf(name, key, v)) {
					return
				}
			}
		}
	}
}

func writingOf(op, path string, value *scim.Value) writing {
	w := writing{op: op, path: shorten(path, maxDetail)}
	if isMembers(path) && strings.Contains(path, "[") { // the member in the path, as aadOptscim062020 has it
		if _, id, ok := strings.Cut(path, `"`); ok {
			id, _, _ = strings.Cut(id, `"`)
			w.path, w.sent = "members", `[{"value":"`+id+`"}]`
			return w
		}
	}
	if value != nil {
		w.sent = string(value.AppendJSON(nil))
	}
	if len(w.sent) > maxSent {
		w.sent = fmt.Sprintf("%s… %d bytes, %x", shorten(w.sent, maxValue), len(w.sent), fingerprint(w.sent))
	}
	return w
}

// raiseWriting tells that the client wrote w again.
func (who *client) raiseWriting(known *acquaintance, w *writing, s *subject, seq uint64) {
	what := label(w.path)
	named := s.name()
	text, why := s.whyWritten(w, what)
	verb, of := "sends", " of "
	if w.op == "remove" {
		verb = "removes"
	}
	who.run.raise(&w.again, Notice{
		Kind: NoticePatch, Type: known.typ, ID: s.ResourceID(), Name: known.name,
		Text: fmt.Sprintf("%s %s %s%s%s %s: %s", who.called, verb, what, of, named, w.howOften(who.run), text),
		Why:  why, Source: pageHow,
	}, seq)
}

const comparing = "Entra reads a resource, compares it with what it wants, and sends what differs. "

// whyWritten says why w was written again, as far as the calls tell.
func (s *subject) whyWritten(w *writing, what string) (text, why string) {
	if s.isFailure() {
		return "it " + s.failureWords(), "Entra tries a failed object again in its next cycles, less and less often, until what the answer names is mended."
	}
	if f, ok := fieldNamed(s.Effect, what); ok && s.changed() {
		from := value(f.From)
		if from == "" {
			from = "another value"
		}
		if f.From == "" {
			from = "empty"
		}
		return fmt.Sprintf("it was %s here when it came, so something had changed it since call %d", from, w.seq),
			comparing + "Here it repaired a drift: the value was changed in the tenant, by hand or by another client."
	}
	if s.changed() && isMembers(w.path) {
		return fmt.Sprintf("the membership had been changed here since call %d", w.seq),
			"Entra never reads members, so it did not come to repair this: it sends them again because it takes them for missing."
	}
	switch {
	case isMembers(w.path):
		return "it never reads members, so it cannot see that nothing was left to do",
			"No call of the provisioning service asks for a group's members. It sends them again where it takes the call before for a failure, or after a restart of provisioning."
	case w.read.seq == 0:
		return "nothing was left to do, and it had not read the " + s.kind() + " since it wrote that",
			"A client that does not read cannot know that the value is in place."
	}
	return fmt.Sprintf("the read in call %d %s", w.read.seq, w.read.verdict),
		comparing + "What a read does not return as it was written differs each time, and is written again each time. That was reported of manager, where the read did not have it in the form that Entra expects (azure-docs issue 11784)."
}

// failureWords say how a write failed, behind the word it.
func (s *subject) failureWords() string {
	switch s.end.outcome {
	case endLost:
		return "is " + s.end.text
	case endInjected, endCut:
		return "fails each time: " + s.end.text
	}
	if verdict, rest, ok := strings.Cut(s.end.text, ": "); ok {
		return "is " + verdict + " each time: " + rest
	}
	return "ends each time as " + s.end.text
}

// readBack compares what the client reads of a resource with what it wrote.
func (a *acquaintance) readBack(s *subject, seq uint64) {
	if len(a.written) == 0 {
		return
	}
	var body *scim.Value
	if text := s.Response.Body; len(text) <= maxDoc && !s.Response.Truncated {
		body, _ = scim.Parse(text) // nil where it is no JSON, as after a fault
	}
	if list := body.Get("Resources"); list != nil {
		for only := range list.Elements() {
			body = only
		}
	}
	rt := scim.StandardCatalog().Type(a.typ)
	for _, w := range a.written {
		w.read = readResult{seq, w.compare(s, body, rt)}
	}
}

// compare says what a read returns of what was written.
func (w *writing) compare(s *subject, body *scim.Value, rt *scim.ResourceType) string {
	path, err := rt.ParsePath(w.path, &scim.Reading{})
	sent, errSent := scim.Parse([]byte(w.sent))
	what := label(w.path)
	switch {
	case body == nil:
		return "returned nothing that can be compared"
	case err != nil, errSent != nil && w.sent != "":
		return "returned the " + s.kind() + ", but what was written is not compared"
	}
	found := foundAt(body, path)
	switch {
	case w.op == "remove" || isNothing(sent):
		if isNothing(found) {
			return "does not return it any more, so that the difference is in Entra's own comparison"
		}
		return "still returns it: " + shown(found)
	case found == nil && s.leavesOut(path.Name):
		return "left " + what + " out, as its query asked"
	case found == nil:
		return "does not return it, so that it always differs"
	case !holds(found, sent):
		return "does not return it as it was written: it returned " + shown(found) + " for " + shown(sent)
	case found.Kind() != sent.Kind():
		return "does not return it as it was written: it was sent as " + article(sent) + " and returned as " + article(found)
	}
	return "returned it as it was written, so that the difference is in Entra's own comparison, or the mapping always writes it"
}

// leavesOut reports whether the query of a read leaves out an attribute.
func (s *subject) leavesOut(name string) bool {
	for excluded := range strings.SplitSeq(s.parameter("excludedAttributes"), ",") {
		if strings.EqualFold(label(strings.TrimSpace(excluded)), name) {
			return true
		}
	}
	return s.parameter("attributes") != ""
}

// foundAt returns what a resource has at a path, or nil.
func foundAt(resource *scim.Value, path scim.Path) *scim.Value {
	holder := resource
	if path.URN != "" {
		holder = resource.Get(path.URN)
	}
	if path.Name == "" {
		return holder
	}
	v := holder.Get(path.Name)
	if path.Filter != nil {
		var selected *scim.Value
		for e := range v.Elements() {
			if selected == nil && scim.Match(path.Filter, e) {
				selected = e
			}
		}
		v = selected
	}
	if path.Sub != "" {
		v = v.Get(path.Sub)
	}
	return v
}

func isNothing(v *scim.Value) bool {
	return v == nil || v.IsEmpty() || v.Kind() == scim.String && v.Text() == "" || v.Kind() == scim.Object && isNothing(v.Get("value")) && v.Get("value") != nil
}

// holds reports whether a value that was read says what was sent, in whatever
// form: a reference as its id, a boolean as a string, one value as a list.
func holds(found, sent *scim.Value) bool {
	switch {
	case isNothing(sent):
		return true
	case sent.Kind() == scim.Array:
		for e := range sent.Elements() {
			if !holds(found, e) {
				return false
			}
		}
		return true
	case found.Kind() == scim.Array:
		for e := range found.Elements() {
			if holds(e, sent) {
				return true
			}
		}
		return false
	case sent.Kind() == scim.Object && found.Kind() == scim.Object:
		for name, v := range sent.Members() {
			if name != "$ref" && !holds(found.Get(name), v) {
				return false
			}
		}
		return true
	case found.Kind() == scim.Object:
		return holds(found.Get("value"), sent)
	case sent.Kind() == scim.Object || found == nil:
		return false
	case found.Kind() == scim.Bool || sent.Kind() == scim.Bool:
		return strings.EqualFold(found.Text(), sent.Text())
	}
	return found.Text() == sent.Text()
}

// article names the form of a value: "a text", "an object".
func article(v *scim.Value) string {
	switch v.Kind() {
	case scim.Object:
		return "an object"
	case scim.Array:
		return "a list"
	case scim.String:
		return "a text"
	case scim.Bool:
		return "a boolean"
	}
	return "a number"
}

// shown is a value as a notice quotes it.
func shown(v *scim.Value) string { return shorten(string(v.AppendJSON(nil)), maxValue) }
