// Package translate is the filter that replaces values by what a dictionary has for them.
package translate

import (
	"errors"
	"fmt"
	"strconv"
	"strings"

	"castor/internal/event"
	"castor/internal/plugin"
	"castor/internal/plugins/rubycode"
	"castor/internal/regex"
	"castor/internal/ruby"
)

// Spec describes the filter; semantics of logstash-filter-translate.
var Spec = plugin.FilterSpec("translate", "Looks a field's value up in a dictionary, given in place or in a YAML, JSON or CSV file.", newFilter)

type config struct {
	plugin.FilterCommon
	Source           string         `opt:"source" doc:"The field to look up."`
	Field            string         `opt:"field" deprecated:"use source" doc:"The field to look up."`
	Target           string         `opt:"target" doc:"The field that takes what is found; translation where it is missing, and the source in ECS."`
	Destination      string         `opt:"destination" deprecated:"use target" doc:"The field that takes what is found."`
	Override         bool           `opt:"override" doc:"Whether to replace a target that is there; true where source and target are one field, else false."`
	Dictionary       plugin.Hash    `opt:"dictionary" default:"" doc:"Values and what they become."`
	DictionaryPath   string         `opt:"dictionary_path" type:"path" doc:"A .yml, .yaml, .json or .csv file with the dictionary, instead of dictionary."`
	CodePointLimit   int64          `opt:"yaml_dictionary_code_point_limit" doc:"How many characters a YAML file may have; 134217728 where it is missing."`
	LoadStrategy     string         `opt:"yaml_load_strategy" default:"one_shot" enum:"streaming|one_shot" doc:"How scalars in a YAML file are understood: one_shot knows all of YAML 1.1's, streaming only null, true, false and decimal numbers."`
	RefreshInterval  float64        `opt:"refresh_interval" default:"300" doc:"Seconds after which the file is looked at again; 0 for never."`
	RefreshBehaviour string         `opt:"refresh_behaviour" default:"merge" enum:"merge|replace" doc:"Whether a changed file adds to what is known or replaces it."`
	Exact            bool           `opt:"exact" default:"true" doc:"Whether the whole value must be a key; if not, every key in it is replaced."`
	Regex            bool           `opt:"regex" default:"false" doc:"With exact, whether keys are regular expressions; the first that matches counts."`
	Fallback         event.Template `opt:"fallback" doc:"The value for what the dictionary has not; it may hold %{field}."`
	IterateOn        string         `opt:"iterate_on" doc:"An array whose elements are looked up: the source itself, or one of hashes in which source and target are."`
}

type filter struct {
	cfg      *config
	source   event.Ref
	target   event.Ref
	iterate  event.Ref
	inPlace  bool
	override bool
	elements string // source and target below an element of iterate
	result   string
	table    *source
	update   func(*event.Event) (bool, error)
	scratch  *regex.Scratch
	failures *rubycode.Failures // as in Logstash, events are not tagged
}

func newFilter(cfg *config, env *plugin.Env) (plugin.Filter, error) {
	f := &filter{cfg: cfg, scratch: regex.NewScratch(), failures: rubycode.NewFailures(env.Log)}
	if err := f.names(env); err != nil {
		return nil, err
	}
	var err error
	if f.table, err = newSource(cfg, env); err != nil {
		return nil, err
	}
	return f.Fork(), nil
}

func (f *filter) names(env *plugin.Env) (err error) {
	cfg := f.cfg
	source, target := cfg.Source, cfg.Target
	switch {
	case cfg.IsSet("field") && cfg.IsSet("source"):
		return plugin.BadOption("field", "source and field are the same option; remove field")
	case cfg.IsSet("destination") && cfg.IsSet("target"):
		return plugin.BadOption("destination", "target and destination are the same option; remove destination")
	case cfg.IsSet("field"):
		source = cfg.Field
	}
	switch {
	case source == "":
		return errors.New("needs the option source: the field to look up")
	case cfg.IsSet("destination"):
		target = cfg.Destination
	case !cfg.IsSet("target"):
		target = env.ECS.Pick("translation", source)
	}
	f.inPlace, f.override = source == target, cfg.Override
	if f.inPlace && cfg.IsSet("override") && !cfg.Override {
		return plugin.BadOption("override", "source and target are one field, so override => false would do nothing; remove it")
	}
	f.override = f.override || f.inPlace
	if f.source, err = event.ParseRef(source); err != nil {
		return &plugin.OptionError{Option: "source", Err: err}
	}
	if f.target, err = event.ParseRef(target); err != nil {
		return &plugin.OptionError{Option: "target", Err: err}
	}
	if f.iterate, err = event.ParseRef(cfg.IterateOn); err != nil {
		return &plugin.OptionError{Option: "iterate_on", Err: err}
	}
	f.elements, f.result = bracketed(source), bracketed(target)
	return nil
}

func bracketed(name string) string {
	if strings.HasPrefix(name, "[") && strings.HasSuffix(name, "]") {
		return name
	}
	return "[" + name + "]"
}

// Fork implements plugin.Forker: matching needs working memory.
func (f *filter) Fork() plugin.Filter {
	c := *f
	c.scratch = regex.NewScratch()
	source := f.cfg.Source
	if f.cfg.IsSet("field") {
		source = f.cfg.Field
	}
	switch {
	case !f.cfg.IsSet("iterate_on"):
		c.update = c.one
	case f.cfg.IterateOn == source:
		c.update = c.values
	default:
		c.update = c.hashes
	}
	return &c
}

// Filter implements plugin.Filter.
func (f *filter) Filter(b event.Batch) event.Batch {
	f.table.refresh()
	for _, e := range b {
		found, err := f.update(e)
		if err == nil && found {
			err = f.cfg.Matched(e)
		}
		if err != nil {
			f.failures.Add("translate: the event stays without a translation", err, "source", f.source.String())
		}
	}
	return b
}

// wanted tells whether the target may be written.
func (f *filter) wanted(e *event.Event) bool { return f.override || !e.Has(f.target) }

// one translates the source, of an array the first element.
func (f *filter) one(e *event.Event) (bool, error) {
	v, ok := e.Get(f.source)
	if !ok || !f.wanted(e) {
		return false, nil
	}
	if a := v.Array(); a != nil {
		v = event.NullValue
		if a.Len() > 0 {
			v = a.Values[0]
		}
	}
	found, ok, err := f.lookup(e, v)
	if !ok || err != nil {
		return f.inPlace, err
	}
	return true, e.Set(f.target, found)
}

// lookup finds a value's translation, or the fallback.
func (f *filter) lookup(e *event.Event, v event.Value) (event.Value, bool, error) {
	found, ok, err := f.table.dictionary().find(ruby.ToS(v), f.scratch)
	if ok || err != nil || !f.cfg.IsSet("fallback") {
		return found, ok, err
	}
	text, err := f.cfg.Fallback.Expand(e)
	return event.StringValue(text), err == nil, err
}

// values translates every element of an array.
func (f *filter) values(e *event.Event) (bool, error) {
	v, ok := e.Get(f.iterate)
	if !ok || !f.wanted(e) {
		return false, nil
	}
	translated, any := &event.Array{}, false
	for _, w := range elementsOf(v) {
		found, _, err := f.lookup(e, w)
		if err != nil {
			return false, err
		}
		translated.Append(found)
		any = any || !found.IsNull() && (found.Kind() != event.Bool || found.Bool())
	}
	return any || f.inPlace, e.Set(f.target, event.ArrayValue(translated))
}

// elementsOf is Ruby's Array(): null is empty, a hash its pairs, and any other value alone.
func elementsOf(v event.Value) []event.Value {
	switch {
	case v.Array() != nil:
		return v.Array().Values
	case v.Object() != nil:
		var pairs []event.Value
		for _, m := range v.Object().Members() {
			pairs = append(pairs, event.ArrayValue(&event.Array{Values: []event.Value{event.StringValue(m.Key), m.Value}}))
		}
		return pairs
	case v.IsNull():
		return nil
	}
	return []event.Value{v}
}

// hashes translates a field in every hash of an array.
func (f *filter) hashes(e *event.Event) (any bool, err error) {
	v, ok := e.Get(f.iterate)
	if !ok {
		return false, nil
	}
	for i := range elementsOf(v) {
		at := bracketed(f.cfg.IterateOn) + "[" + strconv.Itoa(i) + "]"
		from, err := event.ParseRef(at + f.elements)
		if err != nil {
			return false, err
		}
		w, _ := e.Get(from)
		if w.IsNull() {
			continue
		}
		found, ok, err := f.lookup(e, w)
		if err != nil {
			return false, err
		}
		if !ok {
			continue
		}
		to, err := event.ParseRef(at + f.result)
		if err != nil {
			return false, err
		}
		if err := e.Set(to, found); err != nil {
			return false, fmt.Errorf("set the translation: %w", err)
		}
		any = true
	}
	return any || f.inPlace, nil
}
