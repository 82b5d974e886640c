package regex

import (
	"math/rand"
	"strings"
	"testing"
)

// spansOf compiles a pattern and returns its tables.
func spansOf(t *testing.T, pat string) (list []*span) {
	t.Helper()
	seen := map[*node]bool{}
	var walk func(n *node)
	walk = func(n *node) {
		if n == nil || seen[n] {
			return
		}
		seen[n] = true
		if n.span != nil {
			list = append(list, n.span)
		}
		walk(n.next)
		walk(n.body)
		if n.choice != nil {
			for _, a := range n.choice.alts {
				walk(a)
			}
		}
	}
	walk(MustCompile(pat, Options{}).fast.start)
	return list
}

const (
	ipv4  = `(?<![0-9])(?:(?:[0-1]?[0-9]{1,2}|2[0-4][0-9]|25[0-5])[.]){3}(?:[0-1]?[0-9]{1,2}|2[0-4][0-9]|25[0-5])(?![0-9])`
	clock = `(?:2[0123]|[01]?[0-9]):[0-5][0-9](?::(?:[0-5]?[0-9]|60)(?:[:.,][0-9]+)?)?`
	class = `(?:[a-zA-Z$_][a-zA-Z$_0-9]*\.)*[a-zA-Z$_][a-zA-Z$_0-9]*`
)

func TestSpanIsUsed(t *testing.T) {
	f := func(pat string, want int) {
		t.Helper()
		if got := len(spansOf(t, pat)); got != want {
			t.Errorf("/%s/ has %d tables, want %d", pat, got, want)
		}
	}
	f(`(`+ipv4+`) x`, 1)
	f(`(`+clock+`)\]`, 1)
	f(`(`+clock+`)[0-9]?x`, 1)
	f(`(`+class+`) - `, 1)
	f(`(?>`+clock+`)x`, 1)
	f(`(?:ab|cd)e`, 1)
	f(`(a*)(b*)c`, 0)         // runs are as fast as they are
	f(`(?:[^"\\]+|\\.)*"`, 0) // most of it would go back to the nodes
	f(`(?:(a)|(b)c|d)+`, 0)   // captures
}

func TestSpanStays(t *testing.T) {
	if l := spansOf(t, `(`+class+`) - `); len(l) != 1 || l[0].stay == nil {
		t.Error("the table of a class name has no states to stay in")
	}
}

// TestSpanAgreesWithNodes compares with the plain program on texts of the fragments' characters.
func TestSpanAgreesWithNodes(t *testing.T) {
	r := rand.New(rand.NewSource(1))
	sc := NewScratch()
	for _, frag := range []string{ipv4, clock, class, `\b(?:[Jj]an(?:uary|uar)?|[Mm](?:a|ä)?r(?:ch|z)?)\b`, `(?>[+-]?(?:[0-9]+(?:\.[0-9]+)?|\.[0-9]+))`} {
		for _, around := range []string{`(%) x`, `(%)$`, `(%)`, `(%)[.:]`, `x(%)1`, `(?>(%))1`} {
			re := MustCompile(strings.Replace(around, "%", frag, 1), Options{})
			for range 400 {
				b := make([]byte, r.Intn(24))
				for i := range b {
					b[i] = "0123456789..::,JanMrcha$_+- x\xc3\xa4"[r.Intn(31)]
				}
				s := string(b)
				ok, _ := re.Match(s, sc)
				got := append([]int32(nil), sc.Slots()...)
				want, _ := re.searchPlain(s, 0, 0, len(s), true, sc)
				if ok != want || ok && (got[0] != sc.Slots()[0] || got[1] != sc.Slots()[1] || got[2] != sc.Slots()[2] || got[3] != sc.Slots()[3]) {
					t.Fatalf("/%s/ on %q: %v %v, plain %v %v", re, s, ok, got, want, sc.Slots())
				}
			}
		}
	}
}
