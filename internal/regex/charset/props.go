package charset

import (
	"strings"
	"unicode"
)

// FromTable adds the characters of Unicode tables.
func FromTable(tables ...*unicode.RangeTable) *Set {
	s := &Set{}
	for _, t := range tables {
		for _, r := range t.R16 {
			s.addStride(rune(r.Lo), rune(r.Hi), rune(r.Stride))
		}
		for _, r := range t.R32 {
			s.addStride(rune(r.Lo), rune(r.Hi), rune(r.Stride))
		}
	}
	return s
}

func (s *Set) addStride(lo, hi, stride rune) {
	if stride == 1 {
		s.AddRange(lo, hi)
		return
	}
	for c := lo; c <= hi; c += stride {
		s.AddRange(c, c)
	}
}

// ASCII is 0..127.
func ASCII() *Set { return &Set{r: []Range{{0, 127}}, sorted: true} }

// Class returns one of the classes that escapes and POSIX brackets name (word, digit, space, alpha, ...), Unicode-wide, or nil.
func Class(name string) *Set {
	switch name {
	case "word":
		return FromTable(unicode.L, unicode.M, unicode.Nd, unicode.Nl, unicode.Pc, unicode.Other_Alphabetic)
	case "digit":
		return FromTable(unicode.Nd)
	case "space":
		return FromTable(unicode.White_Space)
	case "xdigit":
		return &Set{r: []Range{{'0', '9'}, {'A', 'F'}, {'a', 'f'}}, sorted: true}
	case "alpha":
		return FromTable(unicode.L, unicode.Nl, unicode.Other_Alphabetic)
	case "alnum":
		return FromTable(unicode.L, unicode.Nl, unicode.Other_Alphabetic, unicode.Nd)
	case "upper":
		return FromTable(unicode.Lu, unicode.Other_Uppercase)
	case "lower":
		return FromTable(unicode.Ll, unicode.Other_Lowercase)
	case "punct":
		s := FromTable(unicode.P)
		s.AddSet(Of('$', '+', '<', '=', '>', '^', '`', '|', '~'))
		return s
	case "cntrl":
		return FromTable(unicode.Cc)
	case "blank":
		s := FromTable(unicode.Zs)
		s.AddRange('\t', '\t')
		return s
	case "graph":
		return graph()
	case "print":
		s := graph()
		s.AddSet(FromTable(unicode.Zs))
		return s
	case "ascii":
		return ASCII()
	}
	return nil
}

// Latin1Word tells of the superscript digits and fractions, which \b and a bare \w take for word characters, unlike classes.
func Latin1Word(r rune) bool {
	return r == 0xb2 || r == 0xb3 || r == 0xb9 || r >= 0xbc && r <= 0xbe
}

func assigned() *Set {
	return FromTable(unicode.L, unicode.M, unicode.N, unicode.P, unicode.S, unicode.Z, unicode.Cc, unicode.Cf, unicode.Co, unicode.Cs)
}

func graph() *Set {
	s := assigned()
	not := FromTable(unicode.White_Space, unicode.Cc, unicode.Cs)
	return s.Intersect(not.Negate())
}

// Property returns the set that \p{name} means (general category, script, binary property or POSIX class; case, spaces, hyphens and
// underscores do not matter), or nil when the name is not known.
func Property(name string) *Set {
	key := squash(name)
	switch key {
	case "any":
		return &Set{r: []Range{{0, unicode.MaxRune}}, sorted: true}
	case "assigned":
		return assigned()
	case "cn", "unassigned":
		return assigned().Negate().Intersect(&Set{r: []Range{{0, unicode.MaxRune}}, sorted: true})
	case "alphabetic":
		return Class("alpha")
	case "uppercase":
		return Class("upper")
	case "lowercase":
		return Class("lower")
	}
	if s := Class(key); s != nil {
		return s
	}
	if long, ok := categoryNames[key]; ok {
		return FromTable(unicode.Categories[long])
	}
	for _, m := range []map[string]*unicode.RangeTable{unicode.Categories, unicode.Scripts, unicode.Properties} {
		for n, t := range m {
			if squash(n) == key {
				return FromTable(t)
			}
		}
	}
	return clusterProperty(key)
}

func squash(name string) string {
	return strings.ToLower(strings.NewReplacer(" ", "", "_", "", "-", "").Replace(name))
}

var categoryNames = map[string]string{
	"letter": "L", "uppercaseletter": "Lu", "lowercaseletter": "Ll", "titlecaseletter": "Lt", "modifierletter": "Lm", "otherletter": "Lo",
	"mark": "M", "nonspacingmark": "Mn", "spacingmark": "Mc", "enclosingmark": "Me", "combiningmark": "M",
	"number": "N", "decimalnumber": "Nd", "letternumber": "Nl", "othernumber": "No",
	"punctuation": "P", "connectorpunctuation": "Pc", "dashpunctuation": "Pd", "openpunctuation": "Ps", "closepunctuation": "Pe",
	"initialpunctuation": "Pi", "finalpunctuation": "Pf", "otherpunctuation": "Po",
	"symbol": "S", "mathsymbol": "Sm", "currencysymbol": "Sc", "modifiersymbol": "Sk", "othersymbol": "So",
	"separator": "Z", "spaceseparator": "Zs", "lineseparator": "Zl", "paragraphseparator": "Zp",
	"control": "Cc", "format": "Cf", "surrogate": "Cs", "privateuse": "Co",
}
