package grok

import (
	"fmt"
	"slices"
	"strings"
	"testing"
)

func TestRE2List(t *testing.T) {
	for _, ecs := range []string{"disabled", "v1"} {
		lib := stock(t, ecs).With(Definition{Name: "MINE", Text: `(?<[my][word]>\w+)`})
		l, report, err := CompileRE2List([]string{
			`^%{COMBINEDAPACHELOG}$`,
			`^%{INT:[a][b]:int} %{MINE} (?<rest>.*)%{INT:[a][b]:int}$`,
			`(?<!x)y`,
		}, Options{Library: lib})
		if err != nil {
			t.Fatal(err)
		}
		if l.Len() != 2 || len(report.Unheld) != 1 || report.Unheld[0].Expr != `(?<!x)y` || report.Unheld[0].Reason != "RE2 has no lookbehind (?<!…)" {
			t.Errorf("%s: got %d patterns, %+v", ecs, l.Len(), report.Unheld)
		}
		if !slices.Contains(report.Replaced, "IPV4") || slices.Contains(report.Replaced, "DATA") {
			t.Errorf("%s: replaced are %v", ecs, report.Replaced)
		}
		sc := NewScratch()
		line := "7 word more 8"
		i, err := l.Find(line, 0, sc)
		if i != 1 || err != nil {
			t.Fatalf("%s: got %d, %v", ecs, i, err)
		}
		tree := map[string]any{}
		if err := l.Pattern(i).SetFields(tree, line, sc); err != nil {
			t.Fatal(err)
		}
		if got := fmt.Sprint(tree); got != "map[a:map[b:7] my:map[word:word] rest:more ]" {
			t.Errorf("%s: got %s", ecs, got)
		}
		line = `203.0.113.9 - jane [23/Nov/2026:12:34:56 +0000] "GET /a HTTP/1.1" 200 5316 "-" "curl/8.5.0"`
		if i, err = l.Find(line, 0, sc); i != 0 || err != nil {
			t.Fatalf("%s: got %d, %v", ecs, i, err)
		}
		tree = map[string]any{}
		if err := l.Pattern(i).SetFields(tree, line, sc); err != nil {
			t.Fatal(err)
		}
		if got := fmt.Sprint(tree); !strings.Contains(got, "203.0.113.9") || !strings.Contains(got, "23/Nov/2026:12:34:56 +0000") {
			t.Errorf("%s: got %s", ecs, got)
		}
		if _, ok := l.Pattern(0).Explain("x"); ok {
			t.Error("an explanation by another engine")
		}
	}
}

func TestRE2ListErrors(t *testing.T) {
	if _, _, err := CompileRE2List([]string{"%{NOPE}"}, Options{}); err == nil || !strings.Contains(err.Error(), "%{NOPE} is not defined") {
		t.Errorf("got %v", err)
	}
	if _, _, err := CompileRE2List([]string{"(?>a)"}, Options{}); err == nil || !strings.Contains(err.Error(), "cannot hold") {
		t.Errorf("got %v", err)
	}
}

// TestRE2Holds counts the stock patterns that RE2 can and cannot hold, with
// the help of vjeantet/grok's own definitions.
func TestRE2Holds(t *testing.T) {
	for ecs, most := range map[string]int{"disabled": 11, "v1": 15} {
		lib := stock(t, ecs)
		var exprs []string
		for _, name := range lib.Names() {
			exprs = append(exprs, "%{"+name+":it}")
		}
		_, report, err := CompileRE2List(exprs, Options{Library: lib})
		if err != nil {
			t.Fatal(err)
		}
		t.Logf("%s: %d of %d cannot be held: %v; replaced: %v", ecs, len(report.Unheld), len(exprs), report.Unheld, report.Replaced)
		if len(report.Unheld) > most {
			t.Errorf("%s: %d cannot be held", ecs, len(report.Unheld))
		}
	}
}
