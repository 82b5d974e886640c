package printer_test

import (
	"testing"

	"castor/internal/lsconf/parser"
	"castor/internal/lsconf/printer"
)

func TestPrint(t *testing.T) {
	for _, c := range []struct{ name, in, want string }{
		{"empty", "", ""},
		{"only a comment", "# a\n\n\n# b", "# a\n\n# b\n"},
		{"sections", "input{stdin{}}filter{}", "input {\n  stdin { }\n}\n\nfilter { }\n"},
		{"options", `filter{mutate{add_tag=>["a","b"] "x"=>{'k'=>1 kk=>-2.50}}}`,
			"filter {\n  mutate {\n    add_tag => [\"a\", \"b\"]\n    \"x\" => { 'k' => 1 kk => -2.50 }\n  }\n}\n"},
		{"codec", `input{stdin{codec=>multiline{pattern=>"^\s" what=>previous}}}`,
			"input {\n  stdin {\n    codec => multiline {\n      pattern => \"^\\s\"\n      what => previous\n    }\n  }\n}\n"},
		{"conditions", `filter{if [a]==1and!([b]in["x","y"])or"z"=~/q/{drop{}}elseif [c] not  in [d]{}else{drop{}}}`,
			"filter {\n  if [a] == 1 and !([b] in [\"x\", \"y\"]) or \"z\" =~ /q/ {\n    drop { }\n  } else if [c] not in [d] { } else {\n    drop { }\n  }\n}\n"},
		{"long condition", "filter { if [a]\n and [b] or\n[c] { } }", "filter {\n  if [a]\n      and [b]\n      or [c] { }\n}\n"},
		{"comments", "# top\nfilter { # f\n\n  # m\n  mutate { # n\n    a1 => 1 # one\n\n    # two\n    b2 => [ # list\n 1, # e\n 2 ] # after\n  }\n  # end\n}\n# last",
			"# top\nfilter { # f\n  # m\n  mutate { # n\n    a1 => 1 # one\n\n    # two\n    b2 => [ # list\n      1, # e\n      2\n    ] # after\n  }\n  # end\n}\n# last\n"},
		{"comment before else", "filter { if [a] { }\n # why\n else { } }", "filter {\n  if [a] { }\n  # why\n  else { }\n}\n"},
		{"blank lines", "filter {\n\n\n a { }\n b { }\n\n\n c { }\n\n}", "filter {\n  a { }\n  b { }\n\n  c { }\n}\n"},
		{"string of lines", "filter { ruby { code => '\n  x\n' } }", "filter {\n  ruby {\n    code => '\n  x\n'\n  }\n}\n"},
		{"secrets stay references", `output { a { b => "${file:x}" } }`, "output {\n  a {\n    b => \"${file:x}\"\n  }\n}\n"},
	} {
		t.Run(c.name, func(t *testing.T) {
			cfg, list := parser.Parse("t", c.in, parser.Options{})
			if list.HasErrors() {
				t.Fatal(list)
			}
			got := printer.Print(cfg)
			if got != c.want {
				t.Errorf("got:\n%s\nwant:\n%s", got, c.want)
			}
			again, _ := parser.Parse("t", got, parser.Options{})
			if twice := printer.Print(again); twice != got {
				t.Errorf("a second printing differs:\n%s\nfirst:\n%s", twice, got)
			}
		})
	}
}
