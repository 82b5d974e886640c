package regex

import (
	"slices"

	"castor/internal/regex/charset"
	"castor/internal/regex/syntax"
)

// Table entries from spanSpecial on are no states.
const (
	spanSpecial uint16 = 0xfff0
	spanBail    uint16 = 0xfffd
	spanAccept  uint16 = 0xfffe
	spanDead    uint16 = 0xffff
)

// span is the table of a fragment.
//
// A span of the first kind has one end at most that what follows can go on from: it stops at a byte with which the rest may begin and
// which the fragment cannot take; where it could do either, the nodes decide. A span of the second kind, atomic, finds the end that backtracking
// would find first.
type span struct {
	class  [257]uint8
	table  []uint16
	start  [257]uint16 // by the byte before
	end    int         // class of the end of the text
	atomic bool
	stay   []*[256]bool // by state: the bytes that lead back to it, when they are many; nil for most spans
	marked uint16       // states from here on: the fragment could end before the byte just read
	work   int          // that building it was
	exact  int          // when that many bytes are read, a repeat might have come to its end, and the nodes decide
}

// What span.match returns when there is no end.
const (
	spanMiss  = -1
	spanNodes = -2 // the nodes have to find out
)

// match returns the end of the fragment at i, or spanMiss or spanNodes, and how far it read.
func (d *span) match(s string, i int) (end, read int) {
	prev := 256
	if i > 0 {
		prev = int(s[i-1])
	}
	st, last, table := d.start[prev], spanMiss, d.table
	if st >= spanSpecial {
		return spanNodes, i
	}
	class, marked := &d.class, d.marked
	rest := s[i:]
	for k := 0; k < len(rest); k++ {
		v := table[int(st)+int(class[rest[k]])]
		if v >= marked {
			if v >= spanSpecial {
				return d.finish(v, i, i+k, last)
			}
			last = i + k
		}
		st = v
	}
	return d.finish(table[int(st)+d.end], i, len(s), last)
}

// matchStaying is match for a span with stay: while it stays in a state, no step waits for the table.
func (d *span) matchStaying(s string, i int) (end, read int) {
	prev := 256
	if i > 0 {
		prev = int(s[i-1])
	}
	st, table, class := d.start[prev], d.table, &d.class
	if st >= spanSpecial {
		return spanNodes, i
	}
	for j := i; ; j++ {
		if t := d.stay[st]; t != nil {
			for j < len(s) && t[s[j]] {
				j++
			}
		}
		if j >= len(s) {
			return d.finish(table[int(st)+d.end], i, len(s), spanMiss)
		}
		if st = table[int(st)+int(class[s[j]])]; st >= spanSpecial {
			return d.finish(st, i, j, spanMiss)
		}
	}
}

// finish is what comes of a fragment that began at i, when v was found at j and last was an end before.
func (d *span) finish(v uint16, i, j, last int) (end, read int) {
	if v == spanBail || j-i >= d.exact {
		return spanNodes, j
	}
	if v == spanAccept {
		return j, j
	}
	return last, j
}

// span returns a node that matches the list by a table, or nil when that cannot be or does not pay.
func (c *fastCompiler) span(list []*syntax.Node, next *node, follow charset.Bytes) *node {
	if c.noSpan > 0 || c.spanWork > maxSpanWork {
		return nil
	}
	atomic := false
	if len(list) == 1 && list[0].Op == syntax.OpAtomic {
		list, atomic = list[0].Subs, true
	}
	body := &syntax.Node{Op: syntax.OpCat, Subs: list}
	if !spannable(body) || !worthSpan(list) || len(list) == 1 && partly(list[0]) {
		return nil
	}
	wrap := !atomic && endsAnyway(next)
	if (atomic || wrap) && loopsOnNothing(body) {
		return nil
	}
	d := c.sharedSpan(list, follow, atomic || wrap)
	if d == nil {
		return nil
	}
	n := c.new(oSpan, next)
	n.span = d
	if d.stay != nil {
		n.op = oSpanStay
	}
	c.noSpan++
	if atomic {
		n.body = c.atomic(body, next)
	} else {
		n.body = c.node(body, next, follow)
	}
	c.noSpan--
	return n
}

// partly tells that a choice has a branch that the nodes must match anyway.
func partly(n *syntax.Node) bool {
	return (n.Op == syntax.OpAlt || n.Op == syntax.OpRep) && slices.ContainsFunc(n.Subs, func(s *syntax.Node) bool { return !spannable(s) })
}

// loopsOnNothing tells that n has an endless loop around something that may be empty: which end comes first then hangs on the rule that
// an empty round leaves the loop, which a table does not know.
func loopsOnNothing(n *syntax.Node) bool {
	if n.Op == syntax.OpRep && n.Max < 0 && syntax.Nullable(n.Subs[0]) {
		return true
	}
	return slices.ContainsFunc(n.Subs, loopsOnNothing)
}
