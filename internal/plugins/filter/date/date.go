// Package date is the filter that reads a time from a field.
package date

import (
	"castor/internal/event"
	"castor/internal/joda"
	"castor/internal/plugin"
)

// Spec describes the filter; semantics of logstash-filter-date.
var Spec = plugin.FilterSpec("date", "Reads a time from a field, by Joda-Time patterns, and makes it the event's @timestamp.", newFilter)

type config struct {
	plugin.FilterCommon
	Match        plugin.Array `opt:"match" doc:"The field, and then the formats its text may have: Joda-Time patterns, ISO8601, UNIX, UNIX_MS or TAI64N."`
	Target       string       `opt:"target" default:"@timestamp" doc:"The field that takes the time."`
	Timezone     string       `opt:"timezone" doc:"The zone of times that name none, such as Europe/Athens; it may hold %{field}. The process's zone where it is missing."`
	Locale       string       `opt:"locale" doc:"The language of month and day names, such as en or de-AT."`
	TagOnFailure []string     `opt:"tag_on_failure" default:"_dateparsefailure" doc:"Tags of events whose text has none of the formats."`
	Precision    string       `opt:"precision" default:"ms" enum:"ms|ns" doc:"The precision of parsed times." ignored:"times keep the digits that they have"`
}

type filter struct {
	cfg    *config
	source event.Ref
	target event.Ref
	parser *joda.Parser
	zone   *event.Template // where the zone is the event's
}

func newFilter(cfg *config, env *plugin.Env) (plugin.Filter, error) {
	f := &filter{cfg: cfg}
	match := cfg.Match.Texts()
	if len(match) < 2 || len(match) < len(cfg.Match) {
		return nil, plugin.BadOption("match", "needs a field and at least one format: [\"logdate\", \"ISO8601\"]")
	}
	var err error
	if f.source, err = event.ParseRef(match[0]); err != nil {
		return nil, &plugin.OptionError{Option: "match", Err: err}
	}
	if f.target, err = event.ParseRef(cfg.Target); err != nil {
		return nil, &plugin.OptionError{Option: "target", Err: err}
	}
	o := joda.Options{Formats: match[1:], Clock: env.Now, Zones: &joda.Zones{}}
	if cfg.IsSet("locale") {
		o.Locale = &cfg.Locale
	}
	if cfg.IsSet("timezone") {
		o.Timezone = &cfg.Timezone
		f.zone = event.ParseTemplate(cfg.Timezone)
	}
	if zone := env.Zone.String(); zone != "Local" && zone != "UTC" {
		if o.DefaultZone, err = o.Zones.Load(zone); err != nil {
			return nil, err
		}
	}
	if f.parser, err = joda.NewParser(o); err != nil {
		option := "match"
		if _, zoneErr := o.Zones.Load(cfg.Timezone); cfg.IsSet("timezone") && f.zone.Fixed() && zoneErr != nil {
			option = "timezone"
		}
		if option == "match" {
			return nil, badFormat(cfg.Match[1:], o, err)
		}
		return nil, &plugin.OptionError{Option: option, Err: err}
	}
	return f, nil
}

// badFormat names the place of the format at fault.
func badFormat(formats plugin.Array, o joda.Options, err error) error {
	for _, v := range formats {
		o.Formats = plugin.Array{v}.Texts()
		if _, fault := joda.NewParser(o); fault != nil {
			return plugin.BadValue("match", v, "%w", fault)
		}
	}
	return &plugin.OptionError{Option: "match", Err: err}
}

// Filter implements plugin.Filter.
func (f *filter) Filter(b event.Batch) event.Batch {
	for _, e := range b {
		f.event(e)
	}
	return b
}

func (f *filter) event(e *event.Event) {
	v, ok := e.Get(f.source)
	if !ok || v.IsNull() {
		return
	}
	t, ok := f.parse(e, v)
	if ok {
		ok = e.Set(f.target, event.TimeValue(event.Time(t))) == nil && f.cfg.Matched(e) == nil
	}
	if !ok {
		for _, tag := range f.cfg.TagOnFailure {
			e.Tag(tag)
		}
	}
}

// parse reads a text or a number; other values, timestamps among them, are a failure as in Logstash.
func (f *filter) parse(e *event.Event, v event.Value) (joda.Instant, bool) {
	switch v.Kind() {
	case event.Int:
		return f.parser.ParseInt(v.Int())
	case event.Float:
		return f.parser.ParseFloat(v.Float())
	case event.BigDecimal:
		return f.parser.ParseDecimal(v.Str())
	case event.String:
		if !f.parser.DynamicZone() {
			return f.parser.Parse(v.Str())
		}
		zone, err := f.zone.Expand(e)
		if err != nil {
			return joda.Instant{}, false
		}
		return f.parser.ParseIn(v.Str(), zone)
	}
	return joda.Instant{}, false
}
