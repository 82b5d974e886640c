package regex

import (
	"strings"

	"castor/internal/regex/charset"
)

// searchFast tries the fast program at the places from..last where a match can start. given tells how far it came: when it used up its
// steps, the plain program goes on from there.
func (re *Regexp) searchFast(s string, from, last int, sc *Scratch) (out outcome, given int) {
	p := re.fast
	sc.steps = 0
	sc.slots = nil
	sc.fast.limit = 256 + 4*len(s)
	sc.reset(p.slots)
	tries := 0
	for i := p.candidate(s, from, last); i >= 0; i = p.candidate(s, i, last) {
		if tries == 1 && !p.hasLiterals(s[i:]) {
			return missed, 0
		}
		tries++
		switch sc.runFast(p.start, s, i, from) {
		case matched:
			sc.slots = sc.caps[:2*p.groups]
			return matched, 0
		case exhausted:
			return exhausted, i
		}
		if sc.steps > sc.fast.limit {
			return exhausted, i
		}
		if p.oneTry || i >= len(s) {
			break
		}
		sc.unset()
		if s[i] < 0x80 {
			i++
		} else {
			_, w := charset.Decode(s, i)
			i += w
		}
	}
	return missed, 0
}

// candidate is the first place from i on where a match can start, or -1.
func (p *fastProg) candidate(s string, i, last int) int {
	switch {
	case i > last || p.anchor && i > 0:
		return -1
	case p.lineStart && i > 0 && s[i-1] != '\n':
		k := strings.IndexByte(s[i:], '\n')
		if k < 0 || i+k+1 > last {
			return -1
		}
		return p.candidate(s, i+k+1, last)
	case p.firstByte >= 0:
		k := strings.IndexByte(s[i:], byte(p.firstByte))
		if k < 0 || i+k > last {
			return -1
		}
		return i + k
	}
	for ; i < len(s) && i <= last; i++ {
		if c := s[i]; p.first[c] && (c < 0x80 || !inside(s, i)) {
			return i
		}
	}
	if i == len(s) && i <= last && p.first[charset.End] {
		return i
	}
	return -1
}

// hasLiterals tells whether the texts that a match must have are in s, one behind the other.
func (p *fastProg) hasLiterals(s string) bool {
	for _, l := range p.literals {
		k := strings.Index(s, l)
		if k < 0 {
			return false
		}
		s = s[k+len(l):]
	}
	return true
}
