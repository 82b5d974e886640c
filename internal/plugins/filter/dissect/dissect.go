// Package dissect is the filter that takes texts apart at delimiters, without regular expressions.
package dissect

import (
	"errors"
	"strings"
	"unicode/utf8"

	"castor/internal/event"
	"castor/internal/plugin"
	"castor/internal/ruby"
)

// Spec describes the filter; semantics of logstash-filter-dissect.
var Spec = plugin.FilterSpec("dissect", "Takes a text apart at delimiters: faster than grok where lines have a fixed order of fields.", newFilter)

type config struct {
	plugin.FilterCommon
	Mapping         plugin.Hash `opt:"mapping" default:"" doc:"For a field the pattern of its text, such as \"%{ts} %{+ts} %{host} %{?skipped} %{rest}\"; %{a->} takes repeated delimiters, %{+a/2} appends in the order of the numbers, %{&a} takes its name from the value of a."`
	ConvertDatatype plugin.Hash `opt:"convert_datatype" default:"" doc:"Types of fields, int or float."`
	TagOnFailure    []string    `opt:"tag_on_failure" default:"_dissectfailure" doc:"Tags of events whose text does not fit."`
}

type filter struct {
	cfg         *config
	mappings    []mapping
	conversions []conversion
}

type mapping struct {
	source     event.Ref
	err        error // of the reference, which Logstash finds when an event comes
	dissection *dissection
}

func newFilter(cfg *config, env *plugin.Env) (plugin.Filter, error) {
	f := &filter{cfg: cfg}
	for _, p := range cfg.Mapping {
		text := ruby.ToS(p.Value.Event())
		if text == "" {
			env.Warn(p.Value.Pos(), "mapping: the pattern of %s is empty and does nothing", p.Key)
			continue
		}
		d, err := compile(text)
		if err != nil {
			return nil, plugin.BadValue("mapping", p.Value, "%w", err)
		}
		m := mapping{dissection: d}
		if m.source, m.err = event.ParseRef(p.Key); m.err != nil {
			env.Warn(p.KeyPos, "mapping: %v; no event can have such a field", m.err)
		}
		f.mappings = append(f.mappings, m)
	}
	for _, p := range cfg.ConvertDatatype {
		to, _ := p.Value.Text()
		if !strings.EqualFold(to, "int") && !strings.EqualFold(to, "float") {
			return nil, plugin.BadValue("convert_datatype", p.Value, "the type of %s must be int or float, not %q", p.Key, to)
		}
		c := conversion{field: p.Key, to: to}
		if c.ref, c.err = event.ParseRef(p.Key); c.err != nil {
			env.Warn(p.KeyPos, "convert_datatype: %v; every event will be tagged", c.err)
		}
		f.conversions = append(f.conversions, c)
	}
	return f, nil
}

// Filter implements plugin.Filter.
func (f *filter) Filter(b event.Batch) event.Batch {
	for _, e := range b {
		if f.event(e) != nil {
			f.fail(e)
		}
	}
	return b
}

func (f *filter) fail(e *event.Event) {
	for _, tag := range f.cfg.TagOnFailure {
		e.Tag(tag)
	}
}

func (f *filter) event(e *event.Event) error {
	for i := range f.mappings {
		if err := f.dissect(e, &f.mappings[i]); err != nil {
			return err
		}
	}
	for i := range f.conversions {
		if err := f.conversions[i].apply(e); err != nil {
			return err
		}
	}
	return nil
}

// dissect applies one mapping; a text that does not fit is tagged, an error ends the work on the event.
func (f *filter) dissect(e *event.Event, m *mapping) error {
	if m.err != nil {
		return m.err
	}
	v, ok := e.Get(m.source)
	if !ok {
		return nil
	}
	var few [24]span
	spans := few[:]
	if n := len(m.dissection.parts); n > len(spans) {
		spans = make([]span, n)
	}
	text := ruby.ToS(v)
	if text == "" || len(m.dissection.parts) == 0 || !m.dissection.split(text, spans) {
		f.fail(e)
		return nil
	}
	if err := m.dissection.save(e, text, spans); err != nil {
		return err
	}
	return f.cfg.Matched(e)
}

var errNull = errors.New("a text cannot be added to null")

func (d *dissection) save(e *event.Event, s string, spans []span) error {
	for _, i := range d.saved {
		p := &d.parts[i]
		value := textOf(s, spans[i])
		ref := p.ref
		switch p.role {
		case appended:
			if old, ok := e.Get(ref); ok {
				if old.IsNull() {
					return errNull
				}
				value = string(event.AppendJava(nil, old)) + p.joint() + value
			}
		case indirect:
			name := d.nameFor(e, i, s, spans)
			if name == "" {
				continue
			}
			var err error
			if ref, err = event.ParseRef(name); err != nil {
				return err
			}
		}
		if err := set(e, ref, event.StringValue(value)); err != nil {
			return err
		}
	}
	return nil
}

func textOf(s string, at span) string {
	value := s[at.from:max(at.from, at.to)]
	if !utf8.ValidString(value) {
		return strings.ToValidUTF8(value, "\uFFFD")
	}
	return value
}

// joint is what stands between an appended value and the text before it.
func (p *part) joint() string {
	if p.before.text == "" {
		return " "
	}
	return p.before.text
}

// nameFor is the field that an indirect part goes to: the value of the field of its name, else of the part of that name.
func (d *dissection) nameFor(e *event.Event, i int, s string, spans []span) string {
	if v, ok := e.Get(d.parts[i].ref); ok {
		return string(event.AppendJava(nil, v))
	}
	for j := range d.parts {
		if j != i && d.parts[j].name == d.parts[i].name {
			return textOf(s, spans[j])
		}
	}
	return ""
}

var timestamp = event.MustRef(event.TimestampField)

// set writes a field; %{@timestamp} makes the event's time a text, as in Logstash, for a date filter behind.
func set(e *event.Event, ref event.Ref, v event.Value) error {
	if path := ref.Path(); len(path) == 1 && path[0] == timestamp.String() {
		e.Fields().Set(path[0], v)
		return nil
	}
	return e.Set(ref, v)
}
