package entra

import (
	"fmt"
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

// phrase says what the call asks for.
func (s *subject) phrase() string {
	if say, ok := phrases[s.Operation]; ok {
		return say(s)
	}
	return s.unknown()
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
		changes = append([]string{fieldNames(fields)}, changes...)
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
		parts = append(parts, count(n, "membership"))
	}
	if n := s.Effect.UnlinkedN; n > 0 {
		parts = append(parts, count(n, "link")+" to it")
	}
	if len(parts) == 0 {
		return ""
	}
	return " with " + strings.Join(parts, " and ")
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
	if n := s.doc().Get("Operations").Len(); n > 0 {
		return "Send " + count(n, "operation") + " in bulk"
	}
	return "Send operations in bulk"
}

func (s *subject) search() string {
	what := "Search everything"
	switch {
	case strings.Contains(strings.ToLower(s.Path), "/users/"):
		what = "Search users"
	case strings.Contains(strings.ToLower(s.Path), "/groups/"):
		what = "Search groups"
	}
	if filter := s.doc().Get("filter"); filter.Kind() == scim.String {
		what += " for " + shorten(filter.Text(), maxName)
	}
	return what
}

func (s *subject) unknown() string {
	text := shorten(s.Method, maxValue) + " " + shorten(s.Path, maxName)
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
