package regex

import (
	"slices"

	"castor/internal/regex/charset"
	"castor/internal/regex/syntax"
)

type entryKind uint8

const (
	eBranch entryKind = iota // go on at pc, pos
	eGreedy                  // a repeat: aux is the end tried last, pos the smallest end
	eLazy                    // a repeat: pos is the end tried last, aux how many more it may take
	eAbsent                  // a text of an absent group: aux is the end tried last, pos the smallest end, the rest is behind the group
	eMark                    // an open atomic group or lookaround; aux is the mark outside of it
)

type plainEntry struct {
	kind          entryKind
	pc, pos, aux  int32
	trail, log    int32
	frame, frames int32
}

// frame is a call that has not returned, or a called group that is open (ret is where it began).
type frame struct{ ret, parent int32 }

type plainState struct {
	st     []plainEntry
	frames []frame
	frame  int32
	mark   int32 // the innermost open atomic group or lookaround
	memo   memo
	limit  int // steps allowed
	far    *furthest

	absents int // open bodies of absent groups
	base    int // what is below in st belongs to the match outside of such a body
	end     int // of what a body matched
}

// furthest notes how far a failing match came.
type furthest struct{ length, pos, pattern int32 }

const maxStack = 1 << 22 // entries

type outcome uint8

const (
	missed outcome = iota
	matched
	exhausted
)

// runPlain matches p at i; start is where the search began.
func (sc *Scratch) runPlain(p *plainProg, s string, i, start int) outcome {
	m := &sc.plain
	m.st, m.frames, m.frame, m.mark = m.st[:0], m.frames[:0], -1, -1
	m.absents, m.base = 0, 0
	sc.caps[0] = int32(i)
	return sc.run(p, s, 0, i, start, len(s))
}

// run goes on from the instruction pc at i; it takes no character from most on.
func (sc *Scratch) run(p *plainProg, s string, pc int32, i, start, most int) outcome {
	m := &sc.plain
	begin := i
	for {
		in := &p.inst[pc]
		pc++
		ok := true
		switch in.op {
		case pMatch:
			sc.caps[1] = int32(i)
			return matched
		case pSet:
			if i < most && s[i] < 0x80 {
				if in.set.tab[s[i]] {
					i++
					continue
				}
				ok = false
				break
			}
			w := 0
			if i < most {
				w = in.set.wide(s, i)
			}
			i, ok = i+w, w > 0
		case pSplit:
			sc.steps++
			if m.memo.on {
				row := in.memo
				if in.list > 0 {
					row = sc.row(p, in, i)
				}
				if v := m.memo.visit(row, i, m.mark >= 0); v != 0 {
					if pc, i, ok = sc.known(p, v); ok {
						continue
					}
					break
				}
			}
			m.st = append(m.st, plainEntry{eBranch, in.y, int32(i), 0, int32(len(sc.trail)), int32(len(m.memo.log)), m.frame, int32(len(m.frames))})
			pc = in.x
			continue
		case pJmp:
			pc = in.x
		case pSave:
			sc.set(in.x, i)
			if in.neg {
				sc.set(in.x+1, -1)
			}
		case pOpen:
			m.frames = append(m.frames, frame{int32(i), m.frame})
			m.frame = int32(len(m.frames) - 1)
			sc.set(in.x, i)
			sc.set(in.x+1, -1)
		case pClose:
			f := m.frames[m.frame]
			m.frame = f.parent
			sc.set(in.x, int(f.ret))
			sc.set(in.x+1, i)
		case pKeep:
			sc.set(0, i)
		case pAssert:
			ok = holds(in.assert, s, i, start)
		case pAtomic, pLook:
			sc.push(eMark, pc-1, i, m.mark)
			m.mark = int32(len(m.st) - 1)
		case pAtomicEnd:
			m.memo.raise(m.st[m.mark].log)
			sc.cut()
		case pLookEnd:
			pc, i, ok = sc.lookEnd(p)
		case pBack:
			i, ok = back(s, i, int(in.x))
		case pRepeat:
			if m.memo.on {
				if v := m.memo.visit(sc.row(p, in, i), i, m.mark >= 0); v != 0 {
					if pc, i, ok = sc.known(p, v); ok {
						continue
					}
					break
				}
			}
			i, ok = sc.repeat(in, s, i, pc, most)
		case pBackref:
			i, ok = sc.backref(p, in, s, i)
			ok = ok && i <= most
		case pAbsent:
			var end int
			if end, ok = sc.absent(p, s, pc, i, start, most); sc.steps > m.limit {
				return exhausted
			}
			if ok {
				if end > i {
					sc.push(eAbsent, in.x, i, int32(end))
				}
				pc, i = in.x, end
			}
		case pAbsentEnd:
			m.end = i
			return matched
		case pCall:
			m.frames = append(m.frames, frame{pc, m.frame})
			m.frame = int32(len(m.frames) - 1)
			pc = in.x
			ok = sc.step()
		case pReturn:
			f := m.frames[m.frame]
			pc, m.frame = f.ret, f.parent
		case pCond:
			if !sc.anySet(p.lists[in.list]) {
				pc = in.x
			}
		case pEmptyStart:
			sc.set(in.x, i)
		case pEmptyCheck:
			if sc.caps[in.x] == int32(i) {
				pc = in.y
			}
		case pFail:
			ok = false
		}
		if ok {
			continue
		}
		if m.far != nil {
			m.far.note(begin, i, in.pos)
		}
		if pc, i, ok = sc.backtrack(p, s, most); !ok {
			if sc.steps > m.limit {
				return exhausted
			}
			return missed
		}
	}
}

// row is the memo row of an instruction at i.
func (sc *Scratch) row(p *plainProg, in *plainInst, i int) int32 {
	row := in.memo
	for k, reg := range p.lists[in.list] {
		if sc.caps[reg] == int32(i) {
			row += 1 << k
		}
	}
	return row
}

// note keeps the place that is furthest from where its try began; of tries that came as far, the first.
func (f *furthest) note(begin, i int, pattern int32) {
	far := int32(i - begin)
	if far > f.length || far == f.length && int32(i) == f.pos && pattern > f.pattern {
		f.length, f.pos, f.pattern = far, int32(i), pattern
	}
}

func (sc *Scratch) push(k entryKind, pc int32, pos int, aux int32) {
	m := &sc.plain
	m.st = append(m.st, plainEntry{k, pc, int32(pos), aux, int32(len(sc.trail)), int32(len(m.memo.log)), m.frame, int32(len(m.frames))})
}

func (sc *Scratch) step() bool {
	sc.steps++
	return sc.steps <= sc.plain.limit
}

// cut closes the innermost mark: what was pushed since is dropped.
func (sc *Scratch) cut() {
	m := &sc.plain
	mk := m.st[m.mark]
	m.st = m.st[:m.mark]
	m.mark = mk.aux
}

// restore takes back what happened since e was pushed.
func (sc *Scratch) restore(e *plainEntry) {
	m := &sc.plain
	sc.rewind(e.trail)
	m.memo.log = m.memo.log[:e.log]
	m.frame, m.frames = e.frame, m.frames[:e.frames]
}

// backtrack goes on with the newest alternative; false when none is left or the steps are used up.
func (sc *Scratch) backtrack(p *plainProg, s string, most int) (pc int32, i int, ok bool) {
	m := &sc.plain
	for len(m.st) > m.base {
		if !sc.step() || len(m.st) > maxStack {
			sc.steps = m.limit + 1
			return 0, 0, false
		}
		e := &m.st[len(m.st)-1]
		sc.restore(e)
		in := &p.inst[e.pc]
		switch e.kind {
		case eBranch:
			pc, i = e.pc, int(e.pos)
			m.st = m.st[:len(m.st)-1]
			return pc, i, true
		case eGreedy:
			_, w := charset.DecodeLast(s, int(e.aux))
			e.aux -= int32(w)
			pc, i = e.pc+1, int(e.aux)
			if e.aux <= e.pos {
				m.st = m.st[:len(m.st)-1]
			}
			return pc, i, true
		case eAbsent:
			_, w := charset.DecodeLast(s, int(e.aux))
			e.aux -= int32(w)
			pc, i = e.pc, int(e.aux)
			if e.aux <= e.pos {
				m.st = m.st[:len(m.st)-1]
			}
			return pc, i, true
		case eLazy:
			w := 0
			if int(e.pos) < most {
				w = in.set.at(s, int(e.pos))
			}
			if w == 0 {
				m.st = m.st[:len(m.st)-1]
				continue
			}
			e.pos += int32(w)
			e.aux--
			pc, i = e.pc+1, int(e.pos)
			if e.aux == 0 {
				m.st = m.st[:len(m.st)-1]
			}
			return pc, i, true
		case eMark:
			m.mark = e.aux
			pos := int(e.pos)
			m.st = m.st[:len(m.st)-1]
			if in.op == pLook && in.neg {
				return in.x, pos, true
			}
		}
	}
	return 0, 0, false
}

// lookEnd: the innermost lookaround's body matched.
func (sc *Scratch) lookEnd(p *plainProg) (pc int32, i int, ok bool) {
	m := &sc.plain
	mk := m.st[m.mark]
	in := &p.inst[mk.pc]
	if in.caps && !in.neg && !m.memo.blind {
		m.memo.forget(mk.log)
	} else {
		m.memo.raise(mk.log)
	}
	m.memo.log = m.memo.log[:mk.log]
	sc.cut()
	if in.neg {
		sc.rewind(mk.trail)
		return 0, int(mk.pos), false
	}
	return in.x, int(mk.pos), true
}

// known acts on a state that was visited before: v tells what came of it.
func (sc *Scratch) known(p *plainProg, v uint8) (pc int32, i int, ok bool) {
	m := &sc.plain
	for ; v > 1; v-- {
		mk := m.st[m.mark]
		if p.inst[mk.pc].op == pLook {
			return sc.lookEnd(p)
		}
		m.memo.raise(mk.log)
		sc.cut()
	}
	return 0, 0, false
}

// back goes n characters back.
func back(s string, i, n int) (int, bool) {
	for ; n > 0; n-- {
		if i == 0 {
			return 0, false
		}
		_, w := charset.DecodeLast(s, i)
		i -= w
	}
	return i, true
}

// repeat runs over in.lo..in.hi characters of a set; pc is behind the instruction.
func (sc *Scratch) repeat(in *plainInst, s string, i int, pc int32, most int) (int, bool) {
	n := int32(0)
	take := func(limit int32) {
		for n < limit && i < most {
			w := in.set.at(s, i)
			if w == 0 {
				break
			}
			i += w
			n++
			sc.steps++
		}
	}
	take(in.lo)
	if n < in.lo {
		return i, false
	}
	low := i
	if in.greed == syntax.Lazy {
		if in.hi > in.lo {
			sc.push(eLazy, pc-1, i, in.hi-in.lo)
		}
		return i, true
	}
	take(in.hi)
	if i > low {
		sc.push(eGreedy, pc-1, low, int32(i))
	}
	return i, true
}

func (sc *Scratch) anySet(refs []int32) bool {
	for _, g := range refs {
		if sc.caps[2*g] >= 0 && sc.caps[2*g+1] >= 0 {
			return true
		}
	}
	return false
}

// backref matches what one of the groups has, the last one first; an unset group does not match.
func (sc *Scratch) backref(p *plainProg, in *plainInst, s string, i int) (int, bool) {
	for _, g := range slices.Backward(p.lists[in.list]) {
		a, b := sc.caps[2*g], sc.caps[2*g+1]
		if a < 0 || b < a {
			continue
		}
		if j, ok := sameText(s, s[a:b], i, in.fold); ok {
			return j, true
		}
	}
	return i, false
}

// sameText tells whether text stands at s[i], and where it ends.
func sameText(s, text string, i int, fold bool) (int, bool) {
	if !fold {
		return i + len(text), len(s)-i >= len(text) && s[i:i+len(text)] == text
	}
	for k := 0; k < len(text); {
		if i >= len(s) {
			return i, false
		}
		a, wa := charset.Decode(text, k)
		b, wb := charset.Decode(s, i)
		if a != b && !charset.FoldRune(a).Has(b) {
			return i, false
		}
		k, i = k+wa, i+wb
	}
	return i, true
}
