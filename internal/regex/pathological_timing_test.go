package regex

import (
	"fmt"
	"testing"
)

func BenchmarkPathological(b *testing.B) {
	sc := NewScratch()
	for _, c := range pathological {
		re := MustCompile(c.pattern, Options{DotAll: true})
		for n := 1024; n <= 8192; n *= 2 {
			line := c.line(n)
			b.Run(fmt.Sprintf("%s/%d", c.name, n), func(b *testing.B) {
				for b.Loop() {
					re.Match(line, sc)
				}
				b.ReportMetric(float64(sc.Steps()), "steps")
			})
		}
	}
}
