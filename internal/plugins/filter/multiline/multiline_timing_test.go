package multiline_test

import (
	"fmt"
	"strings"
	"testing"

	"castor/internal/event"
)

// BenchmarkMessages joins messages of so many lines; the time is that of all lines of one message.
func BenchmarkMessages(b *testing.B) {
	for _, n := range []int{1, 10, 1000} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			f := newFilter(b, `pattern => "^ " what => "previous"`)
			template := lines(append([]string{"java.lang.IllegalStateException"}, strings.Split(strings.Repeat("  at com.example.shop.Order.reserve(Order.java:17)\n", n-1), "\n")[:n-1]...)...)
			batch := make(event.Batch, n)
			b.ReportAllocs()
			for b.Loop() {
				for i, e := range template {
					batch[i] = e.Clone()
				}
				f.Filter(batch)
			}
		})
	}
}
