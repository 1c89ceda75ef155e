package entra

import (
	"fmt"
	"net/http"
	"strings"

	"airmock/internal/scim"
)

// phrases say what each operation asks for.
var phrases = map[scim.Operation]func(*subject) string{
	scim.OpProbe:             (*subject).probe,
	scim.OpUserCreate:        (*subject).create,
	scim.OpUserGet:           (*subject).get,
	scim.OpUserQuery:         (*subject).lookUp,
	scim.OpUserList:          (*subject).list,
	scim.OpUserReplace:       (*subject).replace,
	scim.OpUserPatch:         (*subject).change,
	scim.OpUserDisable:       (*subject).disable,
	scim.OpUserEnable:        (*subject).enable,
	scim.OpUserDelete:        (*subject).remove,
	scim.OpGroupCreate:       (*subject).create,
	scim.OpGroupGet:          (*subject).get,
	scim.OpGroupQuery:        (*subject).lookUp,
	scim.OpGroupList:         (*subject).list,
	scim.OpGroupReplace:      (*subject).replace,
	scim.OpGroupPatch:        (*subject).change,
	scim.OpGroupMemberAdd:    (*subject).addMembers,
	scim.OpGroupMemberRemove: (*subject).removeMembers,
	scim.OpGroupDelete:       (*subject).remove,
	scim.OpDiscoveryConfig:   (*subject).readConfig,
	scim.OpDiscoveryTypes:    (*subject).readTypes,
	scim.OpDiscoverySchemas:  (*subject).readSchemas,
	scim.OpBulk:              (*subject).bulk,
	scim.OpSearch:            (*subject).search,
	scim.OpUnknown:           (*subject).unknown,
}

// verbs say what an operation asks for with a resource of another type than
// User and Group, such as device.create.
var verbs = map[string]func(*subject) string{
	"create":  (*subject).create,
	"get":     (*subject).get,
	"query":   (*subject).lookUp,
	"list":    (*subject).list,
	"replace": (*subject).replace,
	"patch":   (*subject).change,
	"delete":  (*subject).remove,
}

// phrase says what the call asks for.
func (s *subject) phrase() string {
	say, ok := phrases[s.Operation]
	if !ok {
		say, ok = verbs[s.Operation.Verb()]
	}
	if !ok {
		return s.unknown()
	}
	return say(s)
}

func (s *subject) create() string {
	text := "Create " + s.titled()
	if s.Effect != nil && s.Effect.AddedN > 0 {
		text += " with " + count(s.Effect.AddedN, "member")
	}
	return text
}

func (s *subject) get() string {
	text := "Read " + s.titled()
	if s.kind() == "group" && s.withoutMembers() {
		text += " (without members)"
	}
	return text
}

func (s *subject) replace() string {
	changes := s.moves()
	if fields := changedFields(s.Effect); len(fields) > 0 {
		changes = append([]string{differences(fields)}, changes...)
	}
	if len(changes) == 0 {
		return "Replace " + s.titled()
	}
	return "Replace " + s.titled() + ": " + strings.Join(changes, ", ")
}

func (s *subject) remove() string { return "Delete " + s.titled() + s.released() }

// released says what a deleted resource was taken out of.
func (s *subject) released() string {
	if s.Effect == nil {
		return ""
	}
	var parts []string
	if n := s.Effect.LeftN; n > 0 {
		parts = append(parts, "was in "+someOf(n, s.Effect.Left, "group"))
	}
	if n := s.Effect.UnlinkedN; n > 0 {
		role := "linked from "
		if s.kind() == "user" {
			role = "the manager of "
		}
		parts = append(parts, "was "+role+someOf(n, s.Effect.Unlinked, "user"))
	}
	if len(parts) == 0 {
		return ""
	}
	return ", which " + strings.Join(parts, " and ")
}

// someOf is the one by name, or how many there are.
func someOf(n int, names []string, noun string) string {
	if n == 1 && len(names) == 1 && names[0] != "" {
		return shorten(names[0], maxName)
	}
	return count(n, noun)
}

func (s *subject) disable() string { return "Disable " + s.name() + s.besides("active") }

func (s *subject) enable() string {
	if f, ok := fieldNamed(s.Effect, "active"); ok && f.From == "false" {
		return "Restore " + s.name() + s.besides("active")
	}
	return "Enable " + s.name() + s.besides("active")
}

// besides names what changed beside the attribute that the phrase is about.
func (s *subject) besides(name string) string {
	var rest []string
	for _, f := range changedFields(s.Effect) {
		if label(f.Name) != name {
			rest = append(rest, label(f.Name))
		}
	}
	if len(rest) == 0 {
		return ""
	}
	return " and change " + join(rest)
}

func (s *subject) readConfig() string { return "Read the service provider configuration" }

func (s *subject) readTypes() string {
	if s.Target.ID != "" {
		return "Read the resource type " + shorten(s.Target.ID, maxName)
	}
	return "Read the resource types"
}

func (s *subject) readSchemas() string {
	if s.Target.ID != "" {
		return "Read the schema " + shorten(s.Target.ID, maxName)
	}
	return "Read the schemas"
}

func (s *subject) bulk() string {
	if len(s.Parts) > 0 {
		return s.bulkDone()
	}
	if n := max(s.PartsN, s.doc().Get("Operations").Len()); n > 0 {
		return "Send " + count(n, "operation") + " in bulk"
	}
	return "Send operations in bulk"
}

// bulkDone says how many operations of a bulk request were done, how many
// failed, and how many were not come to.
func (s *subject) bulkDone() string {
	failed := 0
	for _, part := range s.Parts {
		if part.Status >= http.StatusBadRequest {
			failed++
		}
	}
	text := fmt.Sprintf("Bulk: %s, %d done", count(s.PartsN, "operation"), len(s.Parts)-failed)
	if failed > 0 {
		text += fmt.Sprintf(", %d failed", failed)
	}
	if left := s.PartsN - len(s.Parts); left > 0 {
		text += fmt.Sprintf(", %d not tried", left)
	}
	return text
}

func (s *subject) search() string {
	what := "Search everything"
	switch {
	case s.Target.Endpoint == scim.EndpointSearch && s.Target.ID != "":
		what = "Search " + strings.ToLower(s.Target.ID)
	case strings.TrimSpace(s.Filter) == "" && s.Target.Endpoint == scim.EndpointRoot:
		what = "List everything"
	}
	if filter := strings.TrimSpace(s.Filter); filter != "" {
		what += " for " + shorten(filter, maxName)
	}
	return what + s.ordered() + s.extent()
}

func (s *subject) unknown() string {
	if s.isTest() {
		return s.probeText()
	}
	text := shorten(s.Method, maxValue) + " " + shorten(pathBelow(s.Call), maxName)
	if s.Target.Base == "" {
		text += ", which is no SCIM path"
	}
	return text
}

// count is a number with its noun: "1 member", "3 members".
func count(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}

// join lists words and says how many more there are behind the first few.
func join(words []string) string {
	const most = 4
	if len(words) <= most {
		return strings.Join(words, ", ")
	}
	return fmt.Sprintf("%s and %d more", strings.Join(words[:most-1], ", "), len(words)-most+1)
}
