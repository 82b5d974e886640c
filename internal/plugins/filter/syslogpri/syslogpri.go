// Package syslogpri is the filter syslog_pri, which takes the number in a syslog line's <…> apart.
package syslogpri

import (
	"errors"
	"math/big"

	"castor/internal/event"
	"castor/internal/grok"
	"castor/internal/plugin"
	"castor/internal/ruby"
)

// Spec describes the filter; semantics of logstash-filter-syslog_pri.
var Spec = plugin.FilterSpec("syslog_pri", "Takes the priority of a syslog line apart: facility and severity, as numbers and as words.", newFilter)

type config struct {
	plugin.FilterCommon
	UseLabels      bool         `opt:"use_labels" default:"true" doc:"Whether to add the words beside the numbers."`
	Field          string       `opt:"syslog_pri_field_name" doc:"The field with the priority; syslog_pri where it is missing, and [log][syslog][priority] in ECS."`
	FacilityLabels plugin.Value `opt:"facility_labels" type:"array" doc:"The facilities' words, from 0; those of RFC 3164 where it is missing."`
	SeverityLabels plugin.Value `opt:"severity_labels" type:"array" doc:"The severities' words, from 0; emergency to debug where it is missing."`
}

var facilities = []string{
	"kernel", "user-level", "mail", "daemon", "security/authorization", "syslogd", "line printer", "network news", "uucp", "clock",
	"security/authorization", "ftp", "ntp", "log audit", "log alert", "clock", "local0", "local1", "local2", "local3", "local4", "local5", "local6", "local7",
}

var severities = []string{"emergency", "alert", "critical", "error", "warning", "notice", "informational", "debug"}

const (
	failureTag      = "_syslogpriparsefailure"
	defaultPriority = 13 // user-level notice, RFC 3164's for lines without one
)

type filter struct {
	cfg                                                      *config
	source                                                   event.Ref
	facilityCode, severityCode, facilityLabel, severityLabel event.Ref
	facilities, severities                                   []string
}

func newFilter(cfg *config, env *plugin.Env) (plugin.Filter, error) {
	name := env.ECS.Pick("syslog_pri", "[log][syslog][priority]")
	if cfg.IsSet("syslog_pri_field_name") {
		name = cfg.Field
	}
	source, err := event.ParseRef(name)
	if err != nil {
		return nil, &plugin.OptionError{Option: "syslog_pri_field_name", Err: err}
	}
	return &filter{
		cfg: cfg, source: source, facilities: labels(cfg.FacilityLabels, facilities), severities: labels(cfg.SeverityLabels, severities),
		facilityCode:  event.MustRef(env.ECS.Pick("syslog_facility_code", "[log][syslog][facility][code]")),
		severityCode:  event.MustRef(env.ECS.Pick("syslog_severity_code", "[log][syslog][severity][code]")),
		facilityLabel: event.MustRef(env.ECS.Pick("syslog_facility", "[log][syslog][facility][name]")),
		severityLabel: event.MustRef(env.ECS.Pick("syslog_severity", "[log][syslog][severity][name]")),
	}, nil
}

func labels(v plugin.Value, usual []string) []string {
	if v.Node() == nil {
		return usual
	}
	return plugin.Array(v.List()).Texts()
}

// Filter implements plugin.Filter.
func (f *filter) Filter(b event.Batch) event.Batch {
	for _, e := range b {
		if f.event(e) != nil || f.cfg.Matched(e) != nil {
			e.Tag(failureTag)
		}
	}
	return b
}

var errPriority = errors.New("the priority is no number and no text")

func (f *filter) event(e *event.Event) error {
	v, _ := e.Get(f.source)
	severity, facility, ok := split(v)
	if !ok {
		return errPriority
	}
	if err := errors.Join(e.Set(f.severityCode, event.IntValue(severity)), e.Set(f.facilityCode, facility)); err != nil || !f.cfg.UseLabels {
		return err
	}
	n := facility.Int()
	if facility.Kind() != event.Int || n >= int64(len(f.facilities)) {
		e.Tag(failureTag)
		return nil
	}
	return errors.Join(set(e, f.facilityLabel, f.facilities, n), set(e, f.severityLabel, f.severities, severity))
}

// set writes the label of a number; a negative one counts from the end, as in Ruby, and one beyond the list has none.
func set(e *event.Event, ref event.Ref, labels []string, n int64) error {
	if n < 0 {
		n += int64(len(labels))
	}
	if n < 0 || n >= int64(len(labels)) {
		return nil
	}
	return e.Set(ref, event.StringValue(labels[n]))
}

// split returns the lowest three bits of a priority, and what is above them.
func split(v event.Value) (severity int64, facility event.Value, ok bool) {
	if a := v.Array(); a != nil {
		v = event.IntValue(0)
		if a.Len() > 0 && !a.Values[0].IsNull() {
			v = a.Values[0]
		}
	}
	n := grok.Integer{}
	switch {
	case v.IsNull(), v.Kind() == event.Bool && !v.Bool():
		n.Small = defaultPriority
	case v.Kind() == event.Int:
		n.Small = v.Int()
	case v.Kind() == event.Float, v.Kind() == event.BigDecimal:
		whole, err := ruby.Truncate(v.Float())
		if err != nil {
			return 0, event.Value{}, false
		}
		n = grok.ToInt(whole.String())
	case v.IsString(), v.IsNumber():
		n = grok.ToInt(v.String())
	default:
		return 0, event.Value{}, false
	}
	if n.Big == "" {
		return n.Small & 7, event.IntValue(n.Small >> 3), true
	}
	large, ok := new(big.Int).SetString(n.Big, 10)
	if !ok {
		return 0, event.Value{}, false
	}
	low := new(big.Int).And(large, big.NewInt(7)).Int64()
	return low, event.NumberValue(large.Rsh(large, 3).String()), true
}
