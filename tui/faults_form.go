package tui

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	tea "charm.land/bubbletea/v2"

	"airmock/internal/fault"
)

// always is the choice of no selector: the rule fires on every match.
const always = "always"

// selectors are the keys of a rule that say when it fires, of which the form
// offers one.
func selectors() []string { return []string{"first", "nth", "every", "percent"} }

// formParams are the parameters of kinds that the form always has. Others are
// in it where the rule that it starts from has them.
func formParams() []string { return []string{"code", "retry_after", "fixed"} }

func (p *faultsPage) keyNew() tea.Cmd {
	return p.form("New rule", "Fill in what matters; the rest may stay empty.", nil)
}

func (p *faultsPage) keyEditPreset() tea.Cmd {
	row, ok := p.presets.selected()
	if !ok {
		return nil
	}
	return p.form("Preset "+row.Name, strings.Join(explain(row.Preset), " "), row.Spec)
}

func (p *faultsPage) keyEditRule() tea.Cmd {
	rule, ok := p.rules.selected()
	if !ok {
		return p.keyNew()
	}
	return p.form("Another rule like "+rule.ID, "The rule itself stays armed.", rule.Spec)
}

// form asks for a rule, starting from the one in base.
func (p *faultsPage) form(title, help string, base fault.Spec) tea.Cmd {
	return send(FormMsg{
		Title:  title,
		Help:   help,
		Fields: ruleFields(base),
		Submit: func(values map[string]string) (tea.Cmd, error) {
			spec, err := specOf(values)
			if err != nil {
				return nil, err
			}
			return p.arm(spec)
		},
	})
}

// ruleFields are the form's fields with the values of base. Whatever base
// holds has a field, so that nothing is armed unseen.
func ruleFields(base fault.Spec) []FormField {
	kinds := fault.Kinds()
	names := make([]string, 0, len(kinds))
	for _, k := range kinds {
		names = append(names, k.Name)
	}
	selector := always
	for _, s := range selectors() {
		if base[s] != "" && selector == always {
			selector = s
		}
	}
	fields := []FormField{
		{Name: "kind", Label: "Kind", Options: names, Value: base["kind"], Hint: kindHint(kinds)},
		paramField("op", base),
	}
	for _, name := range formParams() {
		fields = append(fields, paramField(name, base))
	}
	fields = append(fields,
		FormField{Name: "selector", Label: "Fires on", Options: append([]string{always}, selectors()...), Value: selector,
			Hint: "always, or on the first N matches, the Nth, every Nth, or N percent of them"},
		FormField{Name: "n", Label: "N", Value: base[selector], Placeholder: "2", Hint: "the number for first, nth, every or percent"},
		paramField("times", base),
		paramField("ttl", base),
	)
	return append(fields, otherFields(fields, base, selector)...)
}

// otherFields are fields for what base has beyond fields and its selector.
func otherFields(fields []FormField, base fault.Spec, selector string) []FormField {
	var others []FormField
	for _, key := range slices.Sorted(maps.Keys(base)) {
		known := slices.ContainsFunc(fields, func(f FormField) bool { return f.Name == key })
		if !known && key != selector {
			others = append(others, paramField(key, base))
		}
	}
	return others
}

// paramField is a field for a key of a rule, explained as fault does.
func paramField(name string, base fault.Spec) FormField {
	f := FormField{Name: name, Label: name, Value: base[name]}
	for _, p := range allParams() {
		if p.Name != name {
			continue
		}
		f.Placeholder, f.Hint = p.Example, p.Summary
		if p.Default != "" {
			f.Hint += " (" + p.Default + " where it is empty)"
		}
		break
	}
	return f
}

// allParams are the keys of rules: of every kind, of matching, of selecting.
func allParams() []fault.Param {
	params := slices.Concat(fault.MatchParams(), fault.SelectParams())
	for _, k := range fault.Kinds() {
		params = append(params, k.Params...)
	}
	return params
}

// kindHint says in a line what each kind does.
func kindHint(kinds []fault.Kind) string {
	hints := make([]string, 0, len(kinds))
	for _, k := range kinds {
		hints = append(hints, k.Name+": "+k.Summary)
	}
	return strings.Join(hints, " · ")
}

// specOf makes a rule of the form's values; empty ones are not part of it.
func specOf(values map[string]string) (fault.Spec, error) {
	spec := fault.Spec{}
	for name, value := range values {
		if value = strings.TrimSpace(value); value != "" && name != "selector" && name != "n" {
			spec[name] = value
		}
	}
	selector, n := values["selector"], strings.TrimSpace(values["n"])
	switch {
	case selector == always && n != "":
		return nil, fmt.Errorf("the rule fires on all matches, and N is %s; choose first, nth, every or percent, or empty N", n)
	case selector != always && n == "":
		return nil, fmt.Errorf("%s needs a number in N, such as 2", selector)
	case selector != always:
		spec[selector] = n
	}
	return spec, nil
}
