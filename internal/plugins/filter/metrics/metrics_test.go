package metrics_test

import (
	"math"
	"strings"
	"testing"
	"time"

	"castor/internal/event"
	"castor/internal/plugin"
	"castor/internal/plugins/filter/metrics"
	"castor/internal/testkit/onefilter"
)

func TestRatesAndIntervals(t *testing.T) {
	now := onefilter.Time
	f, err := onefilter.Build(metrics.Spec, `meter => ["e"] rates => [1] flush_interval => 10 clear_interval => 20 add_tag => ["metric"]`,
		plugin.Env{Now: func() time.Time { return now }, Host: "h"})
	if err != nil {
		t.Fatal(err)
	}
	flush := func(after time.Duration) *event.Event {
		now = now.Add(after)
		out := f.(plugin.Flusher).Flush(now, false)
		if len(out) == 0 {
			return nil
		}
		return out[0]
	}
	f.Filter(event.Batch{onefilter.Event(t, `{}`), onefilter.Event(t, `{}`)})
	if e := flush(4 * time.Second); e != nil {
		t.Errorf("after 4 s: %s", onefilter.Text(e))
	}
	e := flush(7 * time.Second)
	if e == nil {
		t.Fatal("nothing after 11 s")
	}
	// two events in the first five seconds, none in the next five
	rate, _ := e.Get(event.MustRef("[e][rate_1m]"))
	if want := 0.4 * math.Exp(-1.0/12); math.Abs(rate.Float()-want) > 1e-9 {
		t.Errorf("rate_1m is %v, expected %v", rate.Float(), want)
	}
	if !strings.Contains(onefilter.Text(e), `"message":"h"`) || len(e.Tags()) != 1 {
		t.Errorf("got %s", onefilter.Text(e))
	}
	if flush(10*time.Second) == nil {
		t.Error("nothing after 21 s")
	}
	if e := flush(10 * time.Second); e != nil {
		t.Errorf("after clear_interval: %s", onefilter.Text(e))
	}
}

func TestIgnoreOlderThan(t *testing.T) {
	f := onefilter.New(t, metrics.Spec, `meter => ["e%{n}"] ignore_older_than => 10`)
	f.Filter(event.Batch{onefilter.Event(t, `{"n":1}`), onefilter.Event(t, `{"n":2,"@timestamp":"2020-01-01T00:00:00Z"}`)})
	out := f.(plugin.Flusher).Flush(onefilter.Time, true)
	if len(out) == 0 || !strings.Contains(onefilter.Text(out[0]), `"e1":{"count":1`) || strings.Contains(onefilter.Text(out[0]), "e2") {
		t.Errorf("got %d events", len(out))
	}
}

// A long stream keeps its sample small and its percentiles right.
func TestPercentilesOfManyValues(t *testing.T) {
	f := onefilter.New(t, metrics.Spec, `timer => { "t" => "%{v}" } percentiles => [50]`)
	for i := range 20_000 {
		e := onefilter.Event(t, `{}`)
		e.Fields().Set("v", event.IntValue(int64(i%1000)))
		f.Filter(event.Batch{e})
	}
	out := f.(plugin.Flusher).Flush(onefilter.Time, true)
	median, _ := out[0].Get(event.MustRef("[t][p50]"))
	mean, _ := out[0].Get(event.MustRef("[t][mean]"))
	if math.Abs(median.Float()-499.5) > 100 || math.Abs(mean.Float()-499.5) > 1e-6 {
		t.Errorf("median %v, mean %v", median.Float(), mean.Float())
	}
}

func TestFaults(t *testing.T) {
	for options, want := range map[string]string{
		`rates => [2]`: "1, 5 or 15", `percentiles => ["x"]`: "no number", `timer => { "a" => ["b"] }`: "text", `meter => ["%{a]}"]`: "field reference",
	} {
		if got := onefilter.Faults(t, metrics.Spec, options); !strings.Contains(got, want) {
			t.Errorf("%s: %q has no %q", options, got, want)
		}
	}
}
