package grok

import (
	"strings"
	"testing"
)

func TestLint(t *testing.T) {
	lib := stock(t, "disabled").With(Definition{Name: "WORDS", Text: `(\w+\s*)+`}, Definition{Name: "HEAD", Text: `^%{SYSLOGBASE}`})
	f := func(want string, exprs ...string) {
		t.Helper()
		l, err := CompileList(exprs, Options{Library: lib})
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, w := range l.Lint() {
			got = append(got, strings.Repeat("-", w.Index)+string(w.Kind))
		}
		if strings.Join(got, " ") != want {
			t.Errorf("%q: got %v, want %s\n%v", exprs, got, want, l.Lint())
		}
	}
	f("", `%{COMBINEDAPACHELOG}`)
	f("", `^%{IP:a}`, `\A%{WORD:b}`, `(?m)^x`, `(?:^a|^b)c`, `%{HEAD} x`, `%{CISCO_TAGGED_SYSLOG}`)
	f("unanchored -unanchored", `%{IP:a}`, `(?:^a|b)`)
	f("nested-quantifier", `^(\w+\.?)+$`)
	f("nested-quantifier", `^(?:(?:a|b+))*$`)
	f("nested-quantifier", `^x %{WORDS:w}$`)
	f("", `^(?:\w+,)+$`)
	f("", `^(?>\w+)+$`)
	f("", `^(?:\w++)+$`)
	f("", `^(?:%{WORD:a} )+x{2,3}$`)
	f("never-matches", `%{IP:a}^%{WORD:b}`)
	f("never-matches", `^a$b`)
	f("never-matches", `x^a|b$\d`)
	f("", `x^a|b`)
	f("", `(?:x|\n)^a`)
	f("", `^a$%{SPACE}`)
	f("", "(?x)^ a $ # the end")
	f("bad-field", `^%{WORD:[a][b}`)
	f("bad-reference", `^%{NUMBER:a:integer}$`)
	f("bad-reference", `^%{IP`)
	f("bad-reference", `^%{IP:}$`)
	f("bad-reference bad-reference", `^%{} %{IP:a b}$`)
	f("", `^%{NUMBER:a:int} %{NUMBER:b:float} %{WORD:c:string} %{WORD} %{A=\d+}$`)
	f("-unreachable --unreachable", `^%{GREEDYDATA:all}$`, `^%{IP:a}`, `^x`)
	f("-unreachable", `^a`, `^a`)
	f("", `^a`, `^%{GREEDYDATA:rest}`)
}

func TestLintWhenAllAreApplied(t *testing.T) {
	l, err := CompileList([]string{"^a", "^a", "^%{GREEDYDATA:x}", "^b"}, Options{ApplyAll: true})
	if err != nil {
		t.Fatal(err)
	}
	if w := l.Lint(); len(w) > 0 {
		t.Errorf("got %v", w)
	}
}
