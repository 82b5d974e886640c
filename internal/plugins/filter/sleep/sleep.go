// Package sleep is the filter that slows a pipeline down, for tests and for playing old events back at their own pace.
package sleep

import (
	"errors"
	"math"
	"sync"
	"time"

	"castor/internal/event"
	"castor/internal/grok"
	"castor/internal/plugin"
)

// Spec describes the filter; semantics of logstash-filter-sleep.
var Spec = plugin.FilterSpec("sleep", "Waits: a time for every so many events, or as long as lies between the events' own times.", newFilter)

type config struct {
	plugin.FilterCommon
	Time   event.Template `opt:"time" doc:"Seconds to wait; it may hold %{field}. With replay it is how many times faster than the events' own times, 1 where it is missing."`
	Every  float64        `opt:"every" default:"1" doc:"To wait at every so manieth event."`
	Replay bool           `opt:"replay" default:"false" doc:"Whether to wait as long as lies between the @timestamps of two events."`
}

// longest bounds one wait, so that an event's field cannot stop a worker for good.
const longest = time.Hour

type filter struct {
	cfg   *config
	wait  func(time.Duration)
	done  chan struct{}
	stop  sync.Once
	count float64
	last  time.Time // of the event before
}

func newFilter(cfg *config, _ *plugin.Env) (plugin.Filter, error) {
	if !cfg.IsSet("time") && !cfg.Replay {
		return nil, errors.New("needs the option time, in seconds, or replay => true")
	}
	return newFork(cfg), nil
}

func newFork(cfg *config) *filter {
	f := &filter{cfg: cfg, done: make(chan struct{})}
	f.wait = f.sleep
	return f
}

// Fork implements plugin.Forker: each worker counts its own events.
func (f *filter) Fork() plugin.Filter { return newFork(f.cfg) }

// Stop implements plugin.Stopper: it ends a wait.
func (f *filter) Stop() { f.stop.Do(func() { close(f.done) }) }

// Filter implements plugin.Filter.
func (f *filter) Filter(b event.Batch) event.Batch {
	for _, e := range b {
		if d := f.pause(e); d > 0 {
			f.wait(d)
		}
		if f.cfg.Matched(e) != nil {
			e.Tag("_sleepfailure")
		}
	}
	return b
}

func (f *filter) pause(e *event.Event) time.Duration {
	seconds := 1.0
	if f.cfg.IsSet("time") {
		text, _ := f.cfg.Time.Expand(e)
		seconds = grok.ToFloat(text)
	}
	if f.cfg.Replay {
		return f.replay(e, seconds)
	}
	f.count++
	if f.count < f.cfg.Every {
		return 0
	}
	f.count = 0
	return duration(seconds)
}

func (f *filter) replay(e *event.Event, speed float64) time.Duration {
	t, ok := e.Timestamp()
	if !ok {
		return 0
	}
	now, last := t.Std(), f.last
	f.last = now
	if last.IsZero() || speed <= 0 {
		return 0
	}
	return duration(now.Sub(last).Seconds() / speed)
}

func duration(seconds float64) time.Duration {
	if math.IsNaN(seconds) || seconds <= 0 {
		return 0
	}
	return time.Duration(math.Min(seconds, longest.Seconds()) * float64(time.Second))
}

func (f *filter) sleep(d time.Duration) {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
	case <-f.done:
	}
}
