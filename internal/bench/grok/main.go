// Command grok measures grok engines on the lines of five kinds: Castor's own, and next to it PCRE2 with JIT, Oniguruma, joni, regexp2,
// Go's regexp, vjeantet/grok and elastic/go-grok. run.sh builds the drivers of the engines that are not written in Go.
//
//	grok generate DIR       writes lines and patterns for the drivers
//	grok measure ENGINE DIR prints "WORKLOAD NS MATCHED BYTES" per line for an engine written in Go
//	grok table DIR          prints a table of the results that run.sh left in DIR
package main

import (
	"bufio"
	"fmt"
	"math/rand"
	"os"
	"path/filepath"
	"strings"

	"castor/internal/grok"
)

const lineCount = 20000

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "bench grok:", err)
		os.Exit(1)
	}
}

func run(args []string) error {
	switch {
	case len(args) == 2 && args[0] == "generate":
		return generate(args[1])
	case len(args) == 3 && args[0] == "measure":
		return measure(args[1], args[2])
	case len(args) == 2 && args[0] == "table":
		return table(args[1])
	}
	return fmt.Errorf("usage: generate DIR | measure ENGINE DIR | table DIR")
}

// generate writes NAME.log, and the patterns as NAME.onig and NAME.pcre.
func generate(dir string) error {
	lib, err := grok.Stock("disabled")
	if err != nil {
		return err
	}
	for i, w := range workloads {
		m := maker{rand.New(rand.NewSource(int64(20261122 + i)))}
		lines := make([]string, lineCount)
		for k := range lines {
			lines[k] = w.line(m)
		}
		patterns, err := expanded(lib, w)
		if err != nil {
			return fmt.Errorf("expand the patterns of %s: %w", w.name, err)
		}
		for ext, list := range map[string][]string{"log": lines, "onig": patterns, "pcre": mapped(patterns, flat)} {
			if err := os.WriteFile(filepath.Join(dir, w.name+"."+ext), []byte(strings.Join(list, "\n")+"\n"), 0o644); err != nil {
				return err
			}
		}
	}
	return nil
}

func expanded(lib *grok.Library, w workload) ([]string, error) {
	out := make([]string, len(w.exprs))
	for i, e := range w.exprs {
		p, err := expand(lib, e)
		if err != nil {
			return nil, err
		}
		out[i] = p
	}
	return out, nil
}

func mapped(list []string, f func(string) string) []string {
	out := make([]string, len(list))
	for i, s := range list {
		out[i] = f(s)
	}
	return out
}

func readLines(path string) ([]string, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	var out []string
	sc := bufio.NewScanner(f)
	sc.Buffer(nil, 1<<20)
	for sc.Scan() {
		out = append(out, sc.Text())
	}
	return out, sc.Err()
}
