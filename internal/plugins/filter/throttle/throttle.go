// Package throttle is the filter that marks events of which there are too few or too many in a time.
package throttle

import (
	"log/slog"
	"strings"
	"sync"
	"time"

	"castor/internal/event"
	"castor/internal/grok"
	"castor/internal/plugin"
)

// Spec describes the filter; semantics of logstash-filter-throttle.
var Spec = plugin.FilterSpec("throttle", "Marks events of a kind when there are fewer or more of them in a period than allowed.", newFilter)

type config struct {
	plugin.FilterCommon
	Key         event.Template `opt:"key" required:"true" doc:"What makes events one kind, such as %{host}%{message}."`
	BeforeCount int64          `opt:"before_count" default:"-1" doc:"Events before this number are marked; -1 for none."`
	AfterCount  int64          `opt:"after_count" default:"-1" doc:"Events after this number are marked; -1 for none."`
	Period      event.Template `opt:"period" default:"60" doc:"The seconds, by the events' own times, in which they are counted; it may hold %{field}."`
	MaxAge      int64          `opt:"max_age" default:"3600" doc:"The seconds for which counters are kept; longer than any period."`
	MaxCounters int64          `opt:"max_counters" default:"100000" doc:"From how many counters on max_age is lowered, step by step; -1 for never."`
}

const (
	failureTag    = "_throttlefailure"
	defaultPeriod = 60
	flushInterval = 5 * time.Second // Logstash's between two looks at the counters
)

// filter is shared by the workers: a kind is counted over all of them.
type filter struct {
	cfg    *config
	log    *slog.Logger
	mutex  sync.Mutex
	kinds  map[string]*kind
	maxAge int64
	looked time.Time
}

// kind has the counters of a key, by the time at which their period began.
type kind struct {
	created, latest int64
	counts          map[int64]int64
}

func newFilter(cfg *config, env *plugin.Env) (plugin.Filter, error) {
	for _, o := range []struct {
		name string
		t    *event.Template
	}{{"key", &cfg.Key}, {"period", &cfg.Period}} {
		if err := o.t.Err(); err != nil {
			return nil, &plugin.OptionError{Option: o.name, Err: err}
		}
	}
	return &filter{cfg: cfg, log: env.Log, kinds: map[string]*kind{}, maxAge: cfg.MaxAge, looked: env.Now()}, nil
}

// Filter implements plugin.Filter.
func (f *filter) Filter(b event.Batch) event.Batch {
	for _, e := range b {
		count := f.count(e)
		if f.cfg.BeforeCount != -1 && count < f.cfg.BeforeCount || f.cfg.AfterCount != -1 && count > f.cfg.AfterCount {
			if f.cfg.Matched(e) != nil {
				e.Tag(failureTag)
			}
		}
	}
	return b
}

// count is the event's number among those of its kind in the period; an event without a time counts as one of 1970.
func (f *filter) count(e *event.Event) int64 {
	key, _ := f.cfg.Key.Expand(e)
	text, _ := f.cfg.Period.Expand(e)
	period := grok.ToInt(text).Small
	if period == 0 {
		period = defaultPeriod
	}
	at, _ := e.Timestamp()
	f.mutex.Lock()
	defer f.mutex.Unlock()
	k := f.kinds[key]
	if k == nil {
		k = &kind{created: at.Sec, latest: at.Sec, counts: map[int64]int64{}}
		f.kinds[strings.Clone(key)] = k
	}
	k.latest = max(k.latest, at.Sec)
	slot := at.Sec - modulo(at.Sec-k.created, period)
	k.counts[slot]++
	count := k.counts[slot]
	f.forget(k)
	return count
}

// modulo is Ruby's %, which has the sign of the divisor.
func modulo(a, b int64) int64 {
	m := a % b
	if m != 0 && (m < 0) != (b < 0) {
		m += b
	}
	return m
}

// forget removes the counters that are older than max_age.
func (f *filter) forget(k *kind) {
	if len(k.counts) < 2 {
		return
	}
	var latest int64
	for slot := range k.counts {
		latest = max(latest, slot)
	}
	for slot := range k.counts {
		if slot < latest-f.maxAge {
			delete(k.counts, slot)
		}
	}
}

// Flush implements plugin.Flusher: it gives no events, and keeps the number of counters within max_counters.
func (f *filter) Flush(now time.Time, _ bool) event.Batch {
	f.mutex.Lock()
	defer f.mutex.Unlock()
	if now.Sub(f.looked) < flushInterval {
		return nil
	}
	f.looked = now
	var latest, counters int64
	for _, k := range f.kinds {
		latest = max(latest, k.latest)
	}
	for key, k := range f.kinds {
		if k.latest < latest-f.maxAge {
			delete(f.kinds, key)
			continue
		}
		counters += int64(len(k.counts))
	}
	f.adjust(counters)
	return nil
}

// adjust lowers max_age by a twentieth while there are too many counters, down to a twentieth, and raises it again when there are few.
func (f *filter) adjust(counters int64) {
	step := f.cfg.MaxAge / 20
	switch {
	case f.cfg.MaxCounters == -1:
	case counters > f.cfg.MaxCounters && f.maxAge > step:
		f.maxAge -= step
		f.log.Warn("throttle: too many counters, they are kept for a shorter time; a key with fewer values needs fewer", "counters", counters, "max_counters", f.cfg.MaxCounters, "max_age", f.maxAge)
	case f.maxAge < f.cfg.MaxAge && counters < f.cfg.MaxCounters*80/100:
		f.maxAge += step
		f.log.Info("throttle: counters are kept longer again", "counters", counters, "max_age", f.maxAge)
	}
}
