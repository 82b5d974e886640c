package charset

import (
	"math/bits"
	"unicode/utf8"
)

// Bytes is a set of first bytes; End stands for the end of the text.
type Bytes [5]uint64

// End is the member of Bytes that stands for the end of the text.
const End = 256

// AllBytes has every byte and End.
func AllBytes() Bytes { return Bytes{^uint64(0), ^uint64(0), ^uint64(0), ^uint64(0), 1} }

// Add adds c, 0..256.
func (b *Bytes) Add(c int) { b[c>>6] |= 1 << (c & 63) }

// addRange adds lo..hi, which are bytes.
func (b *Bytes) addRange(lo, hi int) {
	for w := lo >> 6; w <= hi>>6; w++ {
		m := ^uint64(0)
		if w == lo>>6 {
			m <<= lo & 63
		}
		if w == hi>>6 {
			m &= ^uint64(0) >> (63 - hi&63)
		}
		b[w] |= m
	}
}

// Has tells whether c, 0..256, is in the set.
func (b *Bytes) Has(c int) bool { return b[c>>6]&(1<<(c&63)) != 0 }

// Or returns the union.
func (b Bytes) Or(o Bytes) Bytes {
	for i := range b {
		b[i] |= o[i]
	}
	return b
}

// Disjoint tells whether nothing is in both.
func (b Bytes) Disjoint(o Bytes) bool {
	for i := range b {
		if b[i]&o[i] != 0 {
			return false
		}
	}
	return true
}

// Count is the number of members.
func (b Bytes) Count() (n int) {
	for _, w := range b {
		n += bits.OnesCount64(w)
	}
	return n
}

// FirstBytes are the bytes with which the characters of s begin.
func (s *Set) FirstBytes() (b Bytes) {
	for _, r := range s.Ranges() {
		if r.Lo < 0x80 {
			b.addRange(int(r.Lo), int(min(r.Hi, 0x7f)))
		}
		if lo, hi := max(r.Lo, 0x80), min(r.Hi, utf8.MaxRune); lo <= hi {
			b.addRange(leadByte(lo), leadByte(hi))
		}
		if r.Hi >= OddBase+0x80 {
			b.addRange(int(max(r.Lo, OddBase+0x80)-OddBase), int(r.Hi-OddBase))
		}
	}
	return b
}

// leadByte is the first byte of r's encoding; surrogates, which have none, count as their neighbours.
func leadByte(r rune) int {
	if r >= 0xd800 && r <= 0xdfff {
		return 0xed
	}
	var buf [4]byte
	utf8.EncodeRune(buf[:], r)
	return int(buf[0])
}
