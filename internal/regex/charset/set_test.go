package charset

import "testing"

func TestSet(t *testing.T) {
	s := Of('a', 'c')
	s.AddRange('b', 'b')
	if r := s.Ranges(); len(r) != 1 || r[0] != (Range{'a', 'c'}) {
		t.Errorf("neighbours are not joined: %v", r)
	}
	n := s.Negate()
	if n.Has('b') || !n.Has('d') || !n.Has(0) || !n.Has(OddBase+0xff) {
		t.Errorf("complement is %v", n.Ranges())
	}
	if got := n.Negate().Ranges(); len(got) != 1 || got[0] != (Range{'a', 'c'}) {
		t.Errorf("complement of the complement is %v", got)
	}
	if got := s.Intersect(Of('c', 'd')); !got.Has('c') || got.Has('a') || got.Has('d') {
		t.Errorf("intersection is %v", got.Ranges())
	}
	if c, ok := Of('é').Single(); !ok || c != 'é' {
		t.Errorf("single is %q %v", c, ok)
	}
}

func TestDecode(t *testing.T) {
	f := func(s string, i int, r rune, n int) {
		t.Helper()
		if gr, gn := Decode(s, i); gr != r || gn != n {
			t.Errorf("Decode(%q, %d) = %x %d", s, i, gr, gn)
		}
		if gr, gn := DecodeLast(s, i+n); gr != r || gn != n {
			t.Errorf("DecodeLast(%q, %d) = %x %d", s, i+n, gr, gn)
		}
	}
	f("a", 0, 'a', 1)
	f("xé", 1, 'é', 2)
	f("\xff", 0, OddBase+0xff, 1)
	f("\ufffd", 0, 0xfffd, 3)
}

func TestProperty(t *testing.T) {
	f := func(name string, in, out rune) {
		t.Helper()
		s := Property(name)
		if s == nil {
			t.Errorf("%s is not known", name)
		} else if !s.Has(in) || s.Has(out) {
			t.Errorf("%s: %q %v, %q %v", name, in, s.Has(in), out, s.Has(out))
		}
	}
	f("L", 'é', '1')
	f("lu", 'É', 'é')
	f("Uppercase_Letter", 'A', 'a')
	f("Han", '漢', 'a')
	f("alnum", '1', '-')
	f("Punct", '$', 'a')
	f("cntrl", '\n', 'a')
	f("graph", 'a', ' ')
	f("print", ' ', '\n')
	f("blank", '\t', '\n')
	f("ASCII", 'a', 'é')
	f("White_Space", '\u00a0', 'a')
	f("Cn", 0x378, 'a')
	f("Extended_Pictographic", '❤', 0x1f1e6)
	f("Grapheme_Cluster_Break_Control", 0xad, '\n')
	f("Grapheme_Cluster_Break_LV", '가', '각')
	if Property("nope") != nil {
		t.Error("an unknown property has a set")
	}
}

// TestClusters: the edges of the sets, where a general category alone would be wrong.
func TestClusters(t *testing.T) {
	f := func(name string, s *Set, size int, in, out []rune) {
		t.Helper()
		n := 0
		for _, r := range s.Ranges() {
			n += int(r.Hi-r.Lo) + 1
		}
		if size > 0 && n != size {
			t.Errorf("%s has %d characters, want %d", name, n, size)
		}
		for _, c := range in {
			if !s.Has(c) {
				t.Errorf("%s lacks %U", name, c)
			}
		}
		for _, c := range out {
			if s.Has(c) {
				t.Errorf("%s has %U", name, c)
			}
		}
	}
	c := Clusters()
	f("control", c.Control, 0, []rune{0, 9, 0x7f, 0xad, 0x200b, 0x2028, 0x2065, 0xfff0, 0xe0001, 0xe0fff}, []rune{'\n', '\r', 0x200c, 0x200d, 0x600, 0xe0020, 0xe0100})
	f("prepend", c.Prepend, 0, []rune{0x600, 0x605, 0x6dd, 0x890, 0xd4e, 0x110bd, 0x11a89}, []rune{0x606, 'a'})
	f("extend", c.Extend, 0, []rune{0x300, 0x488, 0x9be, 0x200c, 0xfe0f, 0x1f3fb, 0xe0020, 0xe0100}, []rune{0x200d, 0x903, 'a'})
	f("spacing mark", c.SpacingMark, 0, []rune{0x903, 0xe33, 0xeb3}, []rune{0x9be, 0x102b, 0x1038, 0xaa7b})
	f("LV", c.LV, 399, []rune{0xac00, 0xac1c, 0xd788}, []rune{0xac01, 0xd7a3})
	f("LVT", c.LVT, 399*27, []rune{0xac01, 0xd7a3}, []rune{0xac00, 0xd7a4})
	f("regional indicator", c.Regional, 26, []rune{0x1f1e6, 0x1f1ff}, []rune{0x1f1e5, 0x1f200})
	f("pictographic", c.Pictographic, 3537, []rune{0xa9, 0x2764, 0x1f468, 0x1fffd}, []rune{'a', 0x1f1e6, 0x1f3fb, 0x200d})
}

func TestFold(t *testing.T) {
	s := Of('k', 'É')
	f := Fold(s, s)
	for _, c := range []rune{'k', 'K', 0x212a, 'é', 'É'} {
		if !f.Has(c) {
			t.Errorf("%q is missing", c)
		}
	}
	if Fold(s, &Set{}).Has(0x212a) {
		t.Error("folded over the ASCII border")
	}
	if !FoldRune('ς').Has('Σ') || FoldRune('1').Has('a') {
		t.Error("FoldRune")
	}
}

func TestFirstBytes(t *testing.T) {
	b := Of('a', 'é', '漢').FirstBytes()
	if !b.Has('a') || !b.Has(0xc3) || !b.Has(0xe6) || b.Count() != 3 {
		t.Errorf("%x", b)
	}
	if n := All().FirstBytes(); !n.Has(0xff) || !n.Has(0x80) || n.Has(End) {
		t.Errorf("%x", n)
	}
}
