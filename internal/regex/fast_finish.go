package regex

import (
	"bytes"

	"castor/internal/regex/charset"
)

// finish fills in what needs the whole graph: what may follow a run, and the tables of alternations. False when a table overflows.
func (c *fastCompiler) finish() bool {
	for range 4 {
		c.flattenChoices()
	}
	leads(c.all)
	for _, n := range c.all {
		switch n.op {
		case oRunBack, oRunLazy:
			c.followRun(n)
		case oAlt:
			if !n.choice.build() {
				return false
			}
		}
	}
	c.fuseGaps()
	for _, n := range c.all {
		if n.op == oRun {
			n.specialise()
		}
	}
	c.chain()
	return true
}

// flattenChoices lifts the branches of a branch that only chooses.
func (c *fastCompiler) flattenChoices() {
	for _, n := range c.all {
		if n.op != oAlt {
			continue
		}
		var alts []*node
		for _, a := range n.choice.alts {
			if a.op == oAlt && a != n && len(a.choice.alts)+len(alts) < 64 {
				alts = append(alts, a.choice.alts...)
			} else {
				alts = append(alts, a)
			}
		}
		n.choice.alts = alts
	}
}

// fuseGaps makes one node of the end of a group, a literal and the beginning of the next group.
func (c *fastCompiler) fuseGaps() {
	for _, n := range c.all {
		if n.op != oSave || n.next.op != oByte && n.next.op != oLit || n.next.next.op != oSave || n.surely != n.next.next.surely {
			continue
		}
		text := n.next.lit
		if n.next.op == oByte {
			text = string([]byte{n.next.c})
		}
		n.op, n.c, n.lit, n.slot2, n.next = oGap, text[0], text[1:], n.next.next.slot, n.next.next.next
	}
}

// followRun decides which ends of a run are worth a try, and whether only the longest is.
func (c *fastCompiler) followRun(n *node) {
	f := *n.next.lead
	if n.op == oRunBack && (f.Disjoint(n.set.first) || endsAnyway(n.next) || n.min > 0 && n.set.wordOnly() && skipSaves(n.next).op == oWordB) ||
		n.op == oRunLazy && f.Disjoint(n.set.first) {
		n.op = oRun
		return
	}
	n.follow = c.follows[f]
	if n.follow == nil {
		n.follow = new([257]bool)
		for i := range n.follow {
			n.follow[i] = f.Has(i)
		}
		c.follows[f] = n.follow
	}
	if f.Count() == 1 {
		for i := range 0x80 {
			if f.Has(i) {
				n.fbyte = int16(i)
			}
		}
	}
}

// specialise picks the cheapest form of a run that gives nothing back.
func (n *node) specialise() {
	switch {
	case n.set.hi != nil:
	case !n.bounded && !n.set.few:
		n.op = oRunTab
	case n.min == 0 && n.max == 1 && !n.set.all:
		n.op = oOption
	}
}

// chain marks the runs that the next node follows without a dispatch: [+-]?[0-9]+ between two groups is one step.
func (c *fastCompiler) chain() {
	for _, n := range c.all {
		if n.op == oRunTab && n.next.op == oGap {
			n.op = oRunGap
		}
	}
	for _, n := range c.all {
		if n.op == oOption && (n.next.op == oRunTab || n.next.op == oRunGap) {
			n.op = oOptRun
		}
	}
}

func skipSaves(n *node) *node {
	for n.op == oSave {
		n = n.next
	}
	return n
}

// endsAnyway tells that from n on nothing can fail.
func endsAnyway(n *node) bool {
	n = skipSaves(n)
	return n.op == oMatch || n.op == oAccept
}

// build sorts the branches by the first bytes that they and what follows them can match.
func (x *choice) build() bool {
	firsts := make([]charset.Bytes, len(x.alts))
	for i, a := range x.alts {
		firsts[i] = *a.lead
	}
	index := map[string]uint8{}
	var key, last []byte
	for c := range x.table {
		key = key[:0]
		for i := range firsts {
			if firsts[i].Has(c) {
				key = append(key, byte(i), byte(i>>8))
			}
		}
		if c > 0 && bytes.Equal(key, last) { // as mostly
			x.table[c] = x.table[c-1]
			continue
		}
		last = append(last[:0], key...)
		k, ok := index[string(key)]
		if !ok {
			k = uint8(len(x.lists))
			index[string(key)] = k
			x.add(key)
		}
		x.table[c] = k
	}
	return len(x.lists) < 256
}

// add makes the entry for the branches of a key.
func (x *choice) add(key []byte) {
	var list []*node
	for ; len(key) > 0; key = key[2:] {
		list = append(list, x.alts[int(key[0])|int(key[1])<<8])
	}
	x.lists = append(x.lists, list)
	var only *node
	if len(list) == 1 {
		only = list[0]
	}
	x.only = append(x.only, only)
}
