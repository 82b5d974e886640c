package simplify

import (
	"fmt"
	"strings"
	"testing"

	"castor/internal/regex/syntax"
)

// show writes a tree as a pattern, sets by their first character, possessive repeats with a plus.
func show(n *syntax.Node) string {
	list := func(sep string) string {
		var parts []string
		for _, s := range n.Subs {
			parts = append(parts, show(s))
		}
		return strings.Join(parts, sep)
	}
	switch n.Op {
	case syntax.OpSet:
		if c, ok := n.Set.Single(); ok {
			return string(c)
		}
		r := n.Set.Ranges()
		return fmt.Sprintf("[%c%d]", r[0].Lo, len(r))
	case syntax.OpCat:
		return list("")
	case syntax.OpAlt:
		return "(" + list("|") + ")"
	case syntax.OpRep:
		return fmt.Sprintf("%s{%d,%d}%s", list(""), n.Min, n.Max, []string{"", "?", "+"}[n.Greed])
	case syntax.OpAtomic:
		return "(?>" + list("") + ")"
	case syntax.OpLook:
		return "(?=" + list("") + ")"
	case syntax.OpGroup:
		return fmt.Sprintf("(#%d ", n.Group) + list("") + ")"
	}
	return ""
}

func TestTree(t *testing.T) {
	f := func(pat, want string) {
		t.Helper()
		tree, err := syntax.Parse(pat, syntax.Flags{})
		if err != nil {
			t.Fatal(err)
		}
		if got := show(Tree(tree.Root)); got != want {
			t.Errorf("/%s/ becomes %s, want %s", pat, got, want)
		}
	}
	// atomic groups
	f(`(?>ab)c`, "abc")
	f(`(?>a+)b`, "a{1,-1}+b")
	f(`(?>x[0-9]+|y)z`, "(x[01]{1,-1}+|y)z")
	f(`(?>a|ab)c`, "a(|b)c"[:0]+"(?>a(|b))c")
	f(`(?>a*?)b`, "(?>a{0,-1}?)b")
	f(`(?>(?:\\.|[^\\"])+")`, `(\[`+"\x00"+`2]|[`+"\x00"+`3]){1,-1}"`)
	// alternations
	f(`a|b|c`, "[a1]")
	f(`ab|ac|d`, "(a[b1]|d)"[:0]+"(a(b|c)|d)")
	f(`(?:(?:a|bc)|d)`, "(a|bc|d)")
	f(`a{3}b|a{2}c`, "aa(ab|c)")
	// loops
	f(`(?:a+)+b`, "a{1,-1}b")
	f(`(?:/[a-c]*)+`, "/[/2]{0,-1}")
	f(`(?:/[a-c/]*)+`, "/[/2]{0,-1}{1,-1}")
	// lookaheads
	f(`(?!<[0-9])[0-9]`, "[01]")
	f(`(?!1)[0-9]`, "(?=1)[01]")
	f(`(?!<)[0-9]*`, "(?=<)[01]{0,-1}")
	// branches of a lookbehind keep their form
	f(`(?<=a|b)c`, "(?=(a|b))c")
}

func TestDet(t *testing.T) {
	f := func(pat string, want bool) {
		t.Helper()
		tree, err := syntax.Parse(pat, syntax.Flags{})
		if err != nil {
			t.Fatal(err)
		}
		if Det(tree.Root) != want {
			t.Errorf("Det(%s) is %v", pat, !want)
		}
	}
	f(`abc`, true)
	f(`a*`, false)
	f(`a*b`, true)
	f(`a*?b`, true)
	f(`a*ab`, false)
	f(`(?:ab|cd)e`, true)
	f(`(?:ab|ac)e`, false)
	f(`a?b`, true)
	f(`(?:x|y*z)+w`, true)
	f(`(?:a|b?)*c`, false)
	f(`a*+a`, true)
}
