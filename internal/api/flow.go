package api

import (
	"context"
	"math"
	"strconv"
	"sync"
	"time"
)

const (
	sampleEvery = 5 * time.Second
	samplesKept = 181 // a quarter of an hour
)

// flow remembers counters over time, for rates.
type flow struct {
	mu      sync.Mutex
	samples []sample // oldest first
}

type sample struct {
	at     time.Time
	values map[string]float64
}

func newFlow() *flow { return &flow{} }

func (s *Server) sampleLoop(ctx context.Context) {
	t := time.NewTicker(sampleEvery)
	defer t.Stop()
	for {
		s.flow.add(time.Now(), s.counters())
		s.peaks.look()
		select {
		case <-t.C:
		case <-ctx.Done():
			return
		}
	}
}

func (f *flow) add(at time.Time, values map[string]float64) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if len(f.samples) == samplesKept {
		f.samples = append(f.samples[:0], f.samples[1:]...)
	}
	f.samples = append(f.samples, sample{at, values})
}

// windows are the spans of time that Logstash shows, with how old a sample is to be for each.
var windows = []struct {
	name string
	span time.Duration
}{
	{"current", 10 * time.Second}, {"last_1_minute", time.Minute}, {"last_5_minutes", 5 * time.Minute}, {"last_15_minutes", 15 * time.Minute},
}

// rates is how fast top grew for each that bottom grew (where bottom is empty: each second), now and over the past. Values of the
// life of a counter are lifetime.
func (f *flow) rates(now time.Time, values map[string]float64, started time.Time, top, bottom string, scale float64) obj {
	f.mu.Lock()
	defer f.mu.Unlock()
	rates := obj{}
	for _, w := range windows {
		old := f.before(now.Add(-w.span), top, w.name == "current")
		if old != nil && values[top] >= old.values[top] {
			rates[w.name] = quotient(values, old.values, now.Sub(old.at), top, bottom, scale)
		}
	}
	life := quotient(values, nil, now.Sub(started), top, bottom, scale)
	rates["lifetime"] = life
	if rates["current"] == nil {
		rates["current"] = life
	}
	return rates
}

// before finds the youngest sample of at least an age that has the counter; the oldest one where any will do.
func (f *flow) before(at time.Time, name string, anyAge bool) *sample {
	for i := len(f.samples) - 1; i >= 0; i-- {
		s := &f.samples[i]
		if _, ok := s.values[name]; !ok {
			return nil
		}
		if !s.at.After(at) || i == 0 && anyAge {
			return s
		}
	}
	return nil
}

func quotient(now, old map[string]float64, span time.Duration, top, bottom string, scale float64) float64 {
	divisor := span.Seconds()
	if bottom != "" {
		divisor = now[bottom] - old[bottom]
	}
	if divisor <= 0 {
		return 0
	}
	return round((now[top] - old[top]) / divisor * scale)
}

// round keeps four digits, as Logstash does.
func round(f float64) float64 {
	r, err := strconv.ParseFloat(strconv.FormatFloat(f, 'g', 4, 64), 64)
	if err != nil || math.IsInf(r, 0) || math.IsNaN(r) {
		return 0
	}
	return r
}

// counters are all that rates are made of, in events and seconds.
func (s *Server) counters() map[string]float64 {
	t := s.opt.Pipelines.Totals()
	values := map[string]float64{
		"in": float64(t.In), "filtered": float64(t.Filtered), "out": float64(t.Out),
		"wait": float64(t.QueueNanos) / 1e9, "work": float64(t.WorkNanos) / 1e9,
	}
	for _, v := range s.opt.Pipelines.Views() {
		if v.Pipeline == nil {
			continue
		}
		st, at := v.Pipeline.Stats(), v.ID+"\x00"
		values[at+"in"], values[at+"filtered"], values[at+"out"] = float64(st.In.Load()), float64(st.Filtered.Load()), float64(st.Out.Load())
		values[at+"wait"], values[at+"work"] = st.QueueWait().Seconds(), (st.FilterTime() + st.OutputTime()).Seconds()
		for _, p := range allPlugins(st) {
			key := at + p.ID + "\x00"
			values[key+"in"], values[key+"out"], values[key+"time"] = float64(p.In.Load()), float64(p.Out.Load()), p.Duration().Seconds()
		}
	}
	return values
}
