package simplify

import "castor/internal/regex/syntax"

// factor pulls a common beginning that matches in one way only out of neighbouring branches: ab|ac is a(?:b|c). It tames IPv6.
func factor(alts []*syntax.Node) *syntax.Node {
	var out []*syntax.Node
	for i := 0; i < len(alts); {
		head, rests := commonHead(alts[i:])
		if len(rests) < 2 {
			out = append(out, alts[i])
			i++
			continue
		}
		list := []*syntax.Node{head, factor(rests)}
		out = append(out, flattenCat(&syntax.Node{Op: syntax.OpCat, Subs: list, Pos: head.Pos}))
		i += len(rests)
	}
	if len(out) == 1 {
		return out[0]
	}
	return &syntax.Node{Op: syntax.OpAlt, Subs: out, Pos: out[0].Pos}
}

// commonHead returns the head that alts[0] shares with the branches behind it, and what each of them has left.
func commonHead(alts []*syntax.Node) (head *syntax.Node, rests []*syntax.Node) {
	head, rest := split(alts[0])
	if head == nil || !Det(head) {
		return nil, nil
	}
	k := Key(head)
	rests = append(rests, cat(rest))
	for _, a := range alts[1:] {
		h, r := split(a)
		if h == nil || Key(h) != k {
			break
		}
		rests = append(rests, cat(r))
	}
	return head, rests
}

// split separates the first element; of x{3} that is x, and x{2} is left.
func split(n *syntax.Node) (head *syntax.Node, rest []*syntax.Node) {
	list := []*syntax.Node{n}
	if n.Op == syntax.OpCat {
		list = n.Subs
	}
	if n.Op == syntax.OpEmpty || len(list) == 0 {
		return nil, nil
	}
	head, rest = list[0], list[1:]
	if head.Op == syntax.OpRep && !head.EmptyEnds && head.Min == head.Max && head.Min >= 1 && head.Min <= 16 {
		if head.Min > 1 {
			rest = append([]*syntax.Node{oneLess(head)}, rest...)
		}
		head = head.Subs[0]
	}
	return head, rest
}

// oneLess is the repeat n{k} as n{k-1}.
func oneLess(n *syntax.Node) *syntax.Node {
	if n.Min == 2 {
		return n.Subs[0]
	}
	r := *n
	r.Min--
	r.Max--
	return &r
}
