package grok

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestStockIsWhole(t *testing.T) {
	for ecs, want := range map[string]int{"": 317, "disabled": 317, "v1": 361, "v8": 361} {
		if got := len(stock(t, ecs).Names()); got != want {
			t.Errorf("ecs %q: %d patterns, want %d", ecs, got, want)
		}
	}
	if _, err := Stock("v2"); err == nil {
		t.Error("an unknown mode was accepted")
	}
}

func TestStockDefinesNoNameTwice(t *testing.T) {
	for _, ecs := range []string{"disabled", "v1"} {
		dir, _ := stockDir(ecs)
		files, err := filepath.Glob(filepath.Join("..", "..", "patterns", dir, "*.grok"))
		if err != nil || len(files) == 0 {
			t.Fatal("no pattern files", err)
		}
		seen := map[string]string{}
		for _, file := range files {
			data, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			p := parseFile(file, string(data))
			if len(p.warnings) > 0 {
				t.Error(p.warnings)
			}
			for _, def := range p.defs {
				if seen[def.Name] != "" {
					t.Errorf("%s is at %s and at %s", def.Name, seen[def.Name], def.Source)
				}
				seen[def.Name] = def.Source
			}
		}
	}
}

func TestParseFile(t *testing.T) {
	p := parseFile("f", "# What it is.\n#   a line\nA  a b \r\n\n# ---- heading ----\n  B\tx#y\n#lone\n\nEMPTY\n")
	if len(p.defs) != 3 {
		t.Fatalf("got %+v", p.defs)
	}
	a, b, e := p.defs[0], p.defs[1], p.defs[2]
	if a.Name != "A" || a.Text != "a b " || a.Source != "f:3" || a.Doc != "What it is.\n  a line" {
		t.Errorf("got %+v", a)
	}
	if b.Name != "B" || b.Text != "x#y" || b.Doc != "" {
		t.Errorf("got %+v", b)
	}
	if e.Name != "EMPTY" || e.Text != "" || len(p.warnings) != 1 || !strings.Contains(p.warnings[0], "f:9") {
		t.Errorf("got %+v, %v", e, p.warnings)
	}
}

func write(t *testing.T, path, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

func TestLoadLaterReplacesEarlier(t *testing.T) {
	dir := t.TempDir()
	write(t, filepath.Join(dir, "1.grok"), "A one\nWORD mine\n")
	write(t, filepath.Join(dir, "2.grok"), "A two\n")
	write(t, filepath.Join(dir, "sub", "3.grok"), "A three\n")
	write(t, filepath.Join(dir, "x.bak"), "A backup\n")
	lib := stock(t, "disabled")
	warnings, err := lib.Load([]string{dir, filepath.Join(dir, "none")}, "*.grok")
	if err != nil {
		t.Fatal(err)
	}
	if len(warnings) != 1 || !strings.Contains(warnings[0], "none") {
		t.Errorf("warnings: %v", warnings)
	}
	for name, want := range map[string]string{"A": "two", "WORD": "mine"} {
		if def, _ := lib.Lookup(name); def.Text != want {
			t.Errorf("%s is %q, want %q", name, def.Text, want)
		}
	}
}

func TestLoadKnowsGlobs(t *testing.T) {
	dir := t.TempDir()
	write(t, filepath.Join(dir, "a", "deep", "x.pat"), "A deep\n")
	write(t, filepath.Join(dir, "b", "y.txt"), "B b\n")
	write(t, filepath.Join(dir, "b", ".hidden"), "C hidden\n")
	f := func(path, glob, want string) {
		t.Helper()
		lib := NewLibrary()
		if _, err := lib.Load([]string{path}, glob); err != nil {
			t.Fatal(err)
		}
		if got := strings.Join(lib.Names(), " "); got != want {
			t.Errorf("%s %s: got %q, want %q", path, glob, got, want)
		}
	}
	f(filepath.Join(dir, "**", "*.pat"), "", "A")
	f(filepath.Join(dir, "{a,b}", "*.txt"), "", "B")
	f(dir, "**/*.{pat,txt}", "A B")
	f(filepath.Join(dir, "b"), "*", "B")
	f(filepath.Join(dir, "b", "y.txt"), "*.pat", "B")
	if _, err := NewLibrary().Load([]string{filepath.Join(dir, "[")}, ""); err == nil {
		t.Error("a broken glob was accepted")
	}
}

func TestLoadFolderHasBothSets(t *testing.T) {
	dir := t.TempDir()
	write(t, filepath.Join(dir, "all"), "A all\nB all\n")
	write(t, filepath.Join(dir, "legacy", "x"), "A legacy\n")
	write(t, filepath.Join(dir, "ecs-v1", "x"), "A ecs\n")
	for ecs, want := range map[string]string{"disabled": "legacy", "v8": "ecs"} {
		lib := NewLibrary()
		if _, err := lib.LoadFolder(dir, ecs); err != nil {
			t.Fatal(err)
		}
		if a, _ := lib.Lookup("A"); a.Text != want {
			t.Errorf("%s: A is %q", ecs, a.Text)
		}
		if b, _ := lib.Lookup("B"); b.Text != "all" {
			t.Errorf("%s: B is %q", ecs, b.Text)
		}
	}
}

func TestWithLeavesTheOriginal(t *testing.T) {
	lib := smallLibrary("A", "a")
	c := lib.With(Definition{Name: "A", Text: "b"})
	if a, _ := lib.Lookup("A"); a.Text != "a" {
		t.Error("the original changed")
	}
	if a, _ := c.Lookup("A"); a.Text != "b" {
		t.Error("the copy lacks the new definition")
	}
}

// TestStockPatterns holds the comments in the pattern files to their word:
// every pattern compiles, matches its example and gets no remark.
func TestStockPatterns(t *testing.T) {
	for _, ecs := range []string{"disabled", "v1"} {
		lib := stock(t, ecs)
		sc := NewScratch()
		for _, name := range lib.Names() {
			def, _ := lib.Lookup(name)
			l, err := CompileList([]string{"%{" + name + ":it}"}, Options{Library: lib})
			if err != nil {
				t.Error(err)
				continue
			}
			if w := l.Lint(); len(w) > 0 {
				t.Errorf("%s (%s): %v", name, def.Source, w)
			}
			line := example(def)
			if i, err := l.Find(line, 0, sc); line == "" || i != 0 || err != nil {
				t.Errorf("%s (%s) does not match its example %q", name, def.Source, line)
			}
		}
	}
}

// example gives the line in the comment of a pattern, which is indented.
func example(def Definition) string {
	var lines []string
	for _, line := range strings.Split(def.Doc, "\n") {
		if text, ok := strings.CutPrefix(line, "  "); ok {
			lines = append(lines, strings.ReplaceAll(text, `\t`, "\t"))
		}
	}
	return strings.Join(lines, "\n")
}

// The comment above a pattern says what it matches and shows it.
func TestExamples(t *testing.T) {
	for _, ecs := range []string{"disabled", "v1"} {
		lib, err := Stock(ecs)
		if err != nil {
			t.Fatal(err)
		}
		sc := NewScratch()
		for _, name := range lib.Names() {
			def, _ := lib.Lookup(name)
			if def.About() == "" {
				t.Errorf("%s: nothing says what it matches", def.Source)
			}
			p, err := Compile("%{"+name+"}", Options{Library: lib})
			if err != nil {
				t.Errorf("%s: %v", def.Source, err)
				continue
			}
			if ok, err := p.Match(def.Example(), sc); !ok || err != nil {
				t.Errorf("%s: %s does not match its example %q", def.Source, name, def.Example())
			}
		}
	}
}
