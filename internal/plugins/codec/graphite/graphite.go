// Package graphite is the codec for Graphite's plain text protocol: name, value and time in a line. It imports the
// plugin contracts, events, grok for its numbers, regular expressions, and the codecs' text and lines.
package graphite

import (
	"fmt"
	"log/slog"
	"strings"
	"time"

	"castor/internal/event"
	"castor/internal/grok"
	"castor/internal/plugin"
	"castor/internal/plugins/codec/charset"
	"castor/internal/plugins/codec/line"
	"castor/internal/regex"
)

// Spec describes the codec; semantics of logstash-codec-graphite.
var Spec = plugin.CodecSpec("graphite", "Reads and writes lines of Graphite's text protocol: a metric's name, value and time.", newCodec)

const failureTag = "_graphiteparsefailure"

const maxLine = 1 << 20

type config struct {
	plugin.CodecCommon
	Metrics          plugin.Hash    `opt:"metrics" doc:"The metrics to write, names and values; both may hold %{field}. A value that is no number counts as 0."`
	FieldsAreMetrics bool           `opt:"fields_are_metrics" default:"false" doc:"Whether every field is written as a metric, instead of metrics."`
	Include          []string       `opt:"include_metrics" default:".*" doc:"Regular expressions of the metrics to write."`
	Exclude          []string       `opt:"exclude_metrics" default:"%\\{[^}]+\\}" doc:"Regular expressions of metrics not to write; those whose name has a %{field} that is not there, where it is missing."`
	Format           event.Template `opt:"metrics_format" default:"*" doc:"What a metric's name becomes, with * for the name; it may hold %{field}."`
	AsKeyValue       bool           `opt:"as_key_value" default:"false" doc:"Whether a line that is read gives the fields key and value instead of one that is named after the metric."`
}

type metric struct{ name, value *event.Template }

type codec struct {
	cfg              *config
	now              func() event.Time
	log              *slog.Logger
	split            line.Splitter
	metrics          []metric
	include, exclude []*regex.Regexp
	scratch          *regex.Scratch
}

func newCodec(cfg *config, env *plugin.Env) (plugin.Codec, error) {
	c := &codec{cfg: cfg, now: env.EventNow, log: env.Log, split: line.Splitter{Delimiter: "\n", Max: maxLine}, scratch: regex.NewScratch()}
	for _, p := range cfg.Metrics {
		value, ok := p.Value.Text()
		if !ok {
			return nil, plugin.BadValue("metrics", p.Value, "expected a text or a number as the value of %q", p.Key)
		}
		c.metrics = append(c.metrics, metric{event.ParseTemplate(p.Key), event.ParseTemplate(value)})
	}
	var err error
	if c.include, err = compile("include_metrics", cfg.Include); err != nil {
		return nil, err
	}
	c.exclude, err = compile("exclude_metrics", cfg.Exclude)
	return c, err
}

func compile(option string, texts []string) ([]*regex.Regexp, error) {
	var all []*regex.Regexp
	for _, text := range texts {
		re, err := regex.Compile(text, regex.Options{})
		if err != nil {
			return nil, &plugin.OptionError{Option: option, Err: err}
		}
		all = append(all, re)
	}
	return all, nil
}

// Decode implements plugin.Codec.
func (c *codec) Decode(data string, emit func(*event.Event)) {
	c.split.Split(data, func(text string, _ bool) { emit(c.event(charset.Repair(text))) })
}

// Flush implements plugin.Codec: a line without its end may be cut off within a number, and is not taken.
func (c *codec) Flush(func(*event.Event)) {
	if rest := c.split.Rest(); rest != "" {
		c.log.Warn("a Graphite line without its end is left out", "line", charset.Repair(rest))
	}
}

// Pending implements plugin.Pending.
func (c *codec) Pending() (bool, time.Time) { return c.split.Held(), time.Time{} }

// lastSecond bounds times: 31 December 9999.
const lastSecond = 253402300799

func (c *codec) event(text string) *event.Event {
	var words [3]string
	copy(words[:], strings.Fields(text))
	at := grok.ToInt(words[2])
	if at.Big != "" || at.Small < -lastSecond || at.Small > lastSecond {
		return c.failed(text)
	}
	o := event.NewObject(4)
	if c.cfg.AsKeyValue {
		o.Set("key", event.StringValue(words[0]))
		o.Set("value", event.FloatValue(grok.ToFloat(words[1])))
	} else {
		o.Set(words[0], event.FloatValue(grok.ToFloat(words[1])))
	}
	o.Set(event.TimestampField, event.TimeValue(event.Time{Sec: at.Small}))
	return event.FromObject(o, c.now)
}

func (c *codec) failed(text string) *event.Event {
	e := event.New(c.now())
	e.Fields().Set(event.MessageField, event.StringValue(text))
	e.Tag(failureTag)
	return e
}

// Encode implements plugin.Codec. An event without metrics gives nothing. The format is filled in for each event; Logstash
// keeps for all what the first event made of it.
func (c *codec) Encode(dst []byte, e *event.Event) ([]byte, error) {
	ts, ok := e.Timestamp()
	if !ok {
		ts = c.now()
	}
	l := lines{dst: dst, codec: c, format: string(c.cfg.Format.Append(nil, e)), sec: ts.Sec}
	if c.cfg.FieldsAreMetrics {
		l.fields(e)
		return l.dst, nil
	}
	for _, m := range c.metrics {
		if name := string(m.name.Append(nil, e)); c.any(c.include, name) {
			l.add(name, string(m.value.Append(nil, e)))
		}
	}
	return l.dst, nil
}

// lines are the metrics of one event.
type lines struct {
	*codec
	dst    []byte
	format string
	sec    int64
}

func (l *lines) fields(e *event.Event) {
	for _, m := range e.Fields().Members() {
		if m.Key == event.TimestampField || m.Key == event.VersionField || len(l.include) > 0 && !l.any(l.include, m.Key) {
			continue
		}
		value := ""
		if m.Value.Object() == nil && m.Value.Array() == nil {
			value = string(event.ParseTemplate(m.Value.String()).Append(nil, e))
		}
		l.add(m.Key, value)
	}
}

func (l *lines) add(name, value string) {
	if l.any(l.exclude, name) {
		return
	}
	l.dst = append(l.dst, strings.ReplaceAll(l.format, "*", name)...)
	l.dst = event.AppendRubyFloat(append(l.dst, ' '), grok.ToFloat(value))
	l.dst = fmt.Appendf(l.dst, " %d\n", l.sec)
}

func (c *codec) any(expressions []*regex.Regexp, name string) bool {
	for _, re := range expressions {
		if ok, err := re.Match(name, c.scratch); ok && err == nil {
			return true
		}
	}
	return false
}

// HeldBytes is the size of what waits for more.
func (c *codec) HeldBytes() int { return c.split.Len() }
