package regex

import "math/bits"

// Runs of some sets are scanned eight bytes at a time: of the digits, and of sets that have all bytes from a low one on, like \S. Only the
// lowest byte of a word that is found to be outside is: a subtraction may borrow from the bytes above it, never from those below.

const (
	ones  = 0x0101010101010101
	highs = 0x8080808080808080
)

// wordScan finds bytes that may be outside of a set.
type wordScan struct {
	add, sub uint64
	keep     uint64 // of the bits that add and sub leave, those not in the byte itself
	ok       bool
}

// digitScan knows the digits exactly, and takes all other bytes for outside.
func digitScan() wordScan {
	return wordScan{add: (0x80 - '9' - 1) * ones, sub: '0' * ones, ok: true}
}

// lowScan takes the bytes below low for outside.
func lowScan(low uint64) wordScan {
	return wordScan{sub: low * ones, keep: highs, ok: true}
}

// outside marks, by its highest bit, the first byte of a word that may be outside.
func (w *wordScan) outside(x uint64) uint64 {
	return ((x + w.add) | (x - w.sub)) &^ (x & w.keep) & highs
}

// load8 is s[i:i+8], the first byte lowest.
func load8(s string, i int) uint64 {
	t := s[i : i+8]
	return uint64(t[0]) | uint64(t[1])<<8 | uint64(t[2])<<16 | uint64(t[3])<<24 |
		uint64(t[4])<<32 | uint64(t[5])<<40 | uint64(t[6])<<48 | uint64(t[7])<<56
}

// scan goes on from i over bytes that the table has.
func (c *cset) scan(s string, i int) int {
	if c.word.ok {
		for len(s)-i >= 8 {
			m := c.word.outside(load8(s, i))
			if m == 0 {
				i += 8
				continue
			}
			if i += bits.TrailingZeros64(m) >> 3; !c.tab[s[i]] {
				return i
			}
			i++
		}
	}
	for tab := &c.tab; i < len(s) && tab[s[i]]; {
		i++
	}
	return i
}
