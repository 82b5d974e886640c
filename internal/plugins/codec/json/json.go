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

// Decode implements plugin.Codec. Text that is not JSON becomes a message with the tag _jsonparsefailure, as do values of which
// no event can be made.
func (r *Reader) Decode(data string, emit func(*event.Event)) {
	text := r.charset.Decode(data)
	v, _, err := r.decoder.DecodePrefix(text) // text after the first value is ignored, as Logstash does
	switch {
	case err != nil:
		r.failed(text, emit)
	case v.Array() != nil && v.Array().Len() != 1:
		r.array(v.Array().Values, text, emit)
	case v.Array() != nil:
		r.single(v.Array().Values[0], text, emit)
	case v.Object() != nil:
		r.single(v, text, emit)
	default:
		r.failed(text, emit)
	}
}

func (r *Reader) single(v event.Value, text string, emit func(*event.Event)) {
	if !r.fits(v) {
		r.failed(text, emit)
		return
	}
	e := r.event(v)
	if r.KeepOriginal && !e.Has(originalField) && e.Set(originalField, event.StringValue(text)) != nil {
		r.failed(text, emit)
		return
	}
	emit(e)
}

func (r *Reader) array(values []event.Value, text string, emit func(*event.Event)) {
	for _, v := range values {
		if !r.fits(v) {
			r.failed(text, emit)
			return
		}
	}
	for i, v := range values {
		e := r.event(v)
		if i > 0 {
			e.DeriveID(fmt.Sprint(i))
		}
		emit(e)
	}
}

// fits tells values of which an event can be made: objects, whose @metadata is one too, and null, which makes an empty event.
func (r *Reader) fits(v event.Value) bool {
	o := v.Object()
	if o == nil {
		return v.IsNull()
	}
	meta, ok := o.Get(event.MetadataField)
	return !ok || meta.Object() != nil || !r.target.IsZero()
}

func (r *Reader) event(v event.Value) *event.Event {
	if r.target.IsZero() && v.Object() != nil {
		return r.decoder.Event(v.Object(), r.now)
	}
	return event.FromValue(v, r.target, r.now)
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
