package regex

import (
	"math/bits"

	"castor/internal/regex/charset"
)

type fastEntry struct {
	n     *node
	i     int32 // where the node began
	aux   int32 // eBranch: the next branch; eGreedy: the largest end not tried; eLazy: the end tried last; eMark: the mark outside of it
	trail int32
	kind  entryKind
}

type fastState struct {
	st    []fastEntry // all of it is room; the first sp are in use
	sp    int
	mark  int // the innermost open atomic group or lookaround
	limit int
}

// push makes room for an entry, which the caller fills in.
func (m *fastState) push() *fastEntry {
	if m.sp == len(m.st) {
		m.st = append(m.st, make([]fastEntry, m.sp+32)...)
	}
	m.sp++
	return &m.st[m.sp-1]
}

// runFast matches from node n at i. start is where the search began. It is one function, and long: a call per node would cost as much as
// the node. Node and position are its only variables, since each that lives through the loop is saved at every node.
func (sc *Scratch) runFast(n *node, s string, i, start int) outcome {
	m := &sc.fast
	m.sp, m.mark = 0, -1
	sc.caps[0] = int32(i)
	for {
		switch n.op {
		case oMatch:
			sc.caps[1] = int32(i)
			return matched
		case oAccept:
			owner := n.body
			mk := &m.st[m.mark]
			if owner.op == oLook {
				i = int(mk.i)
				if owner.neg {
					sc.rewind(mk.trail)
				}
			}
			m.mark, m.sp = int(mk.aux), m.mark
			if owner.op == oLook && owner.neg {
				goto back
			}
			n = owner.next
			continue
		case oByte:
			if uint(i) >= uint(len(s)) || s[i] != n.c {
				goto back
			}
			i++
		case oLit:
			l := n.lit
			if len(s)-i < len(l) || s[i] != l[0] || s[i:i+len(l)] != l {
				goto back
			}
			i += len(l)
		case oSet:
			if uint(i) >= uint(len(s)) {
				goto back
			}
			if c := s[i]; c < 0x80 {
				if !n.set.tab[c] {
					goto back
				}
				i++
			} else if w := n.set.wide(s, i); w > 0 {
				i += w
			} else {
				goto back
			}
		case oRun:
			_, end, ok := n.runEnd(s, i)
			if !ok {
				goto back
			}
			sc.steps += (end - i) >> n.set.cost
			i = end
		case oRunTab, oRunGap:
			goto run
		case oOptRun:
			if uint(i) < uint(len(s)) && n.set.tab[s[i]] {
				i++
			}
			n = n.next
			goto run
		case oOption:
			if uint(i) < uint(len(s)) && n.set.tab[s[i]] {
				i++
			}
		case oRunBack:
			low, end, ok := n.runEnd(s, i)
			if !ok {
				goto back
			}
			sc.steps += (end - i) >> n.set.cost
			j := n.lastEnd(s, low, end)
			if j < 0 {
				goto back
			}
			if k := j - 1; k >= low {
				e := m.push()
				e.n, e.i, e.aux, e.trail, e.kind = n, int32(low), int32(j-1), int32(len(sc.trail)), eGreedy
			}
			i = j
		case oRunLazy:
			j, ok := n.runLeast(s, i)
			if !ok {
				goto back
			}
			if j = n.nextEnd(s, j); j < 0 {
				sc.steps += (len(s) - i) >> 5
				goto back
			}
			sc.steps += (j - i) >> n.set.cost
			e := m.push()
			e.n, e.i, e.aux, e.trail, e.kind = n, int32(i), int32(j), int32(len(sc.trail)), eLazy
			i = j
		case oAlt:
			c := charset.End
			if uint(i) < uint(len(s)) {
				c = int(s[i])
			}
			sc.steps += int(n.min)
			x := n.choice
			k := x.table[c]
			if only := x.only[k]; only != nil {
				n = only
				continue
			}
			l := x.lists[k]
			if len(l) == 0 {
				goto back
			}
			e := m.push()
			e.n, e.i, e.aux, e.trail, e.kind = n, int32(i), 1, int32(len(sc.trail)), eBranch
			n = l[0]
			continue
		case oSpan:
			e, at := n.span.match(s, i)
			sc.steps += (at - i) >> 2
			if e < 0 {
				if e == spanMiss {
					goto back
				}
				n = n.body
				continue
			}
			i = e
			if n.next.op == oGap {
				n = n.next
				goto gap
			}
		case oSpanStay:
			e, at := n.span.matchStaying(s, i)
			sc.steps += (at - i) >> 2
			if e < 0 {
				if e == spanMiss {
					goto back
				}
				n = n.body
				continue
			}
			i = e
		case oSave, oRegister:
			if n.surely || m.sp == 0 {
				sc.caps[n.slot] = int32(i)
			} else {
				sc.set(n.slot, i)
			}
		case oGap:
			goto gap
		case oKeep:
			sc.set(0, i)
		case oAssert:
			if !holds(n.assert, s, i, start) {
				goto back
			}
		case oWordB:
			if wordBefore(s, i) == wordAfter(s, i) {
				goto back
			}
		case oBack1:
			if n.set.before(s, i) == n.neg {
				goto back
			}
		case oLook1:
			if (i < len(s) && n.set.at(s, i) > 0) == n.neg {
				goto back
			}
		case oAtomic, oLook:
			e := m.push()
			e.n, e.i, e.aux, e.trail, e.kind = n, int32(i), int32(m.mark), int32(len(sc.trail)), eMark
			m.mark = m.sp - 1
			n = n.body
			continue
		case oBack:
			j, ok := back(s, i, int(n.min))
			if !ok {
				goto back
			}
			i = j
		case oEmpty:
			if sc.caps[n.slot] == int32(i) {
				n = n.body
				continue
			}
		}
		n = n.next
		continue
	run:
		{
			set, j := n.set, i
			if m := uint64(0); set.word.ok && len(s)-j >= 8 {
				if m = set.word.outside(load8(s, j)); m != 0 {
					j += bits.TrailingZeros64(m) >> 3
				}
				if m == 0 || set.tab[s[j]] {
					j = set.scan(s, j)
				}
			} else {
				j = set.scan(s, j)
			}
			if j == i && n.min > 0 {
				goto back
			}
			sc.steps += (j - i) >> 4
			i = j
		}
		if n.op == oRunTab {
			n = n.next
			continue
		}
		n = n.next
	gap:
		{
			if uint(i) >= uint(len(s)) || s[i] != n.c {
				goto back
			}
			j := i + 1
			if l := n.lit; len(l) > 0 {
				if len(s)-j < len(l) || s[j:j+len(l)] != l {
					goto back
				}
				j += len(l)
			}
			if n.surely || m.sp == 0 {
				sc.caps[n.slot], sc.caps[n.slot2] = int32(i), int32(j)
			} else {
				sc.set(n.slot, i)
				sc.set(n.slot2, j)
			}
			i = j
		}
		n = n.next
		continue
	back:
		if sc.steps > m.limit {
			return exhausted
		}
		for {
			sc.steps++
			if m.sp == 0 {
				return missed
			}
			e := &m.st[m.sp-1]
			if len(sc.trail) > int(e.trail) {
				sc.rewind(e.trail)
			}
			q := e.n
			switch e.kind {
			case eBranch:
				i = int(e.i)
				c := charset.End
				if i < len(s) {
					c = int(s[i])
				}
				l := q.choice.lists[q.choice.table[c]]
				n = l[e.aux]
				if e.aux++; int(e.aux) == len(l) {
					m.sp--
				}
			case eGreedy:
				j := q.lastEnd(s, int(e.i), int(e.aux))
				if j < 0 {
					sc.steps += (int(e.aux) - int(e.i)) >> 4
					m.sp--
					continue
				}
				sc.steps += (int(e.aux) - j) >> 4
				e.aux = int32(j - 1)
				if j == int(e.i) {
					m.sp--
				}
				i, n = j, q.next
			case eLazy:
				j := q.another(s, int(e.aux))
				if j >= 0 {
					j = q.nextEnd(s, j)
				}
				if j < 0 {
					sc.steps += (len(s) - int(e.aux)) >> 5
					m.sp--
					continue
				}
				sc.steps += (j - int(e.aux)) >> q.set.cost
				e.aux = int32(j)
				i, n = j, q.next
			case eMark:
				m.mark = int(e.aux)
				i = int(e.i)
				m.sp--
				if q.op != oLook || !q.neg {
					continue
				}
				n = q.next
			}
			break
		}
	}
}

// runLeast takes the characters that a lazy run must have.
func (n *node) runLeast(s string, i int) (int, bool) {
	for k := int32(0); k < n.min; k++ {
		if i = n.another(s, i); i < 0 {
			return 0, false
		}
	}
	return i, true
}

// before tells whether the character that ends before i is in the set.
func (c *cset) before(s string, i int) bool {
	if i == 0 {
		return false
	}
	if b := s[i-1]; b < 0x80 {
		return c.tab[b]
	}
	r, _ := charset.DecodeLast(s, i)
	return c.has(r)
}
