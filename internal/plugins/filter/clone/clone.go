// Package clone is the filter that copies events.
package clone

import (
	"castor/internal/event"
	"castor/internal/plugin"
)

// Spec describes the filter; semantics of logstash-filter-clone.
var Spec = plugin.FilterSpec("clone", "Copies every event, once for each name in a list. The original goes on unchanged, the copies behind it.", newFilter)

// failureTag marks a copy on which add_field or another common option failed.
const failureTag = "_clone_error"

type config struct {
	plugin.FilterCommon
	Clones []string `opt:"clones" required:"true" doc:"A name for each copy: its type, or with ECS compatibility a tag of it."`
}

type filter struct {
	cfg *config
	env *plugin.Env
}

func newFilter(cfg *config, env *plugin.Env) (plugin.Filter, error) {
	if len(cfg.Clones) == 0 {
		env.Warn(cfg.PosOf("clones"), "the list of clones is empty: no copies will be made")
	}
	return &filter{cfg, env}, nil
}

// Filter implements plugin.Filter.
func (f *filter) Filter(b event.Batch) event.Batch {
	out := make(event.Batch, 0, len(b)*(1+len(f.cfg.Clones)))
	for _, e := range b {
		out = append(out, e)
		for i, name := range f.cfg.Clones {
			out = append(out, f.copy(e, i, name))
		}
	}
	return out
}

var tags = event.MustRef(event.TagsField)

func (f *filter) copy(e *event.Event, i int, name string) *event.Event {
	c := e.Fork(f.env.EventNow)
	f.env.Derive(c, i)
	switch {
	case !f.env.ECS.Enabled():
		c.Fields().Set("type", event.StringValue(name))
	case !c.Has(tags):
		c.Tag(name)
	default:
		_ = plugin.AddTo(c, tags, event.StringValue(name)) // tags are strings, and so is this one
	}
	if f.cfg.Matched(c) != nil {
		c.Tag(failureTag)
	}
	return c
}
