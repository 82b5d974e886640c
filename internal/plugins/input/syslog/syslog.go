// Package syslog is the input that receives the messages of syslog over UDP and TCP. It is made of the inputs tcp and udp and
// of the filters grok and date.
package syslog

import (
	"context"
	"fmt"
	"strconv"
	"strings"

	"golang.org/x/sync/errgroup"

	"castor/internal/event"
	"castor/internal/grok"
	"castor/internal/lsconf/ast"
	"castor/internal/lsconf/diag"
	"castor/internal/plugin"
	"castor/internal/plugins/codec/line"
	"castor/internal/plugins/codec/plain"
	"castor/internal/plugins/filter/date"
	grokfilter "castor/internal/plugins/filter/grok"
	"castor/internal/plugins/input/tcp"
	"castor/internal/plugins/input/udp"
)

// Spec describes the input; options and semantics of logstash-input-syslog.
var Spec = plugin.InputSpec("syslog", "Receives syslog messages in the form of RFC 3164 over UDP and TCP, and takes priority, time, host and program out of them.", newInput)

type config struct {
	plugin.InputCommon
	Codec          plugin.CodecOption `opt:"codec" default:"plain" doc:"How a message becomes an event before it is taken apart."`
	Host           string             `opt:"host" default:"0.0.0.0" doc:"The address to listen on."`
	Port           int                `opt:"port" default:"514" doc:"The port, for both UDP and TCP; below 1024 it needs rights."`
	Field          string             `opt:"syslog_field" default:"message" doc:"The field that is taken apart."`
	Pattern        string             `opt:"grok_pattern" doc:"The grok expression to take it apart, instead of that for RFC 3164."`
	ProxyProtocol  bool               `opt:"proxy_protocol" default:"false" doc:"Whether TCP connections begin with the line of the PROXY protocol, version 1."`
	UseLabels      bool               `opt:"use_labels" default:"true" doc:"Whether to add the names of facility and severity."`
	FacilityLabels []string           `opt:"facility_labels" default:"kernel|user-level|mail|system|security/authorization|syslogd|line printer|network news|UUCP|clock|security/authorization|FTP|NTP|log audit|log alert|clock|local0|local1|local2|local3|local4|local5|local6|local7" doc:"The names of facilities, by their numbers."`
	SeverityLabels []string           `opt:"severity_labels" default:"Emergency|Alert|Critical|Error|Warning|Notice|Informational|Debug" doc:"The names of severities, by their numbers."`
	Timezone       string             `opt:"timezone" doc:"The zone of times that have none, such as Europe/Athens; the process's where it is missing."`
	Locale         string             `opt:"locale" doc:"The language of the names of months, such as de."`
	ServiceType    string             `opt:"service_type" default:"system" doc:"What [service][type] is with ECS."`
}

const failureTag = "_grokparsefailure_sysloginput"

// unknownPriority is that of a message without one, by RFC 3164.
const unknownPriority = 13

type input struct {
	cfg      *config
	env      *plugin.Env
	udp, tcp plugin.Input
	grok     plugin.Filter
	date     plugin.Filter
	codec    string

	field, host, priority, facility, severity, facilityLabel, severityLabel event.Ref
}

func newInput(cfg *config, env *plugin.Env) (plugin.Input, error) {
	ref := func(legacy, v1 string) event.Ref { return event.MustRef(env.ECS.Pick(legacy, v1)) }
	in := &input{
		cfg: cfg, env: env, codec: cfg.Codec.Name(), host: ref("host", "[host][ip]"), priority: ref("priority", "[log][syslog][priority]"),
		facility: ref("facility", "[log][syslog][facility][code]"), severity: ref("severity", "[log][syslog][severity][code]"),
		facilityLabel: ref("facility_label", "[log][syslog][facility][name]"), severityLabel: ref("severity_label", "[log][syslog][severity][name]"),
	}
	var err error
	if in.field, err = event.ParseRef(cfg.Field); err != nil {
		return nil, &plugin.OptionError{Option: "syslog_field", Err: err}
	}
	if cfg.Port < 1 || cfg.Port > 65535 {
		return nil, plugin.BadOption("port", "%d is no port", cfg.Port)
	}
	if _, err := cfg.Codec.New(env); err != nil {
		return nil, &plugin.OptionError{Option: "codec", Err: err}
	}
	return in, in.parts()
}

// parts makes the inputs and filters that this one consists of.
func (in *input) parts() (err error) {
	pattern := in.cfg.Pattern
	if pattern == "" {
		pattern = in.env.ECS.Pick("<%{POSINT:priority}>%{SYSLOGLINE}", "<%{POSINT:[log][syslog][priority]:int}>%{SYSLOGLINE}")
	}
	filterEnv, inputEnv := *in.env, *in.env
	inputEnv.ECS = plugin.ECSDisabled // its fields are given their names here
	if in.grok, err = build[plugin.Filter](plugin.FilterType, filterEnv, node("grok", "match", list(in.cfg.Field, pattern), "overwrite", text(in.cfg.Field), "tag_on_failure", text(failureTag))); err != nil {
		return &plugin.OptionError{Option: "grok_pattern", Err: err}
	}
	times := []any{"match", list("timestamp", "MMM dd HH:mm:ss", "MMM  d HH:mm:ss", "MMM d HH:mm:ss", "ISO8601")}
	if in.cfg.Timezone != "" {
		times = append(times, "timezone", text(in.cfg.Timezone))
	}
	if in.cfg.Locale != "" {
		times = append(times, "locale", text(in.cfg.Locale))
	}
	if in.date, err = build[plugin.Filter](plugin.FilterType, filterEnv, node("date", times...)); err != nil {
		return &plugin.OptionError{Option: "timezone", Err: err}
	}
	address := []any{"host", text(in.cfg.Host), "port", text(strconv.Itoa(in.cfg.Port))}
	if in.udp, err = build[plugin.Input](plugin.InputType, inputEnv, node("udp", address...)); err != nil {
		return err
	}
	in.tcp, err = build[plugin.Input](plugin.InputType, inputEnv, node("tcp", append(address, "codec", text("line"), "dns_reverse_lookup_enabled", text("false"),
		"proxy_protocol", text(strconv.FormatBool(in.cfg.ProxyProtocol)))...))
	return err
}

func text(s string) ast.Value { return &ast.String{Text: s, Raw: s, Quote: '"'} }

func list(texts ...string) ast.Value {
	a := &ast.Array{}
	for _, s := range texts {
		a.Elems = append(a.Elems, text(s))
	}
	return a
}

// node is a plugin with its settings: names and values in turn.
func node(name string, settings ...any) *ast.Plugin {
	p := &ast.Plugin{Name: name}
	for i := 0; i < len(settings); i += 2 {
		p.Attrs = append(p.Attrs, &ast.Attr{Name: settings[i].(string), Value: settings[i+1].(ast.Value)})
	}
	return p
}

var registry = plugin.NewRegistry(tcp.Spec, udp.Spec, grokfilter.Spec, date.Spec, plain.Spec, line.Spec)

func build[T any](t plugin.Type, env plugin.Env, n *ast.Plugin) (built T, err error) {
	var diags diag.List
	if c := registry.Decode(t, n, &diags); c != nil {
		if built, ok := c.Build(env, &diags).(T); ok && !diags.HasErrors() {
			return built, nil
		}
	}
	return built, diags.Err()
}

// Run implements plugin.Input.
func (in *input) Run(ctx context.Context, emit plugin.Emit) error {
	relay := func(ctx context.Context, d plugin.Delivery) error {
		events, err := in.relay(d.Events)
		if err != nil {
			return err
		}
		d.Events = events
		return emit(ctx, d)
	}
	g, ctx := errgroup.WithContext(ctx)
	g.Go(func() error { return in.udp.Run(ctx, relay) })
	g.Go(func() error { return in.tcp.Run(ctx, relay) })
	if err := g.Wait(); err != nil {
		return fmt.Errorf("syslog: %w", err)
	}
	return nil
}

var transport = []event.Ref{event.MustRef("port"), event.MustRef("[@metadata][ip_address]"), event.MustRef("proxy_host"), event.MustRef("proxy_port")}

// relay takes messages apart. Each call has a codec of its own: several connections call it at once.
func (in *input) relay(received event.Batch) (event.Batch, error) {
	var out event.Batch
	var codec plugin.Codec
	if in.codec != "plain" {
		var err error
		if codec, err = in.cfg.Codec.New(in.env); err != nil {
			return nil, err
		}
	}
	grok, date := in.grok.(plugin.Forker).Fork(), forked(in.date)
	for _, e := range received {
		ip, _ := e.Get(event.MustRef("host"))
		e.Fields().Remove("host")
		for _, r := range transport {
			e.Remove(r)
		}
		if codec == nil {
			out = append(out, in.parse(e, ip, grok, date))
			continue
		}
		message, _ := e.Get(event.MustRef(event.MessageField))
		add := func(decoded *event.Event) { out = append(out, in.parse(decoded, ip, grok, date)) }
		codec.Decode(message.Str(), add)
		codec.Flush(add)
	}
	return out, nil
}

func forked(f plugin.Filter) plugin.Filter {
	if k, ok := f.(plugin.Forker); ok {
		return k.Fork()
	}
	return f
}

// parse is what Logstash does with one message.
func (in *input) parse(e *event.Event, ip event.Value, grok, date plugin.Filter) *event.Event {
	in.cfg.Decorate(e)
	_ = e.Set(in.host, ip)
	if v, _ := e.Get(in.field); v.IsString() {
		_ = e.Set(in.field, event.StringValue(strings.TrimSuffix(v.Str(), "\n")))
	}
	ecs := in.env.ECS.Enabled()
	if ecs {
		original, _ := e.Get(in.field)
		_ = e.Set(event.MustRef("[event][original]"), original.Clone())
	}
	grok.Filter(event.Batch{e})
	if service := event.MustRef("[service][type]"); ecs && in.cfg.ServiceType != "" && !e.Has(service) {
		_ = e.Set(service, event.StringValue(in.cfg.ServiceType))
	}
	priority := int64(unknownPriority)
	if !tagged(e) {
		v, _ := e.Get(in.priority)
		priority = toInt(v)
		if at, ok := e.Fields().Get("timestamp8601"); ok && !ecs {
			e.Fields().Set("timestamp", at)
		}
		date.Filter(event.Batch{e})
		if ecs {
			e.Fields().Remove("timestamp")
		}
	}
	in.label(e, priority)
	return e
}

func tagged(e *event.Event) bool {
	for _, t := range e.Tags() {
		if t == failureTag {
			return true
		}
	}
	return false
}

func toInt(v event.Value) int64 {
	if v.IsString() {
		return grok.ToInt(v.Str()).Small
	}
	return v.Int()
}

func (in *input) label(e *event.Event, priority int64) {
	severity, facility := priority&7, priority>>3
	_ = e.Set(in.priority, event.IntValue(priority))
	_ = e.Set(in.severity, event.IntValue(severity))
	_ = e.Set(in.facility, event.IntValue(facility))
	if !in.cfg.UseLabels {
		return
	}
	if facility < int64(len(in.cfg.FacilityLabels)) {
		_ = e.Set(in.facilityLabel, event.StringValue(in.cfg.FacilityLabels[facility]))
	}
	if severity < int64(len(in.cfg.SeverityLabels)) {
		_ = e.Set(in.severityLabel, event.StringValue(in.cfg.SeverityLabels[severity]))
	}
}

// Close implements plugin.Input.
func (in *input) Close() error { return nil }
