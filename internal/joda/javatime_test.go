package joda

import (
	"os"
	"strings"
	"testing"
)

// javaInstants are the instants of testdata/javatime.tsv, in the order of its columns.
var javaInstants = []Instant{
	{1443702896, 789000000}, {1609459199, 1}, {1609459200, 0}, {-1, 999999999}, {0, 123456789}, {253402300799, 0},
	{-62135596801, 5}, {1704067200, 0}, {1719792000, 42}, {1735430400, 0}, {253402300800, 0},
}

// TestJavaTimeLetters compares with what Java 17 printed: a pattern and its texts,
// "!" for a pattern that Java refuses, "!RUN" for a time that it cannot print.
func TestJavaTimeLetters(t *testing.T) {
	data, err := os.ReadFile("testdata/javatime.tsv")
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(data)) {
		columns := strings.Split(strings.TrimSuffix(line, "\n"), "\t")
		f, err := CompileJavaTime(columns[0])
		if refused := columns[1] == "!"; refused || err != nil {
			if refused != (err != nil) {
				t.Errorf("%q: refused by Java: %v, here: %v", columns[0], refused, err)
			}
			continue
		}
		for i, want := range columns[1:] {
			if got := f.Format(javaInstants[i].Sec, javaInstants[i].Nsec); want != "!RUN" && got != want {
				t.Errorf("%q of %v: want %q, got %q", columns[0], javaInstants[i], want, got)
			}
		}
	}
}
