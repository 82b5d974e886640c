package regex

import "castor/internal/regex/syntax"

// requiredLiterals are the texts that every match has, in this order. Single characters count only when there is nothing longer.
func requiredLiterals(n *syntax.Node) []string {
	w := &literalWalk{}
	w.node(n)
	w.flush()
	var long []string
	for _, l := range w.out {
		if len(l) >= 2 {
			long = append(long, l)
		}
	}
	if len(long) > 0 {
		return long
	}
	return w.out
}

type literalWalk struct {
	cur []byte
	out []string
}

func (w *literalWalk) flush() {
	if len(w.cur) > 0 {
		w.out = append(w.out, string(w.cur))
		w.cur = nil
	}
}

func (w *literalWalk) node(n *syntax.Node) {
	switch n.Op {
	case syntax.OpSet:
		if r, ok := n.Set.Single(); ok && r <= 0x10ffff {
			w.cur = append(w.cur, string(r)...)
			return
		}
		w.flush()
	case syntax.OpCat:
		for _, s := range n.Subs {
			w.node(s)
		}
	case syntax.OpGroup, syntax.OpAtomic:
		w.node(n.Subs[0])
	case syntax.OpRep:
		w.flush()
		if n.Min >= 1 {
			w.node(n.Subs[0])
			w.flush()
		}
	case syntax.OpAssert, syntax.OpLook, syntax.OpKeep, syntax.OpEmpty: // consume nothing
	default:
		w.flush()
	}
}
