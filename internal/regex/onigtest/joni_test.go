package onigtest

import (
	"bufio"
	"fmt"
	"io"
	"math/rand"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"castor/internal/regex"
)

// joni is a running JoniOracle. It is asked one pair at a time. joni has no limit on its work: a question that takes too long ends it,
// and the next one starts another.
type joni struct {
	classpath string
	cmd       *exec.Cmd
	in        *bufio.Writer
	out       *bufio.Reader
	stdin     io.Closer
}

const joniTime = 5 * time.Second

// newJoni needs the classpath of joni and jcodings in JONI_CLASSPATH; internal/bench/grok/run.sh shows how to get them.
func newJoni(t *testing.T) *joni {
	t.Helper()
	cp := os.Getenv("JONI_CLASSPATH")
	if cp == "" {
		t.Skip("NOT COMPARED WITH JONI: JONI_CLASSPATH names no joni and jcodings")
	}
	dir := t.TempDir()
	if out, err := exec.Command("javac", "-cp", cp, "-d", dir, "testdata/JoniOracle.java").CombinedOutput(); err != nil {
		t.Fatalf("compile JoniOracle: %v\n%s", err, out)
	}
	j := &joni{classpath: cp + ":" + dir}
	j.start(t)
	t.Cleanup(j.stop)
	return j
}

func (j *joni) start(t *testing.T) {
	t.Helper()
	j.cmd = exec.Command("java", "-cp", j.classpath, "JoniOracle")
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

// ask returns joni's answer, T when it took too long.
func (j *joni) ask(t *testing.T, pat, s string) string {
	t.Helper()
	fmt.Fprintf(j.in, "%s\t%s\n", inLine(pat), inLine(s))
	if err := j.in.Flush(); err != nil {
		t.Fatalf("write to joni (/%s/): %v", pat, err)
	}
	kill := time.AfterFunc(joniTime, func() { j.cmd.Process.Kill() })
	line, err := j.out.ReadString('\n')
	if !kill.Stop() {
		j.stop()
		j.start(t)
		return "T"
	}
	if err != nil {
		t.Fatalf("read from joni (/%s/ on %q): %v", pat, s, err)
	}
	return strings.TrimSpace(line)
}

// TestFuzzJoni compares random patterns with joni, the engine that Logstash runs, under Ruby's own rules for \w and the like.
func TestFuzzJoni(t *testing.T) {
	j := newJoni(t)
	seed := time.Now().UnixNano()
	g := &generator{r: rand.New(rand.NewSource(seed))}
	sc := regex.NewScratch()
	var n tally
	for end := time.Now().Add(duration(t, 20*time.Second)); time.Now().Before(end) && n.differences < 20; {
		pat := g.pattern()
		re, err := regex.Compile(pat, regex.Options{MaxSteps: 300000})
		if err != nil {
			n.weRefused++
			continue
		}
		n.patterns++
		for range 6 {
			s := g.subject()
			want := j.ask(t, pat, s)
			if want[0] == 'E' {
				n.onigRefused++
				break
			}
			got := ours(re, s, sc)
			if got == "T" || want == "T" {
				break
			}
			n.pairs++
			if got[0] == 'M' {
				n.matches++
			}
			if got != want {
				n.differences++
				t.Errorf("/%s/ on %q:\n  ours %s\n  joni %s", pat, s, got, want)
			}
		}
	}
	n.log(t)
	if n.differences > 0 {
		t.Logf("seed %d", seed)
	}
}
