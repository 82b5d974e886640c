// The differential test against the real Oniguruma.
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
	"time"

	"castor/internal/regex"
)

// oracle is a running Oniguruma.
type oracle struct {
	in  *bufio.Writer
	out *bufio.Reader
}

// startOracle builds and starts it. Without libonig the test fails in CI and is skipped elsewhere.
func startOracle(t *testing.T) *oracle {
	t.Helper()
	bin := filepath.Join(t.TempDir(), "onig")
	if out, err := exec.Command("cc", "-O2", "-o", bin, "testdata/onig.c", "-lonig").CombinedOutput(); err != nil {
		if os.Getenv("CI") != "" {
			t.Fatalf("cannot build the Oniguruma program (install libonig-dev): %v\n%s", err, out)
		}
		t.Skipf("NOT COMPARED WITH ONIGURUMA: install libonig-dev and a C compiler: %v\n%s", err, out)
	}
	cmd := exec.Command(bin)
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		in.Close()
		cmd.Wait()
	})
	return &oracle{bufio.NewWriter(in), bufio.NewReader(out)}
}

// ask sends one question per pair and returns the answers.
func (o *oracle) ask(t *testing.T, pat string, subjects []string) []string {
	t.Helper()
	for _, s := range subjects {
		fmt.Fprintf(o.in, "%d %d\n", len(pat), len(s))
		io.WriteString(o.in, pat)
		io.WriteString(o.in, s)
	}
	if err := o.in.Flush(); err != nil {
		t.Fatalf("write to the Oniguruma program (last pattern /%s/): %v", pat, err)
	}
	answers := make([]string, len(subjects))
	for i := range answers {
		line, err := o.out.ReadString('\n')
		if err != nil {
			t.Fatalf("read from the Oniguruma program (last pattern /%s/): %v", pat, err)
		}
		answers[i] = strings.TrimSpace(line)
	}
	return answers
}

// ours answers in the program's words.
func ours(re *regex.Regexp, s string, sc *regex.Scratch) string {
	ok, err := re.Match(s, sc)
	if err != nil {
		return "T"
	}
	if !ok {
		return "N"
	}
	var b strings.Builder
	b.WriteString("M")
	for i := 0; i+1 < len(sc.Slots()); i += 2 {
		x, y := sc.Slots()[i], sc.Slots()[i+1]
		if x < 0 || y < 0 {
			x, y = -1, -1
		}
		fmt.Fprintf(&b, " %d %d", x, y)
	}
	return b.String()
}

// tally counts what a run compared.
type tally struct{ patterns, refused, weRefused, onigRefused, pairs, matches, differences int }

// compare asks both engines and reports differences.
func (n *tally) compare(t *testing.T, o *oracle, pat string, subjects []string, sc *regex.Scratch) {
	t.Helper()
	answers := o.ask(t, pat, subjects)
	re, err := regex.Compile(pat, regex.Options{Unicode: true})
	n.patterns++
	refused := strings.HasPrefix(answers[0], "E")
	switch {
	case refused && err != nil:
		n.refused++
		return
	case err != nil:
		n.weRefused++
		t.Logf("we refuse /%s/: %v", pat, err)
		return
	case refused:
		n.onigRefused++
		t.Logf("Oniguruma refuses /%s/: %s", pat, answers[0])
		return
	}
	for i, s := range subjects {
		if answers[i][0] == 'T' {
			continue
		}
		n.pairs++
		got := ours(re, s, sc)
		if got[0] == 'M' {
			n.matches++
		}
		if got != answers[i] {
			n.differences++
			t.Errorf("/%s/ on %q:\n  ours %s\n  onig %s", pat, s, got, answers[i])
		}
	}
}

// duration is how long a fuzz run takes: ONIG_FUZZ or short.
func duration(t *testing.T, short time.Duration) time.Duration {
	if v := os.Getenv("ONIG_FUZZ"); v != "" {
		d, err := time.ParseDuration(v)
		if err != nil {
			t.Fatalf("ONIG_FUZZ: %v", err)
		}
		return d
	}
	return short
}

func (n *tally) log(t *testing.T) {
	t.Logf("%d patterns (%d refused by both, %d by us only, %d by Oniguruma only), %d pairs, %d matches, %d differences",
		n.patterns, n.refused, n.weRefused, n.onigRefused, n.pairs, n.matches, n.differences)
}
