package cli_test

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"castor/internal/cli"
	"castor/internal/plugins/indexer"
)

// mark stands in a case before the place of a mistake.
const mark = "¦"

// mistake is one case of testdata/mistakes: a configuration, the places at fault and what must be said there.
type mistake struct {
	name, config string
	places, says []string
}

func readMistakes(t *testing.T, path string) []mistake {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var all []mistake
	for _, part := range strings.Split("\n"+string(text), "\n-- ")[1:] {
		name, body, _ := strings.Cut(part, " --\n")
		m := mistake{name: name}
		var config strings.Builder
		for n, line := range strings.Split(body, "\n") {
			if says, ok := strings.CutPrefix(line, "#="); ok {
				m.says = append(m.says, strings.TrimSpace(says))
				continue
			}
			for {
				before, after, found := strings.Cut(line, mark)
				if !found {
					break
				}
				m.places = append(m.places, fmt.Sprintf("%d:%d", n+1, len([]rune(before))+1))
				line = before + after
			}
			config.WriteString(line + "\n")
		}
		m.config = config.String()
		if len(m.places) == 0 || len(m.says) < len(m.places) {
			t.Fatalf("%s: case %q has %d places and says %d things", path, name, len(m.places), len(m.says))
		}
		for len(m.places) < len(m.says) { // several mistakes at one place
			m.places = append(m.places, m.places[len(m.places)-1])
		}
		all = append(all, m)
	}
	return all
}

// said is the beginning of a message.
var said = regexp.MustCompile(`(?m)^(\S+):(\d+:\d+): error: (.*)$`)

// TestMistakes checks what is said about configurations with mistakes, and where, and how the program ends.
func TestMistakes(t *testing.T) {
	files, err := filepath.Glob("testdata/mistakes/*.conf")
	if err != nil || len(files) == 0 {
		t.Fatal("no cases", err)
	}
	cases := 0
	for _, file := range files {
		for _, m := range readMistakes(t, file) {
			cases++
			t.Run(strings.TrimSuffix(filepath.Base(file), ".conf")+"/"+m.name, func(t *testing.T) { m.check(t) })
		}
	}
	if cases < 200 {
		t.Errorf("only %d cases", cases)
	}
}

// checkConfig runs castor-indexer -t with further flags.
func checkConfig(t *testing.T, config string, flags ...string) (code int, output string) {
	t.Helper()
	dir := t.TempDir()
	path := filepath.Join(dir, "test.conf")
	if err := os.WriteFile(path, []byte(config), 0o600); err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	p := cli.Program{Name: "castor-indexer", Registry: indexer.Plugins(), Stdout: &out, Stderr: &out}
	code = cli.Main(p, append(flags, "-t", "-f", path, "--path.data", dir, "--path.settings", "/nonexistent"))
	return code, strings.ReplaceAll(out.String(), path, "test.conf")
}

func (m mistake) check(t *testing.T) {
	code, output := checkConfig(t, m.config)
	if code != cli.ExitConfig {
		t.Errorf("exit code %d, want %d", code, cli.ExitConfig)
	}
	found := said.FindAllStringSubmatch(output, -1)
	if len(found) != len(m.places) {
		t.Errorf("%d errors, want %d", len(found), len(m.places))
	}
	for i, f := range found[:min(len(found), len(m.places))] {
		if f[2] != m.places[i] || !strings.Contains(f[3], m.says[i]) {
			t.Errorf("want %s: %s", m.places[i], m.says[i])
		}
	}
	if strings.Contains(output, "goroutine ") || strings.Contains(output, "panic") {
		t.Error("a stack trace")
	}
	if t.Failed() {
		t.Logf("%s\n%s", m.config, output)
	}
}
