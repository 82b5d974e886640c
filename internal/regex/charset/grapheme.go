package charset

import (
	"strings"
	"unicode"
)

// Cluster has the sets that Unicode's rules for extended grapheme clusters (UAX #29) are written in. LF and CR are in none of them.
type Cluster struct {
	Control, Prepend, Extend, SpacingMark *Set
	L, V, T, LV, LVT                      *Set // Hangul
	Regional, Pictographic                *Set
}

// Clusters builds the sets.
func Clusters() Cluster {
	extend := FromTable(unicode.Mn, unicode.Me, unicode.Other_Grapheme_Extend)
	extend.AddRange(0x1f3fb, 0x1f3ff) // the skin tones
	c := Cluster{
		Control:      clusterControl(),
		Prepend:      clusterPrepend(),
		Extend:       extend,
		L:            ranges(0x1100, 0x115f, 0xa960, 0xa97c),
		V:            ranges(0x1160, 0x11a7, 0xd7b0, 0xd7c6),
		T:            ranges(0x11a8, 0x11ff, 0xd7cb, 0xd7fb),
		Regional:     FromTable(unicode.Regional_Indicator),
		Pictographic: ranges(pictographic...),
		LV:           &Set{},
	}
	for syllable := rune(0xac00); syllable <= 0xd7a3; syllable += 28 {
		c.LV.AddRange(syllable, syllable)
	}
	c.LVT = ranges(0xac00, 0xd7a3).Intersect(c.LV.Negate())
	c.SpacingMark = FromTable(unicode.Mc)
	c.SpacingMark.AddSet(Of(0xe33, 0xeb3))
	c.SpacingMark = c.SpacingMark.Intersect(notSpacing().Negate()).Intersect(extend.Negate())
	return c
}

// clusterProperty returns the set of a squashed name of Grapheme_Cluster_Break's values or Extended_Pictographic, or nil.
func clusterProperty(key string) *Set {
	value, ok := strings.CutPrefix(key, "graphemeclusterbreak")
	if !ok && key != "extendedpictographic" {
		return nil
	}
	c := Clusters()
	switch value {
	case "extendedpictographic":
		return c.Pictographic
	case "control":
		return c.Control
	case "prepend":
		return c.Prepend
	case "extend":
		return c.Extend
	case "spacingmark":
		return c.SpacingMark
	case "l":
		return c.L
	case "v":
		return c.V
	case "t":
		return c.T
	case "lv":
		return c.LV
	case "lvt":
		return c.LVT
	case "zwj":
		return Of(0x200d)
	case "cr":
		return Of('\r')
	case "lf":
		return Of('\n')
	}
	return nil
}

// clusterControl is what always stands alone: controls, separators, and format characters that neither join nor go before others.
func clusterControl() *Set {
	s := FromTable(unicode.Cc, unicode.Zl, unicode.Zp, unicode.Cf)
	s.AddSet(ranges(0x2065, 0x2065, 0xfff0, 0xfff8, 0xe0000, 0xe0fff)) // not assigned, and ignorable
	joins := FromTable(unicode.Prepended_Concatenation_Mark, unicode.Other_Grapheme_Extend, unicode.Mn)
	joins.AddSet(Of('\n', '\r', 0x200d))
	return s.Intersect(joins.Negate())
}

// clusterPrepend is Prepended_Concatenation_Mark and the consonants of Indic scripts that are written before others.
func clusterPrepend() *Set {
	s := FromTable(unicode.Prepended_Concatenation_Mark)
	s.AddSet(Of(0xd4e, 0x1193f, 0x11941, 0x11a3a, 0x11d46, 0x11f02))
	s.AddSet(ranges(0x111c2, 0x111c3, 0x11a84, 0x11a89))
	return s
}

// notSpacing are the spacing marks of the general category that do not extend a cluster.
func notSpacing() *Set {
	s := ranges(0x102b, 0x102c, 0x1062, 0x1064, 0x1067, 0x106d, 0x1087, 0x108c, 0x109a, 0x109c, 0x1a63, 0x1a64, 0x11720, 0x11721)
	s.AddSet(Of(0x1038, 0x1083, 0x108f, 0x1a61, 0xaa7b, 0xaa7d))
	return s
}

// ranges makes a set of pairs lo, hi.
func ranges(pairs ...rune) *Set {
	s := &Set{}
	for i := 0; i+1 < len(pairs); i += 2 {
		s.AddRange(pairs[i], pairs[i+1])
	}
	return s
}

// pictographic is the property Extended_Pictographic, which the standard library does not have, as pairs lo, hi.
var pictographic = []rune{
	0xa9, 0xa9, 0xae, 0xae, 0x203c, 0x203c, 0x2049, 0x2049, 0x2122, 0x2122, 0x2139, 0x2139, 0x2194, 0x2199, 0x21a9, 0x21aa,
	0x231a, 0x231b, 0x2328, 0x2328, 0x2388, 0x2388, 0x23cf, 0x23cf, 0x23e9, 0x23f3, 0x23f8, 0x23fa, 0x24c2, 0x24c2, 0x25aa, 0x25ab,
	0x25b6, 0x25b6, 0x25c0, 0x25c0, 0x25fb, 0x25fe, 0x2600, 0x2605, 0x2607, 0x2612, 0x2614, 0x2685, 0x2690, 0x2705, 0x2708, 0x2712,
	0x2714, 0x2714, 0x2716, 0x2716, 0x271d, 0x271d, 0x2721, 0x2721, 0x2728, 0x2728, 0x2733, 0x2734, 0x2744, 0x2744, 0x2747, 0x2747,
	0x274c, 0x274c, 0x274e, 0x274e, 0x2753, 0x2755, 0x2757, 0x2757, 0x2763, 0x2767, 0x2795, 0x2797, 0x27a1, 0x27a1, 0x27b0, 0x27b0,
	0x27bf, 0x27bf, 0x2934, 0x2935, 0x2b05, 0x2b07, 0x2b1b, 0x2b1c, 0x2b50, 0x2b50, 0x2b55, 0x2b55, 0x3030, 0x3030, 0x303d, 0x303d,
	0x3297, 0x3297, 0x3299, 0x3299, 0x1f000, 0x1f0ff, 0x1f10d, 0x1f10f, 0x1f12f, 0x1f12f, 0x1f16c, 0x1f171, 0x1f17e, 0x1f17f, 0x1f18e, 0x1f18e,
	0x1f191, 0x1f19a, 0x1f1ad, 0x1f1e5, 0x1f201, 0x1f20f, 0x1f21a, 0x1f21a, 0x1f22f, 0x1f22f, 0x1f232, 0x1f23a, 0x1f23c, 0x1f23f, 0x1f249, 0x1f3fa,
	0x1f400, 0x1f53d, 0x1f546, 0x1f64f, 0x1f680, 0x1f6ff, 0x1f774, 0x1f77f, 0x1f7d5, 0x1f7ff, 0x1f80c, 0x1f80f, 0x1f848, 0x1f84f, 0x1f85a, 0x1f85f,
	0x1f888, 0x1f88f, 0x1f8ae, 0x1f8ff, 0x1f90c, 0x1f93a, 0x1f93c, 0x1f945, 0x1f947, 0x1faff, 0x1fc00, 0x1fffd,
}
