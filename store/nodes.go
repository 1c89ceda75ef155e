package store

// nodes numbers the nodes of a model. Where an index is in no order that a cache
// knows, it holds these numbers: a collection follows every pointer there is, and
// does not look into what has none.
type nodes struct {
	all  []*node // by number; the first is nobody
	free []uint32
}

// nobody is the number of no node.
const nobody = 0

func newNodes() *nodes { return &nodes{all: make([]*node, 1)} }

// number gives a node its number.
func (ns *nodes) number(n *node) {
	if last := len(ns.free) - 1; last >= 0 {
		n.number, ns.free = ns.free[last], ns.free[:last]
		ns.all[n.number] = n
		return
	}
	n.number = uint32(len(ns.all)) // of 4 billion resources, which no memory holds
	ns.all = append(ns.all, n)
}

// release takes back the number of a node that is in no index any more.
func (ns *nodes) release(n *node) {
	ns.all[n.number] = nil
	ns.free = append(ns.free, n.number)
}
