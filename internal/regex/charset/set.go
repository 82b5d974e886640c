// Package charset holds sets of characters as Oniguruma's classes build them: ranges, Unicode properties, POSIX brackets and case folds.
// It imports only the standard library.
package charset

import (
	"slices"
	"sort"
	"unicode/utf8"
)

// A byte that is not part of valid UTF-8 counts as one character of its own: OddBase + byte. Negated classes and the dot match it,
// positive ones do not.
const (
	OddBase = utf8.MaxRune + 1
	Max     = OddBase + 0xff
)

// Range is lo..hi, both included.
type Range struct{ Lo, Hi rune }

// Set is a set of characters; the zero value is empty. After Add or AddRange call nothing special: reading sorts on demand.
type Set struct {
	r      []Range
	sorted bool
}

// Of returns the set of the given characters.
func Of(list ...rune) *Set {
	s := &Set{}
	for _, c := range list {
		s.AddRange(c, c)
	}
	return s
}

// All is every character, odd bytes included.
func All() *Set { return &Set{r: []Range{{0, Max}}, sorted: true} }

// AddRange adds lo..hi.
func (s *Set) AddRange(lo, hi rune) {
	s.r = append(s.r, Range{lo, hi})
	s.sorted = false
}

// AddSet adds all of t.
func (s *Set) AddSet(t *Set) {
	s.r = append(s.r, t.r...)
	s.sorted = false
}

// Ranges returns the sorted, disjoint, non-adjacent ranges.
func (s *Set) Ranges() []Range {
	if s.sorted {
		return s.r
	}
	if len(s.r) == 1 {
		s.sorted = true
		return s.r
	}
	slices.SortFunc(s.r, func(a, b Range) int { return int(a.Lo - b.Lo) })
	out := s.r[:0]
	for _, x := range s.r {
		if n := len(out); n > 0 && x.Lo <= out[n-1].Hi+1 {
			out[n-1].Hi = max(out[n-1].Hi, x.Hi)
			continue
		}
		out = append(out, x)
	}
	s.r, s.sorted = out, true
	return s.r
}

// Negate returns the complement.
func (s *Set) Negate() *Set {
	out := &Set{sorted: true}
	next := rune(0)
	for _, x := range s.Ranges() {
		if x.Lo > next {
			out.r = append(out.r, Range{next, x.Lo - 1})
		}
		next = x.Hi + 1
	}
	if next <= Max {
		out.r = append(out.r, Range{next, Max})
	}
	return out
}

// Intersect returns what s and t share.
func (s *Set) Intersect(t *Set) *Set {
	u := s.Negate()
	u.AddSet(t.Negate())
	return u.Negate()
}

// Has tells whether c is in the set.
func (s *Set) Has(c rune) bool {
	r := s.Ranges()
	i := sort.Search(len(r), func(i int) bool { return r[i].Hi >= c })
	return i < len(r) && r[i].Lo <= c
}

// Empty tells whether nothing is in the set.
func (s *Set) Empty() bool { return len(s.r) == 0 }

// Single returns the only character of the set, or false.
func (s *Set) Single() (rune, bool) {
	r := s.Ranges()
	if len(r) == 1 && r[0].Lo == r[0].Hi {
		return r[0].Lo, true
	}
	return 0, false
}

// Clone returns a copy.
func (s *Set) Clone() *Set { return &Set{r: append([]Range(nil), s.r...), sorted: s.sorted} }

// Decode reads the character at s[i]; i must be below len(s).
func Decode(s string, i int) (rune, int) {
	if c := s[i]; c < utf8.RuneSelf {
		return rune(c), 1
	}
	r, n := utf8.DecodeRuneInString(s[i:])
	if r == utf8.RuneError && n == 1 {
		return OddBase + rune(s[i]), 1
	}
	return r, n
}

// DecodeLast reads the character that ends before s[i]; i must be above 0.
func DecodeLast(s string, i int) (rune, int) {
	if c := s[i-1]; c < utf8.RuneSelf {
		return rune(c), 1
	}
	r, n := utf8.DecodeLastRuneInString(s[:i])
	if r == utf8.RuneError && n == 1 {
		return OddBase + rune(s[i-1]), 1
	}
	return r, n
}
