// Package grok is the filter that takes text apart by patterns.
package grok

import (
	"errors"
	"strings"
	"time"

	"castor/internal/event"
	"castor/internal/grok"
	"castor/internal/lsconf/token"
	"castor/internal/plugin"
	"castor/internal/ruby"
)

// Spec describes the filter; semantics of logstash-filter-grok.
var Spec = plugin.FilterSpec("grok", "Takes text apart by named patterns into fields.", newFilter)

type config struct {
	plugin.FilterCommon
	Match              plugin.Hash    `opt:"match" doc:"For each field the pattern, or a list of patterns, that its text is matched against."`
	BreakOnMatch       bool           `opt:"break_on_match" default:"true" doc:"Whether the first pattern that matches is the last one tried."`
	KeepEmptyCaptures  bool           `opt:"keep_empty_captures" default:"false" doc:"Whether captures of no text make fields."`
	NamedCapturesOnly  bool           `opt:"named_captures_only" default:"true" doc:"Whether only %{PATTERN:field} makes a field, and not %{PATTERN}."`
	Overwrite          []string       `opt:"overwrite" doc:"Fields whose value a capture replaces instead of making a list."`
	PatternDefinitions plugin.Hash    `opt:"pattern_definitions" doc:"Patterns of this filter alone: name => regular expression."`
	PatternsDir        []string       `opt:"patterns_dir" doc:"Folders or files with more patterns, one a line: name, blank, regular expression."`
	PatternsFilesGlob  string         `opt:"patterns_files_glob" default:"*" doc:"Which files of patterns_dir are read."`
	TagOnFailure       []string       `opt:"tag_on_failure" default:"_grokparsefailure" doc:"Tags of events that no pattern matched."`
	TagOnTimeout       event.Template `opt:"tag_on_timeout" default:"_groktimeout" doc:"Tag of events on which a pattern was given up because it took too long."`
	Target             string         `opt:"target" doc:"The field that takes all captures; the event's root where it is missing."`
	TimeoutMillis      int            `opt:"timeout_millis" default:"30000" doc:"How long a pattern may work on one text, in milliseconds; 0 is without a limit. It is counted in steps, not by the clock."`
	TimeoutScope       string         `opt:"timeout_scope" default:"pattern" enum:"pattern|event" doc:"Whether the time is for each pattern or for all patterns of an event."`
	Engine             string         `opt:"engine" default:"castor" enum:"castor|re2" doc:"castor matches as Logstash does; re2 runs the patterns on Go's regular expressions, which cannot hold all of them. An option of Castor."`
	Explain            bool           `opt:"explain" default:"false" doc:"Whether an event that no pattern matches tells in [@metadata][grok] how far the best one came: field, pattern, element, inside, column, wanted and near. An option of Castor."`
}

// filter is shared; each worker has a fork with a scratch of its own.
type filter struct {
	*shared
	scratch  *grok.Scratch
	captures []grok.Capture
	tally    tally // of one batch
}

type shared struct {
	cfg       *config
	fields    []field
	overwrite map[string]bool
	totals    totals
}

// field is one entry of match: a source and its patterns.
type field struct {
	source   event.Ref
	list     *grok.List
	patterns [][]target // for each pattern, for each of its fields, where it goes
}

type target struct {
	ref       event.Ref
	overwrite bool
	valid     bool
}

func newFilter(cfg *config, env *plugin.Env) (plugin.Filter, error) {
	s := &shared{cfg: cfg, overwrite: map[string]bool{}}
	for _, f := range cfg.Overwrite {
		s.overwrite[strings.Trim(f, "[]")] = true
	}
	library, err := loadLibrary(cfg, env)
	if err != nil {
		return nil, err
	}
	opt := grok.Options{
		Library: library, AllCaptures: !cfg.NamedCapturesOnly, ApplyAll: !cfg.BreakOnMatch,
		Timeout: time.Duration(cfg.TimeoutMillis) * time.Millisecond, TimeoutEvent: cfg.TimeoutScope == "event",
	}
	var errs []error
	for _, p := range cfg.Match {
		f, err := s.field(p, opt, env)
		if err != nil {
			errs = append(errs, err)
			continue
		}
		s.fields = append(s.fields, f)
	}
	if err := errors.Join(errs...); err != nil {
		return nil, err
	}
	return &filter{shared: s, scratch: grok.NewScratch()}, nil
}

func loadLibrary(cfg *config, env *plugin.Env) (*grok.Library, error) {
	library, err := grok.Stock(string(env.ECS))
	if err != nil {
		return nil, err
	}
	if env.PatternsDir != "" {
		warnings, err := library.LoadFolder(env.PatternsDir, string(env.ECS))
		warn(env, token.Pos{}, warnings)
		if err != nil {
			return nil, err
		}
	}
	if len(cfg.PatternsDir) > 0 {
		warnings, err := library.Load(cfg.PatternsDir, cfg.PatternsFilesGlob)
		warn(env, cfg.PosOf("patterns_dir"), warnings)
		if err != nil {
			return nil, &plugin.OptionError{Option: "patterns_dir", Err: err}
		}
	}
	for _, p := range cfg.PatternDefinitions {
		text, ok := p.Value.Text()
		if !ok {
			return nil, plugin.BadValue("pattern_definitions", p.Value, "the definition of %s is no text", p.Key)
		}
		library.Add(grok.Definition{Name: p.Key, Text: text, Source: "pattern_definitions"})
	}
	return library, nil
}

func warn(env *plugin.Env, pos token.Pos, warnings []string) {
	for _, w := range warnings {
		env.Warn(pos, "%s", w)
	}
}

func (s *shared) field(p plugin.Pair, opt grok.Options, env *plugin.Env) (f field, err error) {
	if f.source, err = event.ParseRef(p.Key); err != nil {
		return f, &plugin.OptionError{Option: "match", Pos: p.KeyPos, Err: err}
	}
	var exprs []string
	for _, v := range p.Value.List() {
		text, ok := v.Text()
		if !ok {
			return f, plugin.BadValue("match", v, "a pattern must be a text")
		}
		exprs = append(exprs, text)
	}
	if f.list, err = s.compile(exprs, opt, p, env); err != nil {
		return f, badPattern(p.Value.List(), opt, err)
	}
	for _, w := range f.list.Lint() {
		env.Warn(p.Value.Pos(), "%s", w)
	}
	for i := range f.list.Len() {
		f.patterns = append(f.patterns, s.targets(f.list.Pattern(i).Fields()))
	}
	return f, nil
}

// badPattern names the place of the pattern at fault.
func badPattern(patterns []plugin.Value, opt grok.Options, err error) error {
	for _, v := range patterns {
		text, _ := v.Text()
		if _, fault := grok.CompileList([]string{text}, opt); fault != nil {
			return plugin.BadValue("match", v, "%w", fault)
		}
	}
	return &plugin.OptionError{Option: "match", Pos: patterns[0].Pos(), Err: err}
}

func (s *shared) compile(exprs []string, opt grok.Options, p plugin.Pair, env *plugin.Env) (*grok.List, error) {
	if s.cfg.Engine != "re2" {
		return grok.CompileList(exprs, opt)
	}
	list, report, err := grok.CompileRE2List(exprs, opt)
	for _, u := range report.Unheld {
		env.Warn(p.Value.Pos(), "engine re2 cannot hold %q: %s", u.Expr, u.Reason)
	}
	return list, err
}

func (s *shared) targets(fields []string) []target {
	ts := make([]target, len(fields))
	for i, name := range fields {
		full := name
		if s.cfg.Target != "" {
			full = bracket(s.cfg.Target) + bracket(name)
		}
		ref, err := event.ParseRef(full)
		ts[i] = target{ref: ref, valid: err == nil, overwrite: s.overwrite[strings.Trim(name, "[]")] || s.overwrite[strings.Trim(full, "[]")]}
	}
	return ts
}

func bracket(name string) string {
	if strings.HasPrefix(name, "[") {
		return name
	}
	return "[" + name + "]"
}

// Fork implements plugin.Forker.
func (f *filter) Fork() plugin.Filter { return &filter{shared: f.shared, scratch: grok.NewScratch()} }

// Filter implements plugin.Filter.
func (f *filter) Filter(b event.Batch) event.Batch {
	for _, e := range b {
		f.event(e)
	}
	f.totals.add(&f.tally)
	return b
}

var explainField = event.MustRef("[@metadata][grok]")

func (f *filter) event(e *event.Event) {
	matched := false
	for i := range f.fields {
		ok, err := f.source(e, &f.fields[i])
		if err != nil {
			f.failed(e, err)
			return
		}
		if ok {
			matched = true
			if f.cfg.BreakOnMatch {
				break
			}
		}
	}
	if !matched {
		f.failed(e, nil)
		return
	}
	if err := f.cfg.Matched(e); err != nil {
		f.failed(e, nil)
		return
	}
	f.tally.matches++
}

func (f *filter) failed(e *event.Event, err error) {
	f.tally.failures++
	var timeout *grok.TimeoutError
	if errors.As(err, &timeout) {
		tag, _ := f.cfg.TagOnTimeout.Expand(e)
		e.Tag(tag)
	} else {
		for _, t := range f.cfg.TagOnFailure {
			e.Tag(t)
		}
	}
	if f.cfg.Explain {
		f.explain(e)
	}
}

func (f *filter) explain(e *event.Event) {
	for i := range f.fields {
		v, ok := e.Get(f.fields[i].source)
		if !ok || !v.IsString() {
			continue
		}
		if x, ok := f.fields[i].list.Explain(v.Str()); ok {
			o := event.NewObject(7)
			o.Set("field", event.StringValue(f.fields[i].source.String()))
			o.Set("pattern", event.StringValue(x.Expr))
			o.Set("element", event.StringValue(x.Element))
			if len(x.Inside) > 0 {
				o.Set("inside", event.StringValue("%{"+strings.Join(x.Inside, "} -> %{")+"}"))
			}
			o.Set("column", event.IntValue(int64(x.Column)))
			o.Set("wanted", event.StringValue(x.Wanted))
			o.Set("near", event.StringValue(x.Near))
			_ = e.Set(explainField, event.ObjectValue(o))
			return
		}
	}
}

// source matches one field, which counts as an empty text where it is missing; of a list, every element for itself.
func (f *filter) source(e *event.Event, fd *field) (bool, error) {
	v, _ := e.Get(fd.source)
	a := v.Array()
	if a == nil {
		return f.match(e, fd, v)
	}
	matched := false
	for _, v := range append([]event.Value(nil), a.Values...) {
		ok, err := f.match(e, fd, v)
		if err != nil {
			return false, err
		}
		matched = matched || ok
	}
	return matched, nil
}

// match tries the patterns in turn. Where all are tried, the last one's answer counts, as in Logstash.
func (f *filter) match(e *event.Event, fd *field, v event.Value) (bool, error) {
	text := ruby.ToS(v)
	last := -1
	for i := 0; ; i++ {
		n, err := fd.list.Find(text, i, f.scratch)
		if n < 0 || err != nil {
			return last == fd.list.Len()-1, err
		}
		if err := f.capture(e, fd.list.Pattern(n), fd.patterns[n], text); err != nil {
			return false, err
		}
		if f.cfg.BreakOnMatch {
			return true, nil
		}
		i, last = n, n
	}
}

var errTarget = errors.New("a capture's name is no field reference")

func (f *filter) capture(e *event.Event, p *grok.Pattern, targets []target, text string) error {
	f.captures = p.AppendCaptures(f.captures[:0], text, f.scratch)
	for i := range f.captures {
		c := &f.captures[i]
		if c.Empty() && !f.cfg.KeepEmptyCaptures {
			continue
		}
		t := &targets[c.Field]
		if !t.valid {
			return errTarget
		}
		if err := place(e, t, value(c)); err != nil {
			return err
		}
	}
	return nil
}

func value(c *grok.Capture) event.Value {
	switch {
	case !c.Set:
		return event.NullValue
	case c.Type == grok.Int:
		n := grok.ToInt(c.Text)
		if n.Big != "" {
			return event.BigIntValue(n.Big)
		}
		return event.IntValue(n.Small)
	case c.Type == grok.Float:
		return event.FloatValue(grok.ToFloat(c.Text))
	}
	return event.StringValue(c.Text)
}

// place puts a capture into the event: a string that is there becomes a list with it, a list grows, and any other value stays.
func place(e *event.Event, t *target, v event.Value) error {
	if t.overwrite {
		return e.Set(t.ref, v)
	}
	old, err := e.SetNew(t.ref, v)
	switch {
	case err != nil:
		return err
	case old.Array() != nil:
		old.Array().Append(v)
	case old.IsString():
		return e.Set(t.ref, event.ArrayValue(&event.Array{Values: []event.Value{old, v}}))
	}
	return nil
}
