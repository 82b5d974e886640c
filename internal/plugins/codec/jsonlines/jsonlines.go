// Package jsonlines is the codec for streams of JSON texts that a delimiter divides. It imports the plugin
// contracts, events, and the codecs for JSON and lines.
package jsonlines

import (
	"time"

	"castor/internal/event"
	"castor/internal/plugin"
	"castor/internal/plugins/codec/json"
	"castor/internal/plugins/codec/line"
)

// Spec describes the codec; semantics of logstash-codec-json_lines.
var Spec = plugin.CodecSpec("json_lines", "Divides a stream into lines, each of which is a JSON object or an array of them.", newCodec)

type config struct {
	plugin.CodecCommon
	Charset   string       `opt:"charset" default:"UTF-8" doc:"The encoding of the text that is read."`
	Target    string       `opt:"target" doc:"The field that takes the decoded object; the event's root where it is missing."`
	Delimiter string       `opt:"delimiter" default:"\n" doc:"What ends a line. An empty one, which only outputs need, ends none: what is read at once is a line then."`
	Max       plugin.Bytes `opt:"decode_size_limit_bytes" default:"20MiB" doc:"The longest line in bytes. Of a longer one the head becomes the message of an event with the tag _jsonparsefailure."`
}

type codec struct {
	json      *json.Reader
	delimiter string
	split     line.Splitter
}

func newCodec(cfg *config, env *plugin.Env) (plugin.Codec, error) {
	r, err := json.NewReader(cfg.Charset, cfg.Target, env)
	if err != nil {
		return nil, err
	}
	return &codec{json: r, delimiter: cfg.Delimiter, split: line.Splitter{Delimiter: cfg.Delimiter, Max: int(cfg.Max)}}, nil
}

// Decode implements plugin.Codec.
func (c *codec) Decode(data string, emit func(*event.Event)) {
	c.split.Split(data, func(text string, _ bool) { c.json.Decode(text, emit) })
}

// Flush implements plugin.Codec: a last line without its end counts.
func (c *codec) Flush(emit func(*event.Event)) {
	if rest := c.split.Rest(); rest != "" {
		c.json.Decode(rest, emit)
	}
}

// Pending implements plugin.Pending.
func (c *codec) Pending() (bool, time.Time) { return c.split.Held(), time.Time{} }

// Encode implements plugin.Codec.
func (c *codec) Encode(dst []byte, e *event.Event) ([]byte, error) {
	return append(e.AppendJSON(dst), c.delimiter...), nil
}

// EncodeWire implements plugin.WireEncoder.
func (c *codec) EncodeWire(dst []byte, e *event.Event) ([]byte, error) {
	return append(e.AppendWire(dst), c.delimiter...), nil
}

// HeldBytes is the size of what waits for more.
func (c *codec) HeldBytes() int { return c.split.Len() }
