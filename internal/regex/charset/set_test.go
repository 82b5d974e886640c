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
	if Property("nope") != nil {
		t.Error("an unknown property has a set")
	}
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
