package condition_test

import (
	"testing"

	"castor/internal/regex"
)

func BenchmarkCondition(b *testing.B) {
	cond, _ := compile(b, `[s] == "abc" and [n] >= 5 and "a" in [l] and [s] !~ /^x/`)
	e, scratch := decode(b, sample), regex.NewScratch()
	b.ReportAllocs()
	for b.Loop() {
		if ok, err := cond(e, scratch); !ok || err != nil {
			b.Fatal(ok, err)
		}
	}
}
