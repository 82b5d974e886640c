// Package onefilter builds one filter from its configuration's text and runs events through it. It is imported by
// tests only.
package onefilter

import (
	"fmt"
	"testing"
	"time"

	"castor/internal/event"
	"castor/internal/lsconf/ast"
	"castor/internal/lsconf/diag"
	"castor/internal/lsconf/parser"
	"castor/internal/plugin"
)

// Time is the clock's time where a test sets none, and the time of its events.
var Time = time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)

// Build makes the filter of `NAME { OPTIONS }`; the error has all diagnostics.
func Build(spec *plugin.Spec, options string, env plugin.Env) (plugin.Filter, error) {
	cfg, diags := parser.Parse("test.conf", fmt.Sprintf("filter { %s { %s } }", spec.Name, options), parser.Options{})
	if diags.HasErrors() {
		return nil, diags.Err()
	}
	if env.Now == nil {
		env.Now = func() time.Time { return Time }
	}
	c := plugin.NewRegistry(spec).Decode(plugin.FilterType, cfg.Sections[0].Body[0].(*ast.Plugin), &diags)
	if c == nil {
		return nil, diags.Err()
	}
	f, _ := c.Build(env, &diags).(plugin.Filter)
	if f == nil {
		return nil, diags.Err()
	}
	return f, nil
}

// New is Build for options that are right.
func New(t testing.TB, spec *plugin.Spec, options string) plugin.Filter {
	t.Helper()
	f, err := Build(spec, options, plugin.Env{})
	if err != nil {
		t.Fatal(err)
	}
	return f
}

// Faults is the text of what Build finds wrong with the options; the test fails where that is nothing.
func Faults(t testing.TB, spec *plugin.Spec, options string) string {
	t.Helper()
	_, err := Build(spec, options, plugin.Env{})
	if err == nil {
		t.Fatalf("%s { %s } was accepted", spec.Name, options)
	}
	var list diag.List
	if as, ok := err.(diag.List); ok {
		list = as
	}
	text := err.Error()
	for _, d := range list {
		text += "\n" + d.Detail + "\n" + d.Hint
	}
	return text
}

// Event makes an event of JSON text.
func Event(t testing.TB, text string) *event.Event {
	t.Helper()
	var d event.Decoder
	v, err := d.Decode(text)
	if err != nil {
		t.Fatal(err)
	}
	return event.FromObject(v.Object(), func() event.Time { return event.TimeOf(Time) })
}

// Run puts one event through the filter and returns the event's fields as JSON, without @timestamp and @version; "" when
// the event was dropped.
func Run(t testing.TB, f plugin.Filter, text string) string {
	t.Helper()
	out := ""
	for _, e := range f.Filter(event.Batch{Event(t, text)}) {
		out += Text(e)
	}
	return out
}

// Text is the event's fields as JSON, without @timestamp and @version.
func Text(e *event.Event) string {
	o := e.Fields().Clone()
	o.Remove(event.TimestampField)
	o.Remove(event.VersionField)
	return string(event.ObjectValue(o).AppendJSON(nil))
}

// Env is surroundings with the clock of this package.
func Env() plugin.Env { return plugin.Env{Now: func() time.Time { return Time }} }

// RunText puts an event with the text as its message through the filter.
func RunText(t testing.TB, f plugin.Filter, text string) string {
	t.Helper()
	e := event.New(event.TimeOf(Time))
	e.Fields().Set(event.MessageField, event.StringValue(text))
	out := ""
	for _, e := range f.Filter(event.Batch{e}) {
		out += Text(e)
	}
	return out
}
