// Package dedot is the filter de_dot, which takes the dots out of fields' names.
package dedot

import (
	"strings"

	"castor/internal/event"
	"castor/internal/plugin"
)

// Spec describes the filter; semantics of logstash-filter-de_dot.
var Spec = plugin.FilterSpec("de_dot", "Replaces the dots in fields' names, or makes nested fields of them.", newFilter)

type config struct {
	plugin.FilterCommon
	Separator    string   `opt:"separator" default:"_" doc:"What stands for a dot."`
	Nested       bool     `opt:"nested" default:"false" doc:"Whether a.b becomes [a][b]; the separator has then no effect."`
	Recursive    bool     `opt:"recursive" default:"false" doc:"Whether to rename the fields inside hashes too."`
	Fields       []string `opt:"fields" doc:"The fields to rename; every field where it is missing."`
	TagOnFailure string   `opt:"tag_on_failure" default:"_de_dot_error" doc:"The tag of events on which renaming failed."`
}

type filter struct {
	cfg       *config
	separator string
}

const nesting = "]["

func newFilter(cfg *config, _ *plugin.Env) (plugin.Filter, error) {
	f := &filter{cfg: cfg, separator: cfg.Separator}
	if strings.Contains(cfg.Separator, ".") {
		return nil, plugin.BadOption("separator", "it cannot hold a dot")
	}
	if cfg.Nested {
		f.separator = nesting
	}
	return f, nil
}

// Filter implements plugin.Filter.
func (f *filter) Filter(b event.Batch) event.Batch {
	for _, e := range b {
		if f.event(e) != nil || f.cfg.Matched(e) != nil {
			e.Tag(f.cfg.TagOnFailure)
		}
	}
	return b
}

func (f *filter) event(e *event.Event) error {
	names := f.cfg.Fields
	if !f.cfg.IsSet("fields") {
		names = keys(e.Fields())
	}
	for _, name := range names {
		dots := f.cfg.Recursive || strings.Contains(name, ".")
		if !dots && !strings.ContainsAny(name, "[]") {
			continue
		}
		ref, err := event.ParseRef(name)
		if err != nil {
			return err
		}
		if !dots || !e.Has(ref) {
			continue
		}
		if err := f.rename(e, name); err != nil {
			return err
		}
	}
	return nil
}

func keys(o *event.Object) []string {
	var names []string
	for _, m := range o.Members() {
		names = append(names, m.Key)
	}
	return names
}

func (f *filter) rename(e *event.Event, name string) error {
	if f.separator == nesting || f.cfg.Recursive {
		if !strings.HasPrefix(name, "[") {
			name = "[" + name
		}
		if !strings.HasSuffix(name, "]") {
			name += "]"
		}
	}
	if strings.Contains(name, ".") {
		var err error
		if name, err = f.move(e, name); err != nil {
			return err
		}
	}
	if !f.cfg.Recursive {
		return nil
	}
	ref, err := event.ParseRef(name)
	if err != nil {
		return err
	}
	v, _ := e.Get(ref)
	if v.Object() == nil {
		return nil
	}
	for _, key := range keys(v.Object()) {
		if err := f.rename(e, name+"["+key+"]"); err != nil {
			return err
		}
	}
	return nil
}

// move puts the field where its new name says and removes the first part of the old path that has a dot.
func (f *filter) move(e *event.Event, name string) (string, error) {
	ref, err := event.ParseRef(name)
	if err != nil {
		return "", err
	}
	renamed := strings.ReplaceAll(name, ".", f.separator)
	to, err := event.ParseRef(renamed)
	if err != nil {
		return "", err
	}
	v, _ := e.Get(ref)
	if err := e.Set(to, v.Clone()); err != nil {
		return "", err
	}
	old := ""
	for _, key := range ref.Path() {
		old += "[" + key + "]"
		if strings.Contains(key, ".") {
			break
		}
	}
	if ref, err = event.ParseRef(old); err == nil {
		e.Remove(ref)
	}
	return renamed, nil
}
