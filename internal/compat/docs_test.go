package compat_test

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"castor/internal/cli"
	"castor/internal/cli/indexcmd"
	"castor/internal/cli/shipcmd"
	"castor/internal/plugins/indexer"
	"castor/internal/plugins/shipper"
)

func docs(t *testing.T) map[string]string {
	t.Helper()
	files, err := filepath.Glob(filepath.Join("..", "..", "docs", "*.md"))
	if err != nil || len(files) == 0 {
		t.Fatal("no pages in docs", err)
	}
	pages := map[string]string{}
	for _, f := range files {
		text, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		pages[filepath.Base(f)] = string(text)
	}
	return pages
}

var (
	testLink = regexp.MustCompile(`\[(Test\w+)\]\(\.\./([^)]+_test\.go)\)`)
	anyLink  = regexp.MustCompile(`\]\(([^):#]+)(?:#[^)]*)?\)`)
	fenced   = regexp.MustCompile("(?ms)^```(\\w+)\n(.*?)^```$")
)

// TestNamedTestsExist holds the tests that pages name against the tests that there are.
func TestNamedTestsExist(t *testing.T) {
	found := 0
	for page, text := range docs(t) {
		for _, m := range testLink.FindAllStringSubmatch(text, -1) {
			found++
			source, err := os.ReadFile(filepath.Join("..", "..", m[2]))
			if err != nil || !bytes.Contains(source, []byte("func "+m[1]+"(t *testing.T)")) {
				t.Errorf("docs/%s: %s has no test %s", page, m[2], m[1])
			}
		}
	}
	if found < 40 {
		t.Errorf("only %d tests are named", found)
	}
}

func TestLinksLeadSomewhere(t *testing.T) {
	for page, text := range docs(t) {
		for _, m := range anyLink.FindAllStringSubmatch(fenced.ReplaceAllString(text, ""), -1) {
			if page == "compatibility.md" && strings.HasPrefix(m[1], "reference/") {
				continue // written from the same descriptions as the reference, which has a test of its own
			}
			if _, err := os.Stat(filepath.Join("..", "..", "docs", filepath.FromSlash(m[1]))); err != nil {
				t.Errorf("docs/%s: the link to %s leads nowhere", page, m[1])
			}
		}
	}
}

// TestConfigurationsInPages checks every configuration that a page shows: ```shipper and ```indexer say for which program.
func TestConfigurationsInPages(t *testing.T) {
	programs := map[string]cli.Program{
		"shipper": {Name: "castor-shipper", Registry: shipper.Plugins()},
		"indexer": {Name: "castor-indexer", Registry: indexer.Plugins(), Commands: indexcmd.Commands()},
	}
	for page, text := range docs(t) {
		for _, m := range fenced.FindAllStringSubmatch(text, -1) {
			p, ok := programs[m[1]]
			if !ok {
				continue
			}
			file := filepath.Join(t.TempDir(), "page.conf")
			if err := os.WriteFile(file, []byte(m[2]), 0o600); err != nil {
				t.Fatal(err)
			}
			var out bytes.Buffer
			p.Stdout, p.Stderr = &out, &out
			if code := cli.Main(p, []string{"-t", "-f", file}); code != cli.ExitOK || strings.Contains(out.String(), "warning") {
				t.Errorf("docs/%s: the configuration\n%s\nis not right:\n%s", page, m[2], out.String())
			}
		}
	}
}

// TestBeaverExample converts the file that the guide shows.
func TestBeaverExample(t *testing.T) {
	shown := fenced.FindAllStringSubmatch(docs(t)["migrating-from-beaver.md"], -1)
	i := slices.IndexFunc(shown, func(m []string) bool { return m[1] == "ini" })
	t.Chdir(t.TempDir())
	if err := os.WriteFile("beaver.ini", []byte(shown[i][2]), 0o600); err != nil {
		t.Fatal(err)
	}
	var out, errs bytes.Buffer
	p := cli.Program{Name: "castor-shipper", Registry: shipper.Plugins(), Commands: shipcmd.Commands(), Stdout: &out, Stderr: &errs}
	if code := cli.Main(p, []string{"convert", "-C", "/nonexistent", "beaver.ini"}); code != cli.ExitOK || out.String() != shown[i+1][2] {
		t.Errorf("code %d, and it becomes\n%s\n%s", code, out.String(), errs.String())
	}
}

// TestEveryBeaverOptionHasARow holds the guide against the list of Beaver's options.
func TestEveryBeaverOptionHasARow(t *testing.T) {
	data, err := os.ReadFile(filepath.Join("..", "testdata", "conformance", "beaver_options.json"))
	if err != nil {
		t.Fatal(err)
	}
	var list struct {
		Options []struct{ Section, Key string }
	}
	if err := json.Unmarshal(data, &list); err != nil || len(list.Options) < 50 {
		t.Fatal("cannot read Beaver's options", err)
	}
	rows := strings.Split(docs(t)["migrating-from-beaver.md"], "\n")
	for _, o := range list.Options {
		section := "| file |"
		if o.Section == "beaver" {
			section = "| global |"
		}
		if !slices.ContainsFunc(rows, func(row string) bool {
			return strings.HasPrefix(row, section) && strings.Contains(row, "`"+o.Key+"`")
		}) {
			t.Errorf("migrating-from-beaver.md says nothing of %s %s", o.Section, o.Key)
		}
	}
}
