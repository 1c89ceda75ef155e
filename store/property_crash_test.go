package store

import (
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"

	"pgregory.net/rapid"

	"airmock/internal/scim"
)

type plainToken struct {
	id, name, secret string
	revoked          bool
}

func (m *machine) CreateToken(t *rapid.T) {
	name := rapid.SampledFrom([]string{"ci", "entra"}).Draw(t, "token")
	taken := slices.ContainsFunc(m.plain.tokens, func(x plainToken) bool { return x.name == name && !x.revoked })
	tok, secret, err := m.store.CreateToken(m.t.Context(), name, 0)
	if taken {
		var conflict *ConflictError
		if !errors.As(err, &conflict) {
			t.Fatalf("token %q, which is taken: %v", name, err)
		}
		return
	}
	if err != nil {
		t.Fatalf("token %q: %v", name, err)
	}
	m.plain.tokens = append(m.plain.tokens, plainToken{tok.ID, name, secret, false})
}

func (m *machine) RevokeToken(t *rapid.T) {
	i := rapid.IntRange(-1, len(m.plain.tokens)-1).Draw(t, "token")
	if i < 0 {
		_, err := m.store.RevokeToken(m.t.Context(), "ghost")
		wantNotFound(t, err)
		return
	}
	if _, err := m.store.RevokeToken(m.t.Context(), m.plain.tokens[i].id); err != nil {
		t.Fatalf("revoke: %v", err)
	}
	m.plain.tokens[i].revoked = true
}

func (m *machine) Compact(t *rapid.T) {
	if rapid.IntRange(0, 3).Draw(t, "compact") > 0 {
		t.Skip("as in Reopen")
	}
	m.compact(t)
}

// compact also checks what is left of the file.
func (m *machine) compact(t *rapid.T) {
	d, _ := onDisk(m.t, m.store)
	if err := d.compact(); err != nil {
		t.Fatalf("compact: %v", err)
	}
	if _, size := onDisk(m.t, m.store); size != d.live.Load() {
		t.Fatalf("%d bytes after a compaction, of which %d count", size, d.live.Load())
	}
}

// Crash continues with the files as they are at some moment: while a batch is
// written that was not acknowledged, or at an instant of a compaction.
func (m *machine) Crash(t *rapid.T) {
	before := m.plain.clone()
	main, backup, temp := m.read(t), []byte(nil), []byte(nil)
	switch rapid.SampledFrom([]string{"in a batch", "before a new file", "beside a new file"}).Draw(t, "crash") {
	case "before a new file":
		backup, temp = main, main[:rapid.IntRange(0, len(main)).Draw(t, "written")]
	case "beside a new file":
		m.compact(t)
		backup, main = main, m.read(t)
		main = main[:rapid.IntRange(0, len(main)).Draw(t, "reached the disk")]
	default:
		size := len(main)
		rapid.SampledFrom([]func(*rapid.T){m.CreateUser, m.ReplaceUser, m.Delete, m.ChangeMembers, m.CreateToken, m.RevokeToken}).Draw(t, "unacknowledged")(t)
		main = m.read(t)
		main = main[:rapid.IntRange(size, len(main)).Draw(t, "written")]
	}
	old := m.store
	m.dir = m.mkdir(t)
	for suffix, data := range map[string][]byte{"": main, backupSuffix: backup, tempSuffix: temp} {
		if data == nil {
			continue
		}
		if err := os.WriteFile(filepath.Join(m.dir, dataFile+suffix), data, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	m.crashed = true
	m.open(t)
	m.crashed = false
	if err := old.Close(); err != nil {
		t.Fatalf("close: %v", err)
	}
	m.takeOver(t, before)
}

func (m *machine) read(t *rapid.T) []byte {
	data, err := os.ReadFile(filepath.Join(m.dir, dataFile))
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// rolesIn returns what the store keeps of a group's members beyond their ids.
func (m *machine) rolesIn(t *rapid.T, group *Resource) map[string]string {
	shown, err := scim.Parse(m.store.AppendJSON(nil, group, Show{Members: true}))
	if err != nil {
		t.Fatal(err)
	}
	roles := make(map[string]string)
	for e := range shown.Get("members").Elements() {
		if role := e.Get("role"); role != nil {
			extra := scim.NewObject()
			extra.Set("role", role)
			roles[e.Get("value").Text()] = extra.String()
		}
	}
	return roles
}

// takeOver makes the plain model that of the store, after a step that took it
// from before to what it is now and may have happened in part.
func (m *machine) takeOver(t *rapid.T, before plain) {
	after, got := m.plain, newPlain()
	for _, r := range everything(m.store) {
		got.ordered = append(got.ordered, r.ID)
		if r.Type == groups(m.store) {
			got.groups[r.ID] = ids(m.store.Members(r.ID))
			for member, role := range m.rolesIn(t, r) {
				got.roles[[2]string{r.ID, member}] = role
			}
			continue
		}
		body, err := r.Type.Body(r.Image)
		if err != nil {
			t.Fatal(err)
		}
		got.users[r.ID] = plainUser{r.Name, body.Get("title").Text(), body.Get(scim.URNEnterprise).Get("manager").Get("value").Text()}
	}
	for _, tok := range m.store.Tokens() {
		i := slices.IndexFunc(after.tokens, func(x plainToken) bool { return x.id == tok.ID })
		if i < 0 {
			t.Fatalf("token %s is not known", tok.ID)
		}
		got.tokens = append(got.tokens, plainToken{tok.ID, tok.Name, after.tokens[i].secret, !tok.Revoked.IsZero()})
	}
	before.wantBetween(t, after, got)
	m.plain = got
}

// facts is everything that a plain model says, each as a word.
func (p plain) facts() map[string]bool {
	facts := make(map[string]bool)
	for id, u := range p.users {
		facts[fmt.Sprintf("user %s %+v", id, u)] = true
	}
	for id, members := range p.groups {
		facts["group "+id] = true
		for _, member := range members {
			facts["member "+id+" "+member] = true
		}
	}
	for _, tok := range p.tokens {
		facts["token "+tok.id] = true
		if tok.revoked {
			facts["revoked "+tok.id] = true
		}
	}
	return facts
}

// wantBetween checks that got has everything that before and after agree on,
// and nothing that neither has.
func (p plain) wantBetween(t *rapid.T, after, got plain) {
	a, b, has := p.facts(), after.facts(), got.facts()
	for fact := range a {
		if b[fact] && !has[fact] {
			t.Fatalf("lost: %s", fact)
		}
	}
	for fact := range has {
		if !a[fact] && !b[fact] {
			t.Fatalf("invented: %s", fact)
		}
	}
}

func (p plain) clone() plain {
	c := plain{maps.Clone(p.users), maps.Clone(p.groups), maps.Clone(p.roles), slices.Clone(p.ordered), slices.Clone(p.tokens)}
	for id, members := range c.groups {
		c.groups[id] = slices.Clone(members)
	}
	return c
}
