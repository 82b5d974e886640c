package regex

import (
	"sort"

	"castor/internal/regex/charset"
)

// cset is a set of characters ready to match: a table by first byte, and ranges where that does not decide.
type cset struct {
	tab   [256]bool // decides below 0x80; above, true only when all is
	all   bool      // every character from 0x80 on is in the set
	few   bool      // all, and at most two characters are not in the set: excl
	excl  []byte
	cost  uint8 // a run of n bytes counts as n >> cost steps
	hi    []charset.Range
	first charset.Bytes // of its characters

	word wordScan
}

// csets has the sets of a pattern, each once, while it is compiled.
type csets struct {
	of     map[*charset.Set]*cset
	byText map[string]*cset
}

func newCsets() csets { return csets{map[*charset.Set]*cset{}, map[string]*cset{}} }

func (c csets) get(s *charset.Set) *cset {
	k := c.of[s]
	if k != nil {
		return k
	}
	var b []byte
	for _, r := range s.Ranges() {
		b = append(b, byte(r.Lo), byte(r.Lo>>8), byte(r.Lo>>16), byte(r.Hi), byte(r.Hi>>8), byte(r.Hi>>16))
	}
	if k = c.byText[string(b)]; k == nil {
		k = newCset(s)
		c.byText[string(b)] = k
	}
	c.of[s] = k
	return k
}

func newCset(set *charset.Set) *cset {
	c := &cset{first: set.FirstBytes(), cost: 4}
	for _, r := range set.Ranges() {
		for b := r.Lo; b <= min(r.Hi, 0x7f); b++ {
			c.tab[b] = true
		}
		if r.Hi >= 0x80 {
			c.hi = append(c.hi, charset.Range{Lo: max(r.Lo, 0x80), Hi: r.Hi})
		}
	}
	if len(c.hi) == 1 && c.hi[0].Lo == 0x80 && c.hi[0].Hi >= charset.Max {
		c.all, c.hi = true, nil
		for b := 0x80; b < 0x100; b++ {
			c.tab[b] = true
		}
		c.exclude()
	}
	if c.hi != nil {
		c.cost = 0
	}
	c.chooseScan()
	return c
}

// lowest is the byte from which on all bytes are in the set; 0x80 or more when there is none below.
func (c *cset) lowest() int {
	low := 0x80
	for low > 0 && c.tab[low-1] {
		low--
	}
	return low
}

// chooseScan finds out whether runs of the set can be scanned by words.
func (c *cset) chooseScan() {
	digits := [256]bool{}
	for b := '0'; b <= '9'; b++ {
		digits[b] = true
	}
	if c.tab == digits && c.hi == nil {
		c.word = digitScan()
	} else if low := c.lowest(); c.all && low <= 0x40 {
		c.word = lowScan(uint64(low))
	}
}

func (c *cset) exclude() {
	for b := range 0x80 {
		if !c.tab[b] {
			c.excl = append(c.excl, byte(b))
		}
	}
	c.few = len(c.excl) <= 2
}

// at returns the width of the character at s[i] when it is in the set, else 0; i < len(s).
func (c *cset) at(s string, i int) int {
	b := s[i]
	if b < 0x80 {
		if c.tab[b] {
			return 1
		}
		return 0
	}
	return c.wide(s, i)
}

func (c *cset) wide(s string, i int) int {
	if !c.all && c.hi == nil {
		return 0
	}
	r, n := charset.Decode(s, i)
	if c.all || c.hasWide(r) {
		return n
	}
	return 0
}

func (c *cset) hasWide(r rune) bool {
	if len(c.hi) <= 4 {
		for _, x := range c.hi {
			if r >= x.Lo && r <= x.Hi {
				return true
			}
		}
		return false
	}
	i := sort.Search(len(c.hi), func(i int) bool { return c.hi[i].Hi >= r })
	return i < len(c.hi) && c.hi[i].Lo <= r
}

// has tells whether one character, given by value, is in the set.
func (c *cset) has(r rune) bool {
	if r < 0x80 {
		return c.tab[r]
	}
	return c.all || c.hasWide(r)
}

// wordOnly tells that the set has nothing but ASCII word characters.
func (c *cset) wordOnly() bool {
	if c.all || c.hi != nil {
		return false
	}
	for b := range 0x80 {
		if c.tab[b] && !asciiWord[b] {
			return false
		}
	}
	return true
}
