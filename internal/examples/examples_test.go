package examples

import (
	"bytes"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"castor/internal/cli"
	"castor/internal/cli/indexcmd"
	"castor/internal/lfv"
	"castor/internal/lsconf"
	"castor/internal/lsconf/printer"
	"castor/internal/plugins/indexer"
	"castor/internal/plugins/shipper"
)

var update = flag.Bool("update", false, "write what comes out into the case files as what is expected; read the difference before you commit it")

const fewest = 30 // examples that there must be

func programs() map[string]cli.Program {
	return map[string]cli.Program{
		"indexer": {Name: "castor-indexer", Registry: indexer.Plugins(), Commands: indexcmd.Commands()},
		"shipper": {Name: "castor-shipper", Registry: shipper.Plugins()},
	}
}

func folders(t *testing.T) []string {
	t.Helper()
	t.Chdir(filepath.Join("..", ".."))
	entries, err := os.ReadDir("examples")
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, e := range entries {
		if e.IsDir() {
			names = append(names, e.Name())
		}
	}
	return names
}

func TestExamples(t *testing.T) {
	names := folders(t)
	if len(names) < fewest {
		t.Errorf("%d examples, want at least %d", len(names), fewest)
	}
	list := read(t, filepath.Join("examples", "README.md"))
	for _, name := range names {
		t.Run(name, func(t *testing.T) {
			if !strings.Contains(list, "("+name+"/)") {
				t.Errorf("examples/README.md has no link to %s/", name)
			}
			dir := filepath.Join("examples", name)
			if readme := read(t, filepath.Join(dir, "README.md")); len(readme) < 200 || !strings.HasPrefix(readme, "# ") {
				t.Errorf("README.md tells too little: what it is for, the format, what to change")
			}
			checkProgram(t, dir, "indexer", "cases.yml")
			checkProgram(t, dir, "shipper", "shipper-cases.yml")
		})
	}
}

// checkProgram checks a program's configuration in an example, and its cases. Every example has the indexer's; what there is of
// the shipper's is checked too.
func checkProgram(t *testing.T, dir, program, caseFile string) {
	conf, cases := filepath.Join(dir, program+".conf"), filepath.Join(dir, caseFile)
	if program == "shipper" && !exists(conf) {
		if exists(cases) {
			t.Errorf("%s without a shipper.conf", caseFile)
		}
		return
	}
	text := read(t, conf)
	cfg, diags := lsconf.Parse(conf, text, lsconf.Options{})
	if diags.HasErrors() {
		t.Fatal(diags.Err())
	}
	if printed := printer.Print(cfg); printed != text {
		if *update {
			write(t, conf, printed)
		} else {
			t.Errorf("%s is not in the style of fmt: castor-indexer fmt --write %s", conf, conf)
		}
	}
	p := programs()[program]
	if out, code := run(p, "-t", "-f", conf); code != cli.ExitOK || out != "Configuration OK\n" {
		t.Errorf("%s -t -f %s: exit code %d\n%s", p.Name, conf, code, out)
		return
	}
	if program == "shipper" && !exists(cases) {
		return
	}
	if *update {
		if err := updateCases(programs()["indexer"], conf, cases); err != nil {
			t.Fatal(err)
		}
	}
	if out, code := run(programs()["indexer"], "test", "-f", conf, cases); code != cli.ExitOK {
		t.Errorf("castor-indexer test -f %s %s: exit code %d\n%s", conf, cases, code, out)
	}
	warnings(t, cases)
}

// warnings are faults in an example: a key that means nothing, a case that expects nothing at all without saying why.
func warnings(t *testing.T, cases string) {
	f, err := lfv.ReadFile(cases)
	if err != nil {
		t.Fatal(err)
	}
	for _, w := range f.Warnings {
		t.Errorf("%s: %s", cases, w)
	}
	for _, c := range f.Cases {
		if c.Description == "" {
			t.Errorf("%s:%d: the case has no description", cases, c.Line)
		}
	}
}

func run(p cli.Program, args ...string) (output string, code int) {
	var out bytes.Buffer
	p.Stdout, p.Stderr = &out, &out
	code = cli.Main(p, args)
	return out.String(), code
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}

func read(t *testing.T, path string) string {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func write(t *testing.T, path, text string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}
