// Package prune is the filter that keeps or removes fields by patterns of their names and values.
package prune

import (
	"slices"
	"strings"

	"castor/internal/event"
	"castor/internal/plugin"
	"castor/internal/regex"
	"castor/internal/ruby"
)

// Spec describes the filter; semantics of logstash-filter-prune.
var Spec = plugin.FilterSpec("prune", "Removes fields by patterns of their names and values; only those at the event's root.", newFilter)

type config struct {
	plugin.FilterCommon
	Interpolate     bool        `opt:"interpolate" default:"false" doc:"Whether the patterns may hold %{field}; they are then compiled for every event."`
	WhitelistNames  []string    `opt:"whitelist_names" default:"" doc:"Patterns of names: only fields with one of them stay."`
	BlacklistNames  []string    `opt:"blacklist_names" default:"%\\{[^}]+\\}" doc:"Patterns of names: fields with one of them go."`
	WhitelistValues plugin.Hash `opt:"whitelist_values" default:"" doc:"For a field the pattern of its value: it goes where it does not match; of an array the values that do not."`
	BlacklistValues plugin.Hash `opt:"blacklist_values" default:"" doc:"For a field the pattern of its value: it goes where it matches; of an array the values that do."`
}

// failureTag is on events for which a pattern with %{field} makes no regular expression.
const failureTag = "_prunefailure"

type filter struct {
	cfg              *config
	keep, remove     []pattern
	keepIf, removeIf []valuePattern
	scratch          *regex.Scratch
	compiled         map[string]*regex.Regexp // of patterns with %{field}
}

// pattern is a regular expression, or a text that becomes one with an event.
type pattern struct {
	re       *regex.Regexp
	template *event.Template
}

type valuePattern struct {
	name  string
	field *event.Template // where the name may hold %{field}
	pattern
}

func newFilter(cfg *config, _ *plugin.Env) (plugin.Filter, error) {
	f := &filter{cfg: cfg, scratch: regex.NewScratch()}
	var err error
	if f.keep, err = f.names("whitelist_names", cfg.WhitelistNames); err != nil {
		return nil, err
	}
	if f.remove, err = f.names("blacklist_names", cfg.BlacklistNames); err != nil {
		return nil, err
	}
	if f.keepIf, err = f.values("whitelist_values", cfg.WhitelistValues); err != nil {
		return nil, err
	}
	f.removeIf, err = f.values("blacklist_values", cfg.BlacklistValues)
	return f, err
}

func (f *filter) names(option string, texts []string) (list []pattern, err error) {
	for _, text := range texts {
		p, err := f.compile(text)
		if err != nil {
			return nil, &plugin.OptionError{Option: option, Err: err}
		}
		list = append(list, p)
	}
	return list, nil
}

func (f *filter) compile(text string) (pattern, error) {
	if f.cfg.Interpolate {
		return pattern{template: event.ParseTemplate(text)}, nil
	}
	re, err := regex.Compile(text, regex.Options{})
	return pattern{re: re}, err
}

func (f *filter) values(option string, h plugin.Hash) (list []valuePattern, err error) {
	for _, entry := range h {
		if _, ok := entry.Value.Text(); !f.cfg.Interpolate && (!ok || entry.Value.IsNumber()) {
			return nil, plugin.BadValue(option, entry.Value, "the pattern of %s must be one text in quotes", entry.Key)
		}
		p, err := f.compile(ruby.ToS(entry.Value.Event()))
		if err != nil {
			return nil, plugin.BadValue(option, entry.Value, "%w", err)
		}
		v := valuePattern{name: entry.Key, pattern: p}
		if f.cfg.Interpolate {
			v.field = event.ParseTemplate(entry.Key)
		}
		list = append(list, v)
	}
	return list, nil
}

// Fork implements plugin.Forker.
func (f *filter) Fork() plugin.Filter {
	c := *f
	c.scratch, c.compiled = regex.NewScratch(), nil
	return &c
}

// Filter implements plugin.Filter.
func (f *filter) Filter(b event.Batch) event.Batch {
	for _, e := range b {
		if f.event(e) != nil || f.cfg.Matched(e) != nil {
			e.Tag(failureTag)
		}
	}
	return b
}

// removal takes out a field, or of an array some values.
type removal struct {
	field  string
	values []event.Value // nil for all
}

func (f *filter) event(e *event.Event) error {
	removals, err := f.byName(e)
	if err != nil {
		return err
	}
	for _, list := range []struct {
		patterns []valuePattern
		remove   bool
	}{{f.keepIf, false}, {f.removeIf, true}} {
		for i := range list.patterns {
			r, err := f.byValue(e, &list.patterns[i], list.remove)
			if err != nil {
				return err
			}
			removals = append(removals, r...)
		}
	}
	arrays := map[string]event.Value{} // as they were before
	for _, r := range removals {
		if r.values == nil {
			e.Fields().Remove(r.field)
			continue
		}
		old, ok := arrays[r.field]
		if !ok {
			if old, ok = e.Fields().Get(r.field); !ok {
				continue
			}
			arrays[r.field] = old
		}
		e.Fields().Set(r.field, without(old.Array(), r.values))
	}
	return nil
}

func without(a *event.Array, values []event.Value) event.Value {
	left := &event.Array{}
	for _, v := range a.Values {
		if !slices.ContainsFunc(values, v.Equal) {
			left.Append(v)
		}
	}
	return event.ArrayValue(left)
}

func (f *filter) byName(e *event.Event) (removals []removal, err error) {
	for _, m := range e.Fields().Members() {
		remove := false
		if len(f.keep) > 0 {
			kept, err := f.any(e, f.keep, m.Key)
			if err != nil {
				return nil, err
			}
			remove = !kept
		}
		if !remove {
			if remove, err = f.any(e, f.remove, m.Key); err != nil {
				return nil, err
			}
		}
		if remove {
			removals = append(removals, removal{field: m.Key})
		}
	}
	return removals, nil
}

func (f *filter) any(e *event.Event, list []pattern, text string) (bool, error) {
	for i := range list {
		if ok, err := f.match(e, &list[i], text); ok || err != nil {
			return ok, err
		}
	}
	return false, nil
}

func (f *filter) match(e *event.Event, p *pattern, text string) (bool, error) {
	re, err := f.regexp(e, p)
	if err != nil {
		return false, err
	}
	return re.Match(text, f.scratch)
}

// maxCompiled bounds how many expanded patterns a worker keeps.
const maxCompiled = 1000

func (f *filter) regexp(e *event.Event, p *pattern) (*regex.Regexp, error) {
	if p.re != nil {
		return p.re, nil
	}
	text, err := p.template.Expand(e)
	if err != nil {
		return nil, err
	}
	if re, ok := f.compiled[text]; ok {
		return re, nil
	}
	re, err := regex.Compile(text, regex.Options{})
	if err != nil {
		return nil, err
	}
	if f.compiled == nil || len(f.compiled) >= maxCompiled {
		f.compiled = map[string]*regex.Regexp{}
	}
	f.compiled[strings.Clone(text)] = re
	return re, nil
}

// byValue tells what a pattern of a value removes: the field, or of an array the values that do, or do not, match. Values that are no
// texts are matched by their text; Logstash stops on them.
func (f *filter) byValue(e *event.Event, p *valuePattern, remove bool) ([]removal, error) {
	name := p.name
	if p.field != nil {
		var err error
		if name, err = p.field.Expand(e); err != nil {
			return nil, err
		}
	}
	v, ok := e.Fields().Get(name)
	if !ok || v.IsNull() || v.Kind() == event.Bool && !v.Bool() {
		return nil, nil
	}
	values := []event.Value{v}
	if a := v.Array(); a != nil {
		values = a.Values
	}
	var gone []event.Value
	for _, w := range values {
		matched, err := f.match(e, &p.pattern, ruby.ToS(w))
		if err != nil {
			return nil, err
		}
		if matched == remove {
			gone = append(gone, w)
		}
	}
	switch len(gone) {
	case 0:
		return nil, nil
	case len(values):
		return []removal{{field: name}}, nil
	}
	return []removal{{field: name, values: gone}}, nil
}
