// Package plain is the codec for text that stands for itself.
package plain

import (
	"castor/internal/event"
	"castor/internal/plugin"
	"castor/internal/plugins/codec/charset"
)

// Spec describes the codec; semantics of logstash-codec-plain.
var Spec = plugin.CodecSpec("plain", "Takes what it reads as the message, as it is.", New)

type config struct {
	plugin.CodecCommon
	Charset string         `opt:"charset" default:"UTF-8" doc:"The encoding of the text that is read."`
	Format  event.Template `opt:"format" doc:"How an event is written, a text with %{field} in it; time, host and message where it is missing."`
}

type codec struct {
	plugin.NoFlush
	text   Text
	format Format
}

// New makes the codec.
func New(cfg *config, env *plugin.Env) (plugin.Codec, error) {
	text, err := NewText(cfg.Charset, env)
	if err != nil {
		return nil, err
	}
	return &codec{text: text, format: NewFormat(&cfg.CodecCommon, &cfg.Format)}, nil
}

// Format is how an event is written: as configured, or, where that is nil, its time, host and message as Java shows them.
type Format struct{ configured *event.Template }

// NewFormat takes the configured format where there is one.
func NewFormat(c *plugin.CodecCommon, configured *event.Template) Format {
	if c.IsSet("format") {
		return Format{configured}
	}
	return Format{}
}

// Append appends the text for an event.
func (f Format) Append(dst []byte, e *event.Event) ([]byte, error) {
	if f.configured != nil {
		return f.configured.Append(dst, e), f.configured.Err()
	}
	if t, ok := e.Timestamp(); ok {
		dst = append(t.Append(dst), ' ')
	}
	dst = append(appendField(dst, e, "host"), ' ')
	return appendField(dst, e, event.MessageField), nil
}

func appendField(dst []byte, e *event.Event, name string) []byte {
	v, _ := e.Fields().Get(name)
	if v.IsNull() {
		return append(append(append(dst, "%{"...), name...), '}')
	}
	return event.AppendJava(dst, v)
}

// Text makes events of text, for the codecs whose unit is a piece of text.
type Text struct {
	charset  *charset.Charset
	original bool
	now      func() event.Time
}

var originalField = event.MustRef("[event][original]")

// NewText prepares for a character encoding.
func NewText(name string, env *plugin.Env) (Text, error) {
	cs, err := charset.Find(name)
	if err != nil {
		return Text{}, &plugin.OptionError{Option: "charset", Err: err}
	}
	return Text{charset: cs, original: env.ECS.Enabled(), now: env.EventNow}, nil
}

// Event makes an event whose message is data; in ECS mode it is also [event][original].
func (t Text) Event(data string) *event.Event { return t.Message(t.charset.Decode(data)) }

// Convert turns what was read into UTF-8.
func (t Text) Convert(data string) string { return t.charset.Decode(data) }

// Message makes an event of text that is UTF-8 already.
func (t Text) Message(text string) *event.Event {
	message := event.StringValue(text)
	e := event.New(t.now())
	e.Fields().Set(event.MessageField, message)
	if t.original {
		_ = e.Set(originalField, message)
	}
	return e
}

// Decode implements plugin.Codec.
func (c *codec) Decode(data string, emit func(*event.Event)) { emit(c.text.Event(data)) }

// Encode implements plugin.Codec.
func (c *codec) Encode(dst []byte, e *event.Event) ([]byte, error) {
	return c.format.Append(dst, e)
}
