// Package uuid is the filter that gives events a random UUID.
package uuid

import (
	"github.com/google/uuid"

	"castor/internal/event"
	"castor/internal/plugin"
)

// Spec describes the filter; semantics of logstash-filter-uuid.
var Spec = plugin.FilterSpec("uuid", "Gives events a random UUID.", newFilter)

type config struct {
	plugin.FilterCommon
	Target    event.Ref `opt:"target" required:"true" doc:"The field that takes the UUID."`
	Overwrite bool      `opt:"overwrite" default:"false" doc:"Whether to replace a value that is there."`
}

// failureTag is on events whose target cannot be set.
const failureTag = "_uuidfailure"

type filter struct{ cfg *config }

func newFilter(cfg *config, _ *plugin.Env) (plugin.Filter, error) { return &filter{cfg}, nil }

// Filter implements plugin.Filter.
func (f *filter) Filter(b event.Batch) event.Batch {
	for _, e := range b {
		if f.event(e) != nil || f.cfg.Matched(e) != nil {
			e.Tag(failureTag)
		}
	}
	return b
}

func (f *filter) event(e *event.Event) error {
	if v, _ := e.Get(f.cfg.Target); !f.cfg.Overwrite && !v.IsNull() {
		return nil
	}
	return e.Set(f.cfg.Target, event.StringValue(uuid.NewString()))
}
