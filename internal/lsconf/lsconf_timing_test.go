package lsconf

import (
	"strings"
	"testing"

	"castor/internal/lsconf/printer"
)

const section = `filter {
  # a comment
  if [type] == "apache" and [path] =~ /access/ or [tags] in ["a", "b"] {
    grok { match => { "message" => "%{COMBINEDAPACHELOG}" } add_tag => [ "grokked", "${TAG:x}" ] }
  } else if ![message] { drop { } }
}
`

func BenchmarkParse(b *testing.B) {
	text := strings.Repeat(section, 100)
	b.SetBytes(int64(len(text)))
	for b.Loop() {
		if _, list := Parse("b", text, Options{}); list.HasErrors() {
			b.Fatal(list)
		}
	}
}

// BenchmarkParseOneLine is for the places: a line of many columns must not cost more than many lines.
func BenchmarkParseOneLine(b *testing.B) {
	text := strings.ReplaceAll(strings.ReplaceAll(strings.Repeat(section, 100), "# a comment", ""), "\n", " ")
	b.SetBytes(int64(len(text)))
	for b.Loop() {
		if _, list := Parse("b", text, Options{}); list.HasErrors() {
			b.Fatal(list)
		}
	}
}

func BenchmarkPrint(b *testing.B) {
	cfg, _ := Parse("b", strings.Repeat(section, 100), Options{})
	for b.Loop() {
		printer.Print(cfg)
	}
}
