package cli_test

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"castor/internal/plugin"
	"castor/internal/plugins/indexer"
)

var update = flag.Bool("update", false, "write the reference pages anew")

// referenceDir holds a page for each plugin and an index.
var referenceDir = filepath.Join("..", "..", "docs", "reference")

func pageName(s *plugin.Spec) string { return fmt.Sprintf("%s-%s.md", s.Type, s.Name) }

var entry = regexp.MustCompile("(?m)^- `([^`]+)`:")

// pages generates the reference from the plugins' options: file name to text.
func pages(t *testing.T) map[string]string {
	t.Helper()
	all := map[string]string{}
	registry := indexer.Plugins()
	for _, s := range registry.Specs() {
		var b strings.Builder
		if err := plugin.WriteReference(&b, s); err != nil {
			t.Fatal(err)
		}
		all[pageName(s)] = strings.TrimRight(b.String(), "\n") + "\n"
	}
	var b strings.Builder
	b.WriteString("# Plugins\n\nThese pages are written by `go test ./internal/cli -run TestReferencePages -update`; `castor-indexer docs NAME` prints the same.\n\n")
	if err := plugin.WriteIndex(&b, registry); err != nil {
		t.Fatal(err)
	}
	all["README.md"] = linked(b.String())
	return all
}

// linked makes each plugin's name in the index a link to its page.
func linked(index string) string {
	var out strings.Builder
	kind := ""
	for line := range strings.Lines(index) {
		if title, ok := strings.CutPrefix(line, "## "); ok {
			kind = strings.ToLower(strings.TrimSuffix(strings.TrimSpace(title), "s"))
		}
		out.WriteString(entry.ReplaceAllString(line, "- [`$1`]("+kind+"-$1.md):"))
	}
	return strings.TrimRight(out.String(), "\n") + "\n"
}

// TestReferencePages fails when the committed pages say something else than the plugins' options.
func TestReferencePages(t *testing.T) {
	want := pages(t)
	if *update {
		writePages(t, want)
	}
	files, err := filepath.Glob(filepath.Join(referenceDir, "*.md"))
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		if _, ok := want[filepath.Base(f)]; !ok {
			t.Errorf("%s is the page of no plugin: remove it, or run this test with -update", f)
		}
	}
	for name, text := range want {
		got, err := os.ReadFile(filepath.Join(referenceDir, name))
		if err != nil || string(got) != text {
			t.Errorf("docs/reference/%s is not what the options say: run `go test ./internal/cli -run TestReferencePages -update` and commit the result", name)
		}
	}
}

func writePages(t *testing.T, pages map[string]string) {
	t.Helper()
	if err := os.MkdirAll(referenceDir, 0o755); err != nil {
		t.Fatal(err)
	}
	old, _ := filepath.Glob(filepath.Join(referenceDir, "*.md"))
	for _, f := range old {
		if err := os.Remove(f); err != nil {
			t.Fatal(err)
		}
	}
	for name, text := range pages {
		if err := os.WriteFile(filepath.Join(referenceDir, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

// TestEveryOptionIsDescribed keeps the pages from having holes.
func TestEveryOptionIsDescribed(t *testing.T) {
	for _, s := range indexer.Plugins().Specs() {
		if !strings.HasSuffix(s.Summary, ".") {
			t.Errorf("%s %s: the summary %q is no sentence", s.Type, s.Name, s.Summary)
		}
		for _, o := range s.Options {
			if o.Doc == "" && o.Obsolete == "" {
				t.Errorf("%s %s: the option %s has no description", s.Type, s.Name, o.Name)
			}
		}
	}
}
