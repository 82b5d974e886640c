// Package drop is the filter that throws events away.
package drop

import (
	"math/rand/v2"

	"castor/internal/event"
	"castor/internal/plugin"
)

// Spec describes the filter; semantics of logstash-filter-drop.
var Spec = plugin.FilterSpec("drop", "Throws away every event that comes to it, or a share of them.", newFilter)

type config struct {
	plugin.FilterCommon
	Percentage float64 `opt:"percentage" default:"100" doc:"How many of a hundred events to throw away, chosen at random."`
}

type filter struct{ cfg *config }

func newFilter(cfg *config, _ *plugin.Env) (plugin.Filter, error) { return &filter{cfg}, nil }

// Filter implements plugin.Filter.
func (f *filter) Filter(b event.Batch) event.Batch {
	if f.cfg.Percentage >= 100 {
		return nil
	}
	kept := b[:0]
	for _, e := range b {
		if rand.Float64()*100 >= f.cfg.Percentage {
			kept = append(kept, e)
		}
	}
	return kept
}
