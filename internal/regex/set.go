package regex

// Set is a prefilter over a list of patterns, safe for concurrent use.
type Set struct{ n int }

// NewSet builds the prefilter.
func NewSet(list []*Regexp) *Set { return &Set{len(list)} }

// Candidates sets bit i of dst (grown as needed, returned) for every pattern i that may match s; clear means it cannot.
func (t *Set) Candidates(s string, dst []uint64, sc *Scratch) []uint64 {
	dst = dst[:0]
	for n := t.n; n > 0; n -= 64 {
		dst = append(dst, ^uint64(0)>>max(0, 64-n))
	}
	return dst
}
