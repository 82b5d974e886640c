package onigtest

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// oracle is a running Oniguruma. Its work per question is bounded by a count, so that its answers do not depend on the machine.
type oracle struct {
	bin string
	cmd *exec.Cmd
	in  *bufio.Writer
	out *bufio.Reader
	end io.Closer
}

// missing ends a test whose engine is not here: a failure in CI, a skip elsewhere.
func missing(t *testing.T, engine, need string, err error, out []byte) {
	t.Helper()
	if os.Getenv("CI") != "" {
		t.Fatalf("cannot start %s (needs %s): %v\n%s", engine, need, err, out)
	}
	t.Skipf("NOT COMPARED WITH %s; needs %s: %v\n%s", strings.ToUpper(engine), need, err, out)
}

func startOracle(t *testing.T) *oracle {
	t.Helper()
	o := &oracle{bin: filepath.Join(t.TempDir(), "onig")}
	if out, err := exec.Command("cc", "-O2", "-o", o.bin, "testdata/onig.c", "-lonig").CombinedOutput(); err != nil {
		missing(t, "Oniguruma", "a C compiler and libonig-dev", err, out)
	}
	o.start(t)
	t.Cleanup(o.stop)
	return o
}

func (o *oracle) start(t *testing.T) {
	t.Helper()
	o.cmd = exec.Command(o.bin)
	in, err := o.cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := o.cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := o.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	o.in, o.out, o.end = bufio.NewWriter(in), bufio.NewReader(out), in
}

func (o *oracle) stop() {
	o.end.Close()
	o.cmd.Wait()
}

// ask sends one question per subject and returns the answers; where Oniguruma crashes the rest of them is X.
func (o *oracle) ask(t *testing.T, pat string, subjects []string) []string {
	t.Helper()
	for _, s := range subjects {
		fmt.Fprintf(o.in, "%d %d\n", len(pat), len(s))
		io.WriteString(o.in, pat)
		io.WriteString(o.in, s)
	}
	broken := o.in.Flush() != nil
	answers := make([]string, len(subjects))
	for i := range answers {
		answers[i] = "X"
		if broken {
			continue
		}
		line, err := o.out.ReadString('\n')
		if broken = err != nil; !broken {
			answers[i] = strings.TrimSpace(line)
		}
	}
	if broken {
		o.stop()
		o.start(t)
	}
	return answers
}
