package tui

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	tea "charm.land/bubbletea/v2"

	"airmock/internal/fault"
	"airmock/internal/safetext"
)

// faultsPage is the rules that are armed and the presets that can be. The form
// for a rule is in faults_form.go, the drawing in faults_view.go.
type faultsPage struct {
	env       *env
	move      moveKeys
	rules     table[fault.Status]
	presets   table[presetRow]
	onPresets bool // the presets have the keys, else the rules
}

// presetRow is a preset, or the heading of a group of them.
type presetRow struct {
	group string // of a heading; else ""
	fault.Preset
}

func newFaultsPage(e *env) Page {
	p := &faultsPage{env: e, move: newMoveKeys(), onPresets: true}
	p.rules = table[fault.Status]{
		id:      func(s fault.Status) string { return s.ID },
		columns: p.ruleColumns(),
	}
	p.presets = table[presetRow]{
		id:      func(r presetRow) string { return r.Name },
		heading: func(r presetRow) string { return r.group },
		columns: p.presetColumns(),
	}
	p.presets.setRows(presetRows(fault.Presets()))
	return p
}

// presetRows puts a heading above each group.
func presetRows(presets []fault.Preset) []presetRow {
	var rows []presetRow
	group := ""
	for _, preset := range presets {
		if preset.Group != group {
			group = preset.Group
			rows = append(rows, presetRow{group: group})
		}
		rows = append(rows, presetRow{Preset: preset})
	}
	return rows
}

func (p *faultsPage) Title() string {
	if n := p.env.tenant.Faults().Active(); n > 0 {
		return fmt.Sprintf("Faults %d", n)
	}
	return "Faults"
}

func (p *faultsPage) Init() tea.Cmd { return nil }

func (p *faultsPage) Typing() bool { return false }

func (p *faultsPage) Update(tea.Msg) tea.Cmd { return nil }

func (p *faultsPage) Refresh() { p.rules.setRows(p.env.tenant.Faults().List()) }

func (p *faultsPage) Key(msg tea.KeyPressMsg) tea.Cmd {
	if cmd, ok := act(p.actions(), msg); ok {
		return cmd
	}
	if p.onPresets {
		p.presets.key(msg, p.move)
	} else {
		p.rules.key(msg, p.move)
	}
	return nil
}

func (p *faultsPage) Keys() []Binding {
	return append(actionKeys(p.actions()), p.move.all()...)
}

func (p *faultsPage) actions() []action {
	if p.onPresets {
		return []action{
			{bind("space", "arm", "space"), p.keyArm},
			{bind("enter", "change and arm", "enter"), p.keyEditPreset},
			{bind("n", "new rule", "n"), p.keyNew},
			{bind("d", "disarm", "d"), p.keyDisarm},
			{bind("tab", "to the rules", "tab", "shift+tab"), p.keySwitch},
		}
	}
	return []action{
		{bind("space", "disarm", "space", "d"), p.keyDisarm},
		{bind("enter", "change and arm", "enter"), p.keyEditRule},
		{bind("n", "new rule", "n"), p.keyNew},
		{bind("tab", "to the presets", "tab", "shift+tab"), p.keySwitch},
	}
}

func (p *faultsPage) keySwitch() tea.Cmd {
	p.onPresets = !p.onPresets
	return nil
}

func (p *faultsPage) keyArm() tea.Cmd {
	row, ok := p.presets.selected()
	if !ok {
		return nil
	}
	cmd, err := p.arm(maps.Clone(row.Spec))
	if err != nil {
		return send(ToastMsg{Text: "not armed: " + safetext.Line(err.Error()), Bad: true})
	}
	return cmd
}

// arm arms a rule. Its command says what was armed.
func (p *faultsPage) arm(spec fault.Spec) (tea.Cmd, error) {
	status, err := p.env.tenant.Faults().Arm(spec)
	if err != nil {
		return nil, err
	}
	p.Refresh()
	p.rules.selectID(status.ID)
	return send(ToastMsg{Text: "armed: " + safetext.Line(status.Text)}), nil
}

// keyDisarm takes the selected rule away.
func (p *faultsPage) keyDisarm() tea.Cmd {
	rule, ok := p.rules.selected()
	if !ok {
		return send(ToastMsg{Text: "no rule is armed", Bad: true})
	}
	gone := p.env.tenant.Faults().Disarm(rule.ID)
	p.Refresh()
	if !gone {
		return send(ToastMsg{Text: "this rule had been disarmed already", Bad: true})
	}
	return send(ToastMsg{Text: "disarmed: " + safetext.Line(rule.Text)})
}

// specText is a rule in the words of the command line, kind first.
func specText(spec fault.Spec) string {
	words := []string{spec["kind"]}
	for _, key := range slices.Sorted(maps.Keys(spec)) {
		if key != "kind" {
			words = append(words, key+"="+spec[key])
		}
	}
	return safetext.Line(strings.Join(words, " "))
}
