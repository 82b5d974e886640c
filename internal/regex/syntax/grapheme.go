package syntax

import "castor/internal/regex/charset"

// grapheme is \X, an extended grapheme cluster, in the words that Ruby gives it: an atomic group of CR LF, a control, or a core with
// what goes before and after. Unlike Unicode's rules it looks only forward from where it starts, so that the second of two regional
// indicators is a cluster when the search begins there.
func grapheme(pos int) *Node {
	c := charset.Clusters()
	set := func(s *charset.Set) *Node { return &Node{Op: OpSet, Set: s, Pos: pos} }
	rep := func(n *Node, lo, hi int) *Node { return &Node{Op: OpRep, Min: lo, Max: hi, Pos: pos, Subs: []*Node{n}} }
	cat := func(subs ...*Node) *Node { return &Node{Op: OpCat, Pos: pos, Subs: subs} }
	alt := func(subs ...*Node) *Node { return &Node{Op: OpAlt, Pos: pos, Subs: subs} }

	alone := c.Control.Clone()
	alone.AddSet(charset.Of('\n', '\r'))
	follow := charset.Of(0x200d)
	follow.AddSet(c.Extend)
	follow.AddSet(c.SpacingMark)

	syllable := cat(rep(set(c.L), 0, -1),
		alt(rep(set(c.V), 1, -1), cat(set(c.LV), rep(set(c.V), 0, -1)), set(c.LVT)),
		rep(set(c.T), 0, -1))
	joined := cat(rep(set(c.Extend), 0, -1), set(charset.Of(0x200d)), set(c.Pictographic))
	core := alt(syllable,
		rep(set(c.L), 1, -1),
		rep(set(c.T), 1, -1),
		rep(set(c.Regional), 2, 2),
		cat(set(c.Pictographic), rep(joined, 0, -1)),
		set(alone.Negate()))
	cluster := alt(
		cat(set(charset.Of('\r')), set(charset.Of('\n'))),
		set(alone),
		cat(rep(set(c.Prepend), 0, -1), core, rep(set(follow), 0, -1)))
	return &Node{Op: OpAtomic, Pos: pos, Subs: []*Node{cluster}}
}
