package metrics

import (
	"container/heap"
	"math"
	"math/rand/v2"
	"slices"
	"time"

	"castor/internal/event"
)

// figure is a counter with rates, and for measurements what is known of the values.
type figure struct {
	name     string
	count    int64
	averages [3]average
	ticked   time.Time

	start    time.Time
	min, max float64
	mean, m2 float64 // by Welford
	sample   *sample
}

// average is an exponentially weighted one of events in a second, as Unix' load average.
type average struct {
	pending float64
	rate    float64
	begun   bool
}

func newFigure(name string, timed bool, now time.Time) *figure {
	g := &figure{name: name, ticked: now, start: now}
	if timed {
		g.sample = &sample{}
	}
	return g
}

func (g *figure) mark(now time.Time) {
	g.age(now)
	g.count++
	for i := range g.averages {
		g.averages[i].pending++
	}
}

// age moves the averages on, by steps of a tick.
func (g *figure) age(now time.Time) {
	const longest = 24 * 3600 / int(tick/time.Second) // after which nothing is left of a rate
	steps := int(now.Sub(g.ticked) / tick)
	if steps <= 0 {
		return
	}
	g.ticked = g.ticked.Add(time.Duration(steps) * tick)
	for range min(steps, longest) {
		for i := range g.averages {
			g.averages[i].tick(rateMinutes[i])
		}
	}
}

func (a *average) tick(minutes int) {
	rate := a.pending / tick.Seconds()
	a.pending = 0
	if !a.begun {
		a.rate, a.begun = rate, true
		return
	}
	a.rate += (1 - math.Exp(-tick.Minutes()/float64(minutes))) * (rate - a.rate)
}

func (g *figure) rate(i int, now time.Time) float64 {
	g.age(now)
	return g.averages[i].rate
}

func (g *figure) measure(v float64, now time.Time) {
	g.mark(now)
	if g.count == 1 {
		g.min, g.max = v, v
	}
	g.min, g.max = math.Min(g.min, v), math.Max(g.max, v)
	delta := v - g.mean
	g.mean += delta / float64(g.count)
	g.m2 += delta * (v - g.mean)
	g.sample.add(v, now.Sub(g.start).Seconds())
}

// describe writes the figures of a measurement. As in Logstash, stddev is the root of the standard deviation.
func (g *figure) describe(o *event.Object, percentiles []percentile) {
	deviation := 0.0
	if g.count > 1 {
		deviation = math.Sqrt(math.Sqrt(g.m2 / float64(g.count-1)))
	}
	o.Set("min", event.FloatValue(g.min))
	o.Set("max", event.FloatValue(g.max))
	o.Set("stddev", event.FloatValue(deviation))
	o.Set("mean", event.FloatValue(g.mean))
	values := g.sample.sorted()
	for _, p := range percentiles {
		o.Set(p.name, event.FloatValue(quantile(values, p.rank)))
	}
}

// quantile is the value at a rank from 0 to 1, between two values by their distance.
func quantile(values []float64, rank float64) float64 {
	at := rank * float64(len(values)+1)
	switch {
	case len(values) == 0:
		return 0
	case at < 1:
		return values[0]
	case at >= float64(len(values)):
		return values[len(values)-1]
	}
	lower, upper := values[int(at)-1], values[int(at)]
	return lower + (at-math.Floor(at))*(upper-lower)
}

// sample keeps some of the values, the newer ones more likely: forward-decaying priority sampling with the figures of Metriks.
type sample struct{ kept []sampled }

type sampled struct{ priority, value float64 }

const (
	sampleSize  = 1028
	sampleDecay = 0.015 // a second
)

func (s *sample) add(v, age float64) {
	priority := sampleDecay*age - math.Log(1-rand.Float64())
	switch {
	case len(s.kept) < sampleSize:
		heap.Push(s, sampled{priority, v})
	case priority > s.kept[0].priority:
		s.kept[0] = sampled{priority, v}
		heap.Fix(s, 0)
	}
}

func (s *sample) sorted() []float64 {
	values := make([]float64, len(s.kept))
	for i, k := range s.kept {
		values[i] = k.value
	}
	slices.Sort(values)
	return values
}

// Len, Less, Swap, Push and Pop implement heap.Interface, the lowest priority first.
func (s *sample) Len() int           { return len(s.kept) }
func (s *sample) Less(i, j int) bool { return s.kept[i].priority < s.kept[j].priority }
func (s *sample) Swap(i, j int)      { s.kept[i], s.kept[j] = s.kept[j], s.kept[i] }

// Push implements heap.Interface.
func (s *sample) Push(x any) { s.kept = append(s.kept, x.(sampled)) }

// Pop implements heap.Interface.
func (s *sample) Pop() any {
	last := s.kept[len(s.kept)-1]
	s.kept = s.kept[:len(s.kept)-1]
	return last
}
