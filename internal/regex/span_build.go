package regex

import (
	"bytes"
	"encoding/binary"
	"slices"

	"castor/internal/regex/charset"
	"castor/internal/regex/syntax"
)

// spanBuilder makes the table by subset construction. A state is what remains to be tried, in order of priority, before the byte that
// comes next is known: assertions look at the byte before and that byte.
type spanBuilder struct {
	nfa     nfa
	follow  charset.Bytes
	atomic  bool
	work    int // nodes of the automaton looked at
	most    int // and how many may be
	classOf [257]uint8
	member  []int // one byte of each class
	high    int   // class of the bytes from 0x80 on
	behind  bool  // the byte before matters
	states  []dfaState
	index   map[string]int
	stamp   []int
	tick    int
	unsure  int // moves at which the fragment might end or go on
	found   reached
}

type dfaState struct {
	seeds  []int32
	prev   int // class of the byte before, 0 when it does not matter
	marked bool
	depth  int      // bytes read on the shortest way here
	row    []uint16 // state numbers until they are known to fit
}

func (b *spanBuilder) build(body *syntax.Node) *span {
	accept := b.nfa.add(nfaState{op: nAccept})
	start := b.nfa.build(body, accept)
	if len(b.nfa.st) > maxSpanNFA {
		return nil
	}
	b.stamp = make([]int, len(b.nfa.st))
	b.classes()
	d := &span{atomic: b.atomic, class: b.classOf, end: int(b.classOf[256]), exact: b.nfa.exact()}
	var starts [257]uint16
	for c := range starts {
		if b.behind && c >= 0x80 && c < 256 {
			starts[c] = spanBail
			continue
		}
		starts[c] = b.state([]int32{start}, int(b.classOf[c]), false, 0)
	}
	for i := 0; i < len(b.states); i++ {
		if !b.expand(i) || len(b.states)*len(b.member) >= int(spanSpecial) {
			return nil
		}
	}
	if len(b.states) < 2 || b.unsure > len(b.states)/4 {
		return nil
	}
	b.layOut(d, starts)
	return d
}

// classes groups the bytes that no part of the fragment tells apart.
func (b *spanBuilder) classes() {
	var sets []charset.Bytes
	seen := map[charset.Bytes]bool{}
	add := func(s charset.Bytes) {
		if !seen[s] {
			seen[s] = true
			sets = append(sets, s)
		}
	}
	var word charset.Bytes
	for c := range 0x80 {
		if asciiWord[c] {
			word.Add(c)
		}
	}
	add(b.follow)
	for _, s := range b.nfa.st {
		switch s.op {
		case nSet, nAhead, nBail:
			add(s.set)
		case nBehind:
			b.behind = true
			add(s.set)
		case nWordB:
			b.behind = true
			add(word)
		}
	}
	index := map[string]uint8{}
	key, last := make([]byte, len(sets)+1), []byte(nil)
	for c := range 257 {
		clear(key)
		switch {
		case c == 256:
			key[len(sets)] = 2
		case c >= 0x80:
			key[len(sets)] = 1
		}
		for i := range sets {
			if key[len(sets)] != 1 && sets[i].Has(c) {
				key[i] = 1
			}
		}
		if c > 0 && bytes.Equal(key, last) { // as mostly
			b.classOf[c] = b.classOf[c-1]
			continue
		}
		last = append(last[:0], key...)
		k, ok := index[string(key)]
		if !ok {
			k = uint8(len(b.member))
			index[string(key)] = k
			b.member = append(b.member, c)
		}
		b.classOf[c] = k
	}
	b.high = int(b.classOf[0x80])
}

// state returns the number of a state, which it adds when it is new.
func (b *spanBuilder) state(seeds []int32, prev int, marked bool, depth int) uint16 {
	if !b.behind {
		prev = 0
	}
	key := make([]byte, 0, 4*len(seeds)+3)
	for _, s := range seeds {
		key = binary.LittleEndian.AppendUint32(key, uint32(s))
	}
	key = append(key, byte(prev), byte(prev>>8))
	if marked {
		key = append(key, 1)
	}
	i, ok := b.index[string(key)]
	if !ok {
		i = len(b.states)
		b.index[string(key)] = i
		b.states = append(b.states, dfaState{seeds: append([]int32(nil), seeds...), prev: prev, marked: marked, depth: depth})
	}
	return uint16(i)
}

// expand computes a state's row; false when the fragment is not for a table.
func (b *spanBuilder) expand(i int) bool {
	row := make([]uint16, len(b.member))
	st := b.states[i]
	ways, same := b.ways(st)
	for k, c := range b.member {
		b.tick++
		b.found.seeds, b.found.accept, b.found.bail = b.found.seeds[:0], false, false
		if same {
			b.take(ways, c)
		} else {
			b.walkAll(st, c)
		}
		v, ok := b.move(st, k, c)
		if !ok || b.work > b.most {
			return false
		}
		row[k] = v
	}
	b.states[i].row = row
	return true
}

// reached is what a state comes to when the next byte is known.
type reached struct {
	seeds        []int32
	accept, bail bool
}

// ways are what a state's seeds lead to without a byte, and whether that is the same for every byte that comes next.
func (b *spanBuilder) ways(st dfaState) (list []int32, same bool) {
	b.tick++
	same = true
	var follow func(at int32)
	follow = func(at int32) {
		if b.stamp[at] == b.tick {
			return
		}
		b.stamp[at] = b.tick
		b.work++
		switch s := &b.nfa.st[at]; s.op {
		case nSplit:
			follow(s.out)
			follow(s.out1)
		case nBehind:
			if prev := b.member[st.prev]; (prev < 256 && s.set.Has(prev)) != s.neg {
				follow(s.out)
			}
		case nAhead, nWordB:
			same = false
		default:
			list = append(list, at)
		}
	}
	for _, s := range st.seeds {
		follow(s)
	}
	return list, same
}

// take notes what the ways come to with the byte c.
func (b *spanBuilder) take(ways []int32, c int) {
	high := c >= 0x80 && c < 256
	for _, at := range ways {
		if b.step(&b.nfa.st[at], high, c) {
			return
		}
	}
}

// walkAll is ways and take at once, for a byte on which the ways depend.
func (b *spanBuilder) walkAll(st dfaState, c int) {
	for _, s := range st.seeds {
		if b.walk(s, b.member[st.prev], c) {
			return
		}
	}
}

func (b *spanBuilder) move(st dfaState, class, c int) (v uint16, ok bool) {
	r := &b.found
	r.seeds = b.tidy(r.seeds)
	switch {
	case r.bail: // soon and for a common byte: not worth a table
		return spanBail, st.depth > 1 || class == b.high
	case b.atomic && r.accept && len(r.seeds) == 0:
		return spanAccept, true
	case b.atomic && len(r.seeds) > 0:
		return b.state(r.seeds, class, r.accept, st.depth+1), true
	case r.accept && (b.follow.Has(c) || class == b.high):
		if len(r.seeds) == 0 {
			return spanAccept, true
		}
		b.unsure++
		return spanBail, st.depth > 2 // two ends are possible; not worth a table when that is common
	case len(r.seeds) > 0:
		return b.state(r.seeds, class, false, st.depth+1), true
	}
	return spanDead, true
}

// tidy drops repeated seeds; where priority does not matter it sorts them, so that equal states are found equal.
func (b *spanBuilder) tidy(seeds []int32) []int32 {
	b.tick++
	out := seeds[:0]
	for _, s := range seeds {
		if b.stamp[s] != b.tick {
			b.stamp[s] = b.tick
			out = append(out, s)
		}
	}
	if !b.atomic {
		slices.Sort(out)
	}
	return out
}

// walk follows what needs no byte; true ends the search in an atomic fragment: what comes later has lower priority than its end.
func (b *spanBuilder) walk(at int32, prev, c int) bool {
	if b.stamp[at] == b.tick {
		return false
	}
	b.stamp[at] = b.tick
	b.work++
	high := c >= 0x80 && c < 256
	switch s := &b.nfa.st[at]; s.op {
	case nSplit:
		return b.walk(s.out, prev, c) || b.walk(s.out1, prev, c)
	case nAhead:
		if high && hasHigh(s.set) {
			b.found.bail = true
		} else if (!high && c < 256 && s.set.Has(c)) != s.neg {
			return b.walk(s.out, prev, c)
		}
	case nBehind:
		if (prev < 256 && s.set.Has(prev)) != s.neg {
			return b.walk(s.out, prev, c)
		}
	case nWordB:
		if high {
			b.found.bail = true
		} else if (isASCIIWord(prev) != isASCIIWord(c)) != s.neg {
			return b.walk(s.out, prev, c)
		}
	default:
		return b.step(s, high, c)
	}
	return false
}

// step notes what a state that takes a byte or ends the fragment comes to.
func (b *spanBuilder) step(s *nfaState, high bool, c int) (end bool) {
	switch s.op {
	case nAccept:
		b.found.accept = true
		return b.atomic
	case nSet:
		if high && hasHigh(s.set) {
			b.found.bail = true
		} else if !high && c < 256 && s.set.Has(c) {
			b.found.seeds = append(b.found.seeds, s.out)
		}
	case nBail:
		if high && hasHigh(s.set) || !high && s.set.Has(c) {
			b.found.bail = true
		}
	}
	return false
}

func isASCIIWord(c int) bool { return c < 256 && asciiWord[c] }

func hasHigh(s charset.Bytes) bool { return s[2]|s[3] != 0 }

// layOut writes the table, marked states last, state numbers multiplied by the width of a row.
func (b *spanBuilder) layOut(d *span, starts [257]uint16) {
	width := len(b.member)
	place := make([]uint16, len(b.states))
	next := 0
	for _, marked := range []bool{false, true} {
		if marked {
			d.marked = uint16(next * width)
		}
		for i, s := range b.states {
			if s.marked == marked {
				place[i] = uint16(next * width)
				next++
			}
		}
	}
	d.table = make([]uint16, width*len(b.states))
	for i, s := range b.states {
		for k, v := range s.row {
			if v < spanSpecial {
				v = place[v]
			}
			d.table[int(place[i])+k] = v
		}
	}
	for c, v := range starts {
		if v < spanSpecial {
			v = place[v]
		}
		d.start[c] = v
	}
	if !b.atomic && len(b.states) <= maxStayStates {
		d.findStays(width)
	}
}

const (
	maxStayStates = 16
	leastStay     = 32 // bytes that lead back to a state
)

// findStays notes the states that many bytes lead back to.
func (d *span) findStays(width int) {
	for st := 0; st < len(d.table); st += width {
		var t [256]bool
		n := 0
		for c := range t {
			if t[c] = d.table[st+int(d.class[c])] == uint16(st); t[c] {
				n++
			}
		}
		if n < leastStay {
			continue
		}
		if d.stay == nil {
			d.stay = make([]*[256]bool, len(d.table))
		}
		d.stay[st] = &t
	}
}
