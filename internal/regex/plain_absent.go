package regex

import "castor/internal/regex/charset"

// maxAbsent is how many matches of absent groups' bodies may be open at once. Only groups that call themselves reach it.
const maxAbsent = 200

// absent finds the largest end of a text from i on in which the body at pc does not match, in joni's way: from every place on, the body's
// first match bounds the text, to all but the match's last character, and the matches tried behind it. False when there is none, or when
// the steps are used up.
func (sc *Scratch) absent(p *plainProg, s string, pc int32, i, start, most int) (end int, ok bool) {
	if sc.plain.absents == maxAbsent {
		sc.steps = sc.plain.limit
	}
	for at, bound := i, most; sc.step(); {
		if at > i {
			switch {
			case bound < i: // the body matches nothing at the beginning
				return 0, false
			case at > bound:
				return end, true
			case at == bound:
				return at, true
			}
		}
		end = at
		if sc.inside(p, s, pc, at, start, bound) {
			bound = min(bound, lastBefore(s, sc.plain.end))
		}
		if at >= len(s) {
			at++
			continue
		}
		_, w := charset.Decode(s, at)
		at += w
	}
	return 0, false
}

// lastBefore is where the character before i begins. At the start of a text that is not empty joni has the start itself.
func lastBefore(s string, i int) int {
	if i == 0 {
		return min(0, len(s)-1)
	}
	_, w := charset.DecodeLast(s, i)
	return i - w
}

// inside matches the body of an absent group and takes back what it did: unlike joni's, its groups capture nothing.
func (sc *Scratch) inside(p *plainProg, s string, pc int32, i, start, most int) bool {
	m := &sc.plain
	sc.push(eMark, pc-1, i, m.mark)
	saved := m.st[len(m.st)-1]
	base, far := m.base, m.far
	m.base, m.far = len(m.st), nil
	m.absents++
	out := sc.run(p, s, pc, i, start, most)
	m.absents--
	sc.restore(&saved)
	m.st, m.base, m.mark, m.far = m.st[:m.base-1], base, saved.aux, far
	return out == matched
}
