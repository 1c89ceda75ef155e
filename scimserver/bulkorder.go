package scimserver

import (
	"cmp"
	"net/http"
	"slices"
	"strings"
)

// turn is what is run at once: an operation, or those that refer to each other
// in a circle.
type turn struct {
	parts []*part // in the order of the request
	needs []*turn // that have to come before
	done  bool
}

// order returns the operations in the order in which they are run: that of the
// request, but what an operation refers to before it. RFC 7644 section 3.7
// wants the same result as in the order of the request. So an operation waits
// for what it refers to, and those that it has a bearing on wait with it;
// where that cannot be, what is referred to comes early.
func order(parts []*part) [][]*part {
	listen(parts)
	left := circles(parts)
	done := make([][]*part, 0, len(left))
	for len(left) > 0 {
		i := next(left)
		left[i].done = true
		done = append(done, left[i].parts)
		left = slices.Delete(left, i, i+1)
	}
	return done
}

// next returns the index of the first turn that neither needs one that is left
// nor is to follow one before it, or else of what the first one needs.
func next(left []*turn) int {
	isOpen := func(t *turn) bool { return !t.done }
	w := waiting{endpoints: make(map[string]bool), ids: make(map[string]bool)}
	for i, t := range left {
		if !slices.ContainsFunc(t.needs, isOpen) && !slices.ContainsFunc(t.parts, w.concern) {
			return i
		}
		for _, p := range t.parts {
			w.add(p)
		}
	}
	t := left[0]
	for i := 0; i >= 0; {
		if i = slices.IndexFunc(t.needs, isOpen); i >= 0 {
			t = t.needs[i]
		}
	}
	return slices.Index(left, t)
}

// waiting is what operations that wait are about.
type waiting struct{ endpoints, ids map[string]bool }

func (w *waiting) add(p *part) {
	w.endpoints[p.endpoint] = true
	for _, id := range p.speaks {
		w.ids[id] = true
	}
}

// concern reports whether p could come out otherwise, or they could, if it was
// run before them. A DELETE matters to those that speak of its resource; what
// writes a resource, to all at its endpoint, as they take and leave names that
// are unique.
func (w *waiting) concern(p *part) bool {
	if p.Method == http.MethodDelete {
		return w.ids[p.id]
	}
	return w.endpoints[p.endpoint]
}

// listen finds out what the operations are about.
func listen(parts []*part) {
	deleted := make(map[string]bool)
	for _, p := range parts {
		path, _, _ := strings.Cut(strings.Trim(p.Path, "/"), "?")
		p.endpoint, p.id, _ = strings.Cut(strings.ToLower(path), "/")
		if p.Method == http.MethodDelete {
			deleted[p.id] = true
		}
	}
	if len(deleted) == 0 {
		return
	}
	for _, p := range parts {
		p.speaks = []string{p.id}
		for text := range p.Data.Texts() {
			id := strings.ToLower(text[strings.LastIndexByte(text, '/')+1:]) // what a $ref ends in
			if deleted[id] {
				p.speaks = append(p.speaks, id)
			}
		}
	}
}

// standing is what decides when an operation is run.
type standing struct {
	turn     *turn
	endpoint string   // that its path names, in lower case
	id       string   // that its path names or refers to, in lower case; "" for none
	speaks   []string // the ids in its path and data, as far as they are deleted

	// For circles.
	number int // in which it was met, from 1; 0 where it was not yet
	low    int // the least number that it leads back to
	open   bool
}

// circles returns the turns of the operations, in the order of the request, a
// circle at the place of its last one. It is Tarjan's algorithm for strongly
// connected components, so it looks at each reference once.
func circles(parts []*part) []*turn {
	f := finder{}
	for _, p := range parts {
		if p.number == 0 {
			f.enter(p)
		}
	}
	for _, p := range parts {
		for _, need := range p.needs {
			if need.turn != p.turn {
				p.turn.needs = append(p.turn.needs, need.turn)
			}
		}
	}
	slices.SortFunc(f.done, func(a, b *turn) int { return cmp.Compare(a.last(), b.last()) })
	return f.done
}

// last returns the place in the request of a turn's last operation.
func (t *turn) last() int { return t.parts[len(t.parts)-1].index }

type finder struct {
	met  int
	open []*part
	done []*turn
}

// enter visits p, which maxOperations keeps from nesting deeply.
func (f *finder) enter(p *part) {
	f.met++
	p.number, p.low, p.open = f.met, f.met, true
	at := len(f.open)
	f.open = append(f.open, p)
	for _, need := range p.needs {
		switch {
		case need.number == 0:
			f.enter(need)
			p.low = min(p.low, need.low)
		case need.open:
			p.low = min(p.low, need.number)
		}
	}
	if p.low < p.number {
		return // it belongs to the circle of one that is still open
	}
	t := &turn{parts: slices.Clone(f.open[at:])}
	slices.SortFunc(t.parts, func(a, b *part) int { return cmp.Compare(a.index, b.index) })
	for _, member := range t.parts {
		member.open = false
		member.turn = t
	}
	f.open = f.open[:at]
	f.done = append(f.done, t)
}
