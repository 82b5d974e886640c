package regex

import (
	"fmt"
	"sync"
	"testing"
)

func has(may []uint64, i int) bool { return may[i>>6]&(1<<(i&63)) != 0 }

func TestSetCandidates(t *testing.T) {
	var list []*Regexp
	for _, p := range []string{`error \d+`, `^\w+ sshd\[\d+\]`, `.*`, `(?:GET|PUT) /`, `x|yy`, `a{3}b`} {
		list = append(list, MustCompile(p, Options{}))
	}
	set, sc := NewSet(list), NewScratch()
	f := func(s string, want ...bool) {
		t.Helper()
		for range 200 { // before and after it has learnt
			may := set.Candidates(s, nil, sc)
			for i, w := range want {
				if has(may, i) != w {
					t.Errorf("%q: pattern %d is %v", s, i, !w)
					return
				}
			}
		}
	}
	f("error 12", true, false, true, false, false, false)
	f("host sshd[12]: GET /", false, true, true, true, false, false)
	f("caaab x", false, false, true, false, true, true)
}

// TestSetNeverLosesAMatch: a pattern that matches is always a candidate.
func TestSetNeverLosesAMatch(t *testing.T) {
	var list []*Regexp
	var pats []string
	for i := range 70 { // more than one word of bits
		pats = append(pats, fmt.Sprintf(`k%d=(?:[a-f]+|\d{2,3})[;,]`, i))
	}
	pats = append(pats, `(?:ab|abc|a)+d?é`, `\d+(?:\.\d+)*-x`, `(?i)warn(?:ing)?`, `(?<=:)[^:]+:`, `"(?>\\.|[^"])*"`, `(a)\1b`)
	for _, p := range pats {
		list = append(list, MustCompile(p, Options{}))
	}
	set, sc := NewSet(list), NewScratch()
	for round := range 100 {
		for _, s := range []string{"k3=abc; k69=12,", "abcabdé", "1.2.3-x", "WARNING", "a:b:c", `say "a\"b"`, "aab", fmt.Sprintf("k%d=ff;", round)} {
			may := set.Candidates(s, nil, sc)
			for i, re := range list {
				if ok, _ := re.Match(s, sc); ok && !has(may, i) {
					t.Fatalf("round %d: /%s/ matches %q and is no candidate", round, pats[i], s)
				}
			}
		}
	}
}

func TestSetConcurrent(t *testing.T) {
	set := NewSet([]*Regexp{MustCompile(`abc`, Options{}), MustCompile(`\d{3}`, Options{})})
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			sc := NewScratch()
			for range 200 {
				if may := set.Candidates("x abc", nil, sc); !has(may, 0) {
					t.Error("lost a candidate")
				}
			}
		})
	}
	wg.Wait()
}
