package syntax

// lookbehind parses the body of (?<= or (?<!.
func (p *parser) lookbehind(pos int, neg bool) *Node {
	n := &Node{Op: OpLook, Behind: true, Neg: neg, Pos: pos}
	p.behind++
	b := p.body(pos)
	p.behind--
	if bad := notBehind(b); bad != nil {
		p.fail(bad.Pos, "invalid pattern in look-behind")
	}
	n.Subs = []*Node{b}
	return n
}

// notBehind finds what Oniguruma does not allow in a lookbehind.
func notBehind(n *Node) *Node {
	switch n.Op {
	case OpBackref, OpAtomic, OpCond, OpAbsent:
		return n
	case OpLook:
		if !n.Behind {
			return n
		}
	}
	for _, s := range n.Subs {
		if bad := notBehind(s); bad != nil {
			return bad
		}
	}
	return nil
}

// BehindAlternatives are the branches of a lookbehind; each has its own fixed length.
func BehindAlternatives(n *Node) []*Node {
	b := n.Subs[0]
	if _, ok := FixedLen(b); ok || b.Op != OpAlt {
		return []*Node{b}
	}
	var out []*Node
	for _, s := range b.Subs {
		out = append(out, BehindAlternatives(&Node{Subs: []*Node{s}})...)
	}
	return out
}

// FixedLen is the number of characters that n matches when it is always the same.
func FixedLen(n *Node) (int, bool) {
	switch n.Op {
	case OpSet:
		return 1, true
	case OpCat:
		sum := 0
		for _, s := range n.Subs {
			l, ok := FixedLen(s)
			if !ok {
				return 0, false
			}
			sum += l
		}
		return sum, true
	case OpAlt, OpCond:
		first, ok := FixedLen(n.Subs[0])
		for _, s := range n.Subs[1:] {
			if l, ok2 := FixedLen(s); !ok2 || l != first {
				return 0, false
			}
		}
		return first, ok
	case OpRep:
		l, ok := FixedLen(n.Subs[0])
		return l * n.Min, ok && n.Min == n.Max
	case OpGroup, OpAtomic:
		return FixedLen(n.Subs[0])
	case OpBackref, OpCall, OpAbsent:
		return 0, false
	}
	return 0, true
}
