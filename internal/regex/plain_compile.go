package regex

import (
	"slices"

	"castor/internal/regex/syntax"
)

// The plain program is the reference: a direct translation of the tree, able to run everything the syntax has, and, for patterns
// without backreferences, calls and absent groups, with a memo that bounds its work linearly. The fast program hands over to it.

type plainOp uint8

const (
	pMatch plainOp = iota
	pFail
	pSet              // set
	pSplit            // try x, then y
	pJmp              // x
	pSave             // slot x
	pOpen             // a called group begins: remember where
	pClose            // a called group ends: slots x and x+1
	pAssert           // assertion x
	pAtomic           // opens an atomic group
	pAtomicEnd        //
	pLook             // opens a lookaround; x behind its end, neg
	pLookEnd          //
	pBack             // x characters back
	pRepeat           // set, lo..hi times, greed
	pBackref          // refs
	pCall             // x
	pReturn           //
	pCond             // refs set? next : x
	pKeep             //
	pAbsent           // takes text in which what is behind the instruction, up to a pAbsentEnd, does not match; x behind that
	pAbsentEnd        //
	pEmptyStart       // register x := position
	pEmptyCheck       // nothing consumed since register x: go to y
	maxPlain          = 200000
	noMemo      int32 = -1
)

type plainInst struct {
	op     plainOp
	greed  syntax.Greed
	neg    bool
	caps   bool // a lookaround that captures
	fold   bool
	assert syntax.Assert
	x, y   int32
	lo, hi int32
	memo   int32 // number of its first memo row, or noMemo
	list   int32 // in plainProg.lists: of a split or repeat, registers of the loops around it whose bodies may be empty; groups referred to
	pos    int32 // offset in the pattern
	set    *cset
}

type plainProg struct {
	inst   []plainInst
	lists  [][]int32 // the first is empty
	memos  int       // rows
	slots  int       // captures and registers
	linear bool
	peeks  bool // a lookahead captures
}

type plainCompiler struct {
	p          *plainProg
	sets       csets
	groups     map[int]*syntax.Node
	entry      map[int]int32 // group number: where calls go
	called     map[int]bool
	referenced map[int]bool // by backreferences and conditions: unset while open
	calls      []int32      // instructions to patch
	root       *syntax.Node
	loops      []int32 // registers of the open loops whose bodies may be empty
}

// maxLoops is how many loops around an instruction the memo tells apart: what happens there depends on whether each of them has
// consumed anything in its round.
const maxLoops = 4

func compilePlain(t *syntax.Tree, sets csets) (*plainProg, error) {
	p := &plainProg{slots: 2 * len(t.Names), linear: t.Linear, lists: [][]int32{nil}}
	c := &plainCompiler{p: p, sets: sets, groups: map[int]*syntax.Node{}, entry: map[int]int32{}, called: map[int]bool{}, referenced: map[int]bool{}, root: t.Root}
	c.collect(t.Root)
	c.node(t.Root)
	c.emit(plainInst{op: pMatch, pos: int32(len(t.Pattern))})
	for i := 0; i < len(c.calls); i++ { // grows while called groups are laid out
		c.layOut(int(p.inst[c.calls[i]].x))
	}
	for _, at := range c.calls {
		p.inst[at].x = c.entry[int(p.inst[at].x)]
	}
	if len(p.inst) >= maxPlain {
		return nil, &syntax.Error{Pos: 0, Msg: "pattern is too large"}
	}
	return p, nil
}

func (c *plainCompiler) collect(n *syntax.Node) {
	if n.Op == syntax.OpGroup {
		c.groups[n.Group] = n
	}
	if n.Op == syntax.OpCall {
		c.called[n.Group] = true
	}
	for _, g := range n.Refs {
		c.referenced[g] = true
	}
	for _, s := range n.Subs {
		c.collect(s)
	}
}

// layOut writes the code that a call of the group runs.
func (c *plainCompiler) layOut(group int) {
	if _, done := c.entry[group]; done {
		return
	}
	c.entry[group] = c.here()
	if group == 0 {
		c.node(c.root)
	} else if g := c.groups[group]; g != nil {
		c.node(g)
	}
	c.emit(plainInst{op: pReturn})
}

func (c *plainCompiler) here() int32 { return int32(len(c.p.inst)) }

// emit appends an instruction and returns its place. A pattern that grows too large is cut and refused at the end.
func (c *plainCompiler) emit(in plainInst) int32 {
	in.memo = noMemo
	if in.op == pSplit || in.op == pRepeat {
		in.memo = int32(c.p.memos)
		in.list = c.list(c.loops[max(0, len(c.loops)-maxLoops):])
		c.p.memos += 1 << len(c.p.lists[in.list])
	}
	c.p.inst = append(c.p.inst, in)
	return c.here() - 1
}

func (c *plainCompiler) full() bool { return len(c.p.inst) >= maxPlain }

// list keeps a list and returns its place.
func (c *plainCompiler) list(l []int32) int32 {
	if last := len(c.p.lists) - 1; slices.Equal(c.p.lists[last], l) { // neighbours have the same
		return int32(last)
	}
	if len(l) == 0 {
		return 0
	}
	c.p.lists = append(c.p.lists, l)
	return int32(len(c.p.lists) - 1)
}

func (c *plainCompiler) groupList(groups []int) int32 {
	l := make([]int32, len(groups))
	for i, g := range groups {
		l[i] = int32(g)
	}
	return c.list(l)
}

func (c *plainCompiler) node(n *syntax.Node) {
	if c.full() {
		return
	}
	pos := int32(n.Pos)
	switch n.Op {
	case syntax.OpSet:
		c.emit(plainInst{op: pSet, set: c.sets.get(n.Set), pos: pos})
	case syntax.OpCat:
		for _, s := range n.Subs {
			c.node(s)
		}
	case syntax.OpAlt:
		c.alt(len(n.Subs), func(i int) { c.node(n.Subs[i]) }, pos)
	case syntax.OpRep:
		c.rep(n)
	case syntax.OpGroup:
		open, end := plainInst{op: pSave, x: int32(2 * n.Group), pos: pos}, plainInst{op: pSave, x: int32(2*n.Group + 1), pos: pos}
		open.neg = c.referenced[n.Group]
		if c.called[n.Group] { // it may be open several times at once
			open.op, end = pOpen, plainInst{op: pClose, x: int32(2 * n.Group), pos: pos}
		}
		c.emit(open)
		c.node(n.Subs[0])
		c.emit(end)
	case syntax.OpAtomic:
		c.emit(plainInst{op: pAtomic, pos: pos})
		c.node(n.Subs[0])
		c.emit(plainInst{op: pAtomicEnd, pos: pos})
	case syntax.OpLook:
		c.look(n)
	case syntax.OpAssert:
		c.emit(plainInst{op: pAssert, assert: n.Assert, pos: pos})
	case syntax.OpBackref:
		c.emit(plainInst{op: pBackref, list: c.groupList(n.Refs), fold: n.Fold, pos: pos})
	case syntax.OpCall:
		c.calls = append(c.calls, c.emit(plainInst{op: pCall, x: int32(n.Group), pos: pos}))
	case syntax.OpCond:
		at := c.emit(plainInst{op: pCond, list: c.groupList(n.Refs), pos: pos})
		c.node(n.Subs[0])
		jmp := c.emit(plainInst{op: pJmp})
		c.p.inst[at].x = c.here()
		c.node(n.Subs[1])
		c.p.inst[jmp].x = c.here()
	case syntax.OpAbsent:
		at := c.emit(plainInst{op: pAbsent, pos: pos})
		c.node(n.Subs[0])
		c.emit(plainInst{op: pAbsentEnd, pos: pos})
		c.p.inst[at].x = c.here()
	case syntax.OpKeep:
		c.emit(plainInst{op: pKeep, pos: pos})
	}
}

func (c *plainCompiler) alt(n int, branch func(i int), pos int32) {
	var ends []int32
	for i := range n {
		var split int32
		if i < n-1 {
			split = c.emit(plainInst{op: pSplit, pos: pos})
			c.p.inst[split].x = c.here()
		}
		branch(i)
		if i < n-1 {
			ends = append(ends, c.emit(plainInst{op: pJmp}))
			c.p.inst[split].y = c.here()
		}
	}
	for _, e := range ends {
		c.p.inst[e].x = c.here()
	}
}

func (c *plainCompiler) look(n *syntax.Node) {
	at := c.emit(plainInst{op: pLook, neg: n.Neg, pos: int32(n.Pos), caps: hasGroup(n)})
	c.p.peeks = c.p.peeks || c.p.inst[at].caps && !n.Neg
	if n.Behind {
		alts := syntax.BehindAlternatives(n)
		c.alt(len(alts), func(i int) {
			l, _ := syntax.FixedLen(alts[i])
			if l > 0 {
				c.emit(plainInst{op: pBack, x: int32(l), pos: int32(n.Pos)})
			}
			c.node(alts[i])
		}, int32(n.Pos))
	} else {
		c.node(n.Subs[0])
	}
	c.emit(plainInst{op: pLookEnd, pos: int32(n.Pos)})
	c.p.inst[at].x = c.here()
}

func hasGroup(n *syntax.Node) bool {
	if n.Op == syntax.OpGroup || n.Op == syntax.OpCall {
		return true
	}
	for _, s := range n.Subs {
		if hasGroup(s) {
			return true
		}
	}
	return false
}

func (c *plainCompiler) rep(n *syntax.Node) {
	if n.Greed == syntax.Possessive {
		m := *n
		m.Greed = syntax.Greedy
		c.node(&syntax.Node{Op: syntax.OpAtomic, Subs: []*syntax.Node{&m}, Pos: n.Pos})
		return
	}
	body := n.Subs[0]
	if body.Op == syntax.OpSet && n.Max > 1 {
		c.emit(plainInst{op: pRepeat, set: c.sets.get(body.Set), lo: int32(n.Min), hi: int32(n.Max), greed: n.Greed, pos: int32(n.Pos)})
		return
	}
	round := c.rounds(n)
	var checks, splits []int32
	for i := 0; i < n.Min && !c.full(); i++ {
		checks = append(checks, round(body))
	}
	if n.Max < 0 {
		c.loop(n, body)
	}
	for i := n.Min; i < n.Max && !c.full(); i++ {
		splits = append(splits, c.emit(plainInst{op: pSplit, pos: int32(n.Pos)}))
		checks = append(checks, round(body))
	}
	for _, at := range splits {
		c.fork(at, at+1, c.here(), n.Greed)
	}
	for _, at := range checks {
		if at >= 0 {
			c.p.inst[at].y = c.here()
		}
	}
}

// rounds lays out the rounds of a counted repeat, and returns the place of the check that leaves it after an empty one, or -1.
func (c *plainCompiler) rounds(n *syntax.Node) func(body *syntax.Node) int32 {
	if !n.EmptyEnds {
		return func(body *syntax.Node) int32 {
			c.node(body)
			return -1
		}
	}
	reg := int32(c.p.slots)
	c.p.slots++
	return func(body *syntax.Node) int32 {
		c.guarded(reg, body)
		return c.emit(plainInst{op: pEmptyCheck, x: reg})
	}
}

// guarded lays out a body that may be empty, noting where it begins.
func (c *plainCompiler) guarded(reg int32, body *syntax.Node) {
	c.emit(plainInst{op: pEmptyStart, x: reg})
	c.loops = append(c.loops[:len(c.loops):len(c.loops)], reg)
	c.node(body)
	c.loops = c.loops[:len(c.loops)-1]
}

// fork makes the split at go into body or past it, by greed.
func (c *plainCompiler) fork(at, body, past int32, g syntax.Greed) {
	in := &c.p.inst[at]
	in.x, in.y = body, past
	if g == syntax.Lazy {
		in.x, in.y = past, body
	}
}

func (c *plainCompiler) loop(n, body *syntax.Node) {
	split := c.emit(plainInst{op: pSplit, pos: int32(n.Pos)})
	check := int32(-1)
	if syntax.Nullable(body) {
		reg := int32(c.p.slots)
		c.p.slots++
		c.guarded(reg, body)
		check = c.emit(plainInst{op: pEmptyCheck, x: reg})
	} else {
		c.node(body)
	}
	c.emit(plainInst{op: pJmp, x: split})
	if check >= 0 {
		c.p.inst[check].y = c.here()
	}
	c.fork(split, split+1, c.here(), n.Greed)
}
