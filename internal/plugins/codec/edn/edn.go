// Package edn is the codec for EDN, Clojure's notation of data. It imports the plugin contracts and events.
package edn

import (
	"castor/internal/event"
	"castor/internal/plugin"
	"castor/internal/plugins/codec/charset"
)

// Spec describes the codec; semantics of logstash-codec-edn.
var Spec = plugin.CodecSpec("edn", "Reads and writes events in EDN, Clojure's notation of data.", newCodec)

const failureTag = "_ednparsefailure"

type config struct {
	plugin.CodecCommon
	Target string `opt:"target" doc:"The field that takes the decoded map; the event's root where it is missing."`
}

type codec struct {
	plugin.NoFlush
	target event.Ref
	env    *plugin.Env
}

func newCodec(cfg *config, env *plugin.Env) (plugin.Codec, error) {
	c := &codec{env: env}
	if cfg.Target == "" {
		return c, nil
	}
	var err error
	if c.target, err = event.ParseRef(cfg.Target); err != nil {
		return nil, &plugin.OptionError{Option: "target", Err: err}
	}
	return c, nil
}

// Decode implements plugin.Codec. What is no map becomes a message with the tag _ednparsefailure.
func (c *codec) Decode(data string, emit func(*event.Event)) {
	text := charset.Repair(data)
	r := reader{text: text}
	v, err := r.value(0)
	if err != nil || v.Object() == nil {
		c.env.Log.Debug("no EDN map", "error", err)
		e := event.New(c.env.EventNow())
		e.Fields().Set(event.MessageField, event.StringValue(text))
		e.Tag(failureTag)
		emit(e)
		return
	}
	emit(event.FromValue(v, c.target, c.env.EventNow))
}

// Encode implements plugin.Codec.
func (c *codec) Encode(dst []byte, e *event.Event) ([]byte, error) {
	return appendValue(dst, event.ObjectValue(e.Fields())), nil
}

func appendValue(dst []byte, v event.Value) []byte {
	switch v.Kind() {
	case event.Null:
		return append(dst, "nil"...)
	case event.Int, event.BigInt, event.BigDecimal:
		return append(v.AppendText(dst), 'M') // the real codec writes integers as decimals too
	case event.Float:
		return event.AppendRubyFloat(dst, v.Float())
	case event.String, event.Timestamp:
		return appendString(dst, v.String())
	case event.ArrayKind:
		dst = append(dst, '[')
		for i, w := range v.Array().Values {
			if i > 0 {
				dst = append(dst, ' ')
			}
			dst = appendValue(dst, w)
		}
		return append(dst, ']')
	case event.ObjectKind:
		dst = append(dst, '{')
		for i, m := range v.Object().Members() {
			if i > 0 {
				dst = append(dst, ", "...)
			}
			dst = appendValue(append(appendString(dst, m.Key), ' '), m.Value)
		}
		return append(dst, '}')
	}
	return v.AppendText(dst)
}

func appendString(dst []byte, s string) []byte {
	dst = append(dst, '"')
	for i := range len(s) {
		if s[i] == '"' || s[i] == '\\' {
			dst = append(dst, '\\')
		}
		dst = append(dst, s[i])
	}
	return append(dst, '"')
}
