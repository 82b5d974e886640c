package ast_test

import (
	"fmt"
	"strings"
	"testing"

	"castor/internal/lsconf/ast"
	"castor/internal/lsconf/parser"
)

// show writes a value in short: lists with [ ], hashes with { }.
func show(v ast.Value) string {
	switch v := v.(type) {
	case *ast.Array:
		var parts []string
		for _, e := range v.Elems {
			parts = append(parts, show(e))
		}
		return "[" + strings.Join(parts, " ") + "]"
	case *ast.Hash:
		var parts []string
		for _, e := range v.Entries {
			parts = append(parts, show(e.Key)+":"+show(e.Value))
		}
		return "{" + strings.Join(parts, " ") + "}"
	}
	text, _ := ast.Text(v)
	return text
}

func TestSettingsMergeRepeatedOptions(t *testing.T) {
	for in, want := range map[string]string{
		`aa => 1 bb => 2`:                                                      "aa=1 bb=2",
		`aa => 1 aa => 2`:                                                      "aa=[1 2]",
		`aa => 1 bb => 3 aa => 2 aa => 4`:                                      "aa=[1 2 4] bb=3",
		`aa => "x" aa => "x"`:                                                  "aa=x",
		`aa => "x" aa => ["y", "x"]`:                                           "aa=[x [y x]]",
		`aa => ["x"] aa => ["x", "y"]`:                                         "aa=[x x y]",
		`aa => ["x"] aa => "y"`:                                                "aa=[x y]",
		`aa => ["x"] aa => { "k" => 1 }`:                                       "aa=[x [k 1]]",
		`aa => { "k" => 1 } aa => { "l" => 2 }`:                                "aa={k:1 l:2}",
		`aa => { "k" => 1 } aa => { "k" => 2 }`:                                "aa={k:[1 2]}",
		`aa => { "k" => 1 } aa => { "k" => 1 }`:                                "aa={k:1}",
		`aa => { "k" => [1] } aa => { "k" => [1, 2] }`:                         "aa={k:[1 1 2]}",
		`aa => { "k" => { "l" => 1 } } aa => { "k" => { "l" => 2 "m" => 3 } }`: "aa={k:{l:[1 2] m:3}}",
	} {
		cfg, list := parser.Parse("c", "filter { x { "+in+" } }", parser.Options{})
		if list.HasErrors() {
			t.Errorf("%s: %v", in, list)
			continue
		}
		settings, err := cfg.Sections[0].Body[0].(*ast.Plugin).Settings()
		if err != nil {
			t.Errorf("%s: %v", in, err)
		}
		var parts []string
		for _, a := range settings {
			parts = append(parts, fmt.Sprintf("%s=%s", a.Name, show(a.Value)))
		}
		if got := strings.Join(parts, " "); got != want {
			t.Errorf("%s: got %s, want %s", in, got, want)
		}
	}
}
