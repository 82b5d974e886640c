package compat

import (
	"bufio"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strings"
)

// Result is how many cases of a file pass.
type Result struct {
	Suite       string // conformance: single plugins; differential: whole pipelines
	File        string
	Passed, All int
}

var (
	running = regexp.MustCompile(`^=== RUN +Test(Conformance|Differential)`)
	counted = regexp.MustCompile(`^(\S+\.jsonl): passed (\d+) of (\d+)$`)
)

// Collect reads the results off the output of `go test -v`. A file that several tests read counts with its lowest result.
func Collect(r io.Reader) ([]Result, error) {
	found := map[string]Result{}
	suite := ""
	lines := bufio.NewScanner(r)
	lines.Buffer(nil, 16<<20)
	for lines.Scan() {
		if m := running.FindStringSubmatch(lines.Text()); m != nil {
			suite = strings.ToLower(m[1])
		}
		m := counted.FindStringSubmatch(lines.Text())
		if m == nil || suite == "" {
			continue
		}
		res := Result{Suite: suite, File: m[1]}
		if _, err := fmt.Sscan(m[2]+" "+m[3], &res.Passed, &res.All); err != nil {
			return nil, err
		}
		if old, ok := found[suite+" "+m[1]]; !ok || res.Passed < old.Passed {
			found[suite+" "+m[1]] = res
		}
	}
	var out []Result
	for _, res := range found {
		out = append(out, res)
	}
	slices.SortFunc(out, func(a, b Result) int { return strings.Compare(a.Suite+" "+a.File, b.Suite+" "+b.File) })
	return out, lines.Err()
}

// Results are the committed ones.
func Results() ([]Result, error) {
	var out []Result
	for line := range strings.Lines(resultList) {
		var r Result
		if _, err := fmt.Sscanf(line, "%s %s %d %d\n", &r.Suite, &r.File, &r.Passed, &r.All); err != nil {
			return nil, fmt.Errorf("read results.txt: %q: %w", line, err)
		}
		out = append(out, r)
	}
	return out, nil
}

func (p *page) results() {
	list, err := Results()
	p.line("## Recorded cases\n")
	if err != nil || len(list) == 0 {
		p.line("No results are committed.")
		return
	}
	p.line("Each case is an event or a configuration with the answer that Logstash 9 gave. *Conformance* files test one plugin or one part of the language each,")
	p.line("*differential* ones whole pipelines. Those that are not met on purpose\nare in [known_quirks.json](../internal/testdata/conformance/known_quirks.json) with their reasons.\n")
	p.line("| Suite | File | Passed | Of |\n|---|---|--:|--:|")
	passed, all := 0, 0
	for _, r := range list {
		p.line("| %s | %s | %d | %d |", r.Suite, r.File, r.Passed, r.All)
		passed, all = passed+r.Passed, all+r.All
	}
	p.line("| | **all** | **%d** | **%d** |", passed, all)
	p.line("\n`go test -v -run 'Conformance|Differential' ./internal/... | go run ./internal/compat/results > internal/compat/results.txt` writes the figures anew.")
}
