// Results turns the output of `go test -v` of the conformance tests into the lines of results.txt: suite, file, passed, all.
package main

import (
	"fmt"
	"os"

	"castor/internal/compat"
)

func main() {
	list, err := compat.Collect(os.Stdin)
	if err == nil && len(list) == 0 {
		err = fmt.Errorf("no results in the input; run the tests with -v")
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "results:", err)
		os.Exit(1)
	}
	for _, r := range list {
		fmt.Println(r.Suite, r.File, r.Passed, r.All)
	}
}
