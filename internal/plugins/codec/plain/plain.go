// Package plain is the codec for text that stands for itself.
package plain

import (
	"castor/internal/event"
	"castor/internal/plugin"
	"castor/internal/plugins/codec/charset"
)

// Spec describes the codec; semantics of logstash-codec-plain.
var Spec = plugin.CodecSpec("plain", "Takes what it reads as the message, as it is.", New)

// DefaultFormat is how an event is written when the configuration gives no format.
const DefaultFormat = "%{@timestamp} %{host} %{message}"

type config struct {
	plugin.CodecCommon
	Charset string         `opt:"charset" default:"UTF-8" doc:"The encoding of the text that is read."`
	Format  event.Template `opt:"format" doc:"How an event is written, a text with %{field} in it; time, host and message where it is missing."`
}

type codec struct {
	plugin.NoFlush
	text   Text
	format *event.Template
}

// New makes the codec.
func New(cfg *config, env *plugin.Env) (plugin.Codec, error) {
	text, err := NewText(cfg.Charset, env)
	if err != nil {
		return nil, err
	}
	return &codec{text: text, format: Format(&cfg.CodecCommon, &cfg.Format, env)}, nil
}

// Format is the configured format, or the default one of the mode.
func Format(c *plugin.CodecCommon, configured *event.Template, env *plugin.Env) *event.Template {
	if c.IsSet("format") {
		return configured
	}
	return event.ParseTemplate(env.ECS.Pick(DefaultFormat, "%{@timestamp} %{[host][name]} %{message}"))
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
	return c.format.Append(dst, e), c.format.Err()
}
