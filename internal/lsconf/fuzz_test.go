package lsconf

import (
	"encoding/json"
	"path/filepath"
	"testing"
	"unicode/utf8"

	"castor/internal/lsconf/ast"
	"castor/internal/lsconf/diag"
	"castor/internal/lsconf/printer"
)

// FuzzParse holds three things: nothing panics; every error has a place within the text; what parses is printed so that
// it parses to the same tree, keeps its comments, and prints the same again.
func FuzzParse(f *testing.F) {
	seed(f)
	f.Fuzz(func(t *testing.T, text string, escapes bool) {
		o := Options{SupportEscapes: escapes}
		cfg, list := Parse("f", text, o)
		for _, d := range list {
			if d.Pos.Offset < 0 || d.Pos.Offset > len(text) || d.End.Offset < d.Pos.Offset || d.Pos.Line < 1 || d.Pos.Col < 1 {
				t.Fatalf("%q: %v at %+v..%+v", text, d, d.Pos, d.End)
			}
		}
		printed(t, text, list)
		if list.HasErrors() {
			return
		}
		once := printer.Print(cfg)
		again, list := Parse("f", once, o)
		switch {
		case list.HasErrors():
			t.Fatalf("%q prints as %q, which does not parse: %v", text, once, list)
		case !ast.Same(cfg, again):
			t.Fatalf("%q prints as %q, which means something else", text, once)
		case len(cfg.Comments) != len(again.Comments):
			t.Fatalf("%q prints as %q: %d comments became %d", text, once, len(cfg.Comments), len(again.Comments))
		}
		if twice := printer.Print(again); twice != once {
			t.Fatalf("%q prints as %q, and then as %q", text, once, twice)
		}
	})
}

func printed(t *testing.T, text string, list diag.List) {
	var src diag.Sources
	src.Add("f", text)
	if err := diag.Print(devNull{t}, &src, list, true); err != nil {
		t.Fatal(err)
	}
}

// devNull checks that what is printed is text.
type devNull struct{ t *testing.T }

func (d devNull) Write(p []byte) (int, error) {
	if !utf8.Valid(p) {
		d.t.Fatalf("not UTF-8: %q", p)
	}
	return len(p), nil
}

func seed(f *testing.F) {
	for _, name := range []string{"config_parse.jsonl", "mistakes.jsonl"} {
		readLines(f, filepath.Join("testdata", "conformance", name), func(line []byte) {
			var c struct{ Config string }
			if err := json.Unmarshal(line, &c); err != nil {
				f.Fatal(err)
			}
			f.Add(c.Config, len(c.Config)%2 == 0)
		})
	}
}
