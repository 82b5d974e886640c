package regex

import "testing"

func TestMatch(t *testing.T) {
	sc := NewScratch()
	f := func(pat, in string, want ...int32) {
		t.Helper()
		re, err := Compile(pat, Options{})
		if err != nil {
			t.Errorf("%s: %v", pat, err)
			return
		}
		ok, err := re.Match(in, sc)
		if err != nil || ok != (want != nil) {
			t.Errorf("/%s/ on %q: %v %v, want %v", pat, in, ok, err, want)
			return
		}
		for i, w := range want {
			if sc.Slots()[i] != w {
				t.Errorf("/%s/ on %q: %v, want %v", pat, in, sc.Slots(), want)
				return
			}
		}
	}
	f(`a(b+)c`, "xabbc", 1, 5, 2, 4)
	f(`(?<x>a)(b)`, "ab", 0, 2, 0, 1)
	f(`a{,2}b`, "aaab", 1, 4)
	f(`(?<=a|bc)d`, "bcd", 2, 3)
	f(`(?<!a)d`, "ad")
	f(`(?>a*)a`, "aaa")
	f(`^(\w+\.?)+$`, "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa!")
	f(`(?<p>\((?:[^()]|\g<p>)*\))`, "x(a(b)c)", 1, 8, 1, 8)
	f(`(a)?(?(1)b|c)`, "ab", 0, 2, 0, 1)
	f(`a(?i)b|c`, "aC", 0, 2)
	f(`(\w)\1`, "abccd", 2, 4, 2, 3)
	f(`(?:a?)*?b`, "aab", 0, 3)
	f(`ä+`, "xääb", 1, 5)
	f(`[^b]\b`, "éb")
	f(`[^b]\b`, "é b", 0, 2)
	f(`\Ka`, "ba", 1, 2)
	f(`[a-c&&[^b]]+`, "abcc", 0, 1)
}
