package onigtest

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"castor/internal/regex"
)

// joni is a running JoniOracle: the engine that Logstash runs, asked one pair at a time. It has no limit on its work: a question that takes
// too long ends it, and the next one starts another.
type joni struct {
	java, classpath string
	cmd             *exec.Cmd
	in              *bufio.Writer
	out             *bufio.Reader
	stdin           io.Closer
}

// startJoni finds joni and jcodings by CASTOR_TEST_JONI (a classpath; deploy/testbed has them with Elasticsearch) and a JDK in PATH or by
// CASTOR_TEST_JAVA_HOME. Without them the test fails in CI and is skipped elsewhere.
func startJoni(t *testing.T) *joni {
	t.Helper()
	cp, javac := os.Getenv("CASTOR_TEST_JONI"), "javac"
	j := &joni{java: "java"}
	if home := os.Getenv("CASTOR_TEST_JAVA_HOME"); home != "" {
		j.java, javac = filepath.Join(home, "bin", "java"), filepath.Join(home, "bin", "javac")
	}
	const need = "a JDK, and CASTOR_TEST_JONI (deploy/testbed/testbed fetch es9, then env)"
	if cp == "" {
		missing(t, "joni", need, errors.New("CASTOR_TEST_JONI is not set"), nil)
	}
	dir := t.TempDir()
	if out, err := exec.Command(javac, "-cp", cp, "-d", dir, "testdata/JoniOracle.java").CombinedOutput(); err != nil {
		missing(t, "joni", need, err, out)
	}
	j.classpath = cp + string(filepath.ListSeparator) + dir
	j.start(t)
	t.Cleanup(j.stop)
	return j
}

func (j *joni) start(t *testing.T) {
	t.Helper()
	j.cmd = exec.Command(j.java, "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-Xss16m", "-cp", j.classpath, "JoniOracle")
	in, err := j.cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := j.cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := j.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	j.in, j.out, j.stdin = bufio.NewWriter(in), bufio.NewReader(out), in
}

func (j *joni) stop() {
	j.stdin.Close()
	j.cmd.Process.Kill()
	j.cmd.Wait()
}

// inLine writes s so that it stays on one line.
func inLine(s string) string {
	var b strings.Builder
	for _, r := range s {
		if r == '%' || r < ' ' {
			fmt.Fprintf(&b, "%%%02x", r)
		} else {
			b.WriteRune(r)
		}
	}
	return b.String()
}

// ask returns joni's answer, T when it took longer than limit.
func (j *joni) ask(t *testing.T, pat, s string, limit time.Duration) string {
	t.Helper()
	fmt.Fprintf(j.in, "%s\t%s\n", inLine(pat), inLine(s))
	if err := j.in.Flush(); err != nil {
		t.Fatalf("write to joni (/%s/): %v", short(pat), err)
	}
	kill := time.AfterFunc(limit, func() { j.cmd.Process.Kill() })
	line, err := j.out.ReadString('\n')
	if !kill.Stop() {
		j.stop()
		j.start(t)
		return "T"
	}
	if err != nil {
		t.Fatalf("read from joni (/%s/ on %q): %v", short(pat), s, err)
	}
	return strings.TrimSpace(line)
}

// TestFuzzJoni compares random patterns with joni alone, under Ruby's own rules for \w and the like.
func TestFuzzJoni(t *testing.T) {
	f := newFuzz(t, regex.Options{MaxSteps: 300000})
	g := &generator{r: f.random}
	for f.more(20 * time.Second) {
		pat := g.pattern()
		subjects := make([]string, 6)
		for i := range subjects {
			subjects[i] = g.subject()
		}
		f.compareJoni(pat, subjects)
	}
}
