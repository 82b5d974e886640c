// Package json is the filter that reads JSON in a field.
package json

import (
	"errors"
	"strings"

	"castor/internal/event"
	"castor/internal/plugin"
	"castor/internal/ruby"
)

// Spec describes the filter; semantics of logstash-filter-json.
var Spec = plugin.FilterSpec("json", "Reads the JSON text of a field and puts what is in it into the event.", newFilter)

type config struct {
	plugin.FilterCommon
	Source            string    `opt:"source" required:"true" doc:"The field whose text is JSON."`
	Target            event.Ref `opt:"target" doc:"The field that takes the value; the members of a JSON object go to the event's root where it is missing."`
	TagOnFailure      []string  `opt:"tag_on_failure" default:"_jsonparsefailure" doc:"Tags of events whose text is not JSON."`
	SkipOnInvalidJSON bool      `opt:"skip_on_invalid_json" default:"false" doc:"Whether events whose text is not JSON go on without these tags."`
}

// Tag and field of a bad @timestamp in the JSON.
const timestampFailureTag = "_timestampparsefailure"

var (
	timestampFailure = event.MustRef("_@timestamp")
	timestamp        = event.MustRef(event.TimestampField)
)

type filter struct {
	cfg     *config
	source  event.Ref
	bad     error // of the source, which Logstash finds when an event comes
	now     func() event.Time
	decoder event.Decoder
}

func newFilter(cfg *config, env *plugin.Env) (plugin.Filter, error) {
	f := &filter{cfg: cfg, now: env.EventNow, decoder: event.Decoder{Decimals: true}}
	f.source, f.bad = event.ParseRef(cfg.Source)
	if f.bad != nil {
		env.Warn(cfg.PosOf("source"), "source: %v; no event can have such a field", f.bad)
	}
	return f, nil
}

// Fork implements plugin.Forker: the decoder has buffers.
func (f *filter) Fork() plugin.Filter {
	c := *f
	c.decoder = event.Decoder{Decimals: true}
	return &c
}

// Filter implements plugin.Filter.
func (f *filter) Filter(b event.Batch) event.Batch {
	for _, e := range b {
		if f.event(e) {
			for _, tag := range f.cfg.TagOnFailure {
				e.Tag(tag)
			}
		}
	}
	return b
}

// event tells whether the event is to be tagged as a failure.
func (f *filter) event(e *event.Event) (failed bool) {
	v, _ := e.Get(f.source)
	switch {
	case f.bad != nil:
		return true
	case v.IsNull(), v.Kind() == event.Bool && !v.Bool():
		return false
	case !v.IsString():
		return !f.cfg.SkipOnInvalidJSON
	}
	parsed, err := f.parse(v.Str())
	if err != nil {
		return !f.cfg.SkipOnInvalidJSON
	}
	return f.put(e, parsed) != nil || f.cfg.Matched(e) != nil
}

var errNoBlank = errors.New("a number ends in a blank")

const blanks = " \t\r\n"

// parse reads JSON: of several values in a row the last one, of none null. A byte order mark before it is passed over.
func (f *filter) parse(s string) (event.Value, error) {
	s = strings.TrimPrefix(s, "\uFEFF")
	v := event.NullValue
	for strings.Trim(s, blanks) != "" {
		last, n, err := f.decoder.DecodePrefix(s)
		if err != nil {
			return v, err
		}
		if v, s = last, s[n:]; s != "" && v.IsNumber() && strings.IndexByte(blanks, s[0]) < 0 {
			return v, errNoBlank
		}
	}
	return v, nil
}

type rootError struct{}

func (rootError) Error() string { return "only a JSON object can go to the event's root; set a target" }

func (f *filter) put(e *event.Event, v event.Value) error {
	if !f.cfg.Target.IsZero() {
		return e.Set(f.cfg.Target, v)
	}
	if v.Object() == nil {
		return rootError{}
	}
	at, hasTime := v.Object().Remove(event.TimestampField)
	for _, m := range v.Object().Members() {
		if err := e.SetNamed(m.Key, m.Value); err != nil {
			return err
		}
	}
	if !hasTime || at.IsNull() || at.Kind() == event.Bool && !at.Bool() {
		return nil
	}
	return f.time(e, at)
}

// time makes the value the event's time; one that is no time is kept in _@timestamp, and the time is the present.
func (f *filter) time(e *event.Event, v event.Value) error {
	if t, err := event.ParseTime(v.Str()); v.IsString() && err == nil {
		e.SetTimestamp(t)
		return nil
	}
	if err := e.Set(timestamp, event.TimeValue(f.now())); err != nil {
		return err
	}
	e.Tag(timestampFailureTag)
	return e.Set(timestampFailure, event.StringValue(ruby.ToS(v)))
}
