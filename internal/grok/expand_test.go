package grok

import (
	"strings"
	"testing"
)

func smallLibrary(defs ...string) *Library {
	lib := NewLibrary()
	for i := 0; i < len(defs); i += 2 {
		lib.Add(Definition{Name: defs[i], Text: defs[i+1], Source: "my.grok:" + defs[i]})
	}
	return lib
}

func TestExpand(t *testing.T) {
	lib := smallLibrary("INT", `\d+`, "PAIR", `%{INT:a},%{INT}`, "ANY", `.*`)
	f := func(expr string, namedOnly bool, want string) {
		t.Helper()
		exp, err := expand(expr, lib, namedOnly)
		if err != nil {
			t.Errorf("%s: %v", expr, err)
			return
		}
		if exp.text != want {
			t.Errorf("%s: got %s, want %s", expr, exp.text, want)
		}
	}
	f(`%{INT}`, true, `(?:\d+)`)
	f(`%{INT}`, false, `(?<INT>\d+)`)
	f(`%{INT:n}`, true, `(?<INT:n>\d+)`)
	f(`%{INT:[a][b]:int}`, true, `(?<INT:[a][b]:int>\d+)`)
	f(`%{PAIR:p}`, true, `(?<PAIR:p>(?<INT:a>\d+),(?:\d+))`)
	f(`(?<x>a)%{INT:close-reason}`, true, `(?<x>a)(?<INT:close-reason>\d+)`)
	f(`\%{INT}`, true, `\(?:\d+)`)
	f(`%{} 100%{-} %`, true, `%{} 100%{-} %`)
	f(`%{INT:a b}`, true, `(?<INT:a>\d+)`)
	f(`%{INT:}`, true, `(?:\d+)`)
	f(`%{INT}{1,3}`, true, `(?:\d+){1,3}`)
	f(`%{HEX=[0-9a-f]{2}}:%{HEX:h}`, true, `(?:[0-9a-f]{2}):(?<HEX:h>[0-9a-f]{2})`)
}

func TestExpandErrors(t *testing.T) {
	lib := smallLibrary("INT", `\d+`, "A", `x%{B}`, "B", `%{C:c}`, "C", `%{A}?`, "BAD", `%{IMT}`)
	f := func(expr string, column int, parts ...string) {
		t.Helper()
		_, err := expand(expr, lib, true)
		pe, ok := err.(*PatternError)
		if !ok {
			t.Errorf("%s: got %v", expr, err)
			return
		}
		if pe.Column != column {
			t.Errorf("%s: column %d, want %d", expr, pe.Column, column)
		}
		for _, part := range parts {
			if !strings.Contains(err.Error(), part) {
				t.Errorf("%s: %q does not tell %q", expr, err, part)
			}
		}
	}
	f(`ü %{INTT:n}`, 3, "%{INTT} is not defined", "did you mean %{INT}?")
	f(`%{INT} %{ZZZZZZZZZ}`, 8, "%{ZZZZZZZZZ} is not defined")
	f(`%{my-pattern:x}`, 1, "%{my-pattern:x}", "pattern my is not defined", "no letter, digit")
	f(`%{A}`, 1, "A -> B -> C -> A")
	f(`%{INT}%{BAD}`, 7, "%{IMT}", "%{BAD} (my.grok:BAD) needs", "did you mean %{INT}?")
}

func TestExpandBoundsTheWork(t *testing.T) {
	lib := NewLibrary()
	lib.Add(Definition{Name: "D0", Text: "x"})
	for i := 1; i < 20; i++ {
		prev := "%{D" + string(rune('A'+i-1)) + "}"
		if i == 1 {
			prev = "%{D0}"
		}
		lib.Add(Definition{Name: "D" + string(rune('A'+i)), Text: prev + prev + prev})
	}
	_, err := expand("%{DT}", lib, true)
	if err == nil || !strings.Contains(err.Error(), "more than 10000") {
		t.Errorf("got %v", err)
	}
}

func TestLocate(t *testing.T) {
	lib := smallLibrary("INT", `\d+`, "PAIR", `%{INT:a},%{INT}`)
	exp, err := expand(`ab%{PAIR:p}-%{INT}z`, lib, true)
	if err != nil {
		t.Fatal(err)
	}
	// ab(?<PAIR:p>(?<INT:a>\d+),(?:\d+))-(?:\d+)z
	chain := func(at int, want string) {
		t.Helper()
		s, ok := exp.locate(at)
		if got := strings.Join(s.chain, ">"); got != want || ok != (want != "") {
			t.Errorf("byte %d (%q): got %q, want %q", at, exp.text[at:], got, want)
		}
	}
	chain(0, "")
	chain(strings.Index(exp.text, `\d`), "PAIR>INT")
	chain(strings.Index(exp.text, `,`), "PAIR")
	chain(strings.Index(exp.text, `-`), "")
	chain(strings.LastIndex(exp.text, `\d`), "INT")
	if got := exp.source(strings.Index(exp.text, `-`)); exp.expr[got] != '-' {
		t.Errorf("source of - is byte %d", got)
	}
	if got := exp.source(len(exp.text) - 1); exp.expr[got] != 'z' {
		t.Errorf("source of z is byte %d", got)
	}
}
