// Package rubydebug is the codec that prints events for people, as Logstash does. It imports the plugin
// contracts, events, and the codecs' text.
package rubydebug

import (
	"castor/internal/event"
	"castor/internal/plugin"
	"castor/internal/plugins/codec/plain"
)

// Spec describes the codec; the form is logstash-codec-rubydebug's, which is that of Ruby's Amazing Print.
var Spec = plugin.CodecSpec("rubydebug", "Prints events for people, one field a line.", newCodec)

type config struct {
	plugin.CodecCommon
	Metadata bool `opt:"metadata" default:"false" doc:"Whether @metadata is printed too."`
}

type codec struct {
	plugin.NoFlush
	cfg   *config
	text  plain.Text
	color bool
}

func newCodec(cfg *config, env *plugin.Env) (plugin.Codec, error) {
	text, err := plain.NewText("", env)
	return &codec{cfg: cfg, text: text}, err
}

// Color says whether to print in colours, as on a terminal. An output that knows calls it before the first Encode.
func (c *codec) Color(on bool) { c.color = on }

// Decode implements plugin.Codec: the codec is made for writing, what it reads is the message.
func (c *codec) Decode(data string, emit func(*event.Event)) { emit(c.text.Event(data)) }

// Encode implements plugin.Codec.
func (c *codec) Encode(dst []byte, e *event.Event) ([]byte, error) {
	o := e.Fields()
	if c.cfg.Metadata && e.Metadata().Len() > 0 {
		o = o.Clone()
		o.Set(event.MetadataField, event.ObjectValue(e.Metadata()))
	}
	p := printer{dst: dst, color: c.color}
	p.object(o, 4)
	return append(p.dst, '\n'), nil
}
