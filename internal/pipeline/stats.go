package pipeline

import (
	"sync/atomic"
	"time"

	"castor/internal/lsconf/token"
	"castor/internal/plugin"
)

// PluginStats counts what one plugin of a pipeline did. Every number only grows; it is read while
// the workers write.
type PluginStats struct {
	ID   string
	Type plugin.Type
	Name string
	// Pos is where the configuration has it; not valid for an input that is none of the configuration's.
	Pos token.Pos
	// OwnID tells that the configuration gives the id.
	OwnID bool
	// Plugin is the plugin itself, for what it tells by plugin.Healthy and plugin.Figured. Of a filter that works by
	// forks it is the one that the forks were made of.
	Plugin any
	// Codec is the name of the codec that an input or output works with; empty where it has none.
	Codec string

	In       atomic.Int64 // events that came in
	Out      atomic.Int64 // events that went on: of a filter what it returned, of an output what is confirmed
	Failures atomic.Int64 // panics of a filter; events that an output refused for good
	Retries  atomic.Int64 // events that an output had to write again
	Dropped  atomic.Int64 // events that are neither written nor in the dead letters
	nanos    atomic.Int64
	lag      lag // inputs and outputs
	taps     atomic.Pointer[[]*tap]
	spoolMax int64 // of an output that is to have a spool, else 0
	spool    atomic.Pointer[spooled]
}

// Spool tells what waits on disk for an output; ok is false where it has no spool.
func (s *PluginStats) Spool() (f SpoolFigures, ok bool) {
	if sp := s.spool.Load(); sp != nil {
		return sp.figures(), true
	}
	return f, false
}

// Duration is the time spent in the plugin, over all workers.
func (s *PluginStats) Duration() time.Duration { return time.Duration(s.nanos.Load()) }

// Stats counts what a pipeline did.
type Stats struct {
	Started      time.Time    // when it was compiled, which is just before it runs
	In           atomic.Int64 // events from the inputs
	Filtered     atomic.Int64 // events that passed the filters
	Out          atomic.Int64 // events that all outputs confirmed
	Incomparable atomic.Int64 // events dropped by a condition that compares unlike types
	DeadLetters  atomic.Int64
	Nacks        atomic.Int64 // deliveries given back to their input
	queueNanos   atomic.Int64 // how long inputs waited for the pipeline
	filterNanos  atomic.Int64
	InFlight     atomic.Int64 // deliveries that are neither acknowledged nor given back

	Inputs, Filters, Outputs []*PluginStats
}

// QueueWait is how long the inputs were held back.
func (s *Stats) QueueWait() time.Duration { return time.Duration(s.queueNanos.Load()) }

// FilterTime is the time spent in filters, over all workers.
func (s *Stats) FilterTime() time.Duration { return time.Duration(s.filterNanos.Load()) }

// OutputTime is the time spent in outputs, over all workers.
func (s *Stats) OutputTime() time.Duration {
	var sum time.Duration
	for _, o := range s.Outputs {
		sum += o.Duration()
	}
	return sum
}
