package parser

import (
	"testing"

	"castor/internal/lsconf/ast"
)

// The groupings follow from Logstash's own algorithm, with its accident.
func TestGrouping(t *testing.T) {
	for _, c := range []struct {
		in, want string
		odd      bool
	}{
		{"[a]", "[a]", false},
		{"[a] and [b]", "[a] and [b]", false},
		{"[a] and [b] or [c]", "([a] and [b]) or [c]", false},
		{"[a] or [b] and [c]", "[a] or ([b] and [c])", false},
		{"[a] and [b] or [c] and [d]", "([a] and [b]) or ([c] and [d])", false},
		{"[a] or [b] and [c] or [d]", "[a] or ([b] and [c]) or [d]", false},
		{"[a] and [b] and [c]", "[a] and [b] and [c]", false},
		{"[a] and [b] and [c] or [d]", "[a] and (([b] and [c]) or [d])", true},
		{"[a] and [b] and [c] or [d] or [e]", "[a] and (([b] and [c]) or [d] or [e])", true},
		{"[a] or [b] and [c] and [d]", "[a] or ([b] and [c] and [d])", false},
		{"([a] and [b] and [c]) or [d]", "([a] and [b] and [c]) or [d]", false},
		{"[a] == 1 nand [b]", "[a] == 1 nand [b]", false},
	} {
		text := "filter { if " + c.in + " { } }"
		cfg, list := Parse("c", text, Options{})
		if list.HasErrors() || len(list) > 0 != c.odd {
			t.Errorf("%s: %v, odd should be %v", c.in, list, c.odd)
		}
		if got := grouping(cfg.Sections[0].Body[0].(*ast.Branch).Arms[0].Cond, text); got != c.want {
			t.Errorf("%s: got %s, want %s", c.in, got, c.want)
		}
	}
}
