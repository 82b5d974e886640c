package regex

import "testing"

func TestReplaceAll(t *testing.T) {
	sc := NewScratch()
	f := func(pat, s, repl, want string) {
		t.Helper()
		got, err := MustCompile(pat, Options{}).ReplaceAll(s, repl, sc)
		if err != nil || got != want {
			t.Errorf("%q.gsub(/%s/, %q) is %q %v, want %q", s, pat, repl, got, err, want)
		}
	}
	f(`a`, "banana", "o", "bonono")
	f(`x`, "banana", "o", "banana")
	f(`(a)(n)`, "banana", `\2\1`, "bnanaa")
	f(`a`, "banana", `[\0]`, "b[a]n[a]n[a]")
	f(`a`, "ba", `[\&]`, "b[a]")
	f(`n`, "an", "[\\`|\\']", "a[a|]")
	f(`(?<x>a)`, "ba", `\k<x>\k\k{x}`, `ba\k\k{x}`)
	f(`(?<x>a)|(?<y>b)`, "a", `[\k<y>]`, "[]")
	f(`a`, "b", `\k<y>`, "b")
	for _, repl := range []string{`\k<y>`, `\k<x`, `\k<>`, `\k<1>`} {
		if got, err := MustCompile(`(?<x>a)`, Options{}).ReplaceAll("ba", repl, sc); err == nil || got != "ba" {
			t.Errorf("%s gives %q %v, want an error", repl, got, err)
		}
	}
	f(`a`, "a", `\\`, `\`)
	f(`a`, "a", `\q\`, `\q\`)
	f(`(a)|b`, "b", `<\1>`, "<>")
	f(`a*`, "baac", "-", "-b--c-")
	f(``, "é", "-", "-é-")
	f(`\Aa`, "aa", "", "a")
	f(`\b`, "a b", "|", "|a| |b|")
	f(`^`, "a\nb", "> ", "> a\n> b")
	f(`.`, "é", "", "")
	got, _ := MustCompile(`a`, Options{}).Replace("aa", "b", sc)
	if got != "ba" {
		t.Errorf("Replace gives %q", got)
	}
}
