package regex

import "castor/internal/regex/charset"

type fastEntry struct {
	n     *node
	i     int32 // where the node began
	aux   int32 // eBranch: the next branch; eGreedy: the largest end not tried; eLazy: the end tried last; eMark: the mark outside of it
	trail int32
	kind  entryKind
}

type fastState struct {
	st    []fastEntry
	limit int
}

// runFast matches from node n at i. start is where the search began. It is one function, and long: position, stack and step count stay in
// registers, and a call per node would cost as much as the node.
func (sc *Scratch) runFast(n *node, s string, i, start int) outcome {
	m := &sc.fast
	st := m.st[:0]
	sc.caps[0] = int32(i)
	mark := int32(-1)
	steps := sc.steps
	for {
		switch n.op {
		case oMatch:
			sc.caps[1] = int32(i)
			m.st, sc.steps = st, steps
			return matched
		case oAccept:
			owner := n.body
			mk := &st[mark]
			if owner.op == oLook {
				i = int(mk.i)
				if owner.neg {
					sc.rewind(mk.trail)
				}
			}
			mark, st = mk.aux, st[:mark]
			if owner.op == oLook && owner.neg {
				goto back
			}
			n = owner.next
			continue
		case oByte:
			if i >= len(s) || s[i] != n.c {
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
			if i >= len(s) {
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
			steps += (end - i) >> n.set.cost
			i = end
		case oRunTab, oRunGap:
			goto run
		case oOptRun:
			if i < len(s) && n.set.tab[s[i]] {
				i++
			}
			n = n.next
			goto run
		case oOption:
			if i < len(s) && n.set.tab[s[i]] {
				i++
			}
		case oRunBack:
			low, end, ok := n.runEnd(s, i)
			if !ok {
				goto back
			}
			steps += (end - i) >> n.set.cost
			j := n.lastEnd(s, low, end)
			if j < 0 {
				goto back
			}
			if k := j - 1; k >= low {
				st = append(st, fastEntry{n, int32(low), int32(j - 1), int32(len(sc.trail)), eGreedy})
			}
			i = j
		case oRunLazy:
			j, ok := n.runLeast(s, i)
			if !ok {
				goto back
			}
			if j = n.nextEnd(s, j); j < 0 {
				steps += (len(s) - i) >> 5
				goto back
			}
			steps += (j - i) >> n.set.cost
			st = append(st, fastEntry{n, int32(i), int32(j), int32(len(sc.trail)), eLazy})
			i = j
		case oAlt:
			c := charset.End
			if i < len(s) {
				c = int(s[i])
			}
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
			st = append(st, fastEntry{n, int32(i), 1, int32(len(sc.trail)), eBranch})
			n = l[0]
			continue
		case oSpan:
			e, at := n.span.match(s, i)
			steps += (at - i) >> 2
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
			steps += (at - i) >> 2
			if e < 0 {
				if e == spanMiss {
					goto back
				}
				n = n.body
				continue
			}
			i = e
		case oSave, oRegister:
			if n.surely || len(st) == 0 {
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
			st = append(st, fastEntry{n, int32(i), mark, int32(len(sc.trail)), eMark})
			mark = int32(len(st) - 1)
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
			tab, j := &n.set.tab, i
			for j < len(s) && tab[s[j]] {
				j++
			}
			if j == i && n.min > 0 {
				goto back
			}
			steps += (j - i) >> 4
			i = j
		}
		if n.op == oRunTab {
			n = n.next
			continue
		}
		n = n.next
	gap:
		{
			if i >= len(s) || s[i] != n.c {
				goto back
			}
			j := i + 1
			if l := n.lit; len(l) > 0 {
				if len(s)-j < len(l) || s[j:j+len(l)] != l {
					goto back
				}
				j += len(l)
			}
			if n.surely || len(st) == 0 {
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
		if steps > m.limit {
			m.st, sc.steps = st, steps
			return exhausted
		}
		for {
			if len(st) == 0 {
				m.st, sc.steps = st, steps+1
				return missed
			}
			steps++
			e := &st[len(st)-1]
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
					st = st[:len(st)-1]
				}
			case eGreedy:
				j := q.lastEnd(s, int(e.i), int(e.aux))
				if j < 0 {
					steps += (int(e.aux) - int(e.i)) >> 4
					st = st[:len(st)-1]
					continue
				}
				steps += (int(e.aux) - j) >> 4
				e.aux = int32(j - 1)
				if j == int(e.i) {
					st = st[:len(st)-1]
				}
				i, n = j, q.next
			case eLazy:
				j := q.another(s, int(e.aux))
				if j >= 0 {
					j = q.nextEnd(s, j)
				}
				if j < 0 {
					steps += (len(s) - int(e.aux)) >> 5
					st = st[:len(st)-1]
					continue
				}
				steps += (j - int(e.aux)) >> q.set.cost
				e.aux = int32(j)
				i, n = j, q.next
			case eMark:
				mark = e.aux
				i = int(e.i)
				st = st[:len(st)-1]
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
