package simplify

import "castor/internal/regex/syntax"

// dropLooks removes negative lookaheads that cannot succeed: (?!<[0-9])[0-9] looks for a < where a digit must follow.
func dropLooks(n *syntax.Node) *syntax.Node {
	m := *n
	m.Subs = nil
	for i, s := range n.Subs {
		if !impossible(s, n.Subs[i+1:]) {
			m.Subs = append(m.Subs, s)
		}
	}
	return &m
}

func impossible(n *syntax.Node, rest []*syntax.Node) bool {
	if n.Op != syntax.OpLook || n.Behind || !n.Neg {
		return false
	}
	look, null := First(n.Subs[0])
	next, nextNull := First(cat(rest))
	return !null && !nextNull && look.Disjoint(next)
}
