// Package split is the filter that makes several events of one.
package split

import (
	"strings"

	"castor/internal/event"
	"castor/internal/plugin"
	"castor/internal/ruby"
)

// Spec describes the filter; semantics of logstash-filter-split.
var Spec = plugin.FilterSpec("split", "Makes an event of each line of a text, or of each element of an array, with all other fields copied.", newFilter)

// failureTag marks an event whose field can be split by no rule.
const failureTag = "_split_type_failure"

type config struct {
	plugin.FilterCommon
	Field      string `opt:"field" default:"message" doc:"The field that is split: a text or an array."`
	Target     string `opt:"target" doc:"The field of the new events that takes the part; the split field where it is missing."`
	Terminator string `opt:"terminator" default:"\n" doc:"The text between the parts of a text."`
}

type filter struct {
	cfg    *config
	env    *plugin.Env
	field  event.Ref
	target event.Ref
	bad    error
}

func newFilter(cfg *config, env *plugin.Env) (plugin.Filter, error) {
	f := &filter{cfg: cfg, env: env}
	if f.field, f.bad = event.ParseRef(cfg.Field); f.bad != nil {
		return nil, &plugin.OptionError{Option: "field", Err: f.bad}
	}
	f.target = f.field
	if cfg.IsSet("target") {
		if f.target, f.bad = event.ParseRef(cfg.Target); f.bad != nil {
			return nil, &plugin.OptionError{Option: "target", Err: f.bad}
		}
	}
	return f, nil
}

// Filter implements plugin.Filter.
func (f *filter) Filter(b event.Batch) event.Batch {
	out := make(event.Batch, 0, 2*len(b))
	for _, e := range b {
		out = f.event(out, e)
	}
	return out
}

func (f *filter) event(out event.Batch, e *event.Event) event.Batch {
	v, _ := e.Get(f.field)
	switch {
	case v.Array() != nil:
		if !f.cfg.IsSet("target") {
			e.Remove(f.field)
		}
		return f.parts(out, e, v.Array().Values)
	case v.IsString():
		texts := split(v.Str(), f.cfg.Terminator)
		if len(texts) == 1 {
			return append(out, e)
		}
		return f.parts(out, e, event.Strings(texts...).Array().Values)
	}
	e.Tag(failureTag)
	return append(out, e)
}

// split keeps empty parts, which are passed over later: a text with nothing but terminators gives no event.
func split(s, terminator string) []string {
	switch {
	case s == "":
		return nil
	case terminator == " ":
		parts := ruby.Split(s, " ")
		if strings.TrimRight(s, "\t\n\v\f\r ") != s {
			parts = append(parts, "")
		}
		return parts
	case terminator == "":
		return append(strings.Split(s, ""), "")
	}
	return strings.Split(s, terminator)
}

// parts appends an event for each part that is there and not empty; the original goes no further.
func (f *filter) parts(out event.Batch, e *event.Event, values []event.Value) event.Batch {
	for i, v := range values {
		if v.IsNull() || v.IsString() && v.Str() == "" {
			continue
		}
		c := e.Fork(f.env.EventNow)
		f.env.Derive(c, i)
		if c.Set(f.target, v.Clone()) != nil || f.cfg.Matched(c) != nil {
			c.Tag(failureTag)
		}
		out = append(out, c)
	}
	return out
}
