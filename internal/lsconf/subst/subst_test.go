package subst_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"castor/internal/lsconf/ast"
	"castor/internal/lsconf/diag"
	"castor/internal/lsconf/parser"
	"castor/internal/lsconf/printer"
	"castor/internal/lsconf/subst"
)

// options know A=one, EMPTY="", LIST=["x", 'y'], a secret PW, and the file pw beside conf/c.conf.
func options() subst.Options {
	vars := map[string]string{"A": "one", "EMPTY": "", "LIST": `["x", 'y']`, "PW": "s3cret", "a.b": "dot", "NEST": "${A}"}
	return subst.Options{
		Names: []string{"A", "EMPTY", "HOSTNAME"},
		Lookup: func(name string) (string, bool, bool) {
			v, ok := vars[name]
			return v, name == "PW", ok
		},
		ReadFile: func(path string) ([]byte, error) {
			switch path {
			case filepath.Join("conf", "pw"):
				return []byte("hidden\r\n"), nil
			case "/abs/pw":
				return []byte("two\nlines\n\n"), nil
			case "/locked":
				return nil, &os.PathError{Op: "open", Path: path, Err: os.ErrPermission}
			case "/odd":
				return nil, errors.New("disk on fire")
			case "/binary":
				return []byte("\xff"), nil
			}
			return nil, &os.PathError{Op: "open", Path: path, Err: os.ErrNotExist}
		},
	}
}

func apply(t *testing.T, text string) (*ast.Config, diag.List) {
	t.Helper()
	cfg, list := parser.Parse("conf/c.conf", text, parser.Options{})
	if list.HasErrors() {
		t.Fatal(list)
	}
	return cfg, subst.Apply(cfg, options())
}

func value(cfg *ast.Config) ast.Value {
	return cfg.Sections[0].Body[0].(*ast.Plugin).Attrs[0].Value
}

func show(v ast.Value) string {
	switch v := v.(type) {
	case *ast.Array:
		parts := make([]string, len(v.Elems))
		for i, e := range v.Elems {
			parts[i] = show(e)
		}
		return "[" + strings.Join(parts, "|") + "]"
	case *ast.Hash:
		return show(v.Entries[0].Key) + ":" + show(v.Entries[0].Value)
	case *ast.Plugin:
		return v.Name + ":" + show(v.Attrs[0].Value)
	}
	text, _ := ast.Text(v)
	return text
}

func TestValues(t *testing.T) {
	for in, want := range map[string]string{
		`"${A}"`:                          "one",
		`'${A}'`:                          "one",
		`"x-${A}-${A}"`:                   "x-one-one",
		`"${B:two}"`:                      "two",
		`"${A:two}"`:                      "one",
		`"${B:}"`:                         "",
		`"${EMPTY:x}"`:                    "",
		`"${B:http://h:1/}"`:              "http://h:1/",
		`"${a.b}"`:                        "dot",
		`"${NEST}"`:                       "${A}",
		`"${1A}"`:                         "${1A}",
		`"$A ${} ${A"`:                    "$A ${} ${A",
		`["${A}", ["${A}"], 5]`:           "[one|[one]|5]",
		`{ "${A}" => "${A}" }`:            "${A}:one",
		`json { charset => "${A}" }`:      "json:one",
		`[ { "k" => { "l" => "${A}" } }]`: "[k:l:one]",
		`"${LIST}"`:                       `["x", 'y']`,
		`"[${A}, '${B:b}', \"\"]"`:        "[one|b|\\\"\\\"]",
		`"'${A}'"`:                        "one",
		`"${file:pw}"`:                    "hidden",
		`"${file:/abs/pw}"`:               "two\nlines\n",
		`"user:${file:pw}"`:               "user:hidden",
	} {
		cfg, list := apply(t, "output { x { y1 => "+in+" } }")
		if got := show(value(cfg)); got != want || len(list) > 0 {
			t.Errorf("%s: got %q %v, want %q", in, got, list, want)
		}
	}
}

func TestSecretsAreToldAndNeverPrinted(t *testing.T) {
	for in, want := range map[string]string{`"${file:pw}"`: "hidden", `"${PW}"`: "s3cret", `"a${PW}b"`: "s3cret", `"${A}"`: ""} {
		cfg, list := parser.Parse("conf/c.conf", "output { x { y1 => "+in+" } }", parser.Options{})
		if list.HasErrors() {
			t.Fatal(list)
		}
		told, o := "", options()
		o.Secret = func(value string) { told += value }
		subst.Apply(cfg, o)
		if told != want {
			t.Errorf("%s: told %q, want %q", in, told, want)
		}
		if out := printer.Print(cfg); !strings.Contains(out, in) {
			t.Errorf("%s is printed as %s", in, out)
		}
	}
}

func TestConditions(t *testing.T) {
	for in, want := range map[string]string{
		`[f] == "${A}"`:             "one",
		`[f] == "${B:b}"`:           "b",
		`[f] in "${A}"`:             "one",
		`!([f] == "${A}") or [x]`:   "one",
		`[f] == "x${A}"`:            "x${A}",
		`[f] =~ "${A}"`:             "${A}",
		`[f] in ["${A}", "${B:b}"]`: "[one|b]",
	} {
		cfg, list := apply(t, "filter { if "+in+" { } }")
		got := show(rightSide(cfg.Sections[0].Body[0].(*ast.Branch).Arms[0].Cond).(ast.Value))
		stays := strings.Contains(want, "${")
		if got != want || list.HasErrors() || (len(list) == 1) != stays {
			t.Errorf("%s: got %q %v, want %q", in, got, list, want)
		}
	}
}

func rightSide(x ast.Expr) ast.Operand {
	switch x := x.(type) {
	case *ast.Binary:
		return rightSide(x.L)
	case *ast.Not:
		return rightSide(x.X)
	case *ast.Group:
		return rightSide(x.X)
	case *ast.Compare:
		return x.R
	case *ast.In:
		return x.R
	case *ast.Match:
		return x.Pattern
	}
	return nil
}

func TestMistakes(t *testing.T) {
	for _, c := range []struct {
		in       string
		col      int
		severity diag.Severity
		want     string
	}{
		{`"${NOPE}"`, 20, diag.Error, "`NOPE` is not defined"},
		{`"${NOPE}"`, 20, diag.Error, "`${NOPE:default}`"},
		{`"${HOSTNAM}"`, 20, diag.Error, "did you mean `${HOSTNAME}`?"},
		{`"日本 ${NOPE}"`, 23, diag.Error, "not defined"},
		{`"${file:none}"`, 20, diag.Error, filepath.Join("conf", "none")},
		{`"${file:/locked}"`, 20, diag.Error, "permission denied"},
		{`"${file:/odd}"`, 20, diag.Error, "disk on fire"},
		{`"${file:/binary}"`, 20, diag.Error, "not UTF-8"},
		{`"${file:}"`, 20, diag.Error, "names no file"},
		{`"${B:-b}"`, 20, diag.Warning, "write `${B:b}`"},
		{`"${B-b}"`, 20, diag.Warning, "is not a reference"},
	} {
		_, list := apply(t, "output { x { y1 => "+c.in+" } }")
		if len(list) != 1 || list[0].Severity != c.severity || !strings.Contains(list[0].Error(), c.want) || list[0].Pos.Col != c.col+1 {
			t.Errorf("%s: %v at %v, want %q at column %d", c.in, list, list[0].Pos, c.want, c.col+1)
		}
	}
	if _, list := apply(t, `output { x { y1 => "${OFFSET:-5}" } }`); len(list) > 0 {
		t.Error("a negative number is a good default:", list)
	}
	if _, list := apply(t, "output { x { y1 => \"a\n b ${NOPE}\" } }"); list[0].Pos.Line != 2 || list[0].Pos.Col != 4 {
		t.Error(list)
	}
}
