package syntax

const maxRepeat = 100000

// repeats reads the quantifiers behind n.
func (p *parser) repeats(n *Node) *Node {
	for {
		p.skip()
		pos := p.i
		lo, hi, ok := 0, 0, true
		interval := false
		switch {
		case p.accept('*'):
			hi = -1
		case p.accept('+'):
			lo, hi = 1, -1
		case p.accept('?'):
			hi = 1
		case p.peek('{'):
			lo, hi, ok = p.interval()
			interval = true
		default:
			return n
		}
		if !ok {
			return n
		}
		n = p.repeat(n, lo, hi, interval, pos)
	}
}

// repeat builds the node of one quantifier and reads its ? or +: a fixed interval {n} has neither, {n,m} no possessive form.
func (p *parser) repeat(n *Node, lo, hi int, interval bool, pos int) *Node {
	r := &Node{Op: OpRep, Min: lo, Max: hi, Subs: []*Node{n}, Pos: n.Pos, Interval: interval}
	fixed := interval && lo == hi && p.pat[p.i-1] == '}' && !p.hadComma(pos)
	switch {
	case !fixed && p.accept('?'):
		r.Greed = Lazy
	case !interval && p.accept('+'):
		r.Greed = Possessive
	}
	if lo == 1 && hi == 1 {
		return n
	}
	return reduce(r)
}

func (p *parser) hadComma(pos int) bool {
	for i := pos; i < p.i; i++ {
		if p.pat[i] == ',' {
			return true
		}
	}
	return false
}

// interval reads {n}, {n,}, {,m} or {n,m}; anything else is literal text.
func (p *parser) interval() (lo, hi int, ok bool) {
	start := p.i
	p.i++
	lo, gotLo := p.number(maxRepeat)
	hi = lo
	if p.accept(',') {
		var gotHi bool
		if hi, gotHi = p.number(maxRepeat); !gotHi {
			hi = -1
			if !gotLo {
				p.i = start
				return 0, 0, false
			}
		}
	} else if !gotLo {
		p.i = start
		return 0, 0, false
	}
	if !p.accept('}') {
		p.i = start
		return 0, 0, false
	}
	if hi >= 0 && lo > hi {
		p.fail(start, "upper is smaller than lower in repeat range")
	}
	return lo, hi, true
}

// number reads decimal digits; more than limit is an error.
func (p *parser) number(limit int) (n int, ok bool) {
	start := p.i
	for p.more() && p.pat[p.i] >= '0' && p.pat[p.i] <= '9' {
		n = n*10 + int(p.pat[p.i]-'0')
		if n > limit {
			p.fail(start, "too big number")
		}
		p.i++
	}
	return n, p.i > start
}

// The simple quantifiers in the order of reduceTable.
const (
	qOpt = iota
	qStar
	qPlus
	qLazyOpt
	qLazyStar
	qLazyPlus
	qOther
)

func simpleKind(n *Node) int {
	if n.Op != OpRep || n.Greed == Possessive {
		return qOther
	}
	k := qOther
	switch {
	case n.Min == 0 && n.Max == 1:
		k = qOpt
	case n.Min == 0 && n.Max < 0:
		k = qStar
	case n.Min == 1 && n.Max < 0:
		k = qPlus
	}
	if k != qOther && n.Greed == Lazy {
		k += qLazyOpt
	}
	return k
}

type reduction uint8

const (
	asIs          reduction = iota
	toChild                 // the outer quantifier adds nothing
	toStar                  // x*
	toLazyStar              // x*?
	toLazyOpt               // x??
	plusInLazyOpt           // (?:x+)??
	lazyPlusInOpt           // (?:x+?)?
)

// reduceTable says by [inner][outer] what Oniguruma makes of a quantifier directly on a quantifier.
var reduceTable = [6][6]reduction{
	qOpt:      {toChild, toStar, toStar, toLazyOpt, toLazyStar, asIs},
	qStar:     {toChild, toChild, toChild, plusInLazyOpt, plusInLazyOpt, toChild},
	qPlus:     {toStar, toStar, toChild, asIs, plusInLazyOpt, toChild},
	qLazyOpt:  {toChild, toLazyStar, toLazyStar, toChild, toLazyStar, toLazyStar},
	qLazyStar: {toChild, toChild, toChild, toChild, toChild, toChild},
	qLazyPlus: {asIs, asIs, asIs, toLazyStar, toLazyStar, toChild},
}

// reduce merges nested simple quantifiers as Oniguruma does.
func reduce(outer *Node) *Node {
	inner := outer.Subs[0]
	o, i := simpleKind(outer), simpleKind(inner)
	if o == qOther || i == qOther {
		return outer
	}
	body := inner.Subs
	rep := func(lo, hi int, g Greed, subs []*Node) *Node {
		return &Node{Op: OpRep, Min: lo, Max: hi, Greed: g, Subs: subs, Pos: outer.Pos}
	}
	switch reduceTable[i][o] {
	case toChild:
		return inner
	case toStar:
		return rep(0, -1, Greedy, body)
	case toLazyStar:
		return rep(0, -1, Lazy, body)
	case toLazyOpt:
		return rep(0, 1, Lazy, body)
	case plusInLazyOpt:
		return rep(0, 1, Lazy, []*Node{rep(1, -1, Greedy, body)})
	case lazyPlusInOpt:
		return rep(0, 1, Greedy, []*Node{rep(1, -1, Lazy, body)})
	}
	return outer
}
