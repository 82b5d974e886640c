package column

import "math/bits"

// Bitmap is a set of documents of a block.
type Bitmap []uint64

// NewBitmap returns an empty set for n documents.
func NewBitmap(n int) Bitmap { return make(Bitmap, (n+63)/64) }

// Full returns the set of all n documents.
func Full(n int) Bitmap {
	b := NewBitmap(n)
	for i := range b {
		b[i] = ^uint64(0)
	}
	if n%64 != 0 {
		b[len(b)-1] = 1<<(n%64) - 1
	}
	return b
}

// Set puts document i into the set.
func (b Bitmap) Set(i int) { b[i>>6] |= 1 << (i & 63) }

// Clear takes document i out.
func (b Bitmap) Clear(i int) { b[i>>6] &^= 1 << (i & 63) }

// Has says whether document i is in the set.
func (b Bitmap) Has(i int) bool { return b[i>>6]&(1<<(i&63)) != 0 }

// And keeps what is in o too.
func (b Bitmap) And(o Bitmap) {
	for i := range b {
		b[i] &= o[i]
	}
}

// Or adds what is in o.
func (b Bitmap) Or(o Bitmap) {
	for i := range b {
		b[i] |= o[i]
	}
}

// AndNot takes out what is in o.
func (b Bitmap) AndNot(o Bitmap) {
	for i := range b {
		b[i] &^= o[i]
	}
}

// Count returns the size of the set.
func (b Bitmap) Count() int {
	n := 0
	for _, w := range b {
		n += bits.OnesCount64(w)
	}
	return n
}

// Docs appends the members in order to dst.
func (b Bitmap) Docs(dst []uint16) []uint16 {
	for i, w := range b {
		for ; w != 0; w &= w - 1 {
			dst = append(dst, uint16(i<<6|bits.TrailingZeros64(w)))
		}
	}
	return dst
}
