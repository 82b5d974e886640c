package simplify

import (
	"castor/internal/regex/charset"
	"castor/internal/regex/syntax"
)

// flattenCat lifts sequences inside of a sequence.
func flattenCat(n *syntax.Node) *syntax.Node {
	var out []*syntax.Node
	for _, s := range n.Subs {
		switch s.Op {
		case syntax.OpCat:
			out = append(out, s.Subs...)
		case syntax.OpEmpty:
		default:
			out = append(out, s)
		}
	}
	return cat(out)
}

// flattenAlt lifts alternations inside of an alternation.
func flattenAlt(n *syntax.Node) []*syntax.Node {
	var out []*syntax.Node
	for _, s := range n.Subs {
		if s.Op == syntax.OpAlt {
			out = append(out, s.Subs...)
		} else {
			out = append(out, s)
		}
	}
	return out
}

// mergeSets makes one set of neighbouring branches that are single characters: a|b is [ab].
func mergeSets(alts []*syntax.Node) []*syntax.Node {
	var out []*syntax.Node
	for _, s := range alts {
		if n := len(out); n > 0 && s.Op == syntax.OpSet && out[n-1].Op == syntax.OpSet {
			both := &charset.Set{}
			both.AddSet(out[n-1].Set)
			both.AddSet(s.Set)
			out[n-1] = &syntax.Node{Op: syntax.OpSet, Set: both, Pos: out[n-1].Pos}
			continue
		}
		out = append(out, s)
	}
	return out
}
