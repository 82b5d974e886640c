package plugin

import (
	"fmt"
	"os"

	"castor/internal/event"
	"castor/internal/lsconf/token"
)

// Common is what every plugin's configuration has.
type Common struct {
	ID               string `opt:"id" doc:"A name for this plugin in logs, statistics and the monitoring API. One is made where it is missing."`
	EnableMetric     bool   `opt:"enable_metric" default:"true" doc:"Whether to count this plugin's events and time." ignored:"the counters cost next to nothing and are always on"`
	ECSCompatibility string `opt:"ecs_compatibility" enum:"disabled|v1|v8" doc:"Field names of the Elastic Common Schema for this plugin; the pipeline's setting where it is missing."`

	set map[string]token.Pos
}

type commoner interface {
	common() *Common
	compile() error
}

func (c *Common) common() *Common { return c }

func (c *Common) compile() error { return nil }

// IsSet tells whether the configuration gives the option.
func (c *Common) IsSet(option string) bool { _, ok := c.set[option]; return ok }

// PosOf is where the option's value stands, an invalid place where it is not given.
func (c *Common) PosOf(option string) token.Pos { return c.set[option] }

// CodecCommon is embedded by the configuration of codecs.
type CodecCommon struct{ Common }

// OutputCommon is embedded by the configuration of outputs.
type OutputCommon struct {
	Common
	Spool    bool  `opt:"spool" default:"false" doc:"Whether events wait for this output on disk, below path.data, so that while it is slow or away it holds neither the pipeline's other outputs nor the inputs back. Events count as written when they are there. It needs an id. An option of Castor."`
	SpoolMax Bytes `opt:"spool_max_bytes" default:"1GiB" doc:"How much may wait there; beyond it the pipeline waits. An option of Castor."`
}

func (c *OutputCommon) output() *OutputCommon { return c }

// InputCommon is embedded by the configuration of inputs.
type InputCommon struct {
	Common
	AddField Hash     `opt:"add_field" doc:"Fields to add to every event."`
	Tags     []string `opt:"tags" doc:"Tags to add to every event."`
	Type     string   `opt:"type" doc:"The field type of every event that has none yet."`

	fields fieldTemplates
}

func (c *InputCommon) compile() error {
	c.fields = compileFields(c.AddField)
	return nil
}

// Decorate adds the fields, tags and type that the configuration asks for. Inputs call it for each event.
func (c *InputCommon) Decorate(e *event.Event) {
	if c.Type != "" {
		if _, ok := e.Fields().Get("type"); !ok {
			e.Fields().Set("type", event.StringValue(c.Type))
		}
	}
	for _, t := range c.Tags {
		e.Tag(t)
	}
	c.fields.add(e)
}

// FilterCommon is embedded by the configuration of filters.
type FilterCommon struct {
	Common
	AddField      Hash     `opt:"add_field" doc:"Fields to add when the filter succeeded; names and values may hold %{field}."`
	AddTag        []string `opt:"add_tag" doc:"Tags to add when the filter succeeded; they may hold %{field}."`
	RemoveField   []string `opt:"remove_field" doc:"Fields to remove when the filter succeeded; names may hold %{field}."`
	RemoveTag     []string `opt:"remove_tag" doc:"Tags to remove when the filter succeeded; they may hold %{field}."`
	PeriodicFlush bool     `opt:"periodic_flush" default:"false" doc:"Whether to call the filter's flush at intervals." ignored:"filters that hold events are always flushed by time"`

	fields      fieldTemplates
	addTags     []*event.Template
	removeTags  []*event.Template
	removePaths []FieldName
}

func (c *FilterCommon) compile() error {
	c.fields = compileFields(c.AddField)
	for _, name := range c.RemoveField {
		c.removePaths = append(c.removePaths, NewFieldName(name))
	}
	c.addTags, c.removeTags = templates(c.AddTag), templates(c.RemoveTag)
	return nil
}

func templates(texts []string) []*event.Template {
	var ts []*event.Template
	for _, t := range texts {
		ts = append(ts, event.ParseTemplate(t))
	}
	return ts
}

// Matched applies add_field, remove_field, add_tag and remove_tag, in this order, as Logstash does
// for an event that a filter was successful with. An error is a field reference that is none.
func (c *FilterCommon) Matched(e *event.Event) error {
	if err := c.fields.add(e); err != nil {
		return err
	}
	for _, name := range c.removePaths {
		ref, err := name.Resolve(e)
		if err != nil {
			return fmt.Errorf("remove_field: %w", err)
		}
		e.Remove(ref)
	}
	if err := c.tag(e); err != nil {
		return fmt.Errorf("add_tag: %w", err)
	}
	if err := c.untag(e); err != nil {
		return fmt.Errorf("remove_tag: %w", err)
	}
	return nil
}

var tagsRef = event.MustRef(event.TagsField)

// tag appends the tags of add_tag; as in Logstash, one that is there already comes twice.
func (c *FilterCommon) tag(e *event.Event) error {
	for _, t := range c.addTags {
		text, err := t.Expand(e)
		if err != nil {
			return err
		}
		if !e.Has(tagsRef) {
			e.Tag(text)
		} else if err := AddTo(e, tagsRef, event.StringValue(text)); err != nil {
			return err
		}
	}
	return nil
}

// untag removes the tags of remove_tag. Tags that are a single text become a list by it.
func (c *FilterCommon) untag(e *event.Event) error {
	v, _ := e.Get(tagsRef)
	if len(c.removeTags) == 0 || v.IsNull() {
		return nil
	}
	if v.Array() == nil {
		if err := e.Set(tagsRef, event.ArrayValue(&event.Array{Values: []event.Value{v}})); err != nil {
			return err
		}
	}
	for _, t := range c.removeTags {
		text, err := t.Expand(e)
		if err != nil {
			return err
		}
		e.Untag(text)
	}
	return nil
}

// FieldName is the name of a field that may hold %{…}.
type FieldName struct {
	ref      event.Ref
	err      error
	template *event.Template // where it is not fixed
}

// NewFieldName compiles a name. A fault in it is found by Resolve, as Logstash finds it only when an event comes.
func NewFieldName(text string) FieldName {
	t := event.ParseTemplate(text)
	if !t.Fixed() || t.Err() != nil {
		return FieldName{template: t, err: t.Err()}
	}
	ref, err := event.ParseRef(text)
	return FieldName{ref: ref, err: err}
}

// Resolve returns the field for an event; the error is a name that is no field reference.
func (n FieldName) Resolve(e *event.Event) (event.Ref, error) {
	if n.template == nil {
		return n.ref, n.err
	}
	text, err := n.template.Expand(e)
	if err != nil {
		return event.Ref{}, err
	}
	return event.ParseRef(text)
}

// Err is the fault of a name that is fixed.
func (n FieldName) Err() error { return n.err }

// Fault is the fault of a template in the name.
func (n FieldName) Fault() error {
	if n.template == nil {
		return nil
	}
	return n.template.Err()
}

// fieldTemplates is a compiled add_field.
type fieldTemplates []struct {
	name   FieldName
	values []*event.Template
}

func compileFields(h Hash) fieldTemplates {
	fs := make(fieldTemplates, len(h))
	for i, p := range h {
		fs[i].name = NewFieldName(p.Key)
		for _, v := range p.Value.List() {
			text, ok := v.Text()
			if !ok {
				text = v.Event().String()
			}
			fs[i].values = append(fs[i].values, event.ParseTemplate(text))
		}
	}
	return fs
}

func (fs fieldTemplates) add(e *event.Event) error {
	for _, f := range fs {
		ref, err := f.name.Resolve(e)
		if err != nil {
			return fmt.Errorf("add_field: %w", err)
		}
		for _, t := range f.values {
			text, err := t.Expand(e)
			if err == nil {
				err = AddTo(e, ref, event.StringValue(text))
			}
			if err != nil {
				return fmt.Errorf("add_field: %w", err)
			}
		}
	}
	return nil
}

// AddTo sets a field, or where it is there already makes it a list with v at its end, as add_field does. By Ruby's rule the list of
// a null is empty, and that of a hash has its pairs.
func AddTo(e *event.Event, ref event.Ref, v event.Value) error {
	old, ok := e.Get(ref)
	switch {
	case !ok:
		return e.Set(ref, v)
	case old.Array() != nil:
		list := old.Array().Values
		return e.Set(ref, event.ArrayValue(&event.Array{Values: append(list[:len(list):len(list)], v)}))
	case old.IsNull():
		return e.Set(ref, event.ArrayValue(&event.Array{Values: []event.Value{v}}))
	case old.Object() != nil:
		return e.Set(ref, event.ArrayValue(&event.Array{Values: append(pairsOf(old.Object()), v)}))
	}
	return e.Set(ref, event.ArrayValue(&event.Array{Values: []event.Value{old, v}}))
}

func pairsOf(o *event.Object) []event.Value {
	var pairs []event.Value
	for _, m := range o.Members() {
		pairs = append(pairs, event.ArrayValue(&event.Array{Values: []event.Value{event.StringValue(m.Key), m.Value}}))
	}
	return pairs
}

func checkPath(p string) error {
	if _, err := os.Stat(p); err != nil {
		return fmt.Errorf("the file must exist: %w", err)
	}
	return nil
}
