package grok

import (
	"fmt"
	"strings"
	"testing"
)

func TestSplitElements(t *testing.T) {
	f := func(expr string, want ...string) {
		t.Helper()
		var got []string
		for i, alt := range splitElements(expr) {
			if i > 0 {
				got = append(got, "|")
			}
			for _, e := range alt {
				got = append(got, expr[e.start:e.end])
			}
		}
		if fmt.Sprintf("%q", got) != fmt.Sprintf("%q", want) {
			t.Errorf("%s: got %q, want %q", expr, got, want)
		}
	}
	f(`^%{IP:a} \[%{HTTPDATE:t}\]$`, "^", "%{IP:a}", " ", `\[`, "%{HTTPDATE:t}", `\]`, "$")
	f(`ab*c{2}d{x}`, "a", "b*", "c{2}", "d{x}")
	f(`(?:a|b(c)[)])?x|y`, "(?:a|b(c)[)])?", "x", "|", "y")
	f(`(?<[a][b]>\d+)%{INT}{1,3}`, `(?<[a][b]>\d+)`, "%{INT}{1,3}")
	f(`[]a]+[^][:alpha:]]x`, "[]a]+", "[^][:alpha:]]", "x")
	f(`é+ü`, "é+", "ü")
	f(`\k<n>\p{Alpha}\x`, `\k<n>`, `\p{Alpha}`, `\x`)
	f(`a(b`, "a", "(b")
	f(`\`, `\`)
}

func explain(t *testing.T, s string, exprs ...string) Explanation {
	t.Helper()
	l, err := CompileList(exprs, Options{})
	if err != nil {
		t.Fatal(err)
	}
	e, ok := l.Explain(s)
	if !ok {
		t.Fatalf("%q on %q: no explanation", exprs, s)
	}
	return e
}

func TestExplain(t *testing.T) {
	f := func(expr, s string, column int, element, inside string) {
		t.Helper()
		e := explain(t, s, expr)
		if e.Column != column || e.Element != element || strings.Join(e.Inside, ">") != inside {
			t.Errorf("%s on %q: got column %d, %s in %v (%s)", expr, s, e.Column, e.Element, e.Inside, e)
		}
	}
	f(`^%{IP:ip} %{WORD:w} %{INT:n}$`, "10.0.0.1 get x", 14, "%{INT:n}", "")
	f(`^%{IP:ip} %{WORD:w} %{INT:n}$`, "10.0.0.1 get 7 more", 15, "$", "")
	f(`^%{IP:ip} %{WORD:w}`, "host get", 1, "%{IP:ip}", "")
	f(`^%{WORD:a}: %{WORD:b}`, "ab; c", 3, ": ", "")
	f(`^state=up %{INT:n}`, "state=down 7", 7, "state=up ", "")
	f(`^(?:GET|POST) /`, "PUT /", 2, "POST", "")
	f(`^ü %{INT:n}`, "ü x", 3, "%{INT:n}", "")
	f(`^%{COMBINEDAPACHELOG}`, `1.2.3.4 - - [23/11/2026:12:34:56 +0000] "GET / HTTP/1.1" 200 5 "-" "x"`, 17, "%{MONTH}", "COMBINEDAPACHELOG>HTTPD_COMBINEDLOG>HTTPD_COMMONLOG>HTTPDATE")
	f(`^%{COMBINEDAPACHELOG}$`, `1.2.3.4 - - [23/Nov/2026:12:34:56 +0000] "GET / HTTP/1.1" 200 5`, 64, " ", "COMBINEDAPACHELOG>HTTPD_COMBINEDLOG")
	f(`^%{COMBINEDAPACHELOG}$`, `?`, 1, "%{IPORHOST:clientip}", "COMBINEDAPACHELOG>HTTPD_COMBINEDLOG>HTTPD_COMMONLOG")
}

func TestExplainOfAListIsOfTheFurthest(t *testing.T) {
	e := explain(t, "a b c d", "^a x", "^a b c %{INT:n}", "^b")
	if e.Index != 1 || e.Column != 7 || e.Wanted != "A whole number with or without a sign" || e.Near != "d" {
		t.Errorf("got %+v", e)
	}
}

func TestExplainHasNothingToSayOfAMatch(t *testing.T) {
	l, err := CompileList([]string{"^x", "^a"}, Options{})
	if err != nil {
		t.Fatal(err)
	}
	if e, ok := l.Explain("abc"); ok {
		t.Errorf("got %+v", e)
	}
}

func TestExplanationReads(t *testing.T) {
	got := explain(t, "port=x", "^port=%{INT:port}").String()
	want := `column 6: wanted %{INT:port} (A whole number with or without a sign); there stands "x"`
	if got != want {
		t.Errorf("got %s", got)
	}
	got = explain(t, "port:7", "^port=%{INT:port}").String()
	if want = `column 5: wanted the text "port="; there stands ":7"`; got != want {
		t.Errorf("got %s", got)
	}
	got = explain(t, "port=", "^port=%{INT:port}").String()
	if !strings.HasSuffix(got, "; the line ends there") {
		t.Errorf("got %s", got)
	}
}
