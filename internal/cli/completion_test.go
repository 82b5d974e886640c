package cli_test

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"castor/internal/cli"
	"castor/internal/plugins/indexer"
)

func output(t *testing.T, args ...string) (code int, text string) {
	t.Helper()
	var out bytes.Buffer
	code = cli.Main(cli.Program{Name: "castor-indexer", Registry: indexer.Plugins(), Stdout: &out, Stderr: &out}, args)
	return code, out.String()
}

// TestCompletion lets a real bash complete.
func TestCompletion(t *testing.T) {
	code, script := output(t, "completion", "bash")
	if code != cli.ExitOK {
		t.Fatal(script)
	}
	path := filepath.Join(t.TempDir(), "completion")
	if err := os.WriteFile(path, []byte(script), 0o600); err != nil {
		t.Fatal(err)
	}
	complete := func(words ...string) string {
		t.Helper()
		text := `source "$1"; shift; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _castor_indexer; echo "${COMPREPLY[*]}"`
		out, err := exec.Command("bash", append([]string{"-c", text, "bash", path}, words...)...).CombinedOutput()
		if err != nil {
			t.Fatalf("%v: %s", err, out)
		}
		return strings.TrimSpace(string(out))
	}
	if got := complete("castor-indexer", "ch"); got != "check" {
		t.Errorf("ch: %q", got)
	}
	if got := complete("castor-indexer", "check", "--conn"); got != "--connect" {
		t.Errorf("check --conn: %q", got)
	}
	if got := complete("castor-indexer", "--pipeline.w"); got != "--pipeline.workers" {
		t.Errorf("--pipeline.w: %q", got)
	}
	if got := complete("castor-indexer", "check", "-f", path[:len(path)-4]); got != path {
		t.Errorf("a file: %q", got)
	}
	if code, text := output(t, "completion", "tcsh"); code != cli.ExitConfig || !strings.Contains(text, "bash or zsh") {
		t.Errorf("%d: %s", code, text)
	}
}

// TestFlagsAreSuggested: a mistyped flag is told with the one that was meant.
func TestFlagsAreSuggested(t *testing.T) {
	if code, text := output(t, "--log.levl", "debug"); code != cli.ExitConfig || !strings.Contains(text, "did you mean --log.level?") {
		t.Errorf("%d: %s", code, text)
	}
	if code, text := output(t, "check", "--nothing.near"); code != cli.ExitConfig || !strings.Contains(text, "unknown flag: --nothing.near") {
		t.Errorf("%d: %s", code, text)
	}
}
