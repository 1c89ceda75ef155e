package scimserver

import (
	"cmp"
	"slices"
)

// visit is what order knows of an operation.
type visit struct {
	number int // in which it was met, from 1; 0 where it was not yet
	low    int // the least number that it leads back to
	open   bool
}

// order returns the operations in the order in which they can be run: that of
// the request, but what an operation refers to before it. Operations that
// refer to each other in a circle come together. It is Tarjan's algorithm for
// strongly connected components, so it looks at each reference once.
func order(parts []*part) [][]*part {
	o := orderer{}
	for _, p := range parts {
		if p.visit.number == 0 {
			o.enter(p)
		}
	}
	return o.done
}

type orderer struct {
	met  int
	open []*part
	done [][]*part
}

// enter visits p, which maxOperations keeps from nesting deeply.
func (o *orderer) enter(p *part) {
	o.met++
	p.visit = visit{number: o.met, low: o.met, open: true}
	at := len(o.open)
	o.open = append(o.open, p)
	for _, need := range p.needs {
		switch {
		case need.visit.number == 0:
			o.enter(need)
			p.visit.low = min(p.visit.low, need.visit.low)
		case need.visit.open:
			p.visit.low = min(p.visit.low, need.visit.number)
		}
	}
	if p.visit.low < p.visit.number {
		return // it belongs to the circle of one that is still open
	}
	circle := slices.Clone(o.open[at:])
	slices.SortFunc(circle, func(a, b *part) int { return cmp.Compare(a.index, b.index) })
	for _, member := range circle {
		member.visit.open = false
	}
	o.open = o.open[:at]
	o.done = append(o.done, circle)
}
