package indexcmd_test

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"castor/internal/cli"
	"castor/internal/cli/indexcmd"
	"castor/internal/plugins/indexer"
)

// TestGrokTellsFilesFromPatterns: the last argument is the file where there is one; a name of none is not taken for a pattern.
func TestGrokTellsFilesFromPatterns(t *testing.T) {
	file := filepath.Join(t.TempDir(), "a.log")
	if err := os.WriteFile(file, []byte("192.0.2.7 up\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		args []string
		want string
		code int
	}{
		{[]string{`^%{IP:ip} %{WORD:w}$`, file}, `"ip": "192.0.2.7"`, 0},
		{[]string{`^%{INT:n}$`, `^%{IP:ip} `, file}, "1 by ^%{IP:ip}", 0},
		{[]string{`^%{INT:n}$`, file}, "0 of 1 lines match", 3},
		{[]string{`^%{IP:ip}`, file + "x"}, "there is no file " + file + "x", 2},
		{[]string{"--discover", file + "x"}, "no such file", 2},
		{[]string{`^%{IPP:ip}`, file}, "did you mean %{IP}", 1},
	} {
		var out bytes.Buffer
		code := cli.Main(cli.Program{Name: "castor-indexer", Registry: indexer.Plugins(), Commands: indexcmd.Commands(), Stdout: &out, Stderr: &out}, append([]string{"grok"}, c.args...))
		if code != c.code || !strings.Contains(out.String(), c.want) {
			t.Errorf("grok %q: exit code %d, expected %d; %q, expected %q in it", c.args, code, c.code, out.String(), c.want)
		}
	}
}
