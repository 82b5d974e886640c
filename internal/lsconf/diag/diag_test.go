package diag

import (
	"strings"
	"testing"

	"castor/internal/lsconf/token"
)

func TestSuggest(t *testing.T) {
	names := []string{"filter", "input", "output", "add_field", "add_tag", "id"}
	for word, want := range map[string]string{
		"fliter": "filter", "FILTER": "filter", "filtre": "filter", "filters": "filter", "ad_field": "add_field", "addtag": "add_tag",
		"banana": "", "x": "", "": "", "remove": "",
	} {
		if got := Suggest(word, names); got != want {
			t.Errorf("%q: got %q, want %q", word, got, want)
		}
	}
}

func TestDistanceCountsNeighboursSwappedOnce(t *testing.T) {
	for _, c := range []struct {
		a, b string
		want int
	}{{"", "abc", 3}, {"abc", "abc", 0}, {"abc", "acb", 1}, {"abc", "bca", 2}, {"kitten", "sitting", 3}} {
		if got := Distance([]rune(c.a), []rune(c.b)); got != c.want {
			t.Errorf("%s %s: got %d, want %d", c.a, c.b, got, c.want)
		}
	}
}

func TestPrint(t *testing.T) {
	var src Sources
	src.Add("a.conf", "filter {\r\n\tmutate { x = \x1b1 }\n"+strings.Repeat("x", 300)+"y"+strings.Repeat("z", 300)+"\n")
	at := func(line, col int) token.Pos { return token.Pos{File: "a.conf", Line: line, Col: col} }
	for _, c := range []struct {
		name string
		d    Diagnostic
		want string
	}{
		{"whole", Diagnostic{Pos: at(2, 13), End: at(2, 14), Summary: "wrong", Detail: "expected right", Hint: "do right",
			Related: []Related{{Pos: at(1, 8), End: at(1, 9), Text: "opened here"}}},
			"a.conf:2:13: error: wrong\n  2 |  mutate { x = ·1 }\n    |             ^\n  = note: expected right\n" +
				"  a.conf:1:8: opened here\n  1 | filter {\n    |        ^\n  = help: do right\n"},
		{"several lines", Diagnostic{Severity: Warning, Pos: at(1, 1), End: at(2, 3), Summary: "long"},
			"a.conf:1:1: warning: long\n  1 | filter {\n    | ^^^^^^^^\n"},
		{"file only", Diagnostic{Pos: token.Pos{File: "b.conf"}, Summary: "missing"}, "b.conf: error: missing\n"},
		{"nowhere", Diagnostic{Summary: "missing\nthing"}, "error: missing·thing\n"},
		{"behind the end", Diagnostic{Pos: at(9, 1), Summary: "end"}, "a.conf:9:1: error: end\n"},
		{"a long line is cut", Diagnostic{Pos: at(3, 301), End: at(3, 302), Summary: "y"},
			"a.conf:3:301: error: y\n  3 | …" + strings.Repeat("x", 80) + "y" + strings.Repeat("z", 79) + "…\n    | " + strings.Repeat(" ", 81) + "^\n"},
	} {
		t.Run(c.name, func(t *testing.T) {
			var b strings.Builder
			if err := Print(&b, &src, List{c.d}, false); err != nil {
				t.Fatal(err)
			}
			if b.String() != c.want {
				t.Errorf("got:\n%s\nwant:\n%s", b.String(), c.want)
			}
		})
	}
}

func TestListIsAnError(t *testing.T) {
	var l List
	if l.Err() != nil {
		t.Error("an empty list is no error")
	}
	l.Warnf(token.Pos{File: "f", Line: 9, Col: 1}, token.Pos{}, "w")
	if l.Err() != nil || l.HasErrors() {
		t.Error("a warning is no error")
	}
	l.Errorf(token.Pos{File: "f", Line: 2, Col: 3}, token.Pos{}, "first %d", 1).Hint = "do"
	l.Errorf(token.Pos{File: "f", Line: 1, Col: 3}, token.Pos{}, "second")
	if got := l.Err().Error(); got != "f:2:3: first 1 (do) (and 1 more)" {
		t.Error(got)
	}
	l.Sort()
	if l[0].Summary != "second" || l[2].Summary != "w" {
		t.Error(l)
	}
}
