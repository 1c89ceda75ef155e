package store

import "testing"

func TestANumberIsGivenAgainOnceItsNodeIsGone(t *testing.T) {
	ns := newNodes()
	ix := newIndex(ns)
	place := func(seq uint64) *node {
		n := newNode(&Resource{Seq: seq})
		ns.number(n)
		ix.add(seq, n)
		return n
	}
	first, second := place(1), place(2)
	if first.number == nobody || second.number == nobody || first.number == second.number {
		t.Fatalf("two nodes have the numbers %d and %d", first.number, second.number)
	}
	ix.remove(1, first)
	ns.release(first)
	third := place(3)
	if third.number != first.number || len(ns.all) != 3 {
		t.Errorf("the number %d is free, and a new node got %d of %d", first.number, third.number, len(ns.all))
	}
	for key, want := range map[uint64]*node{1: nil, 2: second, 3: third} {
		var got *node
		ix.each(key, func(n *node) bool { got = n; return true })
		if got != want {
			t.Errorf("under the key %d is %v, want %v", key, got, want)
		}
	}
}
