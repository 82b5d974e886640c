// Package stream feeds codecs with text that comes in pieces, for the inputs that read streams (stdin, tcp). It
// imports the plugin contracts and the codec for lines.
package stream

import (
	"time"

	"castor/internal/event"
	"castor/internal/plugin"
	"castor/internal/plugins/codec/line"
)

// maxLine is the longest line of codecs that have no limit of their own.
const maxLine = 20 << 20

// Feed passes pieces of a stream to a codec. The codecs plain and json, whose unit is a whole text, get it line by
// line, as Logstash replaces them by line and json_lines; codecs that have a method Stream are told.
type Feed struct {
	codec   plugin.Codec
	pending plugin.Pending
	split   *line.Splitter // nil: the codec splits
}

// New makes a feed for one stream with a codec of its own.
func New(option plugin.CodecOption, env *plugin.Env) (*Feed, error) {
	codec, err := option.New(env)
	if err != nil {
		return nil, &plugin.OptionError{Option: "codec", Err: err}
	}
	f := &Feed{codec: codec}
	f.pending, _ = codec.(plugin.Pending)
	if s, ok := codec.(interface{ Stream() }); ok {
		s.Stream()
	}
	if name := option.Name(); name == "plain" || name == "json" {
		f.split = &line.Splitter{Delimiter: "\n", Max: maxLine}
	}
	return f, nil
}

// Decode takes the next piece.
func (f *Feed) Decode(piece string, emit func(*event.Event)) {
	if f.split == nil {
		f.codec.Decode(piece, emit)
		return
	}
	f.split.Split(piece, func(text string, _ bool) { f.codec.Decode(text, emit) })
}

// Flush gives what is held, at the stream's end or when Pending says so.
func (f *Feed) Flush(emit func(*event.Event)) {
	if f.split != nil {
		if rest := f.split.Rest(); rest != "" {
			f.codec.Decode(rest, emit)
		}
	}
	f.codec.Flush(emit)
}

// Until is when the codec wants to be flushed; zero means at the stream's end.
func (f *Feed) Until() time.Time {
	if f.pending == nil {
		return time.Time{}
	}
	held, until := f.pending.Pending()
	if !held {
		return time.Time{}
	}
	return until
}

// HeldBytes is the size of what waits for more of the stream.
func (f *Feed) HeldBytes() int {
	if f.split != nil {
		return f.split.Len()
	}
	if c, ok := f.codec.(interface{ HeldBytes() int }); ok {
		return c.HeldBytes()
	}
	return 0
}
