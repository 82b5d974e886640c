package simplify

import (
	"castor/internal/regex/charset"
	"castor/internal/regex/syntax"
)

// loop rewrites a greedy loop whose body is itself a run to one run of a set: (?:s+)+ is s+, (?:/s*)+ is /[s/]* when s has no slash.
// Both match the same texts and try the longest first.
func loop(n *syntax.Node) *syntax.Node {
	body := n.Subs[0]
	if n.Greed != syntax.Greedy || n.Max >= 0 || n.Min > 1 {
		return n
	}
	if run(body, 1) {
		return &syntax.Node{Op: syntax.OpRep, Min: n.Min, Max: -1, Subs: body.Subs, Pos: n.Pos}
	}
	if body.Op != syntax.OpCat || len(body.Subs) != 2 || body.Subs[0].Op != syntax.OpSet || !run(body.Subs[1], 0) || n.Min != 1 {
		return n
	}
	sep, set := body.Subs[0].Set, body.Subs[1].Subs[0].Set
	if !sep.Intersect(set).Empty() {
		return n
	}
	both := &charset.Set{}
	both.AddSet(sep)
	both.AddSet(set)
	rest := &syntax.Node{Op: syntax.OpRep, Max: -1, Pos: n.Pos, Subs: []*syntax.Node{{Op: syntax.OpSet, Set: both, Pos: n.Pos}}}
	return cat([]*syntax.Node{body.Subs[0], rest})
}

// run tells that n is a greedy endless repeat of a set with that minimum.
func run(n *syntax.Node, least int) bool {
	return n.Op == syntax.OpRep && n.Greed == syntax.Greedy && n.Max < 0 && n.Min == least && n.Subs[0].Op == syntax.OpSet
}
