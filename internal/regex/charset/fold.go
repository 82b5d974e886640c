package charset

import "unicode"

// Fold returns s with the simple case variants of its characters added. A variant on the other side of the ASCII border (k and the
// Kelvin sign, s and the long s) is added only for characters of cross.
func Fold(s, cross *Set) *Set {
	out := s.Clone()
	for _, cr := range unicode.CaseRanges {
		for c := rune(cr.Lo); c <= rune(cr.Hi); c++ {
			addOrbit(out, s, cross, c)
		}
	}
	return out
}

func addOrbit(out, s, cross *Set, c rune) {
	if !s.Has(c) {
		return
	}
	for f := unicode.SimpleFold(c); f != c; f = unicode.SimpleFold(f) {
		if (f < 128) == (c < 128) || cross.Has(c) {
			out.AddRange(f, f)
		}
	}
}

// FoldRune returns c and its simple case variants.
func FoldRune(c rune) *Set {
	s := Of(c)
	if c > unicode.MaxRune {
		return s
	}
	for f := unicode.SimpleFold(c); f != c; f = unicode.SimpleFold(f) {
		s.AddRange(f, f)
	}
	return s
}
