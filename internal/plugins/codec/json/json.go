// Package json is the codec for JSON texts. It imports the plugin contracts, events, and the codecs' character
// sets.
package json

import (
	"fmt"
	"strings"

	"castor/internal/event"
	"castor/internal/plugin"
	"castor/internal/plugins/codec/charset"
)

// Spec describes the codec; semantics of logstash-codec-json.
var Spec = plugin.CodecSpec("json", "Reads a JSON object as an event, and the objects of a JSON array as one event each.", newCodec)

// failureTag marks an event whose text is no JSON.
const failureTag = "_jsonparsefailure"

type config struct {
	plugin.CodecCommon
	Charset string `opt:"charset" default:"UTF-8" doc:"The encoding of the text that is read."`
	Target  string `opt:"target" doc:"The field that takes the decoded object; the event's root where it is missing."`
}

type codec struct {
	plugin.NoFlush
	Reader
}

func newCodec(cfg *config, env *plugin.Env) (plugin.Codec, error) {
	r, err := NewReader(cfg.Charset, cfg.Target, env)
	if err != nil {
		return nil, err
	}
	r.KeepOriginal = env.ECS.Enabled()
	return &codec{Reader: *r}, nil
}

// Encode implements plugin.Codec.
func (c *codec) Encode(dst []byte, e *event.Event) ([]byte, error) { return e.AppendJSON(dst), nil }

// EncodeWire implements plugin.WireEncoder.
func (c *codec) EncodeWire(dst []byte, e *event.Event) ([]byte, error) { return e.AppendWire(dst), nil }

// Reader makes events of JSON texts, for the codecs that read JSON.
type Reader struct {
	// KeepOriginal puts the text of an object into [event][original] where the object brings none.
	KeepOriginal bool

	charset *charset.Charset
	target  event.Ref
	now     func() event.Time
	decoder event.Decoder
}

var originalField = event.MustRef("[event][original]")

// NewReader prepares for a character encoding and a target field, "" for none.
func NewReader(charsetName, target string, env *plugin.Env) (*Reader, error) {
	cs, err := charset.Find(charsetName)
	if err != nil {
		return nil, &plugin.OptionError{Option: "charset", Err: err}
	}
	r := &Reader{charset: cs, now: env.EventNow}
	if target != "" {
		if r.target, err = event.ParseRef(target); err != nil {
			return nil, &plugin.OptionError{Option: "target", Err: err}
		}
	}
	return r, nil
}

// Decode implements plugin.Codec. Text that is not JSON becomes a message with the tag _jsonparsefailure.
func (r *Reader) Decode(data string, emit func(*event.Event)) {
	text := r.charset.Decode(data)
	v, _, err := r.decoder.DecodePrefix(text) // text after the first value is ignored, as Logstash does
	if err != nil {
		r.failed(text, emit)
		return
	}
	switch {
	case v.Object() != nil:
		e := r.event(v.Object())
		if r.KeepOriginal && !e.Has(originalField) {
			_ = e.Set(originalField, event.StringValue(text))
		}
		emit(e)
	case v.Array() != nil:
		r.array(v.Array(), text, emit)
	default:
		r.failed(text, emit)
	}
}

func (r *Reader) array(a *event.Array, text string, emit func(*event.Event)) {
	for _, v := range a.Values {
		if v.Object() == nil {
			r.failed(text, emit)
			return
		}
	}
	for i, v := range a.Values {
		e := r.event(v.Object())
		if i > 0 {
			e.DeriveID(fmt.Sprint(i))
		}
		emit(e)
	}
}

func (r *Reader) event(o *event.Object) *event.Event {
	if r.target.IsZero() {
		return r.decoder.Event(o, r.now)
	}
	e := event.New(r.now())
	_ = e.Set(r.target, event.ObjectValue(o))
	return e
}

func (r *Reader) failed(text string, emit func(*event.Event)) {
	if strings.TrimSpace(text) == "" {
		return
	}
	e := event.New(r.now())
	e.Fields().Set(event.MessageField, event.StringValue(text))
	e.Tag(failureTag)
	emit(e)
}
