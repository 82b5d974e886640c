package syntax

import (
	"errors"
	"testing"
)

// TestPositions: nodes know where in the pattern they are from.
func TestPositions(t *testing.T) {
	tree, err := Parse(`ab(?<n>c+)`, Flags{})
	if err != nil {
		t.Fatal(err)
	}
	r := tree.Root
	if r.Op != OpCat || len(r.Subs) != 3 || r.Subs[1].Pos != 1 || r.Subs[2].Pos != 2 || r.Subs[2].Subs[0].Pos != 7 {
		t.Errorf("positions are wrong: %+v", r.Subs)
	}
	if len(tree.Names) != 2 || tree.Names[1] != "n" || !tree.Linear {
		t.Errorf("names %q, linear %v", tree.Names, tree.Linear)
	}
}

func TestReduce(t *testing.T) {
	f := func(pat string, lo, hi int, g Greed) {
		t.Helper()
		tree, err := Parse(pat, Flags{})
		if err != nil {
			t.Fatal(err)
		}
		if r := tree.Root; r.Op != OpRep || r.Min != lo || r.Max != hi || r.Greed != g || r.Subs[0].Op != OpSet {
			t.Errorf("/%s/ becomes %+v", pat, r)
		}
	}
	f(`(?:a*)?`, 0, -1, Greedy)
	f(`(?:a+)?`, 0, -1, Greedy)
	f(`(?:a?)*`, 0, -1, Greedy)
	f(`(?:a+)+`, 1, -1, Greedy)
	f(`(?:a??)+`, 0, -1, Lazy)
	f(`(?:a?)??`, 0, 1, Lazy)
	f(`(?:a*?)+`, 0, -1, Lazy)
	f(`a{1}+`, 1, -1, Greedy)
	f(`a{2,}?`, 2, -1, Lazy)
	f(`a++`, 1, -1, Possessive)
}

func TestFixedLen(t *testing.T) {
	f := func(pat string, want int, ok bool) {
		t.Helper()
		tree, err := Parse(pat, Flags{})
		if err != nil {
			t.Fatal(err)
		}
		if n, fixed := FixedLen(tree.Root); fixed != ok || fixed && n != want {
			t.Errorf("FixedLen(%s) is %d %v", pat, n, fixed)
		}
	}
	f(`aé.`, 3, true)
	f(`a{3}b`, 4, true)
	f(`ab|cd`, 2, true)
	f(`ab|c`, 0, false)
	f(`a*`, 0, false)
	f(`\b(?=xx)(a)`, 1, true)
}

func TestDepth(t *testing.T) {
	deep := make([]byte, 0, 4000)
	for range 2000 {
		deep = append(deep, '(')
	}
	var e *Error
	if _, err := Parse(string(deep), Flags{}); !errors.As(err, &e) {
		t.Errorf("got %v", err)
	}
}

func FuzzParse(f *testing.F) {
	f.Add(`(?<a>[^\]a-c&&[[:alpha:]]]{2,3}+)(?i-m:\k<a>\x{e9}\M-\C-a)|(?#x)\g<0>`)
	f.Fuzz(func(t *testing.T, pat string) {
		tree, err := Parse(pat, Flags{})
		var e *Error
		if err != nil && !errors.As(err, &e) || err == nil && tree.Root == nil {
			t.Fatalf("/%s/: %v", pat, err)
		}
	})
}
