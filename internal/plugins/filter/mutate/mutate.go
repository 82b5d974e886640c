// Package mutate is the filter that changes fields: renames, converts, replaces, splits, joins.
package mutate

import (
	"fmt"

	"castor/internal/event"
	"castor/internal/plugin"
	"castor/internal/regex"
)

// Spec describes the filter; semantics of logstash-filter-mutate.
var Spec = plugin.FilterSpec("mutate", "Changes fields: rename, convert, replace, gsub, split, join, merge, copy and more, always in this filter's own order.", newFilter)

type config struct {
	plugin.FilterCommon
	Coerce       plugin.Hash    `opt:"coerce" doc:"Values for fields that are there and null."`
	Rename       plugin.Hash    `opt:"rename" doc:"New names of fields; both names may hold %{field}."`
	Update       plugin.Hash    `opt:"update" doc:"New values of fields that are there; they may hold %{field}."`
	Replace      plugin.Hash    `opt:"replace" doc:"New values of fields, which are made where they are missing; they may hold %{field}."`
	Convert      plugin.Hash    `opt:"convert" doc:"Types of fields: integer, float, integer_eu and float_eu (1.234,56), string or boolean. In an array every element is converted."`
	Gsub         plugin.Array   `opt:"gsub" doc:"Fields, regular expressions and replacements, three by three: every match in a text, or in the texts of an array, is replaced."`
	Uppercase    []string       `opt:"uppercase" doc:"Fields whose text becomes upper case."`
	Capitalize   []string       `opt:"capitalize" doc:"Fields whose text gets a capital first letter, the others small."`
	Lowercase    []string       `opt:"lowercase" doc:"Fields whose text becomes lower case."`
	Strip        []string       `opt:"strip" doc:"Fields whose text loses the white space at both ends."`
	Split        plugin.Hash    `opt:"split" doc:"Texts at which fields are split into arrays."`
	Join         plugin.Hash    `opt:"join" doc:"Texts by which the elements of arrays are joined."`
	Merge        plugin.Hash    `opt:"merge" doc:"For a field the field or fields that are merged into it: array with array or text, hash with hash."`
	Copy         plugin.Hash    `opt:"copy" doc:"Fields to copy to other fields."`
	TagOnFailure event.Template `opt:"tag_on_failure" default:"_mutate_error" doc:"The tag of an event on which an operation failed; those behind it are left out."`
	Remove       plugin.Value   `opt:"remove" obsolete:"use remove_field" doc:"Fields to remove."`
}

// operation changes an event; its error ends the work on the event.
type operation func(e *event.Event, sc *regex.Scratch) error

type filter struct {
	cfg        *config
	operations []operation
	tag        string
	scratch    *regex.Scratch
}

// newFilter compiles the operations in the order in which Logstash applies them, whatever the order in the text.
func newFilter(cfg *config, env *plugin.Env) (plugin.Filter, error) {
	c := &compiler{cfg: cfg, env: env}
	c.values("coerce", cfg.Coerce, coerce)
	c.rename()
	c.values("update", cfg.Update, update)
	c.values("replace", cfg.Replace, replace)
	c.convert()
	c.gsub()
	c.texts("uppercase", cfg.Uppercase, upcase)
	c.texts("capitalize", cfg.Capitalize, capitalize)
	c.texts("lowercase", cfg.Lowercase, downcase)
	c.strip()
	c.split()
	c.join()
	c.merge()
	c.copy()
	if c.err != nil {
		return nil, c.err
	}
	return &filter{cfg: cfg, operations: c.operations, tag: cfg.TagOnFailure.String(), scratch: regex.NewScratch()}, nil
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
		if f.event(e) != nil {
			e.Tag(f.tag)
		}
	}
	return b
}

func (f *filter) event(e *event.Event) error {
	for _, op := range f.operations {
		if err := op(e, f.scratch); err != nil {
			return err
		}
	}
	return f.cfg.Matched(e)
}

// compiler gathers the operations of a configuration.
type compiler struct {
	cfg        *config
	env        *plugin.Env
	operations []operation
	err        error
}

func (c *compiler) add(op operation) { c.operations = append(c.operations, op) }

func (c *compiler) fail(err error) {
	if c.err == nil {
		c.err = err
	}
}

// field is a field's name, or what is wrong with it: Logstash finds that out when an event comes.
type field struct {
	ref event.Ref
	err error
}

func (c *compiler) field(option, name string, at plugin.Value) field {
	ref, err := event.ParseRef(name)
	if err != nil {
		pos := at.Pos()
		if !pos.IsValid() {
			pos = c.cfg.PosOf(option)
		}
		c.env.Warn(pos, "%s: %v; every event will get the tag %s", option, err, c.cfg.TagOnFailure.String())
	}
	return field{ref, err}
}

// get is the field's value, null where it is missing.
func (f *field) get(e *event.Event) (event.Value, error) {
	v, _ := e.Get(f.ref)
	return v, f.err
}

// text is the text of a value in the configuration; a list or hash is shown as Ruby shows it.
func text(v plugin.Value) string {
	if t, ok := v.Text(); ok {
		return t
	}
	return rubyText(v.Event())
}

// values compiles an option that gives fields values with %{…} in them.
func (c *compiler) values(option string, h plugin.Hash, apply func(e *event.Event, f *field, t *event.Template) error) {
	for _, p := range h {
		f := c.field(option, p.Key, plugin.Value{})
		t := event.ParseTemplate(text(p.Value))
		c.add(func(e *event.Event, _ *regex.Scratch) error { return apply(e, &f, t) })
	}
}

func coerce(e *event.Event, f *field, t *event.Template) error {
	v, ok := e.Get(f.ref)
	if f.err != nil || !ok || !v.IsNull() {
		return f.err
	}
	return expandInto(e, f, t)
}

func update(e *event.Event, f *field, t *event.Template) error {
	if f.err != nil || !e.Has(f.ref) {
		return f.err
	}
	return expandInto(e, f, t)
}

func replace(e *event.Event, f *field, t *event.Template) error {
	if f.err != nil {
		return f.err
	}
	return expandInto(e, f, t)
}

func expandInto(e *event.Event, f *field, t *event.Template) error {
	s, err := t.Expand(e)
	if err != nil {
		return err
	}
	return e.Set(f.ref, event.StringValue(s))
}

func (c *compiler) rename() {
	for _, p := range c.cfg.Rename {
		from, to := plugin.NewFieldName(p.Key), plugin.NewFieldName(text(p.Value))
		for _, err := range []error{from.Err(), to.Err()} {
			if err != nil {
				c.env.Warn(p.KeyPos, "rename: %v; every event will get the tag %s", err, c.cfg.TagOnFailure.String())
			}
		}
		c.add(func(e *event.Event, _ *regex.Scratch) error { return rename(e, from, to) })
	}
}

func rename(e *event.Event, from, to plugin.FieldName) error {
	old, err := from.Resolve(e)
	if err != nil {
		return err
	}
	if !e.Has(old) {
		return nil
	}
	ref, err := to.Resolve(e)
	if err != nil && to.Fault() != nil {
		return err
	}
	v, _ := e.Remove(old) // gone also where its new name is no field, as in Logstash
	if err != nil {
		return err
	}
	return e.Set(ref, v)
}

func (c *compiler) copy() {
	for _, p := range c.cfg.Copy {
		from, to := c.field("copy", p.Key, plugin.Value{}), c.field("copy", text(p.Value), p.Value)
		c.add(func(e *event.Event, _ *regex.Scratch) error {
			v, err := from.get(e)
			if err != nil || v.IsNull() {
				return err
			}
			if to.err != nil {
				return to.err
			}
			return e.Set(to.ref, v.Clone())
		})
	}
}

// need is the text of a separator; where the configuration gives something else, every use of it fails.
func (c *compiler) need(option string, v plugin.Value) (string, error) {
	t, ok := v.Text()
	if ok && !v.IsNumber() {
		return t, nil
	}
	err := fmt.Errorf("%s: the separator must be a text in quotes", option)
	c.env.Warn(v.Pos(), "%v; every event with such a field will get the tag %s", err, c.cfg.TagOnFailure.String())
	return "", err
}
