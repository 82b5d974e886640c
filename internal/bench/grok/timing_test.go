package main

import (
	"math/rand"
	"testing"

	"castor/internal/grok"
)

// BenchmarkCastor matches each workload's lines with its list.
func BenchmarkCastor(b *testing.B) {
	lib, err := grok.Stock("disabled")
	if err != nil {
		b.Fatal(err)
	}
	for i, w := range workloads {
		b.Run(w.name, func(b *testing.B) {
			m := maker{rand.New(rand.NewSource(int64(20261122 + i)))}
			lines := make([]string, 5000)
			for k := range lines {
				lines[k] = w.line(m)
			}
			match, err := castor(lib, w)
			if err != nil {
				b.Fatal(err)
			}
			b.ReportAllocs()
			for k := 0; b.Loop(); k++ {
				match(lines[k%len(lines)])
			}
		})
	}
}
