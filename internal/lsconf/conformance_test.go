package lsconf

import (
	"bufio"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"castor/internal/lsconf/ast"
)

// conformanceDir is the folder of the cases: CASTOR_CONFORMANCE, or our own copy.
func conformanceDir() string {
	if dir := os.Getenv("CASTOR_CONFORMANCE"); dir != "" {
		return dir
	}
	return filepath.Join("testdata", "conformance")
}

// readCases calls each with every line of a JSON Lines file.
func readCases(t *testing.T, file string, each func(line []byte)) {
	t.Helper()
	readLines(t, file, each)
}

func readLines(t testing.TB, file string, each func(line []byte)) {
	t.Helper()
	f, err := os.Open(file)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	lines := bufio.NewScanner(f)
	lines.Buffer(nil, 16<<20)
	for lines.Scan() {
		if len(lines.Bytes()) > 0 {
			each(lines.Bytes())
		}
	}
	if err := lines.Err(); err != nil {
		t.Fatal(err)
	}
}

func TestConformanceConfigParse(t *testing.T) {
	const name = "config_parse.jsonl"
	t.Run(name, func(t *testing.T) {
		passed, all := 0, 0
		readCases(t, filepath.Join(conformanceDir(), name), func(line []byte) {
			var c struct {
				ID       string
				Config   string
				Escapes  bool `json:"support_escapes"`
				Valid    bool
				Sections map[string]any
			}
			if err := json.Unmarshal(line, &c); err != nil {
				t.Fatal(err)
			}
			all++
			cfg, list := Parse("config", c.Config, Options{SupportEscapes: c.Escapes})
			switch {
			case list.HasErrors() == c.Valid:
				t.Errorf("%s: valid should be %v: %q: %v", c.ID, c.Valid, c.Config, list.Err())
			case c.Valid && !reflect.DeepEqual(sectionsJSON(t, cfg), c.Sections):
				t.Errorf("%s: %q:\n got %v\nwant %v", c.ID, c.Config, sectionsJSON(t, cfg), c.Sections)
			default:
				passed++
			}
		})
		fmt.Printf("%s: passed %d of %d\n", name, passed, all)
	})
}

// sectionsJSON gives a configuration in the shape of the cases.
func sectionsJSON(t *testing.T, cfg *ast.Config) map[string]any {
	out := map[string]any{}
	for _, s := range cfg.Sections {
		list, _ := out[s.Kind].([]any)
		out[s.Kind] = append(list, stmtsJSON(t, s.Body)...)
	}
	return out
}

func stmtsJSON(t *testing.T, body []ast.Stmt) []any {
	out := []any{}
	for _, s := range body {
		switch s := s.(type) {
		case *ast.Plugin:
			out = append(out, pluginJSON(t, s))
		case *ast.Branch:
			out = append(out, armsJSON(t, s.Arms)...)
		}
	}
	return out
}

func armsJSON(t *testing.T, arms []*ast.Arm) []any {
	if len(arms) == 0 {
		return []any{}
	}
	if arms[0].Cond == nil {
		return stmtsJSON(t, arms[0].Body)
	}
	return []any{map[string]any{"if": true, "then": stmtsJSON(t, arms[0].Body), "else": armsJSON(t, arms[1:])}}
}

func pluginJSON(t *testing.T, p *ast.Plugin) any {
	args := map[string]any{}
	settings, err := p.Settings()
	if err != nil {
		t.Error(err)
	}
	for _, a := range settings {
		args[a.Name] = valueJSON(t, a.Value)
	}
	return map[string]any{"plugin": p.Name, "args": args}
}

func valueJSON(t *testing.T, v ast.Value) any {
	switch v := v.(type) {
	case *ast.Number:
		return v.Float
	case *ast.Array:
		out := []any{}
		for _, e := range v.Elems {
			out = append(out, valueJSON(t, e))
		}
		return out
	case *ast.Hash:
		out := map[string]any{}
		for _, e := range v.Entries {
			key, _ := ast.Text(e.Key)
			out[key] = valueJSON(t, e.Value)
		}
		return out
	case *ast.Plugin:
		return map[string]any{"__plugin": []any{pluginJSON(t, v)}}
	}
	text, _ := ast.Text(v)
	return strings.Clone(text)
}
