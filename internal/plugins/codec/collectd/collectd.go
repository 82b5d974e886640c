// Package collectd is the codec for the binary protocol of collectd's network plugin. It reads packets; it
// imports the plugin contracts, events, and the codecs' character sets.
package collectd

import (
	"log/slog"
	"os"

	"castor/internal/event"
	"castor/internal/plugin"
)

// Spec describes the codec; options of logstash-codec-collectd, protocol of collectd's network plugin.
var Spec = plugin.CodecSpec("collectd", "Reads the packets of collectd's network plugin: each value list and each notification is an event.", newCodec)

type config struct {
	plugin.CodecCommon
	TypesDB          []string     `opt:"typesdb" doc:"Files in the format of collectd's types.db, which name the values of types that have several; of two entries for a type the last counts. The types that collectd brings are built in."`
	PruneIntervals   bool         `opt:"prune_intervals" default:"true" doc:"Whether interval parts of a packet give no event of their own."`
	SecurityLevel    string       `opt:"security_level" enum:"None|Sign|Encrypt" default:"None" doc:"What is asked of packets: nothing; that signatures, where there are any, are right; or that all is encrypted."`
	RequireSignature bool         `opt:"require_signature" default:"false" doc:"Whether security_level Sign refuses packets that are neither signed nor encrypted, as collectd itself does. Logstash takes them. An option of Castor."`
	AuthFile         string       `opt:"authfile" doc:"The file of users and passwords, a line \"user: password\" each; read again when it changes. Needed by security_level Sign and Encrypt."`
	NaNHandling      string       `opt:"nan_handling" enum:"change_value|warn|drop" default:"change_value" doc:"What to do about a value that is not a number: replace it by nan_value and tag the event, do so and log it, or leave the event out."`
	NaNValue         plugin.Value `opt:"nan_value" type:"number" doc:"What replaces a value that is not a number; 0 where it is missing."`
	NaNTag           string       `opt:"nan_tag" default:"_collectdNaN" doc:"The tag of an event in which a value was replaced."`
	Target           string       `opt:"target" doc:"The field that takes the values; the event's root where it is missing."`
}

// codec decodes packets. What follows a packet's first fault is left out, as collectd does.
type codec struct {
	plugin.NoEncode
	plugin.NoFlush
	cfg      *config
	types    types
	auth     *auth // nil without security
	nan      event.Value
	target   event.Ref
	now      func() event.Time
	log      *slog.Logger
	complain limiter
	packet   packet
}

func newCodec(cfg *config, env *plugin.Env) (plugin.Codec, error) {
	c := &codec{cfg: cfg, types: builtinTypes(), now: env.EventNow, log: env.Log, nan: event.IntValue(0)}
	for _, path := range cfg.TypesDB {
		if err := c.types.load(path); err != nil {
			return nil, &plugin.OptionError{Option: "typesdb", Err: err, Hint: "give a file in the format of collectd's types.db, or leave typesdb out for the built-in types"}
		}
	}
	if cfg.IsSet("nan_value") {
		if c.nan = number(cfg.NaNValue); !c.nan.IsNumber() {
			return nil, plugin.BadValue("nan_value", cfg.NaNValue, "expected a number")
		}
	}
	if err := c.secure(); err != nil {
		return nil, err
	}
	if cfg.Target != "" {
		var err error
		if c.target, err = event.ParseRef(cfg.Target); err != nil {
			return nil, &plugin.OptionError{Option: "target", Err: err}
		}
	}
	return c, nil
}

// number reads the option as Logstash has it: a fraction is a decimal number.
func number(v plugin.Value) event.Value {
	n := v.Event()
	if n.Kind() == event.Float {
		text, _ := v.Text()
		return event.BigDecimalValue(text)
	}
	return n
}

func (c *codec) secure() error {
	if c.cfg.SecurityLevel == "None" {
		return nil
	}
	if c.cfg.AuthFile == "" {
		return &plugin.OptionError{Option: "security_level", Err: errNoAuthFile, Hint: `add authfile => "/etc/collectd/auth"`}
	}
	if _, err := os.Stat(c.cfg.AuthFile); err != nil {
		return &plugin.OptionError{Option: "authfile", Err: err}
	}
	var err error
	if c.auth, err = newAuth(c.cfg.AuthFile, c.log); err != nil {
		return &plugin.OptionError{Option: "authfile", Err: err}
	}
	return nil
}

// Decode implements plugin.Codec. Events that a packet gave before a fault in it are kept; the fault is logged.
func (c *codec) Decode(data string, emit func(*event.Event)) {
	c.packet.reset()
	if err := c.parts(data, emit, c.cfg.SecurityLevel == "Sign" && c.cfg.RequireSignature, c.cfg.SecurityLevel == "Encrypt"); err != nil {
		c.complain.warn(c.log, "collectd packet not understood; what came after the fault in it is lost", "error", err)
	}
}

func (c *codec) emit(extra []event.Member, tag bool, emit func(*event.Event)) {
	o := event.NewObject(len(c.packet.base) + len(extra) + 3)
	for i, v := range c.packet.base {
		if v.IsNull() || i >= pluginInstance && v.IsString() && v.Str() == "" && i != collectdType {
			continue
		}
		o.Set(baseNames[i], v)
	}
	for _, m := range extra {
		o.Set(m.Key, m.Value)
	}
	if tag {
		o.Set(event.TagsField, event.Strings(c.cfg.NaNTag))
	}
	emit(event.FromValue(event.ObjectValue(o), c.target, c.now))
}
