package pipeline

import (
	"fmt"
	"testing"
)

// BenchmarkPipeline brings 25,000 events, in deliveries of 125, through a condition into an output that keeps them; the time is an event's.
func BenchmarkPipeline(b *testing.B) {
	const deliveries, each = 200, 125
	var deliver []delivery
	for i := range deliveries {
		var d delivery
		for k := range each {
			d = append(d, fmt.Sprintf("f%d:line %d", k%7, i))
		}
		deliver = append(deliver, d)
	}
	for _, workers := range []int{1, 2} {
		b.Run(fmt.Sprint(workers), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				b.StopTimer()
				p := newBench(b, `filter { if [path] == "f3" { drop { } } } output { sink { id => "out" } }`, Settings{Workers: workers, BatchSize: 1000}, deliver...)
				b.StartTimer()
				p.run()
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*deliveries*each), "ns/event")
		})
	}
}
