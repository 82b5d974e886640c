package simplify

import "castor/internal/regex/syntax"

// Tree returns a rewritten copy.
func Tree(n *syntax.Node) *syntax.Node { return rewrite(n) }

// rewrite goes from the leaves to the root.
func rewrite(n *syntax.Node) *syntax.Node {
	if n.Op == syntax.OpLook && n.Behind { // its branches keep their lengths
		return n
	}
	m := *n
	m.Subs = make([]*syntax.Node, len(n.Subs))
	for i, s := range n.Subs {
		m.Subs[i] = rewrite(s)
	}
	switch m.Op {
	case syntax.OpAtomic:
		if b := withoutAtomic(m.Subs[0]); b != nil {
			return b
		}
	case syntax.OpRep:
		return loop(&m)
	case syntax.OpCat:
		return flattenCat(dropLooks(&m))
	case syntax.OpAlt:
		return factor(mergeSets(flattenAlt(&m)))
	}
	return &m
}

// Size counts nodes.
func Size(n *syntax.Node) int {
	size := 1
	for _, s := range n.Subs {
		size += Size(s)
	}
	return size
}
