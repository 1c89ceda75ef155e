package tenant

import (
	"time"

	"airmock/internal/numbers"
)

// Numbers returns the numbers of the calls of the last window, see
// numbers.Numbers.Window.
func (t *Tenant) Numbers(window time.Duration) numbers.Table {
	t.numbers.Pull(t.journal)
	return t.numbers.Window(window)
}

// AppendMetrics appends the numbers of the tenant as OpenMetrics text.
func (t *Tenant) AppendMetrics(dst []byte) []byte {
	t.numbers.Pull(t.journal)
	status := t.Status()
	state := numbers.State{
		Version: status.Version, Started: t.started, Tokens: status.Tokens, FaultsArmed: status.FaultsArmed,
		ReadOnly: status.ReadOnly, Memberships: t.store.Memberships(), Resources: make(map[string]int),
	}
	state.JournalCalls, state.JournalBytes, state.Dropped = t.journal.Size()
	for _, rt := range t.catalog.ResourceTypes {
		state.Resources[rt.Name] = t.store.Count(rt)
	}
	return t.numbers.AppendOpenMetrics(dst, state)
}
