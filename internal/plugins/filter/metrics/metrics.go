// Package metrics is the filter that counts events and times and gives the figures as events of their own.
package metrics

import (
	"errors"
	"fmt"
	"log/slog"
	"strconv"
	"strings"
	"sync"
	"time"

	"castor/internal/event"
	"castor/internal/grok"
	"castor/internal/plugin"
)

// Spec describes the filter; semantics of logstash-filter-metrics.
var Spec = plugin.FilterSpec("metrics", "Counts events and measures values in them; every few seconds an event of its own has the figures.", newFilter)

type config struct {
	plugin.FilterCommon
	Meter           []string    `opt:"meter" default:"" doc:"Names of counters, which may hold %{field}: each event counts."`
	Timer           plugin.Hash `opt:"timer" default:"" doc:"Names of measurements and their values, such as \"rt\" => \"%{request_time}\"."`
	IgnoreOlderThan float64     `opt:"ignore_older_than" default:"0" doc:"Events that are older, in seconds, do not count; 0 for all events."`
	FlushInterval   float64     `opt:"flush_interval" default:"5" doc:"Seconds between two events with the figures."`
	ClearInterval   float64     `opt:"clear_interval" default:"-1" doc:"Seconds after which counting begins anew; -1 for never."`
	Rates           []string    `opt:"rates" default:"1|5|15" doc:"Minutes over which rates are averaged: 1, 5, 15."`
	Percentiles     []string    `opt:"percentiles" default:"1|5|10|90|95|99|100" doc:"Percentiles of measurements."`
}

// tick is the time that Logstash counts for each flush.
const tick = 5 * time.Second

// filter is shared by the workers.
type filter struct {
	cfg         *config
	log         *slog.Logger
	now         func() time.Time
	host        string
	meters      []*event.Template
	timers      []timer
	percentiles []percentile
	rates       [3]bool // of rateMinutes

	mutex     sync.Mutex
	figures   map[string]*figure
	names     []string // of the figures, meters first
	last      time.Time
	sinceLast time.Duration
	sinceZero time.Duration
}

type timer struct{ name, value *event.Template }

type percentile struct {
	name string
	rank float64
}

var rateMinutes = [3]int{1, 5, 15}

func newFilter(cfg *config, env *plugin.Env) (plugin.Filter, error) {
	f := &filter{cfg: cfg, log: env.Log, now: env.Now, host: env.Host, last: env.Now(), figures: map[string]*figure{}}
	for _, name := range cfg.Meter {
		f.meters = append(f.meters, event.ParseTemplate(name))
	}
	for _, p := range cfg.Timer {
		text, ok := p.Value.Text()
		if !ok {
			return nil, plugin.BadValue("timer", p.Value, "the value of %s must be a text such as \"%%{field}\"", p.Key)
		}
		f.timers = append(f.timers, timer{event.ParseTemplate(p.Key), event.ParseTemplate(text)})
	}
	for _, r := range cfg.Rates {
		known := false
		for i, minutes := range rateMinutes {
			if r == strconv.Itoa(minutes) {
				f.rates[i], known = true, true
			}
		}
		if !known {
			return nil, plugin.BadOption("rates", "rates are over 1, 5 or 15 minutes, not %s", r)
		}
	}
	for _, p := range cfg.Percentiles {
		n, err := strconv.ParseFloat(p, 64)
		if err != nil {
			return nil, plugin.BadOption("percentiles", "%q is no number", p)
		}
		f.percentiles = append(f.percentiles, percentile{"p" + p, n / 100})
	}
	return f, f.check()
}

func (f *filter) check() error {
	var faults []error
	for _, t := range f.meters {
		if err := t.Err(); err != nil {
			faults = append(faults, &plugin.OptionError{Option: "meter", Err: err})
		}
	}
	for _, t := range f.timers {
		if err := errors.Join(t.name.Err(), t.value.Err()); err != nil {
			faults = append(faults, &plugin.OptionError{Option: "timer", Err: err})
		}
	}
	return errors.Join(faults...)
}

// Filter implements plugin.Filter.
func (f *filter) Filter(b event.Batch) event.Batch {
	now := f.now()
	f.mutex.Lock()
	defer f.mutex.Unlock()
	for _, e := range b {
		if at, ok := e.Timestamp(); ok && f.cfg.IgnoreOlderThan > 0 && now.Sub(at.Std()).Seconds() > f.cfg.IgnoreOlderThan {
			continue
		}
		for _, t := range f.meters {
			f.figure(e, t, false, now).mark(now)
		}
		for _, t := range f.timers {
			text, _ := t.value.Expand(e)
			f.figure(e, t.name, true, now).measure(grok.ToFloat(text), now)
		}
	}
	return b
}

// figure is the counter or measurement of a name, made where there is none.
func (f *filter) figure(e *event.Event, t *event.Template, timed bool, now time.Time) *figure {
	name, _ := t.Expand(e)
	key := name + "\x00meter"
	if timed {
		key = name + "\x00timer"
	}
	g := f.figures[key]
	if g == nil {
		g = newFigure(strings.Clone(name), timed, now)
		f.figures[key] = g
		f.names = append(f.names, key)
	}
	return g
}

// Flush implements plugin.Flusher. At the end Logstash flushes twice, and so does this.
func (f *filter) Flush(now time.Time, final bool) event.Batch {
	f.mutex.Lock()
	defer f.mutex.Unlock()
	if final {
		return append(f.flush(now, tick), f.flush(now, tick)...)
	}
	passed := now.Sub(f.last).Truncate(tick)
	if passed <= 0 {
		return nil
	}
	f.last = f.last.Add(passed)
	return f.flush(now, passed)
}

func (f *filter) flush(now time.Time, passed time.Duration) event.Batch {
	f.sinceLast += passed
	f.sinceZero += passed
	if f.sinceLast.Seconds() < f.cfg.FlushInterval || len(f.figures) == 0 {
		return nil
	}
	e := event.New(event.TimeOf(now))
	e.Fields().Set(event.MessageField, event.StringValue(f.host))
	for _, key := range f.names {
		if err := f.write(e, f.figures[key], now); err != nil {
			f.log.Warn("metrics: a name that is no field", "name", f.figures[key].name, "error", err)
		}
	}
	f.sinceLast = 0
	if f.cfg.ClearInterval > 0 && f.sinceZero.Seconds() >= f.cfg.ClearInterval {
		f.sinceZero, f.figures, f.names = 0, map[string]*figure{}, nil
	}
	if f.cfg.Matched(e) != nil {
		e.Tag("_metricsfailure")
	}
	return event.Batch{e}
}

func (f *filter) write(e *event.Event, g *figure, now time.Time) error {
	ref, err := event.ParseRef("[" + g.name + "]")
	if err != nil {
		return err
	}
	o := event.NewObject(12)
	if old, _ := e.Get(ref); old.Object() != nil { // a counter and a measurement of one name
		o = old.Object()
	}
	o.Set("count", event.IntValue(g.count))
	for i, wanted := range f.rates {
		if wanted {
			o.Set(fmt.Sprintf("rate_%dm", rateMinutes[i]), event.FloatValue(g.rate(i, now)))
		}
	}
	if g.sample != nil {
		g.describe(o, f.percentiles)
	}
	return e.Set(ref, event.ObjectValue(o))
}
