package regex

import (
	"castor/internal/regex/charset"
	"castor/internal/regex/syntax"
)

// A window is a sequence of byte classes that stands somewhere in every text that a pattern matches.
type window []charset.Bytes

const longestWindow = 24

// windows finds the mandatory windows of a tree.
func windows(n *syntax.Node) []window {
	w := &windowWalk{}
	w.node(n)
	w.flush()
	return w.out
}

type windowWalk struct {
	cur window
	out []window
}

func (w *windowWalk) flush() {
	if len(w.cur) > 0 {
		w.out = append(w.out, w.cur)
	}
	w.cur = nil
}

func (w *windowWalk) node(n *syntax.Node) {
	switch n.Op {
	case syntax.OpCat:
		for _, s := range n.Subs {
			w.node(s)
		}
		return
	case syntax.OpGroup, syntax.OpAtomic:
		w.node(n.Subs[0])
		return
	}
	seq, exact := prefix(n)
	w.cur = append(w.cur, seq...)
	if !exact {
		w.flush()
		w.tail(n)
	}
}

// tail begins a window with the last character of a repeat: x+y has xy in it.
func (w *windowWalk) tail(n *syntax.Node) {
	if n.Op == syntax.OpRep && n.Min >= 1 {
		if seq, exact := prefix(n.Subs[0]); exact {
			w.cur = append(w.cur, seq...)
		}
	}
}

// prefix is what every match of n begins with; exact tells that it is all of the match.
func prefix(n *syntax.Node) (seq window, exact bool) {
	switch n.Op {
	case syntax.OpSet:
		b := n.Set.FirstBytes()
		if hasHigh(b) {
			return nil, false
		}
		return window{b}, true
	case syntax.OpGroup, syntax.OpAtomic:
		return prefix(n.Subs[0])
	case syntax.OpRep:
		return prefixRep(n)
	case syntax.OpCat:
		for _, s := range n.Subs {
			p, ex := prefix(s)
			seq = append(seq, p...)
			if !ex || len(seq) > longestWindow {
				return seq, false
			}
		}
		return seq, true
	case syntax.OpAlt:
		return prefixAlt(n)
	case syntax.OpEmpty, syntax.OpAssert, syntax.OpLook, syntax.OpKeep:
		return nil, true
	}
	return nil, false
}

func prefixRep(n *syntax.Node) (seq window, exact bool) {
	p, ex := prefix(n.Subs[0])
	for range n.Min {
		seq = append(seq, p...)
		if !ex || len(seq) > longestWindow {
			return seq, false
		}
	}
	return seq, n.Min == n.Max
}

func prefixAlt(n *syntax.Node) (seq window, exact bool) {
	exact = true
	for i, s := range n.Subs {
		p, ex := prefix(s)
		if i == 0 {
			seq, exact = append(window(nil), p...), ex
			continue
		}
		exact = exact && ex && len(p) == len(seq)
		seq = seq[:min(len(seq), len(p))]
		for k := range seq {
			seq[k] = seq[k].Or(p[k])
		}
	}
	return seq, exact
}
