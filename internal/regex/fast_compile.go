package regex

import (
	"castor/internal/regex/charset"
	"castor/internal/regex/simplify"
	"castor/internal/regex/syntax"
)

const maxFast = 30000 // nodes

type fastCompiler struct {
	sets     csets
	follows  map[charset.Bytes]*[257]bool
	all      []*node
	slots    int
	sure     map[int]bool // groups that every match passes
	noSpan   int          // above 0 inside the node form of a span
	spanWork int          // spent on spans
	keys     map[*syntax.Node]string
	failed   bool
}

// compileFast returns nil when the pattern is not for the fast program.
func compileFast(t *syntax.Tree, sets csets) *fastProg {
	if !t.Linear {
		return nil
	}
	root := simplify.Tree(t.Root)
	c := &fastCompiler{keys: map[*syntax.Node]string{}, sets: sets, follows: map[charset.Bytes]*[257]bool{}, slots: 2 * len(t.Names), sure: map[int]bool{}}
	c.sureGroups(root)
	end := c.new(oMatch, nil)
	start := c.node(root, end, charset.AllBytes())
	if c.failed || !c.finish() {
		return nil
	}
	p := &fastProg{start: start, slots: c.slots, groups: len(t.Names), firstByte: -1}
	lead := *start.lead
	for i := range p.first {
		if p.first[i] = lead.Has(i); p.first[i] && lead.Count() == 1 && i < 0x80 {
			p.firstByte = i
		}
	}
	for _, n := range c.all {
		n.lead = nil
	}
	p.literals = requiredLiterals(root)
	p.startRules(root, sets)
	return p
}

// sureGroups notes the groups that every match passes. A way back to before one leads through it again, so that a slot of its need not
// be restored.
func (c *fastCompiler) sureGroups(n *syntax.Node) {
	switch n.Op {
	case syntax.OpGroup:
		c.sure[n.Group] = true
	case syntax.OpCat, syntax.OpAtomic:
	default:
		return
	}
	for _, s := range n.Subs {
		c.sureGroups(s)
	}
}

// startRules finds where a match can start at all.
func (p *fastProg) startRules(n *syntax.Node, sets csets) {
	for n.Op == syntax.OpCat || n.Op == syntax.OpGroup {
		n = n.Subs[0]
	}
	switch {
	case n.Op == syntax.OpAssert && n.Assert == syntax.BeginText:
		p.anchor = true
	case n.Op == syntax.OpAssert && n.Assert == syntax.BeginLine:
		p.lineStart = true
	case n.Op == syntax.OpRep && n.Max < 0 && n.Min == 0 && n.Greed != syntax.Possessive && n.Subs[0].Op == syntax.OpSet:
		c := sets.get(n.Subs[0].Set)
		p.oneTry = c.few && len(c.excl) == 0
	}
}

func (c *fastCompiler) new(op fastOp, next *node) *node {
	n := &node{op: op, next: next, fbyte: -1, lead: &charset.Bytes{}}
	if c.all = append(c.all, n); len(c.all) > maxFast {
		c.failed = true
	}
	return n
}

// node builds n before next; follow are the first bytes of what comes after n.
func (c *fastCompiler) node(n *syntax.Node, next *node, follow charset.Bytes) *node {
	if c.failed {
		return next
	}
	switch n.Op {
	case syntax.OpEmpty:
		return next
	case syntax.OpSet:
		return c.set(n, next)
	case syntax.OpCat:
		return c.cat(n.Subs, next, follow)
	case syntax.OpGroup:
		end := c.new(oSave, next)
		end.slot, end.surely = int32(2*n.Group+1), c.sure[n.Group]
		begin := c.new(oSave, c.node(n.Subs[0], end, follow))
		begin.slot, begin.surely = int32(2*n.Group), c.sure[n.Group]
		return begin
	case syntax.OpAssert:
		a := c.new(oAssert, next)
		a.assert = n.Assert
		if n.Assert == syntax.WordBoundary {
			a.op = oWordB
		}
		return a
	case syntax.OpKeep:
		return c.new(oKeep, next)
	case syntax.OpLook:
		return c.look(n, next)
	}
	if s := c.span([]*syntax.Node{n}, next, follow); s != nil {
		return s
	}
	switch n.Op {
	case syntax.OpAlt:
		return c.choose(next, n.Subs, follow)
	case syntax.OpAtomic:
		return c.atomic(n.Subs[0], next)
	}
	return c.rep(n, next, follow)
}

// cat builds a sequence from its end, taking stretches that a table can match as one.
func (c *fastCompiler) cat(list []*syntax.Node, next *node, follow charset.Bytes) *node {
	for len(list) > 0 {
		from, n := c.stretch(list, next, follow)
		if n == nil {
			from = len(list) - 1
			n = c.node(list[from], next, follow)
		}
		next, follow, list = n, leadOf(list[from:], follow), list[:from]
	}
	return next
}

// stretch tries to match the end of a sequence, two elements at least, by a table: as much of it as possible.
func (c *fastCompiler) stretch(list []*syntax.Node, next *node, follow charset.Bytes) (from int, n *node) {
	last := len(list) - 1
	if isChar(list[last]) { // a node of its own is cheaper
		return 0, nil
	}
	for from = last + 1; from > 0 && spannable(list[from-1]); {
		from--
	}
	for ; from < last && worthSpan(list[from:]); from++ {
		if isChar(list[from]) {
			continue
		}
		if n = c.span(list[from:], next, follow); n != nil {
			return from, n
		}
	}
	return 0, nil
}

// leadOf are the first bytes of a sequence that is followed by follow.
func leadOf(list []*syntax.Node, follow charset.Bytes) (b charset.Bytes) {
	for _, n := range list {
		if n.Op == syntax.OpAssert && (n.Assert == syntax.EndLine || n.Assert == syntax.EndText || n.Assert == syntax.EndTextNL) {
			b.Add('\n')
			b.Add(charset.End)
			return b
		}
		f, null := simplify.First(n)
		b = b.Or(f)
		if !null {
			return b
		}
	}
	return b.Or(follow)
}

func (c *fastCompiler) set(n *syntax.Node, next *node) *node {
	r, single := n.Set.Single()
	if !single || r >= charset.OddBase {
		q := c.new(oSet, next)
		q.set = c.sets.get(n.Set)
		return q
	}
	text := string(r)
	switch next.op {
	case oByte:
		text += string([]byte{next.c})
		next = next.next
	case oLit:
		text += next.lit
		next = next.next
	}
	if len(text) == 1 {
		q := c.new(oByte, next)
		q.c = text[0]
		return q
	}
	q := c.new(oLit, next)
	q.lit = text
	return q
}

func (c *fastCompiler) choose(next *node, alts []*syntax.Node, follow charset.Bytes) *node {
	q := c.new(oAlt, nil)
	q.choice = &choice{}
	for _, a := range alts {
		q.choice.alts = append(q.choice.alts, c.node(a, next, follow))
	}
	return q
}

func (c *fastCompiler) atomic(body *syntax.Node, next *node) *node {
	q := c.new(oAtomic, next)
	accept := c.new(oAccept, next)
	accept.body = q
	q.body = c.node(body, accept, charset.AllBytes())
	return q
}

func (c *fastCompiler) look(n *syntax.Node, next *node) *node {
	b := n.Subs[0]
	if b.Op == syntax.OpSet {
		q := c.new(oLook1, next)
		if n.Behind {
			q.op = oBack1
		}
		q.set, q.neg = c.sets.get(b.Set), n.Neg
		return q
	}
	q := c.new(oLook, next)
	q.neg = n.Neg
	accept := c.new(oAccept, nil)
	accept.body = q
	if !n.Behind {
		q.body = c.node(b, accept, charset.AllBytes())
		return q
	}
	alt := c.new(oAlt, nil)
	alt.choice = &choice{}
	for _, a := range syntax.BehindAlternatives(n) {
		back := c.new(oBack, c.node(a, accept, charset.AllBytes()))
		l, _ := syntax.FixedLen(a)
		back.min = int32(l)
		alt.choice.alts = append(alt.choice.alts, back)
	}
	q.body = alt
	return q
}

func (c *fastCompiler) rep(n *syntax.Node, next *node, follow charset.Bytes) *node {
	body := n.Subs[0]
	if n.Max == 0 {
		return next
	}
	if body.Op == syntax.OpSet && (n.Greed != syntax.Lazy || n.Max < 0) {
		return c.run(n, next)
	}
	if n.Greed == syntax.Possessive {
		m := *n
		m.Greed = syntax.Greedy
		return c.atomic(&m, next)
	}
	first, null := simplify.First(body)
	inner := first.Or(follow)
	if null {
		inner = charset.AllBytes()
	}
	round := func(after *node) *node { return c.node(body, after, inner) }
	if n.EmptyEnds {
		reg := c.register()
		round = func(after *node) *node { return c.guarded(reg, body, after, next, inner) }
	}
	r := next
	if n.Max < 0 {
		r = c.loop(n, next, inner, null)
	}
	for i := n.Min; i < n.Max && !c.failed; i++ {
		r = c.option(n, round(r), next)
	}
	for range n.Min {
		r = round(r)
	}
	return r
}

func (c *fastCompiler) register() int32 {
	c.slots++
	return int32(c.slots - 1)
}

// guarded is a body that may be empty: when it was, past comes next instead of after.
func (c *fastCompiler) guarded(reg int32, body *syntax.Node, after, past *node, inner charset.Bytes) *node {
	check := c.new(oEmpty, after)
	check.body, check.slot = past, reg
	begin := c.new(oRegister, c.node(body, check, inner))
	begin.slot = reg
	return begin
}

// option tries body or next first, by n's greed.
func (c *fastCompiler) option(n *syntax.Node, body, next *node) *node {
	q := c.new(oAlt, nil)
	q.choice = &choice{alts: []*node{body, next}}
	if n.Greed == syntax.Lazy {
		q.choice.alts[0], q.choice.alts[1] = next, body
	}
	return q
}

func (c *fastCompiler) loop(n *syntax.Node, next *node, inner charset.Bytes, null bool) *node {
	q := c.option(n, nil, next)
	q.min = 1
	var body *node
	if null {
		body = c.guarded(c.register(), n.Subs[0], q, next, inner)
	} else {
		body = c.node(n.Subs[0], q, inner)
	}
	for i, a := range q.choice.alts {
		if a == nil {
			q.choice.alts[i] = body
		}
	}
	return q
}

func (c *fastCompiler) run(n *syntax.Node, next *node) *node {
	op := oRunBack
	switch n.Greed {
	case syntax.Possessive:
		op = oRun
	case syntax.Lazy:
		op = oRunLazy
	}
	q := c.new(op, next)
	q.set, q.min, q.max = c.sets.get(n.Subs[0].Set), int32(n.Min), endless
	if n.Max >= 0 {
		q.max = int32(n.Max)
	}
	q.bounded = q.min > 1 || q.max < endless
	return q
}
