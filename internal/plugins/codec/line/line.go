// Package line is the codec for streams of text that a delimiter divides into lines, and the splitter for the
// other codecs that read such streams. It imports the plugin contracts, events, and the codecs' text.
package line

import (
	"time"

	"castor/internal/event"
	"castor/internal/plugin"
	"castor/internal/plugins/codec/plain"
)

// Spec describes the codec; semantics of logstash-codec-line.
var Spec = plugin.CodecSpec("line", "Divides a stream into lines; a last line without its end waits for more, or for the flush.", newCodec)

type config struct {
	plugin.CodecCommon
	Charset   string         `opt:"charset" default:"UTF-8" doc:"The encoding of the text that is read."`
	Delimiter string         `opt:"delimiter" default:"\n" doc:"What ends a line. An empty one, which only outputs need, ends none: what is read at once is a line then."`
	Format    event.Template `opt:"format" doc:"How an event is written, a text with %{field} in it; time, host and message where it is missing."`
	Max       plugin.Bytes   `opt:"decode_size_limit_bytes" default:"20MiB" doc:"The longest line in bytes; a longer one is cut there and tagged _truncated."`
}

type codec struct {
	text      plain.Text
	format    plain.Format
	delimiter string
	split     Splitter
}

func newCodec(cfg *config, env *plugin.Env) (plugin.Codec, error) {
	text, err := plain.NewText(cfg.Charset, env)
	if err != nil {
		return nil, err
	}
	return &codec{
		text: text, format: plain.NewFormat(&cfg.CodecCommon, &cfg.Format), delimiter: cfg.Delimiter,
		split: Splitter{Delimiter: cfg.Delimiter, Max: int(cfg.Max)},
	}, nil
}

// Decode implements plugin.Codec.
func (c *codec) Decode(data string, emit func(*event.Event)) {
	c.split.Split(data, func(line string, cut bool) {
		e := c.text.Event(line)
		if cut {
			e.Tag("_truncated")
		}
		emit(e)
	})
}

// Flush implements plugin.Codec.
func (c *codec) Flush(emit func(*event.Event)) {
	if rest := c.split.Rest(); rest != "" {
		emit(c.text.Event(rest))
	}
}

// Pending implements plugin.Pending.
func (c *codec) Pending() (bool, time.Time) { return c.split.Held(), time.Time{} }

// Encode implements plugin.Codec.
func (c *codec) Encode(dst []byte, e *event.Event) ([]byte, error) {
	dst, err := c.format.Append(dst, e)
	return append(dst, c.delimiter...), err
}

// HeldBytes is the size of what waits for more.
func (c *codec) HeldBytes() int { return c.split.Len() }
