package syntax

import (
	"slices"

	"castor/internal/regex/charset"
)

// Folds of one character to several, under (?i) and outside of lookbehinds: a literal ss matches ß as well, and ß matches ss. Only text
// that stands together counts, as in Oniguruma: (s)s and s+ do not match ß.

const (
	maxFoldCluster = 8 // characters of text whose folds overlap
	maxFoldMembers = 8 // a class with more of such characters ([[:alpha:]]) keeps to single ones
)

// multiFold returns the alternatives for a character that folds to several; n itself when it does not.
func (p *parser) multiFold(n *Node) *Node {
	if p.behind > 0 {
		return n
	}
	alt := &Node{Op: OpAlt, Pos: n.Pos, Subs: []*Node{n}}
	for _, m := range p.multis() {
		if !slices.ContainsFunc(m.Same, n.Set.Has) {
			continue
		}
		seq := &Node{Op: OpCat, Pos: n.Pos}
		for _, c := range m.Seq {
			seq.Subs = append(seq.Subs, &Node{Op: OpSet, Set: charset.FoldRune(c), Pos: n.Pos})
		}
		alt.Subs = append(alt.Subs, seq)
	}
	if len(alt.Subs) == 1 || len(alt.Subs) > maxFoldMembers+1 {
		return n
	}
	return alt
}

func (p *parser) multis() []charset.Multi {
	if p.folds == nil {
		p.folds = charset.Multis()
	}
	return p.folds
}

// foldText rewrites the literal text of a branch where it holds sequences that fold to one character.
func (p *parser) foldText(list []*Node) []*Node {
	if p.behind > 0 || !slices.ContainsFunc(list, isFoldChar) {
		return list
	}
	var out []*Node
	for i := 0; i < len(list); {
		end := p.cluster(list, i)
		if end == i {
			out = append(out, list[i])
			i++
			continue
		}
		out = append(out, p.foldWays(list[i:end]))
		i = end
	}
	return out
}

func isFoldChar(n *Node) bool { return n.Op == OpSet && n.Fold }

// foldsAt tells whether the sequence of m begins the list.
func foldsAt(list []*Node, m charset.Multi) bool {
	if len(m.Seq) > len(list) {
		return false
	}
	for k, c := range m.Seq {
		if !isFoldChar(list[k]) || !list[k].Set.Has(c) {
			return false
		}
	}
	return true
}

// cluster is the end of the overlapping sequences that begin at i; i when there is none.
func (p *parser) cluster(list []*Node, i int) int {
	end := i
	for at := i; at == i || at < end; at++ {
		for _, m := range p.multis() {
			if at+len(m.Seq)-i <= maxFoldCluster && foldsAt(list[at:], m) {
				end = max(end, at+len(m.Seq))
			}
		}
	}
	return end
}

// foldWays lists the ways to write a cluster.
func (p *parser) foldWays(list []*Node) *Node {
	if len(list) == 0 {
		return &Node{Op: OpEmpty}
	}
	pos := list[0].Pos
	then := func(n *Node, rest []*Node) *Node {
		if len(rest) == 0 {
			return n
		}
		return &Node{Op: OpCat, Pos: pos, Subs: []*Node{n, p.foldWays(rest)}}
	}
	ways := []*Node{then(list[0], list[1:])}
	for _, m := range p.multis() {
		if foldsAt(list, m) {
			one := &Node{Op: OpSet, Set: charset.Of(m.Same...), Pos: pos}
			ways = append(ways, then(one, list[len(m.Seq):]))
		}
	}
	if len(ways) == 1 {
		return ways[0]
	}
	return &Node{Op: OpAlt, Subs: ways, Pos: pos}
}
