package pipeline

import (
	"slices"
	"sync/atomic"

	"castor/internal/event"
)

// Tap copies events that pass a plugin to somebody who watches. It never holds the plugin up: what the watcher does not
// take in time is counted and not shown.
type Tap struct {
	// Events are the events as JSON with their @metadata: of an input and a filter those that it gave, of an output
	// those that it was given.
	Events <-chan []byte

	stats *PluginStats
	t     *tap
}

type tap struct {
	every  int64
	seen   atomic.Int64
	missed atomic.Int64
	out    chan []byte
}

// Watch begins to copy one in every events. Up to buffer of them wait for the watcher.
func (s *PluginStats) Watch(every, buffer int) *Tap {
	t := &tap{every: int64(max(every, 1)), out: make(chan []byte, max(buffer, 1))}
	s.changeTaps(func(ts []*tap) []*tap { return append(slices.Clone(ts), t) })
	return &Tap{Events: t.out, stats: s, t: t}
}

// Missed is how many events were not shown because the watcher was slow.
func (w *Tap) Missed() int64 { return w.t.missed.Load() }

// Close ends the watching.
func (w *Tap) Close() {
	w.stats.changeTaps(func(ts []*tap) []*tap {
		return slices.DeleteFunc(slices.Clone(ts), func(t *tap) bool { return t == w.t })
	})
}

func (s *PluginStats) changeTaps(change func([]*tap) []*tap) {
	for {
		old := s.taps.Load()
		var ts []*tap
		if old != nil {
			ts = *old
		}
		var next *[]*tap
		if ts = change(ts); len(ts) > 0 {
			next = &ts
		}
		if s.taps.CompareAndSwap(old, next) {
			return
		}
	}
}

func (s *PluginStats) show(b event.Batch) {
	ts := s.taps.Load()
	if ts == nil {
		return
	}
	for _, t := range *ts {
		t.show(b)
	}
}

func (t *tap) show(b event.Batch) {
	for _, e := range b {
		if (t.seen.Add(1)-1)%t.every != 0 {
			continue
		}
		if len(t.out) == cap(t.out) { // before the work of encoding
			t.missed.Add(1)
			continue
		}
		select {
		case t.out <- e.AppendFull(nil):
		default:
			t.missed.Add(1)
		}
	}
}
