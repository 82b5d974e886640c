// Package dots is the codec that writes a dot an event, to see that events come. It imports the plugin contracts
// and events.
package dots

import (
	"castor/internal/event"
	"castor/internal/plugin"
)

// Spec describes the codec; semantics of logstash-codec-dots.
var Spec = plugin.CodecSpec("dots", "Writes a dot for each event, to see how fast events come.", newCodec)

type config struct{ plugin.CodecCommon }

type codec struct{ plugin.NoFlush }

func newCodec(*config, *plugin.Env) (plugin.Codec, error) { return codec{}, nil }

// Decode implements plugin.Codec: the codec is made for writing, what it reads is the message.
func (codec) Decode(data string, emit func(*event.Event)) {
	e := event.New(event.Now())
	e.Fields().Set(event.MessageField, event.StringValue(data))
	emit(e)
}

// Encode implements plugin.Codec.
func (codec) Encode(dst []byte, _ *event.Event) ([]byte, error) { return append(dst, '.'), nil }
