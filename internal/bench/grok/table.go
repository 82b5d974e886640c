package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

var order = []string{"castor", "pcre2", "onig", "joni", "regexp2", "regexp", "vjeantet", "elastic"}

// table prints what run.sh measured, and Castor's ratios to PCRE2 and joni.
func table(dir string) error {
	results := map[string]map[string][]string{}
	fmt.Print("ns per line")
	for _, w := range workloads {
		fmt.Printf("\t%s", w.name)
	}
	fmt.Println()
	for _, e := range order {
		results[e] = map[string][]string{}
		data, err := os.ReadFile(filepath.Join(dir, e+".txt"))
		if err != nil {
			fmt.Printf("%s\tnot measured\n", e)
			continue
		}
		for l := range strings.Lines(string(data)) {
			if f := strings.Fields(l); len(f) >= 4 {
				results[e][f[0]] = f[1:]
			}
		}
		fmt.Print(e)
		for _, w := range workloads {
			fmt.Printf("\t%s", cell(results[e][w.name]))
		}
		fmt.Println()
	}
	for _, other := range []string{"pcre2", "joni"} {
		fmt.Printf("%s / castor", other)
		for _, w := range workloads {
			fmt.Printf("\t%.2f", ratio(results[other][w.name], results["castor"][w.name]))
		}
		fmt.Println()
	}
	return nil
}

// cell is a figure, with the matches of the first 1000 lines.
func cell(r []string) string {
	if r == nil {
		return "-"
	}
	return r[0] + " (" + r[1] + ")"
}

func ratio(a, b []string) float64 {
	if a == nil || b == nil {
		return 0
	}
	x, _ := strconv.ParseFloat(a[0], 64)
	y, _ := strconv.ParseFloat(b[0], 64)
	return x / y
}
