// Package kv is the filter that reads pairs such as key=value.
package kv

import (
	"errors"
	"strings"

	"castor/internal/event"
	"castor/internal/plugin"
	"castor/internal/regex"
	"castor/internal/ruby"
)

// Spec describes the filter; semantics of logstash-filter-kv.
var Spec = plugin.FilterSpec("kv", "Reads the pairs of a text such as user=bob id=42 into fields.", newFilter)

type config struct {
	plugin.FilterCommon
	AllowDuplicateValues bool           `opt:"allow_duplicate_values" default:"true" doc:"Whether a pair that comes again with the same value is kept again."`
	AllowEmptyValues     bool           `opt:"allow_empty_values" default:"false" doc:"Whether a key without a value makes an empty field."`
	DefaultKeys          plugin.Hash    `opt:"default_keys" doc:"Fields and their values for keys that the text does not have."`
	ExcludeKeys          []string       `opt:"exclude_keys" doc:"Keys that make no field; they may hold %{field}."`
	FieldSplit           string         `opt:"field_split" default:" " doc:"The characters between pairs, each of which is a separator; they stand in a character class of a regular expression."`
	FieldSplitPattern    string         `opt:"field_split_pattern" doc:"A regular expression for what stands between pairs, instead of field_split."`
	IncludeBrackets      bool           `opt:"include_brackets" default:"true" doc:"Whether (), [] and <> enclose values as quotes do."`
	IncludeKeys          []string       `opt:"include_keys" doc:"The only keys that make fields; all do where it is missing. They may hold %{field}."`
	Prefix               event.Template `opt:"prefix" default:"" doc:"A text before every key; it may hold %{field}."`
	Recursive            bool           `opt:"recursive" default:"false" doc:"Whether the pairs in a value become a hash."`
	RemoveCharKey        string         `opt:"remove_char_key" doc:"Characters to take out of keys."`
	RemoveCharValue      string         `opt:"remove_char_value" doc:"Characters to take out of values."`
	Source               event.Ref      `opt:"source" default:"message" doc:"The field with the text."`
	Target               event.Ref      `opt:"target" doc:"The field that takes the pairs as a hash; they go to the event's root where it is missing."`
	TransformKey         string         `opt:"transform_key" enum:"lowercase|uppercase|capitalize" doc:"How keys are written."`
	TransformValue       string         `opt:"transform_value" enum:"lowercase|uppercase|capitalize" doc:"How values are written."`
	TrimKey              string         `opt:"trim_key" doc:"Characters to take off both ends of keys."`
	TrimValue            string         `opt:"trim_value" doc:"Characters to take off both ends of values."`
	ValueSplit           string         `opt:"value_split" default:"=" doc:"The characters between a key and its value, each of which is a separator; they stand in a character class of a regular expression."`
	ValueSplitPattern    string         `opt:"value_split_pattern" doc:"A regular expression for what stands between a key and its value, instead of value_split."`
	Whitespace           string         `opt:"whitespace" default:"lenient" enum:"lenient|strict" doc:"Whether blanks around the separator of key and value are passed over."`
	TagOnFailure         []string       `opt:"tag_on_failure" default:"_kv_filter_error" doc:"Tags of events on which the filter failed."`
	TagOnTimeout         event.Template `opt:"tag_on_timeout" default:"_kv_filter_timeout" doc:"The tag of events on which an expression was given up because it took too long."`
	TimeoutMillis        int            `opt:"timeout_millis" default:"30000" doc:"How long the filter may work on a text, in milliseconds." ignored:"expressions are bounded by counted steps"`
}

type filter struct {
	cfg      *config
	grammar  *grammar
	key      rewriter
	value    rewriter
	include  []*event.Template
	exclude  []*event.Template
	defaults []event.Member
	scratch  *regex.Scratch
}

func newFilter(cfg *config, _ *plugin.Env) (plugin.Filter, error) {
	f := &filter{cfg: cfg, scratch: regex.NewScratch(), include: templates(cfg.IncludeKeys), exclude: templates(cfg.ExcludeKeys)}
	for _, p := range cfg.DefaultKeys {
		f.defaults = append(f.defaults, event.Member{Key: p.Key, Value: p.Value.Event()})
	}
	var err error
	if f.grammar, err = newGrammar(cfg); err != nil {
		return nil, err
	}
	if f.key, err = newRewriter("_key", cfg, cfg.TrimKey, cfg.RemoveCharKey, cfg.TransformKey); err != nil {
		return nil, err
	}
	f.value, err = newRewriter("_value", cfg, cfg.TrimValue, cfg.RemoveCharValue, cfg.TransformValue)
	return f, err
}

func templates(texts []string) []*event.Template {
	var ts []*event.Template
	for _, t := range texts {
		ts = append(ts, event.ParseTemplate(t))
	}
	return ts
}

// Fork implements plugin.Forker.
func (f *filter) Fork() plugin.Filter {
	c := *f
	c.scratch = regex.NewScratch()
	return &c
}

// Filter implements plugin.Filter.
func (f *filter) Filter(b event.Batch) event.Batch {
	for _, e := range b {
		switch err := f.event(e); {
		case errors.Is(err, regex.ErrSteps):
			tag, _ := f.cfg.TagOnTimeout.Expand(e)
			e.Tag(tag)
		case err != nil:
			for _, tag := range f.cfg.TagOnFailure {
				e.Tag(tag)
			}
		}
	}
	return b
}

func (f *filter) event(e *event.Event) error {
	found, err := f.pairs(e)
	if err != nil || found.Len() == 0 {
		return err
	}
	if err := f.put(e, found); err != nil {
		return err
	}
	return f.cfg.Matched(e)
}

func (f *filter) put(e *event.Event, found *event.Object) error {
	if !f.cfg.Target.IsZero() {
		return e.Set(f.cfg.Target, event.ObjectValue(found))
	}
	for _, m := range found.Members() {
		if err := e.SetNamed(m.Key, m.Value); err != nil {
			return err
		}
	}
	return nil
}

// pairs reads the source: a text, or the texts of an array. The default keys come first.
func (f *filter) pairs(e *event.Event) (*event.Object, error) {
	found := event.NewObject(8)
	r := reader{filter: f, event: e}
	v, _ := e.Get(f.cfg.Source)
	if err := r.value(v, found); err != nil {
		return nil, err
	}
	if len(f.defaults) == 0 {
		return found, nil
	}
	all := event.NewObject(len(f.defaults) + found.Len())
	for _, m := range f.defaults {
		all.Set(m.Key, m.Value.Clone())
	}
	for _, m := range found.Members() {
		all.Set(m.Key, m.Value)
	}
	return all, nil
}

// rewriter changes keys or values: characters trimmed, taken out, case.
type rewriter struct {
	trim, remove *regex.Regexp
	transform    func(string) string
}

var transforms = map[string]func(string) string{"lowercase": ruby.Downcase, "uppercase": ruby.Upcase, "capitalize": ruby.Capitalize}

func newRewriter(what string, cfg *config, trim, remove, transform string) (rewriter, error) {
	w := rewriter{transform: transforms[transform]}
	var err error
	if cfg.IsSet("trim" + what) {
		if w.trim, err = compile("trim"+what, "^["+trim+"]+|["+trim+"]+$"); err != nil {
			return w, err
		}
	}
	if cfg.IsSet("remove_char" + what) {
		w.remove, err = compile("remove_char"+what, "["+remove+"]")
	}
	return w, err
}

func (w *rewriter) rewrite(s string, sc *regex.Scratch) (string, error) {
	for _, re := range []*regex.Regexp{w.trim, w.remove} {
		if re == nil {
			continue
		}
		var err error
		if s, err = re.ReplaceAll(s, "", sc); err != nil {
			return "", err
		}
	}
	if w.transform != nil {
		s = w.transform(s)
	}
	return s, nil
}

func expand(ts []*event.Template, e *event.Event) ([]string, error) {
	var texts []string
	for _, t := range ts {
		s, err := t.Expand(e)
		if err != nil {
			return nil, err
		}
		texts = append(texts, s)
	}
	return texts, nil
}

// includes is Ruby's include?: a part of a text, an element of an array, a key of a hash.
func includes(v event.Value, s string) bool {
	switch {
	case v.IsString():
		return strings.Contains(v.Str(), s)
	case v.Object() != nil:
		_, ok := v.Object().Get(s)
		return ok
	case v.Array() == nil:
		return false
	}
	for _, x := range v.Array().Values {
		if x.IsString() && x.Str() == s {
			return true
		}
	}
	return false
}
