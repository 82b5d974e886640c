package regex

import (
	"strings"

	"castor/internal/regex/charset"
)

// runEnd takes the characters of a run from i: up to end, and low is the smallest end that min allows. ok is false for too few.
func (n *node) runEnd(s string, i int) (low, end int, ok bool) {
	set := n.set
	if n.bounded {
		return n.runCounted(s, i)
	}
	switch {
	case set.few:
		end = i + wideRun(s[i:], set.excl)
	default:
		end = set.scan(s, i)
		if set.hi != nil && end < len(s) && s[end] >= 0x80 {
			end = set.runOn(s, end)
		}
	}
	if n.min == 0 {
		return i, end, true
	}
	if end == i {
		return i, i, false
	}
	if s[i] < 0x80 {
		return i + 1, end, true
	}
	_, w := charset.Decode(s, i)
	return i + w, end, true
}

// wideRun is how far s goes without one of at most two bytes.
func wideRun(s string, excl []byte) int {
	end := len(s)
	for _, c := range excl {
		if k := strings.IndexByte(s[:end], c); k >= 0 {
			end = k
		}
	}
	return end
}

// runOn goes on from a byte that the table cannot decide.
func (c *cset) runOn(s string, i int) int {
	for i < len(s) {
		w := c.at(s, i)
		if w == 0 {
			break
		}
		i += w
	}
	return i
}

// runCounted is runEnd for runs that must count characters.
func (n *node) runCounted(s string, i int) (low, end int, ok bool) {
	set, j := n.set, i
	most := i + int(n.max)
	if most > len(s) {
		most = len(s)
	}
	for j < most && s[j] < 0x80 && set.tab[s[j]] {
		j++
	}
	if j < most && s[j] >= 0x80 && (set.all || set.hi != nil) {
		return n.runChars(s, i)
	}
	return i + int(n.min), j, j-i >= int(n.min)
}

func (n *node) runChars(s string, i int) (low, end int, ok bool) {
	j, low := i, -1
	for k := int32(0); ; k++ {
		if k == n.min {
			low = j
		}
		if k == n.max || j >= len(s) {
			break
		}
		w := n.set.at(s, j)
		if w == 0 {
			break
		}
		j += w
	}
	return low, j, low >= 0
}

// inside tells that s[j] is in the middle of a character.
func inside(s string, j int) bool {
	if s[j]&0xc0 != 0x80 {
		return false
	}
	for k := j - 1; k >= 0 && k >= j-3; k-- {
		if s[k]&0xc0 != 0x80 {
			_, w := charset.Decode(s, k)
			return k+w > j
		}
	}
	return false
}

// lastEnd is the largest end in low..j from which the rest may go on, or -1.
func (n *node) lastEnd(s string, low, j int) int {
	if j < low {
		return -1
	}
	f := n.follow
	if j == len(s) {
		if f[charset.End] {
			return j
		}
		j--
	}
	if n.fbyte >= 0 {
		if j < low {
			return -1
		}
		k := strings.LastIndexByte(s[low:j+1], byte(n.fbyte))
		if k < 0 {
			return -1
		}
		return low + k
	}
	for ; j >= low; j-- {
		if c := s[j]; f[c] && (c < 0x80 || !inside(s, j)) {
			return j
		}
	}
	return -1
}

// nextEnd is the smallest end from j on from which the rest may go on; the run holds what is before j. -1 when the run breaks off.
func (n *node) nextEnd(s string, j int) int {
	set, f := n.set, n.follow
	if n.fbyte >= 0 && set.few {
		k := strings.IndexByte(s[j:], byte(n.fbyte))
		if k < 0 {
			return -1
		}
		if wideRun(s[j:j+k], set.excl) < k {
			return -1
		}
		return j + k
	}
	for {
		if j >= len(s) {
			if f[charset.End] {
				return j
			}
			return -1
		}
		c := s[j]
		if f[c] {
			return j
		}
		switch {
		case c < 0x80:
			if !set.tab[c] {
				return -1
			}
			j++
		default:
			w := set.wide(s, j)
			if w == 0 {
				return -1
			}
			j += w
		}
	}
}

// another takes one more character of the set from j, or returns -1.
func (n *node) another(s string, j int) int {
	if j >= len(s) {
		return -1
	}
	w := n.set.at(s, j)
	if w == 0 {
		return -1
	}
	return j + w
}
