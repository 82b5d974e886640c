package simplify

import (
	"castor/internal/regex/charset"
	"castor/internal/regex/syntax"
)

// withoutAtomic returns what matches like (?>n) without the atomic group, or nil when there is no such node: a body with one way to
// match needs no cut, a run of a set becomes possessive, and only the last element of a sequence needs care.
func withoutAtomic(n *syntax.Node) *syntax.Node {
	if Det(n) {
		return n
	}
	switch n.Op {
	case syntax.OpRep:
		if n.Subs[0].Op == syntax.OpSet && n.Greed == syntax.Greedy {
			m := *n
			m.Greed = syntax.Possessive
			return &m
		}
	case syntax.OpCat:
		last := len(n.Subs) - 1
		for i, s := range n.Subs[:last] {
			if !Det(s) && !runEndsBefore(s, n.Subs[i+1:]) {
				return nil
			}
		}
		if l := withoutAtomic(n.Subs[last]); l != nil {
			return flattenCat(cat(append(append([]*syntax.Node{}, n.Subs[:last]...), l)))
		}
	case syntax.OpAlt:
		return alternativesWithoutAtomic(n)
	}
	return nil
}

func alternativesWithoutAtomic(n *syntax.Node) *syntax.Node {
	var seen charset.Bytes
	out := &syntax.Node{Op: syntax.OpAlt, Pos: n.Pos}
	for _, s := range n.Subs {
		f, null := First(s)
		l := withoutAtomic(s)
		if null || l == nil || !f.Disjoint(seen) {
			return nil
		}
		seen = seen.Or(f)
		out.Subs = append(out.Subs, l)
	}
	return out
}
