package grok

import (
	"strings"
	"testing"
)

// FuzzExpression gives any expression and line to all that people's text
// reaches: nothing may panic, captures must lie in the line, and an
// explanation must point into it.
func FuzzExpression(f *testing.F) {
	for _, seed := range [][2]string{
		{`^%{IP:a} \[%{HTTPDATE:t}\]$`, "1.2.3.4 [x]"}, {`%{INT:a:int}|(?<[a][b]>x)`, "12"}, {`(?m)%{DATA:d};[^][:alpha:]]{2,3}+`, "ab;;;"},
		{`%{X=a{2}}%{X}`, "aaaa"}, {`(a|b*)*c`, "abab"}, {`%{`, "x"}, {`\`, ""}, {`(?<n>a)\k<n>`, "aa"}, {`[`, "["}, {`%{A:[}`, "x"},
		{`ü%{WORD:ö}`, "üx"}, {`%{COMBINEDAPACHELOG}`, `1.2.3.4 - - [23/Nov/2026:12:34:56 +0000] "GET`},
	} {
		f.Add(seed[0], seed[1])
	}
	lib, err := Stock("disabled")
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, expr, line string) {
		if len(expr) > 200 || len(line) > 500 {
			return
		}
		for _, alt := range splitElements(expr) {
			end := 0
			for _, e := range alt {
				if e.start < end || e.body <= e.start || e.end < e.body || e.end > len(expr) {
					t.Fatalf("element %+v of %q", e, expr)
				}
				end = e.end
			}
		}
		l, err := CompileList([]string{expr}, Options{Library: lib})
		if err != nil {
			return
		}
		l.Lint()
		line = strings.ToValidUTF8(line, "?")
		sc := NewScratch()
		i, err := l.Find(line, 0, sc)
		if err != nil {
			return
		}
		if i == 0 {
			for _, c := range l.Pattern(0).AppendCaptures(nil, line, sc) {
				if !strings.Contains(line, c.Text) {
					t.Fatalf("%q is not in %q", c.Text, line)
				}
			}
			return
		}
		if e, ok := l.Explain(line); ok && (e.Column < 1 || e.Column > len([]rune(line))+1) {
			t.Fatalf("%q on %q: %+v", expr, line, e)
		}
	})
}

// FuzzDiscover holds Discover to its promise: each proposal matches the lines
// that it counts.
func FuzzDiscover(f *testing.F) {
	f.Add("a=1 b=[x]\na=2 b=[y z]\n2026-11-23 12:34:56 x")
	f.Add("ü\t{}\n\\ \\\n")
	lib, err := Stock("v1")
	if err != nil {
		f.Fatal(err)
	}
	d, err := newDiscovery(lib)
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, text string) {
		if len(text) > 300 || len(d.compiled) > 10000 {
			return
		}
		lines := strings.Split(strings.ToValidUTF8(text, "?"), "\n")
		found, err := d.discover(lines)
		if err != nil {
			t.Fatal(err)
		}
		for _, p := range found {
			if p.Lines == 0 || !strings.Contains(text, p.Example) && strings.ToValidUTF8(text, "?") == text {
				t.Fatalf("%q: %+v", text, p)
			}
		}
	})
}
